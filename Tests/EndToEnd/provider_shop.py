"""A box with one provider, and what its tests do with it: totalled sales, payments, a person's decisions, the two books."""

import os

from box import Box
from cashier import goods, returned
from harness import BoxTest
from two_books import disagreements
from varlink_client import wait_until

SALE = "io.counterfoil.Sale."
SHIFT = "io.counterfoil.Shift."
CODE = "134567890123456789"
FAST = {"pay_timeout": 1500, "interval": 100, "window": 3000, "reverse_not_before": 300}


class ProviderTest(BoxTest):

    def shop(self, script, between=None, lanes=("lane-1",), scanners=False, settings=None, clock=None, **provider):
        """An open shift. `between`: makes the bad connector (provider_line.py) that stands before the provider, which is
        `self.line` then. `clock`: makes the box's wall clock (wall_clock.py), `self.clock` then."""
        box = Box(lanes=lanes, scanners=scanners, settings=settings)
        self.addCleanup(box.close)
        self.addCleanup(self.show_log, box)
        provider = box.start_provider(script=script, **{**FAST, **provider})
        if between:
            self.line = between(os.path.join(provider.folder, "faulty"), provider.address)
            self.addCleanup(self.line.stop)
            provider.address = self.line.address
        box.write_configuration()
        box.init()
        self.clock = clock(box.folder) if clock else None
        box.start(self.clock.environment if clock else None)
        cashier = self.cashier(box)
        cashier.open_shift()
        return box, cashier

    def totalled(self, cashier, price=350):
        return cashier.totalled([goods("茶", price)])

    def tender(self, cashier, sale, **more):
        return cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "provider", "code": CODE, **more})

    def show(self, cashier, sale, **more):
        """By a code that the till shows."""
        return cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "provider", "show": True, **more})["tender"]

    def somebody_scans(self, box):
        """The newest code that is on show."""
        provider = box.providers["wallet"].process
        provider.stdin.write(b"pay\n")
        provider.stdin.flush()

    def sold(self, cashier, price=700, lines=None, **tender):
        """A finished sale that the wallet paid; its stub."""
        sale = cashier.totalled(lines or [goods("茶", price)])
        self.tender(cashier, sale, **tender)
        self.until(cashier, sale, ("approved", "completed"))
        return cashier.read(SALE + "Get", {"sale": sale})["sale"]["stub"]

    def returning(self, cashier, stub, quantity=1000, lane="lane-1"):
        sale = cashier.keyed(SALE + "Open", lane=lane, kind="return", lines=[returned(stub, quantity)])["change"]["sale"]
        cashier.keyed(SALE + "Total", sale=sale)
        return sale

    def refund(self, cashier, sale, **more):
        return cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "provider", **more})["tender"]

    def lines(self, box, what, **books):
        """Of the provider's books, those that say this."""
        return [line for line in box.ledger(**books) if line["what"] == what]

    def counts(self, box, *what):
        return [len(self.lines(box, one)) for one in what]

    def state(self, cashier, sale, tender="t1"):
        whole = cashier.read(SALE + "Get", {"sale": sale})
        states = {one["id"]: one["state"] for one in whole["tenders"]}
        return states.get(tender), whole["sale"]["state"]

    def until(self, cashier, sale, wanted, tender="t1"):
        wait_until(lambda: self.state(cashier, sale, tender) == wanted, f"{tender} of {sale} is {wanted}")

    def assert_agree(self, box):
        self.assertEqual([], disagreements(box.ledger(), box.entries()))

    def resolve(self, box, cashier, sale, resolution, amount=350):
        revision = cashier.read(SALE + "Get", {"sale": sale})["sale"]["revision"]
        approval = box.approve("decideTender", sale, revision=revision, amount=amount)
        return cashier.keyed(SALE + "Resolve", sale=sale, resolution=resolution, evidence="their books", approval=approval)

    def by_person(self, box, cashier, sale, *words, amount):
        """By hand, at the command line, as a person does it: `counterfoil sale WORDS`, with an approval."""
        revision = cashier.read(SALE + "Get", {"sale": sale})["sale"]["revision"]
        approval = box.approve("decideTender", sale, user=None, revision=revision, amount=amount)
        return box.command("sale", words[0], sale, *words[1:], "--approval", approval).stdout

    def decided(self, box, cashier, sale, verdict, tender="t1", amount=350):
        return self.by_person(box, cashier, sale, "decide", tender, verdict, "--reason", "looked up", amount=amount)
