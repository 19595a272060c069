"""What scripts write into the tree is what they would write now."""

import os
import re
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

    def test_operations_names_every_mode_and_reason(self):
        """Whatever Status can say, the page for technicians says what to do about it."""
        with open(os.path.join(ROOT, "Sources", "Interfaces", "IDL", "shared.varlink"), encoding="utf-8") as file:
            words = re.findall(r"^type (?:Mode|Reason) \(([^)]*)\)", file.read(), re.M)
        self.assertEqual(2, len(words))
        with open(os.path.join(ROOT, "docs", "operations.md"), encoding="utf-8") as file:
            page = file.read()
        self.assertEqual([], [word for word in re.findall(r"\w+", " ".join(words)) if f"`{word}`" not in page])

    def test_one_version(self):
        """The programs, the package and the list of changes speak of the same release."""
        def first(pattern, *path):
            with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
                return re.search(pattern, file.read(), re.M)[1]
        programs = first(r'version = "([^"]+)"', "Sources", "Configuration", "Product.swift")
        self.assertEqual(programs, first(r"^counterfoil \(([^)]+)\)", "debian", "changelog"))
        self.assertEqual(programs, first(r"^## (\S+)", "CHANGELOG.md"))


if __name__ == "__main__":
    unittest.main()
