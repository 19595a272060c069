"""Scans on their way to an app: what they say, who hears them, and what becomes of those nobody heard."""

import time
import unittest

from harness import BoxTest
from varlink_client import VarlinkError, wait_until

READ = "io.counterfoil.Scanner.Read"
INJECT = "io.counterfoil.Scanner.Inject"


def label(body):
    """An EAN-13 with its check digit."""
    digits = [int(digit) for digit in body]
    return body + str(-sum(digit * (1, 3)[place % 2] for place, digit in enumerate(digits)) % 10)


class Scans(BoxTest):

    def setUp(self):
        self.daemon = self.box(scanners=True, settings={"in_store_code": [
            {"pattern": "21.....NNDDD", "meaning": "weight"}, {"pattern": "22.....NNNDD", "meaning": "price"}]})

        def listens():
            devices = self.daemon.call("io.counterfoil.Device.List", {"all": False})["devices"]
            return all(device["power"] == 2001 for device in devices if device["class"] == "scanner")
        wait_until(listens, "the scanner")  # what is scanned before the line is open, nobody can have

    def test_nothing_is_plugged_in_without_udev(self):
        """A system without udev, or without our rules: an empty list, and one line in the log at most."""
        answer = self.daemon.call("io.counterfoil.Device.List", {"all": True})
        self.assertEqual([], answer["present"])
        with open(self.daemon.log_path, encoding="utf-8") as log:
            self.assertLessEqual(log.read().count("udev"), 1)

    def reader(self, hello=None, **parameters):
        connection = self.daemon.connect()
        self.addCleanup(connection.close)
        if hello:
            connection.call("io.counterfoil.System.Hello", {"application": hello, "version": "1"})
        connection.send(READ, parameters, more=True)
        return connection

    def hear(self, reader):
        scans = []
        while not scans:
            scans = reader.receive()[0].get("scans", [])
        return scans

    def scanner_waits(self, language):
        with self.daemon.connect() as connection:
            connection.call("io.counterfoil.System.Hello", {"application": "t", "version": "1", "language": language})
            return [wait for wait in connection.call("io.counterfoil.System.Status")["waits"]
                    if wait["code"] == "scannerOffline"]

    def test_a_pulled_scanner_is_named_until_it_is_back(self):
        """Status says which scanner is missing since when, in both languages; it is heard again once it is plugged in."""
        self.assertEqual([], self.scanner_waits("en"))
        watch = self.daemon.connect()
        self.addCleanup(watch.close)
        watch.send("io.counterfoil.System.Watch", {"topics": ["device"]}, more=True)
        watch.receive()  # the present state; what happened before it nobody tells
        before = time.time()
        self.daemon.unplug_scanner("lane-1")
        events = []
        while not any(event["name"] == "scannerStatus" for event in events):
            events = watch.receive()[0]["events"]
        event = events[-1]
        self.assertEqual(("scannerStatus", "scanner-lane-1", False),
                         (event["name"], event["subject"], event["data"]["online"]))
        english, chinese = self.scanner_waits("en"), self.scanner_waits("zh-CN")
        self.assertEqual(["scanner-lane-1"], [wait["subject"] for wait in english])
        self.assertIn("scanner-lane-1 is missing", english[0]["text"])
        self.assertIn("扫描器 scanner-lane-1 不在", chinese[0]["text"])
        self.assertNotRegex(chinese[0]["text"], "plugged")
        self.assertLess(abs(english[0]["since"] / 1000 - before), 10)
        self.daemon.plug_scanner("lane-1")
        wait_until(lambda: self.scanner_waits("en") == [], "the scanner's return")
        reader = self.reader()
        reader.receive()
        self.daemon.scan("lane-1", label("690123456789"))
        self.assertEqual(label("690123456789"), self.hear(reader)[0]["data"])

    def test_labels_and_element_strings_are_read(self):
        """A weight label of the shop and a GS1 element string come with their parts; a wallet's code comes masked."""
        reader = self.reader()
        reader.receive()
        self.daemon.scan("lane-1", label("211234501250"))
        scan = self.hear(reader)[0]
        self.assertEqual(("inStore", "0" + label("211234500000")), (scan["kind"], scan["gtin"]))
        self.assertEqual({"kind": "weight", "value": 1250}, scan["embedded"])
        self.assertFalse(scan["stale"])
        inject = self.daemon.connect()
        self.addCleanup(inject.close)
        price = inject.call(INJECT, {"data": label("221234501999")})["scan"]
        self.assertEqual({"kind": "price", "value": 1999}, price["embedded"])
        gs1 = inject.call(INJECT, {"data": "010690123456789217261231310300125010A1", "aim": "]C1"})["scan"]
        self.assertEqual([("01", "06901234567892"), ("17", "261231"), ("3103", "001250"), ("10", "A1")],
                         [(element["identifier"], element["value"]) for element in gs1["elements"]])
        self.assertEqual(("06901234567892", {"kind": "weight", "value": 1250}), (gs1["gtin"], gs1["embedded"]))
        secret = inject.call(INJECT, {"data": "134567890123456789"})["scan"]
        self.assertEqual(("payment", None), (secret["kind"], secret.get("data")))
        self.assertEqual("stub", inject.call(INJECT, {"data": "CF1:shop-0042/till-01:1:2:ab"})["scan"]["kind"])
        self.assertEqual("url", inject.call(INJECT, {"data": "https://example.org/"})["scan"]["kind"])
        for wrong in ({"data": "1", "lane": "lane-9"}, {"data": "1", "aim": "E0"}, {"data": ""}):
            with self.assertRaises(VarlinkError):
                inject.call(INJECT, wrong)

    def test_nothing_is_lost_while_nobody_reads(self):
        """Scans without a listener wait, stale, for the one who asks for them, by cursor or from the oldest."""
        inject = self.daemon.connect()
        self.addCleanup(inject.close)
        first = inject.call(INJECT, {"data": "first"})["scan"]
        inject.call(INJECT, {"data": "second"})
        reader = self.reader(after="")
        self.assertEqual([("first", True), ("second", True)],
                         [(scan["data"], scan["stale"]) for scan in reader.receive()[0]["scans"]])
        reader.close()
        self.daemon.scan("lane-1", "third")
        again = self.reader(after=first["cursor"])
        heard = again.receive()[0]["scans"]
        while len(heard) < 2:  # the third may come a moment later, through the wire
            heard += again.receive()[0]["scans"]
        self.assertEqual(["second", "third"], [scan["data"] for scan in heard])
        now = self.reader(lane="lane-1")  # somebody else has it
        with self.assertRaises(VarlinkError):
            now.receive()

    def test_a_scan_that_was_thrown_away_is_told(self):
        """Whoever reads hears at once that the scan was lost, and why; so does a watcher, each time."""
        reader = self.reader(lane="lane-1")
        reader.receive()
        with self.daemon.connect() as watcher:
            watcher.send("io.counterfoil.System.Watch", {"topics": ["device"]}, more=True)
            watcher.receive()
            for _ in range(2):
                self.daemon.scan("lane-1", "7" * 5000)
                told = reader.receive()[0]
                self.assertEqual(([], "tooLong"), (told["scans"], told.get("lost")))
                events = []
                while not any(event["name"] == "scannerStatus" for event in events):
                    events = watcher.receive()[0].get("events", [])
                self.assertEqual("a scan was lost: tooLong", events[-1]["data"]["why"])
        self.daemon.scan("lane-1", "8")
        self.assertEqual(["8"], [scan["data"] for scan in self.hear(reader)])

    def test_a_reader_gives_way(self):
        """A patient reader is announced to the present one and gets the scanner when that one ends."""
        holder = self.reader(hello="kiosk")
        holder.receive()
        impatient = self.reader(hello="other")
        with self.assertRaises(VarlinkError) as caught:
            impatient.receive()
        self.assertEqual(("Busy", "kiosk"), (caught.exception.short, caught.exception.parameters["application"]))
        patient = self.reader(hello="cashier", politeSeconds=30)
        self.assertEqual("cashier", holder.receive()[0]["releaseRequested"])
        self.daemon.scan("lane-1", "still the kiosk's")
        self.assertEqual("still the kiosk's", self.hear(holder)[0]["data"])
        holder.close()
        self.assertEqual([], patient.receive()[0]["scans"])
        self.daemon.scan("lane-1", "mine")
        self.assertEqual("mine", self.hear(patient)[0]["data"])
        short = self.reader(hello="late", politeSeconds=1)
        self.assertEqual("late", patient.receive()[0]["releaseRequested"])
        with self.assertRaises(VarlinkError) as caught:
            short.receive()
        self.assertEqual(("Busy", "cashier"), (caught.exception.short, caught.exception.parameters["application"]))
        for wrong in ({"politeSeconds": 61}, {"lane": "lane-9"}, {"scanner": "nobody"}):
            with self.assertRaises(VarlinkError) as caught:
                self.reader(**wrong).receive()
            self.assertNotEqual("Busy", caught.exception.short)


if __name__ == "__main__":
    unittest.main()
