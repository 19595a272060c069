#!/usr/bin/env python3
"""Makes a journal with the real daemon and writes proofs of it as a case for tlogverify.

usage: tlog_case.py OUT.json   (BIN = folder of the programs, default .build/release)
"""
import base64
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

BIN = os.environ.get("BIN", ".build/release")
CONFIGURATION = """
[shop]
name = "Proof shop"
shop = "shop-0042"
till = "till-01"
[storage]
journal = "{folder}/journal"
index = "{folder}/index"
segment_mib = 8
[control]
socket = "{folder}/control"
runtime = "{folder}"
[[role]]
role = "supervisor"
users = [{uid}]
[[lane]]
name = "1"
"""


class Client:
    def __init__(self, path):
        deadline = time.monotonic() + 20
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(path)
                return
            except OSError:
                self.socket.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def call(self, method, **parameters):
        self.socket.sendall(json.dumps({"method": method, "parameters": parameters}).encode() + b"\0")
        reply = b""
        while not reply.endswith(b"\0"):
            got = self.socket.recv(1 << 16)
            if not got:
                raise SystemExit(f"{method}: connection closed")
            reply += got
        reply = json.loads(reply[:-1])
        if "error" in reply:
            raise SystemExit(f"{method}: {reply}")
        return reply["parameters"]


def digest(data):
    return hashlib.sha256(data).digest()


def root(leaves):
    """RFC 6962 section 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return digest(b"\1" + root(leaves[:k]) + root(leaves[k:]))


def consistency(old, leaves, whole=True):
    """RFC 6962 section 2.1.2."""
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= k:
        return consistency(old, leaves[:k], whole) + [root(leaves[k:])]
    return consistency(old - k, leaves[k:], False) + [root(leaves[:k])]


def main(out):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "counterfoil.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(folder=folder, uid=os.getuid()))
        made = subprocess.run([f"{BIN}/counterfoil", "init", "--config", path, "--json"], check=True, capture_output=True)
        vkey = json.loads(made.stdout)["key"]
        daemon = subprocess.Popen([f"{BIN}/counterfoild", "--config", path], stderr=subprocess.DEVNULL)
        try:
            client = Client(os.path.join(folder, "control"))
            number = iter(range(10_000))
            key = lambda: f"tlog-case-key-{next(number):08d}"
            call = client.call
            today = call("io.counterfoil.System.Status")["businessDay"]
            call("io.counterfoil.Shift.Open", idempotencyKey=key(), lane="1", operator="1", opening=[], businessDay=today)
            for day in range(3):
                for _ in range(7):
                    call("io.counterfoil.Sale.Ring", idempotencyKey=key(), lane="1", tender={"kind": "cash"},
                         lines=[{"name": "Tea", "quantity": 1000, "unitPrice": 350, "taxes": []}])
                call("io.counterfoil.Shift.CloseDay", idempotencyKey=key())
            entries = {entry["sequence"]: entry["entry"]
                       for entry in call("io.counterfoil.Journal.Read", limit=1000)["entries"]}
            newest = max(s for s, text in entries.items() if '"kind":"checkpoint"' in text)
            proofs = []
            for sequence in (0, 1, newest // 2, newest - 1):
                proof = call("io.counterfoil.Journal.Prove", sequence=sequence)["proof"]
                proofs.append({"Proof": proof, "Entry": base64.b64encode(entries[sequence].encode()).decode()})
            leaves = [digest(b"\0" + entries[sequence].encode()) for sequence in sorted(entries)]
            notes = [json.loads(text)["data"]["note"] for _, text in sorted(entries.items())
                     if '"kind":"checkpoint"' in text]
            paths = []
            for old, new in zip(notes, notes[1:]):
                sizes = [int(note.split("\n")[1]) for note in (old, new)]
                path = consistency(sizes[0], leaves[:sizes[1]])
                paths.append({"Old": old, "New": new, "Path": [base64.b64encode(node).decode() for node in path]})
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(20)
    with open(out, "w", encoding="utf-8") as file:
        json.dump({"Vkey": vkey, "Proofs": proofs, "Consistency": paths}, file)


main(sys.argv[1])
