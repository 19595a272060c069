"""The arrows between modules in docs/architecture.md hold in the sources and in Package.swift."""

import json
import os
import re
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOURCES = os.path.join(ROOT, "Sources")
PURE = {"JSON", "Money", "Till", "Records", "Document", "Receipt", "EscPos", "Symbology"}
PROGRAMS = {"counterfoild", "counterfoil", "counterfoil-simulator"}
# What the tool chain brings. Pure modules may use none of it; Foundation is for the programs that people run.
PLATFORM = {"Glibc", "Dispatch", "Synchronization"}
FOUNDATION = {"Foundation", "FoundationEssentials"}
FOR_PEOPLE = {"Command", "counterfoil", "counterfoil-simulator"}
# Products that come apart into several importable modules.
FOREIGN = {"NIOCore": {"NIOCore"}, "NIOPosix": {"NIOPosix"}, "ArgumentParser": {"ArgumentParser"}}
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|typealias|func|var|let|actor)\s+)?(\w+)", re.M)


def documented_arrows():
    with open(os.path.join(ROOT, "docs", "architecture.md"), encoding="utf-8") as page:
        block = re.search(r"```arrows\n(.*?)```", page.read(), re.S)[1]
    arrows = {}
    for line in block.strip().splitlines():
        name, targets = (part.strip() for part in line.split("->"))
        arrows[name] = set() if targets == "nothing" else {target.strip() for target in targets.split(",")}
    return arrows


def closure(arrows, name):
    reached, waiting = set(), [name]
    while waiting:
        for target in arrows.get(waiting.pop(), ()):
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


def imports_of(module):
    """Yields (file, imported module) for every import in a module's Swift files."""
    for folder, _, files in os.walk(os.path.join(SOURCES, module)):
        for name in sorted(files):
            if name.endswith(".swift"):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as source:
                    for imported in IMPORT.findall(source.read()):
                        yield os.path.relpath(path, ROOT), imported


class Modules(unittest.TestCase):
    maxDiff = None

    def test_every_module_is_documented(self):
        """Every folder of Sources has its line, and every line its folder."""
        folders = {name for name in os.listdir(SOURCES) if os.path.isdir(os.path.join(SOURCES, name))}
        self.assertEqual(folders, set(documented_arrows()))

    def test_imports_follow_the_arrows(self):
        """No file imports what its module does not reach."""
        arrows = documented_arrows()
        wrong = []
        for module in arrows:
            allowed = {module.replace("-", "_")}
            for reached in closure(arrows, module):
                allowed |= FOREIGN.get(reached, {reached})
            if module not in PURE:
                allowed |= PLATFORM
            if module in FOR_PEOPLE:
                allowed |= FOUNDATION
            wrong += [f"{path} imports {name}" for path, name in imports_of(module) if name not in allowed]
        self.assertEqual([], wrong)

    def test_only_programs_import_control(self):
        """Control stands before the register; nothing but a main may stand before Control."""
        wrong = [path for module in documented_arrows() if module not in PROGRAMS
                 for path, name in imports_of(module) if name == "Control"]
        self.assertEqual([], wrong)

    def test_package_declares_the_same_arrows(self):
        """Package.swift and the page name the same dependencies."""
        dump = subprocess.run(["swift", "package", "dump-package"], cwd=ROOT, capture_output=True, text=True, check=True)
        declared = {}
        for target in json.loads(dump.stdout)["targets"]:
            if target["type"] in ("test", "plugin") or not os.path.isdir(os.path.join(SOURCES, target["name"])):
                continue
            names = set()
            for dependency in target["dependencies"]:
                kind = next(iter(dependency))
                names.add(dependency[kind][0])
            declared[target["name"]] = names
        self.assertEqual(documented_arrows(), declared)

    def test_the_reader_of_imports_sees_every_form(self):
        """The pattern this file stands on catches attributes, access levels and scoped imports."""
        text = "import A\n@preconcurrency import B\npublic import C\nimport struct D.X\n@_spi(Y) package import E\n// import F\n"
        self.assertEqual(["A", "B", "C", "D", "E"], IMPORT.findall(text))


if __name__ == "__main__":
    unittest.main()
