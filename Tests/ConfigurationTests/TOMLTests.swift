import Configuration
import Testing

/// The reader of TOML 1.0, by the examples and rules of its specification.
@Suite struct TOMLTests {
  static func root(_ text: String) throws(TOMLFault) -> [String: TOMLNode] { try TOMLParser.parse(text).root }

  static let values: [(String, TOMLNode)] = [
    ("1", .integer(1)), ("+99", .integer(99)), ("-17", .integer(-17)), ("0", .integer(0)), ("-0", .integer(0)),
    ("1_000", .integer(1000)), ("5_349_221", .integer(5_349_221)), ("0xDEAD_beef", .integer(0xDEAD_BEEF)),
    ("0o755", .integer(493)), ("0b11010110", .integer(214)), ("9223372036854775807", .integer(.max)),
    ("-9223372036854775808", .integer(.min)), ("true", .boolean(true)), ("false", .boolean(false)),
    (#""""#, .string("")), (#""a\tb\n\"\\ \u00e9 \U0001F600""#, .string("a\tb\n\"\\ é 😀")),
    (#"'C:\x'"#, .string(#"C:\x"#)),
    ("\"\"\"\na\nb\"\"\"", .string("a\nb")), ("\"\"\"a \\\n   b\"\"\"", .string("a b")),
    ("\"\"\"a \\  \n\n   b\"\"\"", .string("a b")), ("\"\"\"\"two\"\"\"\"", .string("\"two\"")),
    ("'''\nI'm ''here'''", .string("I'm ''here")), ("'''it''ends'''''", .string("it''ends''")),
    ("\"\"\"a\r\nb\"\"\"", .string("a\nb")), ("[]", .array([])),
    ("[ 1, 2 ]", .array([.integer(1), .integer(2)])), ("[\n 1, # one\n 2,\n]", .array([.integer(1), .integer(2)])),
    ("[[1], ['a']]", .array([.array([.integer(1)]), .array([.string("a")])])), ("{}", .table([:])),
    ("{ x = 1, y.z = 'b' }", .table(["x": .integer(1), "y": .table(["z": .string("b")])])),
    ("1.5", .other("a fraction")), ("-0.01e+5", .other("a fraction")), ("5e+22", .other("a fraction")),
    ("inf", .other("a fraction")), ("-nan", .other("a fraction")), ("1979-05-27", .other("a date")),
    ("1979-05-27T07:32:00Z", .other("a date")), ("1979-05-27 07:32:00.5-08:00", .other("a date")),
    ("07:32:00", .other("a date")),
  ]

  @Test(arguments: values)
  func valueIsRead(_ text: String, _ node: TOMLNode) throws {
    #expect(try Self.root("v = \(text)\n") == ["v": node])
    #expect(try Self.root("v=\(text) # and a comment") == ["v": node])
  }

  static let documents: [(String, [String: TOMLNode])] = [
    ("", [:]), ("# only this", [:]), ("\r\na = 1\r\n", ["a": .integer(1)]),
    ("a.b.c = 1\na.b.d = 2", ["a": .table(["b": .table(["c": .integer(1), "d": .integer(2)])])]),
    ("\"a.b\" = 1\n'c d' = 2", ["a.b": .integer(1), "c d": .integer(2)]),
    ("3.14 = 1", ["3": .table(["14": .integer(1)])]),
    ("[a.b]\nx = 1\n[a]\ny = 2", ["a": .table(["b": .table(["x": .integer(1)]), "y": .integer(2)])]),
    ("[ a . 'b' ]\n", ["a": .table(["b": .table([:])])]),
    (
      "[[p]]\nn = 1\n[[p]]\n[p.q]\nr = 2",
      ["p": .array([.table(["n": .integer(1)]), .table(["q": .table(["r": .integer(2)])])])]
    ),
    (
      "[fruit]\napple.color = 'red'\n[fruit.apple.texture]\nsmooth = true",
      ["fruit": .table(["apple": .table(["color": .string("red"), "texture": .table(["smooth": .boolean(true)])])])]
    ),
  ]

  @Test(arguments: documents)
  func documentIsRead(_ text: String, _ root: [String: TOMLNode]) throws { #expect(try Self.root(text) == root) }

  @Test(arguments: [
    "a", "a =", "a = 1 b = 2", "= 1", "a = 1\na = 2", "[a]\n[a]", "a = 1\n[a]", "a = 1\na.b = 2", "[a]\nb = 1\n[a.b]",
    "[[a]]\n[a]", "[a]\n[[a]]", "a = []\n[[a]]", "a = {}\n[a.b]", "a = {b = 1}\na.c = 2", "[a.b]\n[a]\nb.c = 1",
    "[fruit]\napple.color = 1\n[fruit.apple]", "a = { b = 1, b = 2 }", "a = { b = 1, }", "a = { b = 1\n}",
    "a = {b.c = 1, b = 2}",
    "a = [1", "a = [1,,2]", "a = [,]", "a = {", "[a", "[a]]", "[[a]", "[]", "[a..b]", "a = \"x", "a = 'x\ny'",
    "a = \"x\ny\"",
    "a = \"\\q\"", "a = \"\\u12\"", "a = \"\\uD800\"", "a = \"\\U00110000\"", "a = \"\"\"x", "a = \"\\ \"",
    "a = \u{7}1",
    "a = \"\u{1}\"", "# \u{0}", "a = 01", "a = +0x1", "a = 1__0", "a = _1", "a = 1_", "a = 9223372036854775808",
    "a = 0xg",
    "a = True", "a = .5", "a = 5.", "a = yes", "a = ,", "\"\"\"a\"\"\" = 1", "ä = 1", "a = 1\r", "a\nb = 1",
  ])
  func mistakeIsRefused(_ text: String) {
    #expect(throws: TOMLFault.self) { try TOMLParser.parse(text) }
  }

  @Test func linesAreKnownByPath() throws {
    let lines = try TOMLParser.parse("[shop]\nname = 1\n\n[[lane]]\n[[lane]]\nprinter = [\n 1,\n]\ndrawer.pin = 2\n")
      .lines
    #expect(
      lines == [
        "shop": 1, "shop.name": 2, "lane[0]": 4, "lane[1]": 5, "lane[1].printer": 6, "lane[1].drawer.pin": 9,
      ])
    let fault = try #require(throws: TOMLFault.self) { try TOMLParser.parse("a = '''\n\n'''\nb = [\n1\n2]") }
    #expect(fault.line == 6)
  }
}
