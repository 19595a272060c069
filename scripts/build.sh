#!/bin/bash
# The one release build: programs, tests and package share its flags, so none of them builds again what another has built.
#   scripts/build.sh [--build-tests | --product NAME]      SWIFT_FLAGS adds to it (for example SWIFT_FLAGS="-j 2")
# No folder's name gets into a program: the same sources give the same bytes wherever they are built.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck disable=SC2086 # several flags
exec swift build -c release -Xcc "-ffile-prefix-map=$PWD=." -Xswiftc -file-prefix-map -Xswiftc "$PWD=." ${SWIFT_FLAGS:-} "$@"
