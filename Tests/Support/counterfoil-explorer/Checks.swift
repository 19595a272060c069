import Money
import Records
import Till

/// What is wrong with a step.
struct Fault: Error {
  let text: String
  init(_ text: String) { self.text = text }
}

/// What must hold after every step, made from the records and the state alone.
enum Checks {
  static func demand(_ holds: Bool, _ text: @autoclosure () -> String) throws(Fault) {
    if !holds { throw Fault(text()) }
  }

  /// No effect without its record, no record without its effect.
  static func effects(_ decision: Decision) throws(Fault) {
    var jobs: Set<String> = []
    var orders: Set<String> = []
    var ended: Set<String> = []
    var intents: [Intent] = []
    for record in decision.records {
      switch record.fact {
      case .jobQueued(let job): jobs.insert(job.id)
      case .jobEnded(let end): ended.insert(end.job)
      case .drawerOrdered(let order): orders.insert(order.order)
      case .tenderIntended(let it): intents.append(Intent(sale: it.sale, tender: it.tender.id))
      default: break
      }
    }
    for effect in decision.effects {
      switch effect {
      case .print(let job, _): try demand(jobs.remove(job) != nil, "job \(job) is printed without a record")
      case .kickDrawer(let order, _): try demand(orders.remove(order) != nil, "\(order) kicks without a record")
      case .cancelJob(let job, _): try demand(ended.contains(job), "job \(job) is cancelled without a record")
      case .authorise(let sale, let tender):
        let index = intents.firstIndex(of: Intent(sale: sale, tender: tender))
        try demand(index != nil, "money is asked for without an intent")
        if let index { intents.remove(at: index) }
      }
    }
    let isDone = jobs.isEmpty && orders.isEmpty && intents.isEmpty
    try demand(isDone, "a record orders what nobody does: \(jobs) \(orders) \(intents)")
  }

  private struct Intent: Equatable {
    let sale: String
    let tender: TenderID
  }

  /// Nothing but the provider's own word ends a payment, and nothing but its yes makes money of it, which counts once
  /// and never behind an end.
  static func outcomes(_ event: Event, _ before: Till, _ records: [Record]) throws(Fault) {
    var answer: ProviderAnswer?
    var verdict: TenderVerdict?
    for record in records {
      guard let it = record.fact.tender, it.tender.asked < .zero, it.tender.kind == .provider else { continue }
      let isTakenBack = it.tender.state == .reversing || it.tender.state == .reversed
      try demand(!isTakenBack, "refund \(it.tender.id) is taken back")
    }
    if case .tenderAnswered(let answered) = event { answer = answered.answer }
    if case .decideTender(let decided) = event { verdict = decided.verdict }
    let approval = records.lazy.compactMap { $0.fact.resolved?.approval }.first
    for record in records {
      let tender: Tender
      let isSaid: Bool
      switch (record.fact, answer) {
      case (.tenderApproved(let it), .approved(let amount, let currency, _)):
        (tender, isSaid) = (it.tender, amount == it.tender.asked.magnitude && currency == "CNY")
        let was = before.sales[it.sale]?.tender(tender.id)
        // An order that is only being closed, because nobody paid in time, may be paid yet.
        let isClosing =
          was?.course?.shown == true && was?.state == .reversing && was?.course?.taken == false
          && was?.why == "noAnswer"
        try demand(was?.state.holdsBill == true || isClosing, "tender \(tender.id) counts behind its end")
      case (.tenderDeclined(let it), .declined): (tender, isSaid) = (it.tender, true)
      case (.tenderDeclined(let it), .notSent), (.tenderReversed(let it), .notSent):
        // What never went out is not looked for, and nothing else is like it.
        (tender, isSaid) = (it.tender, it.tender.course?.unsent == true && it.tender.course?.endedAt == nil)
      case (.tenderDeclined(let it), .closed): (tender, isSaid) = (it.tender, it.tender.isRefund)
      case (.tenderReversed(let it), .declined), (.tenderReversed(let it), .notFound),
        (.tenderReversed(let it), .reversed):
        (tender, isSaid) = (it.tender, true)
      case (.tenderReversed(let it), .closed):
        // What was never paid cannot have gone back.
        (tender, isSaid) = (it.tender, it.tender.course?.taken != true)
      case (.tenderApproved(let it), _) where verdict == .paid: (tender, isSaid) = (it.tender, it.approval != nil)
      case (.tenderDeclined(let it), _) where verdict == .notPaid:
        (tender, isSaid) = (it.tender, it.approval ?? approval != nil)
      case (.tenderApproved(let it), _) where approval != nil:
        // A held sale's money counts as its provider said it, and no other.
        (tender, isSaid) = (it.tender, it.tender.approved == it.tender.course?.took)
      case (.tenderReversed(let it), _) where verdict == .notPaid: (tender, isSaid) = (it.tender, it.approval != nil)
      case (.tenderApproved(let it), _), (.tenderDeclined(let it), _), (.tenderReversed(let it), _):
        (tender, isSaid) = (it.tender, false)
      default: continue
      }
      try demand(
        isSaid || tender.kind != .provider,
        "tender \(tender.id) is \(tender.state), which its provider did not say")
    }
  }

  /// A held sale goes on by a person's decision only, and that is for one of them.
  static func held(_ before: Till, _ after: Till, _ records: [Record]) throws(Fault) {
    let resolved = records.compactMap { $0.fact.resolved }
    for sale in before.sales.values where sale.state == .held {
      guard after.sales[sale.id]?.state != .held else { continue }
      let mine = resolved.filter { $0.sale == sale.id }
      try demand(mine.count == 1 && mine[0].tender == sale.hold?.tender, "a sale is held no more, and nobody decided")
    }
    for it in resolved {
      let isSigned = !it.approval.isEmpty && !it.approver.isEmpty && !it.evidence.isEmpty
      try demand(isSigned, "a decision of nobody, by nothing")
    }
  }

  /// What a person gave back by hand does not go back once more.
  static func handedBack(_ books: Books, _ records: [Record]) throws(Fault) {
    for case .tenderReversing(let it) in records.map(\.fact) {
      let isBack = it.tender.number.map(books.handedBack.contains) ?? false
      try demand(!isBack, "tender \(it.tender.id) was given back by hand and goes back once more")
    }
  }

  /// What the provider says went back does not go back again, whatever a person said of it.
  static func wentBack(_ books: inout Books, _ event: Event, _ records: [Record]) throws(Fault) {
    let before = books.wentBack.values.reduce(0, +)
    for record in records {
      guard let it = record.fact.tender, it.tender.kind == .provider, it.tender.asked < .zero else { continue }
      let asked = it.tender.asked.magnitude.minorUnits
      if case .tenderIntended = record.fact {
        try demand(before + asked <= Alphabet.wallet, "\(before) of \(Alphabet.wallet) went back, and \(asked) more go")
      }
      if case .tenderAnswered(let answered) = event, case .approved(let amount, let currency, _) = answered.answer {
        books.wentBack[answered.number] = currency == "CNY" ? amount.minorUnits : asked
      }
      // It takes its word back.
      if case .tenderTested(let tested) = record.fact, tested.tender.course?.test == .agrees,
        tested.tender.state == .declined, let number = tested.tender.number
      {
        books.wentBack[number] = nil
      }
    }
  }

  /// Beside what went back against a person's word nothing more is paid out, by whatever means.
  static func denied(_ before: Till, _ records: [Record]) throws(Fault) {
    for it in records.compactMap(\.fact.tender) where it.tender.asked < .zero && it.tender.kind != .carried {
      guard let sale = before.sales[it.sale], sale.tender(it.tender.id) == nil else { continue }
      let denied = sale.tenders.first(where: \.isDeniedRefund)
      try demand(denied == nil, "tender \(it.tender.id) pays out beside a refund that went back")
    }
  }

  /// Money that a provider says it took is counted once, or is known not to be settled.
  static func charge(_ node: inout Node, _ event: Event) throws(Fault) {
    if case .tenderAnswered(let answered) = event {
      switch answered.answer {
      case .approved:
        // What went back behind a person's no is that person's: the decision and its denial are kept.
        let tender =
          node.till.sales[answered.sale]?.tender(answered.tender) ?? node.till.pursuits[answered.number]?.tender
        if node.books.handedBack.contains(answered.number) { break }
        if tender?.isRefund != true || tender?.state != .declined { node.books.charged.insert(answered.number) }
      case .reversed: node.books.charged.remove(answered.number)
      case .declined, .notFound, .closed, .pending, .unknown, .notSent: break
      }
    }
    if case .decideTender(let decided) = event, decided.verdict == .notPaid,
      let number = node.till.number(decided.sale, decided.tender)
    {
      // A person answers for it. Of money that nobody knew of the provider's next yes takes it up again; money that the
      // provider had taken was given back by hand.
      if node.books.charged.remove(number) != nil { node.books.handedBack.insert(number) }
    }
    var known: Set<String> = []
    for sale in node.till.sales.values {
      for tender in sale.tenders where tender.state == .approved || tender.state.isLive {
        if let number = tender.number { known.insert(number) }
      }
    }
    for (number, pursuit) in node.till.pursuits {
      try demand(!pursuit.tender.state.holdsBill, "\(number) outlives its sale and is \(pursuit.tender.state)")
      known.insert(number)
    }
    let lost = node.books.charged.subtracting(known).subtracting(node.books.sealedOrders)
    try demand(lost.isEmpty, "money of \(lost.sorted()) was taken and is forgotten")
  }

  /// What the journal would give back after a restart leads to the same state.
  static func replay(
    _ records: [Record], on before: Till, is after: Till, _ machine: Machine
  ) throws(Fault) {
    var till = before
    do {
      // Nothing here is long enough to be hashed.
      var bodies: [[UInt8]] = []
      for record in records { bodies += try RecordCodec.encode(record, hash: { _ in "" }).map(\.body) }
      for record in try RecordCodec.decode(bodies, hash: { _ in "" }).records {
        if machine == .losesParking, record.fact.kind == .saleParked { continue }
        try machine.apply(&till, record)
      }
    } catch {
      throw Fault("what was written is not read: \(error)")
    }
    try demand(till == after, "replay leads elsewhere")
  }

  /// Writes the records into books of our own, and holds what they say of sums against these.
  static func book(_ node: inout Node, _ before: Till, _ records: [Record]) throws(Fault) {
    for record in records {
      switch record.fact {
      case .shiftOpened(let opened):
        let cash = opened.opening.reduce(0) { $0 + $1.amount.minorUnits }
        node.books.drawers[opened.shift] = cash
        node.books.moved += cash
      case .cashMoved(let moved):
        let signed = moved.direction == .in ? moved.amount.minorUnits : -moved.amount.minorUnits
        node.books.drawers[moved.shift, default: 0] += signed
        node.books.moved += signed
      case .tenderApproved(let changed): enter(changed.tender.drawerCash, record, &node)
      case .tenderReversed(let changed): enter(-changed.tender.drawerCash, record, &node)
      case .tenderCorrected(let corrected): correct(corrected, &node)
      case .stubSealed(let stub): try seal(stub, &node)
      case .shiftClosed(let closed):
        let expected = closed.expected.first { $0.key == TenderKey(kind: .cash) }?.amount.minorUnits ?? 0
        let booked = node.books.drawers.removeValue(forKey: closed.shift) ?? 0
        try demand(expected == booked, "the drawer of \(closed.shift): expected \(expected), booked \(booked)")
        node.books.closed += expected
      case .dayClosed(let closed):
        let (totals, books) = (closed.totals, node.books)
        let stubs = totals.sales.count + totals.refunds.count + (totals.corrections?.count ?? 0)
        try demand(stubs == books.stubs, "Z counts \(stubs) stubs, not \(books.stubs)")
        try demand(totals.total.minorUnits == books.total, "Z says \(totals.total), the stubs \(books.total)")
        try demand(totals.voidsAfterTotal.count == books.voids, "Z counts other voids")
        (node.books.stubs, node.books.total, node.books.voids) = (0, 0, 0)
      default: break
      }
    }
  }

  private static func enter(_ cash: Int64, _ record: Record, _ node: inout Node) {
    if let lane = record.stamp.lane, let shift = node.till.shift(lane: lane) {
      node.books.drawers[shift.id, default: 0] += cash
    }
  }

  /// The drawer of a shift that is closed stays as it was counted.
  private static func correct(_ corrected: TenderCorrected, _ node: inout Node) {
    guard let shift = corrected.expectedBy else { return }
    var cash: Int64 = 0
    if corrected.from.kind == .cash { cash -= corrected.amount.minorUnits }
    if corrected.to.kind == .cash { cash += corrected.amount.minorUnits }
    node.books.drawers[shift, default: 0] += cash
    node.books.sealed += cash
  }

  /// A stub is whole in itself: lines, taxes and tenders add up to what it says.
  private static func seal(_ stub: StubSealed, _ node: inout Node) throws(Fault) {
    var lines: Int64 = 0
    for line in stub.lines {
      lines += line.result.amount.minorUnits + line.result.adjustment.minorUnits
      for tax in line.result.taxes where !tax.included { lines += tax.amount.minorUnits }
    }
    let totals = stub.totals
    try demand(lines == totals.total.minorUnits, "stub \(stub.stub): lines \(lines), total \(totals.total)")
    let parts = totals.net.minorUnits + totals.tax.minorUnits + totals.liabilities.minorUnits
    try demand(parts == lines, "stub \(stub.stub): net, tax and liabilities \(parts), total \(lines)")
    let approved = stub.tenders.filter { $0.state == .approved }
    for tender in stub.tenders where tender.isFollowed {
      // What is being taken back may outlive its sale, and must.
      let isKept = tender.number.flatMap { node.till.pursuits[$0] }?.tender == tender
      try demand(
        isKept && !tender.state.holdsBill, "stub \(stub.stub) leaves a tender \(tender.state) and nobody at it")
    }
    node.books.sealedOrders.formUnion(approved.compactMap(\.number))
    if stub.form == .void {
      try demand(approved.isEmpty, "a void keeps money")
      node.books.voids += 1
      return
    }
    let taken = approved.reduce(0) { $0 + $1.approved.minorUnits }
    let owed = lines + totals.cashRounding.minorUnits + totals.extras.minorUnits + totals.change.minorUnits
    try demand(taken == owed, "stub \(stub.stub): taken \(taken), owed \(owed)")
    try demand(totals.due.isZero, "stub \(stub.stub) leaves \(totals.due) due")
    try demand(!stub.tenders.contains(where: \.state.holdsBill), "stub \(stub.stub) has a live tender")
    node.books.sealed += approved.reduce(0) { $0 + $1.drawerCash }
    node.books.stubs += 1
    node.books.total += lines
    if stub.offset != nil { node.books.total -= node.sold?.totals.total.minorUnits ?? 0 }
  }

  /// What must hold in every state.
  static func state(_ node: Node) throws(Fault) {
    var open: Int64 = 0
    for sale in node.till.sales.values {
      try check(sale)
      for tender in sale.tenders where tender.state == .approved { open += tender.drawerCash }
    }
    var drawers = node.books.closed
    for shift in node.till.shifts.values {
      let expected = shift.expected.first { $0.key == TenderKey(kind: .cash) }?.amount.minorUnits ?? 0
      drawers += expected
      let booked = node.books.drawers[shift.id] ?? 0
      try demand(expected == booked, "the drawer of \(shift.id): expected \(expected), booked \(booked)")
    }
    let known = node.books.moved + node.books.sealed + open
    try refunds(node)
    try demand(drawers == known, "all drawers expect \(drawers), sales and movements say \(known)")
    try demand(node.till.day.total.minorUnits == node.books.total, "the day is not the sum of its stubs")
  }

  /// A payment never gives back more than it took: not in all finished sales and those under way.
  private static func refunds(_ node: Node) throws(Fault) {
    var back = node.givenBack.minorUnits
    for sale in node.till.sales.values {
      for tender in sale.tenders where tender.kind == .provider && tender.asked < .zero {
        if tender.state == .approved { back -= tender.approved.minorUnits }
        if tender.state.holdsBill { back += tender.course?.took?.minorUnits ?? tender.asked.magnitude.minorUnits }
      }
    }
    try demand(back <= Alphabet.wallet, "\(back) of \(Alphabet.wallet) go back")
  }

  private static func check(_ sale: Sale) throws(Fault) {
    let live = sale.tenders.filter { $0.state.holdsBill && $0.kind != .cash }
    try demand(live.count <= 1, "\(live.count) live electronic tenders in one sale")
    if sale.state == .held {
      // It waits for one tender, whose money does not move by itself any more but back.
      let state = sale.hold.flatMap { sale.tender($0.tender) }.map(\.state)
      let isKnown = [.manual, .reversed, .reversing].contains(state)
      try demand(isKnown, "a sale is held for a tender \(state?.rawValue ?? "of no one")")
    } else {
      try demand(sale.hold == nil, "a sale is \(sale.state) and waits for a person")
      try demand(!sale.tenders.contains { $0.state == .manual && !$0.isRefund }, "a tender is manual and holds nothing")
    }
    guard sale.state == .tendering || sale.state == .held else {
      return try demand(
        sale.state == .open && live.isEmpty && !sale.tenders.contains { $0.state == .approved },
        "a sale stays \(sale.state) or open with money")
    }
    var taken = live.reduce(0) { $0 + $1.asked.minorUnits }
    var rounding: Int64 = 0
    for tender in sale.tenders where tender.state == .approved {
      let extras = tender.tip.minorUnits + tender.surcharge.minorUnits + tender.cashback.minorUnits
      let settled = tender.approved.minorUnits - tender.change.minorUnits - extras
      let asked = tender.asked.minorUnits + tender.cashRounding.minorUnits
      let most = max(abs(asked), tender.course?.took?.minorUnits ?? 0)
      try demand(abs(settled) <= most, "tender \(tender.id) settles \(settled) of \(asked)")
      try demand(tender.kind == .cash || tender.change.isZero, "change without cash")
      taken += settled
      rounding += tender.cashRounding.minorUnits
    }
    let total = sale.totals.total.minorUnits
    let due = total + rounding - taken
    // A correction owes, or gets back, what its old bill was less or more.
    let carried = sale.tenders.filter { $0.kind == .carried && $0.state == .approved }
    let owed = carried.reduce(total) {
      $0 - $1.approved.minorUnits + $1.tip.minorUnits + $1.surcharge.minorUnits + $1.cashback.minorUnits
        + $1.cashRounding.minorUnits
    }
    try demand(due == sale.totals.due.minorUnits, "due is \(sale.totals.due), not \(due)")
    try demand(due == 0 || due.signum() == owed.signum(), "overpaid: \(due) due of \(total)")
    try demand(due != 0 || !live.isEmpty || total == 0 && sale.tenders.isEmpty, "paid and not ended")
  }
}
