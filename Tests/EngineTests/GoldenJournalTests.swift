import Engine
import Foundation
import Journal
import Records
import Testing
import Till

/// Journals of earlier versions, made by scripts/make-golden-journals.py: each replays to the state that it had then.
@Suite struct GoldenJournalTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
    "Golden")

  private static func digest(of till: Till) throws -> String {
    let entries = try RecordCodec.encode(state: till, hash: { SHA256.hash($0).hex })
    return SHA256.hash(entries.flatMap { $0.body }).hex
  }

  /// Name and digest, as `digests.txt` holds them.
  private static let known: [(String, String)] = {
    let text = (try? String(contentsOf: folder.appendingPathComponent("digests.txt"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { line in
      let words = line.split(separator: " ").map(String.init)
      return (words.first ?? "", words.last ?? "")
    }
  }()

  @Test func everyJournalReplaysToItsState() throws {
    var names: [String] = []
    for entry in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path) where !entry.hasSuffix(".txt") {
      names.append(entry)
    }
    #expect(names.count >= 2)
    #expect(names.sorted() == Self.known.map(\.0).sorted())
    for (name, wanted) in Self.known {
      let till = try #require(try ReadTill.newest(in: PosixFileSystem(Self.folder.appendingPathComponent(name).path)))
      let digest = try Self.digest(of: till)
      #expect(digest == wanted, "\(name)")
    }
  }
}
