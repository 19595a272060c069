"""What a box says at its start of itself and its state folder: which machine, whose till, who may write."""

import json
import os
import shutil
import subprocess
import unittest

import morning
import settle
from box import SUPERVISOR, program
from harness import BoxTest
from varlink_client import VarlinkError

SALE = "io.counterfoil.Sale."
JOURNAL = "io.counterfoil.Journal."
STATUS = "io.counterfoil.System.Status"
ORDER = {"idempotencyKey": "epoch-of-the-copy-1", "reason": "the old box is scrapped"}
ONE, OTHER = "1a" * 16, "2b" * 16
BOARD, OTHER_BOARD = "4c4c4544-0042-3510-8053-b4c04f4e4b32", "4c4c4544-0051-4d10-8031-c7c04f4b4c32"


# Takes the test machine's own machine-id away from the command behind it.
NAMELESS = ("unshare", "--mount", "sh", "-c", '[ ! -e /etc/machine-id ] || mount --bind "$0" /etc/machine-id; exec "$@"')


class Machine:
    """Where a machine says who it is: a machine-id, if it has one, and a hardware folder as in /sys/class/dmi/id."""

    def __init__(self, folder, name, system=None, **hardware):
        self.folder = os.path.join(folder, name)
        os.makedirs(self.folder)
        self.machine_id = os.path.join(self.folder, "machine-id")
        self.system = system
        self.write("machine-id", system or "uninitialized")
        for file, text in hardware.items():
            self.write(file, text)

    def write(self, file, text):
        with open(os.path.join(self.folder, file), "w", encoding="ascii") as out:
            out.write(text + "\n")

    @property
    def arguments(self):
        return [*(["--machine-id", self.machine_id] if self.system else []), "--hardware-id", self.folder]

    @property
    def prefix(self):
        return () if self.system else (*NAMELESS, self.machine_id)


class Identity(BoxTest):

    def on(self, box, machine):
        """The box is started on that machine; its status."""
        box.arguments = machine.arguments
        box.start(prefix=machine.prefix)
        return box.call(STATUS)

    def assert_sells(self, box, machine):
        status = self.on(box, machine)
        self.assertEqual(("selling", []), (status["mode"], status["reasons"]), box.log()[-500:])

    def boots(self, box, **more):
        """Data of every BOOT of the present epoch."""
        read = box.call(JOURNAL + "Read", {"limit": 1000, "kinds": ["boot"], **more}, uid=SUPERVISOR)
        return [json.loads(entry["entry"])["data"] for entry in read["entries"]]

    def moved(self):
        """A box that sold one thing on a first machine, stopped, and a copy of its state folder."""
        box = self.box(start=False)
        one = Machine(box.folder, "one", ONE, product_uuid=BOARD, board_serial="PF1Q2W3E")
        self.assert_sells(box, one)
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        morning.ring(cashier, books, [morning.WATER])
        settle.settle_prints(box, cashier)
        cashier.close()
        self.assertEqual(0, box.stop())
        return box, one, cashier, books

    def test_a_copied_disk_does_not_sell(self):
        """The same state folder on another machine answers questions and sells nothing: two boxes would give out the same
        numbers. The first machine is not disturbed; a supervisor who knows that it is gone begins an epoch."""
        box, one, cashier, books = self.moved()
        copy = box.state + ".copy"
        shutil.copytree(box.state, copy)
        # The other box sells on.
        self.assert_sells(box, one)
        cashier = self.cashier(box, name="elsewhere")
        elsewhere = morning.Books()
        morning.ring(cashier, elsewhere, [morning.NOODLES])
        cashier.close()
        self.assertEqual(0, box.stop())
        shutil.rmtree(box.state)
        shutil.move(copy, box.state)

        other = Machine(box.folder, "other", ONE, product_uuid=OTHER_BOARD, board_serial="PF9Z8Y7X")
        status = self.on(box, other)
        self.assertEqual(("reading", ["machineChanged"]), (status["mode"], status["reasons"]))
        self.assertIn("another machine", status["waits"][0]["text"])
        self.assertIn("product UUID", status["waits"][0]["text"])
        box.said("machineChanged")
        said = subprocess.run(
            ["setpriv", f"--reuid={SUPERVISOR}", "--clear-groups", program("counterfoil"), "status", "--config",
             box.configuration], capture_output=True, text=True, env={**os.environ, "LANG": "en_US.UTF-8"}).stdout
        self.assertIn("! machineChanged: the journal was last written on another machine", said)
        self.assertIn("counterfoil journal epoch begin --reason", said)
        cashier = self.cashier(box, name="copy")
        with self.assertRaises(VarlinkError) as refused:
            morning.ring(cashier, books, [morning.WATER])
        self.assertEqual(("NotSelling", ["machineChanged"]),
                         (refused.exception.short, refused.exception.parameters["reasons"]))
        self.assertEqual([], settle.check_books(cashier, books))

        begun = box.call(JOURNAL + "BeginEpoch", ORDER, uid=SUPERVISOR)
        self.assertEqual(1, begun["epoch"])
        stub = morning.ring(cashier, books, [morning.WATER])["stub"]
        self.assertGreater(int(stub), int(elsewhere.numbers[-1]) + 100, "numbers that the other box may have given out")
        genesis = json.loads(box.call(JOURNAL + "Read", {"limit": 1}, uid=SUPERVISOR)["entries"][0]["entry"])["data"]
        self.assertGreater(genesis["numberGap"], 100)
        self.assertEqual(genesis["previous"]["sequence"], genesis["acceptLossAfter"])
        cashier.close()
        self.assertEqual(0, box.stop())
        self.assert_sells(box, other)
        self.assertEqual(0, box.stop())
        self.assertEqual(0, settle.run_reader(box.journal_folder(), "--quiet").returncode)
        # And it is at home there: the first machine is now the other one.
        self.assertEqual(["machineChanged"], self.on(box, one)["reasons"])

    def test_put_back_into_its_own_machine(self):
        """A disk that was started in another machine by mistake sells again in its own, nothing else needed."""
        box, one, _, _ = self.moved()
        other = Machine(box.folder, "other", OTHER)
        self.assertEqual(["machineChanged"], self.on(box, other)["reasons"])
        box.kill()
        self.assert_sells(box, one)

    def test_the_same_machine(self):
        """Every start of one machine sells: after a stop, a kill, with a new system on the same hardware, and where the
        hardware cannot be read for once."""
        box, one, _, _ = self.moved()
        self.assert_sells(box, one)
        box.kill()
        self.assert_sells(box, one)
        first = self.boots(box)
        self.assertEqual(1, len({json.dumps(boot["binding"]) for boot in first}))
        self.assertEqual(["board", "product", "system"], sorted(first[0]["binding"]))
        text = json.dumps(first)
        for secret in (ONE, BOARD, "PF1Q2W3E"):
            self.assertNotIn(secret.lower(), text.lower())
        self.assertEqual(0, box.stop())
        self.assert_sells(box, Machine(box.folder, "unreadable", ONE))
        self.assertEqual(0, box.stop())
        self.assert_sells(box, Machine(box.folder, "installed-again", OTHER, product_uuid=BOARD))
        self.assertEqual(0, box.stop())
        self.assert_sells(box, one)

    def test_no_hardware_to_read(self):
        """Virtual machines and containers have no DMI: the machine-id alone counts, and none at all is no reason."""
        box = self.box(start=False)
        nothing = Machine(box.folder, "nothing")
        placeholders = Machine(
            box.folder, "placeholders", board_serial="To be filled by O.E.M.",
            product_uuid="03000200-0400-0500-0006-000700080009")
        self.assert_sells(box, nothing)
        self.assertNotIn("binding", self.boots(box)[0])
        self.assertEqual(0, box.stop())
        self.assert_sells(box, placeholders)
        self.assertNotIn("binding", self.boots(box)[-1])
        self.assertEqual(0, box.stop())
        # A journal from before has no such field: the first start that knows it says so for those to come.
        virtual = Machine(box.folder, "virtual", ONE)
        self.assert_sells(box, virtual)
        self.assertEqual(["system"], list(self.boots(box)[-1]["binding"]))
        self.assertEqual(0, box.stop())
        self.assert_sells(box, nothing)
        self.assertEqual(0, box.stop())
        self.assertEqual(["machineChanged"], self.on(box, Machine(box.folder, "copy", OTHER))["reasons"])

    def test_a_misspelt_name_is_no_machine(self):
        """Places that somebody named must be there: else a copied disk would sell because of a typing mistake."""
        box, one, cashier, books = self.moved()
        for arguments in (["--machine-id", one.machine_id + "x"], ["--hardware-id", one.folder + "x"],
                          ["--machine-id", Machine(box.folder, "empty").machine_id]):
            box.arguments = arguments
            box.start(wait=False)
            self.assertEqual(78, box.daemon.wait(20))
            self.assertIn(arguments[0], box.log())

    def test_known_after_many_segments(self):
        """The machine is in STATE: it is known when the start that wrote it is in a segment long gone."""
        box, one, cashier, books = self.moved()
        for _ in range(3):
            self.assert_sells(box, one)
            self.assertEqual(0, box.stop())
        for path in box.segments()[:-1]:
            os.unlink(path)
        self.assertEqual(["machineChanged"], self.on(box, Machine(box.folder, "copy", OTHER))["reasons"])


class OwnJournal(BoxTest):
    """A journal that is whole and cannot be used: the mode names what is really wrong, and ends with that."""

    DAEMON = 61008

    def sold(self, owner=None):
        box = self.box(start=False)
        prefix = ()
        if owner is not None:
            for folder in (box.state, box.run):
                self.give(folder, owner)
            prefix = ("setpriv", f"--reuid={owner}", f"--regid={owner}", "--clear-groups")
        box.start(prefix=prefix)
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        morning.ring(cashier, books, [morning.WATER])
        cashier.close()
        self.assertEqual(0, box.stop())
        return box, cashier, books, prefix

    @staticmethod
    def give(folder, owner):
        for path, _, files in os.walk(folder):
            for name in [path, *(os.path.join(path, file) for file in files)]:
                os.chown(name, owner, owner)

    def refused(self, box, mode, reason, *words, prefix=()):
        """The box starts in that mode with that reason alone, and says these words to whoever asks."""
        box.start(prefix=prefix)
        status = box.call(STATUS)
        self.assertEqual((mode, [reason]), (status["mode"], status["reasons"]), box.log()[-500:])
        text = status["waits"][0]["text"]
        shown = box.command("status").stdout
        self.assertIn(f"! {reason}: ", shown)
        chinese = subprocess.run(
            [program("counterfoil"), "status", "--config", box.configuration], capture_output=True, text=True,
            env={**os.environ, "LC_ALL": "zh_CN.UTF-8", "TERM": "xterm"}).stdout
        self.assertIn("    账本不可写", chinese)
        self.assertNotIn("not writable", chinese)
        for word in words:
            self.assertIn(word, text)
            self.assertIn(word, shown)
            box.said(word)
        with self.assertRaises(VarlinkError) as refused:
            morning.open_shift(self.cashier(box, name="refused"))
        self.assertEqual("NotSelling", refused.exception.short)
        return status

    def sells(self, box, cashier, books, prefix=()):
        box.start(prefix=prefix)
        self.assertEqual("selling", box.call(STATUS)["mode"], box.log()[-500:])
        self.assertEqual([], settle.check_books(cashier, books))

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files away")
    def test_a_folder_of_somebody_else(self):
        """A copy that root put there: the mode says whose it is, whose it must be, and with which mode."""
        box, cashier, books, prefix = self.sold(self.DAEMON)
        folder = box.journal_folder()
        os.chmod(folder, 0o700)
        os.chown(folder, 0, 0)
        self.refused(box, "locked", "journalDenied", f"{folder} belongs to root, mode 0700",
                     f"must belong to uid {self.DAEMON}", "mode 0700", prefix=prefix)
        self.assertEqual(0, box.stop())
        os.chown(folder, self.DAEMON, self.DAEMON)
        newest = box.segments()[-1]
        os.chown(newest, 0, 0)
        os.chmod(newest, 0o644)
        self.refused(box, "reading", "journalDenied", f"{newest} belongs to root, mode 0644", "mode 0600", prefix=prefix)
        self.assertEqual([], settle.check_books(cashier, books), "what may be read is read")
        self.assertEqual(0, box.stop())
        os.chown(newest, self.DAEMON, self.DAEMON)
        # The folder may be entered and not written.
        os.chown(folder, 0, 0)
        os.chmod(folder, 0o755)
        self.refused(box, "reading", "journalDenied", f"{folder} belongs to root, mode 0755", prefix=prefix)
        self.assertEqual(0, box.stop())
        # A folder above it is closed.
        os.chown(folder, self.DAEMON, self.DAEMON)
        os.chown(box.state, 0, 0)
        os.chmod(box.state, 0o700)
        self.refused(box, "locked", "journalDenied", f"{box.state} belongs to root, mode 0700", prefix=prefix)
        self.assertEqual(0, box.stop())
        os.chown(box.state, self.DAEMON, self.DAEMON)
        self.sells(box, cashier, books, prefix)

    def test_another_till_in_the_configuration(self):
        """The configuration was edited, or another box's was put there: it is the configuration that is named."""
        box, cashier, books, _ = self.sold()
        with open(box.configuration, encoding="utf-8") as file:
            right = file.read()

        def configure(text):
            with open(box.configuration, "w", encoding="utf-8") as file:
                file.write(text)

        wrong = right.replace('"till-01"', '"till-02"')
        self.assertNotEqual(right, wrong)
        key = os.path.join(box.state, "keys", "journal.key")
        for missing in (False, True):
            # Without its key nothing but the journal itself says whose it is.
            if missing:
                os.rename(key, key + ".away")
            configure(wrong)
            self.refused(box, "locked", "journalOtherTill", "shop-0042/till-02", "shop-0042/till-01")
            with self.assertRaises(VarlinkError) as epoch:
                box.call(JOURNAL + "BeginEpoch", ORDER, uid=SUPERVISOR)
            self.assertEqual("NotSelling", epoch.exception.short)
            self.assertEqual(0, box.stop())
            configure(right)
            self.sells(box, cashier, books)
            self.assertEqual(0, box.stop())
        os.rename(key + ".away", key)
        with open(key, "w", encoding="ascii") as file:
            file.write("07" * 32 + "\n")
        self.refused(box, "locked", "journalForeign")

    def test_a_failing_medium(self):
        """What is neither full, read-only nor closed is named as what it is: a file that cannot be used."""
        box, _, _, _ = self.sold()
        newest = box.segments()[-1]
        os.unlink(newest)
        os.mkdir(newest)
        self.refused(box, "reading", "journalFailing", os.path.basename(newest))
