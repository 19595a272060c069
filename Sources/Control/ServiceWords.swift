import Devices
import Engine
import Interfaces
import JSON
import Till

/// What the service manager is told beside the protocol: one sentence on what the box waits for, and lines for the log.
public struct ServiceWords: Sendable {
  /// Takes the sentence; called on the event loop when it changed, at most once a second.
  public var status: @Sendable (String) -> Void
  /// Takes a line; called on the event loop.
  public var line: @Sendable (ServiceLine) -> Void

  /// Where both go.
  public init(status: @escaping @Sendable (String) -> Void, line: @escaping @Sendable (ServiceLine) -> Void) {
    self.status = status
    self.line = line
  }

  /// Between two sentences, milliseconds.
  static let pause: Int64 = 1_000
  /// From what happened to the sentence, so that what belongs together is told together, milliseconds.
  static let delay: Int64 = 50
  /// Waits that the sentence names; of the others it says how many there are.
  static let named = 3
  /// Bytes of the sentence at most.
  static let longest = 480

  /// The mode, and what waits for a person, worst first.
  static func sentence(_ mode: Mode, _ waits: [Wire.Wait]) -> String {
    var words = waits.prefix(named).map(\.text)
    if waits.count > named { words.append("\(waits.count - named) more: counterfoil status") }
    let all = ([mode.rawValue] + (words.isEmpty ? [] : [words.joined(separator: "; ")])).joined(separator: ": ")
    var line = ""
    for character in ServiceLine(.info, all).message {
      guard line.utf8.count + character.utf8.count <= longest else { break }
      line.append(character.isNewline ? " " : character)
    }
    return line
  }

  /// The line of a box that stops selling, or sells again; nil while it starts, and for a mode that it had.
  static func line(from before: Mode?, to mode: Mode, _ reasons: [String]) -> ServiceLine? {
    guard let before, mode != .recovering, mode != before else { return nil }
    guard mode != .selling else { return ServiceLine(.info, "mode selling") }
    return ServiceLine(.warning, "mode \(mode.rawValue): \(reasons.joined(separator: ": "))")
  }

  /// The line of a happening that a technician looks for; most are none of the log's.
  static func line(_ happening: Happening) -> ServiceLine? {
    // Read only for what the log has: a sale makes many happenings, and none of them comes here.
    lazy var data = (try? JSON(parsing: happening.data)) ?? .object([])
    lazy var why = data["why"]?.string.flatMap { $0.isEmpty ? nil : ": " + $0 } ?? ""
    lazy var fields: [ServiceLine.Field: String] =
      happening.sequence.map { [.sequence: String($0)] } ?? [:]
    switch (happening.topic, happening.name) {
    case ("device", "printerStatus"):
      fields[.device] = happening.subject
      if data["why"]?.string == "not asked yet" { return nil }
      guard data["ready"]?.bool == true else {
        return ServiceLine(.warning, "printer \(happening.subject) cannot print\(why)", fields)
      }
      return ServiceLine(.info, "printer \(happening.subject) can print\(why)", fields)
    case ("device", "scannerStatus"):
      fields[.device] = happening.subject
      guard data["online"]?.bool == true, data["state"]?.string != "error" else {
        return ServiceLine(.warning, "scanner \(happening.subject) cannot be used\(why)", fields)
      }
      return ServiceLine(.info, "scanner \(happening.subject) can be used", fields)
    case ("scan", "serviceCode"):
      guard let code = data["code"]?.string, let answer = data["answer"]?.string else { return nil }
      let priority: ServiceLine.Priority = answer == "printing" ? .info : .notice
      return ServiceLine(priority, "scanner \(happening.subject): service code \(code): \(answer)", fields)
    case ("device", "providerStatus"):
      fields[.device] = happening.subject
      guard data["online"]?.bool == true else {
        return ServiceLine(.warning, "provider \(happening.subject) cannot be reached\(why)", fields)
      }
      return ServiceLine(.info, "provider \(happening.subject) can be reached", fields)
    case ("device", "providerAccount"):
      let waiting = data["waiting"]?.integer ?? 0
      let name = data["account"]?.string.map { " speaks for account \($0) now" } ?? " does not say its account"
      let said = "provider \(happening.subject)" + name
      guard waiting > 0 else { return ServiceLine(.info, said + ": payments that waited for it go on", fields) }
      return ServiceLine(
        .warning, said + ": \(waiting) payments of another account wait; put the old address back, or decide them",
        fields)
    case ("print", "jobEnded"):
      guard let outcome = data["outcome"]?.string, outcome != "done" else { return nil }
      fields[.job] = happening.subject
      return ServiceLine(.warning, "print job \(happening.subject): \(outcome)\(why)", fields)
    case ("print", "jobDecided"):
      guard let decision = data["decision"]?.string else { return nil }
      fields[.job] = happening.subject
      return ServiceLine(.notice, "print job \(happening.subject): a person decided: \(decision)", fields)
    case ("tender", "tenderUnknown"):
      fields[.sale] = happening.subject
      return ServiceLine(.warning, "sale \(happening.subject): it is not known whether a tender was paid", fields)
    default: return nil
    }
  }
}

extension Control {
  /// Tells the service manager, from now on.
  public func tell(_ words: ServiceWords) {
    server?.execute { [self] in
      serviceWords = words
      refreshStatus()
    }
  }

  /// Something of the box is otherwise. Any thread.
  public func changed() {
    server?.execute { [self] in refreshStatus() }
  }

  /// False for what the log has already, and for a device that is in order and always was.
  func isNews(_ line: ServiceLine) -> Bool {
    guard let device = line.fields.first(where: { $0.field == .device })?.value else { return true }
    let before = deviceLines[device]
    guard line != before, line.priority != .info || before?.priority == .warning else { return false }
    deviceLines[device] = line
    return true
  }

  /// Looks at the box in a moment, unless that is going to be done anyway.
  func refreshStatus() {
    guard serviceWords != nil, !refreshes else { return }
    refreshes = true
    let now = Int64(SystemClock.monotonic() / 1_000_000)
    let wait = max(ServiceWords.delay, (toldAt.map { $0 + ServiceWords.pause - now }) ?? 0)
    server?.execute(afterMilliseconds: wait) { [self] in
      refreshes = false
      guard let serviceWords, let engine else { return }
      let look = engine.snapshot
      reportMode(look)
      if let line = ServiceWords.line(from: saidMode, to: look.mode, look.reasons) { serviceWords.line(line) }
      if look.mode != .recovering { saidMode = look.mode }
      let waits = waits(look, isChinese: false)
      let sentence = ServiceWords.sentence(look.mode, waits)
      guard sentence != told else { return }
      told = sentence
      toldAt = Int64(SystemClock.monotonic() / 1_000_000)
      serviceWords.status(sentence)
    }
  }
}
