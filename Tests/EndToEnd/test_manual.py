"""The manual has every command with all its options, and every command has an example of its own."""

import importlib.util
import json
import os
import pathlib
import subprocess
import unittest

from box import program

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "generate-manual.py")


def generator():
    spec = importlib.util.spec_from_file_location("generate_manual", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def leaves(command, path):
    """Every command that does something, by what it is called."""
    below = [sub for sub in command.get("subcommands", []) if sub["commandName"] != "help"]
    if not below:
        yield path, command
    for sub in below:
        yield from leaves(sub, path + [sub["commandName"]])


class Manual(unittest.TestCase):

    def test_every_command_is_in_it(self):
        manual = generator()
        for name, least in (("counterfoil", 55), ("counterfoil-simulator", 3)):
            path = pathlib.Path(program(name))
            dump = json.loads(subprocess.run([path, "--experimental-dump-help"], check=True, capture_output=True).stdout)
            page = manual.command_page(path, "0", "")
            found = list(leaves(dump["command"], [name]))
            self.assertGreaterEqual(len(found), least, [" ".join(words) for words, _ in found])
            for words, command in found:
                called = " ".join(words)
                with self.subTest(called):
                    self.assertIn("## " + called, page)
                    place = page.index("## " + called) + 1
                    end = next((at for at in range(place, len(page)) if page[at].startswith("#")), len(page))
                    section = "\n".join(page[place:end])
                    self.assertIn(manual.escaped(command["abstract"]), section)
                    for argument in command.get("arguments", []):
                        for one in argument.get("names") or []:
                            if argument.get("shouldDisplay", True) and one["name"] not in ("help", "h", "version"):
                                self.assertIn(manual.escaped(one["name"]), section)
                    # `counterfoil status` is what `counterfoil` alone does.
                    own = called if words[-1] != "status" or len(words) > 2 else name
                    examples = command.get("discussion", "").partition("EXAMPLE")[2].split("\n")
                    self.assertTrue([line for line in examples if own in line], "its help has no example of it")


if __name__ == "__main__":
    unittest.main()
