#!/bin/bash
# The one release build: programs, tests and package share its flags, so none of them builds again what another built.
#   scripts/build.sh [--build-tests | --product NAME]      SWIFT_FLAGS adds to it (for example SWIFT_FLAGS="-j 2")
# C sources of dependencies would put the folder that they are built in into the programs: without it the same sources
# give the same bytes everywhere. (Swift sources name their module only; mapped, their tests would not be found.)
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck disable=SC2086 # several flags
exec swift build -c release -Xcc "-ffile-prefix-map=$PWD=." ${SWIFT_FLAGS:-} "$@"
