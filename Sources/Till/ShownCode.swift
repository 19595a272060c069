import Money

/// A code that the till shows and the customer scans (C扫B). Its order is closed, not reversed: while it is not paid no
/// money can go back, and once it is paid closing it changes nothing.
///
/// What the code says is in no record: whoever reads it could pay somebody's bill, and behind a restart the box is
/// better off without it.
extension Tender {
  /// True for a payment by a code that the till shows.
  public var isShown: Bool { course?.shown == true }

  /// True while somebody may still pay by the code, as far as anybody knows: it may be shown.
  public var showsCode: Bool { isShown && state.holdsBill && state != .manual }

  /// Why the box itself began to take a payment back: its time was over. Nobody has told the customer anything.
  static let timeIsOver = "noAnswer"

  /// The tender of a code whose order was being closed while the customer paid it, where the sale still has room for the
  /// money; nil: the answer says something else, or other money took its place, which sends this one back.
  ///
  /// Closed because its time was over it counts. Taken back by a person, it waits for one: the customer may have been told
  /// not to pay, or have paid in another way.
  func paidWhileClosing(_ answer: ProviderAnswer, in sale: Sale) -> Tender? {
    guard case .approved(let amount, let theirs, let number) = answer, isShown, state == .reversing,
      course?.taken != true, sale.state == .tendering, sale.totals.due >= asked,
      !sale.tenders.contains(where: { $0.id != id && $0.state.isLive })
    else { return nil }
    guard amount == asked, theirs == sale.currency, why == Self.timeIsOver else {
      return held(amount, theirs, why: "approved \(amount.minorUnits) \(theirs)").named(number)
    }
    var tender = to(.approved, why: nil).named(number)
    tender.approved = amount
    tender.course?.taken = true
    return tender
  }
}
