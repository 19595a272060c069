#!/usr/bin/env python3
"""Generates udev-rules/70-counterfoil.rules from the [[usb]] tables of hardware-profiles/*.toml.

usage: generate-udev.py [--check] [--profiles FOLDER]

With --check it writes nothing, says what differs and exits 1. Python 3.11, standard library only.
"""

import argparse
import itertools
import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROFILES = ROOT / "hardware-profiles"
RULES = ROOT / "udev-rules" / "70-counterfoil.rules"
ROLES = {"escpos": "printer", "serial-scanner": "scanner"}
# Numbers of serial bridges say which chip is in a cable, not what hangs on it; brltty takes them for braille displays.
BRIDGES = {("0403", None), ("10c4", "ea60"), ("1a86", "7523"), ("1a86", "5523"), ("067b", "2303")}

HEAD = """\
# Devices of the till on USB: barcode scanners with a serial line, receipt printers.
#
# Made by scripts/generate-udev.py from the [[usb]] tables of hardware-profiles/; installed as
# /usr/lib/udev/rules.d/70-counterfoil.rules. Only devices that are named here are touched: a rule for every ttyUSB would
# take somebody's modem. To add one for a single box, find its numbers with `counterfoil devices --all` and give it a role
# in /etc/udev/rules.d/69-counterfoil-local.rules, which is read before this file:
#
#   SUBSYSTEM=="tty", ENV{ID_VENDOR_ID}=="0403", ENV{ID_MODEL_ID}=="6001", ENV{COUNTERFOIL_ROLE}="scanner"

# A device that leaves keeps nothing. Every other event must give the same: what one of them does not give (the kernel
# sends `bind` after `add`), the device loses.
ACTION=="remove", GOTO="counterfoil_end"
SUBSYSTEM!="tty|usb|usbmisc|hidraw", GOTO="counterfoil_end"
# What a local rule says, stands.
ENV{COUNTERFOIL_ROLE}!="", GOTO="counterfoil_role"

# The numbers of the device itself, never those of a hub above it (ATTRS would find them too).
SUBSYSTEM=="tty", SUBSYSTEMS=="usb", ENV{ID_VENDOR_ID}=="", IMPORT{builtin}="usb_id"
SUBSYSTEM=="tty", ENV{ID_VENDOR_ID}!="", GOTO="counterfoil_serial"
SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ENV{ID_USB_INTERFACES}=="*:0701*", GOTO="counterfoil_printer"
SUBSYSTEM=="usbmisc", KERNEL=="lp[0-9]*", IMPORT{builtin}="usb_id", GOTO="counterfoil_printer"
# Listed only: readers of smart cards, and what may be a scanner in its HID Point of Sale mode (no keyboard, no mouse; the
# daemon looks closer).
SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ENV{ID_USB_INTERFACES}=="*:0b00*", GOTO="counterfoil_seen"
SUBSYSTEM=="hidraw", SUBSYSTEMS=="usb", ATTRS{bInterfaceClass}=="03", ATTRS{bInterfaceProtocol}=="00", \\
  IMPORT{builtin}="usb_id", IMPORT{builtin}="path_id", GOTO="counterfoil_seen"
GOTO="counterfoil_end"
"""

TAIL = """
LABEL="counterfoil_seen"
# `counterfoil devices --all` shows also what no profile knows; it is not touched.
SUBSYSTEM!="usbmisc", TAG+="counterfoil"
ENV{COUNTERFOIL_ROLE}=="", GOTO="counterfoil_end"

LABEL="counterfoil_role"
SUBSYSTEM!="usbmisc", TAG+="counterfoil"
TAG+="systemd"
# The daemon's group only, also for the node that usblp makes: nobody else prints in between. usblp itself stays until the
# printer's interface is claimed. No "uaccess", which is for people at a desktop.
GROUP="counterfoild", MODE="0660"
SUBSYSTEM=="usbmisc", GOTO="counterfoil_end"
# ModemManager would send AT commands into it for ten seconds, which a scanner may take for set-up commands.
SUBSYSTEM=="tty", ENV{ID_MM_DEVICE_IGNORE}="1", ENV{ID_MM_PORT_IGNORE}="1"
# brltty takes serial bridges (CH340, CP210x, FTDI) for braille displays. No profile names one of those, and Debian's
# brltty brings no udev rules; where others brought them, a bridge needs `apt-get purge brltty`.

# A name that stays when it is plugged elsewhere (serial number), and one for the socket that it is plugged into: devices
# without a number, or with everybody's number, have only that.
ENV{ID_PATH_TAG}=="", IMPORT{builtin}="path_id"
ENV{ID_USB_INTERFACE_NUM}=="?*", ENV{ID_USB_INTERFACE_NUM}!="00", ENV{.COUNTERFOIL_PART}="-if$env{ID_USB_INTERFACE_NUM}"
ENV{ID_SERIAL_SHORT}!="", \\
  SYMLINK+="counterfoil/$env{COUNTERFOIL_ROLE}-$env{ID_SERIAL_SHORT}$env{.COUNTERFOIL_PART}"
ENV{ID_PATH_TAG}!="", SYMLINK+="counterfoil/$env{COUNTERFOIL_ROLE}-$env{ID_PATH_TAG}"

LABEL="counterfoil_end"
"""


class Problem(Exception):
    pass


def read(path):
    """(interface, vendor, product or None, role, profile, title) of each [[usb]] of a profile. The daemon's own reader is
    the strict one; this one refuses what would make a wrong rule."""
    profile = tomllib.loads(path.read_text(encoding="utf-8"))
    role = ROLES.get(profile.get("family"))
    found = []
    for match in profile.get("usb", []):
        vendor, product, interface = match.get("vendor"), match.get("product"), match.get("interface")
        for number in (vendor, product):
            if number is not None and not re.fullmatch(r"[0-9a-f]{4}", str(number)):
                raise Problem(f"{path.name}: {number!r} is no USB number")
        if role is None or interface not in ("serial", "printer") or vendor is None or set(match) - {
                "vendor", "product", "interface"}:
            raise Problem(f"{path.name}: no rule can be made of {match}")
        if {(vendor, None), (vendor, product)} & BRIDGES:
            raise Problem(f"{path.name}: {vendor}:{product} is a serial bridge; a local rule can name the one that it is")
        if interface == "printer" and product is None:
            raise Problem(f"{path.name}: {vendor} makes other printers too: name the product")
        found.append((interface, vendor, product, role, path.stem, profile["title"]))
    return found


def rules(folder):
    matches = [match for path in sorted(folder.glob("*.toml")) for match in read(path)]
    for one, other in itertools.combinations(matches, 2):
        same = one[:2] == other[:2] and (one[2] == other[2] or None in (one[2], other[2]))
        if same and one[4] != other[4]:
            raise Problem(f"{one[1]}:{one[2] or other[2] or '*'} stands in {one[4]} and {other[4]}")
    text = HEAD
    for interface in ("serial", "printer"):
        text += f'\nLABEL="counterfoil_{interface}"\n'
        titled = None
        for _, vendor, product, role, profile, title in (match for match in matches if match[0] == interface):
            if title != titled:
                text += f"# {title}\n"
                titled = title
            model = f', ENV{{ID_MODEL_ID}}=="{product}"' if product else ""
            text += (f'ENV{{ID_VENDOR_ID}}=="{vendor}"{model}, \\\n'
                     f'  ENV{{COUNTERFOIL_ROLE}}="{role}", ENV{{COUNTERFOIL_PROFILE}}="{profile}"\n')
        if interface == "serial":
            text += 'GOTO="counterfoil_seen"\n'
    return text + TAIL


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the file differs")
    parser.add_argument("--profiles", type=pathlib.Path, default=PROFILES, metavar="FOLDER", help="where the profiles are")
    options = parser.parse_args()
    try:
        text = rules(options.profiles)
    except Problem as problem:
        sys.exit(f"generate-udev: {problem}")
    if not options.check:
        RULES.write_text(text, encoding="utf-8")
    elif RULES.read_text(encoding="utf-8") != text:
        sys.exit(f"generate-udev: {RULES.relative_to(ROOT)} differs from hardware-profiles/; run scripts/generate-udev.py")


if __name__ == "__main__":
    main()
