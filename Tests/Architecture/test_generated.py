"""What scripts write into the tree is what they would write now."""

import os
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Generated(unittest.TestCase):
    def check(self, script):
        done = subprocess.run([sys.executable, os.path.join(ROOT, "scripts", script), "--check"], cwd=ROOT,
                              capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_records(self):
        self.check("generate-records.py")

    def test_interfaces(self):
        self.check("generate-interfaces.py")

    def test_interface_pages(self):
        self.check("generate-interface-docs.py")


if __name__ == "__main__":
    unittest.main()
