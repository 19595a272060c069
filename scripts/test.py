#!/usr/bin/env python3
"""Runs every test of the product and ends with one line: `N passed, N failed`.

Each step prints when it starts and how long it took; its whole output is kept in .build/test-logs/. A step that is a
test runner itself ends its output with `N passed, N failed` and is counted by that line; any other step counts as one.
"""

import argparse
import os
import re
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOGS = os.path.join(ROOT, ".build", "test-logs")
HEARTBEAT_SECONDS = 30
TAIL_LINES = 60
# A log is often kept only by its end: what failed is said there once more, by so many lines of each step.
FAILURE = re.compile(r"\b(FAIL|FAILED|ERROR|NOT)\b|✘|[Ee]rror:")
FAILURE_LINES = 12
FAILURE_WIDTH = 300
# Both kill programs together are not to take more than three minutes; each also counts its points and plays its controls.
MORNING_SECONDS, PROVIDER_SECONDS = 65, 65
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed$")
STARTED = time.monotonic()


def say(text):
    print(f"[{time.monotonic() - STARTED:7.1f} s] {text}", flush=True)


class Step:
    """One command: its name, what counts its tests, and whether the rest makes sense after it failed."""

    def __init__(self, name, command, counts="one", essential=False, environment=None):
        self.name, self.command, self.counts, self.essential = name, command, counts, essential
        self.environment = dict(os.environ, **(environment or {}))
        self.log = os.path.join(LOGS, re.sub(r"[^a-z0-9]+", "-", name.lower()) + ".log")
        self.failures = []

    def run(self):
        """Runs the command and returns (passed, failed)."""
        say(f"{self.name} …")
        began = time.monotonic()
        with open(self.log, "w", encoding="utf-8") as log:
            process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, errors="replace")
            last = [""]
            done = threading.Event()
            heart = threading.Thread(target=self.beat, args=(done, last), daemon=True)
            heart.start()
            lines = []
            for line in process.stdout:
                log.write(line)
                lines.append(line.rstrip())
                if line.strip():
                    last[0] = line.strip()
            code = process.wait()
            done.set()
        passed, failed = self.count(lines, code)
        seconds = time.monotonic() - began
        if failed or code:
            say(f"{self.name}: FAILED (exit {code}) after {seconds:.1f} s, the end of {os.path.relpath(self.log, ROOT)}:")
            tail = [line for line in lines if line and not line.startswith("ok ")][-TAIL_LINES:]
            print("\n".join("    " + line for line in tail), flush=True)
            told = [line for line in lines if FAILURE.search(line) and not line.startswith("ok ")] or lines
            self.failures = [line.strip()[:FAILURE_WIDTH] for line in told[-FAILURE_LINES:]]
        # What a runner leaves out with a reason is said, not only logged.
        left_out = "".join(f"; {line}" for line in lines if line.startswith("not run"))
        say(f"{self.name}: {passed} passed, {failed} failed, {seconds:.1f} s{left_out}")
        return passed, failed

    def beat(self, done, last):
        while not done.wait(HEARTBEAT_SECONDS):
            say(f"{self.name}: {last[0][:100]}")

    def count(self, lines, code):
        if self.counts == "swift":
            passed, failed = count_swift_tests(lines)
        elif self.counts == "closing":
            passed, failed = count_closing_line(lines)
        else:
            passed, failed = (1, 0) if code == 0 else (0, 1)
        # A runner that says all is well but ends badly, or that ran nothing, has failed.
        if failed == 0 and (code != 0 or passed == 0):
            failed = 1
        return passed, failed


def count_closing_line(lines):
    for line in reversed(lines):
        match = CLOSING.match(line.strip())
        if match:
            return int(match[1]), int(match[2])
    return 0, 1


def count_swift_tests(lines):
    """Reads the xUnit report that `swift test` left; a crash leaves none, and that is a failure."""
    report = os.path.join(LOGS, "swift-swift-testing.xml")
    if not os.path.exists(report):
        return 0, 1
    passed = failed = 0
    for case in ElementTree.parse(report).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is None:
            passed += 1
    os.unlink(report)
    if not any("Test run with" in line for line in lines):
        failed += 1
    return passed, failed


def python_tests(name, folder, **options):
    return Step(name, [sys.executable, "-m", "unittest_count", folder], counts="closing", environment={
        "PYTHONPATH": os.path.join(ROOT, "Tests", "Support", "python"), "PYTHONUNBUFFERED": "1"}, **options)


# Steps that `make test` runs a sample of, or leaves to the day on which they run whole (None), and what the whole is.
SAMPLED = {
    "kill matrix": (["--sample", str(MORNING_SECONDS)], []),
    "seeds": (["--seeds", "2000"], ["--seeds", "20000"]),
    "box: operations": (None, []),
    "box: conditions": (None, []),
    "box: devices": (None, ["--replugs", "20"]),
    "box: USB peripherals": (None, []),
    "box: upgrades": (None, ["--cuts", "5"]),
    "box: live power cuts": (["--cuts", "20"], ["--cuts", "100"]),
    "box: replayed power cuts": (["--cuts", "1000"], ["--cuts", "3000"]),
    "kill provider": (["--sample", str(PROVIDER_SECONDS)], []),
    # How many commands deep; eight are about a million and a half steps.
    "explored states": (["7"], ["9"]),
}


def sampled(name, whole, *command):
    arguments = SAMPLED[name][name in whole]
    return None if arguments is None else Step(name, [*command, *arguments], counts="closing")


def steps(whole):
    """`whole`: the names of the steps that run whole, not a sample."""
    flags = os.environ.get("SWIFT_FLAGS", "").split()
    python = sys.executable
    all_steps = [
        Step("packages", ["scripts/install-deps.sh"], essential=True),
        Step("lint", ["make", "--no-print-directory", "lint"]),
        Step("build", ["scripts/build.sh", "--build-tests"], essential=True),
        Step("swift tests", ["swift", "test", "-c", "release", "--skip-build", "--xunit-output",
                             os.path.join(LOGS, "swift.xml"), *flags],
             counts="swift"),
        sampled("seeds", whole, python, "Tests/Simulation/seeds.py"),
        sampled("explored states", whole, ".build/release/counterfoil-explorer"),
        python_tests("modules", "Tests/Architecture"),
        Step("varlink certification", ["Tests/Foreign/certify.sh"], counts="closing"),
        Step("transparency log by Go", ["Tests/Foreign/tlog.sh"], counts="closing"),
        Step("documentation", [python, "Tests/Documentation/run_blocks.py"], counts="closing"),
        python_tests("end to end", "Tests/EndToEnd"),
        sampled("kill matrix", whole, python, "Tests/EndToEnd/kill_matrix.py"),
        sampled("kill provider", whole, python, "Tests/EndToEnd/kill_provider.py"),
        # The package on an emulated Debian, and the power cuts that only a whole machine has.
        Step("packages for the box", ["scripts/install-deps.sh", "--with", "package", "--with", "box"]),
        Step("package", ["make", "--no-print-directory", "deb"]),
        Step("lintian", ["sh", "-c", "lintian --allow-root --fail-on error,warning,info .build/package/*.deb"]),
        Step("box: boot, upgrade, removal", ["Tests/Box/boot.py"], counts="closing"),
        sampled("box: operations", whole, "Tests/Box/operations.py"),
        Step("box: peers", ["Tests/Box/peers.py"], counts="closing"),
        sampled("box: conditions", whole, "Tests/Box/conditions.py"),
        sampled("box: devices", whole, "Tests/Box/devices.py"),
        sampled("box: USB peripherals", whole, "Tests/Box/usb.py"),
        sampled("box: upgrades", whole, "Tests/Box/upgrade.py"),
        sampled("box: live power cuts", whole, "Tests/Box/cuts.py"),
        sampled("box: replayed power cuts", whole, "Tests/Box/replay.py"),
    ]
    return [step for step in all_steps if step]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="nothing is a sample")
    parser.add_argument("--shard", type=int, metavar="N",
                        help="one of the sampled steps runs whole, another one with each N")
    parser.add_argument("--only", help="run the steps whose name contains this")
    arguments = parser.parse_args()
    os.makedirs(LOGS, exist_ok=True)
    passed = failed = 0
    names = list(SAMPLED)
    whole = names if arguments.full else [] if arguments.shard is None else [names[arguments.shard % len(names)]]
    left = [name for name, (sample, _) in SAMPLED.items() if sample is None and name not in whole]
    if left:
        say(f"run on their own day, by --full or by --shard {' or '.join(str(names.index(name)) for name in left)}: "
            + ", ".join(left))
    if arguments.shard is not None:
        say(f"runs whole today: {', '.join(whole)}")
    failures = []
    for step in steps(whole):
        if arguments.only and arguments.only not in step.name:
            continue
        step_passed, step_failed = step.run()
        passed, failed = passed + step_passed, failed + step_failed
        failures += [f"{step.name}: {line}" for line in step.failures]
        if step_failed and step.essential:
            say(f"nothing further can be tested: {step.name} failed")
            break
    if failures:
        print("What failed:", *failures, sep="\n", flush=True)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
