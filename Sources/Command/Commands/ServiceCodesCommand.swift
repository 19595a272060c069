import ArgumentParser
import Engine
import Interfaces

struct ServiceCodesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "service-codes", abstract: "Barcodes that make a box without keyboard print how it is.",
    discussion: """
      Held before any scanner of the box, they print a slip; they change nothing. --print puts them on paper, to be kept; that
      is a note, so the box must be selling. --svg writes a drawing for an office printer, and needs no box.
      EXAMPLE: counterfoil service-codes
      EXAMPLE: counterfoil service-codes --print --printer front
      EXAMPLE: counterfoil service-codes --svg > service-codes.svg
      """)
  @OptionGroup var connection: Connection
  @OptionGroup var key: KeyOption
  @OptionGroup var person: OperatorOption
  @Flag(help: "Prints them.") var print = false
  @Flag(help: "As QR codes; default: Code 128, which every scanner reads.") var qr = false
  @Option(help: "On this printer, by name or device id; default: the lane's.") var printer: String?
  @Flag(help: "Writes them as a drawing.") var svg = false

  func validate() throws {
    if print, svg { throw ValidationError(text("--print or --svg, not both", "--print 与 --svg 只能选一个")) }
    if !print, qr || printer != nil {
      throw ValidationError(text("--qr and --printer go with --print", "--qr 和 --printer 要与 --print 同用"))
    }
  }

  func run() throws {
    if svg { return ServiceCodeSheet.svg().forEach { Terminal.writeLine($0) } }
    guard print else { return list() }
    var session = try connection.open()
    let used = key.make()
    let input = PrinterInterface.Print.Input(
      idempotencyKey: used, printer: printer, title: text("Service codes", "服务码"),
      elements: ServiceCodeSheet.elements(qr: qr), session: try person.signIn(&session))
    let output = try session.follow(PrinterInterface.Print.self, input, key: used, wait: true)
    connection.show(output) { JobText.list([output.job], Terminal.style) }
    try JobText.judge(output.job, waited: true)
  }

  private func list() {
    if connection.json {
      for code in ServiceCode.allCases { Terminal.writeLine("{\"code\":\"\(code.rawValue)\"}") }
      return
    }
    for code in ServiceCode.allCases { Terminal.writeLine("\(code.rawValue)  \(ServiceCodeSheet.title(code))") }
  }
}
