"""A whole morning, and what power cuts and dying apps make of it."""

import os
import re
import subprocess
import unittest

import morning
import settle
from box import CASHIER, ROOT
from cashier import Cashier
from harness import BoxTest
from varlink_client import Connection

PRINTER = "io.counterfoil.Printer."
SALE = "io.counterfoil.Sale."


class ForgetfulApp(Cashier):
    """An app that is killed after every call, before it reads the answer: the next one asks again with the same key."""

    def persist(self, method, parameters):
        self.connected()
        with Connection(self.path, uid=self.uid) as doomed:
            doomed.send(method, parameters)
        return super().persist(method, parameters)


class Morning(BoxTest):

    def test_a_morning(self):
        """Shift, sales, a void, a return, receipts, Z: books, paper, keys and journal agree."""
        box = self.box()
        cashier = self.cashier(box)
        books, closed, day = morning.play(cashier)
        self.assertEqual([0], [count["amount"] for count in closed["difference"] if count["kind"] == "cash"])
        self.assertEqual(1, day["number"])
        self.assertEqual([], settle.check_tenders(closed, day, books))
        self.assert_settled(box, cashier, books, day)

    def test_an_app_that_dies_between_every_call_and_its_answer(self):
        """Each call is sent by an app that is gone before the answer; the next app gets it by the same key."""
        box = self.box()
        cashier = ForgetfulApp(box.control, "lane-1", CASHIER, name="forgetful")
        self.addCleanup(cashier.close)
        books, _, day = morning.play(cashier)
        self.assert_settled(box, cashier, books, day)

    def test_power_cut_between_the_money_and_the_paper(self):
        """The money is on record, the receipt is owed: listed after the restart, printed once on request, unmarked."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        address = box.printers["lane-1"].address
        box.stop_printer("lane-1")
        stub = morning.ring(cashier, books, [morning.WATER])
        box.kill()
        box.restart_printer("lane-1", address)
        box.start()
        jobs = cashier.read(PRINTER + "Jobs", {"unfinished": True})["jobs"]
        self.assertEqual(["request"], [job.get("needs") for job in jobs])
        self.assertEqual(0, jobs[0]["ordinal"])
        self.assertEqual(1, cashier.read("io.counterfoil.System.Status")["receiptsOwed"])
        self.assertEqual(1, settle.settle_prints(box, cashier))
        self.assertEqual([], settle.check_paper(box.paper(), books.numbers, books.stubs))
        self.assertEqual(1, len([s for s in settle.receipts(box.paper()) if settle.stub_on(s, [stub["stub"]])]))

    def test_kill_and_restart_between_all_sales(self):
        """kill -9 five times in a row between sales changes nothing that was answered."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        for _ in range(5):
            morning.ring(cashier, books, [morning.WATER, morning.APPLES])
            box.kill()
        settle.settle_prints(box, cashier)
        self.assertEqual([], settle.check_books(cashier, books) + settle.check_keys(cashier))
        self.assertEqual([], settle.check_paper(box.paper(), books.numbers, books.stubs))

    def test_a_day_of_one_thousand_lines(self):
        """1,110 lines, some of them returns of an earlier sale, in one sale with its receipt; all of it comes back."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        earlier = morning.ring(cashier, books, [{**morning.WATER, "quantity": 10000}])
        returnable = cashier.read(SALE + "Returnable", {"stub": {"stub": earlier["stub"]}})["lines"][0]["line"]
        back = {**morning.WATER, "quantity": -1000,
                "original": {"reference": {"stub": earlier["stub"]}, "line": returnable}}
        lines = [{**morning.NOODLES, "name": f"商品 {index:04d}", "unitPrice": 100 + index} for index in range(1105)]
        lines += [dict(back) for _ in range(5)]
        stub = morning.whole_sale(cashier, books, "exchange", lines)
        settle.settle_prints(box, cashier)
        found = cashier.read(SALE + "Get", {"stub": {"stub": stub["stub"]}})
        self.assertEqual(1110, len(found["lines"]))
        slip = next(s for s in settle.receipts(box.paper()) if settle.stub_on(s, [stub["stub"]]))
        self.assertEqual(1105, sum("商品" in line for line in slip.splitlines()))
        left = cashier.read(SALE + "Returnable", {"stub": {"stub": earlier["stub"]}})["lines"][0]
        self.assertEqual(5000, left["quantity"])
        box.kill()
        box.start()
        self.assertEqual([], settle.check_books(cashier, books) + settle.check_keys(cashier))

    def test_readme_app_survives_a_restart(self):
        """The Python program in README sells and prints, with the daemon killed in between."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as page:
            text = re.search(r"```python[^\n]*\n(.*?)```", page.read(), re.S)[1]
        self.assertLessEqual(len(text.splitlines()), 30)
        path = os.path.join(box.folder, "app.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        app = subprocess.Popen(["/usr/bin/python3", "-u", path, box.control], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, user=CASHIER, group=CASHIER, extra_groups=[os.stat(box.control).st_gid])
        said = [app.stdout.readline()]  # it is at work: now the daemon dies under it
        box.kill()
        box.start()
        said += app.communicate(timeout=60)[0].splitlines(True)
        self.assertEqual(0, app.returncode, "".join(said))
        settle.settle_prints(box, cashier)
        self.assertTrue(settle.receipts(box.paper()), "".join(said))


if __name__ == "__main__":
    unittest.main()
