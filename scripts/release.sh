#!/bin/bash
# Builds the three programs and strips them into .build/release-stripped. What they need at run time is printed.
set -euo pipefail
cd "$(dirname "$0")/.."

out=.build/release-stripped
mkdir -p "$out"
for program in counterfoild counterfoil counterfoil-simulator; do
  scripts/build.sh --product "$program"
  # Nothing reads these at run time, and they hash the folder in which the program was built.
  strip -R .swift_modhash -R .lldbsummaries -R .note.gnu.build-id -o "$out/$program" ".build/release/$program"
  printf '%-24s %6.1f MB, needs:' "$program" "$(stat -c %s "$out/$program" | awk '{print $1 / 1e6}')"
  ldd "$out/$program" | awk '$2 == "=>" {printf " %s", $1} END {print ""}'
  if ldd "$out/$program" | grep -q libswift; then
    printf 'release: %s needs Swift libraries that a box does not have\n' "$program" >&2
    exit 70
  fi
done
