#!/usr/bin/env python3
"""SIGKILL at every point of a pauseless morning, then a restart, then the books.

A point is one call of the daemon that the disk or the outside can see: a write or sync of a file, a rename, bytes to the
printer, bytes to a client. A preload shim (Tests/Support/killpoint) counts them; the first run counts only. Then each
point is one run of the whole morning in a box of its own: the daemon dies there, the app repeats its keys, and in the end
the paper, the answers, the reports and a second journal reader must agree with books kept from prices alone. Every third
run also dies early in the recovery.

The control is the same matrix against a disk order that is broken on purpose (KILLPOINT_LATE): records reach the file
later than the answers and the paper leave. It must be caught, or the matrix is blind.

    kill_matrix.py [--sample SECONDS] [--jobs N] [--only N:WHEN] [--keep]

Ends with `N passed, N failed`.
"""

import argparse
import collections
import concurrent.futures
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import morning  # noqa: E402
import settle  # noqa: E402
from box import CASHIER, Box, Died, killpoint_library  # noqa: E402
from cashier import Cashier  # noqa: E402

# Halving makes sense where bytes can be cut.
HALVED = ("journal", "printer", "client")
# How far behind the control's disk is, in syncs, and how many of its runs are made.
LATE_SYNCS = 8
CONTROL_RUNS = 12
SECOND_DEATH_EVERY = 3
SECOND_DEATH_WITHIN = 24


class Result:
    def __init__(self, point, when, problems, died, lost, owed):
        self.point, self.when, self.problems = point, when, problems
        self.died, self.lost, self.owed = died, lost, owed


def armed(box):
    """While this file is there, points count: from the start to the end of the morning, and in the clean stop."""
    return os.path.join(box.folder, "armed")


def shim(box, **settings):
    environment = {"LD_PRELOAD": killpoint_library(), "KILLPOINT_DIR": box.state, "KILLPOINT_ARMED": armed(box)}
    environment.update({f"KILLPOINT_{name.upper()}": str(value) for name, value in settings.items() if value is not None})
    return environment


def make_template(folder):
    """A box that was only initialised; every run starts from a copy of its state."""
    with Box(folder=folder, simulators=False) as box:
        box.write_configuration()
        box.init()


def one_run(template, point, when, late=None, log=None, second=None):
    """Plays the morning with a death at `point` (None: none) and returns what is wrong."""
    folder = tempfile.mkdtemp(prefix=f"kill-{point}-{when}-", dir=os.environ.get("COUNTERFOIL_SCRATCH"))
    died, lost, owed = 0, 0, 0
    problems = []
    try:
        shutil.copytree(os.path.join(template, "state"), os.path.join(folder, "state"))
        with Box(folder=folder) as box:
            box.write_configuration()
            deaths = [shim(box, at=point, when=when, late=late, log=log)]
            if second:
                deaths.append(shim(box, at=second, when="before", late=late))

            def bring_up():
                nonlocal died
                while not box.alive():
                    died += 1 if box.daemon is not None else 0
                    environment = deaths.pop(0) if deaths else shim(box, late=late) if late else None
                    try:
                        box.start(environment)
                    except Died:
                        if not deaths and environment is None:
                            raise

            open(armed(box), "w", encoding="ascii").close()
            bring_up()
            cashier = Cashier(box.control, "lane-1", CASHIER, revive=bring_up)
            try:
                problems += play_and_check(box, cashier)
            finally:
                lost = cashier.lost
                cashier.close()
    except Exception as error:  # a run that cannot be finished is a finding, not the end of the matrix
        problems.append("".join(traceback.format_exception_only(error)).strip()[:800])
    finally:
        if not os.environ.get("COUNTERFOIL_KEEP") or not problems:
            shutil.rmtree(folder, ignore_errors=True)
    return Result(point, when, problems, died, lost, owed)


def play_and_check(box, cashier):
    books, closed, day = morning.play(cashier)
    settle.settle_prints(box, cashier)
    os.unlink(armed(box))
    problems = settle.check_books(cashier, books)
    problems += settle.check_report(day, books) + settle.check_tenders(closed, day, books)
    problems += settle.check_keys(cashier)
    problems += settle.check_paper(box.paper(), books.numbers, books.stubs) + settle.check_reports(box.paper())
    cashier.close()
    open(armed(box), "w", encoding="ascii").close()
    code = box.stop()
    while code == -signal.SIGKILL:  # the death fell into the stop
        cashier.revive()
        code = box.stop()
    if code != 0:
        problems.append(f"the clean stop ended with {box.daemon.returncode}: {box.log()[-300:]}")
    problems += settle.check_journal(box, cashier, books)
    return problems


def count_points(template):
    """One run that nothing disturbs: it must be right, and its log names every point."""
    log = os.path.join(template, "points.log")
    result = one_run(template, None, "after", log=log)
    if result.problems:
        raise SystemExit("the undisturbed morning is wrong already:\n  " + "\n  ".join(result.problems))
    with open(log, encoding="ascii") as lines:
        return [line.split()[1] for line in lines]


def plan(classes):
    """Every (point, when), ordered so that any prefix is spread evenly over the whole morning."""
    runs = []
    for index, name in enumerate(classes, start=1):
        runs += [(index, "before"), (index, "after")]
        if name in HALVED:
            runs.append((index, "half"))
    # Multiplying by a number without common factor visits each once, far apart from the one before.
    step = next(n for n in range(int(len(runs) * 0.618) | 1, len(runs) * 2 + 3, 2) if gcd(n, len(runs)) == 1)
    return [runs[(i * step) % len(runs)] for i in range(len(runs))]


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def work(job):
    template, point, when, late, second = job
    return one_run(template, point, when, late=late, second=second)


def run_all(template, runs, jobs, deadline, late=None):
    """Runs in parallel processes; stops handing out work at the deadline. Yields results."""
    todo = iter(enumerate(runs))
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(jobs, mp_context=context) as pool:
        waiting = set()
        while True:
            while len(waiting) < jobs * 2 and (deadline is None or time.monotonic() < deadline):
                index, (point, when) = next(todo, (None, (None, None)))
                if index is None:
                    break
                second = 1 + index * 7 % SECOND_DEATH_WITHIN if index % SECOND_DEATH_EVERY == 0 and not late else None
                waiting.add(pool.submit(work, (template, point, when, late, second)))
            if not waiting:
                return
            done, waiting = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                yield future.result()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=float, help="stop after so many seconds, spread over the whole morning")
    parser.add_argument("--jobs", type=int, default=max(2, os.cpu_count() or 2))
    parser.add_argument("--only", help="one run, for example 117:before")
    arguments = parser.parse_args()
    began = time.monotonic()
    killpoint_library()
    template = tempfile.mkdtemp(prefix="kill-template-", dir=os.environ.get("COUNTERFOIL_SCRATCH"))
    try:
        make_template(template)
        if arguments.only:
            point, when = arguments.only.split(":")
            result = one_run(template, int(point), when)
            print("\n".join(result.problems) or "nothing wrong", f"({result.died} deaths)")
            return 1 if result.problems else 0
        return matrix(template, arguments, began)
    finally:
        shutil.rmtree(template, ignore_errors=True)


def matrix(template, arguments, began):
    classes = count_points(template)
    runs = plan(classes)
    counted = ", ".join(f"{count} {name}" for name, count in sorted(collections.Counter(classes).items()))
    print(f"{len(classes)} points in an undisturbed morning ({counted}); {len(runs)} ways to die", flush=True)
    deadline = began + arguments.sample if arguments.sample else None
    passed = failed = unreached = answers_lost = 0
    tried = set()
    for result in run_all(template, runs, arguments.jobs, deadline):
        tried.add(result.point)
        answers_lost += result.lost
        unreached += result.died == 0
        if result.problems:
            failed += 1
            print(f"point {result.point} {result.when} ({classes[result.point - 1]}):", flush=True)
            print("\n".join("    " + problem[:500] for problem in result.problems[:6]), flush=True)
        else:
            passed += 1
        if (passed + failed) % 50 == 0:
            print(f"{passed + failed} runs in {time.monotonic() - began:.0f} s, {failed} with findings", flush=True)
    print(f"{passed + failed} of {len(runs)} runs over {len(tried)} points, {unreached} ended before their point, "
          f"{answers_lost} answers lost and asked again, {failed} with findings", flush=True)
    caught, control_passed = control(template, classes, arguments.jobs)
    print(f"control (records {LATE_SYNCS} syncs late): {caught} of {CONTROL_RUNS} runs caught", flush=True)
    passed, failed = passed + control_passed, failed + (not control_passed)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def control(template, classes, jobs):
    """The broken order, killed right after something left the box. Each run should find something."""
    leaving = [index for index, name in enumerate(classes, start=1) if name in ("client", "printer")]
    chosen = [(leaving[(2 * i + 1) * len(leaving) // (2 * CONTROL_RUNS)], "after") for i in range(CONTROL_RUNS)]
    caught = 0
    for result in run_all(template, chosen, jobs, None, late=LATE_SYNCS):
        caught += bool(result.problems)
    # Some points lie where three syncs hold nothing that was promised; most do not.
    return caught, caught * 2 >= CONTROL_RUNS


if __name__ == "__main__":
    sys.exit(main())
