"""A lane for trainees: everything works as it will, and nothing of it counts."""

import unittest

from box import Box
from cashier import goods
from harness import BoxTest
from settle import receipts, settle_prints
from provider_shop import CODE, FAST, SALE, SHIFT
from varlink_client import VarlinkError, wait_until

WALLET = {"kind": "provider", "code": CODE}


class Training(BoxTest):

    def setUp(self):
        self.shop = Box(lanes=("lane-1", "lane-2"), settings={
            "training_lanes": ["lane-2"], "training_providers": ["practice"]})
        self.addCleanup(self.shop.close)
        self.shop.start_provider(**FAST)
        # Nobody takes back what is not known, however slow the test is.
        self.shop.start_provider(name="practice", script="approve,swallowed", **{**FAST, "window": 600_000})
        self.shop.write_configuration()
        self.shop.init()
        self.shop.start()
        self.real = self.cashier(self.shop)
        self.trainee = self.cashier(self.shop, lane="lane-2", name="trainee")
        for cashier in (self.real, self.trainee):
            cashier.open_shift()

    def sale(self, cashier, price=350):
        return cashier.totalled([goods("茶", price)])

    def pay(self, cashier, sale, tender=None):
        cashier.keyed(SALE + "AddTender", sale=sale, tender=tender or WALLET)

    def test_wallets_that_move_no_money(self):
        """Each lane has its own providers; neither can be made to ask the other's."""
        practised = self.sale(self.trainee)
        for cashier, sale, provider in ((self.trainee, practised, "wallet"), (self.real, self.sale(self.real), "practice")):
            with self.assertRaises(VarlinkError) as caught:
                self.pay(cashier, sale, {**WALLET, "provider": provider})
            self.assertEqual(("Refused", "training"), (caught.exception.short, caught.exception.parameters["rule"]))
        self.assertEqual([], self.shop.ledger() + self.shop.ledger("practice"))
        self.pay(self.trainee, practised)
        get = lambda: self.trainee.read(SALE + "Get", {"sale": practised})["sale"]
        wait_until(lambda: get()["state"] == "completed", "the trainee's sale")
        self.assertEqual(("T1", "training"), (get()["stub"]["stub"], get()["mode"]))
        paid = self.sale(self.real, 1200)
        self.pay(self.real, paid)
        wait_until(lambda: self.real.read(SALE + "Get", {"sale": paid})["sale"]["state"] == "completed", "the sale")
        self.assertEqual([1200], [line["amount"] for line in self.shop.ledger() if line["what"] == "paid"])
        self.assertEqual([350], [line["amount"] for line in self.shop.ledger("practice") if line["what"] == "paid"])
        settle_prints(self.shop, self.trainee)
        slip = receipts(self.shop.paper("lane-2"))[0]
        self.assertIn("单号 T1", slip)
        self.assertRegex(slip, "TRAINING|培训|练习")

    def test_nothing_of_it_is_on_a_report(self):
        """Neither money nor what is open; a payment that nobody knows of does not haunt the Z."""
        self.pay(self.trainee, self.sale(self.trainee))
        open_sale = self.sale(self.trainee)
        self.pay(self.trainee, open_sale)
        wait_until(lambda: self.trainee.read(SALE + "Get", {"sale": open_sale})["tenders"][0]["state"] == "unknown",
                   "a payment that nobody knows of")
        day = self.real.keyed(SHIFT + "CloseDay")
        self.assertEqual(0, day["report"]["totals"]["total"])
        self.assertEqual([], day["report"]["totals"]["tenders"])
        self.assertEqual(([], []), (day["carried"], day["report"].get("unresolved") or []))


if __name__ == "__main__":
    unittest.main()
