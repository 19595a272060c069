#!/usr/bin/env python3
"""`make demo`: the real daemon with a virtual printer and scanner plays a short morning and says what happens.

Everything lives in a temporary folder and is gone afterwards. Nothing is staged: the daemon is killed with kill -9 after
the money is on disk and before the paper moves, and comes back by what it wrote.
"""

import os
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))

import morning  # noqa: E402
import settle  # noqa: E402
from box import CASHIER, SUPERVISOR, Box  # noqa: E402
from cashier import Cashier, goods  # noqa: E402
from varlink_client import VarlinkError  # noqa: E402

STARTED = time.monotonic()
SHELF = {"6921168509256": ("农夫山泉饮用天然水 550ml", 200), "6903252002501": ("红烧牛肉面 五连包", 1250)}


def tell(text):
    print(f"{time.monotonic() - STARTED:6.2f} s  {text}", flush=True)


def yuan(minor):
    return f"{'-' if minor < 0 else ''}￥{abs(minor) // 100}.{abs(minor) % 100:02d}"


def scanned_sale(box, cashier, books):
    """Two goods come from the scanner, an apple from the scale."""
    lines = []
    with box.connect() as claim:
        claim.send("io.counterfoil.Scanner.Read", {"lane": "lane-1"}, more=True)
        claim.receive()
        for code, (name, price) in SHELF.items():
            box.scan("lane-1", code)
            heard = []
            while not heard:
                heard = claim.receive()[0]["scans"]
            tell(f"scanner: {heard[0]['data']}  ({name})")
            lines.append(goods(name, price, code=heard[0]["data"]))
    lines.append(morning.APPLES)
    stub = morning.ring(cashier, books, lines, tendered=5000)
    tell(f"sale {stub['stub']}: {len(lines)} lines, {yuan(books.stubs[stub['stub']])} in cash. One call, one commit.")
    settle.settle_prints(box, cashier)
    print("\n" + settle.receipts(box.paper())[-1].rstrip() + "\n", flush=True)


def override(box, cashier, books):
    """A price below the cashier's limit needs a supervisor."""
    line = {**morning.UMBRELLA, "listPrice": morning.UMBRELLA["unitPrice"], "unitPrice": 2000}
    sale = cashier.keyed(morning.SALE + "Open", lane="lane-1", lines=[morning.UMBRELLA])["change"]
    umbrella = cashier.read(morning.SALE + "Get", {"sale": sale["sale"]})["lines"][0]["id"]
    change = {"sale": sale["sale"], "line": umbrella, "replacement": line, "reason": "包装破损"}
    try:
        cashier.keyed(morning.SALE + "ChangeLine", edit=True, **change)
        tell("the umbrella at ￥20.00 instead of ￥49.90 was within the cashier's limit")
    except VarlinkError as error:
        tell(f"the umbrella at ￥20.00 instead of ￥49.90: {error.short} ({error.parameters.get('action')})")
        supervisor = Cashier(box.control, "lane-1", SUPERVISOR, name="supervisor")
        approval = supervisor.keyed(
            "io.counterfoil.System.Approve", operator="李店长", action=error.parameters["action"], subject=sale["sale"],
            revision=sale["revision"], amount=error.parameters["amount"], reason="包装破损")["approval"]
        supervisor.close()
        cashier.keyed(morning.SALE + "ChangeLine", edit=True, approval=approval, **change)
        tell(f"a supervisor approves this one change of this one sale, {yuan(error.parameters['amount'])} off; done")
    cashier.keyed(morning.SALE + "Total", sale=sale["sale"])
    answer = cashier.keyed(morning.SALE + "AddTender", sale=sale["sale"], tender={"kind": "cash"})
    books.cash += 2000
    stub = books.sealed(answer, 2000)
    settle.settle_prints(box, cashier)
    tell(f"sale {stub['stub']}: {yuan(2000)}")


def power_cut(box, cashier, books):
    """kill -9 with the money on disk and no paper out."""
    address = box.printers["lane-1"].address
    box.stop_printer("lane-1")
    tell("the printer is switched off")
    stub = morning.ring(cashier, books, [morning.NOODLES, morning.WATER], tendered=2000)
    box.kill()
    tell(f"sale {stub['stub']}: paid and answered, then kill -9: the money is on disk, no paper is out")
    box.restart_printer("lane-1", address)
    began = time.monotonic()
    box.start()
    tell(f"the daemon is back after {(time.monotonic() - began) * 1000:.0f} ms, the printer is on again")
    owed = cashier.read(settle.PRINTER + "Jobs", {"unfinished": True})["jobs"]
    tell(f"receipts owed: {', '.join(job['stub']['stub'] for job in owed)}. It never started, so it may print unmarked")
    settle.settle_prints(box, cashier)
    slips = [slip for slip in settle.receipts(box.paper()) if settle.stub_on(slip, [stub["stub"]])]
    tell(f"the cashier asks for it: {len(slips)} receipt for {stub['stub']} on the paper")


def main():
    with Box(scanners=True) as box:
        box.write_configuration()
        box.init()
        tell("counterfoil init: a journal, a key pair, record 0")
        box.start()
        tell(f"counterfoild is ready; socket {box.control}")
        cashier = Cashier(box.control, "lane-1", CASHIER, name="demo", revive=lambda: box.alive() or box.start())
        books = morning.Books()
        shift = morning.open_shift(cashier)
        tell("王芳 opens the shift with ￥200.00 in the drawer")
        scanned_sale(box, cashier, books)
        override(box, cashier, books)
        power_cut(box, cashier, books)
        closed, day = morning.close(cashier, books, shift)
        tell(f"end of the shift: counted and expected agree; Z {day['number']}: {yuan(day['report']['totals']['total'])} "
             f"over {len(books.stubs)} sales")
        problems = settle.check_books(cashier, books) + settle.check_report(day, books) + settle.check_keys(cashier)
        problems += settle.check_paper(box.paper(), books.numbers, books.stubs)
        tell("every key, asked again, gives the answer it gave; every stub has one unmarked receipt" if not problems
             else "PROBLEMS: " + "; ".join(problems))
        cashier.close()
        verified = box.command("journal", "verify", check=False)
        tell(f"counterfoil journal verify: {(verified.stdout or verified.stderr).strip()}")
        box.stop()
        tell("clean stop")
    print("""
What to try next:
  .build/release/counterfoil --help             the technician's command
  make test                                     everything, with a sample of the kill matrix
  make bench                                    the figures, beside C floors
  README.md                                     a first program against the socket""")
    return 1 if problems or verified.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
