"""Every mode, reason and wait of the sources is on the operations page and in the error table, and no other."""

import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def text(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def sources(*folders):
    """The Swift sources below these folders, without what is generated."""
    found = []
    for folder in folders:
        for path, _, names in os.walk(os.path.join(ROOT, "Sources", folder)):
            if "Generated" not in path:
                found += [text(path, name) for name in names if name.endswith(".swift")]
    return "\n".join(found)


def enumeration(name):
    """The words of an enum of the interfaces."""
    found = re.search(rf"^type {name} \(([^)]*)\)", text("Sources", "Interfaces", "IDL", "shared.varlink"), re.M)
    return [word.strip() for word in found[1].split(",")]


def table(group):
    """The codes of one group of the error table."""
    return re.findall(rf'ErrorEntry\(\s*\.{group}, "(\w+)"', text("Sources", "Command", "Errors", "ErrorTable+Modes.swift"))


def rows(head):
    """First cell and the rest of each row of the page's table with that first heading."""
    page = text("docs", "operations.md")
    start = re.search(rf"^\| {head} \|.*\n\| ---.*\n", page, re.M)
    found = []
    for line in page[start.end():].splitlines():
        if not line.startswith("|"):
            break
        cells = line.split("|")
        found.append((re.findall(r"`(\w+)`", cells[1]), "|".join(cells[2:])))
    return found


def words(found, reserved=None):
    """The words of the rows; only those that are (not) said to be reserved."""
    return [word for cell, rest in found for word in cell
            if reserved is None or reserved == bool(re.search(r"\b(is|are) reserved", rest))]


class Words(unittest.TestCase):

    def check(self, known, listed):
        self.assertEqual(sorted(set(listed)), sorted(listed), "a word stands twice")
        self.assertEqual(sorted(known), sorted(listed))

    def test_modes(self):
        self.check(enumeration("Mode"), words(rows("mode")))
        self.check(enumeration("Mode"), table("mode"))

    def test_reasons(self):
        self.check(enumeration("Reason"), words(rows("reason")))
        self.check(enumeration("Reason"), table("reason"))

    def test_reasons_that_are_given(self):
        """What the page calls reserved is never given, and everything else is."""
        code = sources("Engine", "Control", "counterfoild")
        given = [reason for reason in enumeration("Reason") if f'"{reason}"' in code]
        self.assertEqual(sorted(given), sorted(words(rows("reason"), reserved=False)))

    def test_waits(self):
        code = sources("Control")
        made = re.findall(r"Wire\.Wait\(\s*code: ([^,]*),", code)
        given = {word for expression in made for word in re.findall(r'"(\w+)"', expression)}
        for what in ("_ status: PrinterStatus", "of tender: Tender"):
            body = re.search(rf"func code\({what}\).*?\n  }}\n", code, re.S)[0]
            given |= set(re.findall(r'"(\w+)"', body))
        # The command line says it of an opening that it asked for itself.
        given |= {code for code in table("wait") if f'Failure(\n          "{code}"' in sources("Command")}
        self.assertGreater(len(given), 8)
        self.check(given, table("wait"))
        self.check(given, words(rows("waits")))


if __name__ == "__main__":
    unittest.main()
