"""Two lanes with a scanner, a printer and an app each, at the same time."""

import threading
import unittest

import morning
import settle
from cashier import goods
from harness import BoxTest
from varlink_client import wait_until

SALES_EACH = 20
CODES = {"lane-1": "6921168509256", "lane-2": "6903252002501"}


class Lanes(BoxTest):

    def sell_what_is_scanned(self, box, lane, outcome):
        """An app: listens to its lane's scanner, rings up what it hears."""
        try:
            cashier = self.cashier(box, lane=lane, name=f"app-{lane}")
            books = morning.Books()
            shift = morning.open_shift(cashier, operator=lane)
            with box.connect() as claim:
                claim.send("io.counterfoil.Scanner.Read", {"lane": lane}, more=True)
                claim.receive()  # what is now; from here on every scan is ours
                for number in range(SALES_EACH):
                    box.scan(lane, CODES[lane])
                    heard = []
                    while not heard:
                        heard = claim.receive()[0]["scans"]
                    self.assertEqual([CODES[lane]], [scan["data"] for scan in heard])
                    self.assertEqual([lane], [scan["lane"] for scan in heard])
                    morning.ring(cashier, books, [goods(f"{lane} 商品", 100 + number, code=heard[0]["data"])])
            outcome[lane] = (cashier, books, shift)
        except BaseException as error:  # shown by the test, which a thread cannot fail itself
            outcome[lane] = error

    def test_two_apps_on_two_lanes_with_two_scanners(self):
        """Each app hears its own scanner only; each lane's printer prints its own sales; numbers stay dense."""
        box = self.box(lanes=("lane-1", "lane-2"), scanners=True)

        def listen():
            devices = box.call("io.counterfoil.Device.List", {"all": False})["devices"]
            return all(device["power"] == 2001 for device in devices if device["class"] == "scanner")
        wait_until(listen, "the scanners")  # what is scanned before the line is open, nobody can have
        outcome = {}
        threads = [threading.Thread(target=self.sell_what_is_scanned, args=(box, lane, outcome)) for lane in CODES]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for lane in CODES:
            if isinstance(outcome[lane], BaseException):
                raise outcome[lane]
        numbers = []
        for lane, (cashier, books, _) in outcome.items():
            settle.settle_prints(box, cashier)
            self.assertEqual([], settle.check_keys(cashier))
            self.assertEqual([], settle.check_paper(box.paper(lane), books.numbers, books.stubs))
            numbers += [int(number) for number in books.numbers]
        self.assertEqual(list(range(min(numbers), min(numbers) + 2 * SALES_EACH)), sorted(numbers))
        day_sum = sum(sum(books.stubs.values()) for _, books, _ in outcome.values())
        cashier = outcome["lane-1"][0]
        for _, (other, _, shift) in outcome.items():
            other.keyed(morning.SHIFT + "Close", shift=shift, carryParked=True,
                        counts=[{"kind": "cash", "currency": "CNY", "amount": 0}])
        self.assertEqual(day_sum, cashier.keyed(morning.SHIFT + "CloseDay")["report"]["totals"]["total"])


if __name__ == "__main__":
    unittest.main()
