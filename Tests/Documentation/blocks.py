"""Finds the fenced blocks of a Markdown page and what the page says is to be done with each.

The info string says it: the language first, then words. A reader of the page sees the language's colours only.

```console            each line after `$ ` is run, with those after `> ` that continue it; the lines below are its output.
                      `…` stands for anything in a line, a line that is only `…` for any number of lines.
```sh                 run as a whole; must end with 0; what it prints is not looked at
```LANGUAGE file=NAME written to a file, which a command of the page must use afterwards
```LANGUAGE append=NAME the same, added to a file that is there
```sh as="COMMAND"    COMMAND is run instead: the shown one would do the same and much more
```sh not-run="WHY"   not run; the reason is printed and counted
```console only=box   run on an emulated box with the package alone, by Tests/Box/operations.py; only=tree: not there
```json, ```toml      must be correct JSON, TOML
```text, ```arrows    a picture or a table, nothing to run

`<!-- bench: COMMAND -->` on a line of its own runs COMMAND as root and unseen: it plays the world around the box;
`<!-- bench only=tree: COMMAND -->` does so where the block `only=tree` would run.
"""

import re
import shlex
from dataclasses import dataclass, field

COMMANDS = {"sh", "console"}
DATA = {"json", "toml"}
PICTURES = {"text", "arrows"}
FILES = {"python", "c", "sh", "json", "toml", "text"}
ALLOWED = {"file", "append", "as", "not-run", "exits", "only"}
PLACES = {"box", "tree"}
FENCE = re.compile(r"^(\s*)```(.*)$")
BENCH = re.compile(r"^<!-- bench(?: only=(\w+))?: (.*) -->$")


class BadBlock(Exception):
    """The page says something about a block that nobody can follow."""


@dataclass
class Block:
    page: str
    line: int
    language: str
    options: dict
    lines: list = field(default_factory=list)

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"

    @property
    def place(self):
        return f"{self.page}:{self.line}"


def read_blocks(page, text):
    """Every block of a page in order, `bench` comments among them."""
    blocks, open_block, indent = [], None, ""
    for number, line in enumerate(text.split("\n"), 1):
        fence = FENCE.match(line)
        if open_block is not None:
            if fence and not fence[2].strip():
                blocks.append(open_block)
                open_block = None
            else:
                open_block.lines.append(line.removeprefix(indent))
        elif fence:
            indent = fence[1]
            open_block = make_block(page, number, fence[2].strip())
        elif bench := BENCH.match(line):
            blocks.append(Block(page, number, "bench", {"only": bench[1]} if bench[1] else {}, [bench[2]]))
    if open_block is not None:
        raise BadBlock(f"{open_block.place}: the block is never closed")
    return blocks


def make_block(page, number, info):
    words = shlex.split(info)
    place = f"{page}:{number}"
    if not words:
        raise BadBlock(f"{place}: a block without a language: nobody knows whether it can be run")
    options = {}
    for word in words[1:]:
        name, _, value = word.partition("=")
        if name not in ALLOWED or not value:
            raise BadBlock(f"{place}: {word!r} says nothing; there are {', '.join(sorted(ALLOWED))}, each with =")
        options[name] = value
    if options.get("only", "box") not in PLACES:
        raise BadBlock(f"{place}: only= takes {' or '.join(sorted(PLACES))}")
    language = words[0]
    if language not in COMMANDS | DATA | PICTURES and not {"file", "append", "not-run"} & options.keys():
        raise BadBlock(f"{place}: {language} is neither run nor written to a file, and no reason is given")
    return Block(page, number, language, options)


@dataclass
class Command:
    line: int
    text: str
    expected: list | None  # None: not looked at


def commands(block):
    """The commands of a block with the output each must have."""
    if block.language == "sh":
        return [Command(block.line + 1, block.text, None)]
    found = []
    for number, line in enumerate(block.lines, block.line + 1):
        if line.startswith("$ "):
            found.append(Command(number, line[2:], []))
        elif line.startswith("> ") and found and not found[-1].expected:
            found[-1].text += "\n" + line[2:]
        elif found:
            found[-1].expected.append(line)
        else:
            raise BadBlock(f"{block.page}:{number}: output before the first command")
    if not found:
        raise BadBlock(f"{block.place}: no line begins with `$ `")
    return found


def fits(expected, printed):
    """Whether the printed lines are those the page shows."""
    if not expected:
        return not printed
    if expected[0].strip() == "…":
        return any(fits(expected[1:], printed[skip:]) for skip in range(len(printed) + 1))
    if not printed:
        return False
    pattern = ".*?".join(re.escape(part) for part in expected[0].rstrip().split("…"))
    return re.fullmatch(pattern, printed[0].rstrip()) is not None and fits(expected[1:], printed[1:])
