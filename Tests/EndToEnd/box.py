"""A box in a temporary folder: its configuration, its journal, the real daemon and the virtual printer and scanner.

Nothing here sleeps for luck: the daemon says READY=1 to a socket of ours, simulators say what they offer on their first
line, and every other wait has a deadline and a name.
"""

import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

from varlink_client import Connection, ConnectionLost, wait_until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = os.environ.get("COUNTERFOIL_PROGRAMS", os.path.join(ROOT, ".build", "release"))
TOOLS = os.path.join(ROOT, ".build", "tools")
READY_SECONDS = 20
STOP_SECONDS = 20
# Whom the daemon sees. Any unused numbers do: roles come from the box's own configuration.
CASHIER, SUPERVISOR, NOBODY = 61001, 61002, 61009
KEYS = itertools.count(1)


def program(name):
    return os.path.join(PROGRAMS, name)


def killpoint_library():
    """Compiles the kill-point shim once; returns its path."""
    source = os.path.join(ROOT, "Tests", "Support", "killpoint", "killpoint.c")
    target = os.path.join(TOOLS, "killpoint.so")
    if not os.path.exists(target) or os.path.getmtime(target) < os.path.getmtime(source):
        os.makedirs(TOOLS, exist_ok=True)
        made = f"{target}.{os.getpid()}"
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", made, source, "-lpthread"], check=True)
        os.rename(made, target)
    return target


def key(name="key"):
    """A fresh idempotency key."""
    return f"{name}-{os.getpid()}-{next(KEYS):06d}".ljust(16, "0")[:64]


class Died(Exception):
    """A program ended when it should not have."""


class Simulator:
    """`counterfoil-simulator printer` or `scanner`; outlives the daemon, as a real device does."""

    def __init__(self, folder, arguments, pattern):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.errors = open(os.path.join(folder, "simulator.log"), "ab")
        self.process = subprocess.Popen(
            [program("counterfoil-simulator"), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.errors)
        line = self.process.stdout.readline().decode()
        match = re.search(pattern, line)
        if not match:
            raise Died(f"simulator {arguments} said {line!r}")
        self.address = match[1]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(STOP_SECONDS)
        self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()


class Notify:
    """The service manager's side of sd_notify."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self.socket.bind(path)
        self.socket.settimeout(0.05)

    def wait_ready(self, process, seconds=READY_SECONDS):
        def ready():
            try:
                return b"READY=1" in self.socket.recv(4096)
            except TimeoutError:
                if process.poll() is not None:
                    raise Died(f"counterfoild ended with {process.returncode} before it was ready") from None
                return False
        wait_until(ready, "READY=1 from counterfoild", seconds, pause=0)

    def close(self):
        self.socket.close()
        os.unlink(self.path)
