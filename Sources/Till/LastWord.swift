/// A provider that answers no questions about refunds can neither confirm nor deny what a person decided about one.
extension Tender {
  /// True for a refund of which a person's decision is the last word.
  public var isLastWord: Bool { isRefund && course?.verdict != nil && course?.test == .final }

  /// True for what the next Z names, and is over then.
  var isForTheZ: Bool { isDenied || isLastWord }
}

extension Till {
  /// Nobody can be asked: what a person decided, with an approval, stands.
  func decideLastWord(_ event: GiveUpTender, _ context: Context) throws(Refusal) -> Decision {
    func ended(_ tender: Tender) throws(Refusal) -> Tender {
      guard tender.isRefund, tender.isUntested else {
        throw .refused(.tender, text: "nothing was decided about tender \(tender.id) that its provider could confirm")
      }
      var tender = tender
      tender.course?.test = .final
      return tender
    }
    if let pursuit = pursuits[event.number] {
      let changed = TenderChanged(
        sale: pursuit.sale, revision: pursuit.revision, tender: try ended(pursuit.tender), totals: pursuit.totals)
      var draft = Draft(self, context, lane: pursuit.lane)
      draft.add(Fact(tender: changed, was: pursuit.tender))
      return draft.decision()
    }
    guard let sale = sales[event.sale] else { throw .noSuchSale(event.sale) }
    guard let tender = sale.tender(event.tender), tender.number == event.number else {
      throw .noSuchTender(sale: event.sale, tender: event.tender)
    }
    var draft = Draft(self, context, lane: sale.lane)
    try settle(try ended(tender), of: sale, draft: &draft)
    return draft.decision()
  }
}
