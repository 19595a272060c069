"""What a box does with payments of a provider, as flows that a kill matrix disturbs: each ends with every sale over."""

import json
import os
import subprocess

from box import CASHIER, Box, program
from cashier import goods, returned
from kill_run import SALE, SHIFT
from test_epoch import batches, damage
from test_identity import OTHER, OTHER_BOARD, Machine
from varlink_client import VarlinkError

CODE = "134567890123456789"
JOURNAL = "io.counterfoil.Journal."
SYSTEM = "io.counterfoil.System."
PRICE = 350
# Nobody gives up so soon.
LONG = {"window": 600_000}
OVER = ("completed", "voided")


class Flow:
    """`script`: what the provider does with the orders. `mute`: how the line begins. `play`: what is done, between
    `arm`, from which on points count, and the last sale's end."""

    def __init__(self, name, play, script="approve", mute=None, times=None, lanes=("lane-1",), machine=False,
                 refunds=None):
        self.name, self.play_it, self.script, self.mute = name, play, script, mute
        # What it does with refunds.
        self.refunds = refunds
        self.times, self.lanes = times or {}, lanes
        # The box knows on which machine it is, because another one will take its place.
        self.machine = machine

    def play(self, run):
        self.play_it(run)
        run.settled()


# ---- steps

def open_shift(run, cashier=None):
    cashier = cashier or run.cashier
    run.shift = cashier.open_shift()


def close_day(run):
    run.cashier.keyed(SHIFT + "Close", shift=run.shift, carryParked=True,
                      counts=[{"kind": "cash", "currency": "CNY", "amount": 0}])
    run.boss.keyed(SHIFT + "CloseDay")


def totaled(run, price=PRICE, cashier=None):
    """A sale that waits for its payment; it is the resolver's from here on, the app looks it up anew each time."""
    cashier = cashier or run.cashier
    sale = cashier.totalled([goods("茶", price)])
    cashier.sale = None
    return sale


def attempt(run, method, cashier=None, **parameters):
    """A call whose moment may have passed: what was to be decided is known by now, or the sale came back parked."""
    cashier = cashier or run.cashier
    if method != "Unpark" and run.sale(parameters["sale"])["sale"]["parked"]:
        attempt(run, "Unpark", cashier, sale=parameters["sale"], lane=cashier.lane)
    try:
        answer = cashier.keyed(SALE + method, **parameters)
    except VarlinkError as error:
        if error.short not in ("Refused", "WrongState", "NoSuchSale", "ApprovalRequired", "ApprovalRefused", "RevisionConflict"):
            raise
        answer = None
    cashier.sale = None
    return answer


def tender(run, sale, amount=None, cashier=None):
    more = {"amount": amount} if amount else {}
    return attempt(run, "AddTender", cashier, sale=sale, tender={"kind": "provider", "code": CODE, **more})


def state_is(run, sale, *states):
    """Until the last provider tender of the sale is in one of these, or the sale is over."""
    def known():
        whole = run.sale(sale)
        found = [one["state"] for one in whole["tenders"] if one["kind"] == "provider"]
        return whole["sale"]["state"] in OVER or found and found[-1] in states
    run.until(known, f"{sale} is {states}")


def known(run, sale):
    state_is(run, sale, "approved", "declined", "reversed", "manual")


def unknown(run, sale):
    state_is(run, sale, "unknown", "pending")


def finish(run, sale, cashier=None):
    """What no provider paid is paid in cash."""
    cashier = cashier or run.cashier

    def over():
        whole = run.sale(sale)["sale"]
        if whole["state"] not in OVER:
            if whole["parked"]:
                attempt(run, "Unpark", cashier, sale=sale, lane=cashier.lane)
            attempt(run, "AddTender", cashier, sale=sale, tender={"kind": "cash"})
            whole = run.sale(sale)["sale"]
        return whole["state"] in OVER
    run.until(over, f"{sale} is over")


def by_person(run, sale, is_open, method, **parameters):
    """With a supervisor's approval, which a death makes void: then with a new one, as long as there is something to decide."""
    for _ in range(5):
        whole = run.sale(sale)
        if not is_open(whole):
            return
        if whole["sale"]["parked"]:
            attempt(run, "Unpark", sale=sale, lane="lane-1")
        try:
            approval = run.boss.approve(
                "decideTender", sale, revision=run.sale(sale)["sale"]["revision"],
                amount=abs(whole["sale"]["totals"]["total"]) + 1)
        except VarlinkError as error:
            if error.short not in ("Refused", "RevisionConflict", "WrongState"):
                raise
            continue
        if attempt(run, method, sale=sale, approval=approval, **parameters):
            return


def decide(run, sale, verdict):
    """About the last provider tender."""
    def last(whole):
        return [one for one in whole["tenders"] if one["kind"] == "provider"][-1]
    by_person(run, sale, lambda whole: last(whole)["state"] in ("pending", "unknown", "manual", "reversing"),
              "DecideTender", tender=last(run.sale(sale))["id"], verdict=verdict, reason="looked up")


def resolve(run, sale, resolution):
    """What its provider took is not what was asked."""
    by_person(run, sale, lambda whole: whole["sale"]["state"] == "held", "Resolve", resolution=resolution,
              evidence="looked up")


def records(run, *kinds):
    page = run.boss.read(JOURNAL + "Read", {"limit": 500, "kinds": list(kinds)})
    return [json.loads(one["entry"])["data"] for one in page["entries"]]


# ---- flows

def pay(run):
    open_shift(run)
    sale = totaled(run)
    run.arm()
    tender(run, sale)
    known(run, sale)
    resolve(run, sale, "refund")
    finish(run, sale)


def held(resolution):
    def play(run):
        open_shift(run)
        sale = totaled(run)
        tender(run, sale)
        known(run, sale)
        run.arm()
        resolve(run, sale, resolution)
        finish(run, sale)
    return play


def split(run):
    """Cash, a wallet, a second wallet; what a wallet did not pay, cash pays."""
    open_shift(run)
    sale = totaled(run, 1000)
    run.arm()
    attempt(run, "AddTender", sale=sale, tender={"kind": "cash", "amount": 300})
    tender(run, sale, 300)
    known(run, sale)
    tender(run, sale)
    known(run, sale)
    finish(run, sale)


def split_equal(run):
    """Twice the same amount, so that the answer to one fits the other."""
    open_shift(run)
    sale = totaled(run, 2 * PRICE)
    run.arm()
    for _ in range(2):
        tender(run, sale, PRICE)
        known(run, sale)
    finish(run, sale)


def remove_approved(run):
    open_shift(run)
    sale = totaled(run, 1000)
    tender(run, sale, 300)
    known(run, sale)
    run.arm()
    attempt(run, "RemoveTender", sale=sale, tender="t1", reason="customer changed")
    finish(run, sale)


def remove_unknown(run):
    """Cash takes its place at once; what it may have moved goes back."""
    open_shift(run)
    sale = totaled(run)
    tender(run, sale)
    unknown(run, sale)
    run.arm()
    attempt(run, "RemoveTender", sale=sale, tender="t1", reason="customer changed")
    attempt(run, "AddTender", sale=sale, tender={"kind": "cash"})
    run.mute(None)
    known(run, sale)
    finish(run, sale)


def shown(run):
    """A code that the till shows, so far known as not paid, or over already."""
    open_shift(run)
    sale = totaled(run)
    attempt(run, "AddTender", sale=sale, tender={"kind": "provider", "show": True})
    return sale


def shown_paid(run):
    open_shift(run)
    run.arm()
    sale = totaled(run)
    attempt(run, "AddTender", sale=sale, tender={"kind": "provider", "show": True})
    known(run, sale)
    finish(run, sale)


def shown_cancelled(run):
    sale = shown(run)
    unknown(run, sale)
    run.arm()
    attempt(run, "RemoveTender", sale=sale, tender="t1", reason="customer changed")
    known(run, sale)
    finish(run, sale)


def shown_paid_closing(run):
    """The customer pays what is being closed: a person says what becomes of it."""
    sale = shown(run)
    unknown(run, sale)
    run.arm()
    attempt(run, "RemoveTender", sale=sale, tender="t1", reason="customer changed")
    known(run, sale)
    resolve(run, sale, "complete")
    finish(run, sale)


def shown_paid_behind_cash(run):
    sale = shown(run)
    unknown(run, sale)
    run.arm()
    attempt(run, "RemoveTender", sale=sale, tender="t1", reason="customer changed")
    attempt(run, "AddTender", sale=sale, tender={"kind": "cash"})
    known(run, sale)
    finish(run, sale)


def returning(run, price=PRICE):
    """A sale that the wallet paid comes back whole: its return waits for the money to go."""
    open_shift(run)
    sale = totaled(run, price)
    muted = run.mute(None)
    tender(run, sale)
    known(run, sale)
    run.mute(muted)
    stub = run.sale(sale)["sale"]["stub"]
    back = run.cashier.totalled([returned(stub)], kind="return")
    run.cashier.sale = None
    return back


def refund_order(run, sale, **more):
    return attempt(run, "AddTender", sale=sale, tender={"kind": "provider", **more})


def refund(run):
    """What does not go back through the wallet is paid out in cash."""
    sale = returning(run)
    run.arm()
    refund_order(run, sale)
    known(run, sale)
    if run.tenders(sale) and run.tenders(sale)[-1]["state"] == "manual":
        decide(run, sale, "notPaid")
    finish(run, sale)


def refund_parts(run):
    """Two parts through the wallet, the rest in cash."""
    sale = returning(run, 1000)
    run.arm()
    for amount in (-300, -300):
        refund_order(run, sale, amount=amount)
        known(run, sale)
    finish(run, sale)


def refund_parked(run):
    """Parked, and the day closed, while nobody knows."""
    sale = returning(run)
    refund_order(run, sale)
    unknown(run, sale)
    run.arm()
    attempt(run, "Park", sale=sale)
    close_day(run)
    run.mute(None)
    known(run, sale)
    open_shift(run)
    finish(run, sale)


def decided(verdict):
    def play(run):
        open_shift(run)
        sale = totaled(run)
        tender(run, sale)
        unknown(run, sale)
        run.arm()
        decide(run, sale, verdict)
        run.mute(None)
        finish(run, sale)

        def tested():
            found = [one["tender"] for one in records(run, *TENDERS) if one["sale"] == sale
                     and one["tender"]["kind"] == "provider"][-1]
            course = found["course"]
            if "verdict" not in course:
                return True
            if course.get("test") == "contrary" and verdict == "paid":
                run.denied.add(sale)
            return course.get("test")
        run.until(tested, "the provider's word on it")
    return play


TENDERS = ("tenderIntended", "tenderPending", "tenderUnknown", "tenderApproved", "tenderDeclined", "tenderReversing",
           "tenderReversed", "tenderManual", "tenderTested")


def void_approved(run):
    open_shift(run)
    sale = totaled(run, 1000)
    tender(run, sale, 300)
    known(run, sale)
    run.arm()
    voided(run, sale)


def void_unknown(run):
    open_shift(run)
    sale = totaled(run)
    tender(run, sale)
    unknown(run, sale)
    run.arm()
    attempt(run, "Void", sale=sale, reason="customer left")
    run.mute(None)
    known(run, sale)
    voided(run, sale)


def voided(run, sale):
    def over():
        attempt(run, "Void", sale=sale, reason="customer left")
        return run.sale(sale)["sale"]["state"] in OVER
    run.until(over, f"{sale} is over")


def park_unknown(run):
    open_shift(run)
    sale = totaled(run)
    tender(run, sale)
    unknown(run, sale)
    run.arm()
    attempt(run, "Park", sale=sale)
    other = totaled(run, 200)
    finish(run, other)
    attempt(run, "Unpark", sale=sale, lane="lane-1")
    run.mute(None)
    known(run, sale)
    finish(run, sale)


def z_unknown(run):
    """The day is closed while nobody knows; the payment ends in the next one."""
    open_shift(run)
    sale = totaled(run)
    tender(run, sale)
    unknown(run, sale)
    attempt(run, "Park", sale=sale)
    run.arm()
    close_day(run)
    run.mute(None)
    known(run, sale)
    open_shift(run)
    finish(run, sale)


def corrected(*lines, amount=None):
    """A bill that the wallet paid is replaced by one with other lines; the wallet moves the difference."""
    def play(run):
        open_shift(run)
        sale = totaled(run)
        tender(run, sale)
        known(run, sale)
        old = run.sale(sale)["sale"]["stub"]["stub"]
        run.arm()
        new = None
        while new is None:
            # A death makes an approval void.
            approval = run.boss.approve("correctSale", old, amount=PRICE)
            try:
                new = run.cashier.keyed(SALE + "Open", lane="lane-1", kind="correction", corrects={"stub": old},
                                        lines=list(lines), approval=approval)["change"]["sale"]
            except VarlinkError as error:
                if error.short not in ("ApprovalRequired", "ApprovalRefused"):
                    raise
        run.cashier.sale = None
        attempt(run, "Total", sale=new)
        tender(run, new, amount) if amount else refund_order(run, new)
        known(run, new)
        finish(run, new)
    return play


def two_lanes(run):
    """Each lane has a payment that is not known yet."""
    lanes = [run.cashier, run.client(CASHIER, "lane-2", "second")]
    for cashier in lanes:
        open_shift(run, cashier)
    sales = [totaled(run, PRICE + number, cashier) for number, cashier in enumerate(lanes)]
    run.arm()
    for sale, cashier in zip(sales, lanes):
        tender(run, sale, cashier=cashier)
    for sale, cashier in zip(sales, lanes):
        known(run, sale)
        finish(run, sale, cashier)


def new_epoch(run):
    """The journal rots behind the payment's records: the order of the old epoch is followed in the new one."""
    open_shift(run)
    sale = totaled(run)
    tender(run, sale)
    unknown(run, sale)
    good = len(batches(run.box.segments()[-1]))
    lost = run.client(CASHIER, "lane-1", "lost")
    for _ in range(2):
        lost.keyed(SALE + "Ring", lane="lane-1", lines=[goods("面", 500)], tender={"kind": "cash"})
    # Their answers are lost with their records.
    lost.answers.clear()
    run.ends()
    damage(run.box.segments()[-1], batches(run.box.segments()[-1])[good])
    run.begins(run.box)
    run.arm()
    run.boss.keyed(JOURNAL + "BeginEpoch", reason="the disk rotted")
    run.mute(None)
    known(run, sale)
    finish(run, sale)


def replaced_box(run):
    """The box dies; another one goes on from a copy of its journal, and follows the order of the old one."""
    open_shift(run)
    sale = totaled(run)
    tender(run, sale)
    unknown(run, sale)
    run.ends()
    old, new = run.box, Box(folder=os.path.join(run.box.folder, "new"), lanes=run.flow.lanes)
    run.boxes.append(new)
    copy = os.path.join(old.folder, "stick")
    old.command("journal", "copy", "--to", copy)
    new.providers = dict(old.providers)
    new.write_configuration()
    new.providers = {}
    new.arguments = Machine(new.folder, "two", OTHER, product_uuid=OTHER_BOARD, board_serial="PF9Z8Y7X").arguments
    run.arm()
    command = [program("counterfoil"), "box", "replace", "--from", copy, "--config", new.configuration]
    done = run.command(command, dir=new.folder)
    if done.returncode:
        # Killed: there is no journal, or the whole one.
        is_there = os.path.exists(new.journal_folder())
        again = subprocess.run(command, capture_output=True, text=True)
        assert again.returncode == (78 if is_there else 0), again.stderr
    run.begins(new)
    run.mute(None)
    known(run, sale)
    finish(run, sale)


FLOWS = [
    *(Flow(f"pay {script}", pay, script) for script in (
        "approve", "decline", "pending=2", "lost", "swallowed", "waits", "unknown", "slow=200", "late=2", "dark=3",
        "stubborn=2", "mismatch")),
    Flow("split", split, "approve,lost"),
    Flow("split declined", split, "approve,decline"),
    Flow("split equal", split_equal, "approve,decline"),
    Flow("remove approved", remove_approved),
    Flow("remove unknown", remove_unknown, mute="delivers", times=LONG),
    Flow("remove never arrived", remove_unknown, mute="drops"),
    Flow("decide paid", decided("paid"), mute="delivers", times=LONG),
    Flow("decide paid, denied", decided("paid"), mute="drops", times={"window": 3000}),
    Flow("decide not paid", decided("notPaid"), mute="drops"),
    Flow("decide not paid, contrary", decided("notPaid"), mute="delivers", times=LONG),
    *(Flow(f"held {resolution}", held(resolution), "plan;pay=approved=349") for resolution in ("complete", "refund", "void")),
    Flow("void approved", void_approved),
    Flow("void unknown", void_unknown, mute="delivers", times=LONG),
    Flow("park unknown", park_unknown, mute="delivers", times=LONG),
    Flow("Z unknown", z_unknown, mute="delivers", times=LONG),
    Flow("shown paid", shown_paid, "pending=3"),
    Flow("shown cancelled", shown_cancelled, "plan;create=pending;query=pending*", times=LONG),
    Flow("shown paid closing", shown_paid_closing, "plan;create=pending;query=pending*;close=approved", times=LONG),
    Flow("shown paid behind cash", shown_paid_behind_cash,
         "plan;create=pending;query=pending*;close=pending+approved", times=LONG),
    *(Flow(f"refund {script}", refund, refunds=script) for script in (
        "approve", "decline", "processing=2", "lost", "swallowed,approve", "unknown", "slow=200", "abnormal")),
    Flow("refund in parts", refund_parts, refunds="approve,lost"),
    Flow("refund parked", refund_parked, mute="delivers", times=LONG),
    Flow("correct up", corrected(goods("茶", PRICE), goods("酒", 200), amount=200), "approve,lost"),
    Flow("correct down", corrected(goods("茶", 100)), refunds="lost"),
    Flow("two lanes", two_lanes, "lost", lanes=("lane-1", "lane-2")),
    Flow("new epoch", new_epoch, mute="delivers", times=LONG),
    Flow("replaced box", replaced_box, mute="delivers", times=LONG, machine=True),
]
