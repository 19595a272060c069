import Devices
import Engine
import Till

/// One slip that came out of a printer, whole or in part.
struct Paper {
  var printer: String
  var job: String
  var attempt: Int
  var marked: Bool
  /// Leaf of the stub that it shows and which document of it; nil for notes and reports.
  var stub: String?
}

/// A printer with a drawer behind it: takes, loses and half prints, goes off, runs out of paper. It lives through the
/// daemon's crashes; what it would have said to a dead daemon is lost.
struct FakePrinter {
  let name: String
  private var isReady = true
  private var reports: [PrinterReport] = []
  /// Jobs that it says nothing about until it is switched off.
  private var silent: [String] = []

  init(name: String) { self.name = name }

  var hasNews: Bool { !reports.isEmpty }

  private var status: PrinterStatus {
    PrinterStatus(
      state: isReady ? .idle : .closed, power: isReady ? .online : .off, online: isReady, paper: isReady ? .ok : .out,
      cover: .closed, bestLevel: .fenced, columns: 48, encoding: "gb18030", why: isReady ? "" : "off")
  }

  /// The next thing it says.
  mutating func next() -> PrinterReport? { reports.isEmpty ? nil : reports.removeFirst() }

  /// The daemon it talked to is gone.
  mutating func disconnect() {
    reports.removeAll()
    silent.removeAll()
  }

  mutating func ask() { reports.append(.status(status)) }

  /// Answers true when paper came out.
  mutating func print(job: String, _ roll: Int) -> Bool {
    guard isReady, roll >= 8 else {
      isReady = isReady && roll >= 4
      reports.append(.refused(job: job, status: status))
      if isReady { ask() }
      return false
    }
    func end(_ outcome: PrintOutcome, _ level: ProofLevel, sent: Int) -> PrinterReport {
      .ended(PrintEnd(job: job, outcome: outcome, level: level, sentBytes: sent, totalBytes: 900, why: nil))
    }
    switch roll {
    case 8..<14:
      reports.append(end(.lost, .queued, sent: 0))
      return false
    case 14..<24:
      reports.append(end(.unknown, .sent, sent: 400))
    case 24..<30:
      silent.append(job)
    default:
      reports.append(.progress(PrintProgress(job: job, level: .sent, sentBytes: 900, totalBytes: 900)))
      reports.append(end(.done, .fenced, sent: 900))
    }
    ask()
    return true
  }

  mutating func kick(order: String, _ roll: Int) {
    let outcome: Devices.DrawerOutcome = roll < 60 ? .opened : roll < 80 ? .sent : roll < 90 ? .stuck : .unknown
    reports.append(.drawer(order: order, outcome: outcome, why: nil))
  }

  mutating func cancel(job: String) {
    reports.append(
      .ended(PrintEnd(job: job, outcome: .cancelled, level: .queued, sentBytes: 0, totalBytes: 900, why: nil)))
  }

  /// Somebody switches it off or on, or changes the roll.
  mutating func toggle() {
    isReady.toggle()
    for job in silent {
      reports.append(
        .ended(PrintEnd(job: job, outcome: .unknown, level: .sent, sentBytes: 400, totalBytes: 900, why: "off")))
    }
    silent.removeAll()
    ask()
  }
}
