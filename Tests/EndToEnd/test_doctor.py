"""The doctor on a box that was started by hand: no package and no unit explain what is wrong."""

import json
import os
import unittest

import morning
from harness import BoxTest
from varlink_client import wait_until

STATUS = "io.counterfoil.System.Status"


class Doctor(BoxTest):

    def findings(self, box, area):
        """What is found of one part of the box: command and text by code and subject."""
        report = json.loads(box.command("doctor", "--json", check=False).stdout)
        return {(one["code"], one["subject"]): one for one in report["findings"] if one["area"] == area}

    def test_devices_that_the_daemon_waits_for(self):
        """Printer without paper, scanner pulled out: each is found, with what to do and the command that looks again."""
        box = self.box(scanners=True)
        wait_until(lambda: not [one for one in box.call(STATUS)["waits"] if one["code"].startswith(("scanner", "printer"))],
                   "printer and scanner", 30)
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        self.assertEqual({}, self.findings(box, "devices"))
        box.printers["lane-1"].order("paper-out")
        box.unplug_scanner("lane-1")
        # A printer is looked at when it has something to print.
        morning.ring(cashier, morning.Books(), [morning.WATER])
        wait_until(lambda: {"paperOut", "scannerOffline"} <= {one["code"] for one in box.call(STATUS)["waits"]},
                   "the box has seen both", 60)
        found = self.findings(box, "devices")
        paper, scanner = found["paperOut", "printer-lane-1"], found["scannerOffline", "scanner-lane-1"]
        self.assertEqual(("counterfoil printer status", "counterfoil devices"), (paper["command"], scanner["command"]))
        self.assertIn("put paper in", paper["text"])
        self.assertIn("plug it in", scanner["text"])
        self.assertEqual({"warning"}, {one["severity"] for one in found.values()})

    def test_nobody_answers(self):
        """A daemon that was started by hand and is gone: the doctor says so, and the command starts it again."""
        box = self.box()
        self.assertEqual({}, self.findings(box, "socket"))
        self.assertNotIn(("daemonSilent", box.configuration), self.findings(box, "service"))
        box.stop()
        found = self.findings(box, "service")["daemonSilent", box.configuration]
        self.assertEqual(("error", f"counterfoild --config {box.configuration}"), (found["severity"], found["command"]))
        self.assertIn(box.control, found["text"])

    def test_a_socket_that_is_open_to_everybody(self):
        box = self.box()
        os.chmod(box.control, 0o777)
        found = self.findings(box, "socket")["socketRights", box.control]
        self.assertEqual(f"sudo chmod o-rwx {box.control}", found["command"])
        os.chmod(box.control, 0o660)
        self.assertEqual({}, self.findings(box, "socket"))


if __name__ == "__main__":
    unittest.main()
