"""Printed service barcodes: what a technician gets on paper from a box without keyboard."""

import json
import os
import re
import time
import unittest
from xml.etree import ElementTree

import morning
import settle
from box import Box, NOBODY
from harness import BoxTest
from varlink_client import VarlinkError, wait_until

PRINT_SERVICE = "io.counterfoil.Printer.PrintService"
READ = "io.counterfoil.Scanner.Read"
STATUS = "io.counterfoil.System.Status"
# ServiceAllowance: slips of one printer right after each other.
BURST = 5


def slips(box, lane="lane-1"):
    """Those that are whole: behind the last cut stands at most the beginning of another."""
    return [piece for piece in settle.CUT.split(box.paper(lane))[:-1] if piece.strip()]


class ServiceSlips(BoxTest):

    def listening(self, **options):
        box = self.box(scanners=True, **options)
        self.wait_listening(box)
        return box

    def wait_listening(self, box):
        def listens():
            devices = box.call("io.counterfoil.Device.List", {"all": False})["devices"]
            return all(device["power"] == 2001 for device in devices if device["class"] in ("scanner", "printer"))
        wait_until(listens, "scanner and printer")

    def watch(self, box):
        watcher = box.connect()
        self.addCleanup(watcher.close)
        watcher.send("io.counterfoil.System.Watch", {"topics": ["scan"]}, more=True)
        watcher.receive()
        return watcher

    def event(self, watcher):
        events = []
        while not events:
            events = watcher.receive()[0].get("events", [])
        return events[0]

    def test_a_scan_prints_and_is_no_goods(self):
        """CF:STATUS prints without a shift; the app that reads the scanner sees only what was scanned before and after."""
        box = self.listening()
        head = box.call("io.counterfoil.Journal.Head")
        reader = box.connect()
        self.addCleanup(reader.close)
        reader.send(READ, {"lane": "lane-1"}, more=True)
        reader.receive()
        watcher = self.watch(box)
        box.scan("lane-1", "CF:STATUS")
        wait_until(lambda: len(slips(box)) == 1, "the slip")
        event = self.event(watcher)
        self.assertEqual(("serviceCode", "scanner-lane-1", {"answer": "printing", "code": "CF:STATUS"}),
                         (event["name"], event["subject"], event["data"]))
        slip = slips(box)[0]
        for words in ("服务单 非票据", "本机状态", "shop-0042/till-01", "模式", "营业", "收银位 lane-1", "未开班",
                      "printer-lane-1", "scanner-lane-1", "网络地址", "counterfoil shift open --lane lane-1"):
            self.assertIn(words, slip)
        self.assertNotRegex(slip, r"\[QR\]|￥")
        self.assertRegex(slip, rf"账本 纪元/序号 +0/{head['head']['sequence']}\n")
        box.scan("lane-1", "6901234567892")
        heard = []
        while not heard:
            heard = reader.receive()[0].get("scans", [])
        self.assertEqual(["6901234567892"], [scan["data"] for scan in heard])
        # It is no fact: the journal knows nothing of it.
        self.assertEqual(head["head"], box.call("io.counterfoil.Journal.Head")["head"])
        self.assertEqual([], box.call("io.counterfoil.Printer.Jobs", {"unfinished": False})["jobs"])
        self.assertEqual(1, len(slips(box)))
        wait_until(lambda: "status slip printed on printer-lane-1" in box.log(), "the line in the log")

    def test_an_unknown_code_does_nothing(self):
        """A line and an event name it; no paper, no scan; a client cannot inject one."""
        box = self.listening()
        watcher = self.watch(box)
        box.scan("lane-1", "CF:FORMAT-DISK\x07")
        event = self.event(watcher)
        self.assertEqual(("serviceCode", {"answer": "unknown", "code": "CF:FORMAT-DISK?"}), (event["name"], event["data"]))
        wait_until(lambda: "service code CF:FORMAT-DISK?: unknown" in box.log(), "the line in the log")
        with self.assertRaises(VarlinkError) as caught:
            box.call("io.counterfoil.Scanner.Inject", {"data": "CF:STATUS", "lane": "lane-1"})
        self.assertEqual(("Refused", "serviceCode"), (caught.exception.short, caught.exception.parameters["rule"]))
        reader = box.connect()
        self.addCleanup(reader.close)
        reader.send(READ, {"lane": "lane-1", "after": ""}, more=True)
        self.assertEqual([], reader.receive()[0]["scans"])
        self.assertEqual([], slips(box))

    def test_a_stuck_scanner_does_not_empty_the_paper(self):
        """The same code as fast as the line takes it: one slip, two lines in the log."""
        box = self.listening()
        told = lambda: len(re.findall("service code CF:STATUS", box.log()))
        begin = time.monotonic()
        # A busy machine may be late with the second line.
        while time.monotonic() < begin + 4 or (told() < 2 and time.monotonic() < begin + 30):
            box.scan("lane-1", "CF:STATUS")
            time.sleep(0.01)
        wait_until(lambda: len(slips(box)) >= 1, "the slip")
        wait_until(lambda: "slip printed" in box.log(), "its end")
        self.assertEqual(1, len(slips(box)))
        self.assertEqual(2, told())

    def test_another_code_is_another_wish(self):
        """Both codes right after each other, with unknown ones before, between and behind: both slips, each once."""
        box = self.listening()
        watcher = self.watch(box)
        for code in ("CF:WHAT", "CF:STATUS", "CF:WHICH", "CF:DOCTOR", "CF:STATUS", "CF:WHO"):
            box.scan("lane-1", code)
        heard = []
        while len(heard) < 4:
            heard += [(one["data"]["code"], one["data"]["answer"])
                      for one in watcher.receive()[0].get("events", []) if one["name"] == "serviceCode"]
        self.assertEqual([("CF:WHAT", "unknown"), ("CF:STATUS", "printing"), ("CF:WHICH", "limited"),
                          ("CF:DOCTOR", "printing")], heard[:4])
        wait_until(lambda: len(slips(box)) == 2, "both slips")
        self.assertIn("本机状态", slips(box)[0])
        self.assertIn("本机检查", slips(box)[1])
        wait_until(lambda: len(re.findall("slip printed on", box.log())) == 2, "their ends")

    def test_unknown_codes_keep_no_known_one_away(self):
        """Unknown codes without end: a known one that was silent for three seconds is heard all the same."""
        box = self.listening()
        box.scan("lane-1", "CF:STATUS")
        wait_until(lambda: len(slips(box)) == 1, "the first slip")
        end = time.monotonic() + 4
        while time.monotonic() < end:
            box.scan("lane-1", "CF:WHAT")
            time.sleep(0.1)
        box.scan("lane-1", "CF:STATUS")
        wait_until(lambda: len(slips(box)) == 2, "the second slip")

    def test_receipts_come_first(self):
        """Receipts that wait for paper are printed before the slip that was asked for meanwhile."""
        box = self.listening()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        self.order(box, "paper-out")
        stub = morning.ring(cashier, books, [morning.WATER])
        box_waits = lambda: {wait["code"] for wait in box.call(STATUS)["waits"]}
        wait_until(lambda: "paperOut" in box_waits(), "the printer is out of paper")
        watcher = self.watch(box)
        box.scan("lane-1", "CF:STATUS")
        self.assertEqual("printing", self.event(watcher)["data"]["answer"])
        self.order(box, "load-paper")
        wait_until(lambda: len(slips(box)) == 2, "receipt and slip")
        first, second = slips(box)
        self.assertEqual(stub["stub"], settle.stub_on(first))
        self.assertIn("本机状态", second)

    def order(self, box, words):
        box.printers["lane-1"].order(words)

    def test_a_slip_that_waits_costs_nothing(self):
        """While a long receipt prints, a slip that was asked for waits; the daemon does not spin meanwhile."""
        box = self.listening()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        self.order(box, "speed 15")
        stub = morning.ring(cashier, morning.Books(), [morning.WATER])
        jobs = lambda: box.call("io.counterfoil.Printer.Jobs", {"unfinished": True})["jobs"]
        wait_until(lambda: any(job["outcome"] == "started" for job in jobs()), "the receipt is being printed")
        watcher = self.watch(box)
        box.scan("lane-1", "CF:STATUS")
        self.assertEqual("printing", self.event(watcher)["data"]["answer"])
        before, began = self.processor_seconds(box), time.monotonic()
        wait_until(lambda: not jobs() or time.monotonic() > began + 3, "the receipt is printed")
        took = time.monotonic() - began
        self.assertGreater(took, 1, "the receipt was printed too soon to see anything")
        self.assertLess(self.processor_seconds(box) - before, took / 3)
        self.order(box, "speed 0")
        wait_until(lambda: len(slips(box)) == 2, "receipt and slip")
        self.assertEqual(stub["stub"], settle.stub_on(slips(box)[0]))

    def processor_seconds(self, box):
        with open(f"/proc/{box.daemon.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_a_printer_that_nobody_looked_at_since_it_broke_off_is_asked(self):
        """A connection that broke in the middle of a receipt: the box does not know that the printer is well again. A
        service code asks it, and prints."""
        box = self.listening()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        self.order(box, "drop 40")
        morning.ring(cashier, morning.Books(), [morning.WATER])
        needs = lambda: [job.get("needs") for job in box.call("io.counterfoil.Printer.Jobs", {"unfinished": True})["jobs"]]
        wait_until(lambda: needs() == ["decision"], "nobody knows whether the receipt is on paper")
        box.scan("lane-1", "CF:STATUS")
        wait_until(lambda: "本机状态" in box.paper(), "the slip")
        self.assertEqual(["decision"], needs(), "what a slip proves says nothing of a receipt")

    def test_a_printer_that_gives_the_slip_back_gets_it_when_it_can_print(self):
        """The cover was opened while nobody looked: the slip is printed when it is shut, not given up."""
        box = self.listening()
        self.order(box, "cover open")
        watcher = self.watch(box)
        box.scan("lane-1", "CF:STATUS")
        self.assertEqual("printing", self.event(watcher)["data"]["answer"])
        box_waits = lambda: {wait["code"] for wait in box.call(STATUS)["waits"]}
        wait_until(lambda: "coverOpen" in box_waits(), "the box has seen the cover")
        self.order(box, "cover close")
        wait_until(lambda: len(slips(box)) == 1, "the slip")
        self.assertNotIn("could not be printed", box.log())

    def test_what_somebody_found_is_no_roll_of_paper(self):
        """Findings full of line breaks: some lines of text, not 34 m of paper that receipts would wait for."""
        box = self.listening()
        findings = [{"text": "\n" * 400, "command": "\n\x1bp\x00\x32\x32" * 50}] * 40
        self.assertEqual("done", box.call(PRINT_SERVICE, {"slip": "doctor", "findings": findings})["outcome"])
        self.assertLess(len(box.paper().splitlines()), 400)

    def test_a_second_daemon_leaves_the_printers_alone(self):
        """Another process has the journal, so it has the printers too: no slip says so between its receipts."""
        box = self.listening()
        other = os.path.join(box.folder, "other")
        os.mkdir(other)
        with open(box.configuration, encoding="utf-8") as file:
            text = file.read().replace(f'"{box.run}', f'"{other}')
        second = Box(box.folder, simulators=False)
        second.run, second.control = other, os.path.join(other, "control")
        second.configuration = os.path.join(other, "counterfoil.toml")
        second.log_path = os.path.join(other, "counterfoild.log")
        with open(second.configuration, "w", encoding="utf-8") as file:
            file.write(text)
        self.addCleanup(second.close)
        second.start()
        self.assertEqual("journalLocked", second.call(STATUS)["reasons"][0])
        end = time.monotonic() + 3
        while time.monotonic() < end:
            printers = [device for device in second.call("io.counterfoil.Device.List", {"all": False})["devices"]
                        if device["class"] == "printer"]
            self.assertEqual(["closed"], [device["state"] for device in printers])
            time.sleep(0.1)
        box.call(PRINT_SERVICE, {"slip": "status"})
        self.assertEqual(1, len(slips(box)))

    # ---- by the command line

    def test_the_command_prints_it(self):
        """status --print and doctor --print: the same slips, what the doctor found on the latter; roles, and the limit."""
        box = self.listening()
        said = box.command("status", "--print").stdout
        self.assertIn("printer-lane-1", said)
        self.assertEqual(1, len(slips(box)), "the command waits for the end")
        self.assertIn("本机状态", slips(box)[0])
        done = box.command("doctor", "--print", "--printer", "printer-lane-1", check=False)
        self.assertIn("printer-lane-1", done.stdout.splitlines()[-1])
        self.assertEqual(2, len(slips(box)))
        self.assertIn("本机检查", slips(box)[1])
        # The box is no installed one: the doctor has things to say that the daemon does not know.
        found = json.loads(box.command("doctor", "--json", check=False).stdout)["findings"]
        flat = re.sub(r"\s", "", slips(box)[1])
        for finding in found:
            if finding["command"]:
                self.assertIn(re.sub(r"\s", "", finding["command"])[:30], flat)
        for _ in range(BURST):
            box.call(PRINT_SERVICE, {"slip": "doctor", "findings": []})
        with self.assertRaises(VarlinkError) as caught:
            box.call(PRINT_SERVICE, {"slip": "status"})
        self.assertEqual(("Refused", "serviceSlip"), (caught.exception.short, caught.exception.parameters["rule"]))
        self.assertEqual(2 + BURST, len(slips(box)))
        # That user had theirs; who used the command keeps what is left of their own.
        for _ in range(BURST - 2):
            box.command("status", "--print")
        self.assertEqual(2 * BURST, len(slips(box)))
        refused = box.command("status", "--print", check=False)
        self.assertEqual(1, refused.returncode)
        for wrong in ({"slip": "status", "findings": []}, {"slip": "doctor", "findings": [{"text": ""}]},
                      {"slip": "doctor", "findings": [{"text": "x"}] * 41}, {"slip": "status", "printer": "nobody"}):
            with self.assertRaises(VarlinkError):
                box.call(PRINT_SERVICE, wrong)

    def test_the_codes_themselves(self):
        """service-codes --print puts them on paper, by which they can be scanned; the drawing needs no box."""
        box = self.listening()
        box.command("service-codes", "--print", "--printer", "printer-lane-1")
        box.command("service-codes", "--print", "--qr", "--printer", "printer-lane-1")
        lines, codes = slips(box)
        for code in ("CF:STATUS", "CF:DOCTOR"):
            self.assertIn(code, lines)
            self.assertIn(f"[QR] {code}", codes)
        self.assertEqual(0, box.stop())
        drawing = ElementTree.fromstring(box.command("service-codes", "--svg").stdout)
        self.assertTrue(drawing.tag.endswith("svg"))
        self.assertIn("CF:STATUS", box.command("service-codes").stdout)
        self.assertEqual(64, box.command("service-codes", "--svg", "--print", check=False).returncode)

    @unittest.skipIf(os.geteuid() != 0, "only root can be several people")
    def test_whoever_is_nobody_prints_nothing(self):
        box = self.listening()
        with self.assertRaises(VarlinkError) as caught:
            box.call(PRINT_SERVICE, {"slip": "status"}, uid=NOBODY)
        self.assertEqual("PermissionDenied", caught.exception.short)
        self.assertEqual([], slips(box))

    # ---- unasked

    def refused(self, **options):
        """A box whose journal is refused: a byte of what was acknowledged is another one."""
        box = self.listening(**options)
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        for _ in range(3):
            morning.ring(cashier, morning.Books(), [morning.WATER])
        settle.settle_prints(box, cashier)
        cashier.close()
        box.kill()
        with open(box.segments()[-1], "r+b") as segment:
            segment.seek(4096 + 200)  # inside the first record
            byte = segment.read(1)
            segment.seek(-1, os.SEEK_CUR)
            segment.write(bytes([byte[0] ^ 1]))
        return box, len(slips(box))

    def test_a_box_that_does_not_sell_says_so_on_paper(self):
        """A refused journal: one slip with the reason, not another one after a restart; service codes work all the same."""
        box, before = self.refused()
        box.start()
        status = box.call(STATUS)
        self.assertNotEqual("selling", status["mode"])
        wait_until(lambda: len(slips(box)) == before + 1, "the slip")
        slip = slips(box)[-1]
        self.assertIn("本机状态", slip)
        self.assertIn("只读" if status["mode"] == "reading" else "锁定", slip)
        self.assertIn(status["reasons"][0], slip)
        self.assertIn(f"counterfoil explain {status['reasons'][0]}", slip)
        self.wait_listening(box)
        self.assertEqual(0, box.stop())
        box.start()
        self.wait_listening(box)
        box.scan("lane-1", "CF:DOCTOR")
        wait_until(lambda: len(slips(box)) == before + 2, "the slip that was asked for")
        slip = slips(box)[-1]
        self.assertIn("本机检查", slip)
        self.assertIn("其余检查：counterfoil doctor", slip)
        self.assertEqual("(时间未校准)" in slip, "counterfoil clock" in slip)
        self.assertEqual(0, box.stop())
        # Another boot: it is said again.
        memory = os.path.join(box.run, "status-slip")
        with open(memory, encoding="utf-8") as file:
            kept = file.read()
        with open(memory, "w", encoding="utf-8") as file:
            file.write("another-boot " + kept.split(" ", 1)[1])
        box.start()
        wait_until(lambda: len(slips(box)) == before + 3, "the slip of the next boot")

    def test_it_can_be_switched_off(self):
        """status_slip = false: nothing is printed unasked, and what is asked for is."""
        box, before = self.refused(settings={"service": {"status_slip": False}})
        box.start()
        self.wait_listening(box)
        box.scan("lane-1", "CF:STATUS")
        wait_until(lambda: len(slips(box)) == before + 1, "the slip")
        wait_until(lambda: "slip printed" in box.log(), "its end")
        self.assertEqual(1, box.log().count("slip printed"))


if __name__ == "__main__":
    unittest.main()
