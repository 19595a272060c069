#!/usr/bin/env python3
"""Upgrades a box that sells: to versions that do not become ready, and with the plug pulled in the middle.

    Tests/Box/upgrade.py [--cuts N] [--seed S] [--keep FOLDER]

The whole root of the box is on a disk with a volatile write cache. Each cut kills the machine at a random write or
flush of `dpkg -i` and loses a random part of what was not flushed. After it the box boots by itself, has every sale
that it had acknowledged, and sells, in the old version or the new one; the upgrade is then carried to its end.
"""

import argparse
import pathlib
import random
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import image as box_image  # noqa: E402
import machine as machines  # noqa: E402
from rig import CASHIER, OPEN_SHIFT, SALE, UPGRADED, CutDisk, Findings, fetch, install, package, run  # noqa: E402

DISK_MEBIBYTES = 1024
KEEPS = ("some", "some", "none", "all")
READY = "systemctl -q is-active counterfoild"


def variant(folder: pathlib.Path, version: str, program: str | None = None) -> pathlib.Path:
    """The package as another version; `program`: a text that takes the daemon's place."""
    tree = folder / "tree"
    subprocess.run(["dpkg-deb", "-R", str(package()), str(tree)], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: .*", f"Version: {version}", control.read_text()))
    if program:
        (tree / "usr/bin/counterfoild").write_text(program)
    made = folder / f"counterfoil-{version}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", str(tree), str(made)], check=True,
                   capture_output=True)
    shutil.rmtree(tree)
    return made


class Box:
    """The box whose root is cut; each life is a boot."""

    def __init__(self, folder: pathlib.Path, findings: Findings):
        self.folder, self.findings, self.lives, self.stubs = folder, findings, 0, 0
        self.image = box_image.ensure()
        self.upper = machines.make_disk(folder / "upper.img", DISK_MEBIBYTES)
        broken = "#!/bin/sh\necho 'this version does not start' >&2\nexit 1\n"
        hanging = "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n"
        self.packages = {"package": package(), "broken": variant(folder, "9.0", broken),
                         "hanging": variant(folder, "9.0.1", hanging),
                         "one": variant(folder, "9.1"), "two": variant(folder, "9.2")}

    def boot(self) -> tuple[CutDisk, machines.Machine]:
        self.lives += 1
        disk = CutDisk(self.upper, self.folder)
        machine = machines.Machine(self.image, self.folder / f"life-{self.lives}", upper=disk.data,
                                   disks=self.packages)
        try:
            machine.wait_until_up()
        except BaseException:
            machine.cut()
            raise
        return disk, machine

    def sell(self, machine: machines.Machine) -> None:
        self.stubs += 1
        sold = machine.run(SALE, check=False)
        self.findings.that(f"stub {self.stubs}" in sold, f"it sells: stub {self.stubs}", sold)

    def begin(self) -> int:
        """Installs, sells, goes back from a version that does not start. Returns how many requests an upgrade makes of
        the disk."""
        disk, machine = self.boot()
        with machine:
            install(machine)
            machine.run(OPEN_SHIFT)
            self.sell(machine)
            self.go_back(machine)
            self.go_forward(machine)
            before = self.requests(disk)
            self.upgrade(machine, "one")
            requests = self.requests(disk) - before
            machine.shut_down()
        disk.close()
        return requests

    @staticmethod
    def requests(disk: CutDisk) -> int:
        return sum(int(count) for count in disk.ask("stat").split()[:2])

    def upgrade(self, machine: machines.Machine, name: str) -> None:
        fetch(machine, self.packages[name], name)
        machine.run(f"dpkg -i /run/{name}.deb && sync", deadline=300)
        machine.until(UPGRADED, seconds=240)

    def go_back(self, machine: machines.Machine) -> None:
        """Two upgrades in a row that do not become ready, the second without any end of its start, then a good one."""
        self.upgrade(machine, "broken")
        self.is_before(machine, "a version that does not start")
        self.upgrade(machine, "hanging")
        self.is_before(machine, "then one that hangs in its start")
        words = machine.run("journalctl --no-pager -u counterfoild -o cat")
        self.findings.that("start operation timed out" not in words, "not the unit's own limit ends it", words)

    def is_before(self, machine: machines.Machine, what: str) -> None:
        state = machine.run("systemctl is-active counterfoild; systemctl show counterfoild -p ExecStart --value; "
                            "systemctl show counterfoil-upgrade -p Result --value", check=False)
        self.findings.that("active\n" in state and "counterfoil-previous" in state and "exit-code" in state,
                           f"{what}: the one before runs, and the upgrade has failed", state)
        words = machine.run("journalctl --no-pager -u counterfoil-upgrade -o cat | tail -5")
        self.findings.that("does not become ready: the one before runs" in words, "it says so", words)
        self.sell(machine)

    def go_forward(self, machine: machines.Machine) -> None:
        self.upgrade(machine, "package")
        state = machine.run("systemctl show counterfoild -p ExecStart --value; ls /var/lib", check=False)
        self.findings.that("counterfoil-previous" not in state, "a good version afterwards leaves nothing of it", state)
        self.sell(machine)

    def untried(self) -> None:
        """The plug is pulled between the installation of a version that does not start and its first start."""
        disk, machine = self.boot()
        with machine:
            machine.until(READY, seconds=120)
            opened = machine.run(CASHIER + "counterfoil call io.counterfoil.Sale.Open "
                                 """'{"idempotencyKey":"upgrade-open-sale","lane":"lane-1"}'""")
            sale = re.search(r'"sale": ?"([^"]+)"', opened)[1]
            fetch(machine, self.packages["broken"], "broken")
            machine.run("dpkg -i /run/broken.deb && sync", deadline=300)
            machine.cut()
        disk.close()
        disk, machine = self.boot()
        with machine:
            machine.until("! test -e /var/lib/counterfoil-previous/pending", seconds=240)
            machine.until(UPGRADED, seconds=240)
            machine.run(CASHIER + "counterfoil call io.counterfoil.Sale.Void "
                        f"""'{{"idempotencyKey":"upgrade-void-sale","sale":"{sale}","reason":"the test goes on"}}'""")
            self.is_before(machine, "a version that was not tried before the plug was pulled")
            self.go_forward(machine)
            machine.shut_down()
        disk.close()

    def cut(self, number: int, requests: int, chance: random.Random) -> None:
        """One upgrade whose plug is pulled, and the boot after it."""
        name = "two" if number % 2 else "one"
        disk, machine = self.boot()
        with machine:
            machine.until(READY, seconds=120)
            fetch(machine, self.packages[name], name)
            seed, keep = chance.randrange(1 << 30), chance.choice(KEEPS)
            disk.arm(chance.randint(1, requests), seed, keep, machine)
            try:
                machine.run(f"dpkg -i /run/{name}.deb && sync", deadline=300)
                machine.cut()
                disk.ask(f"cut {seed} {keep}")
            except (EOFError, OSError):
                pass
        print(f"cut {number}, upgrade to {name}: {disk.close()}", flush=True)
        disk, machine = self.boot()
        with machine:
            machine.until(READY, seconds=120, check=False)
            ready = machine.run("systemctl is-active counterfoild; dpkg-query -W -f '${Version} ${Status}' counterfoil",
                                check=False)
            self.findings.that(ready.startswith("active"), f"cut {number}: the box comes back, the package "
                               f"is {' '.join(ready.split()[1:])}", ready)
            kept = machine.run(CASHIER + f"counterfoil sale get {self.stubs}", check=False)
            self.findings.that("Tea" in kept, f"cut {number}: the last sale is there", kept)
            self.sell(machine)
            self.upgrade(machine, name)
            audit = machine.run("dpkg --audit; systemctl is-active counterfoild", check=False)
            self.findings.that(audit == "active\n", f"cut {number}: the upgrade is carried to its end", audit)
            self.sell(machine)
            verified = machine.run("counterfoil journal verify", check=False)
            self.findings.that(" good" in verified, f"cut {number}: the journal is good", verified)
            machine.shut_down()
        disk.close()


def check(options: argparse.Namespace, folder: pathlib.Path, findings: Findings) -> None:
    box = Box(folder, findings)
    requests = box.begin()
    box.untried()
    print(f"an upgrade makes {requests} requests of the disk", flush=True)
    chance = random.Random(options.seed)
    for number in range(1, options.cuts + 1):
        box.cut(number, requests, chance)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cuts", type=int, default=5, metavar="N", help="default 5")
    arguments.add_argument("--seed", type=int, default=1, metavar="S", help="the same cuts again; default 1")
    sys.exit(run(arguments, check))
