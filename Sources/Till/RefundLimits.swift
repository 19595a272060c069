import Money

/// When a provider takes refunds of an order, as it says itself. What it would decline is not sent.
public struct RefundLimits: Hashable, Sendable {
  /// So many days after the order; nil: always, as far as is known.
  public var days: Int64?
  /// So many seconds after the refund of the same order before; nil: at once.
  public var intervalSeconds: Int64?

  private static let mostDays: Int64 = 36_500
  private static let mostSeconds: Int64 = 86_400
  private static let day: Int64 = 86_400_000

  /// A value that can be no limit is none.
  public init(days: Int64? = nil, intervalSeconds: Int64? = nil) {
    self.days = days.flatMap { (1...Self.mostDays).contains($0) ? $0 : nil }
    self.intervalSeconds = intervalSeconds.flatMap { $0 > 0 ? min($0, Self.mostSeconds) : nil }
  }

  /// Refuses a refund of an order that began at `started`, with the refund before at `last`; UTC milliseconds.
  ///
  /// A clock that is not trusted, or that stands before the refund before, ends nothing: then the provider says so itself.
  func check(_ tender: TenderID, started: Int64?, last: Int64?, at stamp: Stamp) throws(Refusal) {
    guard stamp.timeTrusted else { return }
    if let days, let started {
      let until = started.saturated(adding: days * Self.day)
      guard stamp.at < until else { throw .refundNotNow(tender: tender, until: until, from: nil) }
    }
    if let intervalSeconds, let last, last <= stamp.at {
      let from = last.saturated(adding: intervalSeconds * 1_000)
      guard stamp.at >= from else { throw .refundNotNow(tender: tender, until: nil, from: from) }
    }
  }
}

extension Tender {
  /// When it was ordered of its provider, or the payment that it carries was, UTC milliseconds; nil: not known, or by a clock
  /// that was not trusted, from which nothing can be counted.
  package var orderedAt: Int64? {
    if let carried { return carried.timeUntrusted == true ? nil : carried.startedAt }
    return course?.timeUntrusted == true ? nil : course?.startedAt
  }
}

extension Till {
  /// When the last refund of a closed stub's payment was ordered that may have reached its provider; nil: none was.
  func lastRefund(of paid: Tender, _ closed: ClosedStubFacts) -> Int64? {
    var last = closed.refundedAt[paid.id]
    for sale in sales.values where sale.mode == closed.mode {
      for tender in sale.tenders where tender.course?.refund?.isOf(paid, on: closed.reference) == true {
        guard tender.course?.unsent != true, let at = tender.orderedAt else { continue }
        last = max(last ?? at, at)
      }
    }
    return last
  }
}
