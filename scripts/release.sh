#!/bin/bash
# Builds the three programs and strips them into .build/release-stripped. What they need at run time is printed.
set -euo pipefail
cd "$(dirname "$0")/.."

out=.build/release-stripped
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# replace PROGRAM SECTION FILE: the section is overwritten, not removed, so that the rest stays where the linker put it.
replace() { objcopy --update-section "$2=$3" "$1"; }

# The compiler hashes the folder that it works in into a section that nothing reads, and the linker hashes that. With
# zeros in the one, and an id made from the rest, the same sources give the same bytes in every folder.
forget_folder() {
  objcopy -O binary --only-section=.swift_modhash "$1" "$scratch/hashes"
  head -c "$(stat -c %s "$scratch/hashes")" /dev/zero >"$scratch/zeros"
  head -c 20 /dev/zero >"$scratch/id"
  replace "$1" .swift_modhash "$scratch/zeros"
  # An ELF note: the lengths of name and id, the type NT_GNU_BUILD_ID, the name.
  printf '\4\0\0\0\24\0\0\0\3\0\0\0GNU\0' >"$scratch/head"
  cat "$scratch/head" "$scratch/id" >"$scratch/note"
  replace "$1" .note.gnu.build-id "$scratch/note"
  sha1sum "$1" | cut -c1-40 | sed 's/../\\x&/g' | xargs -0 printf '%b' | head -c 20 >"$scratch/id"
  cat "$scratch/head" "$scratch/id" >"$scratch/note"
  replace "$1" .note.gnu.build-id "$scratch/note"
}

mkdir -p "$out"
for program in counterfoild counterfoil counterfoil-simulator; do
  scripts/build.sh --product "$program"
  strip -o "$out/$program" ".build/release/$program"
  forget_folder "$out/$program"
  printf '%-24s %6.1f MB, needs:' "$program" "$(stat -c %s "$out/$program" | awk '{print $1 / 1e6}')"
  ldd "$out/$program" | awk '$2 == "=>" {printf " %s", $1} END {print ""}'
  if ldd "$out/$program" | grep -q libswift; then
    printf 'release: %s needs Swift libraries that a box does not have\n' "$program" >&2
    exit 70
  fi
done
