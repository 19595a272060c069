"""How `make test` runs its steps: beside each other, each with its own output, counted exactly, and ended when they hang."""

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts"))

import steps  # noqa: E402
from steps import ALONE, Pool, Step  # noqa: E402

# Far more than anything here takes.
PATIENCE_SECONDS = 120
MEMORY = 8 * steps.MEBIBYTES


class Steps(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="steps-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for name, value in (("LOGS", self.folder), ("POLL_SECONDS", 0.01)):
            self.addCleanup(setattr, steps, name, getattr(steps, name))
            setattr(steps, name, value)

    def step(self, name, script, **options):
        return Step(name, ["sh", "-c", f"cd {self.folder}; {script}"], **options)

    def run_steps(self, first=(), beside=(), cores=4, mebibytes=MEMORY):
        """(passed, failed, failures, what was printed)."""
        with contextlib.redirect_stdout(io.StringIO()) as said:
            result = Pool(cores, mebibytes).run(list(first), list(beside))
        return *result, said.getvalue()

    def meets(self, other):
        """A script that succeeds when the other runs meanwhile."""
        return f"until test -e {other}; do sleep 0.01; done"

    def watched(self, name, **options):
        """A step that notes who runs beside it."""
        return self.step(name, f"touch running.{name}; sleep 0.1; ls running.* >>seen.{name}; sleep 0.1; ls running.* >>seen.{name}; "
                         f"rm running.{name}", **options)

    def companions(self, name):
        with open(os.path.join(self.folder, f"seen.{name}"), encoding="utf-8") as seen:
            return {line.strip().removeprefix("running.") for line in seen} - {name}

    def wait_for(self, name):
        end = time.monotonic() + PATIENCE_SECONDS
        while not os.path.exists(os.path.join(self.folder, name)):
            self.assertLess(time.monotonic(), end, f"{name} never came")
            time.sleep(0.01)

    def test_what_fits_runs_side_by_side(self):
        """Two steps that wait for each other end."""
        passed, failed, _, _ = self.run_steps(beside=[self.step("a", f"touch a; {self.meets('b')}", minutes=1),
                                                      self.step("b", f"touch b; {self.meets('a')}", minutes=1)])
        self.assertEqual((2, 0), (passed, failed))

    def test_no_more_cores_than_there_are(self):
        self.run_steps(beside=[self.watched(name, cores=2) for name in ("a", "b", "c")])
        self.assertEqual([], [name for name in ("a", "b", "c") if len(self.companions(name)) > 1])
        self.run_steps(beside=[self.watched(name) for name in ("d", "e")], cores=1)
        self.assertEqual([set(), set()], [self.companions(name) for name in ("d", "e")])

    def test_no_more_memory_than_there_is(self):
        self.run_steps(beside=[self.watched(name, mebibytes=MEMORY // 2 + 1) for name in ("a", "b")])
        self.assertEqual([set(), set()], [self.companions(name) for name in ("a", "b")])

    def test_what_must_be_alone_is_alone(self):
        """Also what needs more than the machine has runs, alone."""
        self.run_steps(beside=[self.watched("a", cores=ALONE), self.watched("b"), self.watched("c"),
                               self.watched("d", mebibytes=MEMORY * 2), self.watched("e")])
        self.assertEqual([set(), set()], [self.companions(name) for name in ("a", "d")])

    def test_first_steps_go_one_after_the_other(self):
        self.run_steps(first=[self.watched("a"), self.watched("b")], beside=[self.watched("c")])
        self.assertEqual([set(), set(), set()], [self.companions(name) for name in ("a", "b", "c")])

    def test_counts_are_exact(self):
        """A closing line is taken by its numbers, another step by its end; a runner that ends badly or ran nothing failed."""
        passed, failed, failures, said = self.run_steps(beside=[
            self.step("five", "echo 5 passed, 0 failed", counts="closing"),
            self.step("two of three", "echo FAIL one; echo 2 passed, 1 failed; exit 1", counts="closing"),
            self.step("says well, ends badly", "echo 4 passed, 0 failed; exit 3", counts="closing"),
            self.step("none", "echo 0 passed, 0 failed", counts="closing"),
            self.step("silent", "true", counts="closing"),
            self.step("one", "true"),
            self.step("bad", "echo 9 passed, 0 failed; exit 1"),
        ])
        self.assertEqual((5 + 2 + 4 + 1, 1 + 1 + 1 + 1 + 1), (passed, failed))
        self.assertIn("two of three: FAIL one", failures)
        self.assertIn("five: 5 passed, 0 failed", said)

    def test_a_program_that_is_not_there_fails(self):
        passed, failed, failures, _ = self.run_steps(beside=[Step("absent", ["/nonexistent/program"])])
        self.assertEqual((0, 1), (passed, failed))
        self.assertIn("No such file", failures[0])

    def test_outputs_do_not_mix(self):
        """Of a step that failed the end is printed in one piece, when it ended; the log has all of it."""
        script = "for line in $(seq 100); do echo NAME $line; sleep 0.001; done; exit 1"
        _, _, _, said = self.run_steps(beside=[self.step(name, script.replace("NAME", name)) for name in ("a", "b", "c")])
        for name in ("a", "b", "c"):
            block = "\n".join(f"    {name} {line}" for line in range(101 - steps.TAIL_LINES, 101))
            self.assertIn(block, said)
            with open(os.path.join(self.folder, f"{name}.log"), encoding="utf-8") as log:
                self.assertEqual([f"{name} {line}" for line in range(1, 101)], log.read().splitlines())

    def test_progress_is_said(self):
        self.addCleanup(setattr, steps, "HEARTBEAT_SECONDS", steps.HEARTBEAT_SECONDS)
        steps.HEARTBEAT_SECONDS = 0.05
        _, _, _, said = self.run_steps(beside=[self.step("slow", "echo half done; sleep 0.5")])
        self.assertRegex(said, r"s\] slow: half done\n")

    def test_what_hangs_is_ended_with_all_that_it_started(self):
        """Whatever session a process made for itself, and though it will not end when it is asked; the others go on."""
        deaf = "trap '' TERM; touch deaf; while :; do sleep 0.05; done"
        hanging = self.step("hangs", f'setsid sh -c "{deaf}" & {self.meets("deaf")}; echo began; sleep 1000', minutes=1)
        hanging.minutes = 0.02
        self.addCleanup(lambda: [os.kill(pid, signal.SIGKILL) for pid in steps.processes_of(hanging.mark)])
        self.addCleanup(setattr, steps, "GRACE_SECONDS", steps.GRACE_SECONDS)
        steps.GRACE_SECONDS = 0.1
        passed, failed, failures, _ = self.run_steps(beside=[hanging, self.step("other", "true")])
        self.assertEqual((1, 1), (passed, failed))
        self.assertIn("hangs: ERROR: it has not ended after 0.02 minutes", failures)
        self.assertEqual(set(), steps.processes_of(hanging.mark))

    def test_without_an_essential_step_nothing_further_is_run(self):
        passed, failed, _, said = self.run_steps(first=[self.step("build", "exit 1", essential=True), self.step("x", "touch x")],
                                                 beside=[self.step("y", "touch y")])
        self.assertEqual((0, 1), (passed, failed))
        self.assertEqual([], [name for name in ("x", "y") if os.path.exists(os.path.join(self.folder, name))])
        self.assertIn("nothing further can be tested: build failed", said)

    def test_interrupted_it_ends_what_runs(self):
        """And says that it failed, with what had passed."""
        program = "import signal, sys, steps; signal.signal(signal.SIGTERM, lambda *_: sys.exit(1)); steps.LOGS = sys.argv[1]\n" \
            "run = [steps.Step('good', ['true']), steps.Step('long', ['sh', '-c', 'touch $0/began; sleep 1000', sys.argv[1]])]\n" \
            "print(*steps.Pool(1, 1000).run(run[:1], run[1:]), flush=True)\n"
        runner = subprocess.Popen([sys.executable, "-c", program, self.folder], cwd=os.path.join(ROOT, "scripts"),
                                  stdout=subprocess.PIPE, text=True)
        self.wait_for("began")
        runner.send_signal(signal.SIGTERM)
        said, _ = runner.communicate(timeout=PATIENCE_SECONDS)
        self.assertRegex(said, r"\n1 1 \['long: ERROR: interrupted")
        mark = re.escape(f"[{runner.pid} long]")
        self.assertEqual([], [pid for pid in filter(str.isdigit, os.listdir("/proc")) if self.is_marked(pid, mark)])

    def is_marked(self, pid, mark):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/environ", encoding="utf-8", errors="replace") as environment:
            return re.search(mark, environment.read())


class SharedFolder(unittest.TestCase):

    def test_boxes_take_turns_in_filling_what_they_share(self):
        """The image and the saved state: each finds what the first one made."""
        with tempfile.TemporaryDirectory(prefix="steps-") as folder:
            program = "import pathlib, sys, time, image\n" \
                "with image.alone(pathlib.Path(sys.argv[1]) / 'shared') as _:\n" \
                "    made = pathlib.Path(sys.argv[1]) / 'shared/made'\n" \
                "    if made.exists(): sys.exit('found')\n" \
                "    time.sleep(0.3); made.touch(); sys.exit('made')\n"
            boxes = [subprocess.Popen([sys.executable, "-c", program, folder], cwd=os.path.join(ROOT, "Tests/Box"), text=True,
                                      stderr=subprocess.PIPE) for _ in range(4)]
            self.assertEqual(["found", "found", "found", "made"],
                             sorted(box.communicate(timeout=PATIENCE_SECONDS)[1].strip() for box in boxes))


if __name__ == "__main__":
    unittest.main()
