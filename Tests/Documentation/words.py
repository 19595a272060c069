"""Commands that a text merely mentions exist: in the pages' `code`, the commented configuration, every error's cure, and
what Status and the command line itself advise."""

import glob
import json
import os
import re
import subprocess

MENTION = re.compile(r"(?:sudo )?\bcounterfoil ((?:[a-z]+(?:-[a-z]+)*)(?: [a-z]+(?:-[a-z]+)*)?)\b(?!:)")
CODE = re.compile(r"`([^`\n]+)`")
LITERAL = re.compile(r'"((?:sudo )?counterfoil [^"]*)"')
FENCED = re.compile(r"^```.*?^```", re.M | re.S)


def subcommands(program, *path):
    """What `--help` lists below a command, each with what is below it."""
    text = subprocess.run([program, *path, "--help"], capture_output=True, text=True, check=True).stdout
    block = re.search(r"^SUBCOMMANDS:\n(.*?)\n\n", text, re.M | re.S)
    names = re.findall(r"^  ([a-z][a-z-]*)(?: |$)", block[1], re.M) if block else []
    return {name: subcommands(program, *path, name) for name in names}


def mentions(root, name, text):
    """Pieces of a text in which commands may stand."""
    if name.endswith(".md"):
        return CODE.findall(FENCED.sub("", text))
    return text.split("\n")


def cures(program):
    for line in subprocess.run([program, "explain", "--json"], capture_output=True, text=True, check=True).stdout.splitlines():
        entry = json.loads(line)
        yield entry["code"], list(entry["cure"].values())


def advice(root):
    """String literals of the daemon and the command line that begin with a command."""
    for module in ("Control", "Command"):
        for path in sorted(glob.glob(os.path.join(root, "Sources", module, "**", "*.swift"), recursive=True)):
            with open(path, encoding="utf-8") as source:
                yield os.path.relpath(path, root), LITERAL.findall(source.read())


def unknown(tree, pieces):
    """Commands in the pieces that the program does not have."""
    wrong = []
    for piece in pieces:
        for words in MENTION.findall(piece):
            first, _, second = words.partition(" ")
            if first not in tree:
                wrong.append(f"counterfoil {first}")
            elif second and tree[first] and second not in tree[first]:
                wrong.append(f"counterfoil {first} {second}")
    return wrong


def check(root, program, pages, count):
    tree = subcommands(program)
    texts = [(name, open(os.path.join(root, name), encoding="utf-8").read())
             for name in [*pages, "packaging/counterfoil.toml", "systemd/counterfoild.service"]]
    found = [(name, mentions(root, name, text)) for name, text in texts] + list(cures(program)) + list(advice(root))
    wrong = [f"{name}: {one}" for name, pieces in found for one in unknown(tree, pieces)]
    if wrong:
        count.bad("commands", "texts name commands that do not exist", "\n".join(wrong))
    else:
        count.good("commands", f"{sum(len(pieces) for _, pieces in found)} places name only commands that exist")
