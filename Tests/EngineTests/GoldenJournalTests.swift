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

  /// All epochs of each, every segment in whatever form it is.
  @Test func everyJournalIsAsItWasWritten() throws {
    for (name, _) in Self.known {
      let root = try PosixFileSystem(Self.folder.appendingPathComponent(name).path)
      let newest = try #require(try EpochFolder.all(in: root).last)
      let reports = try newest.verify(in: root)
      #expect(reports.allSatisfy { $0.isGood }, "\(name): \(reports.text)")
      #expect(reports.allSatisfy { $0.report.from == 0 && $0.report.good > 10 }, "\(name): \(reports.text)")
      if name.hasPrefix("refunds") {
        // What a refund gives back is known from the journal alone.
        let till = try #require(try ReadTill.newest(in: root))
        let refund = try #require(till.followedTenders.first)
        #expect(refund.tender.state == .pending && refund.tender.course?.refund?.total == 1300, "\(name)")
      }
      if name.hasPrefix("corrections") {
        // What a correction takes off, and whose money it carries, is known from the journal alone.
        let till = try #require(try ReadTill.newest(in: root))
        let sale = try #require(till.sales.values.first { $0.kind == .correction })
        #expect(sale.offset?.totals.total == 1050 && sale.totals.due == 150, "\(name)")
        #expect(sale.tenders.map(\.carried?.kind) == [.provider, .cash], "\(name)")
        #expect(till.day.corrections?.count == 3, "\(name)")
      }
      if name.hasPrefix("shown") {
        // Who may still pay, who must decide, and whose word was the last is known from the journal alone.
        let till = try #require(try ReadTill.newest(in: root))
        let waiting = till.followedTenders.map(\.tender).filter(\.showsCode)
        #expect(Set(waiting.map(\.course?.account)) == ["mch-1", nil], "\(name)")
        #expect(till.sales.values.compactMap(\.hold?.why) == [.paidAfterCancel], "\(name)")
        #expect(till.pursuitsInOrder.map(\.tender.isLastWord) == [true], "\(name)")
      }
      guard name.hasPrefix("epochs") else { continue }
      #expect(reports.map(\.epoch) == [1, 0])
      let old = try #require(try EpochFolder.all(in: root).first).files(in: root)
      let names = try old.list()
      #expect(names.filter { $0.hasSuffix(".segz") }.count == 1, "\(name) has a compressed segment")
      // A sale in the compressed segment, its stub and its lines.
      let page = try JournalReader(old).page(from: 0, limit: 100)
      #expect(page.entries.contains { $0.recordClass == .stub })
      // The payment that nobody knew when the old epoch ended is open in the new one.
      let till = try #require(try ReadTill.newest(in: root))
      #expect(till.followedTenders.map(\.tender.state) == [.pending], "\(name)")
    }
  }
}
