#!/usr/bin/env python3
"""Makes the journals of Tests/EngineTests/Golden with the built programs: make-golden-journals.py NAME…

Once made they stay as they are: every later version must replay them to the same state. A new version adds new names.
"""

import contextlib
import os
import shutil
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))

import kill_flows  # noqa: E402
import morning  # noqa: E402
import provider_shop  # noqa: E402
import other_box  # noqa: E402
from box import CASHIER, SUPERVISOR, Box  # noqa: E402
from cashier import Cashier, goods, returned  # noqa: E402
from provider_line import Unasked  # noqa: E402
from test_epoch import rots_behind  # noqa: E402
from varlink_client import VarlinkError, wait_until  # noqa: E402
from wall_clock import WallClock  # noqa: E402

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
    rots_behind(box, lambda: [morning.ring(cashier, books, [morning.NOODLES]) for _ in range(2)])
    cashier.close()
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


class Shown:
    """Codes that the till shows, one behind the other; merchant accounts; refunds of them that are taken and refused; a
    stub of another box; a person's last word; practice."""

    # What the provider does with each code.
    PAID, UNPAID = "approve", "plan;create=pending;query=pending*"
    WHILE_CLOSED = UNPAID + ";close=approved"
    # It says closed, and a minute later that it was paid.
    LATE = UNPAID + ";close=unknown:closed;after=unknown:closed+approved"
    SCRIPT = ",".join((PAID, PAID, UNPAID, PAID, WHILE_CLOSED, LATE, WHILE_CLOSED, UNPAID))
    TIMES = {**provider_shop.FAST, "code_window": 4000}
    # How its provider takes refunds.
    LIMITS = {"refund_days": 30, "refund_interval": 3600}

    def __init__(self):
        self.other = other_box.OtherBox()
        self.box = Box(lanes=("lane-1", "lane-2"), settings={
            "training_lanes": ["lane-2"], "training_providers": ["practice"], **self.other.trust,
            "limits": {"foreign_return_total": 5000}})
        self.clock = WallClock(self.box.folder)
        self.environment = self.clock.environment
        self.wallet("mch-1")
        bank = self.box.start_provider(
            name="bank", refunds="plan;refund=unknown*", account="bank-1", **provider_shop.FAST)
        bank.address = Unasked(os.path.join(bank.folder, "unasked"), bank.address).address
        self.box.start_provider(name="practice", script=f"{self.PAID},{self.UNPAID}", **{
            **self.TIMES, "code_window": 600_000})

    def wallet(self, account, script=SCRIPT):
        self.box.start_provider(script=script, account=account, ledger=f"{account}.jsonl", **self.LIMITS, **self.TIMES)

    def close(self):
        self.other.close()

    def get(self, sale):
        return self.cashier.read(SALE + "Get", {"sale": sale})

    def until(self, sale, *wanted):
        """The newest payment and the sale stand so."""
        def known():
            whole = self.get(sale)
            return (whole["tenders"][-1]["state"], whole["sale"]["state"]) == wanted
        wait_until(known, f"{sale} is {wanted}", 120)

    def stub(self, sale):
        return self.get(sale)["sale"]["stub"]

    def pays(self, sale, **tender):
        return self.cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "provider", **tender})

    def shown(self, price, *wanted, **tender):
        """A sale whose code is shown, and how that ends."""
        sale = self.cashier.totalled([goods("茶", price)])
        self.pays(sale, **{"provider": "wallet", "show": True, **tender})
        self.until(sale, *wanted)
        self.cashier.sale = None
        return sale

    def refused_now(self, sale, **tender):
        try:
            self.pays(sale, **tender)
        except VarlinkError as refusal:
            if refusal.short == "RefundNotNow":
                return
            raise
        raise SystemExit("the refund was taken")

    def in_cash(self, sale):
        self.cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
        self.cashier.sale = None

    def decide(self, sale, verdict, amount):
        """A person about the newest payment."""
        whole = self.get(sale)
        approval = self.box.approve(
            "decideTender", sale, revision=whole["sale"]["revision"], amount=amount)
        self.cashier.keyed(SALE + "DecideTender", sale=sale, tender=whole["tenders"][-1]["id"], verdict=verdict,
                           reason="对过账", approval=approval)

    def play(self, box, cashier):
        self.cashier = cashier
        morning.open_shift(cashier)
        self.play_codes()
        self.play_refunds()
        self.play_account()
        self.play_last_word()
        self.play_proof()
        self.play_practice()
        # Somebody may pay it still.
        self.shown(900, "pending", "tendering")

    def play_codes(self):
        self.first = self.shown(2000, "approved", "completed")
        self.second = self.shown(600, "approved", "completed")
        # Nobody pays: closed when its time is over, and a new code for the same sale.
        unpaid = self.shown(350, "reversed", "tendering")
        self.pays(unpaid, provider="wallet", show=True)
        self.until(unpaid, "approved", "completed")
        self.shown(360, "approved", "completed")
        # Paid behind the word that it was closed: the money goes back.
        late = self.shown(370, "reversed", "tendering")
        number = self.get(late)["tenders"][0]["number"]
        self.in_cash(late)
        wait_until(lambda: any(line["what"] == "reversed" and line["number"] == number for line in self.box.ledger(
            ledger="mch-1.jsonl")), "what came late goes back", 120)
        # Taken back by the cashier while the customer pays: it waits for a person.
        held = self.shown(380, "pending", "tendering")
        self.cashier.keyed(SALE + "RemoveTender", sale=held, tender="t1", reason="顾客改付现金")
        self.until(held, "manual", "held")

    def play_refunds(self):
        """In parts: too soon, later, and behind the days in which it is taken."""
        stub = self.stub(self.first)
        whole = self.cashier.totalled([returned(stub)], kind="return")
        self.pays(whole, amount=-500)
        self.until(whole, "approved", "tendering")
        self.refused_now(whole, amount=-700)
        self.clock.forward(hours=2)
        self.pays(whole, amount=-700)
        self.until(whole, "approved", "tendering")
        self.in_cash(whole)
        self.clock.forward(days=31)
        too_late = self.cashier.totalled([returned(self.stub(self.second))], kind="return")
        self.refused_now(too_late)
        self.in_cash(too_late)

    def play_account(self):
        """Another account answers for a while: its own payment, which only that account can give back."""
        mine = self.cashier.totalled([goods("茶", 410)])
        self.wallet("mch-2", "approve")

        def is_there():
            # Until the box has seen who is there nothing is sent.
            self.pays(mine, provider="wallet", code=provider_shop.CODE)
            return self.ends(mine) == "approved"
        wait_until(is_there, "the new account", 60)
        back = self.cashier.totalled([returned(self.stub(mine))], kind="return")
        self.wallet("mch-1", self.UNPAID)

        def is_refused():
            try:
                self.pays(back)
            except VarlinkError as refusal:
                return refusal.short == "OtherAccount"
            return self.ends(back) != "declined"
        wait_until(is_refused, "the old account", 60)
        self.in_cash(back)

    def ends(self, sale):
        def state():
            return self.get(sale)["tenders"][-1]["state"]
        wait_until(lambda: state() in ("approved", "declined"), "it is known", 30)
        return state()

    def play_last_word(self):
        """A provider that answers no questions about refunds: what a person says is the last word."""
        for price, verdict in ((430, "notPaid"), (440, "paid")):
            sale = self.shown(price, "approved", "completed", provider="bank", show=None, code=provider_shop.CODE)
            back = self.cashier.totalled([returned(self.stub(sale))], kind="return")
            self.pays(back)
            self.until(back, "unknown", "tendering")
            self.decide(back, verdict, price)
            if verdict == "notPaid":
                self.in_cash(back)
            self.cashier.sale = None
            wait_until(lambda back=back: any(
                one["data"]["sale"] == back for one in self.box.entries("tenderTested")), "nobody can be asked", 60)
            if verdict == "notPaid":
                # Named by this Z; the other one waits for the next.
                self.cashier.keyed(provider_shop.SHIFT + "CloseDay")

    def play_proof(self):
        """Two lines of another box's stub, on one proof."""
        self.other.start()
        elsewhere = Cashier(self.other.control, "lane-1", CASHIER, name="elsewhere")
        morning.open_shift(elsewhere)
        sold = elsewhere.keyed(SALE + "Ring", lane="lane-1", lines=[goods("面", 1000, 3000), goods("茶", 600, 2000)],
                               tender={"kind": "cash"})["change"]["stub"]
        elsewhere.close()
        if self.other.stop():
            raise SystemExit(self.other.log())
        proof = self.other.taken_along(sold["sequence"])
        lines = [other_box.back("面", sold["stub"], "1", 1000, proof), other_box.back("茶", sold["stub"], "2", 500)]
        self.in_cash(self.cashier.totalled(lines, kind="return"))

    def play_practice(self):
        """A code that is paid, and one that waits, both of no money."""
        self.cashier.close()
        trainee = Cashier(self.box.control, "lane-2", CASHIER, name="trainee")
        seller, self.cashier = self.cashier, trainee
        trainee.open_shift()
        self.shown(150, "approved", "completed", provider="practice")
        self.shown(160, "pending", "tendering", provider="practice")
        trainee.close()
        self.cashier = seller


# What the provider does with refunds.
REFUNDS = "approve,decline,plan;refund=pending;query=pending*"
# Who plays it, what the provider does, how long it is asked.
PLAYS = {
    "morning": (play_morning, "approve", 1000), "providers": (play_providers, "approve,decline,waits", 1000),
    "epochs": (play_epochs, "approve,waits", 600_000), "refunds": (play_refunds, "approve", 1000),
    "corrections": (play_corrections, "approve", 1000),
}


class Usual:
    """A box with one provider, on which one of `PLAYS` is played."""

    environment = None

    def __init__(self, name):
        self.play, script, window = PLAYS[name]
        self.box = Box()
        self.box.start_provider(script=script, refunds=REFUNDS, **{**provider_shop.FAST, "window": window})

    def close(self):
        pass


def make(name):
    target = os.path.join(GOLDEN, name)
    if os.path.exists(target):
        raise SystemExit(f"{target} is there: a golden journal is never made anew")
    kind = name.split("-")[0]
    story = Shown() if kind == "shown" else Usual(kind)
    with story.box as box, contextlib.closing(story):
        box.write_configuration()
        box.init()
        box.start(story.environment)
        cashier = Cashier(box.control, "lane-1", CASHIER)
        story.play(box, cashier)
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
