#!/usr/bin/env bash
# `make run`: from a fresh clone to a running site, which portal.management.serve then keeps running.
set -euo pipefail
cd "$(dirname "$0")/.."
source deploy/environment.sh

PORT=${PORT:-8000}
PORTAL_VAR=$(realpath -m -- "${PORTAL_VAR:-var}")
export PORT PORTAL_VAR

find_python
"$python" -m portal.management.port # first, because what follows may take minutes
install_packages requirements.txt

mkdir -p -- "$PORTAL_VAR"
if [ -z "${SECRET_KEY:-}" ] && [ ! -s "$PORTAL_VAR/secret_key" ]; then
    (umask 077 && "$python" -c 'import secrets; print(secrets.token_urlsafe(50))' >"$PORTAL_VAR/secret_key")
fi
exec .venv/bin/python -m portal.management.serve
