#!/usr/bin/env python3
"""Generates the typed messages of Sources/Interfaces from its .varlink files.

usage: generate-interfaces.py [--check] [--into FOLDER]

Reads Sources/Interfaces/IDL/*.varlink. First copies the shared types (shared.varlink) which an interface reaches into
that interface, between its two marker lines; then writes Sources/Interfaces/Generated/*.swift and samples for the tests
in Tests/InterfacesTests/Generated. With --check it writes nothing, names what differs and exits 1. With --into it writes the Swift files there and leaves the tree alone.
Python 3.11, standard library only.
"""

import argparse
import json
import pathlib
import re
import sys
import textwrap
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parent.parent / "Sources" / "Interfaces"
TESTS = ROOT.parent.parent / "Tests" / "InterfacesTests" / "Generated"
BEGIN = "# ---- shared types"
END = "# ---- end of shared types"
WIDTH = 120
KEYWORDS = set("""associatedtype class deinit enum extension fileprivate func import init inout internal let open operator
    private protocol public static struct subscript typealias var break case continue default defer do else fallthrough
    for guard if in repeat return switch where while as catch false is nil rethrows super self throw throws true try
    """.split()) - {"open"}
SCALARS = {"bool": "Bool", "int": "Int64", "string": "String", "object": "RawObject"}
# Left out of the request hash: they say who and when, not what.
VOLATILE = {"idempotencyKey", "session", "approval", "revision", "proof"}
MAXIMUM_FIELDS = 64


class Problem(Exception):
    pass


# ---- IDL


@dataclass
class Type:
    """name is a scalar or a named type; shape is '', '[]' or '[string]'."""

    name: str
    shape: str = ""
    optional: bool = False

    @property
    def base(self):
        inner = SCALARS.get(self.name, "Wire." + self.name)
        return {"": inner, "[]": f"[{inner}]", "[string]": f"[String: {inner}]"}[self.shape]

    @property
    def swift(self):
        return self.base + ("?" if self.optional else "")


@dataclass
class Field:
    name: str
    type: Type
    doc: list


@dataclass
class Definition:
    keyword: str  # type, enum, method, error
    name: str
    doc: list
    fields: list = field(default_factory=list)  # of a type, of an error, of a method's call
    reply: list = field(default_factory=list)
    cases: list = field(default_factory=list)
    text: str = ""


@dataclass
class Interface:
    name: str
    doc: list
    definitions: list

    @property
    def short(self):
        return self.name.rsplit(".", 1)[1]


TOKEN = re.compile(
    r"(?P<comment>#[^\n]*)|(?P<line>\n)|(?P<space>[ \t]+)|(?P<map>\[string\])|(?P<list>\[\])|(?P<arrow>->)"
    r"|(?P<mark>[():,?])|(?P<word>[A-Za-z][A-Za-z0-9_.]*)"
)


class Parser:
    """Recursive descent over the Varlink grammar, as far as our files use it: no anonymous struct or enum inside."""

    def __init__(self, path):
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.tokens = []  # (text, start, end, doc)
        self.at = 0
        position, doc, empty = 0, [], True
        while position < len(self.text):
            match = TOKEN.match(self.text, position)
            if not match:
                raise Problem(f"{path.name}: cannot read {self.text[position:position + 20]!r}")
            kind, position = match.lastgroup, match.end()
            if kind == "comment":
                doc, empty = doc + [match.group()[1:].strip()], False
            elif kind == "line":
                if empty:
                    doc = []  # a blank line ends a comment that belongs to nothing
                empty = True
            elif kind != "space":
                self.tokens.append((match.group(), match.start(), match.end(), doc))
                doc, empty = [], False

    def peek(self):
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def next(self, wanted=None):
        if self.at >= len(self.tokens):
            raise Problem(f"{self.path.name}: ends early")
        token = self.tokens[self.at]
        if wanted is not None and token[0] != wanted:
            line = self.text.count("\n", 0, token[1]) + 1
            raise Problem(f"{self.path.name}:{line}: {wanted!r} wanted, found {token[0]!r}")
        self.at += 1
        return token

    def definitions(self):
        result = []
        while self.at < len(self.tokens):
            result.append(self.definition())
        return result

    def definition(self):
        keyword, start, _, doc = self.next()
        if keyword not in ("type", "method", "error"):
            raise Problem(f"{self.path.name}: {keyword!r} is no definition")
        name = self.next()[0]
        if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name):
            raise Problem(f"{self.path.name}: {name!r} is no member name")
        if not doc:
            raise Problem(f"{self.path.name}: {name} has no comment")
        result = Definition(keyword, name, doc)
        if keyword == "type" and self.tokens[self.at + 2][0] in (",", ")"):
            result.keyword = "enum"
            result.cases = self.cases()
        else:
            result.fields = self.struct(name)
        if keyword == "method":
            self.next("->")
            result.reply = self.struct(name)
        result.text = self.text[start : self.tokens[self.at - 1][2]]
        return result

    def cases(self):
        self.next("(")
        result = [self.next()[0]]
        while self.peek() == ",":
            self.next()
            result.append(self.next()[0])
        self.next(")")
        return result

    def struct(self, owner):
        self.next("(")
        result = []
        while self.peek() != ")":
            if result:
                self.next(",")
            name, _, _, doc = self.next()
            if not re.fullmatch(r"[a-z](_?[A-Za-z0-9])*", name):
                raise Problem(f"{self.path.name}: {owner}.{name} is no field name")
            if not doc:
                raise Problem(f"{self.path.name}: {owner}.{name} has no comment")
            if name in [one.name for one in result]:
                raise Problem(f"{self.path.name}: {owner}.{name} stands twice")
            self.next(":")
            result.append(Field(name, self.type(), doc))
        self.next(")")
        if len(result) > MAXIMUM_FIELDS:
            raise Problem(f"{self.path.name}: {owner} has more than {MAXIMUM_FIELDS} fields")
        return result

    def type(self):
        result = Type("")
        if self.peek() == "?":
            self.next()
            result.optional = True
        if self.peek() in ("[]", "[string]"):
            result.shape = self.next()[0]
        result.name = self.next()[0]
        if result.name not in SCALARS and not re.fullmatch(r"[A-Z][A-Za-z0-9]*", result.name):
            raise Problem(f"{self.path.name}: {result.name!r} is no type (anonymous types are not used here)")
        return result


def parse_interface(path):
    parser = Parser(path)
    _, _, _, doc = parser.next("interface")
    name = parser.next()[0]
    if path.name != name + ".varlink":
        raise Problem(f"{path.name}: holds interface {name}")
    return Interface(name, doc, parser.definitions())


def check_names(interface, known):
    """Every type that is used is defined; one namespace for types, methods and errors."""
    names = [one.name for one in interface.definitions]
    for name in names:
        if names.count(name) > 1:
            raise Problem(f"{interface.name}: {name} is defined twice")
    for one in interface.definitions:
        for each in one.fields + one.reply:
            if each.type.name not in SCALARS and each.type.name not in known:
                raise Problem(f"{interface.name}.{one.name}.{each.name}: no type {each.type.name}")


# ---- shared types


def with_shared_types(path, shared, shared_text):
    """The text of an interface with the shared types it reaches between its markers."""
    text = path.read_text(encoding="utf-8")
    if text.count(BEGIN + "\n") != 1 or text.count(END + "\n") != 1:
        raise Problem(f"{path.name}: marker lines {BEGIN!r} and {END!r} must stand once each")
    head, rest = text.split(BEGIN + "\n")
    tail = rest.split(END + "\n")[1]
    needed = {word for word in re.findall(r"[:?\]] *\??([A-Z][A-Za-z0-9]*)", strip_comments(tail)) if word in shared}
    queue = list(needed)
    while queue:
        for each in shared[queue.pop()].fields:
            if each.type.name in shared and each.type.name not in needed:
                needed.add(each.type.name)
                queue.append(each.type.name)
    blocks = [shared_text[name] for name in shared if name in needed]
    return head + BEGIN + "\n\n" + "".join(block + "\n\n" for block in blocks) + END + "\n" + tail


def strip_comments(text):
    return re.sub(r"#[^\n]*", "", text)


def shared_blocks(path):
    """Definitions of shared.varlink and the source text of each with its comment."""
    parser = Parser(path)
    definitions = {one.name: one for one in parser.definitions()}
    texts = {}
    for name, one in definitions.items():
        comment = "".join(f"# {line}".rstrip() + "\n" for line in comment_lines(parser.text, one.text))
        texts[name] = comment + one.text
    return definitions, texts


def comment_lines(text, definition):
    lines = text[: text.index(definition)].split("\n")[:-1]
    result = []
    while lines and lines[-1].startswith("#"):
        result.insert(0, lines.pop()[2:])
    return result


# ---- Swift


def escaped(name):
    return f"`{name}`" if name in KEYWORDS else name


def lower_first(name):
    """camelCase of a member name: KeyReused -> keyReused, GS1Element -> gs1Element."""
    match = re.match(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]+[0-9]*(?=[A-Z])|[A-Z]+$|[A-Z]", name)
    return match.group().lower() + name[match.end() :]


def doc_comment(lines, indent):
    result = []
    for paragraph in join_wrapped(lines):
        result += textwrap.wrap(
            paragraph, WIDTH, initial_indent=indent + "/// ", subsequent_indent=indent + "/// ", break_long_words=False,
            break_on_hyphens=False,
        )
    return result


def join_wrapped(lines):
    return [" ".join(lines)] if lines else []


class Writer:
    def __init__(self, what):
        self.lines = [f"// Generated by scripts/generate-interfaces.py from {what}. Do not edit.", "", "import JSON", ""]

    def add(self, text, indent=""):
        self.lines.append((indent + text).rstrip())

    def doc(self, lines, indent=""):
        self.lines += doc_comment(lines, indent)

    @property
    def text(self):
        return "\n".join(self.lines).rstrip("\n") + "\n"


def write_enum(out, definition, indent):
    out.doc(definition.doc, indent)
    out.add(f"public enum {definition.name}: String, WireEnumeration {{", indent)
    inner = indent + "  "
    for case in definition.cases:
        out.add(f"case {escaped(case)}", inner)
    out.add("")
    out.add("public init?(_ text: JSONText) {", inner)
    out.add("switch text {", inner + "  ")
    for case in definition.cases:
        out.add(f'case "{case}": self = .{escaped_case(case)}', inner + "  ")
    out.add("default: return nil", inner + "  ")
    out.add("}", inner + "  ")
    out.add("}", inner)
    out.add("")
    out.add("public var literal: StaticString {", inner)
    out.add("switch self {", inner + "  ")
    for case in definition.cases:
        out.add(f'case .{escaped_case(case)}: "{case}"', inner + "  ")
    out.add("}", inner + "  ")
    out.add("}", inner)
    out.add("}", indent)


def escaped_case(case):
    return f"`{case}`" if case in ("init", "self") else case


def write_struct(out, name, doc, fields, indent, tolerant, identity=False):
    out.doc(doc, indent)
    out.add(f"public struct {name}: {'KeyedMessage' if identity else 'WireMessage'} {{", indent)
    inner = indent + "  "
    for each in fields:
        out.doc(each.doc, inner)
        out.add(f"public var {escaped(each.name)}: {each.type.swift}", inner)
    if fields:
        out.add("")
    write_initialiser(out, fields, inner)
    out.add("")
    write_reader(out, fields, inner, tolerant)
    out.add("")
    write_writer(out, fields, inner)
    if identity:
        out.add("")
        write_identity(out, fields, inner)
    out.add("}", indent)


def write_initialiser(out, fields, indent):
    parameters = [f"{each.name}: {each.type.swift}" + (" = nil" if each.type.optional else "") for each in fields]
    one_line = f"public init({', '.join(parameters)}) {{"
    if not fields:
        out.add("public init() {}", indent)
        return
    if len(indent + one_line) <= WIDTH:
        out.add(one_line, indent)
    else:
        out.add("public init(", indent)
        for index, parameter in enumerate(parameters):
            out.add(parameter + ("," if index + 1 < len(parameters) else ""), indent + "  ")
        out.add(") {", indent)
    for each in fields:
        out.add(f"self.{each.name} = {escaped(each.name)}", indent + "  ")
    out.add("}", indent)


def write_reader(out, fields, indent, tolerant):
    default = "true" if tolerant else "false"
    out.add(f"public init(reading reader: inout JSONReader, tolerant: Bool = {default}) throws(MessageError) {{", indent)
    inner = indent + "  "
    for each in fields:
        out.add(f"var {escaped(each.name)}: {each.type.base}?", inner)
    if fields:
        out.add("var seen = SeenFields()", inner)
    out.add("try reader.openMessage()", inner)
    out.add("while let key = try reader.nextField() {", inner)
    if fields:
        out.add("switch key {", inner + "  ")
        for index, each in enumerate(fields):
            verb = "readOptional" if each.type.optional else "readRequired"
            call = f'try reader.{verb}(&{escaped(each.name)}, "{each.name}", {index}, &seen, tolerant)'
            out.add(f'case "{each.name}":', inner + "  ")
            out.add(call, inner + "    ")
        out.add("default: try reader.unknownField(key, tolerant)", inner + "  ")
        out.add("}", inner + "  ")
    else:
        out.add("try reader.unknownField(key, tolerant)", inner + "  ")
    out.add("}", inner)
    for each in fields:
        if not each.type.optional:
            out.add(f'guard let {escaped(each.name)} else {{ throw .missing("{each.name}") }}', inner)
    for each in fields:
        out.add(f"self.{each.name} = {escaped(each.name)}", inner)
    out.add("}", indent)


def by_key(fields):
    return sorted(fields, key=lambda each: each.name.encode())


def write_fields(out, fields, indent):
    out.add("writer.beginObject()", indent)
    for each in by_key(fields):
        verb = "writeOptional" if each.type.optional else "writeField"
        out.add(f'writer.{verb}("{each.name}", {escaped(each.name)})', indent)
    out.add("writer.endObject()", indent)


def write_writer(out, fields, indent):
    out.add("public func write(to writer: inout JSONWriter) {", indent)
    write_fields(out, fields, indent + "  ")
    out.add("}", indent)


def write_identity(out, fields, indent):
    out.add("public func writeDecision(to writer: inout JSONWriter) {", indent)
    write_fields(out, [each for each in fields if each.name not in VOLATILE], indent + "  ")
    out.add("}", indent)


def write_type(out, definition, indent):
    if definition.keyword == "enum":
        write_enum(out, definition, indent)
    else:
        write_struct(out, definition.name, definition.doc, definition.fields, indent, tolerant=False)


def shared_types_file(shared):
    out = Writer("shared.varlink")
    out.doc(["Types of the control interfaces. What more than one interface uses, in one place."])
    out.add("public enum Wire {")
    write_type_list(out, shared.values())
    out.add("}")
    return out.text


def write_type_list(out, definitions):
    for index, definition in enumerate(definitions):
        if index:
            out.add("")
        write_type(out, definition, "  ")


def interface_file(interface, shared, outward=False):
    out = Writer(interface.name + ".varlink")
    own = [one for one in interface.definitions if one.keyword in ("type", "enum") and one.name not in shared]
    if own:
        out.add("extension Wire {")
        write_type_list(out, own)
        out.add("}")
        out.add("")
    out.doc(interface.doc)
    out.add(f"public enum {interface.short}Interface {{")
    methods = [one for one in interface.definitions if one.keyword == "method"]
    for index, method in enumerate(methods):
        if index:
            out.add("")
        write_method(out, interface, method, outward)
    out.add("}")
    errors = [one for one in interface.definitions if one.keyword == "error"]
    if errors:
        out.add("")
        write_errors(out, interface, errors)
    return out.text


def write_method(out, interface, method, outward=False):
    keyed = has_key(method)
    out.doc(method.doc, "  ")
    if outward:
        out.add(f"public enum {method.name}: OutwardMethod {{", "  ")
        out.add(f'public static let name = "{interface.name}.{method.name}"', "    ")
    else:
        out.add(f"public enum {method.name}: WireMethod {{", "  ")
        out.add(f"public static let method = Method.{method_case(interface, method)}", "    ")
    out.add("")
    write_struct(
        out, "Input", [f"Parameters of {interface.name}.{method.name}."], method.fields, "    ", tolerant=False,
        identity=keyed,
    )
    out.add("")
    write_struct(out, "Output", [f"Reply of {interface.name}.{method.name}."], method.reply, "    ", tolerant=True)
    out.add("}", "  ")


def has_key(method):
    return any(each.name == "idempotencyKey" for each in method.fields)


def replies(method):
    text = " ".join(method.doc)
    if "Replies: a stream" in text:
        return "stream"
    return "oneThenChanges" if "Replies: one" in text else "one"


def method_case(interface, method):
    return interface.short.lower() + method.name


def write_call(out, head, values, indent):
    """`head(values)`, the values on a line of their own when they do not fit beside it."""
    line = head + (f"({values})" if values else "")
    if len(indent + line) <= WIDTH:
        out.add(line, indent)
        return
    out.add(head + "(", indent)
    # A value stays beside its label.
    for part in textwrap.wrap(values.replace(": ", ":\0"), WIDTH - len(indent) - 2):
        out.add(part.replace("\0", " "), indent + "  ")
    out.add(")", indent)


def write_errors(out, interface, errors):
    short = interface.short
    out.doc([f"An error of {interface.name}, which every Counterfoil interface answers."])
    out.add(f"public enum {short}Error: Error, Hashable, Sendable {{")
    for one in errors:
        out.doc(one.doc, "  ")
        values = ", ".join(f"{each.name}: {each.type.swift}" for each in one.fields)
        write_call(out, f"case {escaped(lower_first(one.name))}", values, "  ")
    out.add("")
    write_error_names(out, interface, errors)
    out.add("")
    write_error_writer(out, short, errors)
    out.add("")
    write_error_reader(out, interface, errors)
    out.add("}")
    out.add("")
    out.doc([f"Parameters of the errors of {interface.name}."])
    out.add(f"public enum {short}ErrorParameters {{")
    for index, one in enumerate(errors):
        if index:
            out.add("")
        write_struct(out, one.name, one.doc, one.fields, "  ", tolerant=True)
    out.add("}")


def write_error_names(out, interface, errors):
    out.doc(["Full name of every error."], "  ")
    out.add("public static let names: [String] = [", "  ")
    for one in errors:
        out.add(f'"{interface.name}.{one.name}",', "    ")
    out.add("]", "  ")
    out.add("")
    out.doc(["Full name, as it stands in a reply."], "  ")
    out.add("public var name: String {", "  ")
    out.add("switch self {", "    ")
    for one in errors:
        out.add(f'case .{lower_first(one.name)}: "{interface.name}.{one.name}"', "    ")
    out.add("}", "    ")
    out.add("}", "  ")


def write_error_writer(out, short, errors):
    out.doc(["Writes the parameters object."], "  ")
    out.add("public func write(to writer: inout JSONWriter) {", "  ")
    out.add("switch self {", "    ")
    for one in errors:
        values = ", ".join(f"let {escaped(each.name)}" for each in one.fields)
        passed = ", ".join(f"{each.name}: {escaped(each.name)}" for each in one.fields)
        out.add(f"case .{lower_first(one.name)}" + (f"({values})" if values else "") + ":", "    ")
        line = f"{short}ErrorParameters.{one.name}({passed}).write(to: &writer)"
        if len(line) + 6 <= WIDTH:
            out.add(line, "      ")
        else:
            out.add(f"{short}ErrorParameters.{one.name}(", "      ")
            out.add(passed, "        ")
            out.add(").write(to: &writer)", "      ")
    out.add("}", "    ")
    out.add("}", "  ")


def write_error_reader(out, interface, errors):
    out.doc(["Reads an error by its full name; nil: a name of another interface or version."], "  ")
    out.add("public init?(name: String, reading reader: inout JSONReader) throws(MessageError) {", "  ")
    out.add("switch name {", "    ")
    for one in errors:
        out.add(f'case "{interface.name}.{one.name}":', "    ")
        bound = "let each" if one.fields else "_"
        out.add(f"{bound} = try {interface.short}ErrorParameters.{one.name}(reading: &reader)", "      ")
        passed = ", ".join(f"{each.name}: each.{each.name}" for each in one.fields)
        case = lower_first(one.name)
        write_call(out, f"self = .{case}", passed, "      ")
    out.add("default: return nil", "    ")
    out.add("}", "    ")
    out.add("}", "  ")


def methods_file(interfaces):
    out = Writer("the .varlink files")
    out.lines = [line for line in out.lines if line != "import JSON"][:2]
    out.doc(["Every method of the control interfaces."])
    out.add("public enum Method: String, CaseIterable, Sendable {")
    pairs = [(i, m) for i in interfaces for m in i.definitions if m.keyword == "method"]
    for interface, method in pairs:
        out.add(f'case {method_case(interface, method)} = "{interface.name}.{method.name}"', "  ")
    out.add("")
    write_method_property(out, pairs, "hasKey", "Bool", "Takes an idempotency key, which means: writes a record.",
                          lambda m: str(has_key(m)).lower(), "false")
    out.add("")
    write_method_property(out, pairs, "replies", "Replies", "How many replies it gives.",
                          lambda m: "." + replies(m), ".one")
    out.add("}")
    return out.text


def write_method_property(out, pairs, name, swift, doc, value, default):
    groups = {}
    for interface, method in pairs:
        groups.setdefault(value(method), []).append("." + method_case(interface, method))
    out.doc([doc], "  ")
    out.add(f"public var {name}: {swift} {{", "  ")
    out.add("switch self {", "    ")
    for result, cases in groups.items():
        if result == default:
            continue
        lines = textwrap.wrap(", ".join(cases), WIDTH - 12)
        out.add(f"case {lines[0]}" + ("" if len(lines) > 1 else ":"), "    ")
        for index, line in enumerate(lines[1:], 2):
            out.add(line + (":" if index == len(lines) else ""), "      ")
        out.add(result, "      ")
    out.add(f"default: {default}", "    ")
    out.add("}", "    ")
    out.add("}", "  ")


def texts_file(interfaces, texts, outward):
    out = Writer("the .varlink files")
    out.lines = out.lines[:2]
    out.doc(["The interface descriptions as GetInterfaceDescription answers them."])
    out.add("public enum InterfaceText {")
    out.doc(["Interface name and text, in the order of GetInfo."], "  ")
    out.add("public static let all: [(name: String, text: String)] = [", "  ")
    for interface in interfaces:
        out.add(f'("{interface.name}", {lower_first(interface.short)}),', "    ")
    out.add("]")
    out.lines[-1] = "  ]"
    for interface in interfaces + outward:
        out.add("")
        out.doc([f"Text of {interface.name}."], "  ")
        out.add(f'public static let {lower_first(interface.short)} = #"""', "  ")
        out.lines += [("    " + line).rstrip() for line in texts[interface.name].rstrip("\n").split("\n")]
        out.add("", "")
        out.add('"""#', "    ")
    out.add("}")
    return out.text


# ---- samples for the tests


def sample(kind, types, full, number=1):
    """A value of a type as a Python value; full: with every optional member."""
    if kind.shape == "[]":
        return [sample(Type(kind.name), types, full, n) for n in ((1, 2) if full else ())]
    if kind.shape == "[string]":
        return {key: sample(Type(kind.name), types, full) for key in (("a", "b\u00e9") if full else ())}
    if kind.name in SCALARS:
        return {"bool": full, "int": -1250 * number, "string": f"\u6587 \"{number}\"", "object": {"x": [1, None]}}[kind.name]
    definition = types[kind.name]
    if definition.keyword == "enum":
        return definition.cases[-1 if full else 0]
    return sample_fields(definition.fields, types, full)


def sample_fields(fields, types, full):
    return {each.name: sample(each.type, types, full) for each in fields if full or not each.type.optional}


def samples_file(interfaces, shared):
    out = Writer("the .varlink files")
    out.lines = out.lines[:2] + ["import Interfaces", ""]
    out.doc(["Every message with all its members, and with only those it must have."])
    out.add("enum MessageSamples {")
    out.add("static let all: [MessageSample] = [", "  ")
    groups = [(None, {n: d for n, d in shared.items()})]
    for interface in interfaces:
        groups.append((interface, {one.name: one for one in interface.definitions}))
    for interface, definitions in groups:
        for one in definitions.values():
            for swift, fields in sample_targets(interface, one, shared):
                write_sample(out, swift, fields, shared | definitions)
    out.add("]", "  ")
    out.add("}")
    return out.text


def sample_targets(interface, one, shared):
    if one.keyword == "type" and (interface is None or one.name not in shared):
        yield f"Wire.{one.name}", one.fields
    elif one.keyword == "method":
        yield f"{interface.short}Interface.{one.name}.Input", one.fields
        yield f"{interface.short}Interface.{one.name}.Output", one.reply
    elif one.keyword == "error":
        yield f"{interface.short}ErrorParameters.{one.name}", one.fields


def write_sample(out, swift, fields, types):
    def text(full):
        value = sample_fields(fields, types, full)
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    required = ", ".join(f'"{each.name}"' for each in fields if not each.type.optional)
    optional = ", ".join(f'"{each.name}"' for each in fields if each.type.optional)
    out.add("MessageSample(", "    ")
    out.add(f"{swift}.self,", "      ")
    for label, each in (("required", required), ("optional", optional)):
        if len(label) + len(each) + 11 <= WIDTH:
            out.add(f"{label}: [{each}],", "      ")
            continue
        out.add(f"{label}: [", "      ")
        for line in textwrap.wrap(each + ",", WIDTH - 10):
            out.add(line, "        ")
        out.add("],", "      ")
    for label, full in (("full", True), ("least", False)):
        out.add(f'{label}: #"""', "      ")
        for line in folded(text(full)):
            out.add("  " + line, "      ")
        out.add('  """#' + ("," if full else ""), "      ")
    out.add("),", "    ")


def folded(text):
    """JSON in lines that fit; broken after commas outside strings, where white space means nothing."""
    pieces, start, inside, index = [], 0, False, 0
    while index < len(text):
        if inside and text[index] == "\\":
            index += 1
        elif text[index] == '"':
            inside = not inside
        elif text[index] == "," and not inside:
            pieces.append(text[start : index + 1])
            start = index + 1
        index += 1
    pieces.append(text[start:])
    lines = [""]
    for piece in pieces:
        if lines[-1] and len(lines[-1]) + len(piece) > WIDTH - 16:
            lines.append("")
        lines[-1] += piece
    return lines


# ---- run

ORDER = ["System", "Sale", "Shift", "Printer", "Scanner", "Drawer", "Device", "Journal"]


def generate():
    """(IDL path -> text, Swift file name -> text, Swift test file name -> text)"""
    folder = ROOT / "IDL"
    shared, blocks = shared_blocks(folder / "shared.varlink")
    paths = sorted(folder.glob("io.*.varlink"))
    idl = {path: with_shared_types(path, shared, blocks) for path in paths}
    interfaces = []
    for path in paths:
        interface = parse_text(path, idl[path])
        known = set(shared) | {one.name for one in interface.definitions}
        check_names(interface, known)
        interfaces.append(interface)
    interfaces.sort(key=lambda one: ORDER.index(one.short))
    # Interfaces that others offer and the daemon calls: no control method, no answer to GetInterfaceDescription.
    outward = [parse_interface(path) for path in sorted((folder / "Outward").glob("io.*.varlink"))]
    for interface in outward:
        check_names(interface, {one.name for one in interface.definitions})
    outward_texts = {i.name: (folder / "Outward" / f"{i.name}.varlink").read_text("utf-8") for i in outward}
    own = [(one.name, i.name) for i in interfaces + outward for one in i.definitions
           if one.keyword in ("type", "enum") and one.name not in shared]
    for name, where in own:
        if [each for each, _ in own].count(name) > 1:
            raise Problem(f"{where}.{name} stands in more than one interface: move it to shared.varlink")
    swift = {"SharedTypes.swift": shared_types_file(shared), "Method.swift": methods_file(interfaces)}
    for interface in interfaces:
        swift[f"{interface.short}Interface.swift"] = interface_file(interface, shared)
    for interface in outward:
        swift[f"{interface.short}Interface.swift"] = interface_file(interface, shared, outward=True)
    texts = {i.name: idl[p] for p in paths for i in interfaces if p.name == i.name + ".varlink"} | outward_texts
    swift["InterfaceText.swift"] = texts_file(interfaces, texts, outward)
    return idl, swift, {"MessageSamples.swift": samples_file(interfaces + outward, shared)}


def parse_text(path, text):
    class Text:
        name = path.name

        @staticmethod
        def read_text(encoding):
            return text

    return parse_interface(Text())


def main():
    arguments = argparse.ArgumentParser(description="Generates the typed messages of Sources/Interfaces.")
    arguments.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file differs")
    arguments.add_argument("--into", type=pathlib.Path, help="write the Swift files into this folder")
    options = arguments.parse_args()
    try:
        idl, swift, tests = generate()
    except Problem as problem:
        print(f"generate-interfaces: {problem}", file=sys.stderr)
        return 1
    target = options.into or ROOT / "Generated"
    wanted = {target / name: text for name, text in swift.items()}
    if not options.into:
        wanted |= idl | {TESTS / name: text for name, text in tests.items()}
    stale = [path for path in target.glob("*.swift") if path not in wanted] if target.exists() else []
    different = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    if options.check:
        for path in different + stale:
            print(f"{path.name} is not what the .varlink files say: run scripts/generate-interfaces.py", file=sys.stderr)
        return 1 if different or stale else 0
    for folder in {path.parent for path in different}:
        folder.mkdir(parents=True, exist_ok=True)
    for path in different:
        path.write_text(wanted[path], encoding="utf-8")
    for path in stale:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
