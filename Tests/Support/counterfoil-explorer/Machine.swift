import Money
import Till

/// The machine under test, or one with a planted fault that the checks must find.
enum Machine: String, CaseIterable {
  case sound
  /// The drawer keeps what was given back.
  case forgetsChange
  /// An external tender takes more than is due.
  case overpays
  /// A second electronic tender while one is unknown.
  case secondLive
  /// A pulse that no record orders.
  case looseKick
  /// An unknown tender of a parked sale cannot be reported, nor the sale taken up.
  case noExit
  /// The day's sums miss refunds.
  case losesRefunds
  /// A restart does not know that a sale was parked.
  case losesParking
  /// A payment whose outcome is not known in time counts as declined.
  case timeoutFails
  /// Success behind a refusal counts as money.
  case countsLate
  /// What is taken back of a finished sale is forgotten.
  case forgetsPursuit
  /// A second order goes out for an intent that had one.
  case ordersAgain
  /// More goes back to a payment than it took.
  case refundsTooMuch
  /// A refund whose outcome is not known is taken back.
  case takesRefundBack
  /// A bill and the one that replaces it both count.
  case countsBoth
  /// What was replaced may still be returned.
  case returnsReplaced
  /// A payment of another amount does not hold its sale.
  case forgetsHold
  /// What is to be closed is closed, and nobody asked.
  case closesUnasked
  /// What was paid behind a person's cancel counts, and nobody decided.
  case countsCancelled
  /// A provider's word ends what a person must decide.
  case releasesItself
  /// What a person gave back goes back once more behind the provider's next word.
  case givesBackTwice
  /// What went back against a person's word is left to go back.
  case forgetsDenied
  /// What a person decided waits for its provider's word for ever.
  case waitsForEver
  /// Behind it the rest is paid out in cash.
  case paysBesideDenied

  /// What only shows some steps behind a sale that waits is looked for from there.
  var beginning: Beginning {
    switch self {
    case .givesBackTwice, .waitsForEver: .held
    case .forgetsDenied: .refunding
    case .paysBesideDenied: .denied
    default: .sold
    }
  }

  func decide(_ till: Till, _ event: Event, _ context: Context) throws(Refusal) -> Decision {
    switch (self, event) {
    case (.overpays, .addTender(let add)) where add.tender.kind == .external && add.tender.report?.outcome == .yes:
      var decision = try till.decide(event, context)
      for index in decision.records.indices {
        guard case .tenderApproved(var changed) = decision.records[index].fact else { continue }
        changed.tender.approved.minorUnits += 1
        decision.records[index].fact = .tenderApproved(changed)
      }
      return decision
    case (.secondLive, .addTender(let add)):
      do { return try till.decide(event, context) } catch {
        guard case .refused(.liveTender, _) = error else { throw error }
        var blind = till
        if var sale = blind.sales[add.sale] {
          for index in sale.tenders.indices { sale.tenders[index].state = .declined }
          sale.totals.due = sale.totals.total
          blind.sales[add.sale] = sale
        }
        return try blind.decide(event, context)
      }
    case (.looseKick, .reopen):
      var decision = try till.decide(event, context)
      decision.effects.append(.kickDrawer(order: "d1", drawer: "drawer:a"))
      return decision
    case (.waitsForEver, .giveUpTender(let give)) where give.isLastWord:
      throw .refused(.tender, text: "its provider may say something yet")
    case (.noExit, .reportTender(let report)) where till.sales[report.sale]?.parked == true:
      throw .refused(.tender, text: "parked")
    case (.noExit, .unpark(let call, _)) where till.sales[call.sale]?.tenders.contains { $0.state.isLive } == true:
      throw .refused(.tender, text: "unknown")
    case (.timeoutFails, .giveUpTender(let give)):
      let no = ProviderAnswer.declined(why: "timeout")
      let answered = TenderAnswered(sale: give.sale, tender: give.tender, number: give.number, answer: no)
      return try till.decide(.tenderAnswered(answered), context)
    case (.countsLate, .tenderAnswered(let answered)):
      var forgetful = till
      guard var sale = till.sales[answered.sale], var tender = sale.tender(answered.tender), tender.state == .reversed,
        let index = sale.tenders.firstIndex(of: tender)
      else { return try till.decide(event, context) }
      tender.state = .unknown
      sale.tenders[index] = tender
      forgetful.sales[answered.sale] = sale
      return try forgetful.decide(event, context)
    case (.refundsTooMuch, .addTender):
      var context = context
      for stub in context.facts.indices {
        for index in context.facts[stub].tenders.indices {
          context.facts[stub].tenders[index].approved.minorUnits += 999
        }
      }
      return try till.decide(event, context)
    case (.forgetsDenied, .addTender(let add)) where add.tender.kind == .provider,
      (.paysBesideDenied, .addTender(let add)) where add.tender.kind == .cash:
      var blind = till
      for index in till.sales[add.sale]?.tenders.indices ?? 0..<0 {
        blind.sales[add.sale]?.tenders[index].course?.test = nil
      }
      return try blind.decide(event, context)
    case (.takesRefundBack, .removeTender(let remove)):
      var blind = till
      if var sale = till.sales[remove.sale], let index = sale.tenders.firstIndex(where: { $0.id == remove.tender }) {
        sale.tenders[index].course?.refund = nil
        blind.sales[remove.sale] = sale
      }
      return try blind.decide(event, context)
    case (.givesBackTwice, .tenderAnswered(let answered)):
      guard case .approved = answered.answer else { return try till.decide(event, context) }
      var blind = till
      blind.pursuits[answered.number]?.tender.course?.verdict = nil
      if var sale = till.sales[answered.sale],
        let index = sale.tenders.firstIndex(where: { $0.number == answered.number })
      {
        sale.tenders[index].course?.verdict = nil
        blind.sales[sale.id] = sale
      }
      return try blind.decide(event, context)
    case (.closesUnasked, .giveUpTender), (.closesUnasked, .removeTender):
      var decision = try till.decide(event, context)
      for index in decision.records.indices {
        guard case .tenderReversing(var changed) = decision.records[index].fact, changed.tender.isShown else {
          continue
        }
        changed.tender.state = .reversed
        decision.records[index].fact = .tenderReversed(changed)
      }
      return decision
    case (.countsCancelled, .tenderAnswered(let answered)):
      var forgetful = till
      guard var sale = till.sales[answered.sale], var tender = sale.tender(answered.tender), tender.isShown,
        let index = sale.tenders.firstIndex(of: tender), tender.why == "removed"
      else { return try till.decide(event, context) }
      tender.why = "noAnswer"
      sale.tenders[index] = tender
      forgetful.sales[answered.sale] = sale
      return try forgetful.decide(event, context)
    case (.ordersAgain, .tenderAnswered(let answered)):
      var decision = try till.decide(event, context)
      if case .unknown = answered.answer {
        decision.effects.append(.authorise(sale: answered.sale, tender: answered.tender))
      }
      return decision
    case (.returnsReplaced, .ring), (.returnsReplaced, .addLines):
      var blind = context
      for index in blind.facts.indices where blind.facts[index].correctedBy != nil {
        blind.facts[index].correctedBy = nil
        for line in blind.facts[index].lines.indices {
          let sold = blind.facts[index].lines[line].line
          blind.facts[index].lines[line].leftQuantity = sold.quantity
          blind.facts[index].lines[line].leftAmount = sold.result.amount
          blind.facts[index].lines[line].leftTaxes = sold.result.taxes.map(\.amount)
        }
      }
      return try till.decide(event, blind)
    case (.forgetsHold, .tenderAnswered):
      var decision = try till.decide(event, context)
      decision.records.removeAll { $0.fact.kind == .saleHeld }
      return decision
    default: return try till.decide(event, context)
    }
  }

  func apply(_ till: inout Till, _ record: Record) throws(ReplayError) {
    var record = record
    switch (self, record.fact) {
    case (.forgetsChange, .tenderApproved(var changed)):
      changed.tender.change = .zero
      record.fact = .tenderApproved(changed)
      try till.apply(record)
    case (.countsBoth, .stubSealed(var stub)):
      stub.offset = nil
      record.fact = .stubSealed(stub)
      try till.apply(record)
    case (.losesRefunds, .stubSealed(let stub)) where stub.form == .refund:
      let day = till.day
      try till.apply(record)
      till.day = day
    case (.forgetsPursuit, .stubSealed):
      try till.apply(record)
      till.pursuits = [:]
    case (.releasesItself, .tenderReversed(let changed)) where till.sales[changed.sale]?.state == .held:
      till.sales[changed.sale]?.state = .tendering
      till.sales[changed.sale]?.hold = nil
      try till.apply(record)
    default: try till.apply(record)
    }
  }
}
