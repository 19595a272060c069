"""A refusal is of the right kind: what is over is over and not unknown, what is too little is not too much."""

import json
import subprocess
import unittest

import morning
from box import CASHIER, SUPERVISOR, key, program
from cashier import goods
from harness import BoxTest
from varlink_client import VarlinkError

SALE, SHIFT, SYSTEM = "io.counterfoil.Sale.", "io.counterfoil.Shift.", "io.counterfoil.System."
PRINTER, SCANNER, JOURNAL = "io.counterfoil.Printer.", "io.counterfoil.Scanner.", "io.counterfoil.Journal."


class Refusals(BoxTest):

    def setUp(self):
        self.daemon = self.box()
        self.app = self.cashier(self.daemon)

    def refusal(self, method, uid=None, **parameters):
        with self.assertRaises(VarlinkError) as refused:
            if uid is None:
                self.app.connected().call(method, parameters)
            else:
                self.daemon.call(method, parameters, uid)
        return refused.exception.short, refused.exception.parameters

    def run_as_cashier(self, *arguments):
        return subprocess.run([program("counterfoil"), *arguments, "--socket", self.daemon.control], user=CASHIER,
                              capture_output=True, text=True)

    def of_sale(self, sale):
        """The refusals of everything that changes a sale."""
        line = goods("x", 1)
        calls = {
            "AddLines": {"lines": [line]}, "ChangeLine": {"line": "1", "replacement": line, "reason": "r"},
            "RemoveLine": {"line": "1", "reason": "r"}, "Total": {}, "Reopen": {}, "Park": {},
            "SetAdjustments": {"adjustments": []}, "SetParty": {"member": "M-1"}, "Void": {"reason": "r"},
            "Unpark": {"lane": "lane-1"}, "AddTender": {"tender": {"kind": "cash", "tendered": 1}},
            "RemoveTender": {"tender": "t1", "reason": "r"},
            "Deliver": {"document": "proforma", "channel": "paper"},
        }
        found = {name: self.refusal(SALE + name, idempotencyKey=key(), sale=sale, **more) for name, more in calls.items()}
        found["Approve"] = self.refusal(
            SYSTEM + "Approve", SUPERVISOR, idempotencyKey=key(), operator="9", action="voidTotalled", subject=sale,
            reason="r")
        return found

    def test_a_finished_sale_is_in_the_wrong_state(self):
        """Also after a restart, when its segment is sealed; one that never was is not known, and every word is one."""
        morning.open_shift(self.app)
        done = self.app.keyed(SALE + "Ring", lane="lane-1", lines=[goods("tea", 500)],
                              tender={"kind": "cash", "tendered": 500})["change"]["sale"]
        opened = self.app.keyed(SALE + "Open", lane="lane-1", lines=[goods("milk", 700)])["change"]["sale"]
        self.app.keyed(SALE + "Void", sale=opened, reason="gone")
        paid = self.app.keyed(SALE + "Open", lane="lane-1", lines=[goods("milk", 700)])["change"]["sale"]
        self.app.keyed(SALE + "Total", sale=paid)
        self.app.keyed(SALE + "Void", sale=paid, reason="gone")
        for begin in ("this run", "after a stop"):
            for sale, state in ((done, "completed"), (opened, "voided"), (paid, "voided")):
                for name, (short, parameters) in self.of_sale(sale).items():
                    with self.subTest(begin, method=name, state=state):
                        self.assertEqual(("WrongState", state, False),
                                         (short, parameters.get("state"), parameters.get("parked")))
                        self.assertNotIn(state, parameters["allowed"])
                        self.assertTrue(parameters["allowed"])
            for name, refusal in self.of_sale("nobody").items():
                self.assertEqual(("NoSuchSale", {"sale": "nobody"}), refusal, name)
            said = self.run_as_cashier("sale", "park", done)
            self.assertIn("the sale is completed: nothing of it changes any more", said.stderr)
            self.app.close()
            self.assertEqual(0, self.daemon.stop())
            self.daemon.start()

    def test_a_parked_sale_is_taken_up_first(self):
        morning.open_shift(self.app)
        sale = self.app.keyed(SALE + "Open", lane="lane-1", lines=[goods("tea", 500)])["change"]["sale"]
        self.app.keyed(SALE + "Park", sale=sale)
        short, parameters = self.refusal(SALE + "Park", idempotencyKey=key(), sale=sale)
        self.assertEqual(("WrongState", "open", True), (short, parameters["state"], parameters["parked"]))
        said = self.run_as_cashier("sale", "park", sale)
        self.assertEqual(1, said.returncode)
        self.assertIn("the sale is parked", said.stderr)
        self.assertIn("sale unpark", said.stderr)

    def test_too_little_is_not_too_much(self):
        """LimitExceeded names a maximum, which is of no help to who gave too little."""
        note = {"title": "t"}
        calls = [
            (SALE + "List", {"limit": 0}), (SALE + "List", {"limit": -(1 << 52)}),
            (SCANNER + "Inject", {"lane": "lane-1", "data": ""}),
            (PRINTER + "PrintService", {"slip": "doctor", "findings": [{"text": ""}]}),
            (PRINTER + "Print", {**note, "elements": [{"text": "x"}], "liveSeconds": 0}),
        ] + [(PRINTER + "Print", {**note, "elements": [element]}) for element in (
            {"feed": 0}, {"qr": ""}, {"columns": []}, {"barcode": {"kind": "code128", "data": ""}},
            {"text": "x", "style": {"height": 0}})]
        for method, parameters in calls:
            if method == PRINTER + "Print":
                parameters = {**parameters, "idempotencyKey": key()}
            short, told = self.refusal(method, CASHIER, **parameters)
            self.assertEqual(("Refused", "tooSmall"), (short, told.get("rule")), (method, parameters, told))
        short, told = self.refusal(JOURNAL + "Read", SUPERVISOR, limit=0)
        self.assertEqual(("Refused", "tooSmall"), (short, told["rule"]))
        self.assertEqual(("LimitExceeded", {"limit": "list", "maximum": 1000}),
                         self.refusal(SALE + "List", CASHIER, limit=1001))

    def test_an_approval_for_a_lane_that_is_not_there(self):
        for action in ("noSale", "businessDay"):
            self.assertEqual(("NoSuchLane", {"lane": "lane-7", "lanes": ["lane-1"]}), self.refusal(
                SYSTEM + "Approve", SUPERVISOR, idempotencyKey=key(), operator="9", action=action, subject="lane-7",
                reason="r"))

    def test_no_epoch_while_it_sells(self):
        short, told = self.refusal(JOURNAL + "BeginEpoch", SUPERVISOR, idempotencyKey=key(), reason="r")
        self.assertEqual(("Refused", "epochNotNeeded"), (short, told["rule"]))

    def test_a_business_day_far_ahead(self):
        """It never comes back, so a second person says yes to it; a year ahead nobody can."""
        today = json.loads(self.daemon.command("status", "--json").stdout)["businessDay"]
        opening = {"lane": "lane-1", "operator": "1", "opening": []}
        # At most 360 days ahead, and at least twenty.
        year, month = int(today[:4]), int(today[5:7])
        ahead = f"{year + (month > 10)}-{(month + 1) % 12 + 1:02}-01"
        far = f"{int(today[:4]) + 3}-01-01"
        short, told = self.refusal(SHIFT + "Open", idempotencyKey=key(), businessDay=ahead, **opening)
        self.assertEqual(("ApprovalRequired", "businessDay"), (short, told["action"]))
        approval = self.daemon.call(SYSTEM + "Approve", {
            "idempotencyKey": key(), "operator": "9", "action": "businessDay", "subject": "lane-1", "reason": "holidays"},
            SUPERVISOR)["approval"]
        short, told = self.refusal(SHIFT + "Open", idempotencyKey=key(), businessDay=far, approval=approval, **opening)
        self.assertEqual(("Refused", "businessDay"), (short, told["rule"]))
        opened = self.app.keyed(SHIFT + "Open", businessDay=ahead, approval=approval, **opening)
        self.assertEqual(ahead, opened["businessDay"])


if __name__ == "__main__":
    unittest.main()
