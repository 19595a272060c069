import ArgumentParser
import Interfaces

/// Options of commands whose words also come on paper.
struct SlipOption: ParsableArguments {
  @Flag(name: .customLong("print"), help: "Prints it.") var isWanted = false
  @Option(help: "On this printer, by name or device id; default: the lane's, else the first that works.")
  var printer: String?

  func validate() throws {
    if printer != nil, !isWanted {
      throw ValidationError(text("--printer goes with --print", "--printer 要与 --print 同用"))
    }
  }

  /// Has the daemon print a slip of what it knows itself, and waits for its end.
  func print(_ kind: Wire.ServiceSlip, _ connection: Connection, _ session: inout Session) throws {
    let output = try session.call(PrinterInterface.PrintService.self, .init(slip: kind, printer: printer))
    if connection.json || output.outcome == .done { connection.show(output) { [Self.done(output)] } }
    try Self.judge(output)
  }

  /// Prints what the doctor found. The output for programs is one object already: it is not added to.
  func print(_ report: DoctorReport, _ connection: Connection) throws {
    let findings = report.findings.prefix(Self.mostFindings).map { finding in
      Wire.ServiceFinding(
        text: Self.cut("\(finding.subject): \(finding.text)"), command: finding.command.map(Self.cut))
    }
    var session = try connection.open()
    let output = try session.call(
      PrinterInterface.PrintService.self, .init(slip: .doctor, printer: printer, findings: Array(findings)))
    if !connection.json, output.outcome == .done { Terminal.writeLine(Self.done(output)) }
    try Self.judge(output)
  }

  /// What one call takes.
  private static let mostFindings = 40
  private static let longest = 400

  private static func cut(_ text: String) -> String {
    var cut = ""
    for character in text {
      guard cut.utf8.count + character.utf8.count <= longest else { break }
      cut.append(character)
    }
    return cut
  }

  private static func done(_ output: PrinterInterface.PrintService.Output) -> String {
    text("printed on \(output.printer)", "已在 \(output.printer) 打印")
  }

  private static func judge(_ output: PrinterInterface.PrintService.Output) throws {
    let printer = output.printer
    switch output.outcome {
    case .done: return
    case .unknown:
      throw Failure(
        "printUnknown", text("it is not known whether \(printer) printed it", "不确定 \(printer) 是否已打印"),
        advice: [text("look at the paper", "看纸")], exit: .temporary)
    default:
      throw Failure(
        "jobEnded", text("\(printer) did not print it", "\(printer) 没有打印"),
        advice: [text("how it is: counterfoil printer status", "查看：counterfoil printer status")], exit: .refused)
    }
  }
}
