#!/bin/bash
# Installs the Debian 12 packages that building and testing need, and only those that are missing.
#   scripts/install-deps.sh [--check] [--with package] [--with box]
#     --check          say what is missing, install nothing
#     --with package   also what `make deb` needs
#     --with box       also what the tests in QEMU need
# Nothing is downloaded when everything is there, so it is cheap enough to run before every build.
set -euo pipefail

readonly swift_minimum="6.2"

# What compiles and links the product.
packages=(
  ca-certificates git make
  gcc g++ libc6-dev                        # Swift links through the C tool chain; floors and shims are C
  libusb-1.0-0-dev libudev-dev             # devices
  libsqlite3-dev libssl-dev zlib1g-dev     # lookup file, hashes and signatures, sealed segments
  libqrencode-dev                          # codes that the command shows to customers
)
# What the tests need beside it.
packages+=(
  python3 python3-venv                     # end-to-end tests, the second journal reader
  varlink-go                               # a Varlink certification client that nobody here wrote
  golang-go golang-golang-x-mod-dev        # sumdb/note and sumdb/tlog check our checkpoints and proofs
  socat util-linux mount e2fsprogs systemd  # ptys; setpriv; small file systems that fill up; unit files are checked
  iproute2 passwd                          # the box in which the documentation's commands run
)

check_only=no
while [ $# -gt 0 ]; do
  case "$1" in
    --check) check_only=yes ;;
    --with)
      shift
      case "${1:-}" in
        # Debian's own way of building packages; pandoc sets the manual.
        package) packages+=(debhelper lintian pandoc) ;;
        # A Debian 12 of its own, emulated; its disk is served by a plugin that can lose power.
        box)
          packages+=(qemu-system-x86 qemu-utils mmdebstrap erofs-utils busybox-static cpio kmod e2fsprogs)
          packages+=(nbdkit nbdkit-plugin-python)
          ;;
        *) printf 'install-deps: --with package or box, not "%s"\n' "${1:-}" >&2; exit 64 ;;
      esac
      ;;
    *) printf 'install-deps: unknown option %s\n' "$1" >&2; exit 64 ;;
  esac
  shift
done

fail() {
  printf 'install-deps: %s\n' "$1" >&2
  exit 69 # EX_UNAVAILABLE
}

version_at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -1)" = "$1" ]; }

if ! command -v swift >/dev/null; then
  fail "no Swift tool chain: 'swift' is not in PATH. Install Swift $swift_minimum or newer for Debian 12 (swift.org/install), then run this again."
fi
swift_version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -1)
version_at_least "$swift_minimum" "${swift_version:-0}" ||
  fail "Swift ${swift_version:-of an unknown version} is too old: $swift_minimum or newer is needed."

command -v dpkg-query >/dev/null || fail "this is not a Debian system; these packages are needed: ${packages[*]}"

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = "installed" ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

[ "$check_only" = yes ] && fail "missing Debian packages: ${missing[*]}"
if [ "$(id -u)" -ne 0 ]; then
  fail "missing Debian packages, and installing needs root. Run:  sudo apt-get install --no-install-recommends ${missing[*]}"
fi

printf 'install-deps: installing %s\n' "${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
install() { apt-get -q -y -o DPkg::Lock::Timeout=180 install --no-install-recommends "${missing[@]}"; }
# Package lists may be absent or old on a fresh machine: refresh them only when the first attempt fails.
if ! install >/tmp/counterfoil-install-deps.$$ 2>&1; then
  apt-get -q -o DPkg::Lock::Timeout=180 update || fail "apt-get update failed: is the network there?"
  install || fail "apt-get could not install: ${missing[*]}"
fi
rm -f /tmp/counterfoil-install-deps.$$
