import Money

/// One entry of the journal: what happened, with its stamp. Records hold results; ``Till/apply(_:)`` computes no money.
public struct Record: Hashable, Sendable {
  public var stamp: Stamp
  public var fact: Fact

  /// Memberwise.
  public init(stamp: Stamp, fact: Fact) {
    self.stamp = stamp
    self.fact = fact
  }
}

/// What happened. One case per kind of entry that the journal core does not write itself.
public indirect enum Fact: Hashable, Sendable {
  case genesis(Genesis)
  case boot(Boot)
  case stop(reason: String)
  case config(ConfigurationChanged)

  case saleOpened(SaleOpened)
  case linesAdded(LinesAdded)
  case lineChanged(LineChanged)
  case lineRemoved(LineRemoved)
  case adjustmentsSet(AdjustmentsSet)
  case partySet(PartySet)
  case saleParked(SaleParked)
  case saleUnparked(SaleUnparked)
  case saleTotaled(SaleTotaled)
  case saleReopened(SaleReopened)
  case saleVoided(SaleVoided)
  case saleHeld(SaleHeld)
  case heldResolved(HeldResolved)
  case approvalGranted(Approval)
  case tenderIntended(TenderChanged)
  case tenderPending(TenderChanged)
  case tenderApproved(TenderChanged)
  case tenderDeclined(TenderChanged)
  case tenderUnknown(TenderChanged)
  case tenderReversing(TenderChanged)
  case tenderReversed(TenderChanged)
  case tenderMismatched(TenderChanged)
  case tenderCorrected(TenderCorrected)
  /// The provider said what it knows of what a person decided.
  case tenderTested(TenderChanged)
  case salePaid(SalePaid)
  case stubSealed(StubSealed)

  case deliveryOrdered(DeliveryOrdered)
  case jobQueued(PrintJob)
  case jobStarted(JobStarted)
  case jobEnded(JobEnded)
  case jobDecided(JobDecided)
  case drawerOrdered(DrawerOrdered)
  case drawerEnded(DrawerEnded)
  case shiftOpened(ShiftOpened)
  case cashMoved(CashMoved)
  case shiftClosed(ShiftClosed)
  case dayClosed(DayClosed)
}

/// The kinds of entries, by their names in the journal.
public enum RecordKind: String, Sendable, CaseIterable {
  case genesis, boot, stop, config
  case saleOpened, linesAdded, lineChanged, lineRemoved, adjustmentsSet, partySet, saleParked, saleUnparked
  case saleTotaled, saleReopened, saleVoided, saleHeld, heldResolved, approvalGranted
  case tenderApproved, tenderDeclined, tenderUnknown, tenderReversed, salePaid, stubSealed
  case tenderIntended, tenderPending, tenderReversing, tenderMismatched, tenderTested, tenderCorrected
  case deliveryOrdered, jobQueued, jobStarted, jobEnded, jobDecided, drawerOrdered, drawerEnded
  case shiftOpened, cashMoved, shiftClosed, dayClosed
}

extension Fact {
  /// The kind's name in the journal.
  public var kind: RecordKind {
    switch self {
    case .genesis: .genesis
    case .boot: .boot
    case .stop: .stop
    case .config: .config
    case .saleOpened: .saleOpened
    case .linesAdded: .linesAdded
    case .lineChanged: .lineChanged
    case .lineRemoved: .lineRemoved
    case .adjustmentsSet: .adjustmentsSet
    case .partySet: .partySet
    case .saleParked: .saleParked
    case .saleUnparked: .saleUnparked
    case .saleTotaled: .saleTotaled
    case .saleReopened: .saleReopened
    case .saleVoided: .saleVoided
    case .saleHeld: .saleHeld
    case .heldResolved: .heldResolved
    case .approvalGranted: .approvalGranted
    case .tenderIntended: .tenderIntended
    case .tenderPending: .tenderPending
    case .tenderReversing: .tenderReversing
    case .tenderMismatched: .tenderMismatched
    case .tenderTested: .tenderTested
    case .tenderApproved: .tenderApproved
    case .tenderDeclined: .tenderDeclined
    case .tenderUnknown: .tenderUnknown
    case .tenderReversed: .tenderReversed
    case .tenderCorrected: .tenderCorrected
    case .salePaid: .salePaid
    case .stubSealed: .stubSealed
    case .deliveryOrdered: .deliveryOrdered
    case .jobQueued: .jobQueued
    case .jobStarted: .jobStarted
    case .jobEnded: .jobEnded
    case .jobDecided: .jobDecided
    case .drawerOrdered: .drawerOrdered
    case .drawerEnded: .drawerEnded
    case .shiftOpened: .shiftOpened
    case .cashMoved: .cashMoved
    case .shiftClosed: .shiftClosed
    case .dayClosed: .dayClosed
    }
  }
}
