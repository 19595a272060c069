#!/usr/bin/env python3
"""Makes the journals of Tests/EngineTests/Golden with the built programs: make-golden-journals.py NAME…

Once made they stay as they are: every later version must replay them to the same state. A new version adds new names.
"""

import os
import shutil
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))

import morning  # noqa: E402
import test_providers  # noqa: E402
from box import CASHIER, Box  # noqa: E402
from cashier import Cashier, goods  # noqa: E402
from varlink_client import wait_until  # noqa: E402

GOLDEN = os.path.join(ROOT, "Tests", "EngineTests", "Golden")
SALE = morning.SALE


def play_morning(box, cashier):
    """Cash, a terminal, a void, a return, shift and Z."""
    morning.play(cashier)


def play_providers(box, cashier):
    """A payment that is approved, one that is declined, one that is taken back; the sale of the last one is open still."""
    morning.open_shift(cashier)
    for wanted in ("approved", "declined", "reversed"):
        sale = cashier.keyed(SALE + "Open", lane="lane-1", lines=[goods("茶", 350)])["change"]["sale"]
        cashier.keyed(SALE + "Total", sale=sale)
        cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "provider", "code": test_providers.CODE})
        def known(sale=sale, wanted=wanted):
            return cashier.read(SALE + "Get", {"sale": sale})["tenders"][0]["state"] == wanted
        wait_until(known, f"a payment is {wanted}", 30)
        cashier.sale = None


PLAYS = {"morning": play_morning, "providers": play_providers}


def make(name):
    target = os.path.join(GOLDEN, name)
    if os.path.exists(target):
        raise SystemExit(f"{target} is there: a golden journal is never made anew")
    with Box() as box:
        box.start_provider(script="approve,decline,waits", **{**test_providers.FAST, "window": 1000})
        box.write_configuration()
        box.init()
        box.start()
        cashier = Cashier(box.control, "lane-1", CASHIER)
        PLAYS[name.split("-")[0]](box, cashier)
        cashier.close()
        if box.stop():
            raise SystemExit(box.log())
        ignored = shutil.ignore_patterns("*.tmp", "lock", "quarantine*", "spare*")
        shutil.copytree(box.journal_folder(), target, ignore=ignored)
    for folder, _, files in os.walk(target):
        for file in files:
            path = os.path.join(folder, file)
            if file.endswith(".seg"):
                # What a segment has not used yet is zeros.
                with open(path, "r+b") as segment:
                    used = len(segment.read().rstrip(b"\0"))
                    segment.truncate(-(-used // 4096) * 4096)
            print(os.path.getsize(path), os.path.relpath(path, GOLDEN))


if __name__ == "__main__":
    for each in sys.argv[1:]:
        make(each)
