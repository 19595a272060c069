"""Codes that the till shows and the customer scans: shown while they can be paid, kept nowhere, closed when they are over."""

import os
import unittest

import settle
from box import CASHIER, Box
from cashier import goods
from harness import BoxTest
from test_providers import FAST, SALE, SHIFT
from two_books import disagreements
from varlink_client import wait_until

TIMES = {**FAST, "code_window": 20_000}


class ShownCodes(BoxTest):

    def shop(self, script, **more):
        box = Box()
        self.addCleanup(box.close)
        self.addCleanup(self.show_log, box)
        self.provider = box.start_provider(script=script, **{**TIMES, **more})
        box.write_configuration()
        box.init()
        box.start()
        cashier = self.cashier(box)
        cashier.keyed(SHIFT + "Open", lane="lane-1", operator="01", opening=[])
        return box, cashier

    def totaled(self, cashier, price=350):
        sale = cashier.keyed(SALE + "Open", lane="lane-1", lines=[goods("茶", price)])["change"]["sale"]
        cashier.keyed(SALE + "Total", sale=sale)
        return sale

    def show(self, cashier, sale, **more):
        return cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "provider", "show": True, **more})["tender"]

    def tender(self, cashier, sale, tender="t1"):
        tenders = cashier.read(SALE + "Get", {"sale": sale})["tenders"]
        return next(one for one in tenders if one["id"] == tender)

    def shown(self, cashier, sale, tender="t1"):
        """What the code says, as soon as there is one."""
        wait_until(lambda: self.tender(cashier, sale, tender).get("shownCode"), "the code is known", 30)
        return self.tender(cashier, sale, tender)["shownCode"]

    def until(self, cashier, sale, wanted, tender="t1"):
        wait_until(lambda: (self.tender(cashier, sale, tender)["state"],
                            cashier.read(SALE + "Get", {"sale": sale})["sale"]["state"]) == wanted,
                   f"{tender} of {sale} is {wanted}", 30)

    def lines(self, box, what):
        return [line for line in box.ledger() if line["what"] == what]

    def say(self, words):
        self.provider.process.stdin.write(words.encode() + b"\n")
        self.provider.process.stdin.flush()

    def assert_agree(self, box):
        self.assertEqual([], disagreements(box.ledger(), box.entries()))
        self.assertEqual(0, settle.run_reader(box.journal_folder(), "--quiet").returncode)

    def assert_kept_nowhere(self, box, content):
        for folder, _, names in os.walk(box.folder):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    with open(path, "rb") as file:
                        self.assertNotIn(content.encode(), file.read(), path)

    def test_it_is_shown_paid_and_kept_nowhere(self):
        box, cashier = self.shop("pending=5", interval=200)
        sale = self.totaled(cashier)
        states, contents = [], set()
        with box.connect(CASHIER) as connection:
            for answer in connection.more(SALE + "AddTender", {
                    "idempotencyKey": "a-code-that-is-shown", "sale": sale, "tender": {"kind": "provider", "show": True}}):
                tender = answer["tender"]
                self.assertTrue(tender["shown"])
                states.append(tender["state"])
                contents.add(tender.get("shownCode"))
        self.assertEqual(["intent", "pending", "approved"], states)
        content = next(iter(contents - {None}))
        self.assertTrue(content.startswith("https://"))
        self.until(cashier, sale, ("approved", "completed"))
        self.assertIsNone(self.tender(cashier, sale).get("shownCode"))
        self.assertEqual(1, len(self.lines(box, "ordered")))
        self.assertTrue(self.lines(box, "ordered")[0]["shown"])
        settle.settle_prints(box, cashier)
        number = cashier.read(SALE + "Get", {"sale": sale})["sale"]["stub"]["stub"]
        self.assertEqual([], settle.check_paper(box.paper(), [number], [number]))
        self.assert_agree(box)
        self.assert_kept_nowhere(box, content)


if __name__ == "__main__":
    unittest.main()
