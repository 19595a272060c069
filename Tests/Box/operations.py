#!/usr/bin/env python3
"""docs/operations.md on boxes: from a bare one to the first sale, and through the replacement of one that died.

    Tests/Box/operations.py [--keep FOLDER]

Runs every command of those chapters as the page's reader would, `tech` with sudo, and compares what is printed. The
first box dies by the plug; its disk is plugged into the second, another machine. Then what the page says of removal.
"""

import argparse
import base64
import json
import pathlib
import shlex
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Documentation")]

import blocks  # noqa: E402
import image as box_image  # noqa: E402
import machine as machines  # noqa: E402
import run_blocks  # noqa: E402
from rig import ROOT, Findings, package, run  # noqa: E402

PAGE = "docs/operations.md"
FIRST_SALE, REPLACEMENT = ("Install", "First start"), ("Move to a new box",)
KEYS = ("Keys and what to keep elsewhere",)
HOME = "/home/tech"
# The address that the page gives the printer; here it is the box's own.
PRINTER = "192.168.1.87"
OTHER_BOARD = "0b9c6f1e-2d4a-4a57-9c11-7e3f5a60d8b2"
DISK_MEBIBYTES = 1024
BOOKS = "ls /var/lib/counterfoil/journal 2>&1; ls -d /etc/counterfoil /var/lib/counterfoil 2>&1"


# The actions of a pcscd that was built with polkit, as Debian 13's is; Debian 12's asks nobody.
POLICY = """<policyconfig>
<action id="org.debian.pcsc-lite.access_pcsc"><defaults><allow_any>no</allow_any></defaults></action>
<action id="org.debian.pcsc-lite.access_card"><defaults><allow_any>no</allow_any></defaults></action>
</policyconfig>
"""


def cards(machine: machines.Machine, findings: Findings) -> None:
    """polkit lets the daemon use smart card readers, and no other service."""
    machine.run(f"cat > /usr/share/polkit-1/actions/org.debian.pcsc-lite.policy <<'END'\n{POLICY}END\n"
                "systemctl restart polkit; systemd-run --quiet --unit=other --uid=pos sleep 600")
    answers = []
    for unit in ("counterfoild", "other"):
        process = machine.run(f"systemctl show {unit} -p MainPID --value").strip()
        for action in ("access_pcsc", "access_card"):
            answers.append(machine.run(f"pkcheck --action-id org.debian.pcsc-lite.{action} --process {process} 2>&1",
                                       check=False).strip() or "yes")
    findings.that(answers[:2] == ["yes"] * 2 and all("not authorized" in answer.lower() for answer in answers[2:]),
                  "polkit lets the daemon use card readers, and nobody else", f"{answers}")


def purge(machine: machines.Machine, findings: Findings) -> None:
    """The books go when somebody says yes, and only then."""
    machine.run("cp /dev/disk/by-id/virtio-package /run/package.deb")
    said = machine.run("DEBIAN_FRONTEND=noninteractive dpkg --purge counterfoil 2>&1", deadline=300)
    left = machine.run(BOOKS, check=False)
    kept = ".seg" in left and "\n/etc/counterfoil" not in left and "holds books of this till and stays" in said
    findings.that(kept, "purged with nobody there: the books stay, and it is said where they are", left + said)
    for answer, stays in (("", True), ("yes", False)):
        machine.run("install -D -g counterfoild -m 0640 /var/lib/counterfoil/counterfoil.toml.purged "
                    "/etc/counterfoil/counterfoil.toml && dpkg -i /run/package.deb 2>&1", deadline=300)
        findings.that("selling" in machine.run("counterfoil status", check=False), "it goes on from the books")
        said = machine.run(f"echo {answer} | DEBIAN_FRONTEND=teletype dpkg --purge counterfoil 2>&1", deadline=300)
        left = machine.run(BOOKS, check=False)
        findings.that("Delete the books of this till as well?" in said, "it asks", said)
        findings.that((".seg" in left) == stays and ("and stays" in said) == stays,
                      f"answered with {answer or 'Enter'}: the books {'stay' if stays else 'are deleted'}", left + said)


class Count:
    """What run_blocks.py counts, as findings."""

    def __init__(self, findings: Findings):
        self.findings, self.failed = findings, 0

    def good(self, place: str, what: str) -> None:
        self.findings.that(True, f"{place}: {what}")

    def bad(self, place: str, what: str, details: str = "") -> None:
        self.failed += 1
        self.findings.that(False, f"{place}: {what}", details or what)


def chapters(names: tuple[str, ...]) -> list[blocks.Block]:
    """The blocks of these chapters that are for the box."""
    text = (ROOT / PAGE).read_text()
    inside, heading = [], ""
    for line in text.split("\n"):
        heading = line.removeprefix("## ") if line.startswith("## ") else heading
        inside.append(heading)
    found = [block for block in blocks.read_blocks(PAGE, text) if inside[block.line - 1] in names]
    return [block for block in found if block.options.get("only") != "tree" and "not-run" not in block.options]


class Reader:
    """Somebody who does what the page says, on one box."""

    def __init__(self, machine: machines.Machine, count: Count):
        self.machine, self.count = machine, count
        machine.wait_until_up()
        machine.run("systemctl is-system-running --wait", check=False)
        simulator = f"sleep infinity | counterfoil-simulator printer --listen {PRINTER}:9100 --paper /run/paper"
        machine.run(
            "useradd --create-home --shell /bin/bash tech && "
            "echo 'tech ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/tech && "
            f"chmod 0440 /etc/sudoers.d/tech && echo 127.0.1.1 box >> /etc/hosts && ip link set lo up && "
            f"ip address add {PRINTER}/32 dev lo && mkdir /run/paper && "
            f"head -c {package().stat().st_size} /dev/disk/by-id/virtio-package > {HOME}/{package().name} && "
            "systemd-run --quiet --unit=printer "
            f"sh -c 'until test -x /usr/bin/counterfoil-simulator; do sleep 0.2; done; {simulator}'", deadline=300)

    def follow(self, names: tuple[str, ...]) -> None:
        for block in chapters(names):
            if block.language == "bench":
                self.machine.run(block.text)
            elif {"file", "append"} & block.options.keys():
                self.write(block)
            elif block.language in blocks.COMMANDS:
                self.type(block)

    def write(self, block: blocks.Block) -> None:
        name, more = block.options.get("file"), block.options.get("append")
        text = base64.b64encode((block.text if name else "\n" + block.text).encode()).decode()
        self.machine.run(f"cd {HOME}; echo {text} | base64 -d >> {shlex.quote(name or more)}")

    def type(self, block: blocks.Block) -> None:
        wanted = int(block.options.get("exits", 0))
        for command in blocks.commands(block):
            text = block.options.get("as", command.text)
            script = shlex.quote(f"cd {HOME}\n{text}\n")
            said = self.machine.run(f"runuser -u tech -- env LC_ALL=C.UTF-8 HOME={HOME} bash -c {script}; echo =$?",
                                    deadline=300)
            output, _, code = said.rstrip("\n").rpartition("=")
            result = {"place": f"{PAGE}:{command.line}", "text": text, "expected": command.expected, "output": output,
                      "code": int(code), "wanted": wanted}
            run_blocks.judge(result, self.count)


def bind_key(reader: Reader, findings: Findings) -> None:
    """The signing key as a credential of the service."""
    reader.follow(KEYS)
    found = json.loads(reader.machine.run("counterfoil status --json"))
    codes = [wait["code"] for wait in found["waits"]]
    doctor = reader.machine.run("counterfoil doctor --json; true")
    findings.that("keyMissing" not in codes, "the daemon signs with it", str(codes))
    findings.that("keyMissing" not in doctor, "the doctor knows it", doctor)
    reader.machine.run("rm /etc/counterfoil/journal.key.cred /etc/systemd/system/counterfoild.service.d/key.conf; "
                       "systemctl daemon-reload; systemctl restart counterfoild")
    lost = reader.machine.run("counterfoil status --json")
    findings.that('"keyMissing"' in lost, "without it the box sells and says that the key is missing", lost)


def check(_: argparse.Namespace, folder: pathlib.Path, findings: Findings) -> None:
    image, count = box_image.ensure(), Count(findings)
    dead = machines.make_disk(folder / "dead.img", DISK_MEBIBYTES)
    with machines.Machine(image, folder / "first", upper=dead, disks={"package": package()}) as machine:
        Reader(machine, count).follow(FIRST_SALE)
        machine.until("ls /run/paper | grep -q .")
        machine.run("sync")
        machine.cut()
    upper = machines.make_disk(folder / "upper.img", DISK_MEBIBYTES)
    with machines.Machine(image, folder / "second", upper=upper, disks={"package": package(), "old": dead},
                          arguments=("-uuid", OTHER_BOARD)) as machine:
        reader = Reader(machine, count)
        # What was written on the box is in the folder `data` of its disk.
        machine.run("mkdir -p /run/disk /media/old && mount /dev/disk/by-id/virtio-old /run/disk && "
                    "mount --bind -o ro /run/disk/data /media/old")
        reader.follow(REPLACEMENT)
        findings.that(count.failed == 0, "the page leads to a first sale and to a box that goes on for one that died")
        bind_key(reader, findings)
        cards(machine, findings)
        purge(machine, findings)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sys.exit(run(arguments, check))
