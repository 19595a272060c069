import JSON

/// The values of the certification sequence: what each method answers, which is also what the next one must be given.
enum Expectations {
  static let pi = 3.141592653589793

  static let structure: JSON = ["bool": false, "int": 2, "float": .number(pi), "string": "a lot of string"]
  static let map: JSON = ["foo": "Foo", "bar": "Bar"]
  static let set: JSON = ["one": [:], "two": [:], "three": [:]]
  static let myType: JSON = [
    "object": ["method": "org.varlink.certification.Test09", "parameters": ["map": ["foo": "Foo", "bar": "Bar"]]],
    "enum": "two",
    "struct": ["first": 1, "second": "2"],
    "array": ["one", "two", "three"],
    "dictionary": ["foo": "Foo", "bar": "Bar"],
    "stringset": ["one": [:], "two": [:], "three": [:]],
    "nullable": nil,
    "nullable_array_struct": nil,
    "interface": [
      "foo": [nil, ["foo": "foo", "bar": "bar"], nil, ["one": "foo", "two": "bar"]],
      "anon": ["foo": true, "bar": false],
    ],
  ]
  static let lines = (1...10).map { "Reply number \($0)" }

  /// Method, what it is given beside the client id, what it answers. Test10 streams and Test11 answers nothing.
  static let steps: [(method: String, parameters: JSON, reply: JSON)] = [
    ("Test01", [:], ["bool": true]),
    ("Test02", ["bool": true], ["int": 1]),
    ("Test03", ["int": 1], ["float": .number(1)]),
    ("Test04", ["float": .number(1)], ["string": "ping"]),
    ("Test05", ["string": "ping"], structure),
    ("Test06", structure, ["struct": structure]),
    ("Test07", ["struct": structure], ["map": map]),
    ("Test08", ["map": map], ["set": set]),
    ("Test09", ["set": set], ["mytype": myType]),
    ("Test10", ["mytype": myType], [:]),
    ("Test11", ["last_more_replies": .array(lines.map { .string($0) })], [:]),
    ("End", [:], ["all_ok": true]),
  ]

  /// Equality as Varlink sees it: members in any order, null members left out, whole floats as integers.
  /// `anyCase`: member names may differ in case; Debian's Go server answers `Foo` for a member declared `foo`.
  static func same(_ left: JSON, _ right: JSON, anyCase: Bool = false) -> Bool {
    func alike(_ a: String, _ b: String) -> Bool { anyCase ? a.lowercased() == b.lowercased() : a == b }
    switch (left, right) {
    case (.object(let a), .object(let b)):
      let (a, b) = (a.filter { !$0.value.isNull }, b.filter { !$0.value.isNull })
      return a.count == b.count
        && a.allSatisfy { member in
          b.contains { alike($0.key, member.key) && same($0.value, member.value, anyCase: anyCase) }
        }
    case (.array(let a), .array(let b)):
      return a.count == b.count && zip(a, b).allSatisfy { same($0, $1, anyCase: anyCase) }
    case (.integer, .number), (.number, .integer): return left.double == right.double
    default: return left == right
    }
  }

  static func adding(_ client: String, to parameters: JSON) -> JSON {
    .object([JSON.Member("client_id", .string(client))] + (parameters.object ?? []))
  }
}
