"""What is open at a provider goes along: into a new epoch, and onto the box that takes a dead one's place."""

import json
import os
import unittest

import two_books
from box import SUPERVISOR, Box
from cashier import goods
from provider_shop import SALE, ProviderTest
from test_epoch import rots_behind
from test_identity import OTHER, OTHER_BOARD, Machine
from varlink_client import VarlinkError, wait_until

JOURNAL = "io.counterfoil.Journal."


class Moves(ProviderTest):

    def new_epoch(self, box, cashier):
        """The last two sales are damaged, and a supervisor begins an epoch without them."""
        def lost():
            for _ in range(2):
                cashier.keyed(SALE + "Ring", lane="lane-1", lines=[goods("面", 500)], tender={"kind": "cash"})
            cashier.answers.clear()
            cashier.close()
        rots_behind(box, lost)
        box.start()
        box.call(JOURNAL + "BeginEpoch", {"idempotencyKey": "epoch-of-the-test-1", "reason": "the disk rotted"},
                 uid=SUPERVISOR)

    def test_a_held_sale_outlives_its_epoch(self):
        """It waits for the same person with the same choices; what he decides there is done there, once."""
        for resolution, end in (("complete", ("approved", "tendering")), ("refund", ("reversed", "tendering"))):
            with self.subTest(resolution):
                box, cashier = self.shop("plan;pay=approved=349")
                sale = self.totalled(cashier)
                self.tender(cashier, sale)
                self.until(cashier, sale, ("manual", "held"))
                cashier.sale = None
                before = cashier.read(SALE + "Get", {"sale": sale})
                granted = box.approve("decideTender", sale, revision=before["sale"]["revision"], amount=350)
                self.new_epoch(box, cashier)
                whole = cashier.read(SALE + "Get", {"sale": sale})
                for name in ("hold", "state", "totals"):
                    self.assertEqual(before["sale"][name], whole["sale"][name])
                self.assertEqual(before["tenders"], whole["tenders"])
                self.assertEqual([sale], [wait["subject"] for wait in box.call("io.counterfoil.System.Status")["waits"]
                                          if wait["code"] == "saleHeld"])
                cashier.take_up(sale)
                # A yes of the old epoch was to the sale as it was then.
                with self.assertRaises(VarlinkError):
                    cashier.keyed(SALE + "Resolve", sale=sale, resolution=resolution, evidence="books", approval=granted)
                self.resolve(box, cashier, sale, resolution)
                self.until(cashier, sale, end)
                cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
                self.assertEqual([1, int(resolution == "refund")], self.counts(box, "ordered", "reversed"))
                self.assertEqual([], two_books.check(box.ledger(), box.journal_folder()))

    def test_another_box_goes_on_with_its_payments(self):
        """One by a customer's code whose end nobody knows, one by a code on show: the new box asks under the old numbers
        and orders nothing again; the code that nobody wrote down is said to it again."""
        asked = 40
        box, cashier = self.shop(f"plan;pay=approved:lost;query={'+'.join(asked * ['unknown'])},waits", repeats_codes=True,
                                 window=600_000)
        unknown, shown = self.totalled(cashier), self.totalled(cashier)
        self.tender(cashier, unknown)
        self.until(cashier, unknown, ("unknown", "tendering"))
        self.show(cashier, shown)
        content = self.shown_code(cashier, shown)
        cashier.close()
        box.kill()
        copy = os.path.join(box.folder, "stick")
        box.command("journal", "copy", "--to", copy)
        new = Box()
        self.addCleanup(new.close)
        self.addCleanup(self.show_log, new)
        new.providers = dict(box.providers)
        new.write_configuration()
        # They are the old box's to stop.
        new.providers = {}
        new.arguments = Machine(new.folder, "two", OTHER, product_uuid=OTHER_BOARD, board_serial="PF9Z8Y7X").arguments
        done = json.loads(new.command("box", "replace", "--from", copy, "--json").stdout)
        self.assertEqual((2, 2, []), tuple(done[name] for name in ("sales", "unresolved", "lost")))
        new.start()
        cashier = self.cashier(new, name="new")
        self.assertIn(unknown, [wait["subject"] for wait in new.call("io.counterfoil.System.Status")["waits"]
                                if wait["code"] == "tenderUnknown"])
        self.assertEqual(content, self.shown_code(cashier, shown))
        self.somebody_scans(box)
        for sale in (unknown, shown):
            self.until(cashier, sale, ("approved", "completed"))
        self.assertEqual([2, 0, 2], self.counts(box, "ordered", "repeated", "paid"))
        cashier.close()
        self.assertEqual(0, new.stop())
        self.assertEqual([], two_books.check(box.ledger(), new.journal_folder()))

    def shown_code(self, cashier, sale):
        def code():
            return cashier.read(SALE + "Get", {"sale": sale})["tenders"][0].get("shownCode")
        wait_until(code, "the code is known")
        return code()


if __name__ == "__main__":
    unittest.main()
