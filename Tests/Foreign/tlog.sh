#!/bin/bash
# Debian's Go packages sumdb/note and sumdb/tlog judge checkpoints and proofs of a journal that the real daemon wrote,
# and every single-byte change of them. Ends with `N passed, N failed`.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v go >/dev/null || { echo "missing: golang-go"; echo "0 passed, 1 failed"; exit 1; }
[ -d /usr/share/gocode/src/golang.org/x/mod/sumdb ] \
  || { echo "missing: golang-golang-x-mod-dev"; echo "0 passed, 1 failed"; exit 1; }
python3 Tests/Foreign/tlog_case.py "$work/case.json" || { echo "no case"; echo "0 passed, 1 failed"; exit 1; }
if GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$work/cache go run Tests/Foreign/tlogverify/main.go "$work/case.json"; then
  echo "1 passed, 0 failed"
else
  echo "0 passed, 1 failed"
  exit 1
fi
