#!/usr/bin/env bash
# `make sbom`: every component of the site, as CycloneDX: the installed packages, and what is vendored for browsers.
set -euo pipefail
cd "$(dirname "$0")/.."
source deploy/environment.sh

PORTAL_VAR=$(realpath -m -- "${PORTAL_VAR:-var}")
find_python
install_packages requirements.txt
# The tool has a place of its own: what it needs is no part of the site.
tool=.venv/sbom
if [ ! -x $tool/bin/cyclonedx-py ]; then
    "$python" -m venv $tool
    $tool/bin/python -m pip install --quiet --disable-pip-version-check cyclonedx-bom==7.5.0
fi
mkdir -p -- "$PORTAL_VAR"
$tool/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml --mc-type application \
    --output-format JSON --output-file "$PORTAL_VAR/sbom.cdx.json" .venv/bin/python
$tool/bin/python deploy/vendored.py "$PORTAL_VAR/sbom.cdx.json" .venv
say "$PORTAL_VAR/sbom.cdx.json"
