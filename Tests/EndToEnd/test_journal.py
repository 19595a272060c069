"""The journal's own questions: proofs, checks with their progress, and the same by the command line, with the daemon and without."""

import json
import os
import pty
import select
import subprocess
import unittest

import morning
import settle
from box import SUPERVISOR, program
from harness import BoxTest
from varlink_client import VarlinkError

JOURNAL = "io.counterfoil.Journal."
STATUS = "io.counterfoil.System.Status"


def on_terminal(arguments):
    """Runs a command whose standard error is a terminal; answers what was written there."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs,
                               env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    written = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:
            break
        if not data:
            break
        written += data
    os.close(ours)
    process.wait()
    return written.decode(errors="replace"), process.returncode


class Journal(BoxTest):

    def test_a_key_of_another_box_and_a_page_that_is_not_all(self):
        """A key of another name is not damage, one of the same name that did not sign is; a page's end is no journal's."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        morning.ring(cashier, morning.Books(), [morning.WATER])
        folder = box.journal_folder()
        for source in ([], ["--journal", folder]):
            for kinds in ([], ["--kind", "boot", "--kind", "genesis"]):
                page = box.command("journal", "show", *source, *kinds, "--limit", "1", "--json")
                self.assertEqual("more: --from 1\n", page.stderr)
            self.assertEqual("", box.command("journal", "show", *source, "--json").stderr)
        cashier.close()
        self.assertEqual(0, box.stop())
        genesis = box.command("journal", "show", "--kind", "genesis", "--journal", folder, "--json").stdout
        data = json.loads(genesis)["data"]
        own = settle.public_key(data)
        other = settle.public_key({**data, "origin": "full/1"})
        box.command("journal", "verify", "--journal", folder, "--key", own)
        box.command("journal", "verify", "--journal", folder, "--key", other, "--key", own)
        refused = box.command("journal", "verify", "--journal", folder, "--key", other, check=False)
        self.assertEqual(75, refused.returncode)
        self.assertIn(f"this key is full/1's, the journal is {data['origin']}'s", refused.stderr)

    def test_a_copy_that_cannot_be_made(self):
        """The error names the side that failed, its path and the reason: the journal is not to blame for its copy."""
        box = self.box()
        self.assertEqual(0, box.stop())
        journal, file = box.journal_folder(), os.path.join(box.folder, "file")
        open(file, "w", encoding="ascii").close()
        os.mkdir(os.path.join(box.folder, "empty"))
        here = os.path.join(box.folder, "copy")
        full = os.path.join(box.folder, "full")
        os.makedirs(full)
        # A name that the copy needs is taken.
        os.mkdir(os.path.join(full, "checkpoint"))
        for source, target, code, words in (
                (journal, "/proc/x", 74, ["copy's folder: /proc/x: No such file"]),
                # A stick that is not mounted: nothing may land on the disk below.
                (journal, box.folder + "/stick/till-1", 74, [f"there is no folder {box.folder}/stick for the copy", "findmnt"]),
                (journal, box.folder + "/stick/", 0, ["on the disk of the journal"]),
                (journal, file, 74, [f"the copy in {file}: open directory {file}: "]),
                (journal, full, 74, [f"the copy in {full}: create checkpoint: exists already"]),
                (journal, box.journal_folder() + "-2", 0, [""]),
                (journal, box.journal_folder() + "-2", 78, [f"the copy in {journal}-2: there is a journal already"]),
                (box.folder + "/empty", here, 74, [f"the journal in {box.folder}/empty: no journal in"]),
                (box.folder + "/none", here, 74, [f"the journal in {box.folder}/none: no journal in"]),
                (file, here, 74, [f"the journal in {file}: open directory"])):
            done = box.command("journal", "copy", "--journal", source, "--to", target, check=False)
            for word in words:
                self.assertIn(word, done.stderr)
            self.assertEqual(code, done.returncode, done.stderr)
            if "the journal in" not in words[0]:
                self.assertNotIn("counterfoil init", done.stderr)
                self.assertNotIn("no journal", done.stderr)

    def test_a_copy_is_not_made_inside_the_journal(self):
        """By no name of the folder: what is in it is the daemon's."""
        box = self.box()
        self.assertEqual(0, box.stop())
        journal = box.journal_folder()
        os.symlink(journal, os.path.join(box.folder, "link"))
        os.mkdir(os.path.join(journal, "there"))
        os.symlink(os.path.join(journal, "there"), os.path.join(box.folder, "deep"))
        before = sorted(os.listdir(journal))
        for source in (journal, os.path.join(box.folder, "link")):
            for target in (journal, journal + "/", journal + "/copy", journal + "/a/b", journal + "/../journal/copy",
                           box.folder + "/link", box.folder + "/link/copy", box.folder + "/deep",
                           box.folder + "/deep/copy"):
                done = box.command("journal", "copy", "--journal", source, "--to", target, "--json", check=False)
                self.assertEqual(1, done.returncode, target + done.stdout + done.stderr)
                self.assertEqual("copyInsideJournal", json.loads(done.stdout + done.stderr)["error"])
        self.assertEqual(before, sorted(os.listdir(journal)))
        self.assertEqual([], os.listdir(os.path.join(journal, "there")))
        os.rmdir(os.path.join(journal, "there"))
        done = subprocess.run([program("counterfoil"), "journal", "copy", "--journal", ".", "--to", "copy"], cwd=journal,
                              capture_output=True, text=True)
        self.assertEqual(1, done.returncode, done.stdout + done.stderr)
        # Beside it, also by a name that begins alike, is another place.
        os.mkdir(os.path.join(box.state, "copies"))
        for target in (journal + "-copy", os.path.join(box.state, "copies", "one")):
            box.command("journal", "copy", "--to", target)

    def test_a_proof_needs_a_checkpoint(self):
        """Until a checkpoint covers a record there is no proof of it, and the error says whether one will come."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        stub = morning.ring(cashier, morning.Books(), [morning.WATER])
        with self.assertRaises(VarlinkError) as early:
            box.call(JOURNAL + "Prove", {"sequence": stub["sequence"]}, uid=SUPERVISOR)
        self.assertEqual(("NoCheckpoint", {"epoch": 0, "sequence": stub["sequence"], "expected": True}),
                         (early.exception.short, early.exception.parameters))
        cashier.close()
        self.assertEqual(0, box.stop())
        box.start()
        proof = box.call(JOURNAL + "Prove", {"sequence": stub["sequence"]}, uid=SUPERVISOR)["proof"]
        self.assertIn(f"index {stub['sequence']}\n", proof)
        with self.assertRaises(VarlinkError) as beyond:
            box.call(JOURNAL + "Prove", {"sequence": 1 << 40}, uid=SUPERVISOR)
        self.assertEqual("NoSuchRecord", beyond.exception.short)
        self.assertEqual(0, box.stop())
        os.rename(os.path.join(box.state, "keys"), os.path.join(box.state, "keys.aside"))
        box.start()
        cashier = self.cashier(box)
        stub = morning.ring(cashier, morning.Books(), [morning.WATER])
        with self.assertRaises(VarlinkError) as never:
            box.call(JOURNAL + "Prove", {"sequence": stub["sequence"]}, uid=SUPERVISOR)
        self.assertEqual(("NoCheckpoint", False), (never.exception.short, never.exception.parameters["expected"]))

    def test_a_proof_keeps_nobody_waiting(self):
        """It reads all leaves before its checkpoint; a look at a closed sale, asked later, is answered before it."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        stub = morning.ring(cashier, books, [morning.WATER])
        for _ in range(90):
            morning.ring(cashier, books, [morning.WATER] * 400)
        cashier.close()
        look = lambda connection: connection.call("io.counterfoil.Sale.Get", {"stub": {"stub": stub["stub"]}})

        def looks():
            """Looks that were answered while a proof was still being made, by a daemon that has made none."""
            self.assertEqual(0, box.stop())
            box.start()
            looked = 0
            with box.connect(uid=SUPERVISOR) as proving, box.connect(uid=SUPERVISOR) as looking:
                look(looking)
                proving.send(JOURNAL + "Prove", {"sequence": stub["sequence"]})
                while not select.select([proving.socket], [], [], 0)[0]:
                    look(looking)
                    looked += not select.select([proving.socket], [], [], 0)[0]
                self.assertIn("proof", proving.receive()[0])
            return looked

        # On a busy machine the proof may be there before the first look was asked. If looks had to wait, none would ever come.
        self.assertTrue(any(looks() for _ in range(20)))

    def test_a_check_tells_how_far_it_is(self):
        """With `more` the check speaks before it ends; the command line draws a bar on a terminal and none elsewhere."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        box.fill_segments(1, lambda: morning.ring(cashier, books, [morning.WATER] * 400))
        with box.connect(SUPERVISOR) as connection:
            replies = list(connection.more(JOURNAL + "Verify"))
        self.assertGreater(len(replies), 1)
        self.assertTrue(all(reply["good"] for reply in replies))
        self.assertEqual(sorted(reply["upTo"] for reply in replies), [reply["upTo"] for reply in replies])
        self.assertEqual(replies[-1]["head"], replies[-1]["upTo"])
        daemon = [program("counterfoil"), "journal", "verify", "--config", box.configuration]
        for command in (daemon, [*daemon, "--journal", box.journal_folder()]):
            prefix = ["setpriv", f"--reuid={SUPERVISOR}", "--clear-groups"] if command is daemon else []
            shown, code = on_terminal([*prefix, *command])
            self.assertEqual(0, code, shown)
            self.assertIn(" % ", shown)
            plain = subprocess.run([*prefix, *command], capture_output=True, text=True, check=True)
            self.assertEqual("", plain.stderr)

    def test_a_lane_without_a_shift_waits(self):
        """Status says which lane cannot sell, and no more once its shift is open."""
        box = self.box(lanes=("lane-1", "lane-2"))
        cashier = self.cashier(box)

        def closed():
            return [wait["subject"] for wait in cashier.read(STATUS)["waits"] if wait["code"] == "shiftClosed"]

        self.assertEqual(["lane-1", "lane-2"], closed())
        morning.open_shift(cashier)
        self.assertEqual(["lane-2"], closed())


if __name__ == "__main__":
    unittest.main()
