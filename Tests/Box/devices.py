#!/usr/bin/env python3
"""Plugs devices into the box: what udev gives them, and whether the daemon follows.

    Tests/Box/devices.py [--replugs N] [--keep FOLDER]

The box's own kernel plays the devices (dummy_hcd and configfs), so they have whatever numbers a test needs; a serial
bridge and a keyboard come from QEMU. Prints how long the daemon takes to tell a plugging and an unplugging.
"""

import argparse
import json
import pathlib
import re
import socket
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from machine import Machine  # noqa: E402
from rig import CASHIER, CONFIGURED, OPEN_SHIFT, SALE, Findings, Rig, run  # noqa: E402

GADGETS = "/sys/kernel/config/usb_gadget"
CALL = "counterfoil call --json io.counterfoil.Device.List '{\"all\":true}'"
# What a PresentDevice may leave out.
FIELDS = ("role", "profile", "name", "link", "vendor", "product", "title", "serial", "port")
LOCAL_RULES = "/etc/udev/rules.d/69-counterfoil-local.rules"
OURS = "660 counterfoild"
# The kernel lists the gadget of this name.
LISTED = "grep -qsx 'Model {}' /sys/bus/usb/devices/*/product"
# Name, place of the virtual controller, function, vendor, product, serial number.
SCANNER = ("scanner", 0, "acm", "0c2e", "0b61", "S21C00123")
SAME = ("same", 1, "acm", "0c2e", "0b61", "S21C00123")
MODEM = ("modem", 1, "acm", "1a86", "55d4", "M1")
KEYS = ("keys", 1, "acm", "05e0", "1200", "")
PRINTER = ("printer", 2, "printer", "6868", "0200", "P1")
OFFICE = ("office", 3, "printer", "04f9", "0028", "O1")


def make(machine: Machine, gadget: tuple) -> None:
    """A device, not plugged in yet."""
    name, _, function, vendor, product, serial = gadget
    machine.run(f"""set -e; mkdir {GADGETS}/{name}; cd {GADGETS}/{name}
        echo 0x{vendor} > idVendor; echo 0x{product} > idProduct; echo 0x0200 > bcdUSB
        mkdir strings/0x409 configs/c.1; echo Maker > strings/0x409/manufacturer; echo 'Model {name}' > strings/0x409/product
        test -z '{serial}' || echo '{serial}' > strings/0x409/serialnumber
        mkdir functions/{function}.{name}; ln -s functions/{function}.{name} configs/c.1/""")


def plug(machine: Machine, gadget: tuple) -> None:
    machine.run(f"echo dummy_udc.{gadget[1]} > {GADGETS}/{gadget[0]}/UDC")
    machine.until(LISTED.format(gadget[0]))
    machine.run("udevadm settle")


def unplug(machine: Machine, gadget: tuple) -> None:
    machine.run(f"echo '' > {GADGETS}/{gadget[0]}/UDC")
    machine.until("! " + LISTED.format(gadget[0]))
    machine.run("udevadm settle")


def rights(machine: Machine, node: str) -> str:
    """Mode and group, for example `660 dialout`."""
    return machine.run(f"stat -L -c '%a %G' {node}", check=False).strip()


def target(machine: Machine, link: str) -> str:
    return machine.run(f"readlink -e {link}", check=False).strip()


def node_of(machine: Machine, gadget: tuple, subsystem: str) -> str:
    """The node that a plugged gadget has in a subsystem; empty: none."""
    found = machine.run(f"""for device in /sys/class/{subsystem}/*; do
        p=$(readlink -f $device); while [ $p != / ]; do
          test -e $p/product && {{ grep -qx 'Model {gadget[0]}' $p/product && udevadm info -q name $device; break; }}
          p=$(dirname $p); done; done; true""")
    return "/dev/" + found.strip() if found.strip() else ""


def usb_node(machine: Machine, gadget: tuple) -> str:
    return "/dev/" + machine.run(
        f"for d in /sys/bus/usb/devices/*; do grep -qsx 'Model {gadget[0]}' $d/product && udevadm info -q name $d; done; "
        "true").strip()


def present(machine: Machine) -> list[dict]:
    return [{**dict.fromkeys(FIELDS), **device} for device in json.loads(machine.run(CALL))["present"]]


def await_present(machine: Machine, holds, what: str, deadline: float = 30.0) -> list[dict]:
    """The list as soon as it is as expected, or as it is at the deadline."""
    end = time.monotonic() + deadline
    while True:
        found = present(machine)
        if holds(found) or time.monotonic() > end:
            return found
        time.sleep(0.05)


def by_node(found: list[dict], node: str) -> dict:
    return next((device for device in found if device["node"] == node), {})


def rules(machine: Machine, findings: Findings) -> None:
    """What udev gives to devices that profiles name, and to others."""
    for gadget in (SCANNER, MODEM, PRINTER, OFFICE):
        make(machine, gadget)
        plug(machine, gadget)
    scanner, modem = node_of(machine, SCANNER, "tty"), node_of(machine, MODEM, "tty")
    lp, office = node_of(machine, PRINTER, "usbmisc"), node_of(machine, OFFICE, "usbmisc")
    link = "/dev/counterfoil/scanner-S21C00123"
    for event in ("as plugged in", "change", "bind"):
        if event != "as plugged in":
            machine.run(f"udevadm trigger --action={event} --subsystem-match=tty --subsystem-match=usb "
                        "--subsystem-match=usbmisc && udevadm settle")
        seen = [rights(machine, node) for node in (scanner, lp, usb_node(machine, PRINTER))]
        findings.that(seen == [OURS] * 3, f"{event}: scanner, printer and usblp's node are the daemon's", f"{seen}")
        seen = [target(machine, link), target(machine, "/dev/counterfoil/printer-P1")]
        findings.that(seen == [scanner, usb_node(machine, PRINTER)], f"{event}: their names by serial number", f"{seen}")
        seen = [rights(machine, node) for node in (modem, office, usb_node(machine, OFFICE), usb_node(machine, MODEM))]
        findings.that(seen == ["660 dialout", "660 lp", "664 lp", "664 root"], f"{event}: others are as Debian has them",
                      f"{seen}")
    links = machine.run("ls /dev/counterfoil").split()
    findings.that(len(links) == 4, "each has a second name by its socket, and nothing else has one", f"{links}")
    said = machine.run(f"udevadm info -q property {scanner}; echo; udevadm info -q property {modem}")
    ours, other = said.split("\n\n")
    findings.that("ID_MM_DEVICE_IGNORE=1" in ours and "ID_MM_PORT_IGNORE=1" in ours and "ID_MM_" not in other,
                  "ModemManager leaves the scanner alone, and only that", said)
    found = present(machine)
    findings.that({(device["node"], device["role"], device["profile"], device["use"]) for device in found} == {
        (scanner, "scanner", "honeywell-serial", "unconfigured"), (modem, None, None, "unknown"),
        (usb_node(machine, PRINTER), "printer", "generic-gbk-58", "unconfigured"),
        (usb_node(machine, OFFICE), None, None, "unknown")}, "Device.List tells all four apart", f"{found}")
    unplug(machine, MODEM)
    make(machine, KEYS)
    plug(machine, KEYS)
    node = node_of(machine, KEYS, "tty")
    findings.that(rights(machine, node) == "660 dialout" and by_node(present(machine), node).get("use") == "unknown",
                  "another product of a scanner's maker is not touched", rights(machine, node))
    unplug(machine, KEYS)
    make(machine, SAME)
    plug(machine, SAME)
    found = [device for device in await_present(machine, lambda found: len(found) == 4, "two") if device["role"] == "scanner"]
    links = {device["link"]: device["node"] for device in found}
    findings.that(len(links) == 2 and all(target(machine, link) == node for link, node in links.items()),
                  "two with the same serial number are known by their sockets", f"{found}")
    unplug(machine, SAME)


def bridge(machine: Machine, folder: pathlib.Path, findings: Findings) -> None:
    """A serial bridge is nobody's until a local rule says so; a keyboard is never touched."""
    path = folder / "bridge"
    machine.qmp("chardev-add", id="bridge", backend={"type": "socket", "data": {
        "addr": {"type": "unix", "data": {"path": str(path)}}, "server": True, "wait": False}})
    machine.qmp("device_add", driver="usb-kbd", id="keyboard", bus="xhci.0")
    machine.qmp("device_add", driver="usb-serial", id="bridge", chardev="bridge", bus="xhci.0")
    with socket.socket(socket.AF_UNIX) as far:
        far.connect(str(path))
        machine.until("test -e /dev/ttyUSB0 && ls /dev/input/event*")
        machine.run("udevadm settle")
        found = by_node(present(machine), "/dev/ttyUSB0")
        findings.that(rights(machine, "/dev/ttyUSB0") == "660 dialout" and found.get("use") == "unknown",
                      "a serial bridge is listed as unknown and not touched", f"{found}")
        shown = machine.run(CASHIER + "counterfoil devices --all")
        rule = next((line.strip() for line in shown.splitlines() if "COUNTERFOIL_ROLE" in line), "")
        findings.that('"0403"' in rule and '"6001"' in rule, "`counterfoil devices --all` writes the rule for it", shown)
        machine.write(LOCAL_RULES, rule + "\n")
        machine.run("udevadm control --reload && udevadm trigger --action=add --subsystem-match=tty && udevadm settle")
        found = by_node(present(machine), "/dev/ttyUSB0")
        findings.that(rights(machine, "/dev/ttyUSB0") == OURS and found.get("role") == "scanner"
                      and target(machine, found.get("link") or "/nowhere") == "/dev/ttyUSB0",
                      "the rule makes it a scanner", f"{found}")
    keyboard = machine.run("stat -c '%a %G' /dev/input/event* /dev/hidraw* 2>/dev/null | sort -u", check=False).split("\n")
    findings.that(set(filter(None, keyboard)) <= {"660 input", "600 root"}, "a keyboard stays the system's", f"{keyboard}")
    machine.qmp("device_del", id="bridge")
    machine.qmp("device_del", id="keyboard")
    found = await_present(machine, lambda found: not by_node(found, "/dev/ttyUSB0"), "the bridge gone")
    findings.that(not by_node(found, "/dev/ttyUSB0"), "pulled out, it is listed no more", f"{found}")


def configure(machine: Machine, rig: Rig, findings: Findings) -> None:
    """What `counterfoil devices` proposes, added to the configuration, works."""
    shown = machine.run(CASHIER + "counterfoil devices")
    block = re.search(r"(?m)^  \[\[scanner\]\]\n(?:  .*\n)+", shown)
    findings.that(block is not None, "`counterfoil devices` writes the entry for the scanner", shown)
    entry = re.sub(r"(?m)^  ", "", block[0] if block else "")
    name = re.search(r'name = "([^"]*)"', entry)[1]
    text = rig.configuration + f'scanners = ["{name}"]\n{entry}'
    machine.write(CONFIGURED, text)
    machine.run("counterfoil config check && systemctl restart counterfoild")
    found = await_present(machine, lambda found: any(device["use"] == "inUse" for device in found), "in use")
    findings.that([device["name"] for device in found if device["use"] == "inUse"] == [name],
                  "the box has it open", f"{found}")
    machine.run("(sleep 1; printf '5901234123457\\r' > /dev/ttyGS0) & timeout 20 counterfoil watch --json > /run/watched; true")
    watched = machine.run("cat /run/watched")
    findings.that('"scanned"' in watched, "and hears what it scans", watched)


FOLLOW = r'''
import json, socket, sys, time
GADGET, PLACE, LINK, TIMES = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])

class Client:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect("/run/counterfoil/control")
        self.socket.settimeout(30)
        self.buffer = b""
    def send(self, method, parameters, more=False):
        self.socket.sendall(json.dumps({"method": "io.counterfoil." + method, "parameters": parameters, "more": more}).encode() + b"\0")
    def receive(self):
        while b"\0" not in self.buffer:
            part = self.socket.recv(65536)
            if not part:
                sys.exit("the daemon is gone")
            self.buffer += part
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)["parameters"]

def use():
    lists.send("Device.List", {"all": True})
    return next((device["use"] for device in lists.receive()["present"] if device.get("link") == LINK), None)

def until(name, key, value):
    while True:
        for event in watch.receive()["events"]:
            if event["name"] == name and event["data"].get(key) == value:
                return time.monotonic()

watch, lists = Client(), Client()
watch.send("System.Watch", {"topics": ["device"]}, True)
watch.receive()
told = {"plug": [], "unplug": [], "open": []}
wrong = []
for turn in range(TIMES):
    for act, text, event in (("unplug", "\n", "deviceRemoved"), ("plug", PLACE, "deviceAdded")):
        began = time.monotonic()
        with open(GADGET + "/UDC", "w") as file:
            file.write(text)
        told[act].append(until(event, "link", LINK) - began)
        here = use()
        if (here is not None) != (act == "plug"):
            wrong.append(f"{turn} {act}: {here}")
    if use() != "inUse":
        until("scannerStatus", "online", True)
    told["open"].append(time.monotonic() - began)
    if use() != "inUse":
        wrong.append(f"{turn} open: {use()}")
print(json.dumps({"told": told, "wrong": wrong}))
'''


def follow(machine: Machine, replugs: int, findings: Findings) -> None:
    """The scanner is pulled out and plugged in again: every time the daemon tells it and has it open again."""
    machine.write("/run/follow.py", FOLLOW)
    answer = machine.run(f"python3 /run/follow.py {GADGETS}/scanner dummy_udc.0 /dev/counterfoil/scanner-S21C00123 {replugs}",
                         deadline=60 + 30.0 * replugs)
    result = json.loads(answer.splitlines()[-1])
    findings.that(result["wrong"] == [], f"plugged in again {replugs} times: Device.List is right after each event",
                  f"{result['wrong']}")
    for what, times in result["told"].items():
        print(f"{what}: median {statistics.median(times) * 1000:.0f} ms, worst {max(times) * 1000:.0f} ms", flush=True)


def rest(machine: Machine, findings: Findings) -> None:
    """The thread that waits for udev sleeps: with nothing to tell, and with news of devices that are not ours."""
    count = ("awk '/^voluntary_ctxt_switches/ {print $2}' "
             "/proc/$(systemctl show counterfoild -p MainPID --value)/task/$(systemctl show counterfoild -p MainPID --value)"
             "/status")
    before = machine.run(count)
    machine.run("udevadm trigger --subsystem-match=block --subsystem-match=net --subsystem-match=input --action=change && "
                "udevadm settle; sleep 3")
    after = machine.run(count)
    findings.that(before == after, "other devices' events do not wake the daemon", f"{before} {after}")


def without_udev(machine: Machine, findings: Findings) -> None:
    """As in a container: nothing known, nothing wrong."""
    machine.run("systemctl stop systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udevd; "
                "mv /run/udev /run/udev.away; systemctl restart counterfoild")
    found = present(machine)
    findings.that(found == [], "without udev nothing is plugged in", f"{found}")
    sold = machine.run(SALE, check=False)
    findings.that("stub" in sold, "and the box sells", sold)
    machine.run("systemctl stop counterfoild; mv /run/udev.away /run/udev")


def check(options: argparse.Namespace, folder: pathlib.Path, findings: Findings) -> None:
    rig = Rig(folder)
    with rig.restore() as machine:
        machine.run("modprobe dummy_hcd num=4; modprobe libcomposite; "
                    "mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config")
        rig.start_daemon(machine)
        findings.that(present(machine) == [], "nothing is plugged in at first")
        machine.run(OPEN_SHIFT)
        rules(machine, findings)
        bridge(machine, folder, findings)
        configure(machine, rig, findings)
        follow(machine, options.replugs, findings)
        rest(machine, findings)
        without_udev(machine, findings)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--replugs", type=int, default=20, metavar="N", help="how often it is plugged in again")
    sys.exit(run(arguments, check))
