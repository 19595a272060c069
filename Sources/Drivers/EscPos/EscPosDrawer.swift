import Devices
import EscPos

/// The drawer behind the printer. A pulse is sent at most once for an order: nothing here tries again.
extension EscPosSession {
  /// Carries out one order while no job is under way.
  func kick(_ order: String) {
    let (outcome, why) = carryOutKick()
    switch outcome {
    case .opened, .sent: mailbox.count(.drawerGoodOpenCount)
    case .stuck, .unknown, .notSent: mailbox.count(.drawerFailedOpenCount)
    }
    report(.drawer(order: order, outcome: outcome, why: why))
    scheduleClose()
  }

  private func carryOutKick() -> (DrawerOutcome, String?) {
    do {
      let canPrint = try greet()
      guard transport.isOpen else { return (.notSent, "the printer that feeds the drawer does not answer") }
      // In the buffer of a printer that cannot print, a pulse would wait and open the drawer at any later time.
      guard canPrint || profile.drawer.realTimePulse else { return (.notSent, condition.why) }
      return pulse(realTime: !canPrint)
    } catch {
      lostConnection(error)
      return (.notSent, error.why)
    }
  }

  /// `DLE DC4 1 m t`, executed on receipt.
  private var realTimePulse: [UInt8] {
    let hundreds = UInt8(clamping: min(8, max(1, (profile.drawer.onMilliseconds + 99) / 100)))
    return [0x10, 0x14, 0x01, profile.drawer.pin == 5 ? 1 : 0, hundreds]
  }

  private func pulse(realTime: Bool) -> (DrawerOutcome, String?) {
    let accepted = transport.acceptedBytes
    do {
      if realTime {
        try send(realTimePulse)
      } else {
        try send(EscPosCommand.drawerKick(encoder.profile.drawer) + (profile.proof.fence ? EscPosCommand.fence : []))
      }
      if profile.drawer.contact != .unknown, profile.status.realTime.contains(RealTimeStatusQuery.printer.rawValue) {
        return try watchContact()
      }
      return try awaitPulse(fenced: profile.proof.fence && !realTime)
    } catch {
      let sent = transport.acceptedBytes > accepted
      lostConnection(error)
      return sent ? (.unknown, error.why) : (.notSent, error.why)
    }
  }

  private func watchContact() throws(TransportError) -> (DrawerOutcome, String?) {
    let deadline = transport.now &+ Limits.drawerNanoseconds
    while transport.now < deadline, !stopping {
      guard try ask(.printer) else { break }
      if drawerState == .open { return (.opened, nil) }
      let next = min(deadline, transport.now &+ Limits.drawerLook)
      while transport.now < next, !stopping { try pump(writable: false, until: next) }
    }
    guard questions.isEmpty else {
      disconnect(graceful: false)
      return (.unknown, "the printer did not answer after the pulse")
    }
    return (.stuck, "the drawer's contact still says closed")
  }

  private func awaitPulse(fenced: Bool) throws(TransportError) -> (DrawerOutcome, String?) {
    let deadline = transport.now &+ Limits.fenceNanoseconds
    var look = Limits.firstDrainLook
    while transport.now < deadline, !stopping {
      if fenced ? fenceAnswers > 0 : (transport.unacknowledgedBytes() ?? 0) == 0 { return (.sent, nil) }
      try pump(writable: false, until: fenced ? deadline : min(deadline, transport.now &+ look))
      look = min(look &* 2, Limits.longestDrainLook)
    }
    // The fence's late answer must not stand for a job's.
    disconnect(graceful: false)
    return (.unknown, "the printer took the pulse and did not confirm it")
  }

  /// A drawer must open although a job waits for paper: the real-time pulse passes the buffer.
  func kickWhileProving() {
    guard profile.drawer.realTimePulse, questions.isEmpty, let order = takeKick() else { return }
    let accepted = transport.acceptedBytes
    do {
      try send(realTimePulse)
      mailbox.count(.drawerGoodOpenCount)
      report(.drawer(order: order, outcome: .sent, why: nil))
    } catch {
      mailbox.count(.drawerFailedOpenCount)
      let outcome: DrawerOutcome = transport.acceptedBytes > accepted ? .unknown : .notSent
      report(.drawer(order: order, outcome: outcome, why: error.why))
    }
  }
}
