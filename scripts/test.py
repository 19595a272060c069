#!/usr/bin/env python3
"""Runs every test of the product and ends with one line: `N passed, N failed`.

What builds runs first, step by step; then steps run beside each other, as cores and memory allow (steps.py), those that measure
time or that want the whole machine alone, after the others. Each step prints when it starts, every 30 seconds how far it is,
and how long it took; its whole output is kept in .build/test-logs/. A step that is a test runner itself ends its output with
`N passed, N failed` and is counted by that line; any other step counts as one.
"""

import argparse
import os
import signal
import sys

from steps import ALONE, LOGS, MINUTES, ROOT, Pool, Step, say

CORES = os.cpu_count() or 2
# For what has work for as many as it is given, so that something else runs beside it.
HALF = max(1, CORES // 2)
# A machine of 768 MiB and what its emulator keeps beside it; two processors, of which one works at a time, but for the start.
BOX = {"cores": 1, "mebibytes": 1400, "counts": "closing"}
# Both kill programs together are not to take more than three minutes; each also counts its points and plays its controls.
MORNING_SECONDS, PROVIDER_SECONDS = 65, 65
# Of each on its day. That of providers begins at another point each day, so that days between them come through all of it.
DAY_SECONDS = 900
BUILD_MINUTES, DAY_MINUTES, WHOLE_MINUTES = 90, 60, 360


def python_tests(name, folder, **options):
    return Step(name, [sys.executable, "-m", "unittest_count", folder], counts="closing", environment={
        "PYTHONPATH": os.path.join(ROOT, "Tests", "Support", "python"), "PYTHONUNBUFFERED": "1"}, **options)


# Steps that `make test` runs a sample of, or leaves to their own day (None); what runs of each on its day, which a machine of
# two cores must end within the hour; and the whole (None: the day's).
SAMPLED = {
    "kill matrix": (["--sample", str(MORNING_SECONDS)], ["--sample", str(DAY_SECONDS)], []),
    "seeds": (["--seeds", "2000"], ["--seeds", "8000"], ["--seeds", "20000"]),
    "box: operations": (None, [], None),
    "box: conditions": (None, [], None),
    "box: devices": (None, ["--replugs", "20"], None),
    "box: USB peripherals": (None, [], None),
    "box: upgrades": (None, ["--cuts", "5"], None),
    "box: live power cuts": (["--cuts", "20"], ["--cuts", "100"], None),
    "box: replayed power cuts": (["--cuts", "1000"], ["--cuts", "3000"], None),
    "kill provider": (["--sample", str(PROVIDER_SECONDS)], ["--sample", str(DAY_SECONDS)], []),
    # How many commands deep; eight are about a million and a half steps.
    "explored states": (["7"], ["8"], ["9"]),
}


def amounts(full, shard):
    """By step: the arguments with which it runs, None: not today, and how many minutes it may take."""
    days = None if shard is None else list(SAMPLED)[shard % len(SAMPLED)]

    def amount(name, sample, day, whole):
        if full:
            return (day if whole is None else whole), WHOLE_MINUTES
        return (day, DAY_MINUTES) if name == days else (sample, MINUTES)
    return {name: amount(name, *kinds) for name, kinds in SAMPLED.items()}


def sampled(name, today, *command, **needs):
    arguments, minutes = today[name]
    if arguments is None:
        return None
    return Step(name, [*command, *arguments], **{"counts": "closing", "minutes": minutes, **needs})


def first_steps():
    """What makes the programs, the tests and the package, and the tests that measure time: one after the other."""
    flags = os.environ.get("SWIFT_FLAGS", "").split()
    return [
        Step("packages", ["scripts/install-deps.sh"], essential=True),
        Step("lint", ["make", "--no-print-directory", "lint"]),
        Step("build", ["scripts/build.sh", "--build-tests"], essential=True, minutes=BUILD_MINUTES),
        Step("swift tests", ["swift", "test", "-c", "release", "--skip-build", "--xunit-output",
                             os.path.join(LOGS, "swift.xml"), *flags], counts="swift"),
        Step("packages for the box", ["scripts/install-deps.sh", "--with", "package", "--with", "box"]),
        Step("package", ["make", "--no-print-directory", "deb"], minutes=BUILD_MINUTES),
    ]


def steps(today):
    """What runs side by side, what takes longest first. `today`: how much of each sampled step (amounts)."""
    python = sys.executable
    all_steps = [
        # The package on an emulated Debian, and the power cuts that only a whole machine has.
        sampled("box: upgrades", today, "Tests/Box/upgrade.py", **BOX),
        Step("box: boot, upgrade, removal", ["Tests/Box/boot.py"], **BOX),
        python_tests("end to end", "Tests/EndToEnd"),
        sampled("box: live power cuts", today, "Tests/Box/cuts.py", **BOX),
        sampled("box: operations", today, "Tests/Box/operations.py", **BOX),
        sampled("box: conditions", today, "Tests/Box/conditions.py", **BOX),
        sampled("box: devices", today, "Tests/Box/devices.py", **BOX),
        sampled("box: USB peripherals", today, "Tests/Box/usb.py", **BOX),
        sampled("seeds", today, python, "Tests/Simulation/seeds.py", "--jobs", str(HALF), cores=HALF),
        sampled("box: replayed power cuts", today, "Tests/Box/replay.py", "--jobs", str(HALF), **{**BOX, "cores": HALF}),
        sampled("explored states", today, ".build/release/counterfoil-explorer"),
        Step("box: peers", ["Tests/Box/peers.py"], **BOX),
        Step("documentation", [python, "Tests/Documentation/run_blocks.py"], counts="closing"),
        Step("varlink certification", ["Tests/Foreign/certify.sh"], counts="closing"),
        Step("transparency log by Go", ["Tests/Foreign/tlog.sh"], counts="closing"),
        Step("lintian", ["sh", "-c", "lintian --allow-root --fail-on error,warning,info .build/package/*.deb"]),
        python_tests("modules", "Tests/Architecture"),
        # They play for so many seconds, and the more the less else there is to do.
        sampled("kill matrix", today, python, "Tests/EndToEnd/kill_matrix.py", cores=ALONE),
        sampled("kill provider", today, python, "Tests/EndToEnd/kill_provider.py", cores=ALONE),
    ]
    return [step for step in all_steps if step]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="nothing is a sample")
    parser.add_argument("--shard", type=int, metavar="N",
                        help="of one of the sampled steps more runs, another one with each N")
    parser.add_argument("--only", help="run the steps whose name contains this")
    parser.add_argument("--cores", type=int, default=CORES, metavar="N",
                        help="for steps beside each other; 1: one after the other; default: all there are")
    arguments = parser.parse_args()
    # Steps have sessions of their own: who ends this program, or closes its terminal, ends them through it.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    os.makedirs(LOGS, exist_ok=True)
    names, today = list(SAMPLED), amounts(arguments.full, arguments.shard)
    left = [name for name, (amount, _) in today.items() if amount is None]
    if left:
        say(f"run on their own day, by --full or by --shard {' or '.join(str(names.index(name)) for name in left)}: "
            + ", ".join(left))
    if arguments.shard is not None:
        say(f"more than a sample today: {names[arguments.shard % len(names)]}")
    first, others = ([step for step in part if not arguments.only or arguments.only in step.name]
                     for part in (first_steps(), steps(today)))
    passed, failed, failures = Pool(arguments.cores).run(first, others)
    if failures:
        print("What failed:", *failures, sep="\n", flush=True)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
