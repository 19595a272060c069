"""Goods for goods, and goods of another box: what is paid is the difference, and the entry says what was shown."""

import unittest

import morning
from cashier import goods
from harness import BoxTest
from varlink_client import VarlinkError

SALE, SHIFT, SYSTEM = "io.counterfoil.Sale.", "io.counterfoil.Shift.", "io.counterfoil.System."


class Exchanges(BoxTest):

    def setUp(self):
        self.daemon = self.box()
        self.app = self.cashier(self.daemon)
        self.shift = morning.open_shift(self.app, opening=20000)

    def ring(self, price, quantity=1000):
        return self.app.keyed(SALE + "Ring", lane="lane-1", lines=[goods("面", price, quantity)], tender={"kind": "cash"})[
            "change"]["stub"]["stub"]

    def back(self, stub, quantity=-1000, **more):
        return goods("面", 0, quantity, original={"reference": {"stub": stub}, "line": "1"}, **more)

    def exchange(self, lines, tender):
        sale = self.app.keyed(SALE + "Open", lane="lane-1", kind="exchange", lines=lines)["change"]["sale"]
        due = self.app.keyed(SALE + "Total", sale=sale)["change"]["totals"]["due"]
        answer = self.app.keyed(SALE + "AddTender", sale=sale, tender=tender)
        return due, answer["change"]["stub"]["stub"], answer["tender"]["approved"]

    def test_both_directions(self):
        """Dearer, cheaper, and as dear; the old bill is found by the index, too."""
        old = self.ring(1000, 3000)
        self.assertEqual(
            (500, "2", 500), self.exchange([self.back(old), goods("酒", 1500)], {"kind": "cash"}))
        self.app.close()
        self.assertEqual(0, self.daemon.stop())
        self.daemon.start()
        self.assertEqual(
            (-400, "3", -400), self.exchange([self.back(old), goods("茶", 600)], {"kind": "cash"}))
        external = {"kind": "external", "provider": "pos-1", "result": {"outcome": "yes"}}
        self.assertEqual(
            (800, "4", 800), self.exchange([self.back(old), goods("酒", 1800)], external))
        with self.assertRaises(VarlinkError) as refused:
            self.exchange([self.back(old), goods("茶", 600)], {"kind": "cash"})
        self.assertEqual("OverReturn", refused.exception.short)
        # What went out in an exchange comes back like anything else; a correction of one is refused.
        self.assertEqual((-600, "5", -600), self.exchange([self.back_line("3", "2")], {"kind": "cash"}))
        with self.assertRaises(VarlinkError) as refused:
            self.app.keyed(SALE + "Open", lane="lane-1", kind="correction", corrects={"stub": "2"})
        self.assertEqual("correction", refused.exception.parameters["rule"])
        closed = self.app.keyed(SHIFT + "Close", shift=self.shift, carryParked=False, counts=[
            {"kind": "cash", "currency": "CNY", "amount": 20000 + 3000 + 500 - 400 - 600}])
        self.assertEqual([0], [row["amount"] for row in closed["difference"] if row["kind"] == "cash"])
        totals = self.app.keyed(SHIFT + "CloseDay")["report"]["totals"]
        self.assertEqual((3000 + 500 - 400 + 800 - 600, 3), (totals["total"], totals["sales"]["count"]))

    def back_line(self, stub, line):
        return goods("茶", 0, -1000, original={"reference": {"stub": stub}, "line": line})

    def test_goods_of_another_box(self):
        """This box cannot look the stub up: it asks for a second person, and the line says that nothing was proven."""
        line = goods("面", 700, -1000, original={
            "reference": {"stub": "12", "box": "shop-0042/till-02"}, "line": "1", "proof": "none"})
        open_return = lambda **more: self.app.keyed(SALE + "Open", lane="lane-1", kind="return", lines=[line], **more)
        with self.assertRaises(VarlinkError) as refused:
            open_return()
        self.assertEqual({"action": "returnWithoutOriginal", "amount": 700}, {
            name: refused.exception.parameters[name] for name in ("action", "amount")})
        with self.assertRaises(VarlinkError) as local:
            self.app.keyed(SALE + "Open", lane="lane-1", kind="return", lines=[{
                **line, "original": {**line["original"], "proof": "local"}}])
        self.assertEqual("OriginalNotHere", local.exception.short)
        approval = self.daemon.approve("returnWithoutOriginal", "lane-1", amount=700)
        sale = open_return(approval=approval)["change"]["sale"]
        self.app.keyed(SALE + "Total", sale=sale)
        self.app.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
        sealed = self.daemon.entries("stubSealed")[-1]["data"]
        original = sealed["lines"][0]["input"]["original"]
        self.assertEqual(("none", "shop-0042/till-02", "12"), (
            original["proof"], original["reference"]["box"], original["reference"]["stub"]))
        self.assertEqual(approval, sealed["lines"][0]["approval"])


if __name__ == "__main__":
    unittest.main()
