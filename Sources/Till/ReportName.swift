/// What a report job prints, as its record names it.
public enum ReportName: Hashable, Sendable {
  /// `x`: the running day.
  case day
  /// `x:s12`: an open shift.
  case shift(String)
  /// `shift:s12`: a closed shift.
  case closedShift(String)
  /// `z:7`: a closed day.
  case closedDay(Int64)
  /// `cash:j17`: the movement of cash whose event queued this job; `cash:345`: the one at this sequence.
  case movement(String)

  /// Reads a name; nil when it is none.
  public init?(_ text: String) {
    guard let colon = text.firstIndex(of: ":") else {
      guard text == "x" else { return nil }
      self = .day
      return
    }
    let rest = String(text[text.index(after: colon)...])
    guard !rest.isEmpty else { return nil }
    switch text[..<colon] {
    case "x": self = .shift(rest)
    case "shift": self = .closedShift(rest)
    case "z":
      guard let number = Int64(rest) else { return nil }
      self = .closedDay(number)
    case "cash": self = .movement(rest)
    default: return nil
    }
  }

  public var text: String {
    switch self {
    case .day: "x"
    case .shift(let shift): "x:\(shift)"
    case .closedShift(let shift): "shift:\(shift)"
    case .closedDay(let number): "z:\(number)"
    case .movement(let place): "cash:\(place)"
    }
  }

  /// True for figures that still run: each print is an original with its own time. The others stand still, and a second
  /// slip of them says that it is one.
  public var isRunning: Bool {
    switch self {
    case .day, .shift: true
    case .closedShift, .closedDay, .movement: false
    }
  }
}
