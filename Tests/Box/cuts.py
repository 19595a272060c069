#!/usr/bin/env python3
"""Pulls the plug on a box that sells, again and again, and looks whether anything is gone.

    Tests/Box/cuts.py [--cuts N] [--seed S] [--keep FOLDER]

A cashier outside the box plays a morning that never pauses; a printer outside the box keeps its paper. Each cut kills
the machine at the n-th next write or flush of its disk and loses a random part of what was not flushed; the restored
machine mounts the disk, the daemon starts, and the cashier goes on where the answer was missing. In the end books,
paper, keys and journal must agree. Two bad writers run on the same disk and must be caught.
"""

import argparse
import contextlib
import pathlib
import random
import socket
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE.parent / "EndToEnd"), str(HERE.parent / "Support/python")]

import cashier as cashiers  # noqa: E402
import machine as machines  # noqa: E402
import morning  # noqa: E402
import settle  # noqa: E402
from box import Simulator  # noqa: E402
from cashier import Cashier  # noqa: E402
from rig import STATE, CutDisk, Findings, Rig, Way, mount, run  # noqa: E402

DISK_MEBIBYTES = 96
# An emulated box on a busy machine may be away for a while.
cashiers.PATIENCE_SECONDS = 300
KEEPS = ("some", "some", "some", "none", "all")
# So many cuts in a row fall into the recovery from the one before.
RECOVERY_CUTS = 5
# Records that a control writer has acknowledged before its power is cut.
CONTROL_RECORDS = 40


class Shop:
    """The cashier's endless morning, in a thread of its own."""

    def __init__(self, way: Way):
        self.is_up = threading.Event()
        self.is_over = threading.Event()
        self.error: BaseException | None = None
        self.cashier = Cashier(str(way.path), "lane-1", None, name="cuts", revive=self.wait)
        self.books = morning.Books()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def wait(self) -> None:
        if not self.is_up.wait(300):
            raise TimeoutError("the box does not come back")

    def run(self) -> None:
        try:
            self.shift = morning.open_shift(self.cashier)
            while not self.is_over.is_set():
                morning.one_of_each(self.cashier, self.books)
        except BaseException as error:  # told by the main thread
            self.error = error

    def check(self) -> None:
        if self.error:
            raise self.error


class Cuts:
    def __init__(self, folder: pathlib.Path, seed: int):
        self.folder, self.random = folder, random.Random(seed)
        paper = folder / "printer"
        self.printer = Simulator(str(paper), ["printer", "--listen", "127.0.0.1:0", "--paper", str(paper)], r":(\d+)")
        self.rig = Rig(folder / "rig", int(self.printer.address))
        self.image = machines.make_disk(folder / "data.img", DISK_MEBIBYTES)
        self.way = Way(folder / "control", self.rig)
        self.notes: list[str] = []

    def close(self) -> None:
        self.way.close()
        self.printer.stop()

    def life(self, shop: Shop, in_recovery: bool) -> str:
        """One life of the box: mounted, started, cut. Answers what the cut did."""
        disk = CutDisk(self.image, self.folder)
        machine = self.rig.restore()
        try:
            mount(machine, disk.block_device)
            if in_recovery:
                self.arm(disk, machine, 1, 12)
                machine.control.send({"id": -1, "command": "systemctl start counterfoild", "timeout": 60})
                try:
                    machine.process.wait(20)
                    return disk.close() + ", in recovery"
                except subprocess.TimeoutExpired:
                    pass  # the start took fewer requests: this one is cut while it sells
            self.rig.start_daemon(machine)
            before = len(shop.cashier.answers)
            shop.is_up.set()
            end = time.monotonic() + 60
            while len(shop.cashier.answers) < before + self.random.randrange(1, 12) and machine.is_running():
                shop.check()
                if time.monotonic() > end:
                    raise TimeoutError("the cashier gets no answers")
                time.sleep(0.005)
            shop.is_up.clear()
            self.arm(disk, machine, 1, 8)
            machine.process.wait(60)
            return disk.close()
        finally:
            shop.is_up.clear()
            machine.cut()
            disk.close()

    def arm(self, disk: CutDisk, machine, first: int, last: int) -> None:
        disk.arm(self.random.randint(first, last), self.random.randrange(1 << 30), self.random.choice(KEEPS), machine)

    def last_life(self, shop: Shop) -> list[str]:
        """Without a cut: the shift ends, and everything is compared."""
        disk = CutDisk(self.image, self.folder)
        machine = self.rig.restore()
        try:
            mount(machine, disk.block_device)
            self.rig.start_daemon(machine)
            shop.is_over.set()
            shop.is_up.set()
            shop.thread.join(300)
            shop.check()
            _, day = morning.close(shop.cashier, shop.books, shop.shift)
            settle.settle_prints(None, shop.cashier)
            problems = settle.check_books(shop.cashier, shop.books) + settle.check_report(day, shop.books)
            problems += settle.check_keys(shop.cashier)
            paper = (self.folder / "printer/paper.txt").read_text(encoding="utf-8")
            problems += settle.check_paper(paper, shop.books.numbers, shop.books.stubs)
            print(machine.run("counterfoil journal verify").strip().splitlines()[-1])
            machine.run(f"systemctl stop counterfoild.socket counterfoild && umount {STATE}")
        finally:
            machine.cut()
            disk.close()
        subprocess.run(["debugfs", "-R", f"rdump /journal {self.folder}", str(self.image)], check=True,
                       capture_output=True)
        return problems + settle.check_journal(self, shop.cashier, shop.books)

    def journal_folder(self) -> str:
        return str(self.folder / "journal")

    def play(self, cuts: int, findings: Findings) -> None:
        shop = Shop(self.way)
        shop.thread.start()
        for number in range(1, cuts + 1):
            began = time.monotonic()
            in_recovery = cuts // 2 < number <= cuts // 2 + RECOVERY_CUTS
            note = self.life(shop, in_recovery)
            self.notes.append(note)
            print(f"cut {number} of {cuts}, {time.monotonic() - began:.1f} s, {len(shop.cashier.answers)} answers: "
                  f"{note}", flush=True)
            shop.check()
            findings.passed += 1
        findings.wrong += self.last_life(shop)
        print(f"{len(self.notes)} cuts, {sum('in recovery' in note for note in self.notes)} of them in recovery; "
              f"{len(shop.cashier.answers)} answers, {shop.cashier.lost} lost on the way; "
              f"{len(shop.books.stubs)} sales")

    def control(self, how: str) -> bool:
        """A writer whose power is cut; true when an acknowledged record is gone."""
        image = machines.make_disk(self.folder / f"{how}.img", 64)
        disk = CutDisk(image, self.folder)
        with self.rig.restore() as machine, socket.socket(socket.AF_UNIX) as port:
            mount(machine, disk.block_device, "/data")
            port.connect(str(self.rig.folder / "run/acknowledged"))
            port.settimeout(60)
            machine.control.send({"id": -1, "command": f"python3 /usr/local/sbin/writer.py write /data/log {how}",
                                  "timeout": 60})
            heard = b""
            while heard.count(b"\n") < CONTROL_RECORDS and (part := port.recv(65536)):
                heard += part
            machine.cut()
            with contextlib.suppress(OSError):
                disk.ask("cut 1 none")
                while part := port.recv(65536):
                    heard += part
        disk.close()
        acknowledged = int(heard[:heard.rindex(b"\n")].split()[-1]) + 1
        disk = CutDisk(image, self.folder)
        with self.rig.restore() as machine:
            mount(machine, disk.block_device, "/data")
            found = int(machine.run("python3 /usr/local/sbin/writer.py count /data/log"))
        disk.close()
        print(f"writer {how}: {acknowledged} records acknowledged, {found} found after the cut")
        return found < acknowledged


def check(options: argparse.Namespace, folder: pathlib.Path, findings: Findings) -> None:
    cuts = Cuts(folder, options.seed)
    try:
        cuts.play(options.cuts, findings)
        for how in ("nosync", "direct"):
            findings.that(cuts.control(how), f"the writer {how} is caught")
        findings.that(not cuts.control("sync"), "the good writer is not blamed")
    finally:
        cuts.close()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cuts", type=int, default=20, metavar="N", help="default 20")
    arguments.add_argument("--seed", type=int, default=1, metavar="S", help="the same cuts again; default 1")
    sys.exit(run(arguments, check))
