"""Who answers at a provider's address: its merchant account, and what it can do, as it is now."""

import contextlib
import time
import unittest

from box import SUPERVISOR
from provider_shop import FAST, SALE, SHIFT, ProviderTest
from varlink_client import VarlinkError, wait_until

LONG = 60
# So long nothing is asked, and then for so long.
PATIENT = {"first_query": 4000, "window": 6000}


class Accounts(ProviderTest):

    def shop(self, account, script="approve", **provider):
        return super().shop(script, account=account, ledger=f"{account}.jsonl", **provider)

    def serve(self, box, account, script="approve", **times):
        """Who speaks for the account takes the address over; each account has its own books."""
        box.start_provider(script=script, account=account, ledger=f"{account}.jsonl", **{**FAST, **times})

    def lines(self, box, what, account="mch-1"):
        return super().lines(box, what, ledger=f"{account}.jsonl")

    def gives_back(self, cashier, sale):
        """As soon as the box has seen who is there now."""
        def is_over():
            with contextlib.suppress(VarlinkError):
                self.refund(cashier, sale)
            return self.state(cashier, sale)[1] == "completed"
        wait_until(is_over, "it goes back", LONG)

    def at_the_new_account(self, box, cashier):
        """A sale is paid there; what goes out before the box has seen it goes nowhere."""
        sale = self.totalled(cashier)

        def is_paid():
            self.tender(cashier, sale)
            wait_until(lambda: self.states(cashier, sale)[-1] in ("approved", "declined"), "it is known")
            return self.states(cashier, sale)[-1] == "approved"
        wait_until(is_paid, "the box has seen the new account", LONG)
        whys = [one["why"] for one in cashier.read(SALE + "Get", {"sale": sale})["tenders"][:-1]]
        self.assertEqual({"otherAccount"}, {*whys, "otherAccount"})
        self.assertEqual(1, len(self.lines(box, "ordered", "mch-2")))

    def states(self, cashier, sale):
        return [one["state"] for one in cashier.read(SALE + "Get", {"sale": sale})["tenders"]]

    def waits(self, box):
        status = box.call("io.counterfoil.System.Status", {}, uid=SUPERVISOR)
        return [wait for wait in status["waits"] if wait["code"] == "tenderElsewhere"]

    def test_a_payment_waits_for_its_account(self):
        box, cashier = self.shop("mch-1", script="lost", **PATIENT)
        sale = self.totalled(cashier)
        self.tender(cashier, sale)
        self.until(cashier, sale, ("unknown", "tendering"))
        self.serve(box, "mch-2")
        wait_until(lambda: self.waits(box), "the box sees another account", LONG)
        # Behind the time in which it is asked for.
        end = time.monotonic() + PATIENT["window"] / 1000 + 1
        wait_until(lambda: time.monotonic() > end, "the time to ask is over", LONG)
        self.assertEqual(("unknown", "tendering"), self.state(cashier, sale))
        self.assertEqual([], box.ledger(ledger="mch-2.jsonl"), "the other account heard of it")
        self.assertIn("account mch-1, and provider wallet speaks for account mch-2", self.waits(box)[0]["text"])
        said = box.command("unresolved").stdout
        self.assertIn("it is of account mch-1, and provider wallet speaks for account mch-2 now", said)
        self.assertIn("provider wallet speaks for account mch-2 now: 1 payments of another account wait", box.log())
        # A restart knows it as well.
        cashier.sale = None
        box.kill()
        box.start()
        wait_until(lambda: self.waits(box), "the box sees another account", LONG)
        # Others pay at the new account meanwhile.
        self.sold(cashier)
        self.serve(box, "mch-1")
        wait_until(lambda: self.state(cashier, sale) == ("approved", "completed"), "its account is back", LONG)
        self.assertEqual([], self.waits(box))
        self.assertEqual([1, 1], [len(self.lines(box, what, "mch-2")) for what in ("ordered", "paid")])

    def test_a_person_decides_what_waits_for_its_account(self):
        box, cashier = self.shop("mch-1", script="lost", **PATIENT)
        sale = self.totalled(cashier)
        self.tender(cashier, sale)
        self.until(cashier, sale, ("unknown", "tendering"))
        self.serve(box, "mch-2")
        wait_until(lambda: self.waits(box), "the box sees another account", LONG)
        revision = cashier.read(SALE + "Get", {"sale": sale})["sale"]["revision"]
        approval = box.approve("decideTender", sale, user=None, revision=revision, amount=350)
        cashier.keyed(SALE + "DecideTender", sale=sale, tender="t1", verdict="paid", reason="looked up", approval=approval)
        self.until(cashier, sale, ("approved", "completed"))
        self.serve(box, "mch-1")
        wait_until(lambda: not box.call(SHIFT + "Report", {}, uid=SUPERVISOR)["report"]["unresolved"],
                   "its account says the same", LONG)

    def test_a_refund_goes_to_its_account_or_nowhere(self):
        box, cashier = self.shop("mch-1")
        stub = self.sold(cashier)
        self.serve(box, "mch-2")
        self.at_the_new_account(box, cashier)
        back = self.returning(cashier, stub)
        with self.assertRaises(VarlinkError) as refused:
            self.refund(cashier, back)
        self.assertEqual(("OtherAccount", {"provider": "wallet", "account": "mch-1", "now": "mch-2"}),
                         (refused.exception.name.rsplit(".", 1)[-1], refused.exception.parameters))
        self.serve(box, "mch-1")
        self.gives_back(cashier, back)
        self.assertEqual([1], self.counts(box, "refunded"))

    def test_what_a_provider_can_do_is_known_anew_when_it_starts_anew(self):
        box, cashier = self.shop("mch-1", no_refunds=True)
        stub = self.sold(cashier)
        back = self.returning(cashier, stub)
        with self.assertRaises(VarlinkError) as refused:
            self.refund(cashier, back)
        self.assertIn("gives no refunds", refused.exception.parameters["text"])
        self.serve(box, "mch-1")
        self.gives_back(cashier, back)
        self.assertEqual([1], self.counts(box, "refunded"))


if __name__ == "__main__":
    unittest.main()
