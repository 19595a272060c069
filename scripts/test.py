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

from steps import ALONE, LOGS, ROOT, Pool, Step, say

CORES = os.cpu_count() or 2
# For what has work for as many as it is given, so that something else runs beside it.
HALF = max(1, CORES // 2)
# A machine of 768 MiB and what its emulator keeps beside it; two processors, of which one works at a time, but for the start.
BOX = {"cores": 1, "mebibytes": 1400, "counts": "closing"}
# Both kill programs together are not to take more than three minutes; each also counts its points and plays its controls.
MORNING_SECONDS, PROVIDER_SECONDS = 65, 65
BUILD_MINUTES, WHOLE_MINUTES = 90, 240


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


def sampled(name, whole, *command, **needs):
    arguments = SAMPLED[name][name in whole]
    if arguments is None:
        return None
    minutes = {"minutes": WHOLE_MINUTES} if name in whole else {}
    return Step(name, [*command, *arguments], **{"counts": "closing", **needs, **minutes})


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


def steps(whole):
    """What runs side by side, what takes longest first. `whole`: the names of the steps that run whole, not a sample."""
    python = sys.executable
    all_steps = [
        # The package on an emulated Debian, and the power cuts that only a whole machine has.
        sampled("box: upgrades", whole, "Tests/Box/upgrade.py", **BOX),
        Step("box: boot, upgrade, removal", ["Tests/Box/boot.py"], **BOX),
        python_tests("end to end", "Tests/EndToEnd"),
        sampled("box: live power cuts", whole, "Tests/Box/cuts.py", **BOX),
        sampled("box: operations", whole, "Tests/Box/operations.py", **BOX),
        sampled("box: conditions", whole, "Tests/Box/conditions.py", **BOX),
        sampled("box: devices", whole, "Tests/Box/devices.py", **BOX),
        sampled("box: USB peripherals", whole, "Tests/Box/usb.py", **BOX),
        sampled("seeds", whole, python, "Tests/Simulation/seeds.py", "--jobs", str(HALF), cores=HALF),
        sampled("box: replayed power cuts", whole, "Tests/Box/replay.py", "--jobs", str(HALF), **{**BOX, "cores": HALF}),
        sampled("explored states", whole, ".build/release/counterfoil-explorer"),
        Step("box: peers", ["Tests/Box/peers.py"], **BOX),
        Step("documentation", [python, "Tests/Documentation/run_blocks.py"], counts="closing"),
        Step("varlink certification", ["Tests/Foreign/certify.sh"], counts="closing"),
        Step("transparency log by Go", ["Tests/Foreign/tlog.sh"], counts="closing"),
        Step("lintian", ["sh", "-c", "lintian --allow-root --fail-on error,warning,info .build/package/*.deb"]),
        python_tests("modules", "Tests/Architecture"),
        # They play for so many seconds, and the more the less else there is to do.
        sampled("kill matrix", whole, python, "Tests/EndToEnd/kill_matrix.py", cores=ALONE),
        sampled("kill provider", whole, python, "Tests/EndToEnd/kill_provider.py", cores=ALONE),
    ]
    return [step for step in all_steps if step]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="nothing is a sample")
    parser.add_argument("--shard", type=int, metavar="N",
                        help="one of the sampled steps runs whole, another one with each N")
    parser.add_argument("--only", help="run the steps whose name contains this")
    parser.add_argument("--cores", type=int, default=CORES, metavar="N",
                        help="for steps beside each other; 1: one after the other; default: all there are")
    arguments = parser.parse_args()
    # Steps have sessions of their own: who ends this program, or closes its terminal, ends them through it.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    os.makedirs(LOGS, exist_ok=True)
    names = list(SAMPLED)
    whole = names if arguments.full else [] if arguments.shard is None else [names[arguments.shard % len(names)]]
    left = [name for name, (sample, _) in SAMPLED.items() if sample is None and name not in whole]
    if left:
        say(f"run on their own day, by --full or by --shard {' or '.join(str(names.index(name)) for name in left)}: "
            + ", ".join(left))
    if arguments.shard is not None:
        say(f"runs whole today: {', '.join(whole)}")
    first, others = ([step for step in part if not arguments.only or arguments.only in step.name]
                     for part in (first_steps(), steps(whole)))
    passed, failed, failures = Pool(arguments.cores).run(first, others)
    if failures:
        print("What failed:", *failures, sep="\n", flush=True)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
