"""A box begins anew: its journal is archived and never deleted; only one that sold nothing becomes an image."""

import json
import os
import pty
import re
import subprocess
import unittest

import morning
import settle
from box import CASHIER, program
from harness import BoxTest
from test_epoch import fingerprints

NAME = "shop-0042/till-01"
SALE = "io.counterfoil.Sale."


class Factory(BoxTest):

    def sold(self):
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        self.books = morning.Books()
        for _ in range(2):
            morning.ring(cashier, self.books, [morning.WATER])
        settle.settle_prints(box, cashier)
        cashier.close()
        return box

    def refused(self, box, code, *arguments):
        done = box.command(*arguments, check=False)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return done.stderr

    def reset(self, box):
        return json.loads(box.command("factory-reset", "--till", NAME, "--json").stdout)["archive"]

    def test_reset_and_begin_anew(self):
        """Every file is in the archive as it was, under a name that says whose; then the box is as new."""
        box = self.sold()
        self.assertIn("systemctl stop", self.refused(box, 75, "factory-reset", "--till", NAME))
        self.assertEqual(0, box.stop())
        before = fingerprints(box.journal_folder())
        key = os.path.join(box.state, "keys", "journal.key")
        with open(key, encoding="ascii") as file:
            secret = file.read()
        for wrong in ("shop-0042/till-02", "till-01", ""):
            self.assertIn(NAME, self.refused(box, 1, "factory-reset", "--till", wrong))
        self.assertIn("--till " + NAME, self.refused(box, 64, "factory-reset"))
        self.assertEqual(before, fingerprints(box.journal_folder()))
        archive = self.reset(box)
        self.assertRegex(os.path.basename(archive), r"^archive-shop-0042-till-01-\d{8}T\d{6}Z$")
        self.assertEqual(before, fingerprints(os.path.join(archive, "journal")))
        self.assertEqual(0o700, os.stat(archive).st_mode & 0o777)
        with open(os.path.join(archive, "keys", "journal.key"), encoding="ascii") as file:
            self.assertEqual(secret, file.read())
        self.assertEqual([os.path.basename(archive)], os.listdir(box.state))
        self.assertEqual(0, settle.run_reader(os.path.join(archive, "journal"), "--quiet").returncode)
        self.refused(box, 78, "factory-reset", "--till", NAME)
        box.init()
        box.start()
        self.assertEqual("selling", box.call("io.counterfoil.System.Status")["mode"])
        cashier = self.cashier(box, name="anew")
        morning.open_shift(cashier)
        self.assertEqual("1", morning.ring(cashier, morning.Books(), [morning.WATER])["stub"])

    def test_the_name_is_typed(self):
        """A person at a terminal sees which till it is, and types its name."""
        box = self.sold()
        self.assertEqual(0, box.stop())
        for typed, code in ((b"till-01\n", 1), (NAME.encode() + b"\n", 0)):
            pid, terminal = pty.fork()
            if pid == 0:
                os.execv(program("counterfoil"), ["counterfoil", "factory-reset", "--config", box.configuration])
            shown = b""
            while b"type its name" not in shown:
                shown += os.read(terminal, 1024)
            self.assertIn(NAME.encode(), shown)
            os.write(terminal, typed)
            try:
                while os.read(terminal, 1024):
                    pass
            except OSError:
                pass
            self.assertEqual(code, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            os.close(terminal)
        self.assertFalse(os.path.exists(box.journal_folder()))

    def test_cut_short(self):
        """Cut between two of its moves it is done by the next time; `init` never begins beside the rest of a journal."""
        box = self.sold()
        self.assertEqual(0, box.stop())
        os.rename(box.journal_folder(), box.journal_folder() + ".moved")
        self.assertIn("but this box had one", self.refused(box, 78, "init"))
        archive = self.reset(box)
        self.assertEqual(["index", "keys"], sorted(os.listdir(archive)))
        box.init()

    @unittest.skipUnless(os.geteuid() == 0, "needs another user")
    def test_root_only(self):
        box = self.sold()
        self.assertEqual(0, box.stop())
        os.chmod(box.configuration, 0o644)
        for command in (("factory-reset", "--till", NAME), ("box", "prepare-image")):
            done = subprocess.run([program("counterfoil"), *command, "--config", box.configuration], user=CASHIER,
                                  capture_output=True, text=True)
            self.assertEqual(77, done.returncode, done.stderr)
        self.assertTrue(os.path.exists(box.journal_folder()))

    def test_an_image(self):
        """A box that sold is none; archived, or with training only, it becomes one without journal, key and name."""
        box = self.sold()
        self.refused(box, 75, "box", "prepare-image")
        self.assertEqual(0, box.stop())
        before = fingerprints(box.journal_folder())
        self.assertIn("receipts 1 to 2", self.refused(box, 1, "box", "prepare-image"))
        self.assertEqual(before, fingerprints(box.journal_folder()))
        archive = self.reset(box)
        said = box.command("box", "prepare-image", "--keep-configuration").stdout
        self.assertIn(archive, said)
        self.assertIn("/etc/machine-id", said)
        self.assertTrue(os.path.exists(box.configuration))

        with open(box.configuration, encoding="utf-8") as file:
            real = file.read()
        with open(box.configuration, "w", encoding="utf-8") as file:
            file.write(real.replace("[[lane]]\n", "[[lane]]\ntraining = true\n"))
        box.init()
        box.start()
        cashier = self.cashier(box, name="demo")
        morning.open_shift(cashier)
        answer = cashier.keyed(SALE + "Ring", lane="lane-1", lines=[morning.WATER], tender={"kind": "cash", "tendered": 200})
        self.assertTrue(re.match("T", answer["change"]["stub"]["stub"]))
        settle.settle_prints(box, cashier)
        # A basket that waits is somebody's, training or not.
        sale = cashier.keyed(SALE + "Open", lane="lane-1", lines=[morning.WATER])["change"]["sale"]
        self.assertEqual(0, box.stop())
        self.assertIn("open", self.refused(box, 1, "box", "prepare-image"))
        box.start()
        cashier.keyed(SALE + "Void", sale=sale, reason="demo")
        cashier.close()
        self.assertEqual(0, box.stop())
        box.command("box", "prepare-image")
        self.assertFalse(os.path.exists(box.configuration))
        self.assertTrue(os.path.exists(box.configuration + ".image"))
        self.assertEqual([os.path.basename(archive)], os.listdir(box.state))
        first = subprocess.run(
            [program("counterfoil"), "init", "--first-boot", "--state", box.state, "--config", box.configuration],
            capture_output=True, text=True)
        self.assertEqual(0, first.returncode, first.stderr)
        self.assertRegex(first.stdout, r"shop/till-[0-9a-f]{8}\+")


if __name__ == "__main__":
    unittest.main()
