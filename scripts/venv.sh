#!/bin/bash
# Makes .venv with the Python packages of one purpose, pinned. Prints the interpreter's path.
#   scripts/venv.sh test     varlink (certification client)
#   scripts/venv.sh bench    python-escpos (the baseline that the receipt encoder is measured beside)
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:-test}
requirements=scripts/requirements-$purpose.txt
[ -r "$requirements" ] || { printf 'venv: no %s\n' "$requirements" >&2; exit 64; }

[ -x .venv/bin/python ] || python3 -m venv .venv
# The stamp holds the text that was installed, so a changed pin installs again and an unchanged one costs nothing.
stamp=.venv/installed-$purpose.txt
if ! cmp -s "$requirements" "$stamp"; then
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$requirements" >&2
  cp "$requirements" "$stamp"
fi
printf '%s\n' "$PWD/.venv/bin/python"
