import JSON
import Journal

/// Damaged places in words.
enum HoleText {
  /// One line between the entries; which records it took.
  static func line(_ hole: JournalFault) -> String {
    let lost = hole.sequence.map { first in
      hole.next.map { $0 > first + 1 ? "\(first)–\($0 - 1)" : "\(first)" } ?? "\(first)–"
    }
    return "! \(text("damaged, records lost", "损坏，丢失记录")): \(lost ?? "?")  \(hole)"
  }

  static func failure(_ first: JournalFault, count: Int) -> Failure {
    Failure(
      "journalDamaged",
      text("\(count) damaged places, the first: \(first)", "\(count) 处损坏，第一处：\(first)"),
      advice: [
        text(
          "what is shown behind is whole by itself; whether it is proven says: counterfoil journal verify",
          "其后的记录自身完整；能否证明请看 counterfoil journal verify"),
        ErrorTable.entry("segmentDamaged")?.cure.text ?? "",
      ], exit: .inputOutput)
  }

  /// Where reading goes on behind a damaged place that the daemon named.
  static func next(_ failure: Failure) -> Int64? {
    failure.parameters.flatMap { try? JSON(parsing: $0) }?["next"]?.integer
  }

  static func write(_ fault: JournalFault, to writer: inout JSONWriter) {
    writer.beginObject()
    if let length = fault.length {
      writer.key("bytes")
      writer.integer(length)
    }
    writer.key("file")
    writer.string(fault.file)
    if let next = fault.next {
      writer.key("next")
      writer.integer(next)
    }
    writer.key("offset")
    writer.integer(fault.offset)
    if let sequence = fault.sequence {
      writer.key("sequence")
      writer.integer(sequence)
    }
    writer.key("text")
    writer.string(fault.text)
    writer.endObject()
  }
}
