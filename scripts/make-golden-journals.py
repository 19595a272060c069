#!/usr/bin/env python3
"""Makes the journals of Tests/EngineTests/Golden with the built programs: make-golden-journals.py NAME…

Once made they stay as they are: every later version must replay them to the same state. A new version adds new names.
"""

import os
import shutil
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))

import kill_flows  # noqa: E402
import morning  # noqa: E402
import provider_shop  # noqa: E402
from box import CASHIER, SUPERVISOR, Box  # noqa: E402
from cashier import Cashier, goods, returned  # noqa: E402
from test_epoch import batches, damage  # noqa: E402
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
        cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "provider", "code": provider_shop.CODE})
        def known(sale=sale, wanted=wanted):
            return cashier.read(SALE + "Get", {"sale": sale})["tenders"][0]["state"] == wanted
        wait_until(known, f"a payment is {wanted}", 30)
        cashier.sale = None


def play_epochs(box, cashier):
    """A full segment that is compressed, a short one behind a stop; then an epoch that goes on from damaged records with a
    sale that waits for a payment."""
    morning.open_shift(cashier)
    books = morning.Books()
    morning.ring(cashier, books, [morning.WATER, morning.NOODLES])
    paid, parked = (cashier.keyed(SALE + "Open", lane="lane-1", lines=[goods("茶", 350)])["change"]["sale"] for _ in range(2))
    cashier.keyed(SALE + "Total", sale=paid)
    cashier.keyed(SALE + "AddTender", sale=paid, tender={"kind": "provider", "code": provider_shop.CODE})
    wait_until(lambda: cashier.read(SALE + "Get", {"sale": paid})["sale"]["state"] == "completed", "it is paid", 30)

    def change():
        # Small records of which each has a batch of its own: they fill a segment and compress well.
        for word in ("Park", "Unpark"):
            cashier.keyed(SALE + word, sale=parked, **({"lane": "lane-1"} if word == "Unpark" else {}))
    box.fill_segments(1, change)
    cashier.close()
    if box.stop():
        raise SystemExit(box.log())
    box.start()
    morning.ring(cashier, books, [morning.WATER])
    waits = cashier.keyed(SALE + "Open", lane="lane-1", lines=[goods("茶", 350)])["change"]["sale"]
    cashier.keyed(SALE + "Total", sale=waits)
    cashier.keyed(SALE + "AddTender", sale=waits, tender={"kind": "provider", "code": provider_shop.CODE})
    wait_until(lambda: cashier.read(SALE + "Get", {"sale": waits})["tenders"][0]["state"] == "pending", "it waits", 30)
    good = len(batches(box.segments()[-1]))
    for _ in range(2):
        morning.ring(cashier, books, [morning.NOODLES])
    cashier.close()
    box.kill()
    damage(box.segments()[-1], batches(box.segments()[-1])[good])
    box.start()
    box.call(kill_flows.JOURNAL + "BeginEpoch", {"idempotencyKey": "golden-epoch-00001", "reason": "the disk rotted"},
             uid=SUPERVISOR)
    morning.ring(cashier, morning.Books(), [morning.WATER])


def play_refunds(box, cashier):
    """Money back to a wallet: given, declined and then paid in cash, and one that the wallet is at still."""
    morning.open_shift(cashier)
    sale = cashier.keyed(SALE + "Open", lane="lane-1", lines=[goods("茶", 350, 4000)])["change"]["sale"]
    cashier.keyed(SALE + "Total", sale=sale)
    cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash", "amount": 100})
    cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "provider", "code": provider_shop.CODE})
    wait_until(lambda: cashier.read(SALE + "Get", {"sale": sale})["sale"]["state"] == "completed", "it is paid", 30)
    stub = cashier.read(SALE + "Get", {"sale": sale})["sale"]["stub"]
    for wanted in ("approved", "declined", "pending"):
        back = cashier.keyed(SALE + "Open", lane="lane-1", kind="return", lines=[returned(stub)])["change"]["sale"]
        cashier.keyed(SALE + "Total", sale=back)
        cashier.keyed(SALE + "AddTender", sale=back, tender={"kind": "provider"})
        def known(back=back, wanted=wanted):
            return cashier.read(SALE + "Get", {"sale": back})["tenders"][0]["state"] == wanted
        wait_until(known, f"a refund is {wanted}", 30)
        if wanted == "declined":
            cashier.keyed(SALE + "AddTender", sale=back, tender={"kind": "cash"})
        cashier.sale = None


def play_corrections(box, cashier):
    """Bills replaced: one of cash, then again; one of a wallet that is paid out in part; a voided one; and one that is
    totalled and not settled yet."""
    books = morning.Books()
    morning.open_shift(cashier)

    def correct(stub, amount, lines, ends=True):
        sale = cashier.keyed(
            SALE + "Open", lane="lane-1", kind="correction", lines=lines, corrects={"stub": stub},
            approval=morning.approved(cashier, "correctSale", stub, amount))["change"]["sale"]
        answer = cashier.keyed(SALE + "Total", sale=sale)
        if ends and not answer["change"].get("stub"):
            answer = cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
        cashier.sale = None
        return sale, (answer["change"].get("stub") or {}).get("stub")
    morning.corrected_bill(cashier, books)
    correct(books.numbers[-1], books.stubs[books.numbers[-1]], [morning.WATER])
    sale = cashier.keyed(SALE + "Open", lane="lane-1", lines=[goods("茶", 350, 4000)])["change"]["sale"]
    cashier.keyed(SALE + "Total", sale=sale)
    cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "provider", "code": provider_shop.CODE})
    wait_until(lambda: cashier.read(SALE + "Get", {"sale": sale})["sale"]["state"] == "completed", "it is paid", 30)
    stub = cashier.read(SALE + "Get", {"sale": sale})["sale"]["stub"]["stub"]
    kept = goods("-", 0, 3000, original={"reference": {"stub": stub}, "line": "1"})
    voided, _ = correct(stub, 1400, [kept], ends=False)
    cashier.keyed(SALE + "Reopen", sale=voided)
    cashier.keyed(SALE + "Total", sale=voided)
    cashier.keyed(SALE + "Void", sale=voided, reason="顾客离开")
    _, new = correct(stub, 1400, [kept])
    correct(new, 1050, [goods("茶", 400, 3000)], ends=False)


# What the provider does with refunds.
REFUNDS = "approve,decline,plan;refund=pending;query=pending*"
# Who plays it, what the provider does, how long it is asked.
PLAYS = {
    "morning": (play_morning, "approve", 1000), "providers": (play_providers, "approve,decline,waits", 1000),
    "epochs": (play_epochs, "approve,waits", 600_000), "refunds": (play_refunds, "approve", 1000),
    "corrections": (play_corrections, "approve", 1000),
}


def make(name):
    target = os.path.join(GOLDEN, name)
    if os.path.exists(target):
        raise SystemExit(f"{target} is there: a golden journal is never made anew")
    play, script, window = PLAYS[name.split("-")[0]]
    with Box() as box:
        box.start_provider(script=script, refunds=REFUNDS, **{**provider_shop.FAST, "window": window})
        box.write_configuration()
        box.init()
        box.start()
        cashier = Cashier(box.control, "lane-1", CASHIER)
        play(box, cashier)
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
