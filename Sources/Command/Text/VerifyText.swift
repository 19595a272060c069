import Interfaces

/// What a check of the journal found, in words. With several epochs each has a line of its own.
enum VerifyText {
  static func lines(_ output: JournalInterface.Verify.Output) -> [String] {
    let epochs = epochs(output)
    let good =
      epochs.isEmpty
      ? text(output.text, "账本完好：序号 0 至 \(output.upTo) 已检查") : text("all epochs are good", "所有纪元完好")
    return [Terminal.style(good, .good)] + epochs
  }

  static func failure(_ output: JournalInterface.Verify.Output) -> Failure {
    let epochs = epochs(output)
    let bad = output.epochs?.filter { !$0.good } ?? []
    let names = bad.map { "\($0.epoch)" }.joined(separator: ", ")
    let message =
      epochs.isEmpty
      ? text(output.text, "账本自序号 \(output.firstBad ?? 0) 起与写下时不同")
      : text("not as it was written: epoch \(names)", "与写下时不同：纪元 \(names)")
    return Failure(
      "journalDamaged", message,
      advice: (epochs.isEmpty ? text([], [output.text]) : epochs) + [
        ErrorTable.entry("segmentDamaged")?.cure.text ?? ""
      ],
      exit: .inputOutput, parameters: output.bytes)
  }

  /// One line an epoch, newest first; none when there is only one.
  private static func epochs(_ output: JournalInterface.Verify.Output) -> [String] {
    guard let epochs = output.epochs, epochs.count > 1 else { return [] }
    return epochs.map { "\(text("epoch", "纪元")) \($0.epoch)  \($0.text)" }
  }
}
