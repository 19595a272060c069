#!/bin/bash
# Feeds libFuzzer's inputs to every parser of outside bytes. SECONDS_EACH=30; a finding is kept in .build/fuzz/ and ends
# the run. Targets: Tests/Fuzz/*.swift, each compiled into one module with the sources that it names below.
#   scripts/fuzz.sh [TARGET…]
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${SECONDS_EACH:-30}
out=$PWD/.build/fuzz
mkdir -p "$out"
compile=(swiftc -O -parse-as-library -swift-version 6 -sanitize=fuzzer -I "$out" -L "$out")

# Modules that the targets import. The C tables get the module map that the package manager would write.
support() {
  cat >"$out/module.modulemap" <<MAP
module CEncodingTables { header "$PWD/Sources/CEncodingTables/include/CEncodingTables.h" export * }
MAP
  for source in Sources/CEncodingTables/*.c; do
    gcc -O2 -c -I Sources/CEncodingTables/include "$source" -o "$out/$(basename "$source").o"
  done
  swiftc -O -parse-as-library -swift-version 6 -sanitize=fuzzer-no-link -emit-module -emit-library -static \
    -module-name Document -emit-module-path "$out/Document.swiftmodule" -o "$out/libDocument.a" Sources/Document/*.swift \
    2>/dev/null ||
  swiftc -O -parse-as-library -swift-version 6 -emit-module -emit-library -static \
    -module-name Document -emit-module-path "$out/Document.swiftmodule" -o "$out/libDocument.a" Sources/Document/*.swift
}

build() {
  case $1 in
    json) "${compile[@]}" Tests/Fuzz/json.swift Sources/JSON/*.swift -o "$out/json" ;;
    replies | tokens)
      "${compile[@]}" "Tests/Fuzz/$1.swift" Sources/EscPos/*.swift "$out"/*.c.o -lDocument -o "$out/$1" ;;
    *) printf 'fuzz: no target %s\n' "$1" >&2; exit 64 ;;
  esac
}

targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(json replies tokens)
support
passed=0 failed=0
for target in "${targets[@]}"; do
  printf 'fuzz %s: building\n' "$target"
  build "$target"
  mkdir -p "$out/corpus-$target"
  # The Swift backtracer would hold a crash for minutes; libFuzzer reports it by itself.
  if (cd "$out" && SWIFT_BACKTRACE=enable=no timeout -s KILL $((seconds + 60)) "./$target" \
    -max_total_time="$seconds" -max_len=2048 -artifact_prefix="$target-" "corpus-$target") >"$out/$target.log" 2>&1; then
    printf 'fuzz %s: %s\n' "$target" "$(grep -E '^Done|DONE' "$out/$target.log" | tail -1)"
    passed=$((passed + 1))
  else
    tail -30 "$out/$target.log"
    failed=$((failed + 1))
  fi
done
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
