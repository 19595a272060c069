"""The runner of the kill matrix itself: it finds out what is wrong, and nothing of it stays behind, however it ends."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import unittest

import box as boxes
import kill_flows
import two_books
from box import PROGRAMS, Box
from kill_run import Death, one_run
from varlink_client import wait_until

RUNNER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kill_provider.py")
# A daemon that ends before it is ready; one that is deaf to what ends others.
FAILS = "#!/bin/sh\nexit 3\n"
DEAF = "#!/bin/sh\ntrap '' TERM\necho deaf\nwhile :; do sleep 0.1; done\n"


def processes(scratch):
    """Ids of all that was started with this folder, or one in it, to work in."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
            if f"COUNTERFOIL_SCRATCH={scratch}".encode() in file.read():
                found.append(int(pid))
    return found


class KillRunner(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="kill-runner-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.chmod(self.folder, 0o755)
        self.scratch = os.path.join(self.folder, "scratch")
        os.mkdir(self.scratch)

    def programs(self, daemon):
        """A folder of programs with this script as the daemon."""
        folder = os.path.join(self.folder, "programs")
        os.mkdir(folder)
        for name in ("counterfoil", "counterfoil-simulator"):
            os.symlink(os.path.join(os.path.abspath(PROGRAMS), name), os.path.join(folder, name))
        path = os.path.join(folder, "counterfoild")
        with open(path, "w", encoding="ascii") as file:
            file.write(daemon)
        os.chmod(path, 0o755)
        return folder

    def start(self, *arguments, programs=PROGRAMS):
        runner = subprocess.Popen(
            [sys.executable, "-u", RUNNER, "--jobs", "2", *arguments], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "COUNTERFOIL_PROGRAMS": programs, "COUNTERFOIL_SCRATCH": self.scratch})
        self.addCleanup(runner.stdout.close)
        self.addCleanup(lambda: runner.poll() is None and runner.kill())
        return runner

    def test_nothing_is_left_of_a_failure(self):
        runner = self.start("--flows", "pay approve", programs=self.programs(FAILS))
        said = runner.communicate(timeout=120)[0]
        self.assertEqual(1, runner.returncode, said)
        self.assertIn("FAILED undisturbed: pay approve", said)
        self.assertNotIn("left behind", said)
        self.assertEqual(([], []), (processes(self.scratch), os.listdir(self.scratch)))

    def running(self):
        """A runner in the middle of its work."""
        runner = self.start("--flows", "pay waits", "--victims", "daemon")
        line = ""
        while "ways to die" not in line:
            line = runner.stdout.readline()
            self.assertTrue(line, "the runner ended")
        self.assertGreater(len(processes(self.scratch)), 1)
        return runner

    def test_nothing_is_left_when_it_is_ended(self):
        runner = self.running()
        runner.terminate()
        said = runner.communicate(timeout=120)[0]
        self.assertEqual(143, runner.returncode, said)
        self.assertEqual(([], []), (processes(self.scratch), os.listdir(self.scratch)))

    def test_no_process_is_left_when_it_is_killed(self):
        runner = self.running()
        runner.send_signal(signal.SIGKILL)
        runner.communicate(timeout=120)
        wait_until(lambda: not processes(self.scratch), "every process of a dead runner ends", 120)

    def test_a_daemon_that_does_not_end(self):
        folder = self.programs(DEAF)
        before = boxes.PROGRAMS, boxes.STOP_SECONDS
        self.addCleanup(lambda: (setattr(boxes, "PROGRAMS", before[0]), setattr(boxes, "STOP_SECONDS", before[1])))
        boxes.PROGRAMS = folder
        box = Box(folder=os.path.join(self.folder, "box"))
        box.write_configuration()
        box.start(wait=False)
        box.said("deaf")
        boxes.STOP_SECONDS = 0.3
        with self.assertRaises(subprocess.TimeoutExpired):
            box.close()
        self.assertIsNotNone(box.daemon.poll())
        self.assertTrue(all(printer.process.poll() is not None for printer in box.printers.values()))

    def test_a_death_that_harms_is_counted(self):
        """What cannot be finished is open, and the books are read all the same."""
        def play(run):
            kill_flows.open_shift(run)
            sale = kill_flows.totaled(run)
            kill_flows.tender(run, sale)
            kill_flows.known(run, sale)
            raise TimeoutError("of the test")
        flow = kill_flows.Flow("planted", play, mute=None)
        problems, died, _ = one_run(flow, Death())
        self.assertEqual((1, 0), (len(problems), died), problems)
        self.assertTrue(problems[0].startswith(two_books.OPEN), problems)


if __name__ == "__main__":
    unittest.main()
