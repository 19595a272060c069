import Devices
import Interfaces

/// Print jobs for people.
package enum JobText {
  package static func list(_ jobs: [Wire.Job], _ style: Style) -> [String] {
    guard !jobs.isEmpty else { return [text("no print jobs", "没有打印任务")] }
    var table = Table(
      (text("JOB", "任务"), .left), (text("WHAT", "内容"), .left), (text("PRINTER", "打印机"), .left),
      (text("OUTCOME", "结果"), .left), (text("PROOF", "证明"), .left), (text("COPY", "份"), .left), ("", .left))
    for job in jobs {
      let what = [Word.text(job.document), job.stub?.stub ?? job.title ?? job.sale ?? ""].filter { !$0.isEmpty }
      table.add(
        tones: (job.job, .plain), (what.joined(separator: " "), .plain), (job.printer, .plain),
        (Word.text(job.outcome), tone(job.outcome)), (Word.text(job.level), .plain),
        (Word.text(job.copy), job.copy == .reprint ? .notice : .plain), (needs(job), .faint))
    }
    return table.lines(style)
  }

  /// Jobs that go on only when a person says so, with the way on; nothing when there are none.
  package static func parked(_ jobs: [Wire.Job], _ style: Style) -> [String] {
    let parked = jobs.filter { $0.needs == .decision || $0.needs == .request }
    guard !parked.isEmpty else { return [] }
    let head = text("\(parked.count) print jobs wait for you:", "\(parked.count) 个打印任务等你决定：")
    let isChoice = parked.contains { $0.needs == .decision }
    return ["", style("! " + head, .notice)] + list(parked, style) + (isChoice ? ["  " + decisions] : [])
      + [
        text(
          "  nobody needs it any more: counterfoil printer decide JOB cancel",
          "  不需要了：counterfoil printer decide 任务 cancel")
      ]
  }

  /// What it waits for or why it ended, with the command that settles it.
  private static func needs(_ job: Wire.Job) -> String {
    switch job.needs {
    case .decision: decide(job)
    case .request: "counterfoil printer decide \(job.job) printAgain"
    case .paper: text("waits for paper", "等待装纸")
    case .cover: text("waits for the cover", "等待合盖")
    case .printer: text("waits for the printer", "等待打印机")
    case nil: why(job.why)
    }
  }

  /// The same after a comma; nothing when it waits for nothing.
  static func waitsFor(_ job: Wire.Job) -> String {
    let words = needs(job)
    return words.isEmpty ? "" : text(", ", "，") + words
  }

  /// What the box says of a device or job, in the language of this process.
  static func why(_ words: String?) -> String {
    words.map { text($0, DevicePhrase.chinese($0)) } ?? ""
  }

  /// Only a person at the printer knows; the choice is theirs, so it is not in the command.
  private static func decide(_ job: Wire.Job) -> String {
    text(
      "look at the paper, then: counterfoil printer decide \(job.job) DECISION",
      "先看纸，然后：counterfoil printer decide \(job.job) DECISION")
  }

  static var decisions: String {
    text(
      "DECISION is itPrinted (it is on the paper), printAgain (it is not) or cancel (nobody needs it)",
      "DECISION 为 itPrinted（纸上有）、printAgain（纸上没有）或 cancel（不需要了）")
  }

  private static func tone(_ outcome: Wire.JobOutcome) -> Style.Tone {
    switch outcome {
    case .done: .good
    case .waiting, .started: .plain
    case .unknown: .notice
    case .lost, .expired, .cancelled: .bad
    }
  }

  /// Ends the program by how the job ended, when somebody waited for that.
  static func judge(_ job: Wire.Job, waited: Bool) throws {
    guard waited else { return }
    switch job.outcome {
    case .done: return
    case .unknown:
      throw Failure(
        "printUnknown", text("it is not known whether \(job.job) printed", "不知道 \(job.job) 是否打印"),
        advice: [decide(job), decisions], exit: .temporary)
    default:
      throw Failure(
        "jobEnded", "\(job.job): \(Word.text(job.outcome))\(job.why == nil ? "" : text(", ", "，") + why(job.why))",
        exit: .refused)
    }
  }
}
