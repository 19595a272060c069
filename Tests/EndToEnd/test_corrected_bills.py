"""反结账: a finished bill is replaced by a new one, and of the money only the difference moves."""

import contextlib
import json
import os
import subprocess
import unittest

import morning
import settle
from box import CASHIER, SUPERVISOR, program
from cashier import goods
from harness import BoxTest
from varlink_client import VarlinkError, wait_until

SALE, SHIFT, SYSTEM = "io.counterfoil.Sale.", "io.counterfoil.Shift.", "io.counterfoil.System."
READER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "journal_reader", "journal_reader.py")


class CorrectedBills(BoxTest):

    def setUp(self):
        self.daemon = self.box(start=False)
        self.daemon.start_provider(script="approve")
        self.daemon.write_configuration()
        self.daemon.start()
        self.app = self.cashier(self.daemon)
        self.shift = morning.open_shift(self.app, opening=20000)

    def ring(self, price, **tender):
        answer = self.app.keyed(SALE + "Ring", lane="lane-1", lines=[goods("面", price), goods("茶", 250)], tender=tender)
        return answer["change"]["stub"]["stub"]

    def approve(self, stub, amount):
        return self.daemon.approve("correctSale", stub, amount=amount, reason="wrong dish")

    def open(self, stub, total, lines=()):
        """The first line stays as it was."""
        kept = {"name": "-", "quantity": 1000, "unitPrice": 0, "taxes": [],
                "original": {"reference": {"stub": stub}, "line": "1"}}
        return self.app.keyed(
            SALE + "Open", lane="lane-1", kind="correction", corrects={"stub": stub}, lines=[kept, *lines],
            approval=self.approve(stub, total))["change"]["sale"]

    def correct(self, stub, total, lines=(), **tender):
        sale = self.open(stub, total, lines)
        answer = self.app.keyed(SALE + "Total", sale=sale)
        if not answer["change"].get("stub"):
            answer = self.app.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash", **tender})
        return answer["change"]["stub"]["stub"]

    def refusal(self, method, **parameters):
        with self.assertRaises(VarlinkError) as refused:
            self.app.keyed(SALE + method, **parameters)
        return refused.exception.parameters.get("rule", refused.exception.short)

    def restart(self, clean=False):
        """A kill, or a clean stop, which also seals the segment: what was is then found by the index."""
        self.app.close()
        if clean:
            self.assertEqual(0, self.daemon.stop())
        else:
            self.daemon.kill()
        self.daemon.start()

    def take_up(self, sale):
        """A restart parks what it finds open when the clock is doubtful."""
        if self.app.read(SALE + "Get", {"sale": sale})["sale"]["parked"]:
            self.app.take_up(sale)

    def report(self):
        return self.app.read(SHIFT + "Report", {})["report"]

    def rows(self, report):
        return {(row["kind"], row.get("provider")): row["amount"] for row in report["totals"]["tenders"] if row["amount"]}

    def orders(self):
        return [line["what"] for line in self.daemon.ledger()]

    def close_all(self, cash, total, rows):
        """Drawer, Z and the second reader of the journal agree with what was told."""
        closed = self.app.keyed(SHIFT + "Close", shift=self.shift, carryParked=False, counts=[
            {"kind": "cash", "currency": "CNY", "amount": cash}])
        self.assertEqual([0], [row["amount"] for row in closed["difference"] if row["kind"] == "cash"])
        day = self.app.keyed(SHIFT + "CloseDay")["report"]
        self.assertEqual((total, rows), (day["totals"]["total"], self.rows(day)))
        self.app.close()
        self.assertEqual(0, self.daemon.stop())
        listed = subprocess.run(["python3", READER, self.daemon.journal_folder()], capture_output=True, text=True)
        self.assertEqual(0, listed.returncode, listed.stderr)
        return day

    def test_up_down_and_even(self):
        """Each after a restart, the middle one by a clean stop: the old bill is then found by the index."""
        first = self.ring(1000, kind="cash", tendered=2000)
        self.restart()
        up = self.correct(first, 1250, [goods("酒", 900)])
        self.restart(clean=True)
        down = self.correct(up, 1900, [goods("水", 100)])
        self.restart()
        even = self.correct(down, 1100, [goods("汁", 100)])
        for old, new in ((first, up), (up, down), (down, even)):
            found = self.app.read(SALE + "Get", {"stub": {"stub": old}})
            self.assertEqual(new, found["correctedBy"]["stub"])
            self.assertEqual([new], [later["stub"] for later in found["later"]])
            left = self.app.read(SALE + "Returnable", {"stub": {"stub": old}})["lines"]
            self.assertEqual({0}, {line["quantity"] for line in left} or {0})
        found = self.app.read(SALE + "Get", {"stub": {"stub": even}})
        self.assertEqual((down, "correction"), (found["sale"]["corrects"]["stub"], found["sale"]["kind"]))
        tenders = [(one["kind"], one["approved"], one["carriedFrom"]["stub"], one["carried"]["tender"])
                   for one in found["tenders"]]
        self.assertEqual(
            [("carried", 1250, first, "t1"), ("carried", 650, up, "t2"), ("carried", -800, down, "t3")], tenders)
        self.assertIsNone(found.get("correctedBy"))
        self.assertEqual("correction", self.refusal("Open", kind="correction", corrects={"stub": first}, lane="lane-1"))
        totals = self.report()["totals"]
        self.assertEqual({"count": 3, "amount": -150}, totals["corrections"])
        self.assertEqual({"count": 1, "amount": 1250}, totals["sales"])
        self.close_all(21100, 1100, {("cash", None): 1100})

    def test_the_old_bill_is_marked(self):
        """The new slip names the old number and its payments; a reprint of the old one says who replaced it."""
        old = self.ring(1000, kind="external", provider="pos-1", result={"outcome": "yes", "reference": "A7"})
        new = self.correct(old, 1250, [goods("茶", 250)])
        wait_until(lambda: "更正单" in self.daemon.paper(), "the new slip")
        slip = next(piece for piece in settle.CUT.split(self.daemon.paper()) if "更正单" in piece)
        self.assertRegex(slip, rf"原单 \S+ {old}\b")
        self.assertRegex(slip, r"原单支付 pos-1 +[¥￥]12\.50")
        self.assertEqual(1, slip.count("原单 "), "the old bill is named once")
        self.restart()
        self.app.keyed(SALE + "Deliver", stub={"stub": old}, channel="paper", document="receipt")
        wait_until(lambda: f"已被单号 {new} 更正" in self.daemon.paper(), "the mark on the old slip", 30)
        self.assertEqual("correction", self.refusal(
            "Open", lane="lane-1", kind="return", lines=[goods("面", 0, -1000, original={
                "reference": {"stub": old}, "line": "1"})]))
        back = self.app.keyed(SALE + "Open", lane="lane-1", kind="return", lines=[goods("面", 0, -1000, original={
            "reference": {"stub": new}, "line": "1"})])
        self.assertEqual(-1000, back["change"]["totals"]["total"])

    def test_a_wallet_is_not_asked_again(self):
        """What a provider took stays with it: the correction names its order, and only the difference moves."""
        sale = self.app.totalled([goods("面", 1000), goods("茶", 250)])
        self.app.keyed(SALE + "AddTender", sale=sale, tender={
            "kind": "provider", "provider": "wallet", "code": "134567890123456789"})
        get = lambda: self.app.read(SALE + "Get", {"sale": sale})
        wait_until(lambda: get()["sale"]["state"] == "completed", "the wallet pays", 60)
        old, number = get()["sale"]["stub"]["stub"], get()["tenders"][0]["number"]
        before = self.orders()
        new = self.correct(old, 1250)
        self.assertEqual(before, self.orders(), "the provider was asked for something")
        tenders = self.app.read(SALE + "Get", {"stub": {"stub": new}})["tenders"]
        self.assertEqual({"tender": "t1", "kind": "provider", "provider": "wallet", "number": number}, {
            name: value for name, value in tenders[0]["carried"].items() if value is not None})
        self.assertEqual(("cash", -250), (tenders[1]["kind"], tenders[1]["approved"]))
        self.restart()
        # What comes back later goes back through the wallet, by the order that took it.
        lines = [goods("面", 0, -1000, original={"reference": {"stub": new}, "line": "1"})]
        back = self.app.totalled(lines, kind="return")
        self.app.keyed(SALE + "AddTender", sale=back, tender={"kind": "provider"})
        wait_until(lambda: self.app.read(SALE + "Get", {"sale": back})["sale"]["state"] == "completed", "the refund", 60)
        refund = self.daemon.entries("tenderIntended")[-1]["data"]["tender"]["course"]["refund"]
        self.assertEqual((number, old, "t1", 1250), (
            refund["number"], refund["stub"]["stub"], refund["tender"], refund["total"]))
        self.close_all(19750, 0, {("provider", "wallet"): 250, ("cash", None): -250})

    def test_what_comes_before_and_between(self):
        """Reserved while it is open, over kills too; refused after a return; given back by Reopen and Void."""
        old = self.ring(1000, kind="cash")
        self.assertEqual("ApprovalRequired", self.refusal(
            "Open", kind="correction", corrects={"stub": old}, lane="lane-1"))
        sale = self.open(old, 1250)
        self.restart()
        back = [goods("面", 0, -1000, original={"reference": {"stub": old}, "line": "1"})]
        self.assertEqual("correction", self.refusal("Open", lane="lane-1", kind="return", lines=back))
        self.take_up(sale)
        answer = self.app.keyed(SALE + "Total", sale=sale)
        self.assertEqual((-250, ["carried"]), (
            answer["change"]["totals"]["due"], [tender["kind"] for tender in answer["tenders"]]))
        self.restart()
        self.take_up(sale)
        self.app.keyed(SALE + "Reopen", sale=sale)
        self.app.keyed(SALE + "Total", sale=sale)
        revision = self.app.read(SALE + "Get", {"sale": sale})["sale"]["revision"]
        void = {"sale": sale, "reason": "mistake"}
        with contextlib.suppress(VarlinkError):
            void["approval"] = self.daemon.approve("voidTotalled", sale, amount=1000, revision=revision)
        self.app.keyed(SALE + "Void", **void)
        returned = self.app.keyed(SALE + "Open", lane="lane-1", kind="return", lines=back)["change"]["sale"]
        self.assertEqual("correction", self.refusal(
            "Open", kind="correction", corrects={"stub": old}, lane="lane-1", approval=self.approve(old, 1250)))
        self.app.keyed(SALE + "Total", sale=returned)
        self.app.keyed(SALE + "AddTender", sale=returned, tender={"kind": "cash"})
        self.assertEqual("correction", self.refusal(
            "Open", kind="correction", corrects={"stub": old}, lane="lane-1", approval=self.approve(old, 1250)))
        self.close_all(20250, 250, {("cash", None): 250})

    def test_by_hand(self):
        """`sale correct` asks for its approval by name; `sale get` and the report show what was done."""
        stub = self.ring(1000, kind="cash")
        os.chmod(self.daemon.configuration, 0o644)

        def command(uid, *arguments, language="C"):
            return subprocess.run(
                [program("counterfoil"), *arguments, "--config", self.daemon.configuration], stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=30, user=uid, group=uid,
                extra_groups=[os.stat(self.daemon.control).st_gid],
                env={"LANG": language, "TERM": "xterm", "TZ": "Asia/Shanghai", "PATH": "/usr/bin:/bin"})
        correct = ("sale", "correct", stub, "--keep", "1", "--line", "Wine,9.00")
        refused = command(CASHIER, *correct)
        self.assertEqual(1, refused.returncode)
        self.assertIn("counterfoil approve correctSale STUB --amount 12.50", refused.stderr)
        approved = command(SUPERVISOR, "approve", "correctSale", stub, "--amount", "12.50", "--operator", "09",
                           "--reason", "wrong dish", "--json")
        self.assertEqual(0, approved.returncode, approved.stderr)
        done = command(CASHIER, *correct, "--approval", json.loads(approved.stdout)["approval"])
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertRegex(done.stdout, r"stub 2  replaces 1  total 19\.00\ntaken 6\.50")
        self.assertIn("replaced by stub 2", command(CASHIER, "sale", "get", "1").stdout)
        self.assertIn("已被存根更正 2", command(CASHIER, "sale", "get", "1", language="zh_CN.UTF-8").stdout)
        self.assertRegex(command(CASHIER, "sale", "get", "2").stdout, r"replaces stub 1[\s\S]*carried.*\(stub 1\).*12\.50")
        self.assertRegex(command(CASHIER, "shift", "report").stdout, r"corrected bills +1 +6\.50")
        again = command(CASHIER, "sale", "correct", stub, "--keep", "1")
        self.assertEqual(1, again.returncode)
        self.assertIn("2", again.stderr)
        self.assertEqual(64, command(CASHIER, "sale", "correct", "2").returncode)


class RoundedBills(BoxTest):

    def test_the_cash_that_moves_is_said(self):
        """Where cash is rounded the money that moves is not the difference of the totals; and a key may be 64 long."""
        box = self.box(settings={"cash": {"step": 10}})
        os.chmod(box.configuration, 0o644)
        app = self.cashier(box)
        morning.open_shift(app, opening=20000)

        def command(*arguments, language="C"):
            return subprocess.run(
                [program("counterfoil"), *arguments, "--config", box.configuration], stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=30, user=CASHIER, group=CASHIER,
                extra_groups=[os.stat(box.control).st_gid], env={"LANG": language, "PATH": "/usr/bin:/bin"})
        rung = command("sale", "ring", "--line", "Tea,3.53", "--line", "Wine,13.39", "--cash", "17.00").stdout
        self.assertIn("total 16.92  cash rounding -0.02  to pay 16.90  change 0.10", rung)
        self.assertIn("现金取整 0.02  应付 3.50", command("sale", "ring", "--line", "Tea,3.48", language="zh_CN").stdout)
        self.assertIn("total 3.50  change 0.00", command("sale", "ring", "--line", "Tea,3.50").stdout)
        given = "k" * 64
        approval = box.approve("correctSale", "1", amount=1692, reason="wrong dish")
        correct = ("sale", "correct", "1", "--keep", "1", "--line", "Bun,7.11", "--approval", approval, "--key", given)
        done = command(*correct)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertRegex(done.stdout, r"stub 4  replaces 1  total 10\.64  cash rounding .*\npaid out 6\.\d0\n")
        moved = app.read(SALE + "Get", {"stub": {"stub": "4"}})["tenders"][-1]["approved"]
        self.assertIn(f"paid out {-moved / 100:.2f}\n", done.stdout)
        self.assertEqual(done.stdout, command(*correct).stdout)


if __name__ == "__main__":
    unittest.main()
