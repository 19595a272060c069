"""The service manager's watchdog: fed while the box gets on with what it has to do, and only then."""

import os
import re
import signal
import time
import unittest

import morning
from cashier import goods
from harness import BoxTest
from held_thread import HeldThread
from varlink_client import wait_until

SALE = "io.counterfoil.Sale."
# The watch's time in these tests; the unit's is longer.
WATCH_SECONDS = 0.6
# A thread may stand still for the watch's time and one look more before it is noticed, and the test is not alone here.
NOTICED_SECONDS = 2.5 * WATCH_SECONDS


class Watchdog(BoxTest):

    def watched(self, scanners=True, **environment):
        box = self.box(start=False, scanners=scanners)
        box.start({"WATCHDOG_USEC": str(int(WATCH_SECONDS * 1e6)), **environment}, keeps_notify=True)
        self.addCleanup(box.notify.close)
        return box

    def feeds(self, box, seconds):
        return box.notify.during(seconds).count("WATCHDOG=1")

    def assert_fed(self, box, seconds=3 * WATCH_SECONDS):
        """At least twice in each of the watch's times, as the manual of sd_notify wants, and not in a frenzy."""
        wanted = int(seconds / WATCH_SECONDS * 2)
        self.assertIn(self.feeds(box, seconds), range(wanted, 2 * wanted + 2))

    def order(self, box, cashier):
        """Gives the register, the loop and the printer something to do, and waits for no answer."""
        connection = box.connect()
        self.addCleanup(connection.close)
        connection.send(SALE + "Ring", {"idempotencyKey": cashier.fresh_key("Ring"), "lane": "lane-1",
                                        "lines": [goods("茶", 100)], "tender": {"kind": "cash"}})

    def wedge(self, box, thread, words, work):
        """Holds the thread while it has nothing to do, which is no fault; with work it is one."""
        box.notify.during(1)  # what the shift left to be done is done
        held = HeldThread(box.daemon.pid, thread)
        try:
            if thread != "NIO-ELT":  # the loop is the one that is asked each time
                self.assert_fed(box)
            work()
            box.notify.during(NOTICED_SECONDS)
            self.assertEqual(0, self.feeds(box, 2 * WATCH_SECONDS), f"{thread} is wedged and the watchdog is fed")
            box.said("the watchdog is not fed")
            self.assertRegex(box.log(), re.escape(words) + r": no progress for \d+\.\d s: the watchdog is not fed")
            self.assertEqual(1, box.log().count("the watchdog is not fed"), "only what is wedged, and once")
        finally:
            held.release()
        wait_until(lambda: self.feeds(box, WATCH_SECONDS) >= 2, "the watchdog to be fed again")
        box.said(f"{words}: goes on after")
        self.assertEqual(0, box.stop())

    def ready(self, **more):
        box = self.watched(**more)
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        return box, cashier

    def test_wedged_register(self):
        box, cashier = self.ready()
        self.wedge(box, "register", "register", lambda: self.order(box, cashier))

    def test_wedged_loop(self):
        box, _ = self.ready()
        self.wedge(box, "NIO-ELT", "event loop", lambda: None)

    def test_wedged_printer(self):
        box, cashier = self.ready()
        self.wedge(box, "printer", "printer printer-lane-1", lambda: self.order(box, cashier))

    def test_wedged_effects(self):
        """The thread between register and printers."""
        box, cashier = self.ready()
        self.wedge(box, "effects", "effects", lambda: self.order(box, cashier))

    def test_wedged_scanner(self):
        box, _ = self.ready()
        held = HeldThread(box.daemon.pid, "scanner")
        try:
            self.assert_fed(box)  # it waits for a code: no fault
            box.scan("lane-1", "6901234567892")
            held.read_begins()
            box.notify.during(NOTICED_SECONDS)
            self.assertEqual(0, self.feeds(box, 2 * WATCH_SECONDS), "the scanner is wedged and the watchdog is fed")
            box.said("the watchdog is not fed")
            self.assertRegex(box.log(), r"scanner scanner-lane-1: no progress for \d+\.\d s: the watchdog is not fed")
        finally:
            held.release()
        wait_until(lambda: self.feeds(box, WATCH_SECONDS) >= 2, "the watchdog to be fed again")

    def test_idle_and_busy_boxes_are_fed(self):
        box, cashier = self.ready()
        self.assert_fed(box)
        books, end = morning.Books(), time.monotonic() + 3 * WATCH_SECONDS
        while time.monotonic() < end:
            morning.ring(cashier, books, [morning.WATER] * 20)
        fed = self.feeds(box, 0.1)
        self.assertGreaterEqual(fed, 6, "a busy box was not fed")
        self.assertNotIn("no progress", box.log())
        cashier.close()
        self.assertEqual(0, box.stop())
        self.assertIn("STOPPING=1", box.notify.during(0.2))

    def test_a_silent_printer_is_no_fault(self):
        """A printer that takes data and says nothing holds its thread for as long as its profile allows."""
        box, cashier = self.ready(scanners=False)
        printer = box.printers["lane-1"].process
        os.kill(printer.pid, signal.SIGSTOP)
        try:
            self.order(box, cashier)
            self.assert_fed(box, 5 * WATCH_SECONDS)
        finally:
            os.kill(printer.pid, signal.SIGCONT)
        self.assertNotIn("no progress", box.log())

    def test_threads_sleep_while_they_are_watched(self):
        """The watch wakes itself and the loop, nobody else."""
        box, _ = self.ready()
        box.notify.during(1)
        before = switches(box.daemon.pid)
        box.notify.during(4 * WATCH_SECONDS)
        woken = {name: count - before.get(name, 0) for name, count in switches(box.daemon.pid).items()}
        quiet = {name: count for name, count in woken.items() if count and name != "watchdog" and not name.startswith("NIO-ELT")}
        self.assertEqual({}, quiet)
        self.assertGreater(woken["watchdog"], 0)

    def test_unwatched_box_has_no_watch(self):
        """Without a watchdog, or with another process's, there is no thread for one and no feeding."""
        for environment in ({}, {"WATCHDOG_USEC": "300000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "0"}):
            box = self.box(start=False)
            box.start(environment, keeps_notify=True)
            self.addCleanup(box.notify.close)
            self.assertEqual(0, self.feeds(box, 1), environment)
            self.assertNotIn("watchdog", switches(box.daemon.pid))
            box.stop()


def switches(pid):
    """How often each thread went to sleep so far, by its name."""
    counts = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        folder = f"/proc/{pid}/task/{thread}"
        with open(f"{folder}/comm", encoding="utf-8") as comm, open(f"{folder}/status", encoding="utf-8") as status:
            counts[comm.read().strip()] = int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status.read(), re.M)[1])
    return counts


if __name__ == "__main__":
    unittest.main()
