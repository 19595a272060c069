import Money

/// Computes tenders. Pure; the sale is in state tendering (or would be, in a ring).
enum Tendering {
  /// A new tender in the state that its input says: approved, declined or unknown; of a provider an intent.
  static func make(
    _ input: TenderInput, for sale: Sale, lane: LaneConfiguration?, facts: [ClosedStubFacts] = [], draft: inout Draft
  ) throws(Refusal) -> Tender {
    let till = draft.till
    guard sale.tenders.count < Limits.tenders else {
      throw .limitExceeded(.tenders, maximum: Int64(Limits.tenders))
    }
    try checkProvider(input.provider)
    try TextRules.checkShort(input.reference, "reference")
    guard !input.show || input.kind == .provider else {
      throw .refused(.tender, text: "only a provider makes a code for the till to show")
    }
    guard input.refundOf == nil || input.kind == .provider else {
      throw .refused(.tender, text: "only a provider tender gives a payment back to where it came from")
    }
    let asked = try part(input.amount, of: sale)
    if asked < .zero { try sale.checkNoneWentBack() }
    let id = TenderID((sale.tenders.last?.id.number ?? 0) &+ 1)
    switch input.kind {
    case .cash:
      guard lane?.cashAllowed ?? true else { throw .refused(.cashNotAllowed, text: "the lane takes no cash") }
      guard input.report == nil, input.provider == nil else {
        throw .refused(.tender, text: "cash has no provider and nothing to report")
      }
      let tender = try cash(input, asked: asked, id: id, sale: sale, step: till.cashStep)
      try till.checkLargest([tender.approved])
      return tender
    case .external:
      guard input.tendered == nil, input.foreign == nil else {
        throw .refused(.tender, text: "only cash is handed over and gives change")
      }
      try checkNoneIsLive(sale)
      guard !asked.isZero else { throw .refused(.overpayment, text: "nothing is due") }
      let tender = Tender(
        id: id, kind: .external, state: .unknown, asked: asked, provider: input.provider, reference: input.reference,
        why: "notReported")
      guard let report = input.report else { return tender }
      return try reported(report, on: tender, till: till)
    case .provider:
      return try provider(input, asked: asked, id: id, sale: sale, facts: facts, draft: &draft)
    case .storedValue:
      throw .refused(.tenderKind, text: "tenders of kind \(input.kind.rawValue) are not built yet")
    case .carried:
      throw .refused(.tenderKind, text: "what was paid for a corrected bill is carried over by Total, not by a call")
    }
  }

  /// An intent: the order goes out when it is durable. Its number is burnt whatever becomes of it.
  private static func provider(
    _ input: TenderInput, asked: Amount, id: TenderID, sale: Sale, facts: [ClosedStubFacts], draft: inout Draft
  ) throws(Refusal) -> Tender {
    guard input.tendered == nil, input.foreign == nil, input.report == nil else {
      throw .refused(.tender, text: "a provider says itself what was paid, and gives no change")
    }
    try checkNoneIsLive(sale)
    guard input.movesNoMoney == (sale.mode == .training) else {
      let name = input.provider.map { "provider \($0)" } ?? "a provider"
      throw .refused(
        .training,
        text: input.movesNoMoney
          ? "\(name) is for training and moves no money"
          : "\(name) moves real money; in training name a [[provider]] with training = true")
    }
    if asked < .zero {
      return try Refunds.make(input, asked: asked, id: id, sale: sale, facts: facts, draft: &draft)
    }
    guard input.refundOf == nil else {
      throw .refused(.sign, text: "a payment goes back where money is paid out; here it is taken")
    }
    guard let name = input.provider, let policy = input.policy else {
      throw .refused(.tender, text: "the box has no provider \(input.provider ?? "")")
    }
    guard asked > .zero else { throw .refused(.overpayment, text: "nothing is due") }
    let code = try code(input, name)
    let (till, now) = (draft.till, draft.stamp.at)
    try till.checkLargest([asked])
    let most = Limits.most(Limits.orders, of: sale.mode)
    guard till.openOrders(sale.mode) < most else { throw .limitExceeded(.orders, maximum: Int64(most)) }
    let course = ProviderCourse(
      codeHash: code, startedAt: now, askUntil: now.saturated(adding: policy.window(isShown: input.show)),
      reverseFrom: now.saturated(adding: input.show ? 0 : policy.reverseNotBefore), shown: input.show ? true : nil,
      account: ProviderAccount.checked(input.account), timeUntrusted: draft.stamp.timeTrusted ? nil : true)
    return Tender(
      id: id, kind: .provider, state: .intent, asked: asked, number: try draft.orderNumber(), provider: name,
      reference: input.reference, course: course)
  }

  /// What is kept of the customer's code; of one that the till shows nothing.
  private static func code(_ input: TenderInput, _ name: String) throws(Refusal) -> String {
    if input.show {
      guard input.codeHash == nil else {
        throw .refused(.tender, text: "the customer shows a code, or the till does: not both")
      }
      guard input.makesCodes else {
        throw .refused(.tender, text: "provider \(name) makes no codes for the till to show")
      }
      return ""
    }
    guard let code = input.codeHash else {
      throw .refused(.tender, text: "the customer's payment code is missing, or was scanned too long ago")
    }
    return code
  }

  /// One electronic tender at a time.
  private static func checkNoneIsLive(_ sale: Sale) throws(Refusal) {
    guard !sale.tenders.contains(where: \.state.isLive) else {
      throw .refused(.liveTender, text: "another tender's outcome is unknown")
    }
  }

  /// The name of a terminal, wallet or channel: sums are told apart by it.
  static func checkProvider(_ name: String?) throws(Refusal) {
    try TextRules.checkShort(name, "provider")
    if let name, name.isEmpty || name.contains("/") || name == "*" {
      throw .refused(.text, text: "a provider's name is not empty, no * and holds no slash")
    }
  }

  /// The part of the bill to settle: all that is due, or less, with its sign.
  private static func part(_ amount: Amount?, of sale: Sale) throws(Refusal) -> Amount {
    let due = sale.totals.due
    if due.isZero, sale.tenders.contains(where: \.state.holdsBill) {
      throw .refused(.liveTender, text: "the rest waits for a tender whose outcome is unknown")
    }
    guard let amount else { return due }
    guard amount.isRepresentable, amount.magnitude <= due.magnitude else {
      throw .refused(.overpayment, text: "\(sale.said(amount)) is more than the \(sale.said(due)) that is due")
    }
    guard amount.sign == due.sign else {
      throw .refused(.sign, text: "the amount must be positive to take and negative to pay out")
    }
    return amount
  }

  /// Cash: rounded to the smallest coin when it settles all that is due; change is what was handed over beyond.
  private static func cash(
    _ input: TenderInput, asked: Amount, id: TenderID, sale: Sale, step: Int64
  ) throws(Refusal) -> Tender {
    var tender = Tender(id: id, kind: .cash, state: .approved, asked: asked, reference: input.reference)
    let payable = try money { () throws(MoneyError) in try CashRounding.round(asked, step: step) }
    guard asked == sale.totals.due || payable == asked else {
      throw .refused(
        .amount, text: "\(sale.said(asked)) cannot be paid in coins; the smallest is \(sale.said(Amount(step)))")
    }
    tender.cashRounding = try money { () throws(MoneyError) in try payable - asked }
    tender.approved = payable
    guard let handed = try handedOver(input, sale, step: step) else { return tender }
    tender.foreign = input.foreign
    guard payable >= .zero else { throw .refused(.tender, text: "nothing is handed over when money is paid out") }
    guard handed >= payable else {
      throw .refused(.amount, text: "\(sale.said(handed)) is less than the \(sale.said(payable)) to pay")
    }
    let over = try money { () throws(MoneyError) in try handed - payable }
    // Change from foreign money is given in whole coins, rounded in the shop's favour.
    tender.change = Amount(over.minorUnits - over.minorUnits % step)
    let change = tender.change
    tender.approved = try money { () throws(MoneyError) in try payable + change }
    return tender
  }

  /// What was handed over in the sale's currency; nil: exactly what is due.
  private static func handedOver(_ input: TenderInput, _ sale: Sale, step: Int64) throws(Refusal) -> Amount? {
    if let foreign = input.foreign {
      guard input.tendered == nil else {
        throw .refused(.foreign, text: "give tendered or foreign, not both")
      }
      guard Currency(code: foreign.currency) != nil else {
        throw .refused(.currency, text: "\(foreign.currency) is no currency of ISO 4217")
      }
      guard foreign.amount > .zero, foreign.amount <= Limits.largest, foreign.rateMillionths > 0 else {
        throw .refused(.foreign, text: "foreign amount and rate must be positive")
      }
      let value = try money { () throws(MoneyError) in
        try Rounding.multiply(foreign.amount, by: foreign.rateMillionths, over: 1_000_000)
      }
      guard value <= Limits.largest else { throw .limitExceeded(.amount, maximum: Limits.amount) }
      return value
    }
    guard let tendered = input.tendered else { return nil }
    guard tendered >= .zero, tendered <= Limits.largest else {
      throw .refused(.amount, text: "the amount handed over is out of range")
    }
    guard tendered.minorUnits % step == 0 else {
      throw .refused(
        .amount,
        text: "\(sale.said(tendered)) cannot be handed over in coins; the smallest is \(sale.said(Amount(step)))")
    }
    return tendered
  }

  /// An external tender after a report.
  static func reported(_ report: TenderReport, on tender: Tender, till: Till) throws(Refusal) -> Tender {
    try TextRules.checkShort(report.reference, "reference")
    try TextRules.check(report.why, "why")
    var result = tender
    result.reference = report.reference ?? tender.reference
    result.why = report.why
    switch report.outcome {
    case .no:
      result.state = .declined
    case .unknown:
      result.state = .unknown
    case .yes:
      result.state = .approved
      (result.tip, result.surcharge, result.cashback) = (report.tip, report.surcharge, report.cashback)
      for extra in [report.tip, report.surcharge, report.cashback] {
        guard extra >= .zero, extra <= Limits.largest, extra.isZero || tender.asked > .zero else {
          throw .refused(.amount, text: "tip, surcharge and cashback are positive and never part of a refund")
        }
      }
      try till.checkLargest([report.tip, report.surcharge, report.cashback])
      let copy = result
      let (approved, settled) = try money { () throws(MoneyError) in
        let extras = try copy.extras
        let usual = try tender.asked + extras
        let approved = try (report.approved ?? usual).checked()
        return (approved, try approved - extras)
      }
      guard settled.sign == tender.asked.sign, settled.magnitude <= tender.asked.magnitude else {
        throw .refused(
          .overpayment,
          text: "\(till.said(settled)) of the bill was approved where \(till.said(tender.asked)) was asked")
      }
      result.approved = approved
    }
    return result
  }
}

extension Tender {
  /// True when notes or coins change hands with it.
  var movesCash: Bool {
    state == .approved && kind != .carried
      && ((kind == .cash && !(approved.isZero && change.isZero)) || !cashback.isZero)
  }
}

extension Sale {
  /// The totals with what its tenders settled and may still settle.
  func tenderedTotals() throws(Refusal) -> Totals {
    try money { () throws(MoneyError) in
      var totals = self.totals
      (totals.change, totals.cashRounding, totals.extras) = (.zero, .zero, .zero)
      var taken = Amount.zero
      for tender in tenders {
        if tender.state == .approved {
          try totals.change += tender.change
          try totals.cashRounding += tender.cashRounding
          try totals.extras += try tender.extras
          try taken += try tender.settled
        } else if tender.state.holdsBill {
          try taken += tender.asked
        }
      }
      totals.due = try totals.total + totals.cashRounding - taken
      return totals
    }
  }

  /// True when nothing is due and no tender may still move money.
  var isSettled: Bool { totals.due.isZero && !tenders.contains(where: \.state.holdsBill) }

  /// Σ approved = total + cash rounding + extras + change, the cash rounding being what was added to the total.
  func checkConservation() throws(Refusal) {
    let holds = try money { () throws(MoneyError) in
      var approved = Amount.zero
      for tender in tenders where tender.state == .approved { try approved += tender.approved }
      return try approved == totals.total + totals.cashRounding + totals.extras + totals.change
    }
    guard holds else { throw .refused(.conservation, text: "the tenders do not add up to the bill") }
  }
}

extension Int64 {
  /// A sum that stays in range.
  func saturated(adding other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }
}
