import Devices
import EscPos

extension PrinterCondition {
  /// The gravest fault known.
  var fault: PrinterFault {
    if hasUnrecoverableError == true { return .unrecoverable }
    if hasCutterError == true { return .cutter }
    if hasPassingError == true { return .overheated }
    if hasRecoverableError == true { return .recoverable }
    return .none
  }

  /// For people: what keeps it from printing; empty when nothing does.
  var why: String {
    var reasons: [String] = []
    if isCoverOpen == true { reasons.append("cover open") }
    if paper == .out { reasons.append("out of paper") }
    switch fault {
    case .unrecoverable: reasons.append("broken: needs a technician")
    case .cutter: reasons.append("cutter jammed")
    case .overheated: reasons.append("print head too hot")
    case .recoverable: reasons.append("error: open and close the cover")
    case .none, .unknown: break
    }
    if reasons.isEmpty, isOffline == true { reasons.append("switched offline at the printer") }
    return reasons.joined(separator: ", ")
  }
}
