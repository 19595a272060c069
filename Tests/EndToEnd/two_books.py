"""Two books of the same money: what a provider wrote, and what the journal says, which the second reader reads.

Every problem begins with what it is, so that a matrix can count double charges and money that was paid and lost apart.
"""

import collections

import settle

DOUBLE, LOST, INVENTED, OPEN, BROKEN = "double charge", "paid but lost", "counted but not paid", "not final", "broken"
FINAL = ("approved", "declined", "reversed")


def journal_records(folder):
    """All records of all epochs, oldest first; of an earlier epoch what the next one goes on from. Raises ValueError with
    what the second reader refuses."""
    records = settle.read_journal(folder, "--data")
    previous = records[0]["data"].get("previous") if records[0]["kind"] == "genesis" else None
    while previous is not None:
        older = settle.read_journal(folder, "--data", "--epoch", str(previous["epoch"]), "--up-to", str(previous["sequence"]))
        records = older + records
        previous = older[0]["data"].get("previous")
    return records


class Order:
    """One order number: what the provider did with it, and what the journal says of it."""

    def __init__(self):
        self.ordered, self.paid, self.reversed = [], [], 0
        self.intent = self.tender = None
        self.sale = None
        self.stubs = []

    @property
    def kept(self):
        """What the provider has in the end, without its refunds."""
        return sum(self.paid[:1]) - self.reversed

    @property
    def counted(self):
        """What the journal says that it has."""
        return self.tender["approved"] if self.tender and self.tender["state"] == "approved" else 0

    @property
    def is_denied(self):
        """A person said that it was paid and the provider that it was not: the box keeps both words."""
        course = (self.tender or {}).get("course") or {}
        return course.get("verdict") == "paid" and course.get("test") == "contrary"


class Refund:
    """One refund number, on both sides. The same number may be ordered again: it gives back once."""

    def __init__(self):
        self.order, self.ordered, self.given = None, [], []
        self.intent = self.tender = None
        self.stubs = []


def refunds_of(ledger, records):
    refunds = collections.defaultdict(Refund)
    for line in ledger:
        if line["what"] == "refundOrdered":
            refunds[line["refund"]].order = line["number"]
            refunds[line["refund"]].ordered.append(line["amount"])
        elif line["what"] == "refunded":
            refunds[line["refund"]].given.append(line["amount"])
    for record in records:
        data, kind = record["data"], record["kind"]
        tender = data.get("tender") if kind.startswith("tender") else None
        if tender and tender.get("kind") == "provider" and tender["asked"] < 0:
            refund = refunds[tender["number"]]
            refund.tender = tender
            if kind == "tenderIntended":
                refund.intent = -tender["asked"]
        elif kind == "stubSealed" and data["form"] != "void":
            for tender in data.get("tenders", []):
                if tender["kind"] == "provider" and tender["state"] == "approved" and tender["approved"] < 0:
                    refunds[tender["number"]].stubs.append(-tender["approved"])
    return refunds


def check_refunds(ledger, records):
    """Refund by refund: behind its intent, for its amount, once; on one stub; never more than the order took."""
    problems = []
    back = collections.Counter()
    refunds = refunds_of(ledger, records)
    for number, refund in sorted(refunds.items()):
        tender = refund.tender
        back[refund.order] += sum(refund.given)
        counted = [-tender["approved"]] if tender and tender["state"] == "approved" else []
        if refund.ordered and refund.intent is None:
            problems.append(f"{DOUBLE}: {number} was to give back without an intent in the journal")
            continue
        if len(refund.given) > 1:
            problems.append(f"{DOUBLE}: {number} gave back {refund.given}")
        if refund.ordered and refund.ordered[0] != refund.intent:
            problems.append(f"{BROKEN}: {number} was to give back {refund.ordered[0]}, its intent says {refund.intent}")
        if tender and tender["state"] not in FINAL:
            problems.append(f"{OPEN}: {number} is {tender['state']}")
        if refund.given != counted:
            kind = INVENTED if len(counted) > len(refund.given) else LOST
            problems.append(f"{kind}: {number}: the provider gave back {refund.given}, the journal counts {counted}")
        if counted and refund.stubs != counted:
            problems.append(f"{LOST}: {number}: counted {counted}, on stubs {refund.stubs}")
    paid = collections.Counter()
    for line in ledger:
        paid[line["number"]] += line["amount"] if line["what"] == "paid" else 0
    problems += [f"{DOUBLE}: {order} gave back {amount} of {paid[order]}" for order, amount in back.items()
                 if amount > paid[order]]
    return problems


def orders_of(ledger, records):
    orders = collections.defaultdict(Order)
    repeated = []
    for line in ledger:
        order = orders[line["number"]]
        if line["what"] == "ordered":
            order.ordered.append(line["amount"])
        elif line["what"] == "paid":
            order.paid.append(line["amount"])
        elif line["what"] == "reversed":
            order.reversed += line["amount"]
        elif line["what"] == "repeated":
            repeated.append(line["number"])
    for record in records:
        data, kind = record["data"], record["kind"]
        tender = data.get("tender") if kind.startswith("tender") else None
        if tender and tender.get("kind") == "provider" and tender["asked"] >= 0:
            order = orders[tender["number"]]
            order.tender, order.sale = tender, data["sale"]
            if kind == "tenderIntended":
                order.intent = tender["asked"]
        elif kind == "stubSealed" and data["form"] != "void":
            for tender in data.get("tenders", []):
                if tender["kind"] == "provider" and tender["state"] == "approved" and tender["approved"] > 0:
                    orders[tender["number"]].stubs.append((data["stub"], tender["approved"]))
    return orders, repeated


def check_orders(ledger, records):
    """Order by order: sent once behind its intent, for its amount; kept, counted and on a stub alike."""
    problems = []
    orders, repeated = orders_of(ledger, records)
    problems += [f"{DOUBLE}: {number} was ordered a second time" for number in repeated]
    for number, order in sorted(orders.items()):
        if order.ordered and order.intent is None:
            problems.append(f"{DOUBLE}: {number} was ordered without an intent in the journal")
            continue
        if len(order.ordered) > 1 or len(order.paid) > 1:
            problems.append(f"{DOUBLE}: {number} was ordered {len(order.ordered)} and paid {len(order.paid)} times")
        if order.ordered and order.ordered[0] != order.intent:
            problems.append(f"{BROKEN}: {number} was ordered for {order.ordered[0]}, its intent says {order.intent}")
        if order.tender and order.tender["state"] not in FINAL:
            problems.append(f"{OPEN}: {number} is {order.tender['state']}")
        if order.kept > order.counted:
            problems.append(f"{LOST}: {number}: the provider kept {order.kept}, the journal counts {order.counted}")
        if order.kept < order.counted and not order.is_denied:
            problems.append(f"{INVENTED}: {number}: the provider kept {order.kept}, the journal counts {order.counted}")
        if order.counted and [amount for _, amount in order.stubs] != [order.counted]:
            problems.append(f"{LOST}: {number}: counted {order.counted}, on stubs {order.stubs}")
    return problems


def check_stubs(records):
    """What a stub says was paid is what the sale cost; numbers are gap-free inside an epoch and rise over all."""
    problems, last = [], 0
    is_first = True
    for record in records:
        data = record["data"]
        if record["kind"] == "genesis":
            is_first = True
        if record["kind"] != "stubSealed":
            continue
        number, totals = int(data["stub"]), data["totals"]
        if number <= last or not is_first and number != last + 1:
            problems.append(f"{BROKEN}: stub {number} follows {last}")
        last, is_first = number, False
        if data["form"] == "void":
            continue
        paid = sum(tender["approved"] for tender in data["tenders"] if tender["state"] == "approved")
        wanted = totals["total"] + totals["extras"] + totals["change"]
        if paid + totals["cashRounding"] != wanted:
            kind = DOUBLE if paid > wanted else LOST
            problems.append(f"{kind}: stub {number}: paid {paid}, worth {wanted - totals['cashRounding']}")
    return problems


def check(ledger, folder):
    """All that the two books must say alike once every payment is known."""
    try:
        records = journal_records(folder)
    except ValueError as error:
        return [f"{BROKEN}: {error}"]
    return check_orders(ledger, records) + check_refunds(ledger, records) + check_stubs(records)
