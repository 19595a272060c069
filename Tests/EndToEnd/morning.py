"""A pauseless morning at the till, as a script: every kind of call that the box answers for, one after the other.

The same script is the end-to-end test, the load of the kill matrix and the story of the demonstration. It keeps its own
books, from prices alone, and `Books` is compared with what the daemon, the paper and the journal say.
"""

from box import SUPERVISOR
from cashier import Cashier, goods, line_amount

SALE = "io.counterfoil.Sale."
SHIFT = "io.counterfoil.Shift."

WATER = goods("农夫山泉饮用天然水 550ml", 200, code="6921168509256")
NOODLES = goods("红烧牛肉面 五连包", 1250, code="6903252002501")
APPLES = goods("烟台富士苹果", 1380, quantity=735, unit="kg", code="2100135")
UMBRELLA = goods("天堂伞 三折", 4990, code="6906000012345")
COUPON = 150


class Books:
    """What must be true in the end, computed here."""

    def __init__(self):
        self.stubs = {}  # number -> expected total of sales, returns; voids have total 0 in the money books
        self.cash = 0
        self.external = 0
        self.replaced = 0  # what bills came to that count no more, since others stand in their place
        self.voided = []
        self.sales = {}  # sale id -> expected lines [(name, quantity)]
        self.numbers = []

    def sealed(self, answer, total):
        stub = answer["change"]["stub"]
        self.stubs[stub["stub"]] = total
        self.numbers.append(stub["stub"])
        return stub


def total_of(lines):
    return sum(line_amount(line) for line in lines)


def open_shift(cashier, operator="王芳", opening=20000):
    return cashier.open_shift(operator, opening)


def ring(cashier, books, lines, tendered=None):
    """A whole sale in one call."""
    total = total_of(lines)
    answer = cashier.keyed(SALE + "Ring", lane=cashier.lane, lines=lines,
                           tender={"kind": "cash", "tendered": tendered or total})
    assert answer["change"]["totals"]["total"] == total, (answer["change"]["totals"], total)
    assert answer["tender"].get("change") in (None, (tendered or total) - total), answer["tender"]
    books.cash += total
    books.sales[answer["change"]["sale"]] = [(line["name"], line["quantity"]) for line in lines]
    return books.sealed(answer, total)


def whole_sale(cashier, books, kind, lines, **more):
    """A return, exchange or correction, paid in cash: opened with its lines, totalled, tendered."""
    total = total_of(lines)
    sale = cashier.totalled(lines, kind=kind, **more)
    answer = cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
    books.cash += total
    books.sales[sale] = [(line["name"], line["quantity"]) for line in lines]
    return books.sealed(answer, total)


def sale_step_by_step(cashier, books):
    """Open, add, change, remove, adjust, total, reopen, total, pay: the long way, with edits that live in memory first."""
    sale = cashier.keyed(SALE + "Open", lane=cashier.lane, lines=[WATER])["change"]["sale"]
    added = cashier.keyed(SALE + "AddLines", edit=True, sale=sale, lines=[NOODLES, APPLES])
    cashier.keyed(SALE + "ChangeLine", edit=True, sale=sale, line=added["lines"][0]["id"],
                  replacement={**NOODLES, "quantity": 3000})
    umbrella = cashier.keyed(SALE + "AddLines", edit=True, sale=sale, lines=[UMBRELLA])["lines"][0]["id"]
    cashier.keyed(SALE + "RemoveLine", edit=True, sale=sale, line=umbrella, reason="顾客不要了")
    cashier.keyed(SALE + "SetAdjustments", edit=True, sale=sale,
                  adjustments=[{"kind": "coupon", "label": "满减券", "amount": -COUPON}])
    cashier.keyed(SALE + "SetParty", edit=True, sale=sale, member="M-2041")
    cashier.keyed(SALE + "Total", sale=sale)
    cashier.keyed(SALE + "Reopen", sale=sale)
    cashier.keyed(SALE + "AddLines", edit=True, sale=sale, lines=[WATER])
    cashier.keyed(SALE + "Total", sale=sale)
    total = total_of([WATER, {**NOODLES, "quantity": 3000}, APPLES, WATER]) - COUPON
    part = 1000
    cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash", "amount": part, "tendered": part})
    answer = cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash", "tendered": total - part + 500})
    books.cash += total
    books.sales[sale] = [(WATER["name"], 1000), (NOODLES["name"], 3000), (APPLES["name"], 735), (WATER["name"], 1000)]
    return books.sealed(answer, total)


def sale_on_a_terminal(cashier, books):
    """Paid on an external card terminal, whose result comes later."""
    lines = [UMBRELLA]
    total = total_of(lines)
    sale = cashier.totalled(lines)
    tender = cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "external", "amount": total, "provider": "pos-1"})
    answer = cashier.keyed(SALE + "ReportTender", sale=sale, tender=tender["tender"]["id"],
                           result={"outcome": "yes", "approved": total, "reference": "T0001"})
    books.external += total
    books.sales[sale] = [(UMBRELLA["name"], 1000)]
    return books.sealed(answer, total)


def voided_sale(cashier, books):
    """Totalled, then voided: it has a number and no money."""
    sale = cashier.totalled([NOODLES])
    answer = cashier.keyed(SALE + "Void", sale=sale, reason="顾客离开")
    if answer["change"].get("stub"):
        books.numbers.append(answer["change"]["stub"]["stub"])
        lines = cashier.read(SALE + "Returnable", {"stub": {"stub": books.numbers[-1]}})["lines"]
        assert all(0 == line["quantity"] == line["amount"] for line in lines), lines
    books.voided.append(sale)


def returned_goods(cashier, books, stub):
    """One line of an earlier sale comes back for cash."""
    lines = cashier.read(SALE + "Returnable", {"stub": {"stub": stub["stub"]}})["lines"]
    back = {**WATER, "quantity": -1000, "original": {"reference": {"stub": stub["stub"]}, "line": lines[0]["line"]}}
    return whole_sale(cashier, books, "return", [back])


def close(cashier, books, shift, opening=20000):
    """Cash movement, end of shift, end of day, each with its slip."""
    cashier.keyed(SHIFT + "MoveCash", shift=shift, direction="toSafe", amount=5000, reason="日间存款",
                  print=True)
    expected = opening + books.cash - 5000
    closed = cashier.keyed(SHIFT + "Close", shift=shift, carryParked=True, print=True,
                           counts=[{"kind": "cash", "currency": "CNY", "amount": expected}])
    day = cashier.keyed(SHIFT + "CloseDay", print=True)
    return closed, day


def approved(cashier, action, stub, amount):
    """The id of a supervisor's yes to something about a stub."""
    chief = Cashier(cashier.path, cashier.lane, SUPERVISOR, name=f"{cashier.name}-{action}-{len(cashier.answers)}", revive=cashier.revive)
    approval = chief.approve(action, stub, reason="签购单在", amount=amount, user=cashier.uid)
    chief.close()
    return approval


def corrected_bill(cashier, books):
    """Two bottles too many on the bill: another one stands in its place, and their money goes out again."""
    stub = ring(cashier, books, [{**WATER, "quantity": 3000}, NOODLES])["stub"]
    amount = books.stubs[stub]
    whole_sale(cashier, books, "correction", [WATER, NOODLES], corrects={"stub": stub},
               approval=approved(cashier, "correctSale", stub, amount))
    # What was paid for the old bill was carried over.
    books.cash -= amount
    books.replaced += amount


def corrected_tender(cashier, books):
    """Rung as cash, paid on the terminal: from then on the books say so, and the drawer is expected to hold less."""
    stub = ring(cashier, books, [NOODLES])["stub"]
    amount = books.stubs[stub]
    approval = approved(cashier, "correctTender", stub, amount)
    cashier.keyed(SALE + "CorrectTender", stub={"stub": stub}, tender="t1", kind="external", provider="pos-1",
                  reason="按错键", approval=approval)
    books.cash -= amount
    books.external += amount


def one_of_each(cashier, books):
    """Every way that a sale may go, once; for loads that never end."""
    first = ring(cashier, books, [WATER, NOODLES], tendered=2000)
    sale_step_by_step(cashier, books)
    sale_on_a_terminal(cashier, books)
    voided_sale(cashier, books)
    returned_goods(cashier, books, first)


def play(cashier):
    """The whole morning; returns the books and what the last calls answered."""
    books = Books()
    shift = open_shift(cashier)
    first = ring(cashier, books, [WATER, NOODLES], tendered=2000)
    sale_step_by_step(cashier, books)
    sale_on_a_terminal(cashier, books)
    voided_sale(cashier, books)
    ring(cashier, books, [APPLES])
    returned_goods(cashier, books, first)
    corrected_tender(cashier, books)
    corrected_bill(cashier, books)
    ring(cashier, books, [WATER, UMBRELLA, NOODLES], tendered=10000)
    closed, day = close(cashier, books, shift)
    return books, closed, day
