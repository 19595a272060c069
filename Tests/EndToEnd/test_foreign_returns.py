"""A stub of another box comes back here, on the signed proof of its journal; the entry says whose."""

import base64
import os
import subprocess
import unittest

import morning
import other_box
from box import CASHIER, SUPERVISOR, key, program
from cashier import goods
from harness import BoxTest
from other_box import ORIGIN, OtherBox
from test_epoch import rots_behind
from varlink_client import VarlinkError

SALE, SHIFT, SYSTEM = "io.counterfoil.Sale.", "io.counterfoil.Shift.", "io.counterfoil.System."
LIMIT = 3000


class ForeignReturns(BoxTest):

    def setUp(self):
        """The other box sells 3 面 and 2 茶, practises a sale, and is shut: what it knows leaves on a stick."""
        self.other = OtherBox()
        self.addCleanup(self.other.close)
        self.key = self.other.key
        self.other.start()
        app = self.cashier(self.other)
        morning.open_shift(app, opening=20000)
        self.sold = app.keyed(SALE + "Ring", lane="lane-1", lines=[goods("面", 1000, 3000), goods("茶", 600, 2000)],
                              tender={"kind": "cash"})["change"]["stub"]
        practice = self.cashier(self.other, "lane-2", "practice")
        practice.keyed(SHIFT + "Open", lane="lane-2", operator="1002", opening=[])
        trained = practice.keyed(SALE + "Ring", lane="lane-2", lines=[goods("面", 100, 1000)],
                                 tender={"kind": "cash"})["change"]["stub"]
        app.close()
        practice.close()
        self.assertEqual(0, self.other.stop())
        self.proof = self.other.taken_along(self.sold["sequence"])
        self.trained = (trained["stub"], self.other.taken_along(trained["sequence"]))
        self.own = self.box(simulators=False, settings={
            "limits": {"foreign_return_total": LIMIT}, **self.other.trust})
        self.app = self.cashier(self.own)
        self.shift = morning.open_shift(self.app, opening=20000)

    def back(self, line, quantity, proof=None, stub=None, **reference):
        return other_box.back("what the application says", stub or self.sold["stub"], line, quantity, proof, **reference)

    def open(self, *lines, **more):
        return self.app.keyed(SALE + "Open", lane="lane-1", **{"kind": "return", "lines": list(lines), **more})["change"]

    def refusal(self, *lines, **more):
        with self.assertRaises(VarlinkError) as refused:
            self.open(*lines, **more)
        error = refused.exception
        return error.parameters["rule"] if error.short == "Refused" else error.short

    def pay_out(self, sale, **tender):
        self.app.keyed(SALE + "Total", sale=sale)
        return self.app.keyed(SALE + "AddTender", sale=sale, tender=tender or {"kind": "cash"})

    def left(self):
        answer = self.app.read(SALE + "Returnable", {
            "stub": {"box": ORIGIN, "stub": self.sold["stub"]}, "stubProof": self.proof})
        self.assertEqual(("signature", [], ORIGIN), (answer["proof"], answer["tenders"], answer["stub"]["box"]))
        return [(line["line"], line["quantity"], line["amount"]) for line in answer["lines"]]

    def test_a_proof_is_enough_up_to_the_limit(self):
        """Both lines on one proof; the entry says whose; a restart and a power cut forget nothing of it."""
        # This box sells a stub of the same number first: another one.
        own = self.app.keyed(SALE + "Ring", lane="lane-1", lines=[goods("面", 500, 1000)], tender={"kind": "cash"})[
            "change"]["stub"]
        self.assertEqual(self.sold["stub"], own["stub"])
        self.assertEqual([("1", 3000, 3000), ("2", 2000, 1200)], self.left())
        change = self.open(self.back("1", 1000, self.proof), self.back("2", 1000))
        self.assertEqual(-1600, change["totals"]["total"])
        paid = self.pay_out(change["sale"])
        self.assertEqual(-1600, paid["tender"]["approved"])
        line = self.app.read(SALE + "Get", {"stub": {"stub": paid["change"]["stub"]["stub"]}})["lines"][0]
        self.assertEqual(("面", "signature", self.key, None), (
            line["input"]["name"], line["input"]["original"]["proof"], line["input"]["original"]["provenBy"],
            line["input"]["original"]["reference"].get("epoch")))
        entry = self.own.entries("stubSealed")[-1]["data"]["lines"][1]["input"]["original"]
        self.assertEqual(
            {"line": "2", "proof": "signature", "provenBy": self.key, "reference": {
                "box": ORIGIN, "stub": self.sold["stub"], "sequence": self.sold["sequence"], "hash": self.sold["hash"]}},
            entry)
        # The stub of this box with the same number was not touched.
        mine = self.app.read(SALE + "Get", {"stub": {"stub": own["stub"]}})
        self.assertEqual([], mine["later"])
        self.assertEqual([1000], [one["quantity"] for one in self.app.read(
            SALE + "Returnable", {"stub": {"stub": own["stub"]}})["lines"]])
        self.app.close()
        self.assertEqual(0, self.own.stop())
        self.own.start()
        self.assertEqual([("1", 2000, 2000), ("2", 1000, 600)], self.left())
        change = self.open(self.back("1", 2000, self.proof))
        # What an open sale holds is gone, too, also behind a power cut.
        self.app.close()
        self.own.kill()
        self.own.start()
        self.assertEqual("OverReturn", self.refusal(self.back("1", 1, self.proof)))
        self.app.take_up(change["sale"])
        self.pay_out(change["sale"])
        self.assertEqual("OverReturn", self.refusal(self.back("1", 1, self.proof)))
        self.assertEqual([("1", 0, 0), ("2", 1000, 600)], self.left())
        closed = self.app.keyed(SHIFT + "Close", shift=self.shift, carryParked=False, counts=[
            {"kind": "cash", "currency": "CNY", "amount": 20000 + 500 - 1600 - 2000}])
        self.assertEqual([0], [row["amount"] for row in closed["difference"] if row["kind"] == "cash"])

    def test_beyond_the_limit_a_person_approves_beside_the_proof(self):
        lines = self.back("1", 3000, self.proof), self.back("2", 1000)
        with self.assertRaises(VarlinkError) as refused:
            self.open(*lines)
        self.assertEqual(("ApprovalRequired", "returnTotal", LIMIT, 3600, 3600), (refused.exception.short, *(
            refused.exception.parameters[name] for name in ("action", "limit", "asked", "amount"))))
        approval = self.own.call(SYSTEM + "Approve", {
            "idempotencyKey": key("approve"), "operator": "chief", "action": "returnTotal", "subject": "lane-1",
            "reason": "till 2 was asked", "amount": 3600, "user": CASHIER}, SUPERVISOR)["approval"]
        self.pay_out(self.open(*lines, approval=approval)["sale"], kind="external", provider="pos-1",
                     result={"outcome": "yes"})
        self.assertEqual([("1", 0, 0), ("2", 1000, 600)], self.left())

    def test_an_epoch_forgets_nothing_of_it(self):
        """What the old epoch gave back of the stub, and what an open sale of it holds, is gone in the new one too, and in
        the one behind it; the limit is of one sale, as before."""
        self.pay_out(self.open(self.back("1", 1000, self.proof))["sale"])
        held = self.open(self.back("2", 1000, self.proof))["sale"]

        def lost():
            for _ in range(2):
                self.app.keyed(SALE + "Ring", lane="lane-1", lines=[goods("水", 200, 1000)], tender={"kind": "cash"})
            self.app.answers.clear()
            self.app.close()
        for epoch in (1, 2):
            rots_behind(self.own, lost)
            self.own.start()
            self.own.call("io.counterfoil.Journal.BeginEpoch", {
                "idempotencyKey": f"epoch-of-the-test-{epoch}", "reason": "the disk rotted"}, uid=SUPERVISOR)
            if epoch == 1:
                self.app.take_up(held)
                self.pay_out(held)
            self.assertEqual([("1", 2000, 2000), ("2", 1000, 600)], self.left())
            self.assertEqual("OverReturn", self.refusal(self.back("1", 2001, self.proof)))
        # All that is left is worth less than the limit; nothing of before counts towards it.
        self.pay_out(self.open(self.back("1", 2000, self.proof), self.back("2", 1000))["sale"])
        self.assertEqual([("1", 0, 0), ("2", 0, 0)], self.left())
        self.assertEqual("OverReturn", self.refusal(self.back("2", 1, self.proof)))

    def test_money_goes_back_through_no_provider(self):
        sale = self.open(self.back("1", 1000, self.proof))["sale"]
        self.app.keyed(SALE + "Total", sale=sale)
        with self.assertRaises(VarlinkError) as refused:
            self.app.keyed(SALE + "AddTender", sale=sale, tender={"kind": "provider", "provider": "wallet"})
        self.assertEqual(("OriginalNotHere", ["local"]), (refused.exception.short, refused.exception.parameters["proofs"]))
        self.app.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})

    def test_what_is_no_proof_of_this_stub(self):
        """Each refusal names its rule; nothing is recorded of any."""
        before = len(self.own.entries("saleOpened"))
        good = self.proof
        entry = good["entries"][0]
        changed = {**good, "entries": [entry.replace('"面"', '"酒"')]}
        cut = {**good, "proof": good["proof"][:-5]}
        lines = good["proof"].split("\n")
        signature = base64.b64decode(lines[-2].split(" ")[-1])
        forged = " ".join(lines[-2].split(" ")[:-1] + [base64.b64encode(signature[:-1] + bytes([signature[-1] ^ 1])).decode()])
        unsigned = {**good, "proof": "\n".join(lines[:-2] + [forged, ""])}
        shift = next(sequence for sequence in range(1, self.sold["sequence"])
                     if '"kind":"shiftOpened"' in self.other.taken_along(sequence)["entries"][0])
        for proof, rule, more in (
                (changed, "stubProof", {}), (cut, "stubProof", {}), (unsigned, "stubProof", {}),
                ({**good, "proof": "no proof"}, "stubProof", {}), ({**good, "entries": []}, "tooSmall", {}),
                ({**good, "entries": [entry] * 129}, "LimitExceeded", {}),
                ({**good, "proof": "x" * 131_073}, "LimitExceeded", {}),
                ({**good, "entries": [entry, entry]}, "stubProofOther", {}),
                (self.other.taken_along(shift), "stubProofOther", {}), (good, "stubProofOther", {"stub": "9"}),
                (good, "stubProofOther", {"box": "shop-0042/till-03"}), (good, "stubProofOther", {"box": None}),
                (good, "stubProofOther", {"sequence": 1}), (self.trained[1], "training", {"stub": self.trained[0]})):
            self.assertEqual(rule, self.refusal(self.back("1", 1000, proof, **more)), (rule, more))
        without = self.back("1", 1000, good)
        without["original"]["proof"] = "none"
        self.assertEqual("stubProof", self.refusal(without))
        self.assertEqual("original", self.refusal(self.back("7", 1000, good)))
        self.assertEqual("OriginalNotHere", self.refusal(
            self.back("1", 1000, good), kind="correction", corrects={"box": ORIGIN, "stub": self.sold["stub"]}))
        with self.assertRaises(VarlinkError) as refused:
            self.open(self.back("1", 1000))
        self.assertEqual({"box": ORIGIN, "proofs": ["signature", "none"]}, refused.exception.parameters)
        self.assertEqual(before, len(self.own.entries("saleOpened")))

    def test_a_box_that_does_not_trust_the_key(self):
        """The configuration decides: without the key the same proof is nothing; a broken key is no configuration."""
        self.app.close()
        self.assertEqual(0, self.own.stop())
        self.own.settings["trusted_box"] = []
        self.own.write_configuration()
        self.own.start()
        self.assertEqual("untrustedBox", self.refusal(self.back("1", 1000, self.proof)))
        with self.assertRaises(VarlinkError) as refused:
            self.open(self.back("1", 1000))
        self.assertEqual({"box": ORIGIN, "proofs": ["none"]}, refused.exception.parameters)
        for limits, key_text, words in (
                ({"foreign_return_total": 0}, self.key[:-4] + "AAAA", "trusted_box"),
                ({"foreign_return_total": 0}, self.key.replace("till-02", "till-01"), "trusted_box"),
                ({}, self.key, "foreign_return_total")):
            self.own.settings.update(limits=limits, trusted_box=[{"name": "till-2", "key": key_text}])
            self.own.write_configuration()
            done = self.own.command("config", "check", check=False)
            self.assertEqual(78, done.returncode)
            self.assertIn(words, done.stdout + done.stderr)
            self.assertIn(words, self.own.command("doctor", check=False).stdout)

    def sell_by_hand(self, *arguments):
        """The command line as the cashier uses it."""
        os.chmod(self.own.configuration, 0o644)
        return subprocess.run(
            [program("counterfoil"), "sale", "return", *arguments, "--config", self.own.configuration],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, user=CASHIER, group=CASHIER,
            extra_groups=[os.stat(self.own.control).st_gid],
            env={"LANG": "C", "TERM": "xterm", "TZ": "Asia/Shanghai", "PATH": "/usr/bin:/bin"})

    def test_by_the_command_line(self):
        proof, record = os.path.join(self.own.folder, "stub.tlog-proof"), os.path.join(self.own.folder, "stub.json")
        for path, text in ((proof, self.proof["proof"]), (record, self.proof["entries"][0] + "\n")):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        files = "--proof", proof, "--record", record
        self.app.keyed(SALE + "Ring", lane="lane-1", lines=[goods("水", 200, 1000)], tender={"kind": "cash"})
        self.assertIn("1  面  × 3  30.00", self.sell_by_hand("1", *files).stdout)
        out = self.sell_by_hand("1", *files, "--line", "1,2", "--line", "2,1", "--lane", "lane-1").stdout
        self.assertIn(ORIGIN, out)
        self.assertIn("26.00", out)
        self.assertIn("2  茶  × 1  6.00", self.sell_by_hand("1", *files).stdout)
        done = self.sell_by_hand("1", *files, "--line", "1,2")
        self.assertEqual(1, done.returncode)
        self.assertEqual(64, self.sell_by_hand("1", "--proof", proof).returncode)
        # A stub of this box needs no files; that it has the same number does not matter.
        self.assertIn("2.00", self.sell_by_hand("1", "--line", "1").stdout)


if __name__ == "__main__":
    unittest.main()
