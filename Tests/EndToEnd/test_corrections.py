"""A tender of a finished sale that was booked under the wrong kind: the books follow, the stub and the money do not."""

import json
import os
import subprocess
import unittest

import morning
from box import CASHIER, SUPERVISOR, program
from cashier import goods
from harness import BoxTest
from varlink_client import VarlinkError

SALE, SHIFT, SYSTEM = "io.counterfoil.Sale.", "io.counterfoil.Shift.", "io.counterfoil.System."


class Corrections(BoxTest):

    def setUp(self):
        self.daemon = self.box()
        self.app = self.cashier(self.daemon)
        self.shift = morning.open_shift(self.app, opening=20000)
        self.stubs = {}

    def ring(self, price, **tender):
        answer = self.app.keyed(SALE + "Ring", lane="lane-1", lines=[goods("A", price)], tender=tender)
        stub = answer["change"]["stub"]["stub"]
        self.stubs[stub] = price
        return stub

    def approve(self, stub, amount):
        return self.daemon.approve("correctTender", stub, amount=amount)

    def correct(self, stub, amount=None, **more):
        approval = self.approve(stub, self.stubs[stub] if amount is None else amount)
        return self.app.keyed(SALE + "CorrectTender", stub={"stub": stub}, tender="t1", reason="按错键",
                              approval=approval, **more)["correction"]

    def refusal(self, **parameters):
        with self.assertRaises(VarlinkError) as refused:
            self.app.keyed(SALE + "CorrectTender", **{"tender": "t1", "reason": "x", **parameters})
        return refused.exception.short, refused.exception.parameters

    def restart(self, clean=False):
        """A kill, or a clean stop, which also seals the segment: what was is then found by the index."""
        self.app.close()
        if clean:
            self.assertEqual(0, self.daemon.stop())
        else:
            self.daemon.kill()
        self.daemon.start()

    def rows(self, report):
        return {(row["kind"], row.get("provider")): (row["count"], row["amount"]) for row in report["totals"]["tenders"]}

    def test_books_follow_over_restarts(self):
        """Σ stubs = X = Z, and the drawer expects what was really taken; a repeat of the call changes nothing more."""
        one = self.ring(3450, kind="cash", tendered=10000)
        two = self.ring(1000, kind="external", provider="pos-1", result={"outcome": "yes"})
        self.ring(500, kind="cash")
        self.assertEqual(("ApprovalRequired", {"action": "correctTender", "amount": 3450}), self.refusal(
            stub={"stub": one}, kind="external"))
        self.assertEqual("amount", self.refusal(
            stub={"stub": one}, kind="external", approval=self.approve(one, 3449))[1]["why"])
        self.assertEqual("tenderKind", self.refusal(
            stub={"stub": one}, kind="provider", approval=self.approve(one, 3450))[1]["rule"])
        self.assertEqual("NoSuchTender", self.refusal(
            stub={"stub": one}, tender="t7", kind="external", approval=self.approve(one, 3450))[0])
        unknown = self.refusal(stub={"stub": "99"}, kind="external", approval=self.approve(one, 3450))[0]
        self.assertIn(unknown, ("OriginalNotHere", "NoSuchStub"))
        call = {"idempotencyKey": self.app.fresh_key("correct"), "stub": {"stub": one}, "tender": "t1",
                "kind": "external", "provider": "pos-1", "reference": "T0007", "reason": "按错键",
                "approval": self.approve(one, 3450)}
        answer = self.daemon.call(SALE + "CorrectTender", call)
        made = answer["correction"]
        self.assertEqual(("cash", "external", "pos-1", 3450, self.shift, self.shift), tuple(
            made[name] for name in ("fromKind", "kind", "provider", "amount", "shift", "expectedBy")))
        self.restart()
        self.assertEqual(answer, self.daemon.call(SALE + "CorrectTender", call), "a repeat answers the same")
        second = self.correct(two, kind="cash")
        self.assertEqual(("external", "pos-1", "cash"), (second["fromKind"], second["fromProvider"], second["kind"]))
        found = self.app.read(SALE + "Get", {"stub": {"stub": one}})
        self.assertEqual([made], found["corrections"])
        self.assertEqual(["cash"], [tender["kind"] for tender in found["tenders"]], "the stub stays as it was sealed")
        self.assertEqual([], found["later"])
        self.restart(clean=True)
        # Σ stubs with their corrections, row by row.
        expected = {("cash", None): (2, 1500), ("external", "pos-1"): (1, 3450)}
        report = self.app.read(SHIFT + "Report", {})["report"]
        self.assertEqual(expected, self.rows(report))
        self.assertEqual({"count": 2, "amount": 4450}, report["totals"]["correctedTenders"])
        self.assertEqual(sum(self.stubs.values()), report["totals"]["total"])
        closed = self.app.keyed(SHIFT + "Close", shift=self.shift, carryParked=False, counts=[
            {"kind": "cash", "currency": "CNY", "amount": 21500}])
        self.assertEqual([0], [row["amount"] for row in closed["difference"] if row["kind"] == "cash"])
        self.assertEqual({"cash": 21500, "external": 3450}, {
            row["kind"]: row["amount"] for row in closed["expected"]})
        self.assertEqual(expected, self.rows(closed["report"]))
        day = self.app.keyed(SHIFT + "CloseDay")["report"]
        self.assertEqual(expected, self.rows(day))
        self.assertEqual(sum(self.stubs.values()), day["totals"]["total"])
        # After the close: the figures that were signed stay, the new day shows the correction.
        late = self.correct(one, kind="cash")
        self.assertEqual((None, None), (late.get("shift"), late.get("expectedBy")))
        self.restart()
        self.assertEqual({("cash", None): (1, 3450), ("external", "pos-1"): (-1, -3450)}, self.rows(
            self.app.read(SHIFT + "Report", {})["report"]))
        self.assertEqual(expected, self.rows(self.app.read(SHIFT + "Report", {"day": 1})["report"]))
        corrections = self.app.read(SALE + "Get", {"stub": {"stub": one}})["corrections"]
        self.assertEqual(["external", "cash"], [each["kind"] for each in corrections])
        self.check_journal(3)

    def check_journal(self, count):
        """The journal verifies, the second reader agrees, and the records name the stub."""
        records = [entry["data"] for entry in self.daemon.entries("tenderCorrected")]
        self.assertEqual(count, len(records))
        for record in records:
            self.assertTrue(record["stub"]["hash"] and record["reason"] and record["approval"])
        self.app.close()
        self.assertEqual(0, self.daemon.stop())
        reader = os.path.join(os.path.dirname(__file__), "..", "journal_reader", "journal_reader.py")
        listed = subprocess.run(["python3", reader, self.daemon.journal_folder()], capture_output=True, text=True)
        self.assertEqual(0, listed.returncode, listed.stderr)
        self.assertEqual(count, listed.stdout.count('"tenderCorrected"'))

    def test_by_hand(self):
        """`sale correct-tender` asks for its approval by name, `sale get` and the report show what was done."""
        stub = self.ring(3450, kind="cash")
        os.chmod(self.daemon.configuration, 0o644)

        def command(uid, *arguments):
            return subprocess.run(
                [program("counterfoil"), *arguments, "--config", self.daemon.configuration], stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=30, user=uid, group=uid,
                extra_groups=[os.stat(self.daemon.control).st_gid],
                env={"LANG": "C", "TERM": "xterm", "TZ": "Asia/Shanghai", "PATH": "/usr/bin:/bin"})
        correct = ("sale", "correct-tender", stub, "--tender", "t1", "--to", "external", "--terminal", "pos-1", "--reason",
                   "paid by card")
        refused = command(CASHIER, *correct)
        self.assertEqual(1, refused.returncode)
        self.assertIn("counterfoil approve correctTender STUB --amount 34.50", refused.stderr)
        approved = command(SUPERVISOR, "approve", "correctTender", stub, "--amount", "34.50", "--operator", "09",
                           "--reason", "slip seen", "--json")
        self.assertEqual(0, approved.returncode, approved.stderr)
        done = command(CASHIER, *correct, "--approval", json.loads(approved.stdout)["approval"])
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("corrected tender t1: cash → external pos-1  34.50", done.stdout)
        self.assertIn("corrected tender t1: cash → external pos-1  34.50", command(CASHIER, "sale", "get", stub).stdout)
        self.assertRegex(command(CASHIER, "shift", "report").stdout, r"tenders corrected +1 +34\.50")
        self.assertEqual(64, command(CASHIER, "sale", "correct-tender", stub, "--tender", "t1", "--to", "carried",
                                     "--reason", "x").returncode)


if __name__ == "__main__":
    unittest.main()
