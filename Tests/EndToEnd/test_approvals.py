"""Whose an approval is, and what a refused user is told."""
import hashlib
import json
import os
import select
import tomllib
import unittest

from box import CASHIER, NOBODY, SUPERVISOR, key
from harness import BoxTest
from varlink_client import VarlinkError

SYSTEM, DRAWER = "io.counterfoil.System.", "io.counterfoil.Drawer."


class Approvals(BoxTest):
    def box_with_two_tills(self, rounds=200000):
        """Two programs of two users may sell; operator `chief` approves with the PIN 2468."""
        box = self.box(start=False, settings={"limits": {"no_sale_needs_approval": True}})
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


if __name__ == "__main__":
    unittest.main()
