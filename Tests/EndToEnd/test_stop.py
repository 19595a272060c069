"""A clean stop: whoever is connected hears that it is one, and what was decided is answered."""

import os
import signal
import threading
import unittest

import morning
from box import CASHIER
from cashier import goods
from harness import BoxTest
from varlink_client import ConnectionLost, VarlinkError

SALE = "io.counterfoil.Sale."
SYSTEM = "io.counterfoil.System."


class Stop(BoxTest):

    def stream(self, box, method, parameters):
        connection = box.connect()
        self.addCleanup(connection.close)
        connection.send(method, parameters, more=True)
        return connection

    def assert_ends(self, connection):
        """The ending itself, then the end of the connection, and nothing between."""
        with self.assertRaises(VarlinkError) as ended:
            while True:
                connection.receive()
        self.assertEqual(("NotSelling", ["shutdown"]),
                         (ended.exception.short, ended.exception.parameters["reasons"]))
        with self.assertRaises(ConnectionLost):
            connection.receive()

    def test_streams_have_an_ending(self):
        box = self.box(scanners=True)
        streams = [self.stream(box, SYSTEM + "Watch", {"topics": []}),
                   self.stream(box, "io.counterfoil.Scanner.Read", {})]
        streams[0].receive()
        box.call(SYSTEM + "Status")  # the claim of the scanner is made
        self.assertEqual(0, box.stop())
        for stream in streams:
            self.assert_ends(stream)

    def test_who_follows_a_job_hears_how_it_stands(self):
        """A sale that is paid must not end with an error: its slip waits, the sale is made."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        os.kill(box.printers["lane-1"].process.pid, signal.SIGSTOP)
        try:
            ring = self.stream(box, SALE + "Ring", {
                "idempotencyKey": cashier.fresh_key("Ring"), "lane": "lane-1", "lines": [goods("茶", 100)],
                "tender": {"kind": "cash"}})
            answer, continues = ring.receive()
            self.assertTrue(continues)
            self.assertEqual(0, box.stop())
            while continues:
                last, continues = ring.receive()
            self.assertEqual(answer["change"], last["change"])
        finally:
            os.kill(box.printers["lane-1"].process.pid, signal.SIGCONT)

    def test_what_was_sent_is_answered(self):
        """Many clients sell while the daemon is stopped: each call has its answer or an error that says that nothing was
        taken; the next start knows exactly the answered ones."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        sold, refused, odd, lock = {}, set(), [], threading.Lock()

        def sell(name):
            connection = box.connect(uid=CASHIER)
            for number in range(100_000):
                key = f"stop-{name}-{number}".ljust(16, "-")
                try:
                    answer = connection.call(SALE + "Ring", ring(key))
                    with lock:
                        sold[key] = answer["change"]["stub"]["stub"]
                except VarlinkError as error:
                    with lock:
                        refused.add(key)
                        if error.parameters.get("reasons") != ["shutdown"]:
                            odd.append(str(error))
                except (ConnectionLost, OSError):
                    return connection.close()

        def ring(key):
            return {"idempotencyKey": key, "lane": "lane-1", "lines": [goods("茶", 100)], "tender": {"kind": "cash"}}

        sellers = [threading.Thread(target=sell, args=(name,)) for name in range(8)]
        for seller in sellers:
            seller.start()
        while len(sold) < 200:
            self.assertTrue(any(seller.is_alive() for seller in sellers), odd)
        self.assertEqual(0, box.stop())
        for seller in sellers:
            seller.join(10)
        self.assertEqual([], odd)
        self.assertTrue(refused, "nobody was told of the stop")
        box.start()
        newest = max(int(stub) for stub in sold.values())
        self.assertEqual(len(sold), len(set(sold.values())))
        self.assertEqual(len(sold), newest, "a sale was made and its answer lost")
        for key in refused:
            stub = cashier.read(SALE + "Ring", ring(key))["change"]["stub"]["stub"]
            self.assertGreater(int(stub), newest, "a refused call had been carried out")


if __name__ == "__main__":
    unittest.main()
