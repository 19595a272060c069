"""Who answers at a provider's address: its merchant account, and what it can do, as it is now."""

import contextlib
import json
import os
import time
import unittest

import test_refunds
from box import SUPERVISOR, Box, Simulator
from provider_shop import FAST, SALE, SHIFT, ProviderTest
from varlink_client import VarlinkError, wait_until

LONG = 60
# So long nothing is asked, and then for so long.
PATIENT = {"first_query": 4000, "window": 6000}


class Accounts(ProviderTest):

    sold, returning = test_refunds.Refunds.sold, test_refunds.Refunds.returning

    def shop(self, *words, script="approve", **times):
        box = Box()
        self.addCleanup(box.close)
        self.addCleanup(self.show_log, box)
        self.folder = os.path.join(box.folder, "provider-wallet")
        self.serve(box, *words, script=script, **times)
        box.write_configuration()
        box.init()
        box.start()
        cashier = self.cashier(box)
        cashier.open_shift()
        return box, cashier

    def serve(self, box, account, *words, script="approve", **times):
        """Who speaks for the account takes the address over; each account has its own books."""
        if "wallet" in box.providers:
            box.providers["wallet"].stop()
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(self.folder, "socket"))
        times = [
            part for name, value in {**FAST, **times}.items() for part in (f"--{name.replace('_', '-')}", str(value))]
        box.providers["wallet"] = Simulator(self.folder, [
            "provider", "scripted", "--listen", os.path.join(self.folder, "socket"), "--ledger", self.ledger(account),
            "--account", account, "--script", script, *times, *words], r"unix:(\S+)")

    def ledger(self, account):
        return os.path.join(self.folder, f"{account}.jsonl")

    def lines(self, account):
        if not os.path.exists(self.ledger(account)):
            return []
        with open(self.ledger(account), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def at_the_new_account(self, cashier):
        """A sale is paid there; what goes out before the box has seen it goes nowhere."""
        sale = self.totalled(cashier)

        def is_paid():
            self.tender(cashier, sale)
            wait_until(lambda: self.states(cashier, sale)[-1] in ("approved", "declined"), "it is known")
            return self.states(cashier, sale)[-1] == "approved"
        wait_until(is_paid, "the box has seen the new account", LONG)
        whys = [one["why"] for one in cashier.read(SALE + "Get", {"sale": sale})["tenders"][:-1]]
        self.assertEqual({"otherAccount"}, {*whys, "otherAccount"})
        self.assertEqual(1, sum(line["what"] == "ordered" for line in self.lines("mch-2")))

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
        self.assertEqual([], self.lines("mch-2"), "the other account heard of it")
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
        self.assertEqual({"ordered": 1, "paid": 1}, {
            what: sum(line["what"] == what for line in self.lines("mch-2")) for what in ("ordered", "paid")})

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
        self.at_the_new_account(cashier)
        back = self.returning(cashier, stub)
        with self.assertRaises(VarlinkError) as refused:
            cashier.keyed(SALE + "AddTender", sale=back, tender={"kind": "provider"})
        self.assertEqual(("OtherAccount", {"provider": "wallet", "account": "mch-1", "now": "mch-2"}),
                         (refused.exception.name.rsplit(".", 1)[-1], refused.exception.parameters))
        self.serve(box, "mch-1")

        def goes_back():
            with contextlib.suppress(VarlinkError):
                cashier.keyed(SALE + "AddTender", sale=back, tender={"kind": "provider"})
            return self.state(cashier, back)[1] == "completed"
        wait_until(goes_back, "its account gives it back", LONG)
        self.assertEqual(1, sum(line["what"] == "refunded" for line in self.lines("mch-1")))

    def test_what_a_provider_can_do_is_known_anew_when_it_starts_anew(self):
        box, cashier = self.shop("mch-1", "--no-refunds")
        stub = self.sold(cashier)
        back = self.returning(cashier, stub)
        with self.assertRaises(VarlinkError) as refused:
            cashier.keyed(SALE + "AddTender", sale=back, tender={"kind": "provider"})
        self.assertIn("gives no refunds", refused.exception.parameters["text"])
        self.serve(box, "mch-1")

        def goes_back():
            with contextlib.suppress(VarlinkError):
                cashier.keyed(SALE + "AddTender", sale=back, tender={"kind": "provider"})
            return self.state(cashier, back)[1] == "completed"
        wait_until(goes_back, "it gives refunds now", LONG)
        self.assertEqual(1, sum(line["what"] == "refunded" for line in self.lines("mch-1")))


if __name__ == "__main__":
    unittest.main()
