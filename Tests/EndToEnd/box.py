"""A box in a temporary folder: its configuration, its journal, the real daemon and the virtual printer and scanner.

Nothing here sleeps for luck: the daemon says READY=1 to a socket of ours, simulators say what they offer on their first
line, and every other wait has a deadline and a name.
"""

import glob
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from cashier import approval_of
from varlink_client import Connection, wait_until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = os.environ.get("COUNTERFOIL_PROGRAMS", os.path.join(ROOT, ".build", "release"))
TOOLS = os.path.join(ROOT, ".build", "tools")
READY_SECONDS = 20
STOP_SECONDS = 20
KILLED_SECONDS = 60
COMPRESSION_SECONDS = 120
# Whom the daemon sees. Any unused numbers do: roles come from the box's own configuration. Only root can be several
# people; for anybody else the cashier of the demonstration is the supervisor too.
CASHIER, SUPERVISOR, NOBODY = (61001, 61002, 61009) if os.geteuid() == 0 else (os.geteuid(),) * 3
SHOP = "存根便利店"
KEYS = itertools.count(1)


def program(name):
    return os.path.join(PROGRAMS, name)


def shim(name):
    """Compiles a shim of Tests/Support for LD_PRELOAD once; returns its path."""
    source = os.path.join(ROOT, "Tests", "Support", name, f"{name}.c")
    target = os.path.join(TOOLS, f"{name}.so")
    if not os.path.exists(target) or os.path.getmtime(target) < os.path.getmtime(source):
        os.makedirs(TOOLS, exist_ok=True)
        made = f"{target}.{os.getpid()}"
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", made, source, "-lpthread"], check=True)
        os.rename(made, target)
    return target


def killpoint_library():
    return shim("killpoint")


def key(name="key"):
    """A fresh idempotency key."""
    return f"{name}-{os.getpid()}-{next(KEYS):06d}".ljust(16, "0")[:64]


class Died(Exception):
    """A program ended when it should not have."""


class Simulator:
    """`counterfoil-simulator printer` or `scanner`; outlives the daemon, as a real device does."""

    def __init__(self, folder, arguments, pattern, environment=None):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.errors = open(os.path.join(folder, "simulator.log"), "ab")
        self.process = subprocess.Popen(
            [program("counterfoil-simulator"), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.errors, env={**os.environ, **(environment or {})})
        line = self.process.stdout.readline().decode()
        match = re.search(pattern, line)
        if not match:
            self.process.kill()
            self.stop()
            raise Died(f"simulator {arguments} said {line!r}")
        self.address = match[1]

    def order(self, words):
        """Tells a printer what to do; it has done it when this returns."""
        self.process.stdin.write(words.encode() + b"\n")
        self.process.stdin.flush()
        answers = []
        # What it printed meanwhile it tells on the same pipe.
        reader = threading.Thread(target=lambda: answers.append(next(
            (line for line in iter(self.process.stdout.readline, b"") if line.startswith(b'{"ok"')), b"")), daemon=True)
        reader.start()
        reader.join(STOP_SECONDS)
        if answers != [b'{"ok":true}\n']:
            raise Died(f"simulator answered {words!r} with {answers}")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()


class Notify:
    """The service manager's side of sd_notify."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self.socket.bind(path)
        # A daemon of another user reports too.
        os.chmod(path, 0o666)
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

    def during(self, seconds):
        """All messages of so many seconds from now."""
        messages, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                messages.append(self.socket.recv(4096).decode())
            except TimeoutError:
                pass
        return messages

    def close(self):
        self.socket.close()
        os.unlink(self.path)


class Adopted:
    """A process that is not our child, with as much of Popen's interface as a box needs."""

    def __init__(self, pid):
        self.pid, self.returncode = pid, None

    def poll(self):
        if self.returncode is None:
            try:
                with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
                    # The first thread may be gone while another still holds the journal's lock and the socket.
                    ended = (file.read().rsplit(")", 1)[1].split()[0] == "Z"
                             and len(os.listdir(f"/proc/{self.pid}/task")) <= 1)
            except FileNotFoundError:
                ended = True
            self.returncode = 0 if ended else None
        return self.returncode

    def send_signal(self, number):
        os.kill(self.pid, number)

    def wait(self, seconds):
        wait_until(lambda: self.poll() is not None, f"the end of process {self.pid}", seconds)
        return self.returncode


class Box:
    """One box. `printers` and `scanners` are lane names that get a virtual device each."""

    def __init__(self, folder=None, lanes=("lane-1",), scanners=False, settings=None, simulators=True):
        self.folder = folder or tempfile.mkdtemp(prefix="counterfoil-", dir=os.environ.get("COUNTERFOIL_SCRATCH"))
        self.owned = folder is None
        self.lanes, self.settings = list(lanes), settings or {}
        self.state = os.path.join(self.folder, "state")
        self.run = os.path.join(self.folder, "run")
        self.control = os.path.join(self.run, "control")
        self.configuration = os.path.join(self.folder, "counterfoil.toml")
        self.log_path = os.path.join(self.folder, "counterfoild.log")
        os.makedirs(self.run, exist_ok=True)
        # Clients of other users must reach the socket.
        os.chmod(self.folder, 0o755)
        os.chmod(self.run, 0o755)
        self.printers, self.scanners, self.providers = {}, {}, {}
        self.daemon = None
        self.starts = 0
        # More words for the daemon's command line.
        self.arguments = []
        if simulators:
            try:
                self.start_simulators(scanners)
            except BaseException:
                self.close()
                raise

    # ---- devices

    def start_simulators(self, scanners):
        for lane in self.lanes:
            self.printers[lane] = self.start_printer(lane)
            if scanners:
                self.scanners[lane] = self.start_scanner(lane)

    def start_printer(self, lane):
        folder = os.path.join(self.folder, f"printer-{lane}")
        return Simulator(folder, ["printer", "--listen", "127.0.0.1:0", "--paper", folder], r"(\d+\.\d+\.\d+\.\d+:\d+)")

    def start_scanner(self, lane):
        """A scanner behind a link of its own, as udev makes one: it keeps its name when it is plugged in again."""
        folder = os.path.join(self.folder, f"scanner-{lane}")
        link = os.path.join(folder, "tty")
        scanner = Simulator(folder, ["scanner", "--pty-link", link], r"(/dev/pts/\d+)")
        scanner.address = link
        return scanner

    def start_provider(self, name="wallet", script="approve", environment=None, ledger="ledger.jsonl", **times):
        """A scripted payment provider, in place of the one that is there; with the books of an earlier one it goes on where
        that was."""
        if name in self.providers:
            self.providers[name].stop()
        folder = os.path.join(self.folder, f"provider-{name}")
        words = [part for key, value in times.items()
                 for part in ([f"--{key.replace('_', '-')}"] if value is True else [f"--{key.replace('_', '-')}", str(value)])]
        provider = Simulator(folder, ["provider", "scripted", "--listen", os.path.join(folder, "socket"), "--ledger",
                                      os.path.join(folder, ledger), "--script", script, *words], r"unix:(\S+)", environment)
        self.providers[name] = provider
        return provider

    def ledger(self, name="wallet", ledger="ledger.jsonl"):
        """The provider's own books; none before the first order."""
        path = os.path.join(self.folder, f"provider-{name}", ledger)
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file.read().split("\n") if line.endswith("}")]

    def unplug_scanner(self, lane):
        self.scanners[lane].stop()

    def plug_scanner(self, lane):
        self.scanners[lane] = self.start_scanner(lane)

    def paper(self, lane="lane-1"):
        """All that came out of the lane's printer, as text."""
        path = os.path.join(self.printers[lane].folder, "paper.txt")
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8") as paper:
            return paper.read()

    def stop_printer(self, lane):
        self.printers[lane].stop()

    def restart_printer(self, lane, address):
        """The same printer on the same address, with its paper."""
        folder = self.printers[lane].folder
        self.printers[lane] = Simulator(folder, ["printer", "--listen", address, "--paper", folder],
                                        r"(\d+\.\d+\.\d+\.\d+:\d+)")

    def scan(self, lane, code):
        """Somebody holds a code before the lane's scanner."""
        scanner = self.scanners[lane].process.stdin
        scanner.write(code.encode() + b"\n")
        scanner.flush()

    # ---- configuration and files

    def write_configuration(self):
        """counterfoil.toml for this box: its lanes, devices and who may do what."""
        blocks = [
            {"shop": {"name": SHOP, "shop": "shop-0042", "till": "till-01", "currency": "CNY",
                      "time_zone": "Asia/Shanghai", "language": "zh-CN", **self.settings.get("shop", {})}},
            {"storage": {"journal": self.journal_folder(), "index": self.index_folder(), "segment_mib": 8,
                         **self.settings.get("storage", {})}},
            {"control": {"socket": self.control, "runtime": self.run}},
            {"service": self.settings.get("service", {})},
            {"receipt": self.settings.get("receipt", {})}, {"cash": self.settings.get("cash", {})},
            {"tax": {"rounding": "per-line"}}, {"[tax.rate": {"code": "A", "rate": "13%", "included": True}},
            {"limits": {"price_override": "10%", "void_totalled_needs_approval": False, "no_sale_needs_approval": False,
                        **self.settings.get("limits", {})}},
            {"[role": {"role": "cashier", "users": [CASHIER]}},
            {"[role": {"role": "supervisor", "users": [SUPERVISOR, *self.settings.get("supervisors", [])]}},
        ]
        def training(kind, name):
            return {"training": True} if name in self.settings.get(kind, ()) else {}

        blocks += [{"[provider": {"name": name, "address": f"unix:{provider.address}",
                                  **training("training_providers", name)}}
                   for name, provider in self.providers.items()]
        for table in ("in_store_code", "operator", "trusted_box"):
            blocks += [{f"[{table}": values} for values in self.settings.get(table, [])]
        for lane in self.lanes:
            block = {"name": lane, **training("training_lanes", lane)}
            if lane in self.printers:
                block |= {"printer": f"printer-{lane}", "drawer": f"printer-{lane}"}
                blocks.append({"[printer": {"name": f"printer-{lane}", "profile": "generic-gbk-80",
                                            "address": f"tcp://{self.printers[lane].address}"}})
            if lane in self.scanners:
                block["scanners"] = [f"scanner-{lane}"]
                blocks.append({"[scanner": {"name": f"scanner-{lane}", "suffix": "lf",
                                            "address": f"serial:{self.scanners[lane].address}"}})
            blocks.append({"[lane": block})
        with open(self.configuration, "w", encoding="utf-8") as file:
            for block in blocks:
                for name, values in block.items():
                    file.write(f"[{name}]{']' if name.startswith('[') else ''}\n")
                    file.writelines(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())

    def journal_folder(self):
        return os.path.join(self.state, "journal")

    def index_folder(self):
        return os.path.join(self.state, "index")

    def segments(self):
        """Paths of all segments, oldest first."""
        return sorted(glob.glob(os.path.join(self.journal_folder(), "*.seg*")))

    def sealed_segments(self):
        return [path for path in self.segments() if path.endswith(".segz")]

    def fill_segments(self, count, sell):
        """Sells until `count` segments are full, then waits for their compression, which sales would keep from ending."""
        # While a segment is compressed it has two names, and for a moment three.
        while len({os.path.basename(path)[:20] for path in self.segments()}) <= count:
            sell()
        wait_until(lambda: len(self.sealed_segments()) == len(self.segments()) - 1, "full segments are compressed",
                   COMPRESSION_SECONDS)

    # ---- the daemon

    def init(self):
        done = subprocess.run([program("counterfoil"), "init", "--config", self.configuration],
                              capture_output=True, text=True)
        if done.returncode:
            raise Died(f"counterfoil init: {done.returncode} {done.stdout}{done.stderr}")
        return done

    def daemon_command(self):
        return [program("counterfoild"), "--config", self.configuration, "--profiles",
                os.path.join(ROOT, "hardware-profiles"), *self.arguments]

    def start(self, environment=None, wait=True, prefix=(), keeps_notify=False):
        """Starts the daemon and returns when it said READY=1. `self.notify` stays open if it is to be kept."""
        assert self.daemon is None or self.daemon.poll() is not None, "the daemon runs already"
        self.starts += 1
        notify = Notify(os.path.join(self.run, f"notify-{self.starts}"))
        log = open(self.log_path, "ab")
        try:
            self.daemon = subprocess.Popen(
                [*prefix, *self.daemon_command()], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={**os.environ, "NOTIFY_SOCKET": notify.path, **(environment or {})})
            if wait:
                notify.wait_ready(self.daemon)
        finally:
            log.close()
            if keeps_notify:
                self.notify = notify
            else:
                notify.close()
        return self

    def adopt(self, pid):
        """Takes over a daemon that another program started."""
        self.daemon = Adopted(pid)

    def alive(self):
        return self.daemon is not None and self.daemon.poll() is None

    def descriptors(self):
        """How many files the daemon has open."""
        return len(os.listdir(f"/proc/{self.daemon.pid}/fd"))

    def threads(self):
        """How many threads the daemon has."""
        return len(os.listdir(f"/proc/{self.daemon.pid}/task"))

    def kill(self):
        """The power cut that a process sees: SIGKILL."""
        if self.alive():
            self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait(KILLED_SECONDS)

    def stop(self):
        """A clean stop; returns the exit code."""
        if self.alive():
            self.daemon.send_signal(signal.SIGTERM)
        return self.daemon.wait(STOP_SECONDS)

    def close(self):
        """Ends everything, also what does not end by itself. The folder stays when COUNTERFOIL_KEEP is set."""
        try:
            if self.alive():
                self.stop()
        except (subprocess.TimeoutExpired, TimeoutError):
            self.kill()
            raise
        finally:
            self.close_devices()

    def close_devices(self):
        for device in [*self.printers.values(), *self.scanners.values(), *self.providers.values()]:
            device.stop()
        if self.owned and not os.environ.get("COUNTERFOIL_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def said(self, words):
        """Waits for words in the log, which is written beside the answers."""
        wait_until(lambda: words in self.log(), f"{words} in the log")

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- clients

    def connect(self, uid=CASHIER, **more):
        return Connection(self.control, uid=uid, **more)

    def call(self, method, parameters=None, uid=CASHIER):
        with self.connect(uid) as connection:
            return connection.call(method, parameters)

    def approve(self, action, subject, user=CASHIER, **more):
        """A supervisor's yes, for the cashier's app to use; without a user, for whoever is told the id."""
        whose = {} if user is None else {"user": user}
        return self.call("io.counterfoil.System.Approve", {
            "idempotencyKey": key("approve"), **approval_of(action, subject, **whose, **more)}, SUPERVISOR)["approval"]

    def entries(self, *kinds):
        """All entries that are durable, in order; of these kinds alone when some are named."""
        asked = {"limit": 500, **({"kinds": list(kinds)} if kinds else {})}
        found, page = [], {"more": True}
        with self.connect(uid=SUPERVISOR) as connection:
            while page["more"]:
                page = connection.call("io.counterfoil.Journal.Read", {**asked, "after": page.get("next")})
                found += [json.loads(one["entry"]) for one in page["entries"]]
        return found

    def command(self, *arguments, check=True, environment=None):
        """The command line on this box."""
        done = subprocess.run([program("counterfoil"), *arguments, "--config", self.configuration],
                              capture_output=True, text=True, env={**os.environ, **(environment or {})})
        if check and done.returncode:
            raise Died(f"counterfoil {arguments}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done
