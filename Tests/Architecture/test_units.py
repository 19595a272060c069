"""The systemd units are understood by systemd without a word, and leave the daemon little to do harm with."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UNITS = os.path.join(ROOT, "systemd")
# systemd's own scale: 0 safe to 100 open. Ours was 16 when this was written.
MOST_EXPOSED = "25"


class Units(unittest.TestCase):

    def setUp(self):
        self.assertIsNotNone(shutil.which("systemd-analyze"), "systemd-analyze is missing: install systemd")

    def verify(self, edit):
        """Runs systemd-analyze on copies of the units, with a program that exists; returns all it says."""
        with tempfile.TemporaryDirectory() as folder:
            for name in ("counterfoild.service", "counterfoild.socket"):
                with open(os.path.join(UNITS, name), encoding="utf-8") as source:
                    text = edit(source.read()).replace("/usr/bin/counterfoild", "/bin/true")
                with open(os.path.join(folder, name), "w", encoding="utf-8") as copy:
                    copy.write(text)
            done = subprocess.run(
                ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", "./counterfoild.service",
                 "./counterfoild.socket"], cwd=folder, capture_output=True, text=True)
        return done.stdout + done.stderr

    def test_verify_says_nothing(self):
        """systemd-analyze verify exits with 0 even on unknown keys, so any output is a failure."""
        self.assertEqual("", self.verify(lambda text: text))

    def test_verify_would_see_a_mistake(self):
        self.assertIn("Unknown key", self.verify(lambda text: text.replace("[Socket]", "[Socket]\nNoSuchKey=1")))

    def test_exposure(self):
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=yes", "--no-pager", f"--threshold={MOST_EXPOSED}",
             "./counterfoild.service"], cwd=UNITS, capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stdout[-2000:] + done.stderr)

    def test_watchdog_is_patient_with_slow_cards(self):
        """The kernel gives a command to a disk 30 s before it fails it; a stop is given what a slow card needs too."""
        with open(os.path.join(UNITS, "counterfoild.service"), encoding="utf-8") as unit:
            values = dict(re.findall(r"^(\w+Sec)=(\d+)s$", unit.read(), re.M))
        self.assertGreaterEqual(int(values["WatchdogSec"]), 30)
        self.assertGreaterEqual(int(values["TimeoutStopSec"]), 30)

    def test_socket_is_named_for_varlink(self):
        with open(os.path.join(UNITS, "counterfoild.socket"), encoding="utf-8") as unit:
            text = unit.read()
        self.assertIn("\nFileDescriptorName=varlink\n", text)
        self.assertIn("\nSocketMode=0660\n", text)


if __name__ == "__main__":
    unittest.main()
