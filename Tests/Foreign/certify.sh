#!/bin/bash
# Runs the two foreign org.varlink.certification suites against our server, and our client against theirs.
# Needs: the venv of scripts/venv.sh (pip varlink), Debian's varlink-go, and a built varlink-certification-server.
# Ends with `N passed, N failed`.
set -u
cd "$(dirname "$0")/../.." || exit 1
bin=${BIN:-.build/release}
python=.venv/bin/python
work=$(mktemp -d)
passed=0
failed=0
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
  rm -rf "$work"
}
trap finish EXIT

verdict() { # name, 0 when it passed, output
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1))
    echo "$1: passed"
  else
    failed=$((failed + 1))
    echo "$1: FAILED"
    printf '%s\n' "$3" | tail -8 | sed 's/^/    /'
  fi
}

wait_for_socket() {
  for _ in $(seq 200); do
    [ -S "$1" ] && return 0
    read -r -t 0.05 < <(sleep 1) || true
  done
  return 1
}

bash scripts/venv.sh test >/dev/null || { echo "no venv"; echo "0 passed, 1 failed"; exit 1; }

for need in "$bin/varlink-certification-server" "$python"; do
  [ -x "$need" ] || { echo "missing: $need"; echo "0 passed, 1 failed"; exit 1; }
done
command -v varlink-go-certification >/dev/null || { echo "missing: varlink-go"; echo "0 passed, 1 failed"; exit 1; }

ours=unix:$work/ours.sock
"$bin/varlink-certification-server" --varlink "$ours" \
  --definition Tests/Support/CertificationServer/org.varlink.certification.varlink >"$work/ours.log" 2>&1 &
pids+=($!)
wait_for_socket "$work/ours.sock" || { echo "our server did not start"; cat "$work/ours.log"; }

out=$(timeout 60 "$python" -m varlink.tests.test_certification --client --varlink="$ours" 2>&1)
[ $? -eq 0 ] && grep -q '^Certification passed$' <<<"$out"
verdict "Python client, our server" $? "$out"

out=$(timeout 60 varlink-go-certification -client -varlink "$ours" 2>&1)
[ $? -eq 0 ] && grep -q "^End: 'true'$" <<<"$out"
verdict "Go client, our server" $? "$out"

out=$(timeout 30 "$python" -m varlink.cli info "$ours" 2>&1)
grep -q 'org.varlink.certification' <<<"$out" && ! grep -qi 'error' <<<"$out"
verdict "Python command line, our server" $? "$out"

"$python" -m varlink.tests.test_certification --varlink="unix:$work/python.sock" >"$work/python.log" 2>&1 &
pids+=($!)
if wait_for_socket "$work/python.sock"; then
  out=$(timeout 60 "$bin/varlink-certification-server" --client "unix:$work/python.sock" 2>&1)
  verdict "our client, Python server" $? "$out"
else
  verdict "our client, Python server" 1 "$(cat "$work/python.log")"
fi

varlink-go-certification -varlink "unix:$work/go.sock" >"$work/go.log" 2>&1 &
pids+=($!)
if wait_for_socket "$work/go.sock"; then
  out=$(timeout 60 "$bin/varlink-certification-server" --client "unix:$work/go.sock" 2>&1)
  verdict "our client, Go server" $? "$out"
else
  verdict "our client, Go server" 1 "$(cat "$work/go.log")"
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
