import Money

extension Till {
  /// The only function that changes state. Takes what ``decide(_:_:)`` made, live or from the journal, and computes no
  /// money. After an error the till is not to be used any more.
  public mutating func apply(_ record: Record) throws(ReplayError) {
    let kind = record.fact.kind
    guard identity != nil || kind == .genesis else {
      throw ReplayError(kind: kind, reason: "comes before genesis")
    }
    if let last = businessDay {
      if record.stamp.businessDay > last { businessDay = record.stamp.businessDay }
    } else if kind != .genesis {
      businessDay = record.stamp.businessDay
    }
    do {
      try applyFact(record.fact, record.stamp)
    } catch {
      switch error {
      case .money: throw ReplayError(kind: kind, reason: "a sum does not fit")
      case .reason(let reason): throw ReplayError(kind: kind, reason: reason)
      }
    }
  }

  /// Applies a decision's records in order.
  public mutating func apply(_ decision: Decision) throws(ReplayError) {
    for record in decision.records { try apply(record) }
  }

  private mutating func applyFact(_ fact: Fact, _ stamp: Stamp) throws(ApplyError) {
    switch fact {
    case .genesis(let genesis): try applyGenesis(genesis)
    case .boot(let boot): applyBoot(boot, stamp)
    case .stop: break
    case .config(let changed): configuration = changed.configuration
    case .saleOpened(let opened): try applySaleOpened(opened, stamp)
    case .linesAdded(let added): try applyLinesAdded(added, stamp)
    case .lineChanged(let changed): try applyLineChanged(changed, stamp)
    case .lineRemoved(let removed): try applyLineRemoved(removed, stamp)
    case .adjustmentsSet(let set): try applyAdjustmentsSet(set, stamp)
    case .partySet(let set): try change(set.sale, set.revision, stamp) { sale in sale.member = set.member }
    case .saleParked(let parked): try applyParked(parked, stamp)
    case .saleUnparked(let unparked): try applyUnparked(unparked, stamp)
    case .saleTotaled(let totaled): try applyTotaled(totaled, stamp)
    case .saleReopened(let reopened): try applyReopened(reopened, stamp)
    case .saleVoided(let voided): try applyVoided(voided, stamp)
    case .saleHeld(let held): try applyHeld(held, stamp)
    case .heldResolved(let resolved): try applyResolved(resolved, stamp)
    case .approvalGranted(let approval): applyApproval(approval, stamp)
    case .tenderIntended(let changed), .tenderPending(let changed), .tenderApproved(let changed),
      .tenderDeclined(let changed), .tenderUnknown(let changed), .tenderReversing(let changed),
      .tenderReversed(let changed), .tenderMismatched(let changed), .tenderTested(let changed):
      try applyTender(changed, stamp)
    case .tenderCorrected(let corrected): try applyTenderCorrected(corrected)
    case .salePaid(let paid): try applyPaid(paid, stamp)
    case .stubSealed(let stub): try applyStub(stub, stamp)
    case .deliveryOrdered(let ordered): applyDelivery(ordered)
    case .jobQueued(let job): try applyJobQueued(job)
    case .jobStarted(let started): try applyJobStarted(started)
    case .jobEnded(let ended): try applyJobEnded(ended)
    case .jobDecided(let decided): try applyJobDecided(decided)
    case .drawerOrdered(let ordered): try applyDrawerOrdered(ordered, stamp)
    case .drawerEnded(let ended): try applyDrawerEnded(ended)
    case .shiftOpened(let opened): try applyShiftOpened(opened, stamp)
    case .cashMoved(let moved): try applyCashMoved(moved, stamp)
    case .shiftClosed(let closed): try applyShiftClosed(closed)
    case .dayClosed(let closed): try applyDayClosed(closed)
    }
  }

  /// Uses an approval up.
  mutating func use(_ approval: String?) {
    guard let approval, approvals.removeValue(forKey: approval) != nil else { return }
    spentApprovals.note(approval)
  }
}

/// Why a record does not follow.
enum ApplyError: Error {
  case money
  case reason(String)
}

/// Adds up recorded amounts.
func recorded<T>(_ body: () throws(MoneyError) -> T) throws(ApplyError) -> T {
  do { return try body() } catch { throw .money }
}
