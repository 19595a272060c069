#!/usr/bin/env python3
"""SIGKILL at every point of a payment by a provider, then a restart, then two books.

A point is one call of the daemon that the disk or the outside can see, as in kill_matrix.py; the bytes to the provider are
among them. Each point is one run in a box of its own for each script of the provider: the daemon dies there, starts again
by itself, the app repeats its key, and when every payment is known the provider's ledger and the journal must say the same:
nothing paid twice, nothing paid and lost.

    kill_provider.py [--scripts approve,lost] [--every N] [--jobs N]

The control is the same against a disk order that is broken on purpose: orders leave before their intents are kept. It must
be found out, or the two books are blind.

Ends with `N passed, N failed`.
"""

import argparse
import concurrent.futures
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from box import CASHIER, STOP_SECONDS, Box, Died  # noqa: E402
from cashier import Cashier, goods  # noqa: E402
from kill_matrix import armed, shim  # noqa: E402
from test_providers import CODE, FAST, SALE, SHIFT, disagreements  # noqa: E402
from varlink_client import ConnectionLost, VarlinkError, wait_until  # noqa: E402

# How far behind the control's disk is, in syncs, and how many of its runs are made.
LATE_SYNCS = 8
CONTROL_RUNS = 8
SCRIPTS = ("approve", "decline", "pending=2", "lost", "swallowed", "waits")


def one_run(script, point, when, log=None, late=None):
    """What is wrong, and how often the daemon died."""
    died = 0
    with tempfile.TemporaryDirectory(prefix="kill-provider-") as folder, Box(folder=folder) as box:
        box.start_provider(script=script, **{**FAST, "window": 1200})
        box.write_configuration()
        box.init()
        deaths = [shim(box, at=point, when=when, log=log, late=late)]

        def bring_up():
            nonlocal died
            while not box.alive():
                died += box.daemon is not None
                try:
                    box.start(deaths.pop(0) if deaths else None)
                except Died:
                    if not deaths:
                        raise

        bring_up()
        cashier = Cashier(box.control, "lane-1", CASHIER, revive=bring_up)
        try:
            cashier.keyed(SHIFT + "Open", lane="lane-1", operator="01", opening=[])
            sale = cashier.keyed(SALE + "Open", lane="lane-1", lines=[goods("茶", 350)])["change"]["sale"]
            cashier.keyed(SALE + "Total", sale=sale)
            cashier.sale = None
            open(armed(box), "w", encoding="ascii").close()
            cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "provider", "code": CODE})
            cashier.sale = None

            def known():
                if not box.alive():
                    bring_up()
                    cashier.close()
                tenders = cashier.read(SALE + "Get", {"sale": sale})["tenders"]
                return tenders and tenders[0]["state"] in ("approved", "declined", "reversed")

            try:
                wait_until(known, "the payment is known", 60)
            except (TimeoutError, VarlinkError) as error:
                tail = [(entry["kind"], entry["data"].get("tender", {}).get("state")) for entry in box.entries()[-6:]]
                books = [line["what"] for line in box.ledger()]
                problems = disagreements(box.ledger(), box.entries())
                return problems + [f"{error}; journal {tail}, provider {books}, log {box.log()[-400:]}"], died
            os.unlink(armed(box))
            try:
                box.entries()
            except (ConnectionLost, OSError):  # the death fell between the last answer and here
                box.daemon.wait(STOP_SECONDS)
                bring_up()
            return disagreements(box.ledger(), box.entries()), died
        finally:
            cashier.close()


def count(script):
    with tempfile.TemporaryDirectory(prefix="kill-provider-count-") as folder:
        log = os.path.join(folder, "points.log")
        problems, _ = one_run(script, None, "after", log=log)
        if problems:
            raise SystemExit(f"{script}: the undisturbed payment is wrong already: {problems}")
        with open(log, encoding="ascii") as lines:
            return len(lines.readlines())


def run(script, point, when, late):
    try:
        return one_run(script, point, when, late=late)
    except Exception as error:  # a run that cannot be finished is a finding, not the end of the matrix
        return [f"{type(error).__name__}: {error}"], 0


def matrix(plan, jobs, late=None):
    """All runs of a plan: passed, deaths, and what is wrong by run."""
    passed, deaths, wrong = 0, 0, {}
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        runs = {pool.submit(run, *each, late): each for each in plan}
        for each in concurrent.futures.as_completed(runs):
            problems, died = each.result()
            deaths += died
            passed += not problems
            if problems:
                wrong[runs[each]] = problems
                if late is None:
                    print(f"FAILED {runs[each]}: {problems}", flush=True)
    return passed, deaths, wrong


def main():
    parser = argparse.ArgumentParser(description="Kills the daemon at every point of a provider's payment.")
    parser.add_argument("--scripts", default=",".join(SCRIPTS))
    parser.add_argument("--every", type=int, default=1, help="only every Nth point")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    plan = []
    for script in options.scripts.split(","):
        points = count(script)
        plan += [(script, point, when) for point in range(1, points + 1, options.every) for when in ("before", "after")]
        print(f"{script}: {points} points", flush=True)
    passed, deaths, wrong = matrix(plan, options.jobs)
    print(f"{len(plan)} runs, {deaths} deaths", flush=True)
    control = [("approve", point, "after") for point in range(8, 8 + CONTROL_RUNS)]
    missed = matrix(control, options.jobs, LATE_SYNCS)
    caught = sum(any("without an intent" in one for one in problems) for problems in missed[2].values())
    print(f"control: {caught} of {len(control)} broken runs were found out", flush=True)
    passed, failed = passed + (caught > 0), len(wrong) + (caught == 0)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
