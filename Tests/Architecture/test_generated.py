"""What scripts write into the tree is what they would write now."""

import os
import re
import subprocess
import sys
import tempfile
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

    def test_udev_rules(self):
        self.check("generate-udev.py")

    def test_udev_rules_open_nothing_wide(self):
        """One mode, one group; nothing that a later event of the kernel would take away again."""
        with open(os.path.join(ROOT, "udev-rules", "70-counterfoil.rules"), encoding="utf-8") as file:
            rules = "\n".join(line for line in file.read().splitlines() if not line.startswith("#"))
        self.assertEqual(["0660"], re.findall(r'MODE="(\d+)"', rules))
        self.assertEqual(["counterfoild"], re.findall(r'GROUP="(\w+)"', rules))
        self.assertEqual(["remove"], re.findall(r'ACTION\W+"([^"]*)"', rules))

    def test_udev_rules_refuse(self):
        """A bridge's number, a printer's vendor without product, one number in two profiles."""
        scanner = 'title = "x"\nfamily = "serial-scanner"\n[[usb]]\ninterface = "serial"\n'
        printer = 'title = "x"\nfamily = "escpos"\n[[usb]]\ninterface = "printer"\n'
        for files, words in [
                ([scanner + 'vendor = "0403"\nproduct = "6001"'], "serial bridge"),
                ([scanner + 'vendor = "10c4"\nproduct = "ea60"'], "serial bridge"),
                ([printer + 'vendor = "04b8"'], "name the product"),
                ([scanner + 'vendor = "0C2E"'], "no USB number"),
                ([scanner + 'vendor = "0c2e"\nmodel = "1"'], "no rule"),
                ([scanner + 'vendor = "0c2e"', scanner + 'vendor = "0c2e"\nproduct = "0b61"'], "stands in a and b"),
        ]:
            with tempfile.TemporaryDirectory() as folder:
                for name, text in zip("ab", files):
                    with open(os.path.join(folder, f"{name}.toml"), "w", encoding="utf-8") as file:
                        file.write(text)
                done = subprocess.run([sys.executable, os.path.join(ROOT, "scripts", "generate-udev.py"), "--check",
                                       "--profiles", folder], capture_output=True, text=True)
            self.assertNotEqual(0, done.returncode)
            self.assertIn(words, done.stderr)

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
