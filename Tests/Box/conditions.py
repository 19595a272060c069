#!/usr/bin/env python3
"""What may befall a box besides a power cut: each condition on a restored box that has just sold.

    Tests/Box/conditions.py [NAME…] [--keep FOLDER]

Whatever happens, the unit does not fail, the socket answers, the box is in a mode that has a name, and no sale that was
acknowledged is lost: where the condition passes, it sells again and verifies its whole journal.
"""

import argparse
import contextlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import machine as machines  # noqa: E402
from rig import CASHIER, OPEN_SHIFT, SALE, STATE, CutDisk, Findings, Rig, mount, run  # noqa: E402

DISK_MEBIBYTES = 96
SALES = 3


class Box:
    """A box that has sold three times, on a disk that can be broken."""

    def __init__(self, rig: Rig, folder: pathlib.Path, findings: Findings, *options: str):
        self.rig, self.findings = rig, findings
        folder.mkdir(parents=True, exist_ok=True)
        image = machines.make_disk(folder / "data.img", DISK_MEBIBYTES, *options)
        self.disk = CutDisk(image, folder)
        self.machine = rig.restore()
        self.run = self.machine.run
        mount(self.machine, self.disk.block_device)
        rig.start_daemon(self.machine)
        self.run(OPEN_SHIFT)
        self.stubs = 0
        for _ in range(SALES):
            self.sell()

    def close(self) -> None:
        self.machine.cut()
        self.disk.close()

    def sell(self) -> str:
        """Sells; on a box that must be able to."""
        sold = self.run(SALE)
        self.stubs += 1
        if f"stub {self.stubs} " not in sold:
            raise AssertionError(f"stub {self.stubs} was expected: {sold}")
        return sold

    def refuses(self, reason: str) -> bool:
        """Whether a sale is refused for this reason."""
        return "NotSelling" in (said := self.run(SALE + "; true")) and reason in said

    def status(self) -> dict:
        return json.loads(self.run("counterfoil status --json"))

    def settle(self, what: str, *reasons: str) -> None:
        """The box only reads, says why by one of the reasons, answers what it knows, and its unit is up."""
        self.machine.until(f"counterfoil status --json | grep -qE '{'|'.join(reasons)}'", check=False)
        seen = self.run("counterfoil status; systemctl is-active counterfoild counterfoild.socket", check=False)
        reason = next((reason for reason in reasons if reason in seen), reasons[0])
        self.findings.that(reason in seen and seen.endswith("active\nactive\n"), f"{what}: {reason}, the unit is up",
                           seen)
        self.findings.that(self.refuses(reason), f"{what}: a sale is refused with its reason")
        kept = self.run(CASHIER + f"counterfoil sale get {self.stubs}", check=False)
        self.findings.that("Tea" in kept, f"{what}: the last sale can be read", kept)

    def recovers(self, what: str, repair: str) -> None:
        """After the repair it sells, and has lost nothing."""
        self.run(repair)
        self.machine.until("counterfoil status | grep -q selling", check=False)
        sold = self.run(SALE, check=False)
        self.stubs += 1
        self.findings.that(f"stub {self.stubs} " in sold, f"{what}: afterwards it sells: stub {self.stubs}", sold)
        verified = self.run("counterfoil journal verify", check=False)
        self.findings.that(" good" in verified, f"{what}: the journal is good", verified)


def full_disk(box: Box) -> None:
    box.run("systemctl stop counterfoild counterfoild.socket; "
            f"rm -f {STATE}/journal/spare-*; head -c 1G /dev/zero > {STATE}/fill; df {STATE}; "
            "systemctl start counterfoild.socket counterfoild", check=False)
    box.machine.until("counterfoil status | grep -q journalFull", check=False)
    seen = box.run("counterfoil status", check=False)
    box.findings.that("journalFull" in seen, "full disk: no room for a segment, and it says so", seen)
    box.recovers("full disk", f"rm {STATE}/fill")


def no_inodes(box: Box) -> None:
    box.run(f"mkdir {STATE}/many; cd {STATE}/many; i=0; while touch f$i 2>/dev/null; do i=$((i+1)); done; true")
    box.sell()
    box.findings.that(box.status()["mode"] == "selling", "no inodes: it sells")
    box.recovers("no inodes", f"systemctl restart counterfoild; rm -r {STATE}/many; systemctl restart counterfoild")


def read_only(box: Box) -> None:
    # As a kernel does that has found an error in the file system.
    box.run(f"mount -o remount,errors=remount-ro {STATE}; "
            "echo 1 > /sys/fs/ext4/$(basename $(readlink -f /dev/disk/by-id/virtio-data))/trigger_fs_error")
    box.run(SALE, check=False)
    box.settle("remounted read-only", "journalReadOnly")
    box.recovers("remounted read-only", f"systemctl stop counterfoild; umount {STATE}; "
                 f"mount /dev/disk/by-id/virtio-data {STATE}; systemctl start counterfoild")


def broken_disk(box: Box) -> None:
    box.disk.ask("break")
    box.run(SALE, check=False)
    # Whether the daemon's write fails or the file system gave up before it, is a race.
    box.settle("a disk that writes no more", "journalFailing", "journalReadOnly")


def no_state(box: Box) -> None:
    box.run(f"systemctl stop counterfoild counterfoild.socket; umount {STATE}; rm -rf {STATE}/journal; "
            f"mkdir {STATE}/journal; chown counterfoil:counterfoild {STATE} {STATE}/journal; "
            "systemctl start counterfoild.socket counterfoild")
    seen = box.run("counterfoil status --json; systemctl is-active counterfoild", check=False)
    box.findings.that("journalMissing" in seen and seen.endswith("active\n"), "the state disk is not there: named",
                      seen)
    box.findings.that(box.refuses("journalMissing"), "the state disk is not there: no sale")
    box.recovers("the state disk is not there", "systemctl stop counterfoild; rm -r /var/lib/counterfoil/journal; "
                 f"mount /dev/disk/by-id/virtio-data {STATE}; systemctl start counterfoild")


def cloned_disk(box: Box) -> None:
    # What the main board says of itself stands in the restored machine's memory: the daemon is shown another board.
    box.run("mkdir -p /run/board /run/systemd/system/counterfoild.service.d; "
            "cat /proc/sys/kernel/random/uuid > /run/board/product_uuid; printf '[Service]\nExecStart=\n"
            "ExecStart=/usr/bin/counterfoild --hardware-id /run/board\n' "
            "> /run/systemd/system/counterfoild.service.d/board.conf; "
            "systemctl daemon-reload; systemctl restart counterfoild")
    box.settle("a cloned disk", "machineChanged")
    box.recovers("back on its own machine", "rm -r /run/systemd/system/counterfoild.service.d; "
                 "systemctl daemon-reload; systemctl restart counterfoild")


def clock_steps(box: Box) -> None:
    for step in ("+10 years", "-20 years", "+10 years"):
        box.run(f"date -s '{step}'")
        sold = box.sell()
        box.findings.that("stub" in sold, f"the clock steps by {step}: it sells")
    box.recovers("the clock steps", "systemctl restart counterfoild")


CLIENTS = r"""
import json, os, socket, time
idle = []
for _ in range(1000):
    client = socket.socket(socket.AF_UNIX)
    client.connect("/run/counterfoil/control")
    idle.append(client)
deaf = socket.socket(socket.AF_UNIX)
deaf.connect("/run/counterfoil/control")
deaf.setblocking(False)
call = json.dumps({"method": "io.counterfoil.System.Status"}).encode() + b"\0"
try:
    for _ in range(100000):
        deaf.send(call)
except OSError:
    pass
open("/run/pos/ready", "w").close()
time.sleep(600)
"""


def many_clients(box: Box) -> None:
    box.machine.write("/run/clients.py", CLIENTS)
    box.run("install -d -o pos /run/pos; systemd-run --quiet --unit=clients --uid=pos --property=LimitNOFILE=4096 "
            "--property=SupplementaryGroups='counterfoil counterfoil-cashier' python3 /run/clients.py")
    box.machine.until("[ -e /run/pos/ready ]", seconds=100)
    box.sell()
    count = box.run("ls /proc/$(systemctl show counterfoild -p MainPID --value)/fd | wc -l").strip()
    box.findings.that(int(count) > 1000, "a thousand idle clients and one that never reads: it sells", count)
    box.recovers("a thousand idle clients", "systemctl stop clients")


CONDITIONS = {name.__name__: name for name in (
    full_disk, no_inodes, read_only, broken_disk, no_state, cloned_disk, clock_steps, many_clients)}
FILE_SYSTEM = {"no_inodes": ("-N", "64")}


def check(options: argparse.Namespace, folder: pathlib.Path, findings: Findings) -> None:
    rig = Rig(folder / "rig")
    for name in options.names or CONDITIONS:
        box = Box(rig, folder / name, findings, *FILE_SYSTEM.get(name, ()))
        with contextlib.closing(box):
            try:
                CONDITIONS[name](box)
            except (AssertionError, machines.CommandFailed) as error:
                findings.that(False, name, str(error))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("names", nargs="*", metavar="NAME", help=f"default: all: {', '.join(CONDITIONS)}")
    sys.exit(run(arguments, check))
