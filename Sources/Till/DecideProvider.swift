import Money

extension Till {
  /// What a provider said becomes a record when it is news; refused when not.
  func decideTenderAnswered(_ event: TenderAnswered, _ context: Context) throws(Refusal) -> Decision {
    if let pursuit = pursuits[event.number] {
      let currency = identity?.currency ?? ""
      guard let tender = pursuit.tender.after(event.answer, currency: currency, at: context.stamp.at) else {
        throw .refused(.tender, text: "nothing new of tender \(event.tender)")
      }
      var draft = Draft(self, context, lane: pursuit.lane)
      draft.add(
        Fact(
          tender: TenderChanged(
            sale: pursuit.sale, revision: pursuit.revision, tender: tender, totals: pursuit.totals)))
      return draft.decision()
    }
    let (sale, tender) = try providerTender(event.sale, event.tender, event.number)
    guard let next = tender.after(event.answer, currency: sale.currency, at: context.stamp.at) else {
      throw .refused(.tender, text: "nothing new of tender \(event.tender)")
    }
    var draft = Draft(self, context, lane: sale.lane)
    try settle(next, of: sale, draft: &draft)
    return draft.decision()
  }

  /// The time to ask is over: what cannot be known is taken back.
  func decideGiveUpTender(_ event: GiveUpTender, _ context: Context) throws(Refusal) -> Decision {
    let (sale, tender) = try providerTender(event.sale, event.tender, event.number)
    guard tender.state == .pending || tender.state == .unknown else {
      throw .refused(.tender, text: "tender \(tender.id) is \(tender.state.rawValue)")
    }
    var draft = Draft(self, context, lane: sale.lane)
    try settle(tender.to(.reversing, why: "noAnswer"), of: sale, draft: &draft)
    return draft.decision()
  }

  private func providerTender(
    _ id: String, _ tender: TenderID, _ number: String
  ) throws(Refusal) -> (Sale, Tender) {
    guard let sale = sales[id] else { throw .noSuchSale(id) }
    guard let found = sale.tender(tender), found.kind == .provider, found.number == number else {
      throw .noSuchTender(sale: id, tender: tender)
    }
    return (sale, found)
  }
}

extension Till {
  mutating func applyPursuit(_ changed: TenderChanged, _ number: String) {
    pursuits[number]?.tender = changed.tender
    if !changed.tender.state.isLive { pursuits[number] = nil }
  }

  /// A sale is over; what of it is still being taken back goes on by itself.
  @discardableResult
  mutating func finish(_ id: String) -> Sale? {
    guard let sale = sales.removeValue(forKey: id) else { return nil }
    for tender in sale.tenders where tender.state == .reversing {
      guard let number = tender.number else { continue }
      pursuits[number] = Pursuit(
        sale: sale.id, revision: sale.revision, lane: sale.lane, tender: tender, totals: sale.totals)
    }
    return sale
  }
}
