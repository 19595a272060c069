#!/usr/bin/env python3
"""Deaths and cut lines at every point of everything that a box does with a provider's payments, and then two books.

Flows (kill_flows.py) times victims:
    daemon, provider     SIGKILL behind one of its calls that the disk or the outside can see (Tests/Support/killpoint), or
                         in the middle of its bytes; every third daemon also dies early in its recovery
    both                 both at the same moment, at a call of the daemon
    both by provider     the same, at a call of the provider
    command              the command line, at one of its calls
    line                 one request between daemon and provider is cut: before it arrives, before its answer, in the middle
                         of its answer; or it and the next ones do not arrive
What died starts again by itself, the app repeats its keys. When every payment is known the provider's ledger and the journal,
which a second reader reads, must say the same order by order (two_books.py).

The controls are bad boxes and bad connectors: records that reach the disk behind what they order, an order that is sent again
under a new number or under its own, an order that gets another order's answer, one who denies what was paid. Each must be
found out, or the two books are blind.

    kill_provider.py [--sample SECONDS] [--day N] [--flows a,b] [--victims a,b] [--jobs N] [--only FLOW:VICTIM:N:WHEN]

A sample takes from all flows and victims in turn, each day (N, by default today's) from another point on. Ends with
`N passed, N failed`.
"""

import argparse
import collections
import concurrent.futures
import glob
import itertools
import math
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import two_books  # noqa: E402
from box import killpoint_library  # noqa: E402
from kill_flows import FLOWS  # noqa: E402
from kill_matrix import HALVED, LATE_SYNCS  # noqa: E402
from kill_run import Death, one_run  # noqa: E402
from provider_line import CUTS  # noqa: E402

# Whose calls each victim dies at.
VICTIMS = {"daemon": "daemon", "provider": "provider", "both": "daemon", "both by provider": "provider",
           "command": "command", "line": None}
SECOND_DEATH_EVERY, SECOND_DEATH_WITHIN = 3, 24
# The control with late records is made at so many points; a point may lie where nothing is late.
LATE_POINTS = range(8, 24, 2)
# Bad connectors, a flow in which each does harm, and what the books say then.
FAULTS = (
    ("resends", "pay lost", two_books.DOUBLE), ("resends", "refund in parts", two_books.DOUBLE),
    ("repeats", "pay lost", two_books.DOUBLE), ("crosses", "split equal", two_books.INVENTED),
    ("denies", "pay lost", two_books.LOST),
)
WATCH_SECONDS = 0.5
ENDED = 128 + signal.SIGTERM
BY_NAME = {flow.name: flow for flow in FLOWS}


def begin_worker():
    """A worker ends with whoever handed it its work, and closes its box before. The kernel's own signal for that is forgotten
    when a process changes its user, as clients here do."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(WATCH_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
    threading.Thread(target=watch, daemon=True).start()


def run(name, death):
    try:
        return one_run(BY_NAME[name], death)
    except SystemExit:
        # A pool would take it for an answer and wait for more work.
        os._exit(ENDED)


def work(job):
    name, death = job
    problems, died, _ = run(name, death)
    return job, problems, died


def count(job):
    """An undisturbed run: it must be right, and its logs name every point."""
    name, logs = job
    problems, _, requests = run(name, Death(logs=logs))
    classes = {}
    for path in glob.glob(os.path.join(logs, "*")):
        with open(path, encoding="ascii") as lines:
            classes[os.path.basename(path)] = [line.split()[1] for line in lines]
    return name, problems, classes, requests


def deaths_of(victim, classes, requests):
    """Every (point, when) of a victim in a flow."""
    if victim == "line":
        return [(number, cut) for number in range(1, requests + 1) for cut in CUTS]
    found = []
    for number, kind in enumerate(classes.get(VICTIMS[victim], []), start=1):
        # Before a call the outside is as behind the one before it.
        found += [(number, when) for when in ("before", "after") if when == "after" or number == 1]
        found += [(number, "half")] if kind in HALVED and not victim.startswith("both") else []
    return found


def spread(runs, day):
    """The same runs, any prefix of which is spread evenly, from another one on each day."""
    if not runs:
        return []
    step = next(n for n in range(int(len(runs) * 0.618) | 1, len(runs) * 2 + 3, 2) if math.gcd(n, len(runs)) == 1)
    return [runs[(day * 7919 + i * step) % len(runs)] for i in range(len(runs))]


def plan(points, victims, day):
    """All runs, from all flows and victims in turn."""
    groups = []
    for victim in victims:
        for name, (classes, requests) in points.items():
            groups.append([(name, victim, *one) for one in spread(deaths_of(victim, classes, requests), day)])
    groups = spread([group for group in groups if group], day)
    in_turn = [one for row in itertools.zip_longest(*groups) for one in row if one]
    jobs = []
    for index, (name, victim, at, when) in enumerate(in_turn):
        second = None
        if victim in ("daemon", "both") and index % SECOND_DEATH_EVERY == 0:
            second = 1 + index * 7 % SECOND_DEATH_WITHIN
        jobs.append((name, Death(victim, at, when, second)))
    return jobs


def run_all(pool, jobs, workers, deadline=None):
    """Hands out work until the deadline; yields what came of it."""
    todo, waiting = iter(jobs), set()
    while True:
        while len(waiting) < workers * 2 and (deadline is None or time.monotonic() < deadline):
            job = next(todo, None)
            if job is None:
                break
            waiting.add(pool.submit(work, job))
        if not waiting:
            return
        done, waiting = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED)
        for future in done:
            yield future.result()


def print_table(title, columns, rows):
    width = max(len(title), *map(len, rows))
    sums = [sum(column) for column in zip(*rows.values())]
    for name, values in ((title, columns), *rows.items(), ("all", sums)):
        print(f"{name:{width}} " + " ".join(f"{value:>16}" for value in values))
    sys.stdout.flush()


class Tally:
    """What was done and found, by flow and victim."""

    def __init__(self):
        self.runs, self.died = collections.Counter(), collections.Counter()
        self.deaths = self.unreached = self.passed = 0
        self.wrong = []
        self.kinds = collections.Counter()

    def take(self, job, problems, died):
        name, death = job
        self.runs[name, death.victim] += 1
        self.died[name, death.victim] += died > 0
        self.deaths += died
        self.unreached += died == 0
        self.passed += not problems
        if problems:
            self.wrong.append(job)
            self.kinds.update({problem.split(":")[0] for problem in problems})
            print(f"FAILED {name}:{death.victim}:{death.at}:{death.when}"
                  + (f" (again at {death.second})" if death.second else ""), flush=True)
            print("\n".join("    " + problem[:1500] for problem in problems[:6]), flush=True)

    def table(self, points, victims):
        print_table("runs in which it died or was cut", victims,
                    {name: [self.died[name, victim] for victim in victims] for name in points})


def controls(pool, workers):
    """How many bad boxes and connectors were found out, of how many."""
    jobs = [("pay approve", Death("daemon", point, "after", late=LATE_SYNCS)) for point in LATE_POINTS]
    jobs += [(flow, Death(fault=fault)) for fault, flow, _ in FAULTS]
    found = collections.defaultdict(list)
    for (flow, death), problems, _ in run_all(pool, jobs, workers):
        found[death.fault or "late records", flow] += problems
    wanted = [("late records", "pay approve", two_books.DOUBLE), *FAULTS]
    caught = 0
    for name, flow, kind in wanted:
        told = [problem for problem in found[name, flow] if problem.startswith(kind)]
        caught += bool(told)
        print(f"control: {name} ({flow}): "
              + (f"found out: {told[0]}" if told else f"NOT found out: {found[name, flow][:3]}"), flush=True)
    return caught, len(wanted)


def leftovers(scratch):
    """Processes and folders of this program that are still there; ends the processes."""
    left = [f"folder {path}" for path in os.listdir(scratch)] if os.path.isdir(scratch) else []
    wanted = f"COUNTERFOIL_SCRATCH={scratch}".encode()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                is_ours = wanted in file.read().split(b"\0") and int(pid) != os.getpid()
            if is_ours:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    left.append(f"process {file.read().replace(bytes(1), b' ').decode(errors='replace')[:200]}")
                os.kill(int(pid), signal.SIGKILL)
        except (OSError, ValueError):
            continue
    return left


def matrix(pool, arguments, scratch, began):
    chosen = arguments.flows.split(",") if arguments.flows else list(BY_NAME)
    victims = arguments.victims.split(",") if arguments.victims else list(VICTIMS)
    points, tally, failed = {}, Tally(), 0
    logs = os.path.join(scratch, "logs")
    for number, name in enumerate(chosen):
        os.makedirs(os.path.join(logs, str(number)))
    for name, problems, classes, requests in pool.map(
            count, [(name, os.path.join(logs, str(number))) for number, name in enumerate(chosen)]):
        points[name] = (classes, requests)
        failed += bool(problems)
        if problems:
            print(f"FAILED undisturbed: {name}: {problems}", flush=True)
    shutil.rmtree(logs)
    programs = ("daemon", "provider", "command")
    print_table("points", [*programs, "requests"], {
        name: [*(len(classes.get(program, [])) for program in programs), requests]
        for name, (classes, requests) in points.items()})
    jobs = plan(points, victims, arguments.day)
    counted = collections.Counter(death.victim for _, death in jobs)
    print(f"{len(points)} flows; day {arguments.day}; {len(jobs)} ways to die or be cut: "
          + ", ".join(f"{victim} {counted[victim]}" for victim in victims), flush=True)
    deadline = began + arguments.sample if arguments.sample else None
    for job, problems, died in run_all(pool, jobs, arguments.jobs, deadline):
        tally.take(job, problems, died)
        done = sum(tally.runs.values())
        if done % 200 == 0:
            print(f"{done} runs in {time.monotonic() - began:.0f} s, {len(tally.wrong)} wrong", flush=True)
    tally.table(points, victims)
    print(f"{sum(tally.runs.values())} of {len(jobs)} runs in {time.monotonic() - began:.0f} s; {tally.deaths} deaths and cuts, "
          f"{tally.unreached} runs ended before their point; {len(tally.wrong)} wrong", flush=True)
    print(", ".join(f"{kind}: {tally.kinds[kind]}" for kind in (
        two_books.DOUBLE, two_books.LOST, two_books.INVENTED, two_books.OPEN, two_books.BROKEN)), flush=True)
    return tally.passed + len(points) - failed, len(tally.wrong) + failed


def only(text):
    name, victim, at, when = text.rsplit(":", 3)
    problems, died, _ = one_run(BY_NAME[name], Death(victim, int(at), when))
    print("\n".join(problems) or "nothing wrong", f"({died} deaths and cuts)")
    return 1 if problems else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=float, help="stop after so many seconds")
    parser.add_argument("--day", type=int, default=int(time.time() // 86400), help="where a sample begins")
    parser.add_argument("--flows")
    parser.add_argument("--victims")
    parser.add_argument("--jobs", type=int, default=max(2, os.cpu_count() or 2))
    parser.add_argument("--only", help="one run, for example 'pay lost:daemon:7:after'")
    arguments = parser.parse_args()
    began = time.monotonic()
    killpoint_library()
    if arguments.only:
        return only(arguments.only)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ENDED))
    kept = os.environ.get("COUNTERFOIL_KEEP")
    # Everything that is started knows it by its environment: what is left in the end is found by that.
    scratch = tempfile.mkdtemp(prefix="kill-provider-", dir=os.environ.get("COUNTERFOIL_SCRATCH"))
    os.chmod(scratch, 0o755)
    os.environ["COUNTERFOIL_SCRATCH"] = scratch
    try:
        with concurrent.futures.ProcessPoolExecutor(
                arguments.jobs, mp_context=multiprocessing.get_context("fork"), initializer=begin_worker) as pool:
            try:
                passed, failed = matrix(pool, arguments, scratch, began)
                caught, known = controls(pool, arguments.jobs)
            except BaseException:
                # Waits, which the end of the block would not do again: what still runs would make files behind the sweeping.
                pool.shutdown(cancel_futures=True)
                raise
        passed, failed = passed + caught, failed + known - caught
    finally:
        left = leftovers(scratch)
        if not kept:
            shutil.rmtree(scratch, ignore_errors=True)
    if left and not kept:
        print("FAILED: left behind:", *left, sep="\n    ")
        failed += 1
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
