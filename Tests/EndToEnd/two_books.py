"""Two books of the same money: what a provider wrote, and what the journal says, which the second reader reads.

Every problem begins with what it is, so that a matrix can count double charges and money that was paid and lost apart.
"""

import collections

import settle

DOUBLE, LOST, INVENTED, OPEN, BROKEN = "double charge", "paid but lost", "counted but not paid", "not final", "broken"
# What may be meant: a person said that it was paid and the provider that it was not, and the box keeps both words; a sale
# is paid in parts.
DENIED, IN_PARTS = "denied", "charged in parts"
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
        course = (self.tender or {}).get("course") or {}
        if course.get("test") != "contrary":
            return False
        # What a person gave back by hand the provider still has.
        is_given_back = course.get("verdict") == "notPaid" and self.tender.get("why") == "decided"
        return is_given_back if self.kept > self.counted else course.get("verdict") == "paid"


class Refund:
    """One refund number, on both sides. The same number may be ordered again: it gives back once."""

    def __init__(self):
        self.ordered, self.given = [], []
        # Orders whose money it was to give back, or gave.
        self.orders = set()
        self.intent = self.tender = None
        self.stubs = []


def provider_tenders(records):
    """Every record of a provider's payment or refund: its kind, its sale, the tender as it stands then."""
    for record in records:
        tender = record["data"].get("tender") if record["kind"].startswith("tender") else None
        if isinstance(tender, dict) and tender.get("kind") == "provider":
            yield record["kind"], record["data"]["sale"], tender


def sealed_tenders(records):
    """What stubs say that providers took, or gave back, which is negative."""
    for record in records:
        if record["kind"] == "stubSealed" and record["data"]["form"] != "void":
            for tender in record["data"].get("tenders", []):
                if tender["kind"] == "provider" and tender["state"] == "approved":
                    yield tender


def refunds_of(ledger, records):
    refunds = collections.defaultdict(Refund)
    for line in ledger:
        if line["what"] in ("refundOrdered", "refunded"):
            refund = refunds[line["refund"]]
            refund.orders.add(line["number"])
            (refund.ordered if line["what"] == "refundOrdered" else refund.given).append(line["amount"])
    for kind, _, tender in provider_tenders(records):
        if tender["asked"] < 0:
            refund = refunds[tender["number"]]
            refund.tender = tender
            if kind == "tenderIntended":
                refund.intent = -tender["asked"]
    for tender in sealed_tenders(records):
        if tender["approved"] < 0:
            refunds[tender["number"]].stubs.append(-tender["approved"])
    return refunds


def check_refunds(ledger, records):
    """Refund by refund: behind its intent, for its amount, once; on one stub; never more than the order took."""
    problems = []
    for number, refund in sorted(refunds_of(ledger, records).items()):
        tender = refund.tender
        counted = [-tender["approved"]] if tender and tender["state"] == "approved" else []
        if refund.ordered and refund.intent is None:
            problems.append(f"{DOUBLE}: {number} was to give back without an intent in the journal")
            continue
        if refund.given and not refund.ordered:
            problems.append(f"{BROKEN}: {number} gave back what nobody ordered")
        if len(refund.given) > 1:
            problems.append(f"{DOUBLE}: {number} gave back {refund.given}")
        if refund.ordered and refund.ordered[0] != refund.intent:
            problems.append(f"{BROKEN}: {number} was to give back {refund.ordered[0]}, its intent says {refund.intent}")
        if tender and tender["state"] not in FINAL:
            problems.append(f"{OPEN}: {number} is {tender['state']}")
        meant = tender["course"]["refund"]["number"] if tender else None
        if refund.orders - {meant}:
            problems.append(f"{BROKEN}: {number} gave {refund.orders} back, the journal says {meant}")
        if refund.given != counted:
            kind = INVENTED if len(counted) > len(refund.given) else LOST
            problems.append(f"{kind}: {number}: the provider gave back {refund.given}, the journal counts {counted}")
        if counted and refund.stubs != counted:
            problems.append(f"{LOST}: {number}: counted {counted}, on stubs {refund.stubs}")
    paid, back = collections.Counter(), collections.Counter()
    for line in ledger:
        paid[line["number"]] += line["amount"] if line["what"] == "paid" else 0
        back[line["number"]] += line["amount"] if line["what"] == "refunded" else 0
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
    for kind, sale, tender in provider_tenders(records):
        if tender["asked"] >= 0:
            order = orders[tender["number"]]
            order.tender = tender
            if kind == "tenderIntended":
                order.intent, order.sale = tender["asked"], sale
    for tender in sealed_tenders(records):
        if tender["approved"] > 0:
            orders[tender["number"]].stubs.append(tender["approved"])
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
            kind = DENIED if order.is_denied else LOST
            problems.append(f"{kind}: {number}: the provider kept {order.kept}, the journal counts {order.counted}")
        if order.kept < order.counted:
            kind = DENIED if order.is_denied else INVENTED
            problems.append(f"{kind}: {number}: the provider kept {order.kept}, the journal counts {order.counted}")
        if order.counted and order.stubs != [order.counted]:
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


def check_charges(ledger, records):
    """Sales that two orders charged."""
    charged = collections.defaultdict(list)
    for number, order in orders_of(ledger, records)[0].items():
        if order.kept:
            charged[order.sale].append(number)
    return [f"{IN_PARTS}: sale {sale} was charged by {numbers}" for sale, numbers in charged.items() if len(numbers) > 1]


def disagreements(ledger, records):
    """All that the two books must say alike once every payment is known, by whichever reader `records` came, oldest first."""
    return (check_orders(ledger, records) + check_refunds(ledger, records) + check_charges(ledger, records)
            + check_stubs(records))


def check(ledger, folder):
    """The same by the second reader, of a box where persons decide wrongly and sales are paid in parts."""
    try:
        records = journal_records(folder)
    except ValueError as error:
        return [f"{BROKEN}: {error}"]
    return [problem for problem in disagreements(ledger, records) if not problem.startswith((DENIED, IN_PARTS))]
