#!/usr/bin/env python3
"""Writes the reference part of docs/interfaces.md from what the daemon is built from.

usage: generate-interface-docs.py [--check]

Methods, types and errors come from Sources/Interfaces/IDL, roles from Sources/Control/Access.swift, limits from the
constants of the modules that keep them. What stands outside the marker lines is written by hand and left alone. With
--check it writes nothing, names what differs and exits 1. Python 3.11, standard library only.
"""

import argparse
import difflib
import importlib.util
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "interfaces.md"
ACCESS = ROOT / "Sources" / "Control" / "Access.swift"
BEGIN, END = "<!-- generated: {} -->", "<!-- end of generated -->"
ROLES = ["app", "cashier", "supervisor", "technician", "auditor"]
LIMITS = [
    ("Protocol", "Sources/Varlink/VarlinkLimit.swift", "VarlinkLimit"),
    ("Sales, shifts and paper", "Sources/Till/Limits.swift", "Limits"),
    ("Scans", "Sources/Engine/Scans.swift", "ScanDesk"),
    ("Streams", "Sources/Control/Streams.swift", "EventRing"),
    ("Notes", "Sources/Control/DeviceHandlers.swift", None),
]
# Constants that are not limits a client can meet.
PRIVATE = {"keptBuffer", "entropyWords", "bootRevision", "clientTimeout"}
UNITS = {"approvalLife": "ms", "recoveredAge": "ms", "handleLife": "ns"}


def load_generator():
    path = ROOT / "scripts" / "generate-interfaces.py"
    spec = importlib.util.spec_from_file_location("generate_interfaces", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


GENERATOR = load_generator()


class Problem(Exception):
    pass


# ---- what is read


def read_interfaces():
    """The shared types, and the interfaces in the order of GetInfo, without their copies of shared types."""
    folder = GENERATOR.ROOT / "IDL"
    shared, _ = GENERATOR.shared_blocks(folder / "shared.varlink")
    interfaces = [GENERATOR.parse_interface(path) for path in sorted(folder.glob("io.*.varlink"))]
    for interface in interfaces:
        interface.definitions = [one for one in interface.definitions if one.name not in shared]
    interfaces.sort(key=lambda one: GENERATOR.ORDER.index(one.short))
    outward = [GENERATOR.parse_interface(path) for path in sorted((folder / "Outward").glob("io.*.varlink"))]
    return shared, interfaces, outward


def read_roles():
    """Case name of Method -> roles, from the switch that the daemon itself runs."""
    text = ACCESS.read_text(encoding="utf-8")
    sets = {name: re.findall(r"\.(\w+)", body)
            for name, body in re.findall(r"private static let (\w+): Set<Wire\.Role> = \[([^\]]*)\]", text)}
    body = re.search(r"static func roles\(for method: Method\).*?switch method \{\n(.*?)\n    \}\n", text, re.S)
    if not body:
        raise Problem("Access.swift: roles(for:) was not found")
    roles = {}
    for cases, result in re.findall(r"case ([^:]+):\s*(\[[^\]]*\]|\w+)", body[1]):
        named = re.findall(r"\.(\w+)", result) if result.startswith("[") else sets.get(result)
        if not named:
            raise Problem(f"Access.swift: {result} is no set of roles")
        for case in re.findall(r"\.(\w+)", cases):
            roles[case] = sorted(named, key=ROLES.index)
    return roles


def read_limits():
    """(heading, [(name, value, meaning)]) of every file in LIMITS."""
    groups = []
    for heading, path, owner in LIMITS:
        text = (ROOT / path).read_text(encoding="utf-8")
        if owner:
            text = text[re.search(rf"(enum|struct) {owner}\b", text).start():]
        rows, doc = [], []
        for line in text.split("\n"):
            comment = re.match(r"\s*/// ?(.*)", line)
            constant = re.match(r"\s*(?:public )?static let (\w+)(?:: \w+)? = ([^/]+)$", line)
            if comment:
                doc = (doc if doc and doc[-1] is not None else []) + [comment[1]]
            elif constant:
                value = constant_value(constant[2])
                words = " ".join(each for each in doc if each)
                if not words:
                    raise Problem(f"{path}: {constant[1]} has no comment")
                if value is not None and constant[1] not in PRIVATE:
                    unit = UNITS.get(constant[1])
                    rows.append((constant[1], f"{value:,}" + (f" {unit}" if unit else ""), words))
                doc = doc + [None]  # the next constant without a comment of its own shares this one
            elif doc and line.strip() == "":
                doc = []
            elif line.startswith("}"):
                break
            else:
                doc = []
        if not rows:
            raise Problem(f"{path}: no limit found")
        groups.append((heading, rows))
    return groups


def constant_value(text):
    text = text.strip().rstrip(",")
    seconds = re.fullmatch(r"Duration\.seconds\((\d+)\)", text)
    if seconds:
        return int(seconds[1])
    if not re.fullmatch(r"[\d_ *<]+", text):
        return None
    return eval(text.replace("_", ""), {"__builtins__": {}})  # digits, * and << only


# ---- what is written


def meaning(field):
    """A field's comment; keys are the same everywhere and have their own section."""
    if field.name == "idempotencyKey":
        return "16 to 64 ASCII characters, new for every decision: [Keys](#keys)."
    return prose(field.doc)


def prose(lines):
    """A comment as one line of Markdown."""
    return escape(" ".join(lines))


def escape(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def explained(enum):
    """An enumeration's comment, and the meanings of words that it explains as `word: meaning.`"""
    text = prose(enum.doc)
    marks = [match for match in re.finditer(r"(?:^|(?<=[.;] ))(\w+): ", text) if match[1] in enum.cases]
    if len(marks) < 2:
        return text, {}
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    pieces = {mark[1]: text[mark.end():end].strip() for mark, end in zip(marks, ends)}
    intro = text[:marks[0].start()].strip()
    # What follows the last meaning's sentence is about all of them.
    last = marks[-1][1]
    first_sentence = re.match(r".*?\.(?= [A-Z]|$)", pieces[last])
    if first_sentence and first_sentence.end() < len(pieces[last]):
        intro = f"{intro} {pieces[last][first_sentence.end():].strip()}"
        pieces[last] = first_sentence[0]
    return intro, {case: meaning.rstrip(";.") + "." for case, meaning in pieces.items()}


def anchor(*parts):
    return "-".join(parts).lower()


class Page:
    def __init__(self, shared, interfaces, roles):
        self.roles = roles
        self.owner = {name: None for name in shared}
        for interface in interfaces:
            self.owner |= {one.name: interface for one in interface.definitions if one.keyword in ("type", "enum")}
        self.lines = []

    def add(self, *lines):
        self.lines += lines

    def type_text(self, kind):
        text = ("?" if kind.optional else "") + kind.shape + kind.name
        if kind.name in GENERATOR.SCALARS:
            return f"`{text}`"
        return f"[`{text}`](#{anchor('type', kind.name)})"

    def fields(self, title, fields):
        if not fields:
            return
        self.add("", f"| {title} | type | |", "| --- | --- | --- |")
        self.add(*(f"| `{each.name}` | {self.type_text(each.type)} | {meaning(each)} |" for each in fields))

    def definition_of_type(self, one):
        intro, meanings = explained(one) if one.keyword == "enum" else (prose(one.doc), {})
        self.add("", f'<a id="{anchor("type", one.name)}"></a>', f"**{one.name}**: {intro}")
        if meanings:
            self.add("")
            self.add(*(f"- `{case}`" + (f": {meanings[case]}" if case in meanings else "") for case in one.cases))
        elif one.keyword == "enum":
            self.add("", "One of: " + ", ".join(f"`{case}`" for case in one.cases) + ".")
        else:
            self.fields("field", one.fields)

    def method(self, interface, one):
        case = GENERATOR.method_case(interface, one)
        if case not in self.roles:
            raise Problem(f"Access.swift says nothing of {interface.name}.{one.name}")
        doc = " ".join(one.doc)
        doc = re.sub(r"\s*Replies: [^.]*\.", "", doc)
        self.heading(interface, one, doc)
        self.add("")
        self.add(f"- Roles: {', '.join(self.roles[case])}.", f"- Writes: {durability(one)}.", f"- Replies: {replies(one)}.")
        self.fields("parameter", one.fields)
        self.fields("reply", one.reply)

    def outward_method(self, interface, one):
        """A method that the daemon calls: nobody needs a role for it, and it writes nothing of the daemon's."""
        self.heading(interface, one, " ".join(one.doc))
        self.fields("parameter", one.fields)
        self.fields("reply", one.reply)

    def heading(self, interface, one, doc):
        self.add("", f'<a id="{anchor("method", interface.short, one.name)}"></a>',
                 f"### {interface.short}.{one.name}", "", escape(doc.strip()))

    def summary(self, interfaces):
        self.add("| method | roles | writes | replies |", "| --- | --- | --- | --- |")
        for interface in interfaces:
            for one in methods(interface):
                roles = self.roles[GENERATOR.method_case(interface, one)]
                who = "all" if roles == ROLES else ", ".join(roles)
                self.add(f"| [{interface.short}.{one.name}](#{anchor('method', interface.short, one.name)}) | {who} | "
                         f"{short_durability(one)} | {short_replies(one)} |")


def methods(interface):
    return [one for one in interface.definitions if one.keyword == "method"]


def is_edit(method):
    return "Answered from memory" in " ".join(method.doc)


def durability(method):
    if not GENERATOR.has_key(method):
        return "nothing; takes no key"
    if is_edit(method):
        return "with the next commit, at the latest 200 ms after the answer; takes a key"
    return "one record or more, durable before the answer; takes a key"


def short_durability(method):
    return "–" if not GENERATOR.has_key(method) else "lazily" if is_edit(method) else "first"


def replies(method):
    match = re.search(r"Replies: ([^.]*)\.", " ".join(method.doc))
    return match[1] if match else "one"


def short_replies(method):
    return {"stream": "stream", "oneThenChanges": "one; more", "one": "one"}[GENERATOR.replies(method)]


def contents(interfaces, outward):
    lines = []
    for interface in interfaces + outward:
        count = len(methods(interface))
        served = ", served by a connector" if interface in outward else ""
        lines.append(f"- [{interface.name}](#{interface.name.replace('.', '').lower()}): {count} methods{served}")
    return lines + ["- [Errors](#errors)", "- [Shared types](#shared-types)"]


def reference():
    shared, interfaces, outward = read_interfaces()
    page = Page(shared, interfaces + outward, read_roles())
    known = {GENERATOR.method_case(i, one) for i in interfaces for one in methods(i)}
    for stale in set(page.roles) - known:
        raise Problem(f"Access.swift names {stale}, which no interface has")
    page.add(*contents(interfaces, outward), "", "*Writes*: `first` = durable before the answer, `lazily` = at the latest "
             "200 ms after it, `–` = nothing.", "*Replies*: `one; more` = one reply, or with `more` one per change.", "")
    page.summary(interfaces)
    for interface in interfaces + outward:
        page.add("", f"## {interface.name}", "", prose(interface.doc))
        for one in methods(interface):
            (page.outward_method if interface in outward else page.method)(interface, one)
        own = [one for one in interface.definitions if one.keyword in ("type", "enum")]
        if own:
            page.add("", f"### Types of {interface.short}")
        for one in own:
            page.definition_of_type(one)
    page.add("", "## Errors", "", "Every interface answers them under the name `io.counterfoil.System.NAME`. "
             "`counterfoil explain NAME` has cause and cure.")
    for interface in interfaces:
        for one in interface.definitions:
            if one.keyword == "error":
                page.add("", f'<a id="{anchor("error", one.name)}"></a>', f"**{one.name}**: {prose(one.doc)}")
                page.fields("parameter", one.fields)
    page.add("", "## Shared types")
    for one in shared.values():
        page.definition_of_type(one)
    return page.lines


def limits():
    lines = []
    for heading, rows in read_limits():
        lines += ["", f"**{heading}**", "", "| limit | value | |", "| --- | --- | --- |"]
        lines += [f"| `{name}` | {value} | {escape(words)} |" for name, value, words in rows]
    return lines[1:]


def generate(text):
    for name, lines in (("limits", limits()), ("reference", reference())):
        begin = BEGIN.format(name)
        if text.count(begin) != 1:
            raise Problem(f"{PAGE.name}: the line {begin} must stand there once")
        head, rest = text.split(begin)
        if END not in rest:
            raise Problem(f"{PAGE.name}: {END} is missing after {begin}")
        tail = rest.split(END, 1)[1]
        text = head + begin + "\n" + "\n".join(lines) + "\n" + END + tail
    return text


def main():
    parser = argparse.ArgumentParser(description="Writes the reference part of docs/interfaces.md.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page differs")
    options = parser.parse_args()
    try:
        text = PAGE.read_text(encoding="utf-8")
        wanted = generate(text)
    except (Problem, GENERATOR.Problem) as problem:
        print(f"generate-interface-docs: {problem}", file=sys.stderr)
        return 1
    if options.check:
        if text != wanted:
            print(f"docs/{PAGE.name} is not what the sources say: run scripts/generate-interface-docs.py", file=sys.stderr)
            difference = difflib.unified_diff(text.split("\n"), wanted.split("\n"), "is", "should be", lineterm="", n=0)
            print("\n".join(list(difference)[:20]), file=sys.stderr)
        return 1 if text != wanted else 0
    if text != wanted:
        PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
