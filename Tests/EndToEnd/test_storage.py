"""The lookup file lost, old segments gone, and a journal that cannot be written: the socket stays, the mode has a name."""

import glob
import json
import os
import re
import shutil
import struct
import subprocess
import time
import unittest
import zlib

import morning
import settle
from box import SUPERVISOR, program
from harness import BoxTest
from varlink_client import VarlinkError, wait_until

SALE = "io.counterfoil.Sale."
JOURNAL = "io.counterfoil.Journal."
STATUS = "io.counterfoil.System.Status"


class Storage(BoxTest):

    def sold_box(self):
        """A box with several sealed segments behind it; the cashier still knows every answer."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        box.fill_segments(3, lambda: morning.ring(cashier, books, [morning.WATER] * 400))
        return box, cashier, books

    def test_index_deleted(self):
        """Without its lookup file the box gives the same answers."""
        box, cashier, books = self.sold_box()
        box.stop()
        shutil.rmtree(box.index_folder())
        box.start()
        self.wait_for_mode(cashier, "selling")
        self.assertEqual([], settle.check_books(cashier, books) + settle.check_keys(cashier))

    def test_index_corrupted(self):
        """A lookup file full of noise is thrown away and made anew."""
        box, cashier, books = self.sold_box()
        box.kill()
        files = [path for path in glob.glob(os.path.join(box.index_folder(), "**"), recursive=True)
                 if os.path.isfile(path) and os.path.getsize(path) > 0]
        self.assertTrue(files, "there is no lookup file to corrupt")
        for path in files:
            with open(path, "r+b") as file:
                file.seek(os.path.getsize(path) // 3)
                file.write(os.urandom(4096))
        box.start()
        self.wait_for_mode(cashier, "selling")
        self.assertEqual([], settle.check_books(cashier, books) + settle.check_keys(cashier))

    def test_old_segments_deleted(self):
        """With its past archived elsewhere the box sells; what is gone answers Archived and is never done again."""
        box, cashier, books = self.sold_box()
        first_key = next(name for name, (method, _, _) in cashier.answers.items() if method == SALE + "Ring")
        method, parameters, _ = cashier.answers[first_key]
        box.stop()
        away = os.path.join(box.folder, "away")
        os.mkdir(away)
        moved = box.sealed_segments()
        for path in moved:
            os.rename(path, os.path.join(away, os.path.basename(path)))
        box.start()
        self.wait_for_mode(cashier, "selling")
        before = len(books.numbers)
        morning.ring(cashier, books, [morning.NOODLES])
        self.assertEqual(int(books.numbers[-2]) + 1, int(books.numbers[-1]))
        with self.assertRaises(VarlinkError) as gone:
            cashier.read(SALE + "Get", {"stub": {"stub": books.numbers[0]}})
        self.assertEqual("Archived", gone.exception.short)
        with self.assertRaises(VarlinkError) as repeated:
            cashier.read(method, parameters)
        self.assertEqual("Archived", repeated.exception.short)
        self.assertEqual(before + 1, len(books.numbers))
        for gone, asked in ((SALE + "Returnable", {"stub": {"stub": books.numbers[0]}}),
                            (JOURNAL + "Read", {"limit": 10, "after": "0.0"}), (JOURNAL + "Prove", {"sequence": 0})):
            with self.assertRaises(VarlinkError, msg=gone) as archived:
                box.call(gone, asked, uid=SUPERVISOR)
            self.assertEqual(("Archived", 0), (archived.exception.short, archived.exception.parameters["epoch"]))
        oldest = box.call(JOURNAL + "Read", {"limit": 1}, uid=SUPERVISOR)["entries"][0]
        self.assertGreater(oldest["sequence"], 0, "without a cursor the journal is read from the first entry there is")
        listed = [sale["stub"]["stub"] for sale in cashier.read(SALE + "List", {})["sales"]]
        self.assertEqual(books.numbers[-1], listed[0])
        verified = box.call(JOURNAL + "Verify", uid=SUPERVISOR)
        self.assertTrue(verified["good"])
        # Nothing in a journal tells a segment that was moved away from one that is missing.
        self.assertRegex(verified["text"], r"records before [1-9]\d* are not here: archived or missing$")
        # Put back, it is there again for who asks: no restart.
        for path in moved:
            os.rename(os.path.join(away, os.path.basename(path)), path)
        found = cashier.read(SALE + "Get", {"stub": {"stub": books.numbers[0]}})
        self.assertEqual(books.numbers[0], found["sale"]["stub"]["stub"])
        cashier.read(SALE + "Returnable", {"stub": {"stub": books.numbers[0]}})
        cashier.read(method, parameters)
        box.call(JOURNAL + "Prove", {"sequence": 0}, uid=SUPERVISOR)
        self.assertEqual(before + 1, len(books.numbers))
        self.assertEqual([], settle.check_books(cashier, books) + settle.check_keys(cashier))
        # The same with a lookup file that never knew of it.
        box.stop()
        for path in moved:
            os.rename(path, os.path.join(away, os.path.basename(path)))
        shutil.rmtree(box.index_folder())
        box.start()
        self.wait_for_mode(cashier, "selling")
        with self.assertRaises(VarlinkError) as unknown:
            cashier.read(SALE + "Get", {"stub": {"stub": books.numbers[0]}})
        self.assertIn(unknown.exception.short, ("NoSuchStub", "Archived"))
        for path in moved:
            os.rename(os.path.join(away, os.path.basename(path)), path)
        found = cashier.read(SALE + "Get", {"stub": {"stub": books.numbers[0]}})
        self.assertEqual(books.numbers[0], found["sale"]["stub"]["stub"])

    def wait_for_mode(self, cashier, mode):
        wait_until(lambda: cashier.read(STATUS)["mode"] == mode, f"mode {mode}")


class DegradedModes(BoxTest):
    """Each ends in a named mode with a live socket; calls that would write answer NotSelling."""

    def assert_reads_only(self, box, modes=("reading",)):
        cashier = self.cashier(box)
        status = cashier.read(STATUS)
        self.assertIn(status["mode"], modes)
        self.assertTrue(status["reasons"])
        with self.assertRaises(VarlinkError) as refused:
            morning.open_shift(cashier)
        self.assertEqual("NotSelling", refused.exception.short)
        self.assertEqual(status["mode"], refused.exception.parameters["mode"])
        return cashier

    def test_read_only_file_system(self):
        """The state is mounted read-only: what was sold is found, nothing is sold, and no epoch can be begun there."""
        box = self.box(start=False)
        with Mounted(self, box.state) as mount:
            box.start()
            seller = self.cashier(box)
            morning.open_shift(seller)
            books = morning.Books()
            for _ in range(3):
                morning.ring(seller, books, [morning.WATER])
            seller.close()
            box.stop()
            mount.remount("ro")
            box.start()
            cashier = self.assert_reads_only(box)
            status = cashier.read(STATUS)
            self.assertEqual(("reading", ["journalReadOnly"]), (status["mode"], status["reasons"]))
            self.assertIn("read-only", status["waits"][0]["text"])
            wait_until(lambda: re.search(r"只读\n +journalReadOnly", box.paper()), "the slip that says so")
            self.assertEqual([], settle.check_books(cashier, books))
            self.assertEqual(len(books.numbers), len(cashier.read(SALE + "List", {})["sales"]))
            self.assertTrue(box.call(JOURNAL + "Verify", uid=SUPERVISOR)["good"])
            with self.assertRaises(VarlinkError) as refused:
                box.call(JOURNAL + "BeginEpoch", {"idempotencyKey": "on-a-read-only-disk", "reason": "try"}, uid=SUPERVISOR)
            self.assertEqual("NotSelling", refused.exception.short)
            box.stop()

    def test_full_file_system(self):
        """The disk fills up while the box sells: what was answered stays, and in the end the mode says why."""
        box = self.box(start=False)
        with Mounted(self, box.state, megabytes=64) as mount:
            box.start()
            cashier = self.cashier(box)
            morning.open_shift(cashier)
            books = morning.Books()
            morning.ring(cashier, books, [morning.WATER])
            mount.fill(box)
            self.sell_until_full(box, cashier, books)
            self.assert_full(cashier)
            self.assertEqual([], settle.check_books(cashier, books))
            box.stop()

    def test_no_room_for_the_next_segment(self):
        """No room for another segment is no poison: the box sells while the present one lasts, then reads, and sells again by
        itself when there is room. The same for a daemon that was started on the full disk."""
        box = self.box(start=False)
        with Mounted(self, box.state, megabytes=40, kind="tmpfs") as mount:
            box.start()
            daemon = box.daemon.pid
            cashier = self.cashier(box)
            morning.open_shift(cashier)
            books = morning.Books()
            morning.ring(cashier, books, [morning.WATER])
            mount.fill(box)
            self.sell_until_full(box, cashier, books)
            self.assert_full(cashier)
            self.assertTrue(self.filling, "the box sold on without the next segment and never said so")
            # No journal is written for it: a disk that is full is said on paper too.
            wait_until(lambda: re.search(r"只读\n +journalFull", box.paper()), "the slip that says so")
            mount.empty()
            self.assert_sells_again(box, cashier, books, daemon)
            mount.fill(box)
            self.sell_until_full(box, cashier, books)
            box.kill()
            box.start()
            daemon = box.daemon.pid
            self.sell_until_refused(cashier, books, sales=0)
            self.assert_full(cashier)
            mount.empty()
            self.assert_sells_again(box, cashier, books, daemon)
            self.assertEqual([], settle.check_books(cashier, books) + settle.check_keys(cashier))
            cashier.close()
            self.assertEqual(0, box.stop())
            self.assertEqual([], settle.check_journal(box, cashier, books))

    def test_a_start_without_room_takes_nothing(self):
        """A start that finds no room for the next segment knows it before its first call, whether a device reports before
        that or none does: what the present segment has left is for the ends of what was begun."""
        box = self.box(start=False, simulators=False)
        with Mounted(self, box.state, megabytes=40, kind="tmpfs") as mount:
            box.start()
            cashier = self.cashier(box)
            morning.open_shift(cashier)
            books = morning.Books()
            mount.fill(box)
            self.sell_until_full(box, cashier, books)
            for _ in range(3):
                box.kill()
                box.start()
                self.sell_until_refused(cashier, books, sales=0)
                self.assert_full(cashier)
            cashier.close()
            box.stop()

    def sell_until_full(self, box, cashier, books):
        """Until the box has sold what it can and stays at that: on a busy machine sealed segments are compressed late, and
        every one makes room, with which the box sells on by itself."""
        self.filling = False
        self.sell_until_refused(cashier, books)
        while not self.stays_full(box, cashier):
            self.sell_until_refused(cashier, books)

    def stays_full(self, box, cashier, seconds=3, compressing=15):
        """False when the box sells again; true when nothing changes in its journal any more."""
        def look():
            found = {}
            for name in os.listdir(box.journal_folder()):
                try:
                    found[name] = os.stat(os.path.join(box.journal_folder(), name)).st_blocks
                except FileNotFoundError:
                    pass
            return found

        seen, since = look(), time.monotonic()
        while True:
            if cashier.read(STATUS)["mode"] == "selling":
                return False
            now = look()
            if now != seen:
                seen, since = now, time.monotonic()
            # A segment that no room is left to compress stays as it is.
            patience = compressing if sum(name.endswith(".seg") for name in seen) > 1 else seconds
            if time.monotonic() - since > patience:
                return True
            time.sleep(0.1)

    def sell_until_refused(self, cashier, books, sales=20000):
        """Codes that do not compress, so that sealed segments stay large."""
        for number in range(sales + 1):
            try:
                morning.ring(cashier, books, [{**morning.WATER, "code": os.urandom(16).hex()} for _ in range(400)])
            except VarlinkError as error:
                self.assertEqual(("NotSelling", ["journalFull"]), (error.short, error.parameters["reasons"]))
                return
            if number % 4 == 0:
                waits = [wait["code"] for wait in cashier.read(STATUS)["waits"]]
                self.filling = self.filling or "diskFilling" in waits
        self.fail("the disk never filled up")

    def assert_full(self, cashier):
        status = cashier.read(STATUS)
        self.assertEqual(("reading", ["journalFull"]), (status["mode"], status["reasons"]))
        self.assertIn("journalFull", [wait["code"] for wait in status["waits"]])

    def assert_sells_again(self, box, cashier, books, daemon):
        wait_until(lambda: cashier.read(STATUS)["mode"] == "selling", "selling by itself")
        box.said("mode reading: journalFull")
        wait_until(lambda: box.log().rfind("mode selling") > box.log().rfind("mode reading"), "the log says so")
        self.assertEqual(daemon, box.daemon.pid)
        morning.ring(cashier, books, [morning.NOODLES])
        self.assertNotIn("diskFilling", [wait["code"] for wait in cashier.read(STATUS)["waits"]])

    def test_a_start_that_takes_long(self):
        """The socket does not wait for the keys: it is there in mode recovering, and the box sells when they are read."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        morning.ring(cashier, books, [morning.WATER])
        cashier.close()
        self.assertEqual(0, box.stop())
        keys = os.path.join(box.index_folder(), "keys")
        if os.path.exists(keys):
            os.unlink(keys)
        # Whoever reads this file waits until somebody writes it.
        os.mkfifo(keys)
        box.start()
        status = box.call(STATUS)
        self.assertEqual(("recovering", ["keysLoading"]), (status["mode"], status["reasons"]))
        self.assertEqual("keysLoading", status["waits"][0]["code"])
        for call in ((SALE + "List", {}), ("io.counterfoil.Shift.CloseDay", {"idempotencyKey": "while-recovering"})):
            with self.assertRaises(VarlinkError) as early:
                box.call(*call)
            self.assertEqual(("NotSelling", "recovering"), (early.exception.short, early.exception.parameters["mode"]))
        os.close(os.open(keys, os.O_WRONLY))
        wait_until(lambda: box.call(STATUS)["mode"] == "selling", "selling once the keys are read")
        morning.ring(cashier, books, [morning.NOODLES])
        self.assertEqual([], settle.check_books(cashier, books) + settle.check_keys(cashier))
        cashier.close()
        self.assertEqual(0, box.stop())
        self.assertEqual([], settle.check_journal(box, cashier, books))

    def test_refused_journal(self):
        """A byte of the acknowledged past was changed: the daemon refuses to write, and says so over a live socket."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        for _ in range(3):
            morning.ring(cashier, books, [morning.WATER])
        box.kill()
        newest = box.segments()[-1]
        with open(newest, "r+b") as segment:
            segment.seek(4096 + 200)  # inside the first record
            byte = segment.read(1)
            segment.seek(-1, os.SEEK_CUR)
            segment.write(bytes([byte[0] ^ 1]))
        box.start()
        cashier.close()
        self.assert_reads_only(box, modes=("reading", "locked"))

    def test_init_beside_lost_journal(self):
        """A journal that is away is not replaced by a second one with the same numbers; a cut short init is repeated."""
        box = self.box(start=False)
        command = [program("counterfoil"), "init", "--config", box.configuration]
        away = box.journal_folder() + ".away"
        os.rename(box.journal_folder(), away)
        for options in ([], ["--first-boot"]):
            done = subprocess.run(command + options, capture_output=True, text=True)
            self.assertEqual(78, done.returncode, done.stdout + done.stderr)
            self.assertIn("findmnt", done.stderr)
            self.assertFalse(os.path.exists(box.journal_folder()))
        os.mkdir(box.journal_folder(), 0o700)
        os.makedirs(box.index_folder(), exist_ok=True)
        trace = os.path.join(box.index_folder(), "trace")
        open(trace, "w").close()
        self.assertEqual(78, subprocess.run(command, capture_output=True).returncode)
        self.assertEqual([], os.listdir(box.journal_folder()))
        os.remove(trace)
        self.assertEqual(0, subprocess.run(command, capture_output=True).returncode)

    def test_configuration_names_what_is_not_there(self):
        """A time zone that the system lacks and a profile that nobody has are refused before they do harm."""
        box = self.box(start=False)
        with open(box.configuration, encoding="utf-8") as file:
            whole = file.read()
        shutil.rmtree(box.state)
        for key, wrong in (("time_zone", "Mars/X"), ("profile", "no-such-profile")):
            changed, count = re.subn(rf'(?m)^{key} = ".*"$', f'{key} = "{wrong}"', whole)
            self.assertGreater(count, 0, f"no {key} in the configuration")
            with open(box.configuration, "w", encoding="utf-8") as file:
                file.write(changed)
            for command in (["config", "check"], *([["init"]] if key == "time_zone" else [])):
                done = subprocess.run([program("counterfoil"), *command, "--config", box.configuration],
                                      capture_output=True, text=True)
                self.assertEqual(78, done.returncode, done.stdout + done.stderr)
                self.assertIn(wrong, done.stderr)
            self.assertFalse(os.path.exists(box.journal_folder()))

    def test_no_journal(self):
        """Before `counterfoil init` there is a socket too."""
        box = self.box(start=False)
        shutil.rmtree(box.journal_folder())
        box.start()
        self.assert_reads_only(box, modes=("locked", "reading"))


class Damage(BoxTest):
    """Bytes of a sealed segment are not as they were written: what stands there has a named error, everything else goes on,
    and a copy puts it right."""

    def sold_box(self):
        """A box with sealed segments behind it, and a copy of its journal from before anything happened to it."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        box.fill_segments(3, lambda: morning.ring(cashier, books, [morning.WATER] * 400))
        copy = os.path.join(box.folder, "copy")
        box.command("journal", "copy", "--to", copy, "--journal", box.journal_folder())
        return box, cashier, books, copy

    def uncompress(self, path):
        """The sealed segment as it was before it was compressed."""
        with open(path, "rb") as file:
            data = file.read()
        whole, at = b"", 16
        for _ in range(struct.unpack_from("<I", data, 8)[0]):
            stream = zlib.decompressobj()
            whole += stream.decompress(data[at:])
            at = len(data) - len(stream.unused_data)
        plain = path[:-1]
        shutil.copystat(path, plain) if os.path.exists(plain) else None
        with open(plain, "wb") as file:
            file.write(whole)
        os.chmod(plain, 0o600)
        os.unlink(path)
        return plain

    def change(self, path, at, count=4):
        with open(path, "r+b") as file:
            file.seek(at)
            old = file.read(count)
            file.seek(at)
            file.write(bytes(byte ^ 0x55 for byte in old))

    def damage(self, box, compressed=True):
        """Four bytes in the middle of the second segment."""
        path = box.sealed_segments()[1]
        if not compressed:
            path = self.uncompress(path)
        with open(path, "rb") as file:
            data = file.read()
        # In the uncompressed one inside an entry, the stub of some sale: a byte of padding costs no record.
        at = len(data) // 2 if compressed else data.index(b'"kind":"stubSealed"', len(data) // 2) + 8
        self.change(path, at)
        return path, int(os.path.basename(path)[:20])

    def test_the_newest_segment_after_a_stop(self):
        """The status after the start names the record that `journal verify` named before it: the stop cut the file behind
        its SEAL, so its length says nothing."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        for _ in range(5):
            morning.ring(cashier, books, [morning.WATER])
        self.assertEqual(0, box.stop())
        folder = box.journal_folder()
        newest = os.path.join(folder, max(name for name in os.listdir(folder) if name.endswith(".seg")))
        with open(newest, "rb") as file:
            self.change(newest, file.read().index(b'"kind":"stubSealed"') + 8)
        done = box.command("journal", "verify", check=False)
        verified = done.stdout + done.stderr
        said = re.search(r"; then (\S+, offset \d+, \d+ bytes, sequence \d+: no valid frame: [^;\n]*)", verified)
        self.assertTrue(said, verified)
        box.start()
        status = box.call("io.counterfoil.System.Status")
        self.assertEqual("reading", status["mode"])
        texts = [wait["text"] for wait in status["waits"] if wait["subject"] == "journal"]
        self.assertTrue(any(said[1] in text for text in texts), (said[1], texts))

    def unreadable(self, box, books):
        """Stubs whose sale cannot be read, with the error."""
        found = {}
        for number in books.numbers:
            try:
                box.call(SALE + "Get", {"stub": {"stub": number}})
            except VarlinkError as error:
                found[number] = error
        return found

    def waits(self, box):
        return {wait["code"]: wait for wait in box.call(STATUS)["waits"]}

    def test_compressed_segment(self):
        self.found_while_it_sells(compressed=True)

    def test_segment(self):
        self.found_while_it_sells(compressed=False)

    def test_what_is_later_than_a_sale(self):
        """Of a whole sale whose delivery cannot be read any more everything else is told, and that something is lacking;
        a return of it, which might have been there, is refused."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        sell = lambda: morning.ring(cashier, books, [morning.WATER] * 400)
        box.fill_segments(1, sell)
        cashier.keyed(SALE + "Deliver", stub={"stub": books.numbers[0]}, channel="electronic", document="receipt")
        box.fill_segments(3, sell)
        path = self.uncompress(box.sealed_segments()[1])
        segment = int(os.path.basename(path)[:20])
        with open(path, "rb") as file:
            self.change(path, file.read().index(b'"kind":"deliveryOrdered"'))
        self.assertEqual({}, self.unreadable(box, books))
        found = [(number, box.call(SALE + "Get", {"stub": {"stub": number}}).get("damaged")) for number in books.numbers]
        touched = [number for number, damaged in found if damaged]
        self.assertEqual(1, len(touched), found)
        self.assertIn("cannot be read", box.command("sale", "get", touched[0], "--socket", box.control).stdout)
        with self.assertRaises(VarlinkError) as refused:
            box.call(SALE + "Returnable", {"stub": {"stub": touched[0]}})
        self.assertEqual(("JournalDamaged", segment), (refused.exception.short, refused.exception.parameters["segment"]))
        page = box.call(SALE + "List", {"limit": 1000})
        self.assertEqual((None, len(books.numbers)), (page.get("damaged"), len(page["sales"])))

    def found_while_it_sells(self, compressed):
        """Reads of it have a named error, Status and Watch tell, the box sells; then the copy puts it back while it runs."""
        box, cashier, books, copy = self.sold_box()
        with box.connect() as watcher:
            watch = watcher.more("io.counterfoil.System.Watch", {"topics": ["system"]})
            next(watch)
            path, segment = self.damage(box, compressed)
            bad = self.unreadable(box, books)
            self.assertTrue(bad)
            self.assertLess(len(bad), 4, "what is whole around the damage is not found")
            for error in bad.values():
                self.assertEqual(("JournalDamaged", 0, segment),
                                 (error.short, error.parameters["epoch"], error.parameters["segment"]))
                self.assertGreaterEqual(error.parameters["sequence"], segment)
                self.assertGreater(error.parameters["next"], error.parameters["sequence"])
            wait = self.waits(box)["segmentDamaged"]
            self.assertIn(os.path.basename(path), wait["text"])
            told = next(event for reply in watch for event in reply["events"] if event["name"] == "segmentDamaged")
            self.assertEqual(("system", segment), (told["topic"], told["data"]["segment"]))
        first = next(iter(bad))
        with self.assertRaises(VarlinkError) as refused:
            box.call(SALE + "Returnable", {"stub": {"stub": first}})
        self.assertEqual("JournalDamaged", refused.exception.short)
        repeated = {error.short for _, error in self.repeat_all(cashier)}
        self.assertEqual({"JournalDamaged"}, repeated, "a key whose answer is lost is not carried out again")
        page = box.call(SALE + "List", {"limit": 1000})
        self.assertEqual((len(bad), len(books.numbers) - len(bad)), (page["damaged"], len(page["sales"])))
        self.assert_read_goes_on(box, segment)
        self.assertEqual("selling", box.call(STATUS)["mode"])
        before = int(books.numbers[-1])
        morning.ring(cashier, books, [morning.NOODLES])
        self.assertEqual(before + 1, int(books.numbers[-1]))
        done = box.command("sale", "get", first, "--socket", box.control, check=False)
        self.assertEqual(74, done.returncode, done.stdout + done.stderr)
        self.assertIn("journal restore", done.stderr)
        # The copy of a copy with the same damage is refused, and nothing is changed.
        shutil.copytree(copy, copy + ".bad")
        twin = glob.glob(os.path.join(copy + ".bad", f"{segment:020d}.seg*"))[0]
        self.change(twin, os.path.getsize(twin) // 3)
        refused = box.command("journal", "restore", "--from", copy + ".bad", "--journal", box.journal_folder(), check=False)
        self.assertEqual(74, refused.returncode, refused.stdout + refused.stderr)
        self.assertIn("segmentDamaged", self.waits(box))
        restored = json.loads(box.command("journal", "restore", "--from", copy, "--journal", box.journal_folder(), "--json").stdout)
        self.assertTrue(restored["restored"])
        self.assertTrue(os.path.exists(os.path.join(box.journal_folder(), restored["kept"])))
        self.assertNotIn("segmentDamaged", self.waits(box))
        self.assertEqual([], settle.check_books(cashier, books) + settle.check_keys(cashier))
        self.assertTrue(box.call(JOURNAL + "Verify", uid=SUPERVISOR)["good"])
        cashier.close()
        self.assertEqual(0, box.stop())
        self.assertEqual([], settle.check_journal(box, cashier, books))

    def repeat_all(self, cashier):
        for method, parameters, _ in list(cashier.answers.values()):
            try:
                cashier.read(method, parameters)
            except VarlinkError as error:
                yield method, error

    def assert_read_goes_on(self, box, segment):
        """A page ends at the hole, asked for it it is named, and behind it reading goes on."""
        seen, holes, after = [], [], None
        while True:
            try:
                page = box.call(JOURNAL + "Read", {"limit": 1000, **({"after": after} if after else {})}, uid=SUPERVISOR)
            except VarlinkError as error:
                self.assertEqual(("JournalDamaged", segment), (error.short, error.parameters["segment"]))
                holes.append(range(error.parameters["sequence"], error.parameters["next"]))
                after = f"0.{error.parameters['next'] - 1}"
                continue
            seen += [entry["sequence"] for entry in page["entries"]]
            after = page["next"]
            if not page["more"]:
                break
        self.assertEqual(1, len(holes))
        self.assertEqual(list(range(seen[-1] + 1)), sorted(seen + list(holes[0])))

    def test_with_the_index_lost(self):
        """Nothing tells the keys that stood in the damage, so the box does not sell before the copy is put back; it says
        what is damaged, and what can be read answers."""
        box, cashier, books, copy = self.sold_box()
        cashier.close()
        box.stop()
        _, segment = self.damage(box)
        shutil.rmtree(box.index_folder())
        box.start()
        wait_until(lambda: box.call(STATUS)["mode"] != "recovering", "the journal opened")
        status = box.call(STATUS)
        self.assertEqual(("reading", ["journalDamaged"]), (status["mode"], status["reasons"]))
        self.assertIn("segmentDamaged", self.waits(box))
        bad = self.unreadable(box, books)
        self.assertTrue(0 < len(bad) < 4)
        self.assertEqual({"JournalDamaged"}, {error.short for error in bad.values()}, "lost is not the same as never there")
        box.command("journal", "restore", "--from", copy, "--journal", box.journal_folder())
        box.stop()
        box.start()
        wait_until(lambda: box.call(STATUS)["mode"] == "selling", "selling")
        cashier = self.revived(box, cashier)
        self.assertEqual([], settle.check_books(cashier, books) + settle.check_keys(cashier))

    def test_without_a_copy(self):
        """With index and segment lost and no copy a supervisor begins an epoch: the loss is in the journal, the box sells."""
        box, cashier, books, _ = self.sold_box()
        cashier.close()
        box.stop()
        _, segment = self.damage(box)
        shutil.rmtree(box.index_folder())
        box.start()
        wait_until(lambda: box.call(STATUS)["mode"] == "reading", "refused")
        box.call(JOURNAL + "BeginEpoch", {"idempotencyKey": "without-a-copy-0001", "reason": "no copy"}, uid=SUPERVISOR)
        wait_until(lambda: box.call(STATUS)["mode"] == "selling", "selling")
        bad = self.unreadable(box, books)
        self.assertTrue(0 < len(bad) < 4)
        self.assertEqual({"JournalDamaged"}, {error.short for error in bad.values()})
        cashier = self.revived(box, cashier)
        morning.ring(cashier, books, [morning.NOODLES])

    def revived(self, box, cashier):
        again = self.cashier(box)
        again.answers = cashier.answers
        return again

    def test_offline(self):
        """show, prove, verify and copy give everything that is whole, before and behind the damage, and say what is not."""
        box, cashier, books, _ = self.sold_box()
        head = box.call(JOURNAL + "Head")["head"]["sequence"]
        cashier.close()
        # With its last checkpoint: without one that covers it no record can be proven.
        self.assertEqual(0, box.stop())
        path, segment = self.damage(box, compressed=False)
        following = int(os.path.basename(box.segments()[2])[:20])

        def offline(*arguments, code=0, folder=box.journal_folder()):
            done = subprocess.run([program("counterfoil"), "journal", *arguments, "--journal", folder],
                                  capture_output=True, text=True)
            self.assertEqual(code, done.returncode, done.stdout[-500:] + done.stderr)
            return done

        shown = offline("show", "--limit", "100000", code=74).stdout.splitlines()
        marks = [line for line in shown if line.startswith("!")]
        self.assertEqual(1, len(marks), marks)
        self.assertIn(os.path.basename(path), marks[0])
        seen = [int(line.split()[0]) for line in shown if not line.startswith("!")]
        lost = sorted(set(range(head + 1)) - set(seen))
        self.assertEqual(1, len(lost))
        self.assertEqual(3, len(offline("show", "--from", str(following), "--limit", "3", "--json").stdout.splitlines()))
        verified = offline("verify", code=74).stderr
        self.assertIn(f"sequence {lost[0]}", verified)
        self.assertIn("good and in the tree", verified)
        # The entry is lost, its leaf is not: every other record can still be proven.
        for sequence in (0, lost[0] - 1, lost[0] + 1, following, following + 5):
            self.assertIn(f"index {sequence}\n", offline("prove", str(sequence)).stdout)
        offline("prove", str(lost[0]), code=74)
        copied = os.path.join(box.folder, "salvaged")
        done = offline("copy", "--to", copied, "--json", code=74)
        report = json.loads(done.stdout.splitlines()[0])
        self.assertEqual([lost[0]], [one for low, high in report["lost"] for one in range(low, high + 1)])
        self.assertEqual([(os.path.basename(path), lost[0])],
                         [(fault["file"], fault["sequence"]) for fault in report["damaged"]])
        for name in report["files"]:
            with open(os.path.join(box.journal_folder(), name), "rb") as one, open(os.path.join(copied, name), "rb") as two:
                self.assertEqual(one.read(), two.read(), name)
        self.assertEqual(offline("verify", code=74, folder=copied).stderr, verified)


class Mounted:
    """The box's state on a small file system of its own, ext4 unless said."""

    def __init__(self, test, folder, megabytes=128, kind="ext4"):
        self.test, self.folder, self.image = test, folder, folder + ".img"
        self.source = ["-o", "loop", self.image]
        if kind == "tmpfs":
            self.source = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs"]
            return
        subprocess.run(["truncate", "-s", f"{megabytes}M", self.image], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", self.image], check=True)

    def __enter__(self):
        aside = self.folder + ".aside"
        os.rename(self.folder, aside)
        os.mkdir(self.folder)
        subprocess.run(["mount", *self.source, self.folder], check=True)
        self.test.addCleanup(subprocess.run, ["umount", "-q", "-l", self.folder], check=False)
        shutil.copytree(aside, self.folder, dirs_exist_ok=True)
        shutil.rmtree(aside)
        return self

    def remount(self, options):
        subprocess.run(["mount", "-o", f"remount,{options}", self.folder], check=True)

    def fill(self, box):
        """Leaves nothing free, as a log gone wild would, and no prepared segment, so that the end comes soon."""
        pattern = os.path.join(box.journal_folder(), "spare-*.tmp")
        wait_until(lambda: len(glob.glob(pattern)) == 2, "two prepared segments")
        for spare in glob.glob(pattern):
            os.unlink(spare)
        fd = os.open(os.path.join(self.folder, "ballast"), os.O_WRONLY | os.O_CREAT | os.O_SYNC)
        for size in (1 << 16, 1 << 12, 512):
            try:
                while os.write(fd, bytes(size)) == size:
                    pass
            except OSError:
                pass
        os.close(fd)

    def empty(self):
        """Somebody makes room."""
        os.unlink(os.path.join(self.folder, "ballast"))

    def __exit__(self, *_):
        return None


if __name__ == "__main__":
    unittest.main()
