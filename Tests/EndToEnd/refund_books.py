"""The two books, money that went back counted in."""

from test_providers import disagreements as of_payments


def disagreements(ledger, journal):
    """What the provider's books and the journal do not agree on, payments and refunds. `journal`: entries in order.

    A refund's number gives money back once, what goes back is what the journal says, and never more than was paid.
    """
    refunds, intents = {}, set()
    payments = []
    for entry in journal:
        tender = entry["data"].get("tender") if entry["kind"].startswith("tender") else None
        if isinstance(tender, dict) and (tender.get("course") or {}).get("refund"):
            refunds[tender["number"]] = tender
            if entry["kind"] == "tenderIntended":
                intents.add(tender["number"])
        else:
            payments.append(entry)
    problems = of_payments(ledger, payments)
    given, back, paid = {}, {}, {}
    for line in ledger:
        number, refund = line["number"], line.get("refund")
        if line["what"] == "paid":
            paid[number] = line["amount"]
        elif line["what"] == "refundOrdered" and refund not in intents:
            problems.append(f"{refund} was ordered without an intent in the journal")
        elif line["what"] == "refunded":
            if refund in given:
                problems.append(f"{refund} gave money back twice")
            given[refund] = line["amount"]
            back[number] = back.get(number, 0) + line["amount"]
            if number != refunds.get(refund, {}).get("course", {}).get("refund", {}).get("number"):
                problems.append(f"{refund} gave {number} back, which the journal does not say")
    for number in {*given, *refunds}:
        tender = refunds.get(number, {"state": "none", "approved": 0})
        counted = -tender["approved"] if tender["state"] == "approved" else 0
        if given.get(number, 0) != counted:
            problems.append(f"{number}: the provider gave {given.get(number, 0)} back, the journal counts {counted}")
    return problems + [f"{number} gave back {amount} of {paid.get(number, 0)}" for number, amount in back.items()
                       if amount > paid.get(number, 0)]
