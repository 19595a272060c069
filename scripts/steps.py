"""The steps of `make test`: commands that run beside each other as far as cores and memory allow.

Each step writes into a log of its own. While it runs, its last line is shown now and then; when it ended, how it went, and of
one that failed the end of its log. A step that does not end in time is ended, with every process that it started.
"""

import contextlib
import os
import re
import signal
import subprocess
import time
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOGS = os.path.join(ROOT, ".build", "test-logs")
HEARTBEAT_SECONDS = 30
POLL_SECONDS = 0.1
TAIL_LINES = 60
TAIL_BYTES = 1 << 16
# A log is often kept only by its end: what failed is said there once more, by so many lines of each step.
FAILURE = re.compile(r"\b(FAIL|FAILED|ERROR|NOT)\b|✘|[Ee]rror:")
FAILURE_LINES = 12
FAILURE_WIDTH = 300
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed$")
# Children have it in their environment, whatever session and group they made themselves.
MARK = "COUNTERFOIL_TEST_STEP"
# What a step that is ended gets to end by itself.
GRACE_SECONDS = 5
ENDING_SECONDS = 30
MEBIBYTES = 1024
MINUTES = 30
# Of the memory that is free at the start, what steps beside each other may declare.
MEMORY_SHARE = 0.8
# The cores of a step that measures time, or that a busy machine would make see less: nothing runs beside it.
ALONE = 10_000
STARTED = time.monotonic()


def say(text):
    print(f"[{time.monotonic() - STARTED:7.1f} s] {text}", flush=True)


class Step:
    """One command: its name, what counts its tests, whether the rest makes sense after it failed, and what it needs.

    `cores`: how many it keeps busy. `mebibytes`: of memory at most. `minutes`: longer it does not take, whatever the machine.
    """

    def __init__(self, name, command, counts="one", essential=False, environment=None, cores=1, mebibytes=MEBIBYTES,
                 minutes=MINUTES):
        self.name, self.command, self.counts, self.essential = name, command, counts, essential
        self.cores, self.mebibytes, self.minutes = cores, mebibytes, minutes
        # Behind that of a step which this one is part of.
        self.mark = f"{os.environ.get(MARK, '')}[{os.getpid()} {name}]"
        self.environment = {**os.environ, **(environment or {}), MARK: self.mark}
        self.log = os.path.join(LOGS, re.sub(r"[^a-z0-9]+", "-", name.lower()) + ".log")
        self.process = None
        self.failures = []
        self.passed = self.failed = 0

    def start(self):
        say(f"{self.name} …")
        self.began = self.told = time.monotonic()
        with open(self.log, "wb") as log:
            try:
                self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL,
                                                stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
            except OSError as error:
                log.write(f"ERROR: {error}\n".encode())

    def look(self):
        """Whether it has ended; tells of one that goes on, and ends one that has had its time."""
        if self.process is None or self.process.poll() is not None:
            return True
        now = time.monotonic()
        if now - self.began > self.minutes * 60:
            self.end(f"ERROR: it has not ended after {self.minutes:g} minutes")
            return True
        if now - self.told >= HEARTBEAT_SECONDS:
            self.told = now
            say(f"{self.name}: {self.last_line()[:100]}")
        return False

    def last_line(self):
        with open(self.log, "rb") as log:
            log.seek(max(0, os.path.getsize(self.log) - TAIL_BYTES))
            lines = log.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def end(self, why):
        """Ends it and all that it started, and writes why into its log."""
        self.signal(signal.SIGTERM)
        patience = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < patience and self.is_there():
            time.sleep(POLL_SECONDS)
        patience = time.monotonic() + ENDING_SECONDS
        # Again and again: what is being ended may still start something.
        while time.monotonic() < patience and self.is_there():
            self.signal(signal.SIGKILL)
            time.sleep(POLL_SECONDS)
        left = sorted(processes_of(self.mark))
        with open(self.log, "ab") as log:
            log.write(f"\n{why}\n".encode() + (f"ERROR: still there: {left}\n".encode() if left else b""))

    def is_there(self):
        return self.process.poll() is None or bool(processes_of(self.mark))

    def signal(self, number):
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, number)
        for pid in processes_of(self.mark):
            with contextlib.suppress(OSError):
                os.kill(pid, number)

    def finish(self):
        """Counts what it said, once it has ended."""
        code = self.process.returncode if self.process else None
        with open(self.log, encoding="utf-8", errors="replace") as log:
            lines = log.read().split("\n")
        self.passed, self.failed = self.count(lines, code)
        seconds = time.monotonic() - self.began
        if self.failed:
            say(f"{self.name}: FAILED (exit {code}) after {seconds:.1f} s, the end of {os.path.relpath(self.log, ROOT)}:")
            tail = [line for line in lines if line and not line.startswith("ok ")][-TAIL_LINES:]
            print("\n".join("    " + line for line in tail), flush=True)
            told = [line for line in lines if FAILURE.search(line) and not line.startswith("ok ")] or lines
            self.failures = [line.strip()[:FAILURE_WIDTH] for line in told[-FAILURE_LINES:]]
        # What a runner leaves out with a reason is said, not only logged.
        left_out = "".join(f"; {line}" for line in lines if line.startswith("not run"))
        say(f"{self.name}: {self.passed} passed, {self.failed} failed, {seconds:.1f} s{left_out}")

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


def processes_of(mark):
    """Every process that a step started, over whatever detours."""
    found, wanted = set(), f"{MARK}={mark}".encode()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/environ", "rb") as environment:
            if any(value.startswith(wanted) for value in environment.read().split(b"\0")):
                found.add(int(pid))
    return found


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


def free_mebibytes():
    with open("/proc/meminfo", encoding="ascii") as file:
        return next(int(line.split()[1]) >> 10 for line in file if line.startswith("MemAvailable"))


class Pool:
    """Runs steps: those before the others one after the other, then what fits beside each other, in their order."""

    def __init__(self, cores, mebibytes=None):
        self.cores = cores
        self.mebibytes = int(free_mebibytes() * MEMORY_SHARE) if mebibytes is None else mebibytes
        self.running = []
        self.ended = []
        self.stopped_by = None

    def run(self, before, beside):
        """Returns (passed, failed, lines that say what failed). Interrupted, it ends what runs and counts that as failed."""
        try:
            for step in before:
                self.play([step], 1)
            self.play(beside, self.cores)
        except (KeyboardInterrupt, SystemExit):
            for step in self.running:
                step.end("ERROR: interrupted")
                step.finish()
            self.ended += self.running
            self.stopped_by = self.stopped_by or "interrupted"
        failures = [f"{step.name}: {line}" for step in self.ended for line in step.failures]
        passed, failed = sum(step.passed for step in self.ended), sum(step.failed for step in self.ended)
        if self.stopped_by:
            say(f"nothing further can be tested: {self.stopped_by}")
            failed = max(failed, 1)
        return passed, failed, failures

    def play(self, steps, cores):
        waiting = list(steps)
        while self.running or waiting and not self.stopped_by:
            for step in [] if self.stopped_by else list(waiting):
                if self.fits(step, cores):
                    waiting.remove(step)
                    self.running.append(step)
                    step.start()
            for step in [step for step in self.running if step.look()]:
                step.finish()
                self.running.remove(step)
                self.ended.append(step)
                if step.failed and step.essential:
                    self.stopped_by = f"{step.name} failed"
            time.sleep(POLL_SECONDS if self.running else 0)

    def fits(self, step, cores):
        """What needs more than there is runs alone."""
        return not self.running or (sum(other.cores for other in [*self.running, step]) <= cores
                                    and sum(other.mebibytes for other in [*self.running, step]) <= self.mebibytes)
