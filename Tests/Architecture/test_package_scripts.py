"""The scripts of the package when something is in their way: a full disk, a link, a second upgrade in the middle."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS = 60


class PackageScripts(unittest.TestCase):
    """Each script runs on folders of its own; what it calls of the system is a few lines of shell."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        for name in ("bin", "usr/bin", "var/lib", "run/systemd/system", "etc/systemd/system", "etc/counterfoil", "proc/7"):
            (self.root / name).mkdir(parents=True)
        self.previous = self.root / "var/lib/counterfoil-previous"
        self.pending = self.previous / "pending"
        self.kept = self.previous / "counterfoild"
        self.books = self.root / "var/lib/counterfoil"
        self.configuration = self.root / "etc/counterfoil/counterfoil.toml"
        self.configuration.write_text("shop\n")
        self.stub("usr/bin/counterfoild", "echo running")
        self.stub("bin/systemctl", 'case "$*" in *MainPID*) echo 7 ;; esac')
        self.stub("bin/systemd-notify", "exit 0")
        self.stub("bin/counterfoil", "echo '{\"openSales\":0}'")

    def stub(self, name, text):
        path = self.root / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def script(self, name, *arguments):
        text = re.sub(r"(?<![\w$\"{}])/(usr/bin|usr/share|var/lib|etc|run)/", rf"{self.root}/\1/", (ROOT / name).read_text())
        text = text.replace('"/proc/', f'"{self.root}/proc/')
        path = self.root / pathlib.Path(name).name
        path.write_text(text)
        path.chmod(0o755)
        return subprocess.run(
            [path, *arguments], env={"PATH": f"{self.root}/bin:{os.environ['PATH']}"}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=SECONDS)

    def purge(self, answer):
        if answer:
            (self.root / "usr/share/debconf").mkdir(parents=True, exist_ok=True)
            (self.root / "usr/share/debconf/confmodule").write_text(
                f"db_input() {{ :; }}\ndb_go() {{ :; }}\ndb_get() {{ RET={answer}; }}\n")
        done = self.script("debian/counterfoil.postrm", "purge")
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stderr

    def upgrade_ready(self, token="installed 1"):
        self.previous.mkdir()
        self.pending.write_text(token + "\n")
        self.stub("var/lib/counterfoil-previous/counterfoild", "echo before")
        (self.root / "proc/7/exe").symlink_to(self.root / "usr/bin/counterfoild")

    # MARK: - purge

    def test_a_yes_deletes_the_books(self):
        (self.books / "journal").mkdir(parents=True)
        (self.books / "journal/1.seg").write_text("sales")
        self.assertIn("is deleted", self.purge("true"))
        self.assertFalse(self.books.exists())
        self.assertFalse(self.configuration.exists())

    def test_nobody_there_is_no_yes(self):
        for answer in (None, "false"):
            self.books.mkdir(exist_ok=True)
            (self.books / "1.seg").write_text("sales")
            self.configuration.parent.mkdir(exist_ok=True)
            self.configuration.write_text("shop\n")
            self.assertIn("stays", self.purge(answer))
            self.assertTrue((self.books / "1.seg").exists())
            self.assertEqual("shop\n", (self.books / "counterfoil.toml.purged").read_text())

    def test_what_a_link_points_to_is_not_deleted_nor_said_to_be(self):
        elsewhere = self.root / "data"
        elsewhere.mkdir()
        (elsewhere / "1.seg").write_text("sales")
        self.books.symlink_to(elsewhere)
        said = self.purge("true")
        self.assertIn("stays", said)
        self.assertNotIn("is deleted", said)
        self.assertTrue((elsewhere / "1.seg").exists())
        self.assertTrue((elsewhere / "counterfoil.toml.purged").exists())

    def test_books_that_cannot_all_be_deleted_keep_their_configuration(self):
        """Another disk is mounted in the folder, or an attribute of the file system forbids it."""
        self.books.mkdir()
        (self.books / "1.seg").write_text("sales")
        self.stub("bin/find", f'echo "$*" > {self.root}/asked; echo "find: busy" >&2; exit 1')
        said = self.purge("true")
        self.assertIn("stays", said)
        self.assertNotIn("is deleted", said)
        self.assertIn("-xdev", (self.root / "asked").read_text())
        self.assertTrue((self.books / "counterfoil.toml.purged").exists())

    # MARK: - upgrade

    def test_a_full_disk_before_the_upgrade_leaves_no_half_copy(self):
        self.stub("bin/cp", 'for to in "$@"; do :; done; echo half > "$to"; echo "cp: No space left" >&2; exit 1')
        done = self.script("debian/counterfoil.preinst", "upgrade", "1.0")
        self.assertNotEqual(0, done.returncode)
        self.assertFalse(self.previous.exists(), list(self.previous.glob("*")) if self.previous.exists() else "")

    def test_the_copy_of_a_version_that_was_ready_is_kept(self):
        self.assertEqual(0, self.script("debian/counterfoil.preinst", "upgrade", "1.0").returncode)
        before = self.kept.read_text()
        self.stub("usr/bin/counterfoild", "echo untried")
        first = self.pending.read_text()
        self.assertTrue(first.startswith("installing "), first)
        self.assertEqual(0, self.script("debian/counterfoil.preinst", "upgrade", "2.0").returncode)
        self.assertEqual(before, self.kept.read_text())
        self.assertNotEqual(first, self.pending.read_text())

    def test_a_good_version_leaves_nothing(self):
        self.upgrade_ready()
        done = self.script("packaging/upgrade")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertFalse(self.previous.exists())

    def test_a_second_upgrade_in_the_middle_keeps_what_it_needs(self):
        self.upgrade_ready()
        self.stub("bin/systemctl",
                  f'case "$*" in *MainPID*) echo 7 ;; start*) echo "installing 2" > {self.pending} ;; esac')
        done = self.script("packaging/upgrade")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertTrue(self.kept.exists())
        self.assertEqual("installing 2\n", self.pending.read_text())

    def test_a_second_upgrade_that_was_installed_meanwhile_is_changed_to(self):
        self.upgrade_ready()
        starts = self.root / "starts"
        self.stub("bin/systemctl",
                  f'case "$*" in *MainPID*) echo 7 ;; start*) echo "installed 2" > {self.pending}; '
                  f"echo start >> {starts} ;; esac")
        done = self.script("packaging/upgrade")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(2, len(starts.read_text().split()))
        self.assertFalse(self.previous.exists())

    def test_a_version_that_does_not_start_is_taken_back(self):
        self.upgrade_ready()
        self.stub("bin/systemctl", 'case "$*" in start*) exit 1 ;; esac')
        done = self.script("packaging/upgrade")
        self.assertEqual(1, done.returncode, done.stderr)
        words = (self.root / "etc/systemd/system/counterfoild.service.d/previous.conf").read_text()
        self.assertIn(f"ExecStart={self.kept}\n", words)
        self.assertFalse(self.pending.exists())

    def test_it_is_taken_back_on_a_full_disk_too(self):
        """An empty drop-in would leave the version that does not start, for good."""
        self.upgrade_ready()
        self.stub("bin/systemctl", 'case "$*" in start*) exit 1 ;; esac')
        self.stub("bin/sync", f'case "$1" in {self.root}/etc/*) : > "$1"; exit 1 ;; esac')
        done = self.script("packaging/upgrade")
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertEqual([], list((self.root / "etc/systemd/system/counterfoild.service.d").iterdir()))
        words = (self.root / "run/systemd/system/counterfoild.service.d/previous.conf").read_text()
        self.assertIn(f"ExecStart={self.kept}\n", words)
        self.assertTrue(self.pending.exists(), "it is tried again at the next boot")


if __name__ == "__main__":
    unittest.main()
