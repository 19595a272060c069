"""What every end-to-end test stands on: a box with virtual devices, a cashier, and a log that is shown when it fails."""

import sys
import unittest

import settle
from box import CASHIER, Box
from cashier import Cashier


class BoxTest(unittest.TestCase):
    """Makes boxes that are closed after the test, and shows a daemon's log when the test failed."""

    maxDiff = None

    def box(self, start=True, **options):
        box = Box(**options)
        self.addCleanup(box.close)
        self.addCleanup(self.show_log, box)
        box.write_configuration()
        box.init()
        return box.start() if start else box

    def cashier(self, box, lane="lane-1", name="test", uid=CASHIER):
        def revive():
            while not box.alive():
                box.start()
        cashier = Cashier(box.control, lane, uid, name=name, revive=revive)
        self.addCleanup(cashier.close)
        return cashier

    def show_log(self, box):
        failed = any(error for _, error in getattr(self._outcome, "errors", [])) or not getattr(
            self._outcome, "success", True)
        if failed:
            print(f"---- counterfoild said:\n{box.log()[-3000:]}\n----", file=sys.stdout)

    def assert_settled(self, box, cashier, books, day):
        """The books, the paper, the keys and the journal agree."""
        settle.settle_prints(box, cashier)
        problems = settle.check_books(cashier, books) + settle.check_report(day, books) + settle.check_keys(cashier)
        problems += settle.check_paper(box.paper(cashier.lane), books.numbers, books.stubs)
        problems += settle.check_reports(box.paper(cashier.lane))
        cashier.close()
        self.assertEqual(0, box.stop(), box.log()[-500:])
        problems += settle.check_journal(box, cashier, books)
        self.assertEqual([], problems)
