"""What the service manager sees of the box: a sentence on what it waits for, and a log with fields."""

import os
import shutil
import socket
import struct
import tempfile
import time
import unittest

import morning
from cashier import goods
from harness import BoxTest
from varlink_client import wait_until

SALE = "io.counterfoil.Sale."


class Sentence(BoxTest):

    def told(self, box):
        """All sentences so far, oldest first."""
        self.sentences += [(time.monotonic(), message[len("STATUS="):]) for message in box.notify.during(0.1)
                           if message.startswith("STATUS=")]
        return self.sentences

    def newest(self, box):
        told = self.told(box)
        return told[-1][1] if told else ""

    def setUp(self):
        self.sentences = []

    def test_it_says_what_waits(self):
        """No shift, then nothing, then a printer that is away, then nothing again."""
        box = self.box(start=False)
        box.start(keeps_notify=True)
        self.addCleanup(box.notify.close)
        wait_until(lambda: self.newest(box) == "selling: lane lane-1 has no open shift", "the sentence")
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        wait_until(lambda: self.newest(box) == "selling", "the open shift")
        address = box.printers["lane-1"].address
        box.stop_printer("lane-1")
        cashier.keyed(SALE + "Ring", lane="lane-1", lines=[goods("茶", 100)], tender={"kind": "cash"})
        wait_until(lambda: "printer-lane-1: " in self.newest(box), "the printer")
        self.assertRegex(self.newest(box), r"^selling: printer-lane-1: tcp:[0-9.:]+: connection refused$")
        box.restart_printer("lane-1", address)
        wait_until(lambda: self.newest(box) == "selling", "the printer's return")

    def test_it_is_told_when_it_changes_and_once_a_second_at_most(self):
        box = self.box(start=False)
        box.start(keeps_notify=True)
        self.addCleanup(box.notify.close)
        cashier = self.cashier(box)
        end = time.monotonic() + 4
        while time.monotonic() < end:
            shift = morning.open_shift(cashier)
            cashier.keyed("io.counterfoil.Shift.Close", shift=shift, carryParked=True,
                          counts=[{"kind": "cash", "currency": "CNY", "amount": 20000}])
            self.told(box)
        told = self.told(box)
        self.assertLessEqual(len(told), 6, told)
        for (before, _), (after, _) in zip(told, told[1:]):
            self.assertGreater(after - before, 0.8)
        self.sentences = []
        time.sleep(1.5)
        self.told(box)
        self.sentences = []
        books = morning.Books()
        morning.open_shift(cashier)
        for _ in range(20):
            morning.ring(cashier, books, [morning.WATER])
        time.sleep(1.5)
        self.assertEqual(["selling"], [words for _, words in self.told(box)], "sales change nothing of it")

    def test_a_box_that_cannot_sell_says_so(self):
        box = self.box(start=False)
        shutil.rmtree(box.journal_folder())
        box.start(keeps_notify=True)
        self.addCleanup(box.notify.close)
        wait_until(lambda: "the journal is not writable" in self.newest(box), "the sentence")
        self.assertRegex(self.newest(box), "^(reading|locked): ")


class SystemJournal:
    """Listens where the system journal does, in the daemon's own view of /run."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="counterfoil-journal-")
        os.chmod(self.folder, 0o755)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(os.path.join(self.folder, "socket"))
        self.socket.settimeout(0.1)
        self.entries = []

    def prefix(self):
        script = ("mount -t tmpfs none /run && mkdir -p /run/systemd/journal && "
                  "mount --bind $0 /run/systemd/journal && exec \"$@\"")
        return ["unshare", "--mount", "sh", "-c", script, self.folder]

    def take(self):
        while True:
            try:
                self.entries.append(parse(self.socket.recv(65536)))
            except TimeoutError:
                return self.entries

    def close(self):
        self.socket.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def parse(datagram):
    """An entry of the native protocol."""
    fields, rest = {}, datagram
    while rest:
        line, _, after = rest.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if equals:
            rest = after
        else:
            size = struct.unpack_from("<Q", after)[0]
            value, rest = after[8:8 + size], after[8 + size + 1:]
        fields[name.decode()] = value.decode()
    return fields


class Log(BoxTest):

    def journal(self):
        journal = SystemJournal()
        self.addCleanup(journal.close)
        return journal

    def start(self, box, journal, stream=None):
        """stderr is the file of the daemon's log; its device and inode are what a journal's stream would have."""
        open(box.log_path, "a", encoding="utf-8").close()
        status = os.stat(box.log_path)
        box.start({"JOURNAL_STREAM": stream or f"{status.st_dev}:{status.st_ino}"}, prefix=journal.prefix())

    def test_lines_go_to_the_journal_with_fields(self):
        box, journal = self.box(start=False), self.journal()
        self.start(box, journal)
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        ready = {"MESSAGE": "ready: mode selling", "PRIORITY": "5", "SYSLOG_IDENTIFIER": "counterfoild"}
        wait_until(lambda: ready in journal.take(), "the line of the start")
        box.stop_printer("lane-1")
        cashier.keyed(SALE + "Ring", lane="lane-1", lines=[goods("茶", 100)], tender={"kind": "cash"})
        wait_until(lambda: any("COUNTERFOIL_DEVICE" in entry and entry["PRIORITY"] == "4" for entry in journal.take()),
                   "the printer's line", 10)
        # The connection breaks, then it cannot be made: one line or two, each told once.
        lines = [entry for entry in journal.entries if entry["MESSAGE"].startswith("printer printer-lane-1 cannot")]
        self.assertEqual(len(lines), len({line["MESSAGE"] for line in lines}), lines)
        line = lines[0]
        self.assertEqual(("4", "printer-lane-1"), (line["PRIORITY"], line["COUNTERFOIL_DEVICE"]))
        self.assertEqual("", box.log(), "a line is told once")
        cashier.close()
        self.assertEqual(0, box.stop())

    def test_a_job_has_its_place(self):
        """The line of a job that somebody gave up names the job and the record in the box's journal."""
        box, journal = self.box(start=False), self.journal()
        self.start(box, journal)
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        box.stop_printer("lane-1")
        job = cashier.keyed(SALE + "Ring", lane="lane-1", lines=[goods("茶", 100)], tender={"kind": "cash"})["job"]["job"]
        cashier.keyed("io.counterfoil.Printer.Decide", job=job, decision="cancel")
        wait_until(lambda: any(entry.get("COUNTERFOIL_JOB") == job for entry in journal.take()), "the job's line")
        [line] = [entry for entry in journal.entries if entry.get("COUNTERFOIL_JOB") == job]
        self.assertRegex(line["COUNTERFOIL_SEQUENCE"], r"^\d+$")
        self.assertEqual(f"print job {job}: a person decided: cancel", line["MESSAGE"])

    def test_without_a_journal_lines_are_plain(self):
        """Another's JOURNAL_STREAM, inherited, is no order; nor is a journal that is not there any more."""
        box, journal = self.box(start=False), self.journal()
        self.start(box, journal, stream="1:2")
        wait_until(lambda: "<5>ready: mode selling\n" in box.log(), "the line of the start")
        self.assertEqual([], journal.take())
        box.stop()
        os.unlink(os.path.join(journal.folder, "socket"))
        self.start(box, journal)
        wait_until(lambda: box.log().count("<5>ready: mode selling\n") == 2, "the line of the second start")

    def test_a_full_journal_delays_nobody(self):
        """Nobody reads the socket: its lines are dropped and counted, sales go on."""
        box, journal = self.box(start=False), self.journal()
        journal.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        stuffing = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(stuffing.close)
        stuffing.setblocking(False)
        try:
            while True:
                stuffing.sendto(b"MESSAGE=x\n", os.path.join(journal.folder, "socket"))
        except BlockingIOError:
            pass
        started = time.monotonic()
        self.start(box, journal)
        self.assertLess(time.monotonic() - started, 10)
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        morning.ring(cashier, morning.Books(), [morning.WATER])
        journal.take()
        box.stop_printer("lane-1")
        cashier.keyed(SALE + "Ring", lane="lane-1", lines=[goods("茶", 100)], tender={"kind": "cash"})
        wait_until(lambda: any("did not fit" in entry["MESSAGE"] for entry in journal.take()), "the count")
        [lost] = [entry["MESSAGE"] for entry in journal.entries if "did not fit" in entry["MESSAGE"]]
        self.assertRegex(lost, r"^[1-9]\d* lines did not fit into the system journal$")


if __name__ == "__main__":
    unittest.main()
