"""Whose an approval is, and what a refused user is told."""
import hashlib
import json
import os
import select
import tempfile
import tomllib
import unittest

import morning
import settle
from box import CASHIER, NOBODY, SUPERVISOR, key
from cashier import goods
from harness import BoxTest
from varlink_client import VarlinkError

SYSTEM, DRAWER, SALE = "io.counterfoil.System.", "io.counterfoil.Drawer.", "io.counterfoil.Sale."


class Approvals(BoxTest):
    def box_with_two_tills(self, rounds=200000, **limits):
        """Two programs of two users may sell; operator `chief` approves with the PIN 2468."""
        box = self.box(start=False, settings={"limits": {"no_sale_needs_approval": True, **limits}})
        salt = bytes(16)
        proof = hashlib.pbkdf2_hmac("sha256", b"2468", salt, rounds)
        with open(box.configuration, "a", encoding="utf-8") as file:
            pin = f"pbkdf2-sha256${rounds}${salt.hex()}${proof.hex()}"
            file.write(f'[[operator]]\nid = "chief"\nname = "Chief"\nrole = "supervisor"\npin = {json.dumps(pin)}\n')
            file.write(f'[[role]]\nrole = "app"\nusers = [{NOBODY}]\n')
        return box.start()

    def open_drawer(self, box, approval, uid):
        return box.call(DRAWER + "Open", {
            "idempotencyKey": key("drawer"), "lane": "lane-1", "reason": "noSale", "approval": approval}, uid)

    def approve(self, box, uid, **more):
        return box.call(SYSTEM + "Approve", {
            "idempotencyKey": key("approve"), "operator": "chief", "action": "noSale", "subject": "lane-1",
            "reason": "r", **more}, uid)["approval"]

    def test_an_approval_is_told_to_nobody_else(self):
        """Who watches learns that there is an approval, not its id."""
        box = self.box_with_two_tills()
        with box.connect(NOBODY) as watcher:
            watcher.send(SYSTEM + "Watch", {"topics": []}, more=True)
            watcher.receive()
            approval = self.approve(box, CASHIER, proof="2468")
            events = []
            while not any(event["name"] == "approvalGranted" for event in events):
                events += watcher.receive()[0]["events"]
        told = next(event for event in events if event["name"] == "approvalGranted")
        self.assertEqual(("noSale", "chief", "lane-1"), tuple(
            told["data"][name] for name in ("action", "approver", "subject")))
        self.assertNotIn(approval, json.dumps(events))

    def test_an_approval_is_for_the_program_that_asked(self):
        """Another user's program cannot spend it; a supervisor says who may, or hands the id over."""
        box = self.box_with_two_tills()
        for asked_by, more, thief, owner in (
                (CASHIER, {"proof": "2468"}, NOBODY, CASHIER),
                (SUPERVISOR, {"user": CASHIER}, NOBODY, CASHIER),
                (SUPERVISOR, {}, None, NOBODY)):
            approval = self.approve(box, asked_by, **more)
            if thief is not None:
                with self.assertRaises(VarlinkError) as refused:
                    self.open_drawer(box, approval, thief)
                self.assertEqual(("ApprovalRefused", "user"),
                                 (refused.exception.short, refused.exception.parameters["why"]))
            self.open_drawer(box, approval, owner)

    def refusal(self, cashier, method, **parameters):
        with self.assertRaises(VarlinkError) as refused:
            cashier.keyed(SALE + method, **parameters)
        return refused.exception.short, refused.exception.parameters

    def test_an_override_is_for_what_the_approver_saw(self):
        """One yuan off a television was approved: three of them at a fen each are refused."""
        box = self.box_with_two_tills(price_override="0%")
        cashier = self.cashier(box)
        morning.open_shift(cashier)

        def television(price, quantity=1000):
            return goods("电视机 55 寸", price, quantity=quantity, listPrice=100100)

        sale = cashier.keyed(SALE + "Open", lane="lane-1", lines=[morning.WATER])["change"]
        self.assertEqual(
            ("ApprovalRequired", {"action": "priceOverride", "limit": 0, "asked": 999, "amount": 100}),
            self.refusal(cashier, "AddLines", sale=sale["sale"], lines=[television(100000)]))
        wanted = {"action": "priceOverride", "subject": sale["sale"], "revision": sale["revision"]}
        with self.assertRaises(VarlinkError) as refused:
            self.approve(box, CASHIER, proof="2468", **wanted)
        self.assertEqual(("Refused", "approvalAmount"), (refused.exception.short, refused.exception.parameters["rule"]))
        with box.connect(NOBODY) as watcher:
            watcher.send(SYSTEM + "Watch", {"topics": ["sale"]}, more=True)
            watcher.receive()
            approval = self.approve(box, CASHIER, proof="2468", amount=100, **wanted)
            told = None
            while told is None:
                told = next((event["data"] for event in watcher.receive()[0]["events"]
                             if event["name"] == "approvalGranted"), None)
        self.assertEqual(100, told["amount"])
        refused = {"approval": approval, "why": "amount", "approved": 100}
        gift = television(1)
        for lines, amount in (([gift, gift, gift], 300297), ([television(1, 3000)], 300297),
                              ([television(100000, 2000)], 200), ([television(100000), television(100099)], 101)):
            self.assertEqual(
                ("ApprovalRefused", {**refused, "amount": amount}),
                self.refusal(cashier, "AddLines", sale=sale["sale"], lines=lines, approval=approval))
        cashier.keyed(SALE + "AddLines", sale=sale["sale"], lines=[television(100000)], approval=approval)
        self.assertEqual("used", self.refusal(
            cashier, "AddLines", sale=sale["sale"], lines=[television(100000)], approval=approval)[1]["why"])
        cashier.keyed(SALE + "Total", sale=sale["sale"])
        paid = cashier.keyed(SALE + "AddTender", sale=sale["sale"], tender={"kind": "cash"})
        self.assertEqual(100200, paid["change"]["totals"]["total"])
        granted = box.call("io.counterfoil.Journal.Read", {"limit": 1000, "kinds": ["approvalGranted"]}, SUPERVISOR)
        self.assertEqual([100], [json.loads(entry["entry"])["data"]["amount"] for entry in granted["entries"]])

    def test_what_showed_that_it_was_the_approver(self):
        """A PIN that the daemon checked, or a supervisor's Unix user, who may say any name: the record tells which."""
        box = self.box_with_two_tills()
        self.approve(box, NOBODY, proof="2468")
        self.approve(box, SUPERVISOR)
        # What a connection does not need is not looked at, so it showed nothing.
        self.approve(box, SUPERVISOR, proof="1111")
        entries = [json.loads(entry["entry"]) for entry in box.call(
            "io.counterfoil.Journal.Read", {"limit": 10, "kinds": ["approvalGranted"]}, SUPERVISOR)["entries"]]
        self.assertEqual([("chief", "pin", NOBODY), ("chief", "role", SUPERVISOR), ("chief", "role", SUPERVISOR)],
                         [(one["data"]["approver"], one["data"]["proven"], one["call"]["uid"]) for one in entries])

    def test_an_amount_outlives_a_restart(self):
        """Cash out beyond the limit: the amount that was approved holds after a start as it did before."""
        box = self.box_with_two_tills(cash_out=1000)
        cashier = self.cashier(box)
        morning.open_shift(cashier)

        def take(amount, approval=None):
            cashier.keyed("io.counterfoil.Shift.MoveCash", shift="s1", direction="out", amount=amount, reason="milk",
                          **({"approval": approval} if approval else {}))

        with self.assertRaises(VarlinkError) as asked:
            take(1500)
        self.assertEqual({"action": "cashOut", "limit": 1000, "asked": 1500, "amount": 1500}, asked.exception.parameters)
        approval = self.approve(box, SUPERVISOR, action="cashOut", amount=1500)
        box.stop()
        box.start()
        with self.assertRaises(VarlinkError) as refused:
            take(1501, approval)
        self.assertEqual({"approval": approval, "why": "amount", "amount": 1501, "approved": 1500},
                         refused.exception.parameters)
        take(1500, approval)
        self.assertEqual(0, settle.run_reader(box.journal_folder(), "--quiet").returncode)

    def test_a_slow_proof_delays_nobody_else(self):
        """While a PIN is checked others are answered; the connection that asked gets its answers in order."""
        box = self.box_with_two_tills(rounds=8_000_000)
        with box.connect(CASHIER) as asks, box.connect(NOBODY) as other, box.connect(CASHIER) as again:
            other.call(SYSTEM + "Hello", {"application": "o", "version": "1"})
            asks.send(SYSTEM + "SignIn", {"operator": "chief", "proof": "2468"})
            asks.send(SYSTEM + "Hello", {"application": "a", "version": "1"})
            other.call(SYSTEM + "Status")
            # One check at a time of one user for one operator: this is answered first, so the proof is under way.
            with self.assertRaises(VarlinkError) as refused:
                again.call(SYSTEM + "SignIn", {"operator": "chief", "proof": "2468"})
            self.assertEqual("Busy", refused.exception.short)
            self.assertEqual("selling", other.call(SYSTEM + "Status")["mode"])
            self.assertEqual([], select.select([asks.socket], [], [], 0)[0], "the check is not over yet")
            self.assertIn("approve", asks.receive()[0]["rights"])
            self.assertIn("interfaces", asks.receive()[0])

    def test_the_named_setting_can_be_pasted(self):
        """What PermissionDenied names is what the configuration takes."""
        box = self.box()
        with self.assertRaises(VarlinkError) as refused:
            box.call("io.counterfoil.Journal.Read", {"limit": 1}, CASHIER)
        setting = refused.exception.parameters["setting"]
        self.assertEqual(
            {"role": [{"role": "auditor", "users": [CASHIER]}]}, tomllib.loads(setting))
        box.stop()
        with open(box.configuration, "a", encoding="utf-8") as file:
            file.write("\n" + setting)
        box.start()
        self.assertEqual("selling", box.call(SYSTEM + "Status")["mode"])

    def test_a_missing_key_is_told(self):
        """Without its signing key a box sells, and Status says what is missing."""
        box = self.box()
        codes = [wait["code"] for wait in box.call(SYSTEM + "Status")["waits"]]
        self.assertNotIn("keyMissing", codes)
        box.stop()
        for folder, _, files in os.walk(box.folder):
            if "journal.key" in files:
                os.remove(os.path.join(folder, "journal.key"))
        status = box.start().call(SYSTEM + "Status")
        self.assertEqual("selling", status["mode"])
        self.assertIn("keyMissing", [wait["code"] for wait in status["waits"]])

    def test_the_key_may_be_a_credential(self):
        """The key comes from the service manager's folder when it is there, and signs."""
        box = self.box()
        box.stop()
        key = os.path.join(box.state, "keys", "journal.key")
        with tempfile.TemporaryDirectory(dir=box.folder) as credentials:
            os.chmod(credentials, 0o755)
            os.rename(key, os.path.join(credentials, "journal.key"))
            os.chmod(os.path.join(credentials, "journal.key"), 0o644)
            status = box.start({"CREDENTIALS_DIRECTORY": credentials}).call(SYSTEM + "Status")
        self.assertEqual("selling", status["mode"])
        self.assertNotIn("keyMissing", [wait["code"] for wait in status["waits"]])

    def test_a_credential_of_another_journal_signs_nothing(self):
        """It goes before the key file; a key that is not the journal's is refused before anything is written."""
        box = self.box()
        morning.open_shift(self.cashier(box))
        self.assertEqual(0, box.stop())
        before = {path: os.path.getsize(path) for path in box.segments()}
        with tempfile.TemporaryDirectory(dir=box.folder) as credentials:
            os.chmod(credentials, 0o755)
            with open(os.path.join(credentials, "journal.key"), "w", encoding="ascii") as file:
                file.write("07" * 32 + "\n")
            os.chmod(file.name, 0o644)
            status = box.start({"CREDENTIALS_DIRECTORY": credentials}).call(SYSTEM + "Status")
            self.assertEqual("locked", status["mode"])
            self.assertIn("journalForeign", status["reasons"])
            box.stop()
        self.assertEqual(before, {path: os.path.getsize(path) for path in box.segments()})
        self.assertEqual("selling", box.start().call(SYSTEM + "Status")["mode"])


if __name__ == "__main__":
    unittest.main()
