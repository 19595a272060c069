#!/usr/bin/env python3
"""Writes Sources/Records/Generated: the journal's JSON form of the till's facts and state, from the Swift structs; and
the table of words in docs/journal-format.md, from the enums and their comments.

usage: generate-records.py [--check]

Every stored property of a struct becomes a member of the same name, those with `package(set)` apart (they are
computed from the others when a state is read); members are written in the order of their UTF-8
bytes. The stamp of a record stands beside its fact's members; where both have a member of one name, the fact's gets
the name in RENAMED. Unknown members are skipped when read; a missing one is an error that names it.
"""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
OUT = TOP / "Sources" / "Records" / "Generated"
PAGE = TOP / "docs" / "journal-format.md"
WORDS_BEGIN = "<!-- words: from here on written by scripts/generate-records.py -->\n"
WORDS_END = "<!-- words: to here -->\n"
FACTS_WITHOUT_STRUCT = {"stop": ("reason", "String")}
RENAMED = {
    ("ShiftOpened", "lane"): "shiftLane", ("ShiftOpened", "operator"): "shiftOperator",
    ("ShiftClosed", "operator"): "shiftOperator",
    ("PrintJob", "lane"): "jobLane", ("SaleUnparked", "lane"): "saleLane",
}
# Written by hand: a line keeps its input behind a reference.
PRESET = {"Line": [("id", "LineID", False), ("input", "LineInput", False), ("result", "LineResult", False),
                   ("approval", "String?", True)]}
# Written as their text.
TEXT_FORMS = {"BusinessDay", "LineID", "TenderID", "StubNumber"}


def read_sources():
    structs, enums, facts = {}, set(), []
    for path in sorted((TOP / "Sources" / "Till").glob("*.swift")):
        text = path.read_text()
        for match in re.finditer(r"^(?:public )?enum (\w+): String", text, re.M):
            enums.add(match.group(1))
        for match in re.finditer(r"^public enum (\w+): String", text, re.M):
            enums.add(match.group(1))
        fact = re.search(r"^public indirect enum Fact:.*?^\}", text, re.M | re.S)
        if fact:
            for case in re.finditer(r"^  case (\w+)\((?:\w+: )?(\w+)\)", fact.group(0), re.M):
                facts.append((case.group(1), case.group(2)))
        for match in re.finditer(r"^public struct (\w+)[^\n]*\{\n(.*?)^\}", text, re.M | re.S):
            name, body = match.groups()
            fields = []
            for line in re.finditer(
                    r"^  (?:@Rare )?public (?:var|let) `?(\w+)`?(?:: ([^={\n]+?))?( = [^\n]*)?$", body, re.M):
                field, kind, default = line.groups()
                if kind is None:
                    guess = re.match(r" = (\w+)\(", default or "")
                    if not guess:
                        continue
                    kind = guess.group(1)
                fields.append((field, kind.strip(), default is not None or kind.strip().endswith("?")))
            structs[name] = fields
            init = re.search(r"^  public init\((.*?)\)\s*\{", body, re.M | re.S)
            labels = re.findall(r"(?:^|[,(\s])`?(\w+)`?: ", init.group(1)) if init else []
            structs[name] = (fields, labels)
    for name in TEXT_FORMS:
        structs.pop(name, None)
    for name, fields in PRESET.items():
        structs[name] = (fields, [f for f, _, _ in fields])
    return structs, enums, facts


STRUCTS, ENUMS, FACTS = read_sources()
# What the state is made of: everything in Till but what is split into parts.
STATE_ROOTS = ["Stamp", "Sale", "Shift", "PrintJob", "Approval", "DrawerOrder", "Counters", "SalesTotals", "GrandTotals",
               "Genesis", "TillConfiguration", "Pursuit"]
STATE_PARTS = ["sales", "shifts", "jobs", "approvals", "drawerOrders", "pursuits"]


def ticked(name):
    return f"`{name}`" if name in {"operator", "return", "in", "default"} else name


def write_value(kind, expression, indent):
    pad = "  " * indent
    if kind == "String":
        return f"{pad}writer.string({expression})\n"
    if kind in ("Int64", "Int", "Int32"):
        return f"{pad}writer.integer({expression})\n"
    if kind == "Bool":
        return f"{pad}writer.bool({expression})\n"
    if kind == "Amount":
        return f"{pad}writer.integer({expression}.minorUnits)\n"
    if kind == "Quantity":
        return f"{pad}writer.integer({expression}.thousandths)\n"
    if kind == "TaxRate":
        return f"{pad}writer.integer({expression}.millionths)\n"
    if kind in TEXT_FORMS:
        return f"{pad}writer.string({expression}.description)\n"
    if kind in ENUMS:
        return f"{pad}writer.string({expression}.rawValue)\n"
    if kind.startswith("[") and ": " in kind:
        inner = kind[1:-1].split(": ", 1)
        key = "$0" if inner[0] == "String" else "$0.rawValue"
        return (f"{pad}writer.beginObject()\n{pad}for (name, item) in {expression}.map({{ ({key.replace('$0', '$0.key')}, $0.value) }})"
                f".sorted(by: {{ utf8Precedes($0.0, $1.0) }}) {{\n{pad}  writer.key(name)\n"
                + write_value(inner[1], "item", indent + 1) + f"{pad}}}\n{pad}writer.endObject()\n")
    if kind.startswith("["):
        return (f"{pad}writer.beginArray()\n{pad}for item in {expression} {{\n"
                + write_value(kind[1:-1], "item", indent + 1) + f"{pad}}}\n{pad}writer.endArray()\n")
    return f"{pad}{expression}.write(to: &writer)\n"


def read_value(kind):
    if kind == "String":
        return "try reader.text()"
    if kind == "Int64":
        return "try reader.int64()"
    if kind == "Int":
        return "Int(try reader.int64())"
    if kind == "Int32":
        return "try reader.int32()"
    if kind == "Bool":
        return "try reader.flag()"
    if kind == "Amount":
        return "Amount(try reader.int64())"
    if kind == "Quantity":
        return "Quantity(thousandths: try reader.int64())"
    if kind == "TaxRate":
        return "TaxRate(millionths: try reader.int64())"
    if kind in TEXT_FORMS:
        return f"try reader.parsed({kind}.init(_:))"
    if kind in ENUMS:
        return f"try reader.word({kind}.self)"
    if kind.startswith("[") and ": " in kind:
        key, value = kind[1:-1].split(": ", 1)
        name = "key" if key == "String" else f"try RecordsError.word({key}.self, key)"
        return (f"try reader.members {{ (reader, key) throws(RecordsError) in ({name}, {read_value(value)}) }}")
    if kind.startswith("["):
        return f"try reader.items {{ (reader) throws(RecordsError) in {read_value(kind[1:-1])} }}"
    return f"try {kind}(reading: &reader)"


def members(name, stamped=False):
    """(json name, swift expression, type, optional) sorted by json name."""
    fields, _ = STRUCTS[name]
    rows = [(RENAMED.get((name, f), f) if stamped else f, f"self.{ticked(f)}", kind) for f, kind, _ in fields]
    return rows


def writer_body(rows):
    text = "    writer.beginObject()\n"
    for json, expression, kind in sorted(rows, key=lambda r: r[0].encode()):
        if kind.endswith("?"):
            text += (f"    if let value = {expression} {{\n      writer.key(\"{json}\")\n"
                     + write_value(kind[:-1], "value", 3) + "    }\n")
        else:
            text += f"    writer.key(\"{json}\")\n" + write_value(kind, expression, 2)
    return text + "    writer.endObject()\n"


def locals_text(name):
    return "".join(f"    var {f}Value: {kind if kind.endswith('?') else kind + '?'}\n" for f, kind, _ in STRUCTS[name][0])


def cases(name, renamed):
    text = ""
    for f, kind, _ in STRUCTS[name][0]:
        json = RENAMED.get((name, f), f) if renamed else f
        text += f"      case \"{json}\": {f}Value = {read_value(kind.rstrip('?'))}\n"
    return text


def construct(name, target):
    fields, labels = STRUCTS[name]
    text = ""
    for f, kind, _ in fields:
        if not kind.endswith("?"):
            text += f"    guard let {f}Value else {{ throw .missing(\"{name}.{f}\") }}\n"
    in_init = [(f, kind) for f, kind, _ in fields if f in labels]
    in_init.sort(key=lambda row: labels.index(row[0]))
    def label(f):
        return "" if name in () else f"{f}: "
    arguments = ", ".join(f"{label(f)}{f}Value" for f, _ in in_init)
    text += f"    {target}({arguments})\n"
    for f, kind, _ in fields:
        if f not in labels:
            text += f"    self.{ticked(f)} = {f}Value\n"
    return text


def struct_code(name):
    empty = not STRUCTS[name][0]
    return (f"extension {name} {{\n  func write(to writer: inout JSONWriter) {{\n"
            + writer_body(members(name)) + "  }\n\n"
            + "  init(reading reader: inout JSONReader) throws(RecordsError) {\n" + locals_text(name)
            + "    try reader.object { (reader, key) throws(RecordsError) in\n      switch key {\n"
            + cases(name, False) + "      default: return false\n      }\n      return true\n    }\n"
            + construct(name, "self.init") + "  }\n}\n\n")


def fact_code(name):
    stamp = [(f, f"stamp.{ticked(f)}", kind) for f, kind, _ in STRUCTS["Stamp"][0]]
    return (f"extension {name} {{\n  /// The entry's `data`: the fact's members beside the stamp's.\n"
            "  func write(to writer: inout JSONWriter, _ stamp: Stamp) {\n"
            + writer_body(members(name, True) + stamp) + "  }\n\n"
            + "  /// Reads the fact's members; the stamp's and unknown ones are skipped.\n"
            + "  init(readingFact reader: inout JSONReader) throws(RecordsError) {\n" + locals_text(name)
            + "    try reader.object { (reader, key) throws(RecordsError) in\n      switch key {\n"
            + cases(name, True) + "      default: return false\n      }\n      return true\n    }\n"
            + construct(name, "self.init") + "  }\n}\n\n")


def reachable(names):
    seen, queue = [], list(names)
    while queue:
        name = queue.pop(0)
        if name in seen or name not in STRUCTS:
            continue
        seen.append(name)
        for _, kind, _ in STRUCTS[name][0]:
            queue += [word for word in re.findall(r"\w+", kind) if word in STRUCTS]
    return seen


HEAD = "// swift-format-ignore-file\n// Generated by scripts/generate-records.py from Sources/Till. Do not edit.\n\nimport JSON\nimport Money\nimport Till\n\n"


def dispatch():
    text = HEAD + "extension Record {\n  /// Writes the entry's `data`.\n  func writeData(to writer: inout JSONWriter) {\n    switch fact {\n"
    for case, kind in FACTS:
        if case in FACTS_WITHOUT_STRUCT:
            text += f"    case .{case}(let reason): StopReason(reason: reason).write(to: &writer, stamp)\n"
        else:
            text += f"    case .{case}(let it): it.write(to: &writer, stamp)\n"
    text += "    }\n  }\n}\n\nextension Fact {\n  /// Reads an entry's `data`.\n"
    text += "  init(_ kind: RecordKind, reading reader: inout JSONReader) throws(RecordsError) {\n    switch kind {\n"
    for case, kind in FACTS:
        if case in FACTS_WITHOUT_STRUCT:
            text += f"    case .{case}: self = .{case}(reason: try StopReason(readingFact: &reader).reason)\n"
        else:
            text += f"    case .{case}: self = .{case}(try {kind}(readingFact: &reader))\n"
    return text + "    }\n  }\n}\n"


def enum_words():
    """The words of every string enum in Till, with the comment above each: {enum: [(word, meaning)]}."""
    words = {}
    for path in sorted((TOP / "Sources" / "Till").glob("*.swift")):
        for match in re.finditer(r"^public enum (\w+): String[^\n]*\{\n(.*?)^(?:\}|\n)", path.read_text(), re.M | re.S):
            rows, comment = [], []
            for line in match.group(2).splitlines():
                if line.startswith("  /// "):
                    comment.append(line[6:])
                elif line.startswith("  case "):
                    names = re.findall(r"\w+", line[7:])
                    rows += [(name, " ".join(comment) if len(names) == 1 else "") for name in names]
                    comment = []
            words[match.group(1)] = rows
    return words


def holders():
    """Where in a record an enum's words stand: {enum: {member: [kind or object]}}."""
    kinds = {}
    for case, kind in FACTS:
        kinds.setdefault(kind, []).append(case)
    places = {}
    for name in reachable(STATE_ROOTS + [kind for _, kind in FACTS]):
        renamed = kinds.get(name, [])
        objects = renamed + ([name] if name in ("PrintJob", "Approval") or not renamed else [])
        for field, kind, _ in STRUCTS[name][0]:
            for word in ENUMS.intersection(re.findall(r"\w+", kind)):
                places.setdefault(word, {}).setdefault(RENAMED.get((name, field), field), []).extend(objects)
    return places


def words_table():
    text = "| member | of | words |\n| --- | --- | --- |\n"
    words = enum_words()
    rows = [(member, ["every record"] if name == "VerifiedBy" else objects, name)
            for name, members_ in holders().items() for member, objects in members_.items()]
    for member, objects, name in sorted(rows, key=lambda row: (row[0].lower(), row[1])):
        shown = "; ".join(f"`{word}`" + (f": {meaning.rstrip('.')}" if meaning else "") for word, meaning in words[name])
        text += f"| `{member}` | {', '.join(dict.fromkeys(objects))} | {shown.replace('|', chr(92) + '|')} |\n"
    return text


def page():
    """docs/journal-format.md with the table of words as it must be."""
    text = PAGE.read_text()
    before, rest = text.split(WORDS_BEGIN)
    return before + WORDS_BEGIN + words_table() + WORDS_END + rest.split(WORDS_END)[1]


def outputs():
    STRUCTS["StopReason"] = ([("reason", "String", False)], ["reason"])
    roots = [kind for case, kind in FACTS if case not in FACTS_WITHOUT_STRUCT] + ["StopReason"]
    nested = reachable(STATE_ROOTS + roots)
    plain = [name for name in nested if name not in set(roots) or name in
             {"PrintJob", "Approval", "Genesis"}]
    stop = "/// Why the daemon stopped.\nstruct StopReason {\n  var reason: String\n}\n\n"
    return {
        "FactCoding.swift": HEAD + stop + "".join(fact_code(name) for name in dict.fromkeys(roots)).rstrip() + "\n",
        "ValueCoding.swift": HEAD + "".join(struct_code(name) for name in plain if name != "StopReason").rstrip() + "\n",
        "RecordCoding.swift": dispatch(),
    }


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    stale = []
    for path, text in [(OUT / name, text) for name, text in outputs().items()] + [(PAGE, page())]:
        if "--check" in sys.argv:
            if not path.exists() or path.read_text() != text:
                stale.append(path.name)
        else:
            path.write_text(text)
    if stale:
        sys.exit(f"stale: {', '.join(stale)}; run scripts/generate-records.py")


main()
