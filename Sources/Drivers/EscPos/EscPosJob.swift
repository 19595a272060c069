import Devices
import EscPos

/// What is known of the job under way. A value: it judges, the session moves the bytes.
struct EscPosJob {
  let name: String
  let encoded: EncodedDocument
  let bodyIdentifier: ProcessIdentifier
  let cutIdentifier: ProcessIdentifier
  /// The proof that makes it done on this printer.
  let goal: ProofLevel
  /// Time from now on that paper and bytes may take.
  let budget: Nanoseconds

  var sent = 0
  var level = ProofLevel.queued
  var deadline: Nanoseconds
  /// Waiting for paper, the cover or an error to be cleared.
  var isBlocked = false

  var total: Int { encoded.bytes.count }
  var isSent: Bool { sent == total }
  var isProven: Bool { level >= goal }

  init(
    _ request: PrintRequest, encoded: EncodedDocument, identifiers: (ProcessIdentifier, ProcessIdentifier),
    profile: PrinterProfile, now: Nanoseconds
  ) {
    name = request.job
    self.encoded = encoded
    (bodyIdentifier, cutIdentifier) = identifiers
    goal = Self.goal(of: encoded)
    budget = request.budgetNanoseconds ?? Self.budget(encoded, profile)
    deadline = now &+ budget
  }

  /// The highest proof that the job's own bytes ask for.
  private static func goal(of encoded: EncodedDocument) -> ProofLevel {
    var goal = ProofLevel.drained
    for mark in encoded.proofs {
      switch mark.kind {
      case .fence: goal = max(goal, .fenced)
      case .body: goal = max(goal, .printed)
      case .cut: goal = max(goal, .cut)
      }
    }
    return goal
  }

  /// Twice what the paper's way takes, the cut, the slowest line for the bytes, and a floor for what nobody knows.
  static func budget(_ encoded: EncodedDocument, _ profile: PrinterProfile) -> Nanoseconds {
    let lines = encoded.boundaries.count + profile.cut.feedLines
    let dots = lines * profile.paper.lineHeight * 2
    // 25.4 mm an inch.
    let tenthsOfMillimetres = dots * 254 / max(1, profile.paper.resolution)
    let moving = Nanoseconds(tenthsOfMillimetres) &* Limits.second / Nanoseconds(max(1, profile.mechanics.speed) * 10)
    let cutting = Nanoseconds(profile.mechanics.cutMilliseconds) &* Limits.millisecond
    let sending = Nanoseconds(encoded.bytes.count) &* Limits.second / Limits.slowestBytesPerSecond
    return Limits.jobFloor &+ moving &+ cutting &+ sending
  }

  /// Takes in what the printer and the link said; true when the level rose.
  mutating func judge(identifiers: [ProcessIdentifier], fenceAnswers: Int, unacknowledged: Int?) -> Bool {
    let before = level
    guard isSent else {
      if identifiers.contains(bodyIdentifier) { level = max(level, .printed) }
      return level > before
    }
    level = max(level, .sent)
    if unacknowledged == 0 || (unacknowledged == nil && goal == .drained) { level = max(level, .drained) }
    if fenceAnswers > 0 { level = max(level, .fenced) }
    if identifiers.contains(bodyIdentifier) { level = max(level, .printed) }
    if identifiers.contains(cutIdentifier) { level = max(level, .cut) }
    return level > before
  }

  /// Paper out and the like stop the job's clock once; its end starts it anew.
  mutating func noticeBlock(_ blocked: Bool, now: Nanoseconds) {
    guard blocked != isBlocked else { return }
    isBlocked = blocked
    deadline = now &+ (blocked ? Limits.blockedExtension : budget)
  }

  /// Bytes that the printer still waits for, when the job stops here in the middle of a command.
  var unfinishedBytes: Int {
    guard sent > 0, let end = encoded.boundaries.first(where: { $0 >= sent }) else { return 0 }
    return end - sent
  }

  var progress: PrintProgress { PrintProgress(job: name, level: level, sentBytes: sent, totalBytes: total) }

  func end(_ outcome: PrintOutcome, why: String?) -> PrintEnd {
    PrintEnd(job: name, outcome: outcome, level: level, sentBytes: sent, totalBytes: total, why: why)
  }
}

extension EscPosSession {
  /// Prints one document, at most once.
  func runJob(_ request: PrintRequest) {
    runningJob = request.job
    isCancelled = false
    let ready = prepare()
    if isCancelled || stopping {
      settle()
      scheduleClose()
      return end(request.job, .cancelled, why: stopping ? Self.stopWords : nil)
    }
    guard ready else {
      settle()
      return refuse(request.job)
    }
    let identifiers = nextIdentifiers()
    let proof = ProofRequest(body: identifiers.0, cut: identifiers.1, fence: true)
    let encoded = encoder.encode(request.document, proof: proof)
    var job = EscPosJob(
      request, encoded: encoded, identifiers: identifiers, profile: profile, now: transport.now)
    publishCondition()
    let (end, failure) = carryOut(&job)
    count(job, end)
    finishConnection(job, end, failure)
    settle()
    report(.ended(end))
  }

  /// Connects and asks whether it can print; false when not, with the reason in the status.
  private func prepare() -> Bool {
    let wasOpen = transport.isOpen
    do {
      return try greet()
    } catch {
      // An idle connection may have ended unseen; a new one decides.
      guard wasOpen, !stopping else {
        lostConnection(error)
        return false
      }
      disconnect(graceful: false)
    }
    do {
      return try greet()
    } catch {
      lostConnection(error)
      return false
    }
  }

  func greet() throws(TransportError) -> Bool {
    try connect()
    // A command that an earlier job left half sent would swallow the beginning of this one.
    while unfinishedBytes > 0 {
      let part = min(unfinishedBytes, Limits.writeBytes)
      try send([UInt8](repeating: 0, count: part))
      unfinishedBytes -= part
    }
    forgetReplies()
    guard try refresh() else {
      silent()
      return false
    }
    publishCondition()
    return !condition.isBlocked
  }

  private func carryOut(_ job: inout EscPosJob) -> (PrintEnd, TransportError?) {
    do {
      try transmit(&job)
      try prove(&job)
    } catch {
      if job.isProven { return (job.end(.done, why: nil), error) }
      let outcome: PrintOutcome = job.sent == 0 ? .lost : .unknown
      return (job.end(outcome, why: "\(error.why) after \(job.sent) of \(job.total) bytes"), error)
    }
    guard job.isProven else { return (job.end(job.sent == 0 ? .lost : .unknown, why: missingProof(job)), nil) }
    return (confirm(&job), nil)
  }

  private func missingProof(_ job: EscPosJob) -> String {
    if stopping { return Self.stopWords }
    if job.isBlocked { return "\(condition.why), and nobody cleared it in time" }
    if !job.isSent { return "the printer stopped taking data after \(job.sent) of \(job.total) bytes" }
    return "the printer took all data and did not confirm in time"
  }

  /// Hands the bytes over until all are taken or time is up.
  private func transmit(_ job: inout EscPosJob) throws(TransportError) {
    while !job.isSent, !stopping, transport.now < job.deadline {
      let found = try pump(writable: true, until: job.deadline)
      if found.contains(.writable) {
        let slice = job.encoded.bytes[job.sent..<min(job.total, job.sent + Limits.writeBytes)]
        job.sent += try transport.write(slice)
      }
      follow(&job)
    }
  }

  /// Waits for the proofs until the goal is reached or time is up.
  private func prove(_ job: inout EscPosJob) throws(TransportError) {
    var look = Limits.firstDrainLook
    let pollPause = Nanoseconds(max(1, profile.status.pollSeconds)) &* Limits.second
    var askAt = transport.now &+ pollPause
    var toAsk: [RealTimeStatusQuery] = []
    while job.isSent, !job.isProven, !stopping, transport.now < job.deadline {
      var until = job.deadline
      if job.level < .drained {
        until = min(until, transport.now &+ look)
        look = min(look &* 2, Limits.longestDrainLook)
      }
      if profile.status.pollSeconds > 0, !profile.status.realTime.isEmpty {
        if transport.now >= askAt {
          askAt = transport.now &+ pollPause
          toAsk = [.printer]
        }
        if questions.isEmpty, !toAsk.isEmpty { try askLater(toAsk.removeFirst()) }
        until = min(until, askAt)
      }
      let wasOpen = questions.first
      try pump(writable: false, until: until)
      // Behind the answer "offline" comes the question why.
      if wasOpen == .printer, questions.isEmpty, condition.isOffline == true { toAsk = [.offlineCause, .paper] }
      if questions.isEmpty, !toAsk.isEmpty { try askLater(toAsk.removeFirst()) }
      kickWhileProving()
      follow(&job)
    }
  }

  private func follow(_ job: inout EscPosJob) {
    let rose = job.judge(
      identifiers: identifiers, fenceAnswers: fenceAnswers,
      unacknowledged: job.isSent ? transport.unacknowledgedBytes() : nil)
    job.noticeBlock(condition.isBlocked, now: transport.now)
    if rose { report(.progress(job.progress)) }
  }

  /// The goal is reached: a last look at the printer.
  private func confirm(_ job: inout EscPosJob) -> PrintEnd {
    guard job.level >= .fenced, !profile.status.realTime.isEmpty, !stopping else { return job.end(.done, why: nil) }
    guard (try? refresh()) == true else { return job.end(.done, why: nil) }
    publishCondition()
    if !condition.isBlocked {
      if job.level >= .cut {
        job.level = .clean
        report(.progress(job.progress))
      }
      return job.end(.done, why: nil)
    }
    // A fence says that the data was worked on, not that it is on paper; with a fault right behind it nobody knows.
    return job.level == .fenced ? job.end(.unknown, why: "\(condition.why) as the job ended") : job.end(.done, why: nil)
  }

  private func count(_ job: EscPosJob, _ end: PrintEnd) {
    guard end.outcome == .done else { return }
    mailbox.count(.receiptLinePrintedCount, job.encoded.boundaries.count)
    if job.encoded.bodyEnd < job.total, profile.cut.kind != .none { mailbox.count(.paperCutCount) }
  }

  private func finishConnection(_ job: EscPosJob, _ end: PrintEnd, _ failure: TransportError?) {
    unfinishedBytes = end.outcome == .done ? 0 : job.unfinishedBytes
    if let failure, end.outcome != .done { return lostConnection(failure) }
    // An answer that is still owed would be taken for the next job's: only a new connection is clean.
    let owed = job.encoded.proofs.contains { $0.kind == .fence } && fenceAnswers == 0
    if end.outcome != .done || owed || !questions.isEmpty {
      disconnect(graceful: end.outcome == .done)
    } else {
      scheduleClose()
    }
  }
}
