"""What an open sale is changed by besides its lines: its adjustments and who it is for, with a restart in between."""

import json
import os
import subprocess
import unittest

import morning
from box import CASHIER, program
from cashier import goods
from harness import BoxTest
from varlink_client import VarlinkError, wait_until

SALE, SYSTEM = "io.counterfoil.Sale.", "io.counterfoil.System."


class Edits(BoxTest):

    def setUp(self):
        self.daemon = self.box(settings={"limits": {"manual_adjustment": 500}})
        self.app = self.cashier(self.daemon)
        self.books = morning.Books()
        morning.open_shift(self.app)

    def open(self, *lines):
        return self.app.keyed(SALE + "Open", lane="lane-1", lines=list(lines))["change"]["sale"]

    def refusal(self, method, **parameters):
        with self.assertRaises(VarlinkError) as refused:
            self.app.keyed(SALE + method, **parameters)
        return refused.exception.short, refused.exception.parameters

    def durable(self, kind):
        """The entry of an edit, which rides with the next commit or comes 200 ms later."""
        found = []

        def there():
            found[:] = [entry["data"] for entry in self.daemon.entries(kind)]
            return found
        wait_until(there, kind, 20)
        return found

    def restart(self):
        self.app.close()
        self.daemon.kill()
        self.daemon.start()

    def test_adjustments_over_a_restart(self):
        """A whole set takes the place of the one before; beyond the limit somebody says yes; a kill loses nothing."""
        sale = self.open(goods("A", 3000), goods("B", 2037))
        coupon = {"kind": "coupon", "label": "满减券", "amount": -1000, "source": "C-77"}
        first = self.app.keyed(SALE + "SetAdjustments", sale=sale, revision=1, adjustments=[coupon])
        self.assertEqual((2, 4037), (first["change"]["revision"], first["change"]["totals"]["total"]))
        self.assertEqual([{**coupon, "id": "a1", "allocations": []}], first["adjustments"])
        self.assertEqual(("RevisionConflict", {"revision": 2}), self.refusal(
            "SetAdjustments", sale=sale, revision=1, adjustments=[]))
        self.assertEqual("Refused", self.refusal("SetAdjustments", sale=sale, adjustments=[
            {"kind": "manual", "label": "x", "amount": -1, "target": "9"}])[0])
        whole = [coupon, {"kind": "manual", "label": "瑕疵", "amount": -500, "target": "2"},
                 {"kind": "roundOff", "label": "抹零", "amount": -37}]
        self.assertEqual(
            ("ApprovalRequired", {"action": "manualAdjustment", "limit": 500, "asked": 537, "amount": 537}),
            self.refusal("SetAdjustments", sale=sale, adjustments=whole))

        def approve(amount):
            return self.daemon.approve("manualAdjustment", sale, revision=2, amount=amount)
        little = approve(536)
        self.assertEqual("amount", self.refusal(
            "SetAdjustments", sale=sale, adjustments=whole, approval=little)[1]["why"])
        name, approval = self.app.fresh_key("adjust"), approve(537)
        call = {"idempotencyKey": name, "sale": sale, "adjustments": whole, "approval": approval}
        answer = self.daemon.call(SALE + "SetAdjustments", call)
        self.assertEqual((3, 3500, -1537), (
            answer["change"]["revision"], answer["change"]["totals"]["total"],
            answer["change"]["totals"]["adjustments"]))
        self.durable("adjustmentsSet")
        wait_until(lambda: len(self.durable("adjustmentsSet")) == 2, "the second set", 20)
        self.restart()
        self.assertEqual(answer, self.daemon.call(SALE + "SetAdjustments", call), "a repeat answers the same")
        found = self.app.read(SALE + "Get", {"sale": sale})
        self.assertEqual([-1000, -500, -37], [each["amount"] for each in found["adjustments"]])
        self.assertEqual(3500, found["sale"]["totals"]["total"])
        if found["sale"]["parked"]:
            self.app.keyed(SALE + "Unpark", sale=sale, lane="lane-1")
        self.app.keyed(SALE + "Total", sale=sale)
        self.assertEqual("WrongState", self.refusal("SetAdjustments", sale=sale, adjustments=[])[0])
        paid = self.app.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
        self.assertEqual(3500, paid["change"]["totals"]["total"])
        stub = self.app.read(SALE + "Get", {"stub": {"stub": paid["change"]["stub"]["stub"]}})
        for each in stub["adjustments"]:
            self.assertEqual(each["amount"], sum(part["amount"] for part in each["allocations"]))
        self.assertEqual([{"line": "2", "amount": -500}], stub["adjustments"][1]["allocations"])
        self.assertEqual(3500, sum(line["total"] for line in stub["lines"]))

    def test_party_over_a_restart(self):
        """A member is an opaque handle: set, changed, taken off; what looks like a person's number is refused."""
        sale = self.open(goods("A", 3000))
        for number in ("13800138000", "4111 1111 1111 1111"):
            self.assertEqual(("Refused", "personalData"), (
                lambda name, more: (name, more["rule"]))(*self.refusal("SetParty", sale=sale, member=number)))
        change = self.app.keyed(SALE + "SetParty", sale=sale, revision=1, member="M-2041")["change"]
        self.assertEqual((2, "open", 3000), (change["revision"], change["state"], change["totals"]["total"]))
        self.assertEqual("RevisionConflict", self.refusal("SetParty", sale=sale, revision=1)[0])
        self.assertEqual("M-2041", self.durable("partySet")[0]["member"])
        self.restart()
        found = self.app.read(SALE + "Get", {"sale": sale})["sale"]
        self.assertEqual("M-2041", found["member"])
        if found["parked"]:
            self.app.keyed(SALE + "Unpark", sale=sale, lane="lane-1")
        self.app.keyed(SALE + "SetParty", sale=sale)
        self.assertIsNone(self.app.read(SALE + "Get", {"sale": sale})["sale"].get("member"))
        self.app.keyed(SALE + "SetParty", sale=sale, member="M-7")
        self.app.keyed(SALE + "Total", sale=sale)
        self.assertEqual("WrongState", self.refusal("SetParty", sale=sale, member="M-8")[0])
        stub = self.app.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})["change"]["stub"]["stub"]
        self.assertEqual("M-7", self.app.read(SALE + "Get", {"stub": {"stub": stub}})["sale"]["member"])

    def command(self, *arguments):
        os.chmod(self.daemon.configuration, 0o644)
        return subprocess.run(
            [program("counterfoil"), *arguments, "--config", self.daemon.configuration], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=30, user=CASHIER, group=CASHIER,
            extra_groups=[os.stat(self.daemon.control).st_gid],
            env={"LANG": "C", "TERM": "xterm", "TZ": "Asia/Shanghai", "PATH": "/usr/bin:/bin"})

    def test_by_hand(self):
        """`sale adjust` works percentages and the rounding down out, keeps what it is told to keep, and `sale party`."""
        sale = self.open(goods("A", 3000), goods("B", 2037), goods("C", 1000, kind="deposit", taxes=[]))
        half = self.command("sale", "adjust", sale, "--off", "5%,2", "--off", "3.00,,regular")
        self.assertEqual((0, ""), (half.returncode, half.stderr))
        self.assertIn("discount 5 %  -1.02  line 2\nregular  -3.00\n", half.stdout)
        self.assertIn("total 56.35", half.stdout)
        down = self.command("sale", "adjust", sale, "--keep", "--round-down", "1.00", "--json")
        self.assertEqual((0, ""), (down.returncode, down.stderr))
        answer = json.loads(down.stdout)
        self.assertEqual((5600, -437), (
            answer["change"]["totals"]["total"], answer["change"]["totals"]["adjustments"]))
        self.assertEqual(["manual", "manual", "roundOff"], [each["kind"] for each in answer["adjustments"]])
        much = self.command("sale", "adjust", sale, "--off", "50%")
        self.assertEqual(1, much.returncode)
        self.assertIn("counterfoil approve manualAdjustment", much.stderr)
        free = self.command("sale", "adjust", sale, "--off", "50%", "--kind", "promotion")
        self.assertIn("discount 50 %  -25.19", free.stdout, free.stderr)
        none = self.command("sale", "adjust", sale, "--none")
        self.assertIn("total 60.37", none.stdout, none.stderr)
        party = self.command("sale", "party", sale, "--member", "M-2041")
        self.assertEqual((0, f"{sale}  open\n"), (party.returncode, party.stdout), party.stderr)
        self.assertIn("member M-2041", self.command("sale", "get", "--sale", sale).stdout)
        self.assertEqual(64, self.command("sale", "party", sale).returncode)
        self.assertEqual(64, self.command("sale", "adjust", sale).returncode)


if __name__ == "__main__":
    unittest.main()
