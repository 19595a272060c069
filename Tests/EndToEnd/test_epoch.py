"""A journal that cannot go on: what can be read answers, and a supervisor begins a new epoch, whatever dies in between."""

import glob
import hashlib
import json
import os
import shutil
import subprocess
import unittest

import morning
import settle
from box import CASHIER, SUPERVISOR, killpoint_library, program
from harness import BoxTest
from varlink_client import ConnectionLost, VarlinkError, wait_until

SALE = "io.counterfoil.Sale."
JOURNAL = "io.counterfoil.Journal."
STATUS = "io.counterfoil.System.Status"
ALIGNMENT = 4096
KEY = "epoch-of-the-test-1"
ORDER = {"idempotencyKey": KEY, "reason": "the disk rotted"}


def fingerprints(folder):
    """Every file of the first epoch, by name and SHA-256: nothing of it may ever change."""
    found = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, "rb") as file:
                found[name] = hashlib.sha256(file.read()).hexdigest()
    return found


def batches(path):
    """Offsets at which a batch begins."""
    with open(path, "rb") as file:
        data = file.read()
    return [at for at in range(ALIGNMENT, len(data), ALIGNMENT)
            if data[at:at + 4] == b"STBF" and data[at + 44:at + 48] == bytes(4)]


def damage(path, at):
    """One bit of the record that starts there is not what was written."""
    with open(path, "r+b") as segment:
        segment.seek(at + 200)
        byte = segment.read(1)
        segment.seek(at + 200)
        segment.write(bytes([byte[0] ^ 1]))


def rots_behind(box, lost):
    """What `lost` does is the last of a box that is cut off, and damaged from its first record on."""
    def newest():
        epochs = sorted(glob.glob(os.path.join(box.journal_folder(), "epoch-*")))
        return sorted(glob.glob(os.path.join(epochs[-1], "*.seg")))[-1] if epochs else box.segments()[-1]
    good = len(batches(newest()))
    lost()
    box.kill()
    found = batches(newest())
    assert good + 1 < len(found), "too little to lose"
    damage(newest(), found[good])


class Epoch(BoxTest):

    def damaged_box(self, sales=6, lost=2, start=True, restart=False):
        """A box that sold and was cut off; acknowledged records of its last sales are damaged."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        if restart:
            morning.ring(cashier, books, [morning.WATER])
            settle.settle_prints(box, cashier)
            self.assertEqual(0, box.stop())
            box.start()
        for _ in range(sales - lost):
            morning.ring(cashier, books, [morning.WATER])
        wait_until(lambda: not cashier.read("io.counterfoil.Printer.Jobs", {"unfinished": True})["jobs"], "paper of all receipts")
        more = morning.Books()
        rots_behind(box, lambda: [morning.ring(cashier, more, [morning.NOODLES]) for _ in range(lost)])
        cashier.close()
        if start:
            box.start()
        for name in list(cashier.answers)[-lost:]:
            del cashier.answers[name]
        return box, cashier, books, more

    def begin(self, box, **more):
        return box.call(JOURNAL + "BeginEpoch", {**ORDER, **more}, uid=SUPERVISOR)

    def test_what_can_be_read_answers(self):
        """A refused journal answers every question that its good part can answer, and no call that would write."""
        box, cashier, books, lost = self.damaged_box()
        status = cashier.read(STATUS)
        self.assertEqual(("reading", "journalDamaged"), (status["mode"], status["reasons"][0]))
        self.assertEqual("journalDamaged", status["waits"][0]["code"])
        self.assertEqual([], settle.check_books(cashier, books))
        listed = cashier.read(SALE + "List", {})["sales"]
        self.assertEqual(len(books.numbers), len(listed))
        with self.assertRaises(VarlinkError) as gone:
            cashier.read(SALE + "Get", {"stub": {"stub": lost.numbers[0]}})
        self.assertEqual("NoSuchStub", gone.exception.short)
        head = cashier.read(JOURNAL + "Head")["head"]
        self.assertGreater(head["sequence"], 0)
        read = box.call(JOURNAL + "Read", {"limit": 1000}, uid=SUPERVISOR)
        self.assertEqual(list(range(head["sequence"] + 1)), [entry["sequence"] for entry in read["entries"]])
        verified = box.call(JOURNAL + "Verify", {}, uid=SUPERVISOR)
        self.assertEqual((False, head["sequence"] + 1), (verified["good"], verified["firstBad"]))
        with self.assertRaises(VarlinkError) as refused:
            morning.ring(cashier, books, [morning.WATER])
        self.assertEqual("NotSelling", refused.exception.short)

    def test_a_new_epoch(self):
        """The way out: the box sells on with its numbers, shift and past; the old folder stays as it is."""
        box, cashier, books, lost = self.damaged_box()
        before = fingerprints(box.journal_folder())
        old = cashier.read(JOURNAL + "Head")["head"]
        with self.assertRaises(VarlinkError) as denied:
            box.call(JOURNAL + "BeginEpoch", ORDER, uid=CASHIER)
        self.assertEqual("PermissionDenied", denied.exception.short)
        with self.assertRaises(VarlinkError) as beyond:
            self.begin(box, acceptLossAfter=old["sequence"] + 1)
        self.assertEqual("acceptLossAfter", beyond.exception.parameters["rule"])
        begun = self.begin(box)
        self.assertEqual(1, begun["epoch"])
        self.assert_sells(box, cashier, books, lost, begun, before)
        box.stop()
        box.start()
        self.assert_sells(box, cashier, books, lost, begun, before)
        self.assertEqual(before, fingerprints(box.journal_folder()))
        cashier.close()
        self.assertEqual(0, box.stop())
        self.assert_second_reader(box, old, begun)

    def test_the_command_line(self):
        """A supervisor begins the epoch by hand; every journal command knows epochs, with the daemon and without."""
        box, cashier, books, lost = self.damaged_box()
        old = cashier.read(JOURNAL + "Head")["head"]
        cashier.close()

        def command(*arguments, code=0):
            done = subprocess.run(
                ["setpriv", f"--reuid={SUPERVISOR}", "--clear-groups", program("counterfoil"), *arguments, "--config",
                 box.configuration], capture_output=True, text=True)
            self.assertEqual(code, done.returncode, done.stdout + done.stderr)
            return done.stdout

        began = json.loads(command("journal", "epoch", "begin", "--reason", "rot", "--key", KEY, "--json"))
        self.assertEqual(began, json.loads(command("journal", "epoch", "begin", "--reason", "rot", "--key", KEY, "--json")))
        self.assertEqual(1, json.loads(command("journal", "head", "--json"))["head"]["epoch"])
        entries = command("journal", "show", "--epoch", "0", "--limit", "5000", "--json").splitlines()
        self.assertEqual(old["sequence"] + 1, len(entries))
        self.assertEqual("genesis", json.loads(command("journal", "show", "--limit", "1", "--json"))["kind"])
        gone = subprocess.run(
            ["setpriv", f"--reuid={CASHIER}", "--clear-groups", program("counterfoil"), "sale", "get", lost.numbers[0],
             "--config", box.configuration], capture_output=True, text=True, env={**os.environ, "LANG": "C"})
        self.assertEqual(1, gone.returncode)
        self.assertIn(f"no record of stub {lost.numbers[0]}: epoch 1 began after damage", gone.stderr)
        self.assertNotIn("not of this box", gone.stderr)
        self.assertEqual(0, box.stop())

        def offline(*arguments, **more):
            return box.command("journal", *arguments, "--journal", box.journal_folder(), **more)

        listed = [json.loads(line) for line in offline("epoch", "list", "--json").stdout.splitlines()]
        self.assertEqual([{"epoch": 0}, {"builds": {"epoch": 0, "sequence": old["sequence"]}, "epoch": 1}],
                         [dict(sorted(line.items())) for line in listed])
        self.assertEqual(began["journal"], json.loads(offline("head", "--json").stdout)["head"]["journal"])
        self.assertEqual(old["root"], json.loads(offline("head", "--epoch", "0", "--json").stdout)["head"]["root"])
        offline("verify")
        offline("verify", "--epoch", "0")
        self.assertEqual(entries, offline("show", "--epoch", "0", "--limit", "5000", "--json").stdout.splitlines())
        offline("prove", str(began["sequence"]))
        copy = os.path.join(box.folder, "copy")
        done = offline("copy", "--to", copy, check=False)
        self.assertEqual(74, done.returncode, "the damaged record of epoch 0 is named as lost")
        self.assertIn(f"{old['sequence'] + 1}–", done.stdout)
        self.assertEqual(settle.run_reader(box.journal_folder()).stdout, settle.run_reader(copy).stdout)
        # The present epoch is only as good as what it builds on.
        damage(os.path.join(box.journal_folder(), "0" * 20 + ".seg"), batches(box.segments()[0])[1])
        self.assertEqual(74, offline("verify", check=False).returncode)
        self.assertEqual(1, settle.run_reader(box.journal_folder()).returncode)

    def test_every_epoch_is_checked(self):
        """A byte that rotted in an old segment of an earlier epoch is found, whoever checks and from whichever epoch on."""
        box, cashier, _, _ = self.damaged_box(restart=True)
        old = cashier.read(JOURNAL + "Head")["head"]
        begun = self.begin(box)
        verified = box.call(JOURNAL + "Verify", {}, uid=SUPERVISOR)
        self.assertEqual((True, [(1, True), (0, True)]),
                         (verified["good"], [(each["epoch"], each["good"]) for each in verified["epochs"]]))
        self.assertEqual((old["sequence"], old["sequence"] + 1),
                         (verified["epochs"][1]["upTo"], verified["epochs"][1]["records"]))
        self.assertIn(f"builds on epoch 0 up to {old['sequence']}", verified["text"])
        copy = os.path.join(box.folder, "copy")
        box.command("journal", "copy", "--journal", box.journal_folder(), "--to", copy, check=False)

        def verify(*arguments, code=0):
            done = box.command("journal", "verify", "--journal", copy, *arguments, check=False)
            self.assertEqual(code, done.returncode, done.stdout + done.stderr)
            return done.stdout + done.stderr

        genesis = box.call(JOURNAL + "Read", {"limit": 1}, uid=SUPERVISOR)["entries"][0]
        key = settle.public_key(json.loads(genesis["entry"])["data"])
        for arguments in ([], ["--key", key]):
            text = verify(*arguments)
            self.assertRegex(text, rf"epoch 1  \d+ records good[^\n]*builds on epoch 0 up to {old['sequence']}")
            self.assertRegex(text, rf"epoch 0  {old['sequence'] + 1} records good")
        self.assertNotIn("epoch 0  ", verify("--epoch", "1"))
        first = "0" * 20 + ".seg"
        for folder in (copy, box.journal_folder()):
            files = sorted(name for name in os.listdir(folder) if name.startswith("0" * 20))
            self.assertEqual([first], files, "an old segment that no link and no start looks at")
            self.assertGreater(len([name for name in os.listdir(folder) if ".seg" in name]), 1)
            damage(os.path.join(folder, first), batches(os.path.join(folder, first))[1])
        text = verify(code=74)
        self.assertRegex(text, rf"not as it was written: epoch 0\n(?s:.*)epoch 1  \d+ records good(?s:.*)epoch 0  .*{first}")
        verify("--key", key, code=74)
        verify("--epoch", "0", code=74)
        verified = box.call(JOURNAL + "Verify", {}, uid=SUPERVISOR)
        self.assertEqual((False, [(1, True), (0, False)]),
                         (verified["good"], [(each["epoch"], each["good"]) for each in verified["epochs"]]))
        self.assertEqual(verified["firstBad"], verified["epochs"][1]["firstBad"])
        self.assertIn("segmentDamaged", [wait["code"] for wait in cashier.read(STATUS)["waits"]])
        cashier.close()
        self.assertEqual(1, begun["epoch"])

    def test_after_a_disk_that_failed_twice(self):
        """A second failed write within a minute stays up and reads; a new epoch ends it without a restart. What was not
        answered before is answered by its key."""
        box = self.box(start=False)
        failing = os.path.join(box.folder, "failing")
        environment = {"LD_PRELOAD": killpoint_library(), "KILLPOINT_DIR": box.journal_folder(),
                       "KILLPOINT_FAIL": failing, "KILLPOINT_CLASSES": "none"}
        box.start(environment)
        cashier = self.cashier(box)
        cashier.revive = None
        morning.open_shift(cashier)
        books = morning.Books()
        for number in range(2):
            morning.ring(cashier, books, [morning.WATER])
            open(failing, "w", encoding="ascii").close()
            lost = (SALE + "Ring", {"idempotencyKey": f"lost-{len(books.numbers)}".ljust(16, "-"), "lane": "lane-1",
                                    "lines": [morning.NOODLES], "tender": {"kind": "cash", "tendered": 1250}})
            # The end of a print may fail first; then the mode is there before the call.
            with self.assertRaises((ConnectionLost, OSError, VarlinkError)) as unanswered:
                box.call(*lost)
            if isinstance(unanswered.exception, VarlinkError):
                self.assertEqual("NotSelling", unanswered.exception.short)
            if not number:
                self.assertEqual(75, box.daemon.wait(20), "the first failure restarts the daemon")
                os.unlink(failing)
                box.start(environment)
                books.sealed(box.call(*lost), 1250)
        cashier.close()
        self.assertTrue(box.alive(), "the second failure within a minute stays up")
        status = box.call(STATUS)
        self.assertEqual(("reading", ["journalPoisoned"]), (status["mode"], status["reasons"]))
        self.assertEqual([], settle.check_books(cashier, books), "reads go on")
        with self.assertRaises(VarlinkError) as failed:
            self.begin(box)
        self.assertEqual("NotSelling", failed.exception.short)
        os.unlink(failing)
        before, pid = fingerprints(box.journal_folder()), box.daemon.pid
        begun = self.begin(box)
        self.assertEqual((begun, pid), (self.begin(box), box.daemon.pid))
        self.assertEqual("selling", box.call(STATUS)["mode"])
        first = box.call(*lost)
        self.assertEqual(first, box.call(*lost), "the sale that got no answer is there once")
        morning.ring(cashier, books, [morning.NOODLES])
        self.assertEqual([], settle.check_keys(cashier))
        self.assertEqual(before, fingerprints(box.journal_folder()))
        cashier.close()
        self.assertEqual(0, box.stop())
        done = settle.run_reader(box.journal_folder())
        self.assertEqual((0, begun["journal"]), (done.returncode, json.loads(done.stdout.splitlines()[-1])["journal"]))

    def test_the_past_of_two_epochs(self):
        """What was sold in the first epoch is given back in the second and known in the third: stubs, returns, keys."""
        box, cashier, books, lost = self.damaged_box()
        self.begin(box)
        stub = {"stub": books.numbers[0]}
        back = {**morning.WATER, "quantity": -1000, "original": {"reference": stub, "line": "1"}}

        def left():
            return cashier.read(SALE + "Returnable", {"stub": stub})["lines"][0]["quantity"]

        line = cashier.read(SALE + "Returnable", {"stub": stub})["lines"][0]["line"]
        back["original"]["line"] = line
        self.assertEqual(1000, left())
        second = morning.Books()
        morning.whole_sale(cashier, second, "return", [back])
        self.assertEqual(0, left())
        found = cashier.read(SALE + "Get", {"stub": stub})
        self.assertEqual((0, [1]), (found["sale"]["stub"]["epoch"], [later["epoch"] for later in found["later"]]))
        with self.assertRaises(VarlinkError) as twice:
            morning.whole_sale(cashier, morning.Books(), "return", [back])
        self.assertEqual("OverReturn", twice.exception.short)
        kept = dict(cashier.answers)
        for _ in range(2):
            morning.ring(cashier, second, [morning.NOODLES])
        settle.settle_prints(box, cashier)
        newest = os.path.join(box.journal_folder(), "epoch-000001", "0" * 20 + ".seg")
        good = len(batches(newest))
        for _ in range(2):
            morning.ring(cashier, morning.Books(), [morning.NOODLES])
        cashier.close()
        box.kill()
        damage(newest, batches(newest)[good])
        box.start()
        self.assertEqual("reading", box.call(STATUS)["mode"])
        self.assertEqual(0, left(), "a refused epoch knows those before it")
        begun = self.begin(box, idempotencyKey="epoch-of-the-test-3")
        self.assertEqual(2, begun["epoch"])
        self.assertEqual(1, self.begin(box)["epoch"], "the first order keeps its answer")
        self.assertEqual(0, left())
        cashier.answers = {key: kept[key] for key in kept if "Open" not in key or "Shift" not in kept[key][0]}
        self.assertEqual([], settle.check_keys(cashier), "keys of both epochs are still known")
        self.assertEqual([], settle.check_books(cashier, books))
        self.assertEqual(1, cashier.read(SALE + "Get", {"stub": {"stub": second.numbers[-1]}})["sale"]["stub"]["epoch"])
        listed, after = [], None
        while True:
            page = cashier.read(SALE + "List", {"limit": 2, **({"after": after} if after else {})})
            listed += [sale["stub"]["stub"] for sale in page["sales"] if sale.get("stub")]
            after = page.get("next")
            if not after:
                break
        self.assertEqual(sorted({*books.numbers, *second.numbers}, key=int), sorted(listed, key=int))
        kinds = box.call(JOURNAL + "Read", {"limit": 1000, "after": "0.0"}, uid=SUPERVISOR)
        self.assertEqual({0}, {entry["epoch"] for entry in kinds["entries"]})
        onward = box.call(JOURNAL + "Read", {"limit": 1000, "after": kinds["next"]}, uid=SUPERVISOR)
        self.assertEqual(({1}, "genesis"), ({entry["epoch"] for entry in onward["entries"]}, onward["entries"][0]["kind"]))
        cashier.close()
        self.assertEqual(0, box.stop())
        self.assertEqual(0, settle.run_reader(box.journal_folder(), "--quiet").returncode)

    def test_an_older_copy_was_put_back(self):
        """A journal that is shorter than its signed checkpoint is refused; a new epoch skips the numbers that it forgot."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        for _ in range(2):
            morning.ring(cashier, books, [morning.WATER])
        self.assertEqual(0, box.stop())
        aside = box.journal_folder() + ".aside"
        shutil.copytree(box.journal_folder(), aside)
        box.start()
        forgotten = morning.Books()
        for _ in range(3):
            morning.ring(cashier, forgotten, [morning.NOODLES])
        self.assertEqual(0, box.stop())
        for name in os.listdir(box.journal_folder()):
            if name != "checkpoint":
                os.unlink(os.path.join(box.journal_folder(), name))
        for name in os.listdir(aside):
            if name != "checkpoint":
                shutil.copy2(os.path.join(aside, name), box.journal_folder())
        cashier.close()
        box.start()
        status = box.call(STATUS)
        self.assertEqual(("reading", ["journalRolledBack"]), (status["mode"], status["reasons"]))
        before = fingerprints(box.journal_folder())
        begun = self.begin(box)
        stub = morning.ring(cashier, books, [morning.WATER])
        self.assertGreater(int(stub["stub"]), int(forgotten.numbers[-1]))
        genesis = box.call(JOURNAL + "Read", {"limit": 1}, uid=SUPERVISOR)["entries"][0]
        data = json.loads(genesis["entry"])["data"]
        self.assertEqual((begun["journal"], 0), (data["journal"], data["previous"]["epoch"]))
        self.assertGreater(data["numberGap"], 3)
        self.assertEqual(data["previous"]["sequence"], data["acceptLossAfter"])
        self.assertEqual(before, fingerprints(box.journal_folder()))

    def test_nothing_verifies(self):
        """Without its first record a journal proves nothing: then no epoch can be begun, and the error says what to do."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        cashier.close()
        box.kill()
        damage(box.segments()[-1], ALIGNMENT)
        box.start()
        before = fingerprints(box.journal_folder())
        with self.assertRaises(VarlinkError) as nothing:
            self.begin(box)
        self.assertEqual(("Refused", "nothingVerifies"), (nothing.exception.short, nothing.exception.parameters["rule"]))
        self.assertEqual(before, fingerprints(box.journal_folder()))
        self.assertEqual([], [name for name in os.listdir(box.journal_folder()) if "epoch" in name])
        box.stop()
        # The way out without a copy: what is left stays as evidence, and no number is given out twice.
        aside = box.journal_folder() + ".lost"
        os.rename(box.journal_folder(), aside)
        refused = box.command("init", check=False)
        self.assertEqual(78, refused.returncode)
        self.assertIn("--numbers-from", refused.stderr)
        for wrong in (["--numbers-from", "500"], ["--reason", "x"], ["--numbers-from", "1", "--reason", "x"],
                      ["--numbers-from", "500", "--reason", ""], ["--numbers-from", "500", "--reason", "x" * 201]):
            self.assertEqual(64, box.command("init", *wrong, check=False).returncode, wrong)
        self.assertFalse(os.path.exists(box.journal_folder()))
        box.command("init", "--numbers-from", "500", "--reason", "disk lost, last receipt 480")
        again = box.command("init", "--numbers-from", "900", "--reason", "again", check=False)
        self.assertEqual(78, again.returncode, "a journal that is there is never replaced")
        box.start()
        cashier = self.cashier(box, name="after")
        morning.open_shift(cashier)
        books = morning.Books()
        self.assertEqual("500", morning.ring(cashier, books, [morning.WATER])["stub"])
        genesis = json.loads(box.call(JOURNAL + "Read", {"limit": 1}, uid=SUPERVISOR)["entries"][0]["entry"])["data"]
        self.assertEqual((499, "disk lost, last receipt 480", 0),
                         (genesis["numberGap"], genesis["reason"], genesis["epoch"]))
        settle.settle_prints(box, cashier)
        cashier.close()
        self.assertEqual(0, box.stop())
        box.start()
        self.assertEqual([], settle.check_books(cashier, books))
        cashier.close()
        self.assertEqual(0, box.stop())
        self.assertEqual(0, settle.run_reader(box.journal_folder(), "--quiet").returncode)
        self.assertEqual(before, fingerprints(aside))

    def shimmed(self, box, **options):
        """The environment of a daemon whose acts on the journal count once the file `armed` is there."""
        armed = os.path.join(box.folder, "armed")
        if os.path.exists(armed):
            os.unlink(armed)
        return armed, {"LD_PRELOAD": killpoint_library(), "KILLPOINT_DIR": box.journal_folder(),
                       "KILLPOINT_CLASSES": "journal,sync,meta", "KILLPOINT_ARMED": armed, **options}

    def test_killed_in_the_middle(self):
        """SIGKILL before and after every act by which the epoch is made: the same key always ends in one new epoch."""
        box, cashier, books, lost = self.damaged_box(start=False)
        aside = box.journal_folder() + ".aside"
        shutil.copytree(box.journal_folder(), aside)
        log = os.path.join(box.folder, "points")
        armed, environment = self.shimmed(box, KILLPOINT_LOG=log)
        box.start(environment)
        open(armed, "w", encoding="ascii").close()
        self.begin(box)
        os.unlink(armed)
        box.kill()
        with open(log, encoding="ascii") as file:
            points = sum(1 for _ in file)
        self.assertGreater(points, 10)
        every = int(os.environ.get("COUNTERFOIL_EPOCH_EVERY", "5"))
        before_name = after_name = 0
        for number in range(1, points + 1):
            when = "after" if number % 2 else "before"
            if (number - 1) % every and number < points - 6:
                continue
            with self.subTest(point=number, when=when):
                shutil.rmtree(box.journal_folder())
                shutil.rmtree(box.index_folder(), ignore_errors=True)
                shutil.copytree(aside, box.journal_folder())
                before = fingerprints(box.journal_folder())
                armed, environment = self.shimmed(box, KILLPOINT_AT=str(number), KILLPOINT_WHEN=when)
                box.start(environment)
                open(armed, "w", encoding="ascii").close()
                try:
                    self.begin(box)
                except (ConnectionLost, OSError):
                    pass
                wait_until(lambda: not box.alive(), "the kill")
                begun_already = os.path.isdir(os.path.join(box.journal_folder(), "epoch-000001"))
                before_name, after_name = before_name + (not begun_already), after_name + begun_already
                box.start()
                mode = box.call(STATUS)["mode"]
                self.assertEqual("selling" if begun_already else "reading", mode)
                begun = self.begin(box)
                self.assertEqual(begun, self.begin(box))
                self.assertEqual(1, begun["epoch"])
                self.assertEqual("selling", box.call(STATUS)["mode"])
                self.assertEqual(0, box.stop())
                self.assertEqual(before, fingerprints(box.journal_folder()))
                self.assertEqual(["epoch-000001"], [name for name in os.listdir(box.journal_folder()) if "epoch" in name])
                done = settle.run_reader(box.journal_folder(), "--quiet")
                self.assertEqual((0, begun["journal"]), (done.returncode, json.loads(done.stdout or "{}").get("journal")))
        self.assertTrue(before_name and after_name, f"{before_name} kills before the name, {after_name} behind it")

    def assert_sells(self, box, cashier, books, lost, begun, before):
        self.assertEqual(begun, self.begin(box), "the same key gives the same answer")
        with self.assertRaises(VarlinkError) as reused:
            self.begin(box, reason="another")
        self.assertEqual("KeyReused", reused.exception.short)
        with self.assertRaises(VarlinkError) as selling:
            box.call(JOURNAL + "BeginEpoch", {**ORDER, "idempotencyKey": "epoch-of-the-test-2"}, uid=SUPERVISOR)
        self.assertEqual(("Refused", "epochNotNeeded"), (selling.exception.short, selling.exception.parameters["rule"]))
        status = cashier.read(STATUS)
        self.assertEqual(("selling", 1, begun["journal"]),
                         (status["mode"], status["journal"]["epoch"], status["journal"]["journal"]))
        self.assertEqual([], settle.check_keys(cashier), "keys of the old epoch are still known")
        stub = morning.ring(cashier, morning.Books(), [morning.NOODLES])
        self.assertEqual((1, begun["journal"]), (stub["epoch"], stub["box"]))
        self.assertGreater(int(stub["stub"]), int(lost.numbers[-1]), "a lost number is never used again")
        self.assertEqual([], settle.check_books(cashier, books), "the past is where it was")
        for number in books.numbers:
            self.assertEqual(0, cashier.read(SALE + "Get", {"stub": {"stub": number}})["sale"]["stub"]["epoch"])
        # The customers of the lost sales have genuine receipts.
        for number in lost.numbers:
            for method in ("Get", "Returnable"):
                with self.assertRaises(VarlinkError) as gone:
                    cashier.read(SALE + method, {"stub": {"stub": number}})
                self.assertEqual(("NoSuchStub", {"stub": number, "skippedBy": 1}),
                                 (gone.exception.short, gone.exception.parameters))
        with self.assertRaises(VarlinkError) as never:
            cashier.read(SALE + "Get", {"stub": {"stub": str(int(stub["stub"]) + 1)}})
        self.assertIsNone(never.exception.parameters.get("skippedBy"))
        listed = [sale["stub"]["stub"] for sale in cashier.read(SALE + "List", {})["sales"]]
        self.assertEqual(stub["stub"], listed[0])
        self.assertEqual(sorted(books.numbers, key=int), sorted(listed, key=int)[:len(books.numbers)])
        found = cashier.read(SALE + "Get", {"stub": {"stub": books.numbers[0]}})
        past, line = found["sale"]["stub"], found["lines"][0]
        self.assertNotEqual(begun["journal"], past["box"])
        original = {"reference": past, "line": line["id"]}
        back = {**line["input"], "quantity": -1000}
        for wrong in ({"epoch": 1}, {"sequence": past["sequence"] + 1}, {"hash": "0" * 64}):
            with self.assertRaises(VarlinkError) as refused:
                cashier.keyed(SALE + "Open", lane="lane-1", kind="return", lines=[
                    {**back, "original": {**original, "reference": {**past, **wrong}}}])
            self.assertEqual("OriginalNotHere", refused.exception.short)
        returnable = cashier.read(SALE + "Returnable", {"stub": past})["lines"]
        self.assertEqual(line["id"], returnable[0]["line"])

    def assert_second_reader(self, box, old, begun):
        done = settle.run_reader(box.journal_folder())
        self.assertEqual(0, done.returncode, done.stderr)
        records = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(begun["journal"], records[-1]["journal"])
        self.assertEqual("genesis", records[0]["kind"])
        self.assertEqual("state", records[1]["kind"])
        self.assertLess(records[begun["sequence"] - 1]["sequence"], begun["sequence"])
        done = settle.run_reader(box.journal_folder(), "--epoch", "0", "--up-to", str(old["sequence"]))
        self.assertEqual(0, done.returncode, done.stderr)
        head = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual((old["chain"], old["root"]), (head["chain"], head["root"]))


if __name__ == "__main__":
    unittest.main()
