"""A USB device as a program on the host: the usbredir protocol (0.6 and later) over the socket of QEMU's usb-redir.

The device lives as long as its object, not as long as a guest: plugged in, it looks for the socket until a machine
serves it, and again when that machine is gone. Standard library only.

Packets and numbers are those of usbredir's docs/usb-redirection-protocol.md.
"""

import contextlib
import enum
import pathlib
import socket
import struct
import threading
import time

VERSION = b"counterfoil tests"
RETRY_SECONDS = 0.05
# Both ends have it: 64-bit packet ids; without it ids have 32 bits.
CAPABILITY_64_BIT_IDS = 1 << 5
# Version in device_connect, acknowledged disconnects, packet sizes in ep_info, 64-bit ids, 32-bit bulk lengths.
CAPABILITIES = 1 << 1 | 1 << 3 | 1 << 4 | CAPABILITY_64_BIT_IDS | 1 << 6
ENDPOINTS = 32
INTERFACES = 32
DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT = range(1, 6)
GET_STATUS, CLEAR_FEATURE, SET_FEATURE, GET_DESCRIPTOR = 0, 1, 3, 6
STANDARD_OR_CLASS = 0x60
BULK, INTERRUPT, INVALID = 2, 3, 255
DEVICE_VERSION = 0x0100


class Packet(enum.IntEnum):
    HELLO = 0
    DEVICE_CONNECT = 1
    RESET = 3
    INTERFACE_INFO = 4
    EP_INFO = 5
    SET_CONFIGURATION = 6
    GET_CONFIGURATION = 7
    CONFIGURATION_STATUS = 8
    SET_ALT_SETTING = 9
    GET_ALT_SETTING = 10
    ALT_SETTING_STATUS = 11
    START_INTERRUPT_RECEIVING = 15
    STOP_INTERRUPT_RECEIVING = 16
    INTERRUPT_RECEIVING_STATUS = 17
    CANCEL_DATA_PACKET = 21
    CONTROL = 100
    BULK = 101
    INTERRUPT = 103


class Status(enum.IntEnum):
    SUCCESS = 0
    CANCELLED = 1
    STALL = 4


class Speed(enum.IntEnum):
    FULL = 1
    HIGH = 2


def configuration(*descriptors: bytes) -> bytes:
    """The configuration descriptor with those of its interfaces and endpoints; self-powered."""
    body = b"".join(descriptors)
    interfaces = sum(part[1] == INTERFACE for part in descriptors)
    return struct.pack("<BBHBBBBB", 9, CONFIGURATION, 9 + len(body), interfaces, 1, 0, 0xC0, 1) + body


def interface(number: int, endpoints: int, kind: tuple[int, int, int]) -> bytes:
    """`kind`: class, subclass and protocol."""
    return bytes([9, INTERFACE, number, 0, endpoints, *kind, 0])


def endpoint(address: int, kind: int, size: int, interval: int = 0) -> bytes:
    return struct.pack("<BBBBHB", 7, ENDPOINT, address, kind, size, interval)


class Device:
    """A USB device. A subclass says what its requests and endpoints do; they are called one at a time, with the lock."""

    speed = Speed.FULL

    def __init__(self, vendor: int, product: int, maker: str, model: str, serial: str, descriptors: bytes):
        self.vendor, self.product, self.serial = vendor, product, serial
        self.strings = [maker, model, *([serial] if serial else [])]
        self.descriptors = descriptors
        self.descriptor = struct.pack("<BBHBBBBHHHBBBB", 18, DEVICE, 0x0200, 0, 0, 0, 64, vendor, product,
                                      DEVICE_VERSION, 1, 2, 3 if serial else 0, 1)
        self.lock = threading.RLock()
        # How often a machine had it.
        self.connections = 0
        self.socket: socket.socket | None = None
        self.path: pathlib.Path | None = None
        self.plugged_in = threading.Event()
        self.forget()
        threading.Thread(target=self.live, daemon=True).start()

    @property
    def numbers(self) -> str:
        return f"{self.vendor:04x}:{self.product:04x}"

    def plug(self, path: pathlib.Path) -> None:
        """Into the usb-redir whose socket this is, now or as soon as a machine serves it."""
        self.path = path
        self.plugged_in.set()

    def unplug(self) -> None:
        self.plugged_in.clear()
        with self.lock:
            if self.socket:
                with contextlib.suppress(OSError):
                    self.socket.shutdown(socket.SHUT_RDWR)

    # What a subclass does.

    def control(self, kind: int, request: int, value: int, data: bytes) -> bytes | None:
        """A request that is not a standard one (`kind`: bmRequestType); the answer, or nil: stalled."""
        return None

    def take(self, data: bytes) -> bool:
        """What came on the bulk endpoint; false: not now (NAK), to be asked again by `go_on`."""
        return True

    def answer(self, most: int) -> bytes | None:
        """What goes out of the bulk endpoint; nil: nothing yet."""
        return None

    def descriptor_of_interface(self, kind: int) -> bytes | None:
        return None

    # The life of the device.

    def live(self) -> None:
        while True:
            self.plugged_in.wait()
            with contextlib.suppress(OSError, EOFError):
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.connect(str(self.path))
                    with self.lock:
                        self.forget()
                        self.socket = connection if self.plugged_in.is_set() else None
                    if not self.socket:
                        continue
                    self.serve(connection)
            with self.lock:
                self.socket = None
                self.forget()
            time.sleep(RETRY_SECONDS)

    def forget(self) -> None:
        """What a machine had asked for, when it is gone or has reset the bus."""
        self.wide = False
        self.listening: set[int] = set()
        self.asked: list[tuple[int, int, int]] = []
        self.refused: list[tuple[int, int, bytes]] = []

    def serve(self, connection: socket.socket) -> None:
        self.send(Packet.HELLO, 0, VERSION.ljust(64, b"\0") + struct.pack("<I", CAPABILITIES))
        with connection.makefile("rb") as stream:
            while True:
                header = struct.Struct("<IIQ" if self.wide else "<III")
                kind, length, number = header.unpack(self.read(stream, header.size))
                body = self.read(stream, length)
                with self.lock:
                    self.handle(kind, number, body)

    @staticmethod
    def read(stream, length: int) -> bytes:
        data = stream.read(length)
        if len(data) < length:
            raise EOFError
        return data

    def send(self, kind: Packet, number: int, body: bytes) -> None:
        """To a machine that is gone: nothing."""
        with self.lock:
            if self.socket:
                with contextlib.suppress(OSError):
                    self.socket.sendall(struct.pack("<IIQ" if self.wide else "<III", kind, len(body), number) + body)

    def handle(self, kind: int, number: int, body: bytes) -> None:
        match kind:
            case Packet.HELLO:
                self.wide = bool(struct.unpack_from("<I", body, 64)[0] & CAPABILITY_64_BIT_IDS)
                self.describe()
                self.send(Packet.DEVICE_CONNECT, 0, struct.pack(
                    "<BBBBHHH", self.speed, 0, 0, 0, self.vendor, self.product, DEVICE_VERSION))
                self.connections += 1
            case Packet.RESET:
                self.listening, self.asked, self.refused = set(), [], []
            case Packet.SET_CONFIGURATION:
                self.describe()
                self.send(Packet.CONFIGURATION_STATUS, number, bytes([Status.SUCCESS, body[0]]))
            case Packet.GET_CONFIGURATION:
                self.send(Packet.CONFIGURATION_STATUS, number, bytes([Status.SUCCESS, 1]))
            case Packet.SET_ALT_SETTING:
                self.describe()
                self.send(Packet.ALT_SETTING_STATUS, number, bytes([Status.SUCCESS, body[0], body[1]]))
            case Packet.GET_ALT_SETTING:
                self.send(Packet.ALT_SETTING_STATUS, number, bytes([Status.SUCCESS, body[0], 0]))
            case Packet.START_INTERRUPT_RECEIVING:
                self.listening.add(body[0])
                self.send(Packet.INTERRUPT_RECEIVING_STATUS, number, bytes([Status.SUCCESS, body[0]]))
            case Packet.STOP_INTERRUPT_RECEIVING:
                self.listening.discard(body[0])
                self.send(Packet.INTERRUPT_RECEIVING_STATUS, number, bytes([Status.SUCCESS, body[0]]))
            case Packet.CANCEL_DATA_PACKET:
                self.cancel(number)
            case Packet.CONTROL:
                self.handle_control(number, body)
            case Packet.BULK:
                self.handle_bulk(number, body)
            case Packet.INTERRUPT:
                self.send(Packet.INTERRUPT, number, struct.pack("<BBH", body[0], Status.STALL, 0))

    def describe(self) -> None:
        """Which interfaces and endpoints it has, out of its own descriptors."""
        interfaces, endpoints, place = [], {}, 0
        while place < len(self.descriptors):
            part = self.descriptors[place:place + self.descriptors[place]]
            if part[1] == INTERFACE:
                interfaces.append((part[2], *part[5:8]))
            elif part[1] == ENDPOINT:
                size, = struct.unpack_from("<H", part, 4)
                endpoints[(part[2] & 0x80) >> 3 | part[2] & 15] = (part[3] & 3, part[6], interfaces[-1][0], size)
            place += len(part)
        columns = [bytes(row[column] for row in interfaces).ljust(INTERFACES, b"\0") for column in range(4)]
        self.send(Packet.INTERFACE_INFO, 0, struct.pack("<I", len(interfaces)) + b"".join(columns))
        endpoints[0] = endpoints[ENDPOINTS // 2] = (0, 0, 0, 64)
        rows = [endpoints.get(index, (INVALID, 0, 0, 0)) for index in range(ENDPOINTS)]
        self.send(Packet.EP_INFO, 0, b"".join(bytes(row[column] for row in rows) for column in range(3))
                  + struct.pack(f"<{ENDPOINTS}H", *(row[3] for row in rows)))

    def handle_control(self, number: int, body: bytes) -> None:
        address, request, kind, _, value, index, length = struct.unpack_from("<BBBBHHH", body)
        if kind & STANDARD_OR_CLASS:
            answer = self.control(kind, request, value, body[10:])
        else:
            answer = self.standard(kind, request, value)
        status = Status.STALL if answer is None else Status.SUCCESS
        data = (answer or b"")[:length] if kind & 0x80 else b""
        done = len(data) if kind & 0x80 or status else length
        self.send(Packet.CONTROL, number,
                  struct.pack("<BBBBHHH", address, request, kind, status, value, index, done) + data)

    def standard(self, kind: int, request: int, value: int) -> bytes | None:
        if request in (CLEAR_FEATURE, SET_FEATURE):
            return b""
        if request == GET_STATUS:
            return b"\1\0" if kind == 0x80 else b"\0\0"
        if request != GET_DESCRIPTOR:
            return None
        which, index = value >> 8, value & 0xFF
        if kind == 0x81:
            return self.descriptor_of_interface(which)
        if which == DEVICE:
            return self.descriptor
        if which == CONFIGURATION:
            return self.descriptors
        if which == STRING and index <= len(self.strings):
            text = b"\x09\x04" if index == 0 else self.strings[index - 1].encode("utf-16-le")
            return bytes([len(text) + 2, STRING]) + text
        return None

    def handle_bulk(self, number: int, body: bytes) -> None:
        address, _, low, _, high = struct.unpack_from("<BBHIH", body)
        if address & 0x80:
            self.asked.append((number, address, low | high << 16))
        else:
            self.refused.append((number, address, body[10:]))
        self.go_on()

    def go_on(self) -> None:
        """Takes what it had refused, answers what is asked, both in their order."""
        with self.lock:
            while self.refused and self.take(self.refused[0][2]):
                number, address, data = self.refused.pop(0)
                self.send_bulk(number, address, Status.SUCCESS, len(data))
            while self.asked and (data := self.answer(self.asked[0][2])) is not None:
                number, address, _ = self.asked.pop(0)
                self.send_bulk(number, address, Status.SUCCESS, len(data), data)

    def cancel(self, number: int) -> None:
        """What was answered meanwhile crosses the cancellation, which is then for nobody."""
        for waiting in (self.asked, self.refused):
            for entry in [entry for entry in waiting if entry[0] == number]:
                waiting.remove(entry)
                self.send_bulk(number, entry[1], Status.CANCELLED, 0)

    def send_bulk(self, number: int, address: int, status: Status, length: int, data: bytes = b"") -> None:
        self.send(Packet.BULK, number,
                  struct.pack("<BBHIH", address, status, length & 0xFFFF, 0, length >> 16) + data)

    def interrupt(self, address: int, report: bytes) -> bool:
        """Sends a report; false: no machine has ever asked for one, and it is lost. QEMU keeps asking, and keeps what comes
        while its guest does not."""
        with self.lock:
            if address not in self.listening:
                return False
            self.send(Packet.INTERRUPT, 0, struct.pack("<BBH", address, Status.SUCCESS, len(report)) + report)
            return True
