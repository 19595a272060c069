import Foundation
import JSON
import Testing

/// One line of `conformance.txt`.
struct ConformanceCase: Sendable {
  enum Verdict: Sendable {
    case accept(rewritten: [UInt8])
    case refuse(error: String)
    case deliberate(error: String, reason: String)
  }

  var name: String
  var verdict: Verdict
  var document: [UInt8]

  /// All committed cases.
  static func all() throws -> [ConformanceCase] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "conformance.txt")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
      if line.hasPrefix("#") { return nil }
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      switch (fields[0], fields.count) {
      case ("accept", 4):
        return ConformanceCase(
          name: fields[1], verdict: .accept(rewritten: bytes(fields[3])), document: bytes(fields[2]))
      case ("refuse", 4):
        return ConformanceCase(name: fields[1], verdict: .refuse(error: fields[2]), document: bytes(fields[3]))
      case ("deliberate", 5):
        return ConformanceCase(
          name: fields[1], verdict: .deliberate(error: fields[2], reason: fields[3]), document: bytes(fields[4]))
      default: throw Malformed(line: String(line))
      }
    }
  }

  struct Malformed: Error {
    var line: String
  }

  /// Resolves «…».
  private static func bytes(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    var rest = Substring(text)
    while let open = rest.firstIndex(of: "«"), let close = rest.firstIndex(of: "»") {
      result += rest[..<open].utf8
      let parts = rest[rest.index(after: open)..<close].split(separator: "*")
      let unit = parts[0].split(separator: " ").compactMap { UInt8($0, radix: 16) }
      for _ in 0..<(parts.count > 1 ? Int(parts[1]) ?? 0 : 1) { result += unit }
      rest = rest[rest.index(after: close)...]
    }
    return result + rest.utf8
  }
}

@Suite struct ConformanceTests {
  @Test func everyCaseIsJudgedAsCommitted() throws {
    let cases = try ConformanceCase.all()
    var deliberate: [String: Int] = [:]
    for item in cases {
      switch item.verdict {
      case .accept(let rewritten): accept(item, rewritten)
      case .refuse(let error): refuse(item, error)
      case .deliberate(let error, let reason):
        refuse(item, error)
        deliberate["\(error): \(reason)", default: 0] += 1
      }
    }
    #expect(cases.count >= 200)
    #expect(Set(cases.map(\.name)).count == cases.count, "names are unique")
    print("JSON conformance: \(cases.count) cases, \(deliberate.values.reduce(0, +)) deliberate refusals")
    for (reason, count) in deliberate.sorted(by: { $0.key < $1.key }) { print("  \(count) × \(reason)") }
  }

  private func accept(_ item: ConformanceCase, _ rewritten: [UInt8]) {
    do {
      let tree = try JSON(parsing: item.document)
      let written = try tree.bytes()
      #expect(written == rewritten, "\(item.name): \(String(decoding: written, as: UTF8.self))")
      #expect(try JSON(parsing: written) == tree, "\(item.name)")
      // The reader without tree accepts the same language.
      try JSONReader.read(item.document) { (reader) throws(JSONError) in
        try reader.skipValue()
        try reader.finish()
      }
    } catch {
      Issue.record("\(item.name): \(error)")
    }
  }

  private func refuse(_ item: ConformanceCase, _ kind: String) {
    let error = #expect(throws: JSONError.self, "\(item.name) was accepted") { try JSON(parsing: item.document) }
    guard let error else { return }
    #expect(String(describing: error.kind).prefix { $0 != "(" } == kind, "\(item.name): \(error)")
    #expect((0...item.document.count).contains(error.offset), "\(item.name)")
    let skipped = #expect(throws: JSONError.self, "\(item.name) was skipped over") {
      try JSONReader.read(item.document) { (reader) throws(JSONError) in
        try reader.skipValue()
        try reader.finish()
      }
    }
    #expect(skipped == error, "\(item.name)")
  }
}

@Suite struct ModuleTests {
  @Test func theModuleImportsNothing() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = root.appending(path: "Sources/JSON")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    #expect(files.count > 5)
    for file in files {
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      #expect(!lines.contains { $0.split(separator: " ").contains("import") && !$0.hasPrefix("//") }, "\(file)")
    }
  }
}
