"""The line between the box and its provider, where a test can cut it, mute it, or put a bad connector into it."""

import contextlib
import json
import os
import socket
import threading

from varlink_client import CHUNK, Connection, ConnectionLost, VarlinkError

# What a cut does with its request: it never arrives; its answer never comes; half of its answer comes; it and the next
# ones never arrive.
CUTS = ("unsent", "unanswered", "torn", "down")
DOWN_REQUESTS = 4
# Bad connectors, which the two books must find out. What each does stands at its branch below.
FAULTS = ("resends", "repeats", "crosses", "denies")
# Calls that move money, and which of their parameters is the number under which they do it.
NUMBERS = {"Pay": "number", "Refund": "refund"}


def method_of(call):
    return call["method"].rsplit(".", 1)[-1]


def result(**said):
    """A provider's answer, as it comes over the line."""
    return json.dumps({"parameters": {"result": said}}).encode() + b"\0"


class Cable(threading.Thread):
    """Stands at a socket before another one. What becomes of a client, `serve` says, in a thread of its own."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.address = path
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen(64)

    def run(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            # A customer who types a password holds nobody else up.
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def stop(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class Line(Cable):
    """Takes requests, one behind the other on each connection, and hands them on. Other connectors override `answer`.

    Requests count while the file `armed` is there. `mute`: None; "drops": nothing arrives; "delivers": orders arrive, and
    nothing comes back.
    """

    def __init__(self, path, provider, armed=None, at=None, cut=None, fault=None):
        super().__init__(path)
        self.provider, self.armed = provider, armed
        self.at, self.cut, self.fault = at, cut, fault
        self.mute, self.requests, self.has_cut, self.last_order = None, 0, False, None
        self.start()

    def serve(self, client):
        with client, contextlib.suppress(OSError, ConnectionLost, ValueError):
            while True:
                data = bytearray()
                while not data.endswith(b"\0"):
                    more = client.recv(CHUNK)
                    if not more:
                        return
                    data += more
                answer = self.answer(json.loads(data[:-1]))
                client.sendall(answer)
                if not answer.endswith(b"\0"):
                    return

    def answer(self, call):
        is_order = method_of(call) in NUMBERS
        if method_of(call) == "Capabilities":
            return self.ask(call)
        if self.mute:
            if self.mute == "delivers" and is_order:
                self.ask(call)
            return b""
        if self.armed and os.path.exists(self.armed):
            self.requests += 1
        cut = self.cut_now()
        if cut in ("unsent", "down"):
            return b""
        if self.fault:
            return self.faulty(call, is_order)
        answer = self.ask(call)
        return b"" if cut == "unanswered" else answer[:len(answer) // 2] if cut == "torn" else answer

    def cut_now(self):
        if self.at is None or self.requests < self.at:
            return None
        if self.requests < self.at + (DOWN_REQUESTS if self.cut == "down" else 1):
            self.has_cut = True
            return self.cut
        return None

    def ask(self, call):
        with Connection(self.provider) as connection:
            try:
                said = {"parameters": connection.call(call["method"], call.get("parameters"))}
            except VarlinkError as error:
                said = {"error": error.name, "parameters": error.parameters}
        return json.dumps(said).encode() + b"\0"

    def faulty(self, call, is_order):
        if self.fault == "denies" and method_of(call) == "Query":
            # Says of whatever it is asked about that it was not paid.
            return result(outcome="declined")
        if self.fault == "crosses" and is_order and self.last_order:
            # Answers an order with the answer to the one before.
            self.ask(call)
            return self.last_order
        try:
            answer = self.ask(call)
        except ConnectionLost:
            if not is_order or self.fault not in ("resends", "repeats"):
                raise
            # An order whose answer was lost it sends once more: under a new number, or under the same.
            if self.fault == "resends":
                call["parameters"][NUMBERS[method_of(call)]] = "Z" * 30
            answer = self.ask(call)
        self.last_order = answer if is_order else self.last_order
        return answer


class Garbler(Line):
    """A connector that keeps orders of one kind to itself and answers them as it is told, while it is told. `repeats`: the
    rest it says so many times."""

    said, order, repeats = None, "Pay", 1

    def answer(self, call):
        if method_of(call) == self.order and self.said is not None:
            return self.said
        # What comes behind the first answer of a connection would be taken for the one to the order.
        return (1 if method_of(call) == "Capabilities" else self.repeats) * super().answer(call)


class Unasked(Line):
    """A connector that answers no questions about refunds, and says so."""

    def answer(self, call):
        answer = super().answer(call)
        if method_of(call) != "Capabilities":
            return answer
        said = json.loads(answer[:-1])
        said["parameters"]["capabilities"].remove("queryRefund")
        return json.dumps(said).encode() + b"\0"
