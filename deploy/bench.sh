#!/usr/bin/env bash
# `make bench`: installs what the benchmarks need, makes the sites they measure (the first time takes ten minutes) and
# runs them. Arguments name some, as tests/benchmarks/__main__.py does.
set -euo pipefail
cd "$(dirname "$0")/.."
source deploy/environment.sh

find_python
install_packages requirements.txt tests/requirements.txt
missing=()
for program in nginx wrk node:nodejs npm chromium; do
    command -v "${program%%:*}" >/dev/null || missing+=("${program##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then apt_install "${missing[@]}"; fi
export PATH="$PWD/.venv/bin:$PATH"
exec .venv/bin/python -m tests.benchmarks "$@"
