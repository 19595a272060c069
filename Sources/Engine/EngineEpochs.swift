import Journal
import Synchronization

/// One journal takes the place of another.
extension Engine {
  /// Begins a new epoch when the present journal cannot go on, and sells with it. The same key again gives the same
  /// answer. The answer comes on a thread of its own.
  public func beginEpoch(
    _ order: EpochOrder, then: @escaping @Sendable (Result<EpochBegun, CallError>) -> Void
  ) {
    _ = startThread("epoch") { [self] in
      then(
        changing.withLock { devices in
          guard !devices.isStopped else { return .failure(.notSelling(mode: .reading, reasons: ["shutdown"])) }
          return begin(order, &devices)
        })
    }
  }

  private func begin(_ order: EpochOrder, _ devices: inout Devices) -> Result<EpochBegun, CallError> {
    let before = present.withLock { $0 }
    do {
      guard let root = before.root else {
        return .failure(.notSelling(mode: before.snapshot.mode, reasons: before.snapshot.reasons))
      }
      if let earlier = try EpochBirth.earlier(order, in: root) { return earlier }
      let mode = before.snapshot.mode
      // A new epoch is one of the same till: it would be refused as the old one is.
      guard before.snapshot.reasons.first != "journalOtherTill" else {
        return .failure(.notSelling(mode: mode, reasons: before.snapshot.reasons))
      }
      guard mode == .reading || mode == .locked else {
        // While the journal is being opened it may still turn out to be needed.
        if mode == .recovering { return .failure(.notSelling(mode: mode, reasons: before.snapshot.reasons)) }
        return .failure(
          .journalRule(rule: "epochNotNeeded", text: "the journal is whole and the box sells: no epoch is needed"))
      }
      let begun = try Self.begin(order, mayBeOld: before.isOfAnotherMachine, setup, root)
      if case .running(let running) = before { running.stop(reason: "epoch") }
      before.lookups?.close()
      install(
        Self.open(
          setup, damages, root: root, deliver: deliver, effect: { [effects] in effects.post($0) }, poisoned: poisoned),
        &devices)
      return .success(begun)
    } catch {
      return .failure(Self.failure(error, before.snapshot))
    }
  }

  private func install(_ next: Present, _ devices: inout Devices) {
    present.withLock { $0 = next }
    startThreads(next, &devices)
    changed(next.snapshot)
  }

  /// A start that found no room for what it must write tries again until there is some.
  func waitForRoom() {
    var batch: [Bool] = []
    while retry.take(into: &batch, until: SystemClock.monotonic() + JournalRoom.retry) {
      let isOver = changing.withLock { devices in
        guard !devices.isStopped, case .refused(let before) = present.withLock({ $0 }), before.isFull,
          let root = before.root
        else { return true }
        let next = Self.open(
          setup, damages, root: root, deliver: deliver, effect: { [effects] in effects.post($0) }, poisoned: poisoned)
        guard case .running = next else {
          next.lookups?.close()
          return false
        }
        before.lookups?.close()
        install(next, &devices)
        return true
      }
      if isOver { return }
    }
  }
}
