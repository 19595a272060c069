#!/usr/bin/env python3
"""Plugs peripherals that outlive the box into its USB: what the kernel, udev's rules and the daemon say of each.

    Tests/Box/usb.py [--replugs N] [--keep FOLDER]

Receipt printers and HID scanners are programs here (usbredir.py), the card in QEMU's reader is scripted, keys come from
QEMU's keyboard. Prints how long the daemon takes to tell a plugging and an unplugging.
"""

import argparse
import contextlib
import json
import pathlib
import socket
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from devices import await_present, present, target  # noqa: E402
from machine import Machine  # noqa: E402
from peripherals import (HIDDevice, ReceiptPrinter, Scanner, SmartCard, plug_in, plug_in_reader,  # noqa: E402
                         press)
from rig import CASHIER, Findings, Rig, install, run  # noqa: E402

OURS = "660 counterfoild"
READER = "08e6:4433"
EAN = "5901234123457"
# A page that is nobody's: nothing of a till.
SENSOR_REPORT = bytes.fromhex("0600ff 0901 a101 1500 26ff00 7508 9508 0901 8102 c0")
ATR = bytes.fromhex("3b6800000073c84000009000")
SELECT = bytes.fromhex("00a4040007a0000000031010")
SELECTED = bytes.fromhex("6f098407a00000000310109000")
# What the kernel knows of a device, with all nodes of it and of its interfaces.
LOOK = r"""
import glob, grp, json, os, stat, sys
def text(path):
    try:
        return open(path).read().strip()
    except OSError:
        return None
for device in glob.glob("/sys/bus/usb/devices/*"):
    if f"{text(device + '/idVendor')}:{text(device + '/idProduct')}" != sys.argv[1]:
        continue
    nodes, drivers = {}, []
    for folder, _, files in os.walk(os.path.realpath(device)):
        if os.path.exists(folder + "/bInterfaceClass") and os.path.exists(folder + "/driver"):
            drivers.append(os.path.basename(os.readlink(folder + "/driver")))
        for line in (text(folder + "/uevent") or "").splitlines():
            if line.startswith("DEVNAME="):
                node = "/dev/" + line[8:]
                seen = os.stat(node)
                nodes[node] = f"{stat.S_IMODE(seen.st_mode):o} {grp.getgrgid(seen.st_gid).gr_name}"
    print(json.dumps({"serial": text(device + "/serial"), "drivers": drivers, "nodes": nodes}))
"""
# A smart card reader's messages (CCID 1.1) over usbfs: waits for the card to be there or not, powers it, sends commands.
ASK_CARD = r"""
import array, fcntl, json, struct, sys, time
node, there, commands = sys.argv[1], sys.argv[2] == "in", sys.argv[3:]
file = open(node, "r+b", buffering=0)
fcntl.ioctl(file, 0x8004550F, struct.pack("I", 0))  # USBDEVFS_CLAIMINTERFACE
def bulk(endpoint, data):
    buffer = array.array("B", data)
    request = struct.pack("IIIxxxxP", endpoint, len(buffer), 5000, buffer.buffer_info()[0])
    length = fcntl.ioctl(file, 0xC0185502, bytearray(request))  # USBDEVFS_BULK
    return buffer.tobytes()[:length]
def ask(kind, data=b""):
    bulk(0x03, struct.pack("<BIBB3x", kind, len(data), 0, 1) + data)
    answer = bulk(0x82, bytes(600))
    return answer[7], answer[10:10 + struct.unpack_from("<I", answer, 1)[0]].hex()
end = time.monotonic() + 30
while (ask(0x65)[0] & 3 != 2) != there and time.monotonic() < end:
    time.sleep(0.05)
state = ask(0x65)[0] & 3
print(json.dumps([state != 2] + ([ask(0x62)[1]] + [ask(0x6F, bytes.fromhex(c))[1] for c in commands] if state != 2 else [])))
"""
READ_KEYS = r"""
import glob, struct
port = open("/dev/virtio-ports/box.acknowledged", "wb", buffering=0)
with open(glob.glob("/dev/input/by-id/*kbd")[0], "rb", buffering=0) as keyboard:
    port.write(b"open\n")
    code = 0
    while code != 28:
        _, _, kind, code, value = struct.unpack("llHHi", keyboard.read(24))
        if kind == 1 and value == 1:
            port.write(f"{code}\n".encode())
"""


def listed(machine: Machine, numbers: str) -> list[dict]:
    return [device for device in present(machine) if f"{device['vendor']}:{device['product']}" == numbers]


def appears(machine: Machine, numbers: str, node: str = "/dev/null") -> dict:
    """Waits until the kernel has it, with `node` if it gets one; then what it is."""
    machine.until(f"lsusb -d {numbers} >/dev/null && test -e {node}")
    machine.run("udevadm settle")
    machine.write("/run/look.py", LOOK)
    return json.loads(machine.run(f"python3 /run/look.py {numbers}"))


def disappears(machine: Machine, numbers: str) -> None:
    machine.until(f"! lsusb -d {numbers} >/dev/null")
    machine.run("udevadm settle")
    await_present(machine, lambda found: not any(f"{device['vendor']}:{device['product']}" == numbers for device in found),
                  "gone")


def wait_for(holds, seconds: float = 60.0) -> bool:
    """Whether something on this side becomes true in time."""
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return bool(held)


def background(machine: Machine, command: str) -> None:
    machine.run(f"({command}) </dev/null >/run/background 2>&1 &")


def usb_node(seen: dict) -> str:
    return next(node for node in seen["nodes"] if node.startswith("/dev/bus/usb/"))


def names_of(found: list[dict], *fields: str) -> list[tuple]:
    return [tuple(device[field] for field in fields) for device in found]


def known_printer(machine: Machine, printer: ReceiptPrinter, findings: Findings) -> None:
    """One whose numbers a profile has."""
    plug_in(machine, printer, "printer")
    seen = appears(machine, printer.numbers, "/dev/usb/lp0")
    node = usb_node(seen)
    findings.that(seen == {"serial": printer.serial, "drivers": ["usblp"], "nodes": {node: OURS, "/dev/usb/lp0": OURS}},
                  "a printer of a profile: its nodes and usblp's are the daemon's", f"{seen}")
    findings.that(target(machine, f"/dev/counterfoil/printer-{printer.serial}") == node, "it has a name by serial number")
    refused = machine.run(CASHIER + f"sh -c 'echo > /dev/usb/lp0; echo > {node}'", check=False)
    findings.that(refused.count("Permission denied") == 2 and not printer.paper, "nobody else prints on it", refused)
    found = listed(machine, printer.numbers)
    findings.that(names_of(found, "role", "profile", "use", "interface", "node", "serial", "link") == [
        ("printer", "generic-gbk-58", "unconfigured", "printer", node, printer.serial,
         f"/dev/counterfoil/printer-{printer.serial}")], "Device.List names role, profile and serial number", f"{found}")
    said = machine.run("cat /sys/bus/usb/drivers/usblp/*/ieee1284_id")
    findings.that(said.strip() == printer.identity.decode(), "it says who it is", said)
    # A command in two parts, which the printer must put together.
    answer = machine.run("exec 3<>/dev/usb/lp0; printf '\\033@Tea  3.50\\n\\020' >&3; printf '\\004\\001' >&3; "
                         "timeout 20 head -c 1 <&3 | od -An -tx1")
    findings.that(answer.strip() == "12" and bytes(printer.paper) == b"\x1b@Tea  3.50\n\x10\x04\x01",
                  "what is written comes on its paper, and it answers DLE EOT", f"{answer} {bytes(printer.paper)!r}")


def stubborn_printer(machine: Machine, printer: ReceiptPrinter, findings: Findings) -> None:
    """One that takes nothing more, goes on, and is pulled out in the middle of it."""
    before = len(printer.paper)
    printer.hold(True)
    background(machine, "head -c 100000 /dev/zero > /dev/usb/lp0; echo done > /run/written")
    findings.that(wait_for(lambda: printer.refused) and len(printer.paper) == before, "a full printer takes nothing")
    printer.hold(False)
    machine.until("test -e /run/written")
    findings.that(wait_for(lambda: len(printer.paper) == before + 100_000), "and everything when it goes on",
                  f"{len(printer.paper) - before}")
    printer.hold(True)
    background(machine, "head -c 100000 /dev/zero > /dev/usb/lp0; echo $? > /run/ended")
    wait_for(lambda: printer.refused)
    printer.unplug()
    machine.until("test -s /run/ended")
    ended = machine.run("cat /run/ended /run/background")
    disappears(machine, printer.numbers)
    findings.that(not ended.startswith("0") and listed(machine, printer.numbers) == [],
                  "pulled out in the middle: the writer hears of it, and it is listed no more", ended)
    printer.hold(False)


def unknown_devices(machine: Machine, office: ReceiptPrinter, sensor: HIDDevice, findings: Findings) -> None:
    """Numbers that no profile has: listed if it is a printer, left alone in any case."""
    plug_in(machine, office, "office")
    plug_in(machine, sensor, "sensor")
    seen = appears(machine, office.numbers, "/dev/usb/lp0")
    findings.that(seen["nodes"] == {usb_node(seen): "664 lp", "/dev/usb/lp0": "660 lp"},
                  "a printer of no profile stays as Debian has it", f"{seen}")
    found = listed(machine, office.numbers)
    findings.that(names_of(found, "role", "profile", "use", "interface", "link") == [
        (None, None, "unknown", "printer", None)], "and is listed as unknown", f"{found}")
    seen = appears(machine, sensor.numbers, "/dev/hidraw0")
    findings.that(seen["nodes"].get("/dev/hidraw0") == "600 root" and seen["nodes"][usb_node(seen)] == "664 root"
                  and listed(machine, sensor.numbers) == [], "another HID device is neither touched nor listed", f"{seen}")
    for device in (office, sensor):
        device.unplug()
        disappears(machine, device.numbers)


def scanner_in_hid_mode(machine: Machine, scanner: Scanner, findings: Findings) -> None:
    """A scanner for which there is no driver: the list says what it is, nobody gets it."""
    plug_in(machine, scanner, "scanner")
    seen = appears(machine, scanner.numbers, "/dev/hidraw0")
    findings.that(seen["serial"] == scanner.serial and "usbhid" in seen["drivers"]
                  and seen["nodes"].get("/dev/hidraw0") == "600 root" and seen["nodes"][usb_node(seen)] == "664 root"
                  and not any("/input/" in node for node in seen["nodes"]),
                  "a scanner in HID POS mode is no keyboard, and nobody gets its nodes", f"{seen}")
    found = listed(machine, scanner.numbers)
    findings.that(names_of(found, "role", "profile", "use", "interface", "node", "serial", "link") == [
        (None, None, "unknown", "hid", "/dev/hidraw0", scanner.serial, None)], "Device.List tells its mode", f"{found}")
    said = machine.run(CASHIER + "counterfoil devices --all")
    findings.that("serial mode" in said, "`counterfoil devices --all` says what helps", said)
    # The kernel throws away what comes until it is open.
    background(machine, "exec 3</dev/hidraw0; touch /run/open; "
                        f"timeout 60 head -c {Scanner.LENGTH} <&3 > /run/report; touch /run/scanned")
    machine.until("test -e /run/open")
    findings.that(scanner.scan(EAN), "somebody listens to it")
    machine.until("test -e /run/scanned")
    report = bytes.fromhex(machine.run("od -An -v -tx1 /run/report").replace(" ", "").replace("\n", ""))
    findings.that(report == scanner.report_of(EAN), "what it scans comes as its report", report.hex())
    scanner.unplug()
    disappears(machine, scanner.numbers)
    findings.that(listed(machine, scanner.numbers) == [], "pulled out, it is listed no more")
    scanner.plug(scanner.path)
    appears(machine, scanner.numbers, "/dev/hidraw0")
    findings.that(len(await_present(machine, lambda found: found, "back")) == 1, "plugged in again, it is back")
    scanner.unplug()
    disappears(machine, scanner.numbers)


def card_reader(machine: Machine, card: SmartCard, findings: Findings) -> None:
    plug_in_reader(machine, card)
    node = usb_node(seen := appears(machine, READER))
    found = listed(machine, READER)
    findings.that(names_of(found, "role", "use", "interface", "node") == [(None, "unknown", "ccid", node)]
                  and seen["nodes"] == {node: "664 root"}, "a card reader is listed and left alone", f"{seen} {found}")
    machine.write("/run/card.py", ASK_CARD)

    def ask(where: str) -> list:
        return json.loads(machine.run(f"python3 /run/card.py {node} {where} {SELECT.hex()} 00b2010c00"))

    for turn in ("a card", "the card again"):
        findings.that(ask("out") == [False], "no card is in the reader")
        card.insert()
        answers = ask("in")
        findings.that(answers == [True, ATR.hex(), SELECTED.hex(), "6d00"] and card.commands[-2:-1] == [SELECT],
                      f"{turn} says who it is and answers", f"{answers}")
        card.remove()
    machine.qmp("device_del", id="ccid")
    disappears(machine, READER)
    findings.that(listed(machine, READER) == [], "pulled out, it is listed no more")


def keyboard(machine: Machine, findings: Findings) -> None:
    """A scanner that plays a keyboard cannot be told from one: never listed, never taken."""
    machine.qmp("device_add", driver="usb-kbd", id="keys", bus="xhci.0")
    seen = appears(machine, "0627:0001", "/dev/input/by-id/*kbd")
    findings.that({*seen["nodes"].values()} <= {"664 root", "660 input", "600 root"} and present(machine) == [],
                  "a keyboard stays the system's and is not listed", f"{seen}")
    machine.write("/run/read_keys.py", READ_KEYS)
    with socket.socket(socket.AF_UNIX) as far, far.makefile("r") as heard:
        far.settimeout(60)
        far.connect(str(machine.folder / "acknowledged"))
        background(machine, "python3 /run/read_keys.py")
        keys = [heard.readline()]
        for key in [*EAN, "ret"]:
            press(machine, key)
            keys.append(heard.readline())
    # Linux's codes of the keys: 1 is 2, 0 is 11, return is 28.
    codes = [str(int(digit) + 1 if digit != "0" else 11) for digit in EAN]
    findings.that("".join(keys).split() == ["open", *codes, "28"], "what it types comes whole", f"{keys}")
    machine.qmp("device_del", id="keys")
    disappears(machine, "0627:0001")


class Client:
    """A client on this host: what it measures has nothing of a program's start in it."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.buffer = b""

    def call(self, method: str, more: bool = False, **parameters: object) -> dict:
        request = {"method": f"io.counterfoil.{method}", "parameters": parameters, "more": more}
        self.socket.sendall(json.dumps(request).encode() + b"\0")
        return self.receive()

    def receive(self) -> dict:
        while b"\0" not in self.buffer:
            part = self.socket.recv(65536)
            if not part:
                raise EOFError("the daemon is gone")
            self.buffer += part
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)["parameters"]

    def until(self, name: str, serial: str) -> dict:
        while True:
            for event in self.receive()["events"]:
                if event["name"] == name and event["data"].get("serial") == serial:
                    return event["data"]


def replug(rig: Rig, printer: ReceiptPrinter, replugs: int, findings: Findings) -> None:
    """Pulled out and plugged in, again and again: the list follows."""
    watch, lists = Client(rig.port), Client(rig.port)
    watch.call("System.Watch", more=True, topics=["device"])
    times, wrong = {"plug": [], "unplug": []}, []
    for turn in range(replugs):
        for act, name in (("plug", "deviceAdded"), ("unplug", "deviceRemoved")):
            began = time.monotonic()
            printer.plug(printer.path) if act == "plug" else printer.unplug()
            data = watch.until(name, printer.serial)
            times[act].append(time.monotonic() - began)
            found = [device["node"] for device in lists.call("Device.List", all=True)["present"]]
            if data["profile"] != "generic-gbk-58" or found != ([data["node"]] if act == "plug" else []):
                wrong.append(f"{turn} {act}: {data}")
    findings.that(wrong == [], f"plugged in {replugs} times: Device.List is right after each event", f"{wrong}")
    for act, taken in times.items():
        print(f"{act}: median {statistics.median(taken) * 1000:.0f} ms, worst {max(taken) * 1000:.0f} ms", flush=True)


def lives(rig: Rig, machine: Machine, printer: ReceiptPrinter, findings: Findings) -> Machine:
    """The box is reset, then loses its power: the printer stays what it was, with what is on its paper."""
    printer.plug(printer.path)
    appears(machine, printer.numbers, "/dev/usb/lp0")
    paper, connections = bytes(printer.paper), printer.connections
    machine.qmp("set-action", reboot="reset")
    machine.qmp("system_reset")
    machine.wait_until_up()
    machine.run("systemctl is-system-running --wait")
    appears(machine, printer.numbers, "/dev/usb/lp0")
    machine.run("echo reset > /dev/usb/lp0")
    findings.that(wait_for(lambda: bytes(printer.paper) == paper + b"reset\n") and printer.connections == connections,
                  "after a reset of the box the same printer prints on the same paper", f"{bytes(printer.paper[-80:])!r}")
    install(machine)
    found = await_present(machine, lambda found: found, "installed")
    seen = appears(machine, printer.numbers, "/dev/usb/lp0")
    findings.that(names_of(found, "role", "serial") == [("printer", printer.serial)] and {*seen["nodes"].values()} == {OURS},
                  "the package is installed while it is plugged in: it is known at once", f"{found} {seen}")
    machine.cut()
    machine = rig.restore()
    plug_in(machine, printer, "printer")
    rig.start_daemon(machine)
    found = await_present(machine, lambda found: found, "next life")
    machine.until("test -e /dev/usb/lp0")
    machine.run("echo cut > /dev/usb/lp0")
    findings.that(wait_for(lambda: bytes(printer.paper) == paper + b"reset\ncut\n") and len(found) == 1
                  and printer.connections == connections + 1, "and after a power cut", f"{found} {printer.connections}")
    return machine


def check(options: argparse.Namespace, folder: pathlib.Path, findings: Findings) -> None:
    printer = ReceiptPrinter(0x6868, 0x0200, "Gprinter", "GP-58MBIII+", "GP58-000417")
    rig = Rig(folder)
    machine = rig.restore()
    try:
        rig.start_daemon(machine)
        findings.that(present(machine) == [], "nothing is plugged in at first")
        known_printer(machine, printer, findings)
        stubborn_printer(machine, printer, findings)
        unknown_devices(machine, ReceiptPrinter(0x04F9, 0x0028, "Brother", "HL-2140", "BR0028"),
                        HIDDevice(0x16C0, 0x05DF, "Somebody", "Sensor", "", SENSOR_REPORT), findings)
        scanner_in_hid_mode(machine, Scanner(0x0C2E, 0x0B81, "Honeywell", "Voyager 1450g", "S21C00123"), findings)
        card_reader(machine, SmartCard(folder / "card", ATR, {SELECT: SELECTED}), findings)
        keyboard(machine, findings)
        replug(rig, printer, options.replugs, findings)
        machine = lives(rig, machine, printer, findings)
    finally:
        with contextlib.suppress(Exception):
            (folder / "daemon.log").write_text(machine.run("journalctl --no-pager -u counterfoild -u systemd-udevd"))
        machine.cut()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--replugs", type=int, default=20, metavar="N", help="how often it is plugged in again")
    sys.exit(run(arguments, check))
