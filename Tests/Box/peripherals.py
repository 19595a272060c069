#!/usr/bin/env python3
"""Peripherals on the host that outlive the box: a receipt printer, a scanner in its HID POS mode, a smart card, keys.

    Tests/Box/peripherals.py printer|scanner SOCKET

Plays one at the socket of a usb-redir device. Lines of the standard input: plug, unplug, scan CODE, hold, go on, paper.
"""

import argparse
import contextlib
import pathlib
import socket
import struct
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from machine import Machine  # noqa: E402
from usbredir import BULK, INTERRUPT, Device, Speed, configuration, endpoint, interface  # noqa: E402

HID, REPORT = 0x21, 0x22


def plug_in(machine: Machine, device: Device, name: str) -> None:
    """Gives the machine a socket of USB that `device` is plugged into, now and in machines to come of this folder."""
    path = machine.folder / name
    add_socket(machine, name, path, server=True)
    machine.qmp("device_add", driver="usb-redir", id=name, chardev=name, bus="xhci.0")
    device.plug(path)


def add_socket(machine: Machine, name: str, path: pathlib.Path, *, server: bool) -> None:
    machine.qmp("chardev-add", id=name, backend={"type": "socket", "data": {
        "addr": {"type": "unix", "data": {"path": str(path)}}, "server": server, **({"wait": False} if server else {})}})


class ReceiptPrinter(Device):
    """An ESC/POS printer of the USB printer class (07/01/02). It keeps its paper and answers DLE EOT as one that is well."""

    speed = Speed.HIGH
    OUT, IN = 0x01, 0x82
    STATUS = b"\x12"

    def __init__(self, vendor: int, product: int, maker: str, model: str, serial: str):
        self.paper = bytearray()
        self.answers = bytearray()
        self.holding = False
        self.tail = b""
        self.identity = f"MFG:{maker};CMD:ESC/POS;MDL:{model};CLS:PRINTER;".encode()
        super().__init__(vendor, product, maker, model, serial, configuration(
            interface(0, 2, (7, 1, 2)), endpoint(self.OUT, BULK, 512), endpoint(self.IN, BULK, 512)))

    def control(self, kind: int, request: int, value: int, data: bytes) -> bytes | None:
        match (kind, request):
            case (0xA1, 0):
                return struct.pack(">H", len(self.identity) + 2) + self.identity
            case (0xA1, 1):
                return b"\x18"  # selected, no error, paper
            case (0x21, 2):
                return b""
        return None

    def hold(self, holding: bool) -> None:
        """While it holds, it takes nothing, like one whose buffer is full."""
        with self.lock:
            self.holding = holding
            self.go_on()

    def take(self, data: bytes) -> bool:
        if self.holding:
            return False
        self.paper += data
        # DLE EOT n, also when it came in two parts.
        seen = self.tail + data
        for number in (1, 2, 3, 4):
            self.answers += self.STATUS * seen.count(bytes([0x10, 0x04, number]))
        self.tail = seen[-2:]
        return True

    def answer(self, most: int) -> bytes | None:
        data = bytes(self.answers[:most])
        del self.answers[:most]
        return data or None


class HIDDevice(Device):
    """A HID device with reports towards the host, as its report descriptor says."""

    IN = 0x81

    def __init__(self, vendor: int, product: int, maker: str, model: str, serial: str, report: bytes):
        self.report = report
        self.hid = struct.pack("<BBHBBBH", 9, HID, 0x0111, 0, 1, REPORT, len(report))
        super().__init__(vendor, product, maker, model, serial, configuration(
            interface(0, 1, (3, 0, 0)), self.hid, endpoint(self.IN, INTERRUPT, 64, 4)))

    def descriptor_of_interface(self, kind: int) -> bytes | None:
        return {HID: self.hid, REPORT: self.report}.get(kind)

    def control(self, kind: int, request: int, value: int, data: bytes) -> bytes | None:
        return b"" if kind == 0x21 else None  # SET_IDLE, SET_REPORT, SET_PROTOCOL


class Scanner(HIDDevice):
    """A scanner of the HID Point of Sale usage tables: page 8C, usage 02."""

    # Scanned data report (12), id 2: length (page 1, 3B), three AIM characters (FB, FC, FD), 56 of data (FE), whether more
    # follows (FF).
    REPORT = bytes.fromhex("""058c 0902 a101 0912 a102 8502 1500 26ff00 7508 9501 0501 093b 8102
        058c 09fb 09fc 09fd 9503 8102 09fe 9538 820201 7501 9501 09ff 8102 9507 8103 c0 c0""")
    LENGTH = 1 + 1 + 3 + 56 + 1
    EAN_13 = b"]E0"

    def __init__(self, vendor: int, product: int, maker: str, model: str, serial: str):
        super().__init__(vendor, product, maker, model, serial, self.REPORT)

    def report_of(self, code: str, aim: bytes = EAN_13) -> bytes:
        return (bytes([2, len(code)]) + aim + code.encode()).ljust(self.LENGTH, b"\0")

    def scan(self, code: str) -> bool:
        return self.interrupt(self.IN, self.report_of(code))


class SmartCard:
    """A card with scripted answers, for QEMU's ccid-card-passthru (VSCARD protocol of libcacard, big endian).

    `script`: answer by the beginning of a command. The program listens, and every machine that comes gets the card.
    """

    INIT, ERROR, READER_ADD, ATR, CARD_REMOVE, APDU = 1, 2, 3, 5, 6, 7
    MAGIC, VERSION = b"VSCD", 2
    UNKNOWN_INSTRUCTION = b"\x6D\x00"

    def __init__(self, path: pathlib.Path, atr: bytes, script: dict[bytes, bytes]):
        self.path, self.atr, self.script = path, atr, script
        self.commands: list[bytes] = []
        self.inserted = False
        self.ready = False
        self.lock = threading.Lock()
        self.connection: socket.socket | None = None
        path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(1)
        threading.Thread(target=self.live, daemon=True).start()

    def insert(self) -> None:
        with self.lock:
            self.inserted = True
            if self.ready:
                self.send(self.ATR, self.atr)

    def remove(self) -> None:
        with self.lock:
            self.inserted = False
            if self.ready:
                self.send(self.CARD_REMOVE)

    def live(self) -> None:
        while True:
            self.connection, _ = self.listener.accept()
            with contextlib.suppress(OSError, EOFError), self.connection:
                self.send(self.INIT, self.MAGIC + struct.pack(">II", self.VERSION, 0))
                with self.connection.makefile("rb") as stream:
                    self.serve(stream)
            with self.lock:
                self.ready = False

    def serve(self, stream) -> None:
        while header := stream.read(12):
            kind, _, length = struct.unpack(">III", header)
            body = stream.read(length)
            with self.lock:
                if kind == self.INIT:
                    self.send(self.READER_ADD, b"counterfoil\0")
                elif kind == self.ERROR and not self.ready:  # which says that the reader was added
                    self.ready = True
                    if self.inserted:
                        self.send(self.ATR, self.atr)
                elif kind == self.APDU:
                    self.commands.append(body)
                    self.send(self.APDU, next((answer for command, answer in self.script.items()
                                               if body.startswith(command)), self.UNKNOWN_INSTRUCTION))

    def send(self, kind: int, body: bytes = b"") -> None:
        self.connection.sendall(struct.pack(">III", kind, 0, len(body)) + body)


def plug_in_reader(machine: Machine, card: SmartCard) -> None:
    add_socket(machine, "card", card.path, server=False)
    machine.qmp("device_add", driver="usb-ccid", id="ccid", bus="xhci.0")
    machine.qmp("device_add", driver="ccid-card-passthru", id="cardslot", chardev="card", bus="ccid.0")


def press(machine: Machine, key: str) -> None:
    """A key of QEMU's keyboard, by its qcode. It keeps 16 events and drops what comes faster than the guest asks."""
    for down in (True, False):
        machine.qmp("input-send-event", events=[
            {"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": key}}}])


def play(device: Device, path: pathlib.Path) -> None:
    device.plug(path)
    for line in sys.stdin:
        match line.split():
            case ["plug"]:
                device.plug(path)
            case ["unplug"]:
                device.unplug()
            case ["scan", code] if isinstance(device, Scanner):
                print("sent" if device.scan(code) else "nobody listens", flush=True)
            case ["hold"] | ["go", "on"] if isinstance(device, ReceiptPrinter):
                device.hold(line.strip() == "hold")
            case ["paper"] if isinstance(device, ReceiptPrinter):
                print(bytes(device.paper), flush=True)
            case _:
                print("?", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["printer", "scanner"])
    parser.add_argument("socket", type=pathlib.Path, metavar="SOCKET")
    options = parser.parse_args()
    play(ReceiptPrinter(0x6868, 0x0200, "Gprinter", "GP-58", "P1") if options.what == "printer"
         else Scanner(0x0C2E, 0x0B81, "Honeywell", "Voyager", "S1"), options.socket)
