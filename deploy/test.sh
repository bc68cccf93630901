#!/usr/bin/env bash
# `make test`: installs what the tests need, Chromium included, and runs them. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
source deploy/environment.sh

find_python
install_packages requirements.txt tests/requirements.txt
if ! command -v chromium >/dev/null; then
    if [ "$(id -u)" = 0 ]; then apt-get update -q >&2 || true; fi
    if apt_offers chromium; then
        apt_install chromium fonts-liberation
    else
        # Ubuntu has Chromium only as a snap, which a browser driver cannot steer.
        .venv/bin/python -m playwright install chromium
    fi
fi
if ! command -v nginx >/dev/null && [ ! -x /usr/sbin/nginx ]; then
    if [ "$(id -u)" = 0 ]; then apt-get update -q >&2 || true; fi
    apt_install nginx-light
fi
export PATH="$PWD/.venv/bin:$PATH" # ruff and djlint are run as programs
exec .venv/bin/python -m pytest "$@"
