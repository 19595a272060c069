"""One run of a flow with a death or a cut line in it: the box, its provider, the line between, and who revives whom."""

import contextlib
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

import settle
import two_books
from box import CASHIER, SUPERVISOR, Box, Died
from cashier import Cashier
from kill_matrix import shim
from provider_line import Line
from test_identity import BOARD, ONE, Machine
from varlink_client import Connection, ConnectionLost, VarlinkError, wait_until

SALE = "io.counterfoil.Sale."
SHIFT = "io.counterfoil.Shift."
KNOWN_SECONDS = 60
# News comes by the stream of events; only news that was missed waits so long.
LOOK_SECONDS = 1.0
TEND_SECONDS = 0.02
LEARN_SECONDS = 10
TIMES = {"pay_timeout": 1500, "interval": 100, "window": 800, "reverse_not_before": 300}


class Death:
    """Where a run is disturbed. victim: None (nowhere), daemon, provider, both, both-by-provider, line, command."""

    def __init__(self, victim=None, at=None, when="after", second=None, late=None, fault=None, logs=None):
        self.victim, self.at, self.when, self.second = victim, at, when, second
        self.late, self.fault, self.logs = late, fault, logs

    def log(self, name):
        return os.path.join(self.logs, name) if self.logs else None


class Run:
    """A flow's box. Whatever dies is started again at once, as a service manager does."""

    def __init__(self, folder, flow, death):
        self.folder, self.flow, self.death = folder, flow, death
        self.died = 0
        self.watch = self.line = self.shift = None
        self.cashiers, self.denied = [], set()
        self.armed = os.path.join(folder, "armed")
        self.box = Box(folder=folder, lanes=flow.lanes)
        # The provider's books stay where they are when another box takes the place of this one.
        self.provider_box, self.boxes = self.box, [self.box]
        try:
            self.set_up()
        except BaseException:
            self.close()
            raise

    def set_up(self):
        death = self.death
        self.deaths = [self.shim("daemon", self.box, late=death.late)]
        if death.second:
            self.deaths.append(shim(self.box, at=death.second, when="before", armed=self.armed))
        self.start_provider(self.shim("provider", self.box, dir=os.path.join(self.folder, "provider-wallet")))
        provider = self.box.providers["wallet"]
        if self.needs_line():
            cut = (death.at, death.when) if death.victim == "line" else (None, None)
            self.line = Line(os.path.join(self.folder, "line"), provider.address, self.armed, *cut, death.fault)
            self.line.mute = self.flow.mute
            provider.address = self.line.address
        if self.flow.machine:
            self.box.arguments = Machine(self.folder, "one", ONE, product_uuid=BOARD, board_serial="PF1Q2W3E").arguments
        self.box.write_configuration()
        self.box.init()
        self.bring_up()
        self.cashier = self.client(CASHIER, self.flow.lanes[0], "cashier")
        self.boss = self.client(SUPERVISOR, self.flow.lanes[0], "boss")

    def shim(self, name, box, **more):
        """The environment of the program `name`, which dies in this run or not."""
        death = self.death
        dies, also = {"daemon": ("daemon", None), "provider": ("provider", None), "command": ("command", None),
                      "both": ("daemon", "provider"), "both by provider": ("provider", "daemon")}.get(
                          death.victim, (None, None))
        more = {"log": death.log(name), "armed": self.armed, **more}
        if dies == name:
            more.update(at=death.at, when=death.when, also=also and self.pid(also))
        return shim(box, **more)

    def command(self, command, **more):
        """Runs a command that may die."""
        done = subprocess.run(command, capture_output=True, text=True,
                              env={**os.environ, **self.shim("command", self.box, **more)})
        self.died += done.returncode == -signal.SIGKILL
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        return done

    def ends(self):
        """The daemon is killed where the flow wants it."""
        for cashier in self.cashiers:
            cashier.close()
        self.deafen()
        self.box.kill()
        self.box.daemon = None

    def begins(self, box):
        """This box goes on, with the death that was meant for the first one."""
        self.box = box
        for cashier in self.cashiers:
            cashier.path = box.control
        self.deaths = [self.shim("daemon", box), *self.deaths[1:]]
        self.bring_up()

    def needs_line(self):
        return self.death.victim == "line" or self.death.fault or self.death.logs or self.flow.mute

    def client(self, uid, lane, name, box=None):
        cashier = Cashier((box or self.box).control, lane, uid, name=name, revive=self.bring_up)
        self.cashiers.append(cashier)
        return cashier

    def pid(self, name):
        return os.path.join(self.folder, f"{name}.pid")

    def write_pid(self, name, process):
        with open(self.pid(name), "w", encoding="ascii") as file:
            file.write(str(process.pid))

    # ---- who revives whom

    def start_provider(self, environment=None):
        """With the books it has; orders that it wrote down have used their scripts up."""
        def left(scripts, what):
            used = sum(line["what"] == what for line in self.provider_box.ledger())
            scripts = scripts.split(",")
            return ",".join(scripts[min(used, len(scripts) - 1):])
        more = {"refunds": left(self.flow.refunds, "refundOrdered")} if self.flow.refunds else {}
        address = self.line.address if self.line else None
        provider = self.provider_box.start_provider(
            script=left(self.flow.script, "ordered"), environment=environment, **{**TIMES, **self.flow.times, **more})
        provider.address = address or provider.address
        self.write_pid("provider", provider.process)

    def tend(self):
        """Starts what died."""
        self.tend_provider()
        if not self.box.alive():
            self.bring_up()

    def bring_up(self):
        while not self.box.alive():
            self.died += self.box.daemon is not None
            plain = shim(self.box, late=self.death.late) if self.death.late else None
            environment = self.deaths.pop(0) if self.deaths else plain
            # Which of the two comes back first makes a difference: every run has one of the orders.
            if self.box.daemon is not None and (self.death.at or 0) % 2:
                self.tend_provider()
            try:
                self.box.start(environment, wait=False, keeps_notify=True)
                try:
                    self.write_pid("daemon", self.box.daemon)
                    self.box.notify.wait_ready(self.box.daemon)
                finally:
                    self.box.notify.close()
            except Died:
                if not self.deaths and environment is plain:
                    raise
        self.tend_provider()
        self.learned()

    def learned(self):
        """Until the daemon knows the provider's schedule, or dies: an order before that has the patience of one who knows
        nothing, which is a minute."""
        def threads():
            found = set()
            with contextlib.suppress(OSError):
                for task in os.listdir(f"/proc/{self.box.daemon.pid}/task"):
                    with open(f"/proc/{self.box.daemon.pid}/task/{task}/comm", encoding="utf-8") as file:
                        found.add(file.read().strip())
            return found
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: not self.box.alive() or "provider" not in threads(), "the schedule", LEARN_SECONDS)

    def tend_provider(self):
        provider = self.provider_box.providers.get("wallet")
        if provider and provider.process.poll() is not None:
            self.died += 1
            provider.stop()
            self.start_provider()

    # ---- what flows are made of

    def arm(self):
        """From here on points and requests count."""
        open(self.armed, "w", encoding="ascii").close()

    def disarm(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.armed)

    def mute(self, how):
        """Mutes the line, or unmutes it; how it was."""
        if self.line is None:
            return None
        before, self.line.mute = self.line.mute, how
        return before

    def until(self, condition, what, seconds=KNOWN_SECONDS):
        """Waits for something that the box knows, by its stream of events, and starts meanwhile what dies."""
        end = time.monotonic() + seconds
        while True:
            self.tend()
            self.listen()
            found = condition()
            if found:
                return found
            look = time.monotonic() + LOOK_SECONDS
            while time.monotonic() < look and not self.heard():
                self.tend()
            if time.monotonic() > end:
                raise TimeoutError(f"not within {seconds} s: {what}; {self.tail()}")

    def listen(self):
        if self.watch is None:
            with contextlib.suppress(ConnectionLost, OSError):
                self.watch = Connection(self.box.control, uid=CASHIER)
                self.watch.send("io.counterfoil.System.Watch", {"topics": ["tender", "sale"]}, more=True)

    def heard(self):
        """True when something happened."""
        if self.watch is None:
            return True
        if not select.select([self.watch.socket], [], [], TEND_SECONDS)[0]:
            return False
        with contextlib.suppress(OSError):
            if self.watch.socket.recv(1 << 16):
                return True
        self.deafen()
        return True

    def deafen(self):
        if self.watch:
            self.watch.close()
            self.watch = None

    def tail(self):
        try:
            journal = [(entry["kind"], entry["data"].get("tender", {}).get("state")) for entry in self.box.entries()[-6:]]
        except (OSError, ConnectionLost, VarlinkError) as error:
            journal = repr(error)
        return f"journal {journal}, provider {[line['what'] for line in self.provider_box.ledger()]}, log {self.box.log()[-400:]}"

    def sale(self, sale):
        return self.cashier.read(SALE + "Get", {"sale": sale})

    def tenders(self, sale, kind="provider"):
        return [tender for tender in self.sale(sale)["tenders"] if tender["kind"] == kind]

    def settled(self):
        """No payment of any sale is unknown or on its way back; what a provider denies is listed until the Z."""
        def nothing():
            report = self.boss.read(SHIFT + "Report", {})["report"]
            return {one["sale"] for one in report["unresolved"]} == self.denied
        self.until(nothing, "every payment is known")

    # ---- the end

    def check(self):
        """The books after the flow; stops the daemon."""
        self.disarm()
        problems = []
        for cashier in self.cashiers:
            problems += [f"{two_books.BROKEN}: {one}" for one in settle.check_keys(cashier)]
            cashier.close()
        self.deafen()
        code = self.box.stop()
        if code == -signal.SIGKILL:  # the death fell between the last answer and here
            self.bring_up()
            code = self.box.stop()
        if code:
            problems.append(f"{two_books.BROKEN}: the clean stop ended with {code}: {self.box.log()[-300:]}")
        return problems + two_books.check(self.provider_box.ledger(), self.box.journal_folder())

    def post_mortem(self):
        """What the two books say after a flow that could not be finished."""
        self.disarm()
        if self.box.alive():
            self.box.kill()
        return two_books.check(self.provider_box.ledger(), self.box.journal_folder())

    def close(self):
        for cashier in self.cashiers:
            cashier.close()
        self.deafen()
        with contextlib.ExitStack() as stack:
            if self.line:
                stack.callback(self.line.stop)
            for box in self.boxes:
                stack.callback(box.close)


def one_run(flow, death):
    """What is wrong, how often something died or was cut, and the number of requests on the line."""
    folder = tempfile.mkdtemp(prefix=f"kill-{re.sub('[^a-zA-Z0-9]+', '-', flow.name)}-", dir=os.environ.get("COUNTERFOIL_SCRATCH"))
    problems, died, requests = [], 0, 0
    try:
        os.chmod(folder, 0o755)
        with contextlib.closing(Run(folder, flow, death)) as run:
            try:
                flow.play(run)
                problems += run.check()
            except Exception:
                problems += run.post_mortem()
                raise
            finally:
                died = run.died + bool(run.line and run.line.has_cut)
                requests = run.line.requests if run.line else 0
    except Exception as error:  # a run that cannot be finished is a finding, not the end of the matrix
        problems.append(f"{two_books.OPEN}: {type(error).__name__}: {error}"[:1500])
    finally:
        if not (os.environ.get("COUNTERFOIL_KEEP") and problems):
            shutil.rmtree(folder, ignore_errors=True)
    return problems, died, requests
