#!/usr/bin/env python3
"""Runs the seeded simulator and what belongs to it, and ends with `N passed, N failed`.

1. Every seed must be good and every class of fault must have come up (counterfoil-seeds).
2. Three builds of the journal with one rule left out (no alignment, no MARK, no fdatasync) must each be caught.
3. Faults built into the box's payments must each be found (`--plant`).
4. The second reader of the journal, written from docs/journal-format.md alone, must say of the journals of 200 seeds
   byte for byte what our own reader says, compressed segments included; of a journal with one flipped bit it must not.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
READER = os.path.join(ROOT, "Tests", "journal_reader", "journal_reader.py")
VARIANTS = ["no-alignment", "no-mark", "no-fdatasync"]
VARIANT_SEEDS = 600
PLANTS = ["pay-before-intent", "pay-again", "pay-again-anew", "denial-ends", "unknown-is-declined",
          "forgets-at-restart", "keeps-late-money", "other-answer", "trusts-reversed", "trusts-closed", "hint-is-truth",
          "show-again-anew", "refund-again-anew", "asks-elsewhere", "keeps-code"]
# So many at most: a run ends with the first that finds it.
PLANT_SEEDS = 600
READER_SEEDS = 200
# A seed that ends early, by a loss that is allowed, leaves no whole journal: some more are run.
KEPT_SEEDS = 260
# Sealed segments of each kind that the comparison must have seen.
FEWEST_SEGMENTS = 100
CLOSING = re.compile(r"^(\d+) seeds, (\d+) failed, (\d+) kinds of fault too rare$")


def run(program, *arguments):
    """Runs the simulator, shows what it says and answers (its last line's numbers or nothing, its exit code)."""
    process = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    closing = None
    for line in process.stdout:
        print(line, end="", flush=True)
        closing = CLOSING.match(line.strip()) or closing
    return [int(number) for number in closing.groups()] if closing else None, process.wait()


def seeds(program, count, jobs):
    """Answers (passed, failed): each seed, and that all kinds of fault came up."""
    numbers, code = run(program, "--seeds", str(count), "--jobs", str(jobs))
    if numbers is None:
        print(f"the simulator ended with {code} and no result", flush=True)
        return 0, 1
    done, failed, rare = numbers
    passed = done - failed + (rare == 0)
    failed += rare
    return passed, failed or int(code != 0 or done != count)


def variants(program, jobs):
    passed = 0
    for variant in VARIANTS:
        _, code = run(program, "--variant", variant, "--seeds", str(VARIANT_SEEDS), "--jobs", str(jobs))
        passed += code == 0
    return passed, len(VARIANTS) - passed


def plants(program, jobs):
    passed = 0
    for plant in PLANTS:
        _, code = run(program, "--plant", plant, "--seeds", str(PLANT_SEEDS), "--jobs", str(jobs), "--quick")
        passed += code == 0
    return passed, len(PLANTS) - passed


def read(folder):
    """What the second reader prints, and its exit code."""
    done = subprocess.run([sys.executable, READER, folder], capture_output=True, check=False)
    return done.stdout, done.returncode


def agrees(folder):
    with open(folder + ".jsonl", "rb") as lines:
        expected = lines.read()
    printed, code = read(folder)
    return code == 0 and printed == expected


def flip(folder, suffix):
    """Turns over one bit in the middle of the oldest file with this suffix; True when there is one."""
    names = sorted(name for name in os.listdir(folder) if name.endswith(suffix))
    if not names:
        return False
    with open(os.path.join(folder, names[0]), "r+b") as file:
        # Behind the first segment's header, in what is written of it.
        file.seek(4096 + 300 if suffix == ".seg" else os.path.getsize(file.name) // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 0x10]))
    return True


def compare(program, jobs):
    """Answers (passed, failed): each journal, and two controls with a flipped bit."""
    with tempfile.TemporaryDirectory(prefix="counterfoil-seeds-") as kept:
        _, code = run(program, "--seeds", str(KEPT_SEEDS), "--keep", kept, "--jobs", str(jobs))
        numbers = sorted(int(name[5:]) for name in os.listdir(kept) if re.fullmatch(r"seed-\d+", name))
        folders = [os.path.join(kept, f"seed-{number}") for number in numbers[:READER_SEEDS]]
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            results = list(pool.map(agrees, folders))
        for folder, good in zip(folders, results):
            if not good:
                print(f"{os.path.basename(folder)}: the second reader says something else", flush=True)
        passed, failed = sum(results), len(results) - sum(results)
        names = [name for folder in folders for name in os.listdir(folder)]
        segments = {suffix: sum(name.endswith(suffix) for name in names) for suffix in (".seg", ".segz")}
        print(f"{passed} of {len(folders)} journals read alike, {segments['.seg']} segments as written and "
              f"{segments['.segz']} compressed", flush=True)
        enough = len(folders) == READER_SEEDS and min(segments.values()) >= FEWEST_SEGMENTS and code == 0
        failed += not enough
        for suffix in segments:
            control = next((folder for folder in folders if flip(folder, suffix)), None)
            noticed = control is not None and not agrees(control)
            print(f"one bit of a {suffix} turned over: {'noticed' if noticed else 'NOT noticed'}", flush=True)
            passed, failed = passed + noticed, failed + (not noticed)
        return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--programs", default=os.path.join(ROOT, ".build", "release"))
    arguments = parser.parse_args()
    program = os.path.join(arguments.programs, "counterfoil-seeds")
    passed = failed = 0
    for part in (lambda: seeds(program, arguments.seeds, arguments.jobs), lambda: variants(program, arguments.jobs),
                 lambda: plants(program, arguments.jobs), lambda: compare(program, arguments.jobs)):
        good, bad = part()
        passed, failed = passed + good, failed + bad
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
