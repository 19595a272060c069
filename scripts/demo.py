#!/usr/bin/env python3
"""`make demo`: the real daemon with virtual printers, scanners and a payment provider plays a short day and says what
happens: two lanes, cash and wallet, a lost answer, a power cut, a return, two shifts and Z.

Everything lives in a temporary folder and is gone afterwards. Nothing is staged: the provider takes the money and its answer
never comes; the daemon is killed with kill -9 after the money is on disk and before the paper moves, and comes back by what
it wrote.
"""

import os
import re
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))

import morning  # noqa: E402
import settle  # noqa: E402
from box import CASHIER, SUPERVISOR, Box, key  # noqa: E402
from cashier import Cashier, goods  # noqa: E402
from morning import SALE, SHIFT  # noqa: E402
from two_books import disagreements  # noqa: E402
from varlink_client import VarlinkError, wait_until  # noqa: E402

STARTED = time.monotonic()
# Orders of the wallet, one after the other: the provider takes the money and its answer gets lost; then all goes well.
WALLET = {"script": "lost,approve", "pay_timeout": 1000, "first_query": 1000, "interval": 1000, "window": 20000}
PAYMENT_CODE = "134567890123456789"
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
    books.cash_on["lane-1"] += books.stubs[stub["stub"]]
    tell(f"sale {stub['stub']}: {len(lines)} lines, {yuan(books.stubs[stub['stub']])} in cash. One call, one commit.")
    settle.settle_prints(box, cashier)
    slip = settle.receipts(box.paper())[-1]
    print("\n" + slip.rstrip() + "\n", flush=True)
    return slip


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
        approval = supervisor.approve(error.parameters["action"], sale["sale"], operator="李店长", reason="包装破损",
                                      revision=sale["revision"], amount=error.parameters["amount"])
        supervisor.close()
        cashier.keyed(morning.SALE + "ChangeLine", edit=True, approval=approval, **change)
        tell(f"a supervisor approves this one change of this one sale, {yuan(error.parameters['amount'])} off; done")
    cashier.keyed(morning.SALE + "Total", sale=sale["sale"])
    answer = cashier.keyed(morning.SALE + "AddTender", sale=sale["sale"], tender={"kind": "cash"})
    books.cash_on["lane-1"] += 2000
    stub = books.sealed(answer, 2000)
    settle.settle_prints(box, cashier)
    tell(f"sale {stub['stub']}: {yuan(2000)}")


def power_cut(box, cashier, books):
    """kill -9 with the money on disk and no paper out."""
    address = box.printers["lane-1"].address
    box.stop_printer("lane-1")
    tell("the printer is switched off")
    stub = morning.ring(cashier, books, [morning.NOODLES, morning.WATER], tendered=2000)
    books.cash_on["lane-1"] += books.stubs[stub["stub"]]
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


def wallet_sale(box, cashier, books):
    """The customer's wallet is charged, and the answer of the provider gets lost."""
    lines = [morning.UMBRELLA]
    total = morning.total_of(lines)
    sale = cashier.totalled(lines)
    tell(f"{yuan(total)} by wallet: the customer's code is scanned, the order goes out when its intent is on the disk")
    with box.connect() as order:
        order.send(SALE + "AddTender", {
            "idempotencyKey": key("wallet"), "sale": sale, "tender": {"kind": "provider", "code": PAYMENT_CODE}}, more=True)
        answer, more = order.receive()
        tell(f"tender {answer['tender']['id']}, order {answer['tender']['number']}: {answer['tender']['state']}")
        while more:
            answer, more = order.receive()
            tender = answer["tender"]
            tell(f"tender {tender['id']}: {tender['state']}" + (f" ({tender['why']})" if tender.get("why") else ""))
            if tender["state"] == "unknown":
                known_to(box)
    assert tender["state"] == "approved", tender
    paid = [line for line in box.ledger() if line["what"] == "paid"]
    tell(f"the provider was asked and says yes. Its own books: {len(paid)} payment of {yuan(paid[0]['amount'])}")
    found = cashier.read(SALE + "Get", {"sale": sale})["sale"]
    books.wallet += total
    stub = books.sealed({"change": found}, total)
    settle.settle_prints(box, cashier)
    tell(f"sale {stub['stub']}: {yuan(total)} paid by wallet, charged once")
    return settle.receipts(box.paper())[-1]


def known_to(box):
    """What the box says of a payment whose outcome it does not know."""
    for line in box.command("unresolved", environment={"LC_ALL": "zh_CN.UTF-8"}).stdout.strip().splitlines():
        print(f"           | {line}", flush=True)


def parked_sale(box, cashier, neighbour, books):
    """Put aside on one lane, taken up and paid on the other."""
    lines = [morning.WATER, morning.NOODLES]
    sale = cashier.keyed(SALE + "Open", lane="lane-1", lines=lines)["change"]["sale"]
    cashier.keyed(SALE + "Park", sale=sale, label="穿红衣的顾客")
    tell("lane 1: a customer forgot her purse; the sale is put aside")
    waiting = neighbour.read(SALE + "List", {"parked": True})["sales"]
    tell(f"lane 2 sees it: {waiting[0]['label']}, {yuan(waiting[0]['totals']['total'])}, and takes it up")
    neighbour.keyed(SALE + "Unpark", sale=sale, lane="lane-2")
    neighbour.keyed(SALE + "Total", sale=sale)
    total = morning.total_of(lines)
    answer = neighbour.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash", "tendered": 2000})
    books.cash_on["lane-2"] += total
    stub = books.sealed(answer, total)
    settle.settle_prints(box, neighbour)
    tell(f"sale {stub['stub']}: {yuan(total)} in cash on lane 2, change {yuan(answer['tender']['change'])}")
    return stub


def returned_by_slip(box, cashier, books, lane, slip):
    """The customer brings a slip: its code is scanned, and what is on it can come back, once."""
    reference = scanned_slip(box, lane, slip)
    left = cashier.read(SALE + "Returnable", {"stub": reference})["lines"][0]
    back = {**morning.WATER, "quantity": -1000, "original": {"reference": reference, "line": left["line"]}}
    sale = cashier.totalled([back], kind="return")
    answer = cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
    total = -morning.WATER["unitPrice"]
    books.cash_on[lane] += total
    stub = books.sealed(answer, total)
    tell(f"return {stub['stub']}: {left['name']} comes back, {yuan(-total)} out of the drawer")
    try:
        cashier.keyed(SALE + "Open", lane=lane, kind="return", lines=[back])
        tell("PROBLEM: it came back twice")
    except VarlinkError as error:
        tell(f"the same once more: {error.short}; nothing of it is left")


def refunded_by_slip(box, cashier, books, lane, slip):
    """What was paid by wallet goes back to the wallet."""
    reference = scanned_slip(box, lane, slip)
    left = cashier.read(SALE + "Returnable", {"stub": reference})["lines"][0]
    back = {**morning.UMBRELLA, "quantity": -1000, "original": {"reference": reference, "line": left["line"]}}
    sale = cashier.totalled([back], kind="return")
    cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "provider"})

    def completed():
        found = cashier.read(SALE + "Get", {"sale": sale})
        return found if found["sale"]["state"] == "completed" else None

    found = wait_until(completed, "the refund")
    total = -morning.UMBRELLA["unitPrice"]
    books.wallet += total
    stub = books.sealed({"change": found["sale"]}, total)
    refunds = [line for line in box.ledger() if line["what"] == "refunded"]
    tell(f"return {stub['stub']}: {left['name']} comes back, {yuan(-total)} go back to the wallet, refund "
         f"{found['tenders'][0]['number']}; in the provider's books: {len(refunds)} refund of {yuan(refunds[0]['amount'])}")


def scanned_slip(box, lane, slip):
    """The stub that a slip's code names."""
    code = re.search(r"\[QR\] (CF1:\S+)", slip)[1]
    with box.connect() as claim:
        claim.send("io.counterfoil.Scanner.Read", {"lane": lane}, more=True)
        claim.receive()
        box.scan(lane, code)
        heard = []
        while not heard:
            heard = claim.receive()[0]["scans"]
    _, origin, number = heard[0]["data"].split(":")[:3]
    tell(f"scanner on {lane}: a slip ({heard[0]['kind']}), sale {number}")
    return {"box": origin, "stub": number}


def corrected(cashier, books, wrong):
    """反结账: one bag of noodles too many was rung; a new bill replaces the old one, and only the difference moves."""
    total, right = books.stubs[wrong["stub"]], morning.total_of([morning.WATER, morning.UMBRELLA])
    supervisor = Cashier(cashier.path, "lane-2", SUPERVISOR, name="chief")
    approval = supervisor.approve("correctSale", wrong["stub"], operator="李店长", reason="按错键", amount=total, user=CASHIER)
    supervisor.close()
    kept = {**morning.WATER, "original": {"reference": {"stub": wrong["stub"]}, "line": "1"}}
    sale = cashier.totalled([kept, morning.UMBRELLA], kind="correction", corrects={"stub": wrong["stub"]}, approval=approval)
    answer = cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
    books.cash_on["lane-2"] += right - total
    stub = books.sealed(answer, right)
    books.replaced += total
    tell(f"sale {wrong['stub']} of {yuan(total)} was rung wrongly: a supervisor approves, and bill {stub['stub']} of {yuan(right)} "
         f"takes its place; the drawer gets the difference, {yuan(right - total)}")


def hand_over(cashier, books, shift, opening):
    """交班: the drawer is counted before it is known what should be in it, and goes to the next cashier."""
    counted = opening + books.cash_on["lane-1"]
    closed = cashier.keyed(SHIFT + "Close", shift=shift, carryParked=False, print=True,
                           counts=[{"kind": "cash", "currency": "CNY", "amount": counted}])
    off = [row["amount"] for row in closed["difference"] if row["kind"] == "cash"]
    tell(f"lane 1, 王芳 counts {yuan(counted)} blind: difference {yuan(sum(off))}")
    following = morning.open_shift(cashier, operator="李雷", opening=counted)
    tell(f"李雷 takes the drawer over with {yuan(counted)}")
    return following


class Books(morning.Books):
    """Cash by lane, and what the wallet took."""

    def __init__(self):
        super().__init__()
        self.cash_on = {"lane-1": 0, "lane-2": 0}
        self.wallet = 0


def end_of_day(box, cashiers, books, shifts):
    """Both shifts are counted, then Z."""
    for lane, (shift, opening) in shifts.items():
        counts = [{"kind": "cash", "currency": "CNY", "amount": opening + books.cash_on[lane]}]
        closed = cashiers[lane].keyed(SHIFT + "Close", shift=shift, carryParked=False, counts=counts, print=True)
        assert not any(row["amount"] for row in closed["difference"] if row["kind"] == "cash"), closed["difference"]
    day = cashiers["lane-1"].keyed(SHIFT + "CloseDay", print=True)
    tell(f"both shifts end: counted and expected agree; Z {day['number']}: {yuan(day['report']['totals']['total'])} over "
         f"{len(books.stubs)} stubs")
    settle.settle_prints(box, cashiers["lane-1"])
    print("\n" + settle.receipts(box.paper())[-1].rstrip() + "\n", flush=True)
    return day


def main():
    with Box(lanes=("lane-1", "lane-2"), scanners=True) as box:
        box.start_provider(**WALLET)
        box.write_configuration()
        box.init()
        tell("counterfoil init: a journal, a key pair, record 0")
        box.start()
        tell(f"counterfoild is ready; socket {box.control}")
        cashiers = {lane: Cashier(box.control, lane, CASHIER, name=f"demo-{lane}",
                                  revive=lambda: box.alive() or box.start()) for lane in box.lanes}
        cashier, neighbour = cashiers.values()
        books = Books()
        shift = morning.open_shift(cashier)
        shifts = {"lane-2": (morning.open_shift(neighbour, operator="韩梅"), 20000)}
        tell("王芳 opens lane 1, 韩梅 lane 2, with ￥200.00 in each drawer")
        slip = scanned_sale(box, cashier, books)
        override(box, cashier, books)
        wallet_slip = wallet_sale(box, cashier, books)
        moved = parked_sale(box, cashier, neighbour, books)
        power_cut(box, cashier, books)
        returned_by_slip(box, neighbour, books, "lane-2", slip)
        refunded_by_slip(box, neighbour, books, "lane-2", wallet_slip)
        corrected(neighbour, books, moved)
        shifts["lane-1"] = (hand_over(cashier, books, shift, 20000), 20000)
        day = end_of_day(box, cashiers, books, shifts)
        books.cash, paper = sum(books.cash_on.values()), "".join(box.paper(lane) for lane in box.lanes)
        problems = settle.check_books(cashier, books) + settle.check_report(day, books)
        problems += settle.check_keys(cashier) + settle.check_keys(neighbour)
        problems += settle.check_paper(paper, books.numbers, books.stubs)
        problems += disagreements(box.ledger(), box.entries())
        tell("every key, asked again, gives the answer it gave; every stub has one unmarked receipt; the provider's books and "
             "the journal say the same" if not problems else "PROBLEMS: " + "; ".join(problems))
        for one in cashiers.values():
            one.close()
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
