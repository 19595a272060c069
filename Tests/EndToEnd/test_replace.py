"""A box that died is replaced by another one, which goes on from a copy of its journal."""

import json
import os
import pwd
import shutil
import subprocess
import unittest

import morning
import settle
from box import SUPERVISOR, Box, killpoint_library, program
from harness import BoxTest
from test_epoch import batches, damage, fingerprints
from test_identity import BOARD, ONE, OTHER, OTHER_BOARD, Machine

SALE = "io.counterfoil.Sale."
JOURNAL = "io.counterfoil.Journal."
STATUS = "io.counterfoil.System.Status"


class Replace(BoxTest):

    def old_box(self):
        """Sold, a basket open, a card payment that nobody knows the end of, then cut off; and a copy of its journal."""
        box = self.box(start=False)
        box.arguments = Machine(box.folder, "one", ONE, product_uuid=BOARD, board_serial="PF1Q2W3E").arguments
        box.start()
        cashier = self.cashier(box, name="old")
        morning.open_shift(cashier)
        books = morning.Books()
        for _ in range(3):
            morning.ring(cashier, books, [morning.WATER])
        settle.settle_prints(box, cashier)
        self.unknown = cashier.keyed(SALE + "Open", lane="lane-1", lines=[morning.UMBRELLA])["change"]["sale"]
        cashier.keyed(SALE + "Total", sale=self.unknown)
        tender = cashier.keyed(SALE + "AddTender", sale=self.unknown,
                               tender={"kind": "external", "amount": 4990, "provider": "pos-1"})
        self.tender = tender["tender"]["id"]
        cashier.keyed(SALE + "ReportTender", sale=self.unknown, tender=self.tender,
                      result={"outcome": "unknown", "why": "line dropped"})
        cashier.keyed(SALE + "Park", sale=self.unknown)
        self.open = cashier.keyed(SALE + "Open", lane="lane-1", lines=[morning.NOODLES])["change"]["sale"]
        cashier.keyed(SALE + "Park", sale=self.open)
        cashier.close()
        box.kill()
        copy = os.path.join(box.folder, "stick")
        box.command("journal", "copy", "--to", copy)
        return box, cashier, books, copy

    def new_box(self, old, till=None):
        """A machine that is another one, with the old one's configuration and nothing else."""
        box = self.make()
        if till:
            with open(box.configuration, encoding="utf-8") as file:
                text = file.read()
            with open(box.configuration, "w", encoding="utf-8") as file:
                file.write(text.replace('"till-01"', f'"{till}"'))
        box.arguments = Machine(box.folder, "two", OTHER, product_uuid=OTHER_BOARD, board_serial="PF9Z8Y7X").arguments
        return box

    def make(self):
        box = Box()
        self.addCleanup(box.close)
        self.addCleanup(self.show_log, box)
        box.write_configuration()
        return box

    def replace(self, box, copy, *more, code=0):
        done = box.command("box", "replace", "--from", copy, *more, check=False)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return done

    def test_another_box_goes_on(self):
        """Everything that was open is there, what was answered is answered alike, numbers go up, both journals fit."""
        old, cashier, books, copy = self.old_box()
        before = fingerprints(copy)
        box = self.new_box(old)
        done = json.loads(self.replace(box, copy, "--json").stdout)
        self.assertEqual((1, 2, 1, 1, []), tuple(done[name] for name in ("epoch", "sales", "unresolved", "shifts", "lost")))
        self.assertEqual(len(cashier.answers), done["keys"])
        self.assertNotEqual(done["key"], done["oldKey"])
        self.assertEqual(before, fingerprints(copy), "the copy stays as it is")
        box.start()
        status = box.call(STATUS)
        self.assertEqual(("selling", [], 1), (status["mode"], status["reasons"], status["journal"]["epoch"]), box.log())
        new = self.cashier(box, name="new")
        new.answers = cashier.answers
        self.assertEqual([], settle.check_keys(new), "old keys are answered as on the old box")
        self.assertEqual([], settle.check_books(new, books))
        again = box.call(SALE + "Get", {"sale": self.unknown})
        self.assertEqual("unknown", again["tenders"][0]["state"])
        self.assertTrue([wait for wait in status["waits"] if wait["code"] == "tenderUnknown"], status["waits"])
        self.assertEqual([morning.NOODLES["name"]],
                         [line["input"]["name"] for line in box.call(SALE + "Get", {"sale": self.open})["lines"]])
        after = morning.Books()
        stub = int(morning.ring(new, after, [morning.WATER])["stub"])
        self.assertEqual(done["nextStub"], stub)
        self.assertGreater(stub, int(books.numbers[-1]) + 200, "the old box may have sold on after the copy")
        new.keyed(SALE + "Unpark", sale=self.unknown)
        new.keyed(SALE + "ReportTender", sale=self.unknown, tender=self.tender,
                  result={"outcome": "yes", "approved": 4990, "reference": "T0001"})
        settle.settle_prints(box, new)
        new.close()
        self.assertEqual(0, box.stop())
        for epoch, key in (("0", done["oldKey"]), ("1", done["key"])):
            # The copy was made before the old box signed anything.
            for more in ([], ["--key", key]) if epoch == "1" else ([],):
                box.command("journal", "verify", "--journal", box.journal_folder(), "--epoch", epoch, *more)
            alone = box.command("journal", "verify", "--journal", box.journal_folder(), "--key", key, check=False)
            self.assertEqual(75, alone.returncode, alone.stderr)
            self.assertIn(f"epoch {1 - int(epoch)} is signed with another key", alone.stderr)
        both = ["--key", done["oldKey"], "--key", done["key"]]
        box.command("journal", "verify", "--journal", box.journal_folder(), *both)
        self.assertEqual(0, settle.run_reader(box.journal_folder(), "--quiet").returncode)
        # It is at home on this machine, and nowhere else.
        box.arguments = old.arguments
        box.start()
        self.assertEqual(["machineChanged"], box.call(STATUS)["reasons"])

    def test_the_old_key_goes_on(self):
        """With the old box's key file there is one public key; another key that is there is never replaced."""
        old, _, _, copy = self.old_box()
        box = self.new_box(old)
        keys = os.path.join(box.state, "keys")
        os.makedirs(keys)
        with open(os.path.join(keys, "journal.key"), "w", encoding="ascii") as file:
            file.write("07" * 32 + "\n")
        given = os.path.join(old.state, "keys", "journal.key")
        self.assertIn("never replaced", self.replace(box, copy, "--signing-key", given, code=78).stderr)
        self.assertFalse(os.path.exists(box.journal_folder()))
        os.unlink(os.path.join(keys, "journal.key"))
        done = json.loads(self.replace(box, copy, "--signing-key", given, "--json").stdout)
        self.assertEqual(done["oldKey"], done["key"])
        self.assertEqual(0o600, os.stat(os.path.join(keys, "journal.key")).st_mode & 0o777)
        box.start()
        self.assertEqual("selling", box.call(STATUS)["mode"])

    def test_what_is_refused(self):
        """A journal that is there, another till's copy, no copy, a running daemon: nothing is changed by any of them."""
        old, _, _, copy = self.old_box()
        taken = self.new_box(old)
        taken.init()
        before = fingerprints(taken.journal_folder())
        self.assertIn("factory-reset", self.replace(taken, copy, code=78).stderr)
        taken.start()
        running = self.replace(taken, copy, code=75)
        self.assertIn("systemctl stop counterfoild", running.stderr)
        self.assertEqual(0, taken.stop())
        self.assertLessEqual(set(before), set(fingerprints(taken.journal_folder())))
        other = self.new_box(old, till="till-02")
        self.assertIn("shop-0042/till-01", self.replace(other, copy, code=78).stderr)
        self.assertFalse(os.path.exists(other.state))
        self.replace(other, os.path.join(old.folder, "nothing"), code=78)
        self.assertFalse(os.path.exists(other.state), "a refusal leaves no trace of a journal")
        # What a new box made for itself at its first start is moved aside, and then it is replaced.
        taken.command("factory-reset", "--till", "shop-0042/till-01")
        self.replace(taken, copy)
        taken.start()
        self.assertEqual("selling", taken.call(STATUS)["mode"])
        for wrong in (["--accept-loss", ""], ["--reason", "x" * 201], ["--reason", "x", "--accept-loss", "y"]):
            self.replace(other, copy, *wrong, code=64)

    def test_a_damaged_copy(self):
        """It is refused, with what is damaged, until somebody accepts that, which the journal then says."""
        old, cashier, books, copy = self.old_box()
        newest = os.path.join(copy, "0" * 20 + ".seg")
        found = batches(newest)
        damage(newest, found[-3])
        box = self.new_box(old)
        refused = self.replace(box, copy, code=74)
        self.assertIn("--accept-loss", refused.stderr)
        self.assertIn(os.path.basename(newest), refused.stderr)
        self.assertFalse(os.path.exists(box.journal_folder()))
        done = json.loads(self.replace(box, copy, "--accept-loss", "the disk died; no other copy", "--json").stdout)
        self.assertTrue(done["lost"])
        box.start()
        self.assertEqual("selling", box.call(STATUS)["mode"])
        genesis = json.loads(box.call(JOURNAL + "Read", {"limit": 1}, uid=SUPERVISOR)["entries"][0]["entry"])["data"]
        self.assertEqual("the disk died; no other copy", genesis["reason"])
        self.assertEqual(genesis["previous"]["sequence"], genesis["acceptLossAfter"])
        self.assertGreater(genesis["numberGap"], 256)
        new = self.cashier(box, name="new")
        self.assertEqual([], settle.check_books(new, books))

    def test_a_copy_that_lacks_its_end(self):
        """A signed note covers more than the copy has: that is a loss too, though every record in it is good."""
        old, _, _, copy = self.old_box()
        older = os.path.join(old.folder, "older")
        shutil.copytree(copy, older)
        old.start()
        cashier = self.cashier(old, name="more")
        for _ in range(2):
            morning.ring(cashier, morning.Books(), [morning.WATER])
        cashier.close()
        self.assertEqual(0, old.stop())
        shutil.copy(os.path.join(old.journal_folder(), "checkpoint"), older)
        box = self.new_box(old)
        self.assertIn("--accept-loss", self.replace(box, older, code=74).stderr)
        done = json.loads(self.replace(box, older, "--accept-loss", "an older copy", "--json").stdout)
        self.assertTrue(done["lost"])
        self.assertGreater(done["nextStub"], 256 + 10, "one number for every record that is known to be lost")

    def test_killed_in_the_middle(self):
        """SIGKILL at every act: there is no journal, or the whole one; the same command again ends in a box that sells."""
        old, cashier, books, copy = self.old_box()
        box = self.new_box(old)
        command = [program("counterfoil"), "box", "replace", "--from", copy, "--config", box.configuration]
        log = os.path.join(box.folder, "points")
        shim = {**os.environ, "LD_PRELOAD": killpoint_library(), "KILLPOINT_DIR": box.state,
                "KILLPOINT_CLASSES": "journal,sync,meta"}
        subprocess.run(command, env={**shim, "KILLPOINT_LOG": log}, check=True, capture_output=True)
        with open(log, encoding="ascii") as file:
            points = sum(1 for _ in file)
        self.assertGreater(points, 10)
        without = whole = 0
        every = int(os.environ.get("COUNTERFOIL_EPOCH_EVERY", "5"))
        for number in range(1, points + 1):
            when = "after" if number % 2 else "before"
            if (number - 1) % every and number < points - 12:
                continue
            with self.subTest(point=number, when=when):
                shutil.rmtree(box.state)
                killed = subprocess.run(command, env={**shim, "KILLPOINT_AT": str(number), "KILLPOINT_WHEN": when},
                                        capture_output=True, text=True)
                self.assertEqual(-9, killed.returncode, killed.stderr)
                is_there = os.path.exists(box.journal_folder())
                without, whole = without + (not is_there), whole + is_there
                self.replace(box, copy, code=78 if is_there else 0)
                self.assertEqual((["journal", "keys"], ["journal.key"]), (
                    sorted(os.listdir(box.state)), os.listdir(os.path.join(box.state, "keys"))))
                box.command("journal", "verify", "--journal", box.journal_folder())
                box.start()
                self.assertEqual("selling", box.call(STATUS)["mode"])
                self.assertEqual(0, box.stop())
        self.assertTrue(without and whole, f"{without} kills before the name, {whole} behind it")

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files away")
    def test_it_belongs_to_the_daemon(self):
        """Run by root, all of it is the daemon's user's, who then sells with it; an interrupted try is no hindrance."""
        old, _, _, copy = self.old_box()
        box = self.new_box(old)
        os.makedirs(os.path.join(box.state, "journal.replacing", "epoch-000001.new"))
        user = pwd.getpwnam("nobody")
        self.replace(box, copy, "--user", user.pw_name)
        for folder, _, files in os.walk(box.state):
            if folder == box.state:
                continue
            for path in [folder, *(os.path.join(folder, name) for name in files)]:
                status = os.stat(path)
                self.assertEqual((user.pw_uid, 0), (status.st_uid, status.st_mode & 0o077), path)
        self.assertEqual(["journal", "keys"], sorted(os.listdir(box.state)))
        os.chown(box.state, user.pw_uid, user.pw_gid)
        os.chown(box.run, user.pw_uid, user.pw_gid)
        box.start(prefix=("setpriv", f"--reuid={user.pw_uid}", "--clear-groups"))
        self.assertEqual("selling", box.call(STATUS)["mode"], box.log())


if __name__ == "__main__":
    unittest.main()
