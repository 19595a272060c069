import Devices
import EscPos

/// What the printer says of itself, and what is told to the register.
extension EscPosSession {
  /// Asks one question and waits for its answer; false when none came in time.
  func ask(_ query: RealTimeStatusQuery) throws(TransportError) -> Bool {
    let deadline = transport.now &+ Nanoseconds(profile.status.answerMilliseconds) &* Limits.millisecond
    questions.append(query)
    try send(EscPosCommand.realTimeStatus(query))
    while !questions.isEmpty, transport.now < deadline, !stopping {
      try pump(writable: false, until: deadline)
    }
    return questions.isEmpty
  }

  /// Sends one question without waiting, unless one is open already.
  func askLater(_ query: RealTimeStatusQuery) throws(TransportError) {
    guard questions.isEmpty, profile.status.realTime.contains(query.rawValue) else { return }
    questions.append(query)
    try send(EscPosCommand.realTimeStatus(query))
  }

  /// Asks everything that this printer answers; false when it stayed silent. One question at a time, because the
  /// answers do not say which question they belong to.
  func refresh() throws(TransportError) -> Bool {
    isRefreshing = true
    defer { isRefreshing = false }
    for query in [RealTimeStatusQuery.printer, .offlineCause, .paper, .error]
    where profile.status.realTime.contains(query.rawValue) {
      guard try ask(query) else {
        // A late answer would be taken for another question's: only a new connection is clean.
        questions.removeAll()
        return false
      }
    }
    // The first look at a printer is done with this; somebody who asked is answered by a status of his own.
    if !isAwaited { healthWanted = false }
    return true
  }

  func checkStatus() {
    healthWanted = false
    pollAt = transport.now &+ Nanoseconds(max(1, profile.status.pollSeconds)) &* Limits.second
    do {
      try connect()
      guard try refresh() else { return silent() }
      retryAt = nil
      publishCondition()
      scheduleClose()
    } catch {
      if !stopping { lostConnection(error) }
    }
  }

  /// Connected, but no answer: another computer may be printing, or it is no printer.
  func silent() {
    disconnect(graceful: false)
    mailbox.count(.communicationErrorCount)
    // A line whose printer is off tells nothing when it is switched on; asking for no reason would never end.
    retryAt = watches ? transport.now &+ backoff.next() : nil
    status = Self.unreachable(
      profile, why: "connected, but it does not answer: another computer may be printing, or this is no printer")
    status.power = .offline
    publish()
  }

  /// Gives the job back and watches the printer for it.
  func refuse(_ job: String) {
    refusedJob = job
    pollAt = transport.now &+ Nanoseconds(max(1, profile.status.pollSeconds)) &* Limits.second
    if !transport.isOpen, retryAt == nil, !isAbsent { retryAt = transport.now &+ backoff.next() }
    report(.refused(job: job, status: status))
  }

  func publishCondition() {
    var next = status
    next.online = !condition.isBlocked
    next.power = condition.isOffline == true ? .offline : .online
    next.state = condition.isBlocked ? .error : runningJob == nil ? .idle : .busy
    next.paper = condition.paper.flatMap { PaperState(rawValue: $0.rawValue) } ?? .unknown
    next.cover = condition.isCoverOpen.map { $0 ? .open : .closed } ?? .unknown
    next.fault = condition.fault
    next.drawer = drawerState
    next.why = condition.why
    status = next
    if !condition.isBlocked {
      backoff.reset()
      refusedJob = nil
      isAwaited = false
    }
    publish()
  }

  /// No job runs any more; what else is known of the printer stays.
  func settle() {
    runningJob = nil
    guard status.state == .busy else { return }
    status.state = .idle
    publish()
  }

  var drawerState: DrawerState {
    guard let high = condition.isDrawerPinHigh else { return .unknown }
    switch profile.drawer.contact {
    case .unknown: return .unknown
    case .openIsHigh: return high ? .open : .closed
    case .openIsLow: return high ? .closed : .open
    }
  }

  func publish() {
    let last = toldStatus
    guard last != status else { return }
    toldStatus = status
    if status.online, last?.online != true { mailbox.count(.onlineTransitionCount) }
    if status.cover == .open, last?.cover != .open { mailbox.count(.receiptCoverOpenCount) }
    if status.fault != .none, last?.fault != status.fault { mailbox.count(.printerFaultCount) }
    report(.status(status))
    if status.drawer != last?.drawer, status.drawer != .unknown { report(.drawerState(status.drawer)) }
  }

  /// Two new identifiers for a job, the second greater than the first.
  func nextIdentifiers() -> (ProcessIdentifier, ProcessIdentifier) {
    defer { nextProcessNumber &+= 2 }
    return (ProcessIdentifier(number: nextProcessNumber), ProcessIdentifier(number: nextProcessNumber &+ 1))
  }
}
