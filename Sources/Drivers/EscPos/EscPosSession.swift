import Devices
import EscPos

/// The work of one printer's thread: mail, connection, status. Jobs and drawers are in extensions beside this file.
///
/// Every wait goes through ``pump(writable:until:)``, so mail and replies are taken wherever the thread stands.
final class EscPosSession {
  let id: DeviceIdentifier
  let profile: PrinterProfile
  let encoder: EscPosEncoder
  let transport: any Transport
  let mailbox: EscPosMailbox
  private let tell: (PrinterReport) -> Void

  /// An order for the drawer, and until when it may be carried out.
  private struct WaitingKick {
    let order: String
    let until: Nanoseconds
  }

  // Mail taken and not done yet.
  private(set) var waitingJob: PrintRequest?
  private var kicks: [WaitingKick] = []
  /// How long an order for the drawer waits for the printer to be free.
  private let kickPatience: Nanoseconds
  var healthWanted = true
  private(set) var stopping = false

  /// The job under way.
  var runningJob: String?
  /// The running job was taken back before its first byte.
  var isCancelled = false
  /// Somebody asked for the status and has not heard yet that it can print; at the start the box itself.
  var isAwaited = true
  /// A job went back to the register: the printer is watched until it can print.
  var refusedJob: String?

  // The connection.
  private var parser = PrinterReplyParser()
  private(set) var condition = PrinterCondition()
  /// Real-time questions without answer yet, in order.
  var questions: [RealTimeStatusQuery] = []
  private(set) var fenceAnswers = 0
  private(set) var identifiers: [ProcessIdentifier] = []
  private var isPaused = false
  var isRefreshing = false
  /// Bytes of a command that an earlier job left unfinished; the printer still waits for them.
  var unfinishedBytes = 0
  var backoff = Backoff()
  /// Next attempt to connect; nil = none, or when the device node comes back.
  var retryAt: Nanoseconds?
  var isAbsent = false
  var closeAt: Nanoseconds?
  var pollAt: Nanoseconds = 0
  var nextProcessNumber: UInt64

  var status: PrinterStatus
  var toldStatus: PrinterStatus?

  init(
    id: DeviceIdentifier, profile: PrinterProfile, encoder: EscPosEncoder, transport: any Transport,
    mailbox: EscPosMailbox, kickPatience: Nanoseconds, report: @escaping (PrinterReport) -> Void
  ) {
    self.id = id
    self.kickPatience = kickPatience
    self.profile = profile
    self.encoder = encoder
    self.transport = transport
    self.mailbox = mailbox
    tell = report
    // Begins anywhere, so that a late answer from before a restart hardly ever names a job of now.
    nextProcessNumber = transport.now / Limits.millisecond
    status = Self.unreachable(profile, why: "not asked yet")
  }

  /// The status of a printer that nobody has heard of.
  static func unreachable(_ profile: PrinterProfile, why: String) -> PrinterStatus {
    PrinterStatus(
      bestLevel: profile.bestLevel, columns: profile.paper.columns,
      encoding: profile.kanji?.encoding ?? profile.codePages.min { $0.key < $1.key }?.value ?? "ascii", why: why)
  }

  func report(_ report: PrinterReport) { tell(report) }

  // MARK: The loop

  func run() {
    publish()
    while true {
      takeMail()
      if stopping { break }
      if let order = takeKick() {
        kick(order)
      } else if let request = waitingJob {
        waitingJob = nil
        refusedJob = nil
        runJob(request)
      } else if healthWanted || isDue {
        checkStatus()
      } else {
        rest()
      }
    }
    if let request = waitingJob { end(request.job, .cancelled, why: Self.stopWords) }
    for kick in kicks { report(.drawer(order: kick.order, outcome: .notSent, why: Self.stopWords)) }
    disconnect(graceful: true)
  }

  private func takeMail() {
    for command in mailbox.take() {
      switch command {
      case .print(let request):
        if waitingJob != nil || runningJob != nil {
          report(.refused(job: request.job, status: status))
        } else {
          waitingJob = request
        }
      case .kick(let order):
        if kicks.count < Limits.waitingKicks {
          kicks.append(WaitingKick(order: order, until: transport.now &+ kickPatience))
        } else {
          report(.drawer(order: order, outcome: .notSent, why: "too many orders wait"))
        }
      case .cancel(let job):
        if waitingJob?.job == job {
          waitingJob = nil
          end(job, .cancelled, why: nil)
        }
        if runningJob == job { isCancelled = true }
        if refusedJob == job { refusedJob = nil }
      case .checkHealth:
        // Who asks gets an answer, also when nothing changed, and hears when a printer that cannot print can again.
        healthWanted = true
        toldStatus = nil
        isAwaited = true
      case .stop: stopping = true
      }
    }
  }

  /// The next drawer order, when one waits.
  func takeKick() -> String? {
    dropLateKicks()
    return kicks.isEmpty ? nil : kicks.removeFirst().order
  }

  /// A drawer that opens when nobody expects it any more stands open unseen: an order that waited too long, behind a job
  /// without paper for example, is not carried out.
  private func dropLateKicks() {
    while let first = kicks.first, transport.now >= first.until {
      kicks.removeFirst()
      mailbox.count(.drawerFailedOpenCount)
      report(.drawer(order: first.order, outcome: .notSent, why: "the printer was busy for too long"))
    }
  }

  static let stopWords = "the daemon stops"

  func end(_ job: String, _ outcome: PrintOutcome, why: String?) {
    report(.ended(PrintEnd(job: job, outcome: outcome, level: .queued, sentBytes: 0, totalBytes: 0, why: why)))
  }

  /// A line stays open: nobody else can use it anyway, and it tells when it is unplugged.
  private var isLine: Bool { id.transport == "serial" }
  var watches: Bool { refusedJob != nil || isAwaited || profile.connection.presence }
  var wantsConnection: Bool { watches || isLine }

  /// Time for a new attempt to connect, or for a question to a printer that cannot print.
  private var isDue: Bool {
    if transport.isOpen { return pollsWhileBlocked && transport.now >= pollAt }
    return wantsConnection && retryAt.map { transport.now >= $0 } ?? false
  }

  private var pollsWhileBlocked: Bool {
    (refusedJob != nil || isAwaited) && profile.status.pollSeconds > 0 && !profile.status.realTime.isEmpty
  }

  /// Waits for mail, for a word from the printer, or for the next due time. Without any of these: for ever.
  private func rest() {
    guard transport.isOpen else {
      let deadline = wantsConnection ? retryAt : nil
      let found = try? transport.wait(for: wantsConnection ? .presence : [], deadline: deadline)
      if found?.contains(.presence) == true { retryAt = transport.now }
      return
    }
    if closeAt == nil { scheduleClose() }
    guard transport.isOpen else { return }
    var deadlines: [Nanoseconds] = []
    if pollsWhileBlocked { deadlines.append(pollAt) }
    if let closeAt, !wantsConnection {
      guard transport.now < closeAt else { return disconnect(graceful: true) }
      deadlines.append(closeAt)
    }
    do {
      try pump(writable: false, until: deadlines.min())
    } catch .closed(.endOfStream) where !isLine {
      // Network printers end idle connections: nothing is wrong.
      disconnect(graceful: false)
      closeAt = nil
      retryAt = transport.now &+ backoff.next()
    } catch {
      lostConnection(error)
    }
  }

  // MARK: Connection

  /// Connects when not connected. A wake in between is mail, not a failure.
  func connect() throws(TransportError) {
    guard !transport.isOpen else { return }
    let deadline = transport.now &+ Nanoseconds(profile.connection.connectSeconds) &* Limits.second
    while true {
      do {
        try transport.open(deadline: deadline)
        break
      } catch .interrupted {
        takeMail()
        if stopping { throw .interrupted }
      }
    }
    forgetReplies()
    isPaused = false
    isAbsent = false
    condition = PrinterCondition()
    if profile.status.automatic {
      try send(EscPosCommand.automaticStatus(mask: encoder.profile.automaticStatusMask))
    }
  }

  /// Answers of the past must not answer questions of now.
  func forgetReplies() {
    _ = parser.reset()
    questions.removeAll()
    identifiers.removeAll()
    fenceAnswers = 0
  }

  /// Ends the connection and keeps what was known of the printer.
  func disconnect(graceful: Bool) {
    guard transport.isOpen else { return }
    let last = transport.close(deadline: transport.now &+ (graceful ? Limits.closeNanoseconds : 0))
    take(last)
    closeAt = nil
    questions.removeAll()
  }

  /// The connection broke or could not be made: say so, and try again later if there is a reason to.
  func lostConnection(_ error: TransportError) {
    disconnect(graceful: false)
    mailbox.count(.communicationErrorCount)
    closeAt = nil
    condition = PrinterCondition()
    // Only the device node's return can help when it is away.
    isAbsent = error == .absent
    retryAt = isAbsent ? nil : transport.now &+ backoff.next()
    var gone = Self.unreachable(profile, why: "\(transport.name): \(error.why)")
    gone.power = .offOffline
    status = gone
    publish()
  }

  /// After work on an open connection: when to let go of it.
  func scheduleClose() {
    guard transport.isOpen, !wantsConnection else { return }
    if profile.connection.idleCloseSeconds == 0 {
      disconnect(graceful: true)
    } else {
      closeAt = transport.now &+ Nanoseconds(profile.connection.idleCloseSeconds) &* Limits.second
    }
  }

  // MARK: Waiting and reading

  /// Waits once and takes what came: mail and replies.
  @discardableResult
  func pump(writable: Bool, until deadline: Nanoseconds?) throws(TransportError) -> TransportReadiness {
    let interest: TransportInterest = writable && !isPaused ? [.readable, .writable] : .readable
    let found = try transport.wait(for: interest, deadline: [deadline, kicks.first?.until].compactMap(\.self).min())
    if found.contains(.woken) { takeMail() }
    dropLateKicks()
    if found.contains(.readable) { take(try transport.read(limit: Limits.readBytes)) }
    return found
  }

  /// Hands a short command over, whole.
  func send(_ command: [UInt8]) throws(TransportError) {
    let deadline = transport.now &+ Limits.commandNanoseconds
    var rest = command[...]
    while true {
      if !isPaused { rest = rest.dropFirst(try transport.write(rest)) }
      if rest.isEmpty { return }
      guard transport.now < deadline, !stopping else { throw .timedOut }
      try pump(writable: true, until: deadline)
    }
  }

  private func take(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    for reply in parser.feed(bytes) {
      switch reply {
      case .realTimeStatus(let byte):
        if !questions.isEmpty { answer(byte, to: questions.removeFirst()) }
      case .automaticStatus(let automatic): condition.apply(automatic)
      case .transmittedStatus(let byte):
        fenceAnswers += 1
        condition.apply(byte, to: TransmitStatusQuery.paper)
      case .processIdentifier(let identifier): identifiers.append(identifier)
      case .offline: condition.isOffline = true
      case .poweringOff: condition.isOffline = true
      case .transmitOff: isPaused = true
      case .transmitOn: isPaused = false
      case .noise: mailbox.count(.communicationErrorCount)
      case .buffersCleared, .information, .block: break
      }
    }
    // Half of the answers is no status: a printer may say "online" and, one answer later, "no paper".
    if !isRefreshing { publishCondition() }
  }

  /// A printer that says "online" has got over what kept it offline; what remains is asked for anew.
  private func answer(_ byte: UInt8, to query: RealTimeStatusQuery) {
    condition.apply(byte, to: query)
    guard query == .printer, condition.isOffline == false else { return }
    if condition.isCoverOpen == true { condition.isCoverOpen = false }
    if condition.paper == .out { condition.paper = nil }
    condition.hasRecoverableError = false
    condition.hasCutterError = false
    condition.hasUnrecoverableError = false
    condition.hasPassingError = false
  }
}
