import ArgumentParser
import JSON

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Cause and cure of an error, mode, reason or rule.",
    discussion: """
      EXAMPLES
        counterfoil explain                     all codes
        counterfoil explain NotSelling
        counterfoil explain journalPoisoned
      """)
  @Flag(help: "Output for programs, one JSON object a line, in both languages.") var json = false
  @Argument(help: "The code, in full or its last part; without one all are listed.") var code: String?

  func run() throws {
    guard let code else {
      if json { return ErrorTable.all.forEach(Self.writeJSON) }
      var table = Table((text("CODE", "代码"), .left), (text("CAUSE", "原因"), .left))
      for entry in ErrorTable.all {
        table.add(entry.group == .rule ? entry.code : ErrorTable.shortName(entry.code), entry.cause.text)
      }
      return table.lines(Terminal.style).forEach { Terminal.writeLine($0) }
    }
    let found = ErrorTable.matches(code)
    guard !found.isEmpty else {
      let similar = ErrorTable.similar(to: code)
      throw Failure(
        "usage", text("no code \(code)", "没有代码 \(code)"),
        advice: similar.isEmpty
          ? [text("list all: counterfoil explain", "列出全部：counterfoil explain")]
          : [text("did you mean: ", "是不是：") + similar.joined(separator: ", ")], exit: .usage)
    }
    for entry in found {
      if json {
        Self.writeJSON(entry)
      } else {
        Terminal.writeLine(Terminal.style(entry.code, .heading))
        Terminal.writeLine("  \(text("cause", "原因")): \(entry.cause.text)")
        Terminal.writeLine("  \(text("cure", "处理")): \(entry.cure.text)")
        if entry.exit != .ok { Terminal.writeLine("  \(text("exit code", "退出码")): \(entry.exit.rawValue)") }
      }
    }
  }

  private static func writeJSON(_ entry: ErrorEntry) {
    func both(_ words: Bilingual) -> JSON {
      .object([JSON.Member("en", .string(words.english)), JSON.Member("zh", .string(words.chinese))])
    }
    let object = JSON.object([
      JSON.Member("cause", both(entry.cause)), JSON.Member("code", .string(entry.code)),
      JSON.Member("cure", both(entry.cure)), JSON.Member("exit", .integer(Int64(entry.exit.rawValue))),
      JSON.Member("group", .string(entry.group.rawValue)),
    ])
    Terminal.writeLine(String(decoding: (try? object.bytes()) ?? [], as: UTF8.self))
  }
}
