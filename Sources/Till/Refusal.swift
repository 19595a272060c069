import Money

/// A rule of the till that a request broke; part of ``Refusal/refused(_:text:)`` and stable for clients.
public enum Rule: String, Sendable, CaseIterable {
  case text, personalData, amount, quantity, price, tax, currency, adjustment, original, saleKind, emptySale, reference
  case overpayment, uncovered, tender, liveTender, tenderKind, cashNotAllowed, foreign, conservation
  case approval, approvalAmount, shiftOpen, count, reason, configuration, genesis, printer, drawer, job, document,
    training, sign, businessDay, correction
}

/// Which bound was met.
public enum LimitName: String, Sendable, CaseIterable {
  case openSales, lines, adjustments, tenders, taxes, attributes, text, event, configuration, openState, amount,
    quantity, approvals
  case drawerOrders, counts, lanes, volume, saleTotal, orders
}

/// Why the till does not do it. Nothing changed.
public enum Refusal: Error, Equatable, Sendable {
  /// None that is unfinished; `allowed`: the states that the event takes, for who knows the sale as a finished one.
  case noSuchSale(String, allowed: [SaleState] = [])
  case noSuchLine(sale: String, line: LineID)
  case noSuchTender(sale: String, tender: TenderID)
  /// nil: none was named and the box has not exactly one.
  case noSuchLane(String?)
  case noSuchShift(String)
  case noSuchJob(String)
  case noSuchDrawerOrder(String)
  case wrongState(state: SaleState, parked: Bool, allowed: [SaleState])
  case revisionConflict(current: Int64)
  /// `limit` and `asked` in the action's unit; `amount` is the money that the approval must be for.
  case approvalRequired(action: ApprovalAction, limit: Int64?, asked: Int64?, amount: Amount? = nil)
  /// `amount`: what the call comes to; `approved`: what the approval is for.
  case approvalRefused(String, why: ApprovalFault, amount: Amount? = nil, approved: Amount? = nil)
  case refused(Rule, text: String)
  case limitExceeded(LimitName, maximum: Int64)
  /// More than is left of the original line; `left` in thousandths, or in minor units for an amount without goods.
  case overReturn(line: LineID, left: Int64)
  /// More than is left of the payment that goes back; minor units.
  case overRefund(tender: TenderID, left: Int64)
  /// The provider takes no refund of it now: only before `until`, or only from `from` on; UTC milliseconds.
  case refundNotNow(tender: TenderID, until: Int64?, from: Int64?)
  /// The payment is of one merchant account of the provider, and its connector speaks for another one now.
  case otherAccount(provider: String, account: String, now: String)
  case originalNotHere(box: String, proofs: [OriginalProof])
  case shiftClosed(lane: String)
  case salesOpen([String])
  case clockDoubtful(proposed: BusinessDay, lastKnown: BusinessDay?)
}

/// A record that cannot follow the state it meets: the journal is not ours or the software is wrong.
public struct ReplayError: Error, Equatable, Sendable {
  public var kind: RecordKind
  public var reason: String

  /// Memberwise.
  public init(kind: RecordKind, reason: String) {
    self.kind = kind
    self.reason = reason
  }
}
