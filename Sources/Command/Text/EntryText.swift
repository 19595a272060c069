import JSON
import Journal

/// A journal record for people who look for a fault.
package enum EntryText {
  /// The record's frame in lines, then its entry.
  package static func dump(_ entry: StoredEntry) -> [String] {
    let time = Moment.text(entry.wallMilliseconds) + (entry.trusted ? "" : " " + text("(not trusted)", "（不可信）"))
    return [
      "\(entry.sequence)  \(entry.kind)  \(text("class", "类")) \(entry.recordClass.rawValue)"
        + (entry.continues ? "  " + text("continues", "未完") : ""),
      "  \(text("segment", "段")) \(entry.position.segment)  \(text("offset", "位置")) \(entry.position.offset)  "
        + "\(text("boot", "启动")) \(entry.boot)  \(text("boottime", "开机时长")) \(entry.bootNanoseconds / 1_000_000) ms  \(time)",
      "  \(text("leaf ", "叶")) \(entry.leaf)", "  \(text("chain", "链")) \(entry.chain)",
      "  \(String(decoding: entry.entry, as: UTF8.self))",
    ]
  }
}

/// What a salvage found.
enum CopyText {
  static func lines(_ report: SalvageReport) -> [String] {
    var lines = report.files
    lines += report.unreadable.map {
      "\(text("unreadable", "读不出")): \($0.file), \(text("offset", "位置")) \($0.offset), \($0.length) \(text("bytes", "字节"))"
    }
    lines += report.damaged.map { "\(text("damaged", "损坏")): \($0)" }
    lines += report.lost.map { "\(text("lost", "丢失")): \($0.lowerBound)–\($0.upperBound)" }
    let last = report.last.map { ", \(text("the last one", "最后一条")) \($0)" } ?? ""
    return lines + ["\(report.records) \(text("records copied", "条记录已复制"))\(last)"]
  }

  static func json(_ report: SalvageReport, epoch: UInt32) -> String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("damaged")
    writer.beginArray()
    for fault in report.damaged { HoleText.write(fault, to: &writer) }
    writer.endArray()
    writer.key("epoch")
    writer.integer(epoch)
    writer.key("files")
    writer.beginArray()
    for file in report.files { writer.string(file) }
    writer.endArray()
    if let last = report.last {
      writer.key("last")
      writer.integer(last)
    }
    writer.key("lost")
    writer.beginArray()
    for range in report.lost {
      writer.beginArray()
      writer.integer(range.lowerBound)
      writer.integer(range.upperBound)
      writer.endArray()
    }
    writer.endArray()
    writer.key("records")
    writer.integer(report.records)
    writer.key("unreadable")
    writer.integer(report.unreadable.count)
    writer.endObject()
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
