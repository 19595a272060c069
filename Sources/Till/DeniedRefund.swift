import Money

/// What a person said did not go back through its provider, and the provider that it did.
extension Sale {
  /// Refuses to pay anything out beside money that went back already, as its provider says: of what is due still, nobody
  /// can say that it is not that very money.
  func checkNoneWentBack() throws(Refusal) {
    guard let denied = tenders.first(where: \.isDeniedRefund) else { return }
    throw .refused(
      .tender, text: "the provider says that refund \(denied.id) went back: decide it as paid, or void the sale")
  }

  /// What a refund counts for at most that a person decides as paid; positive.
  ///
  /// Until then one of which another amount moved holds the place of what was asked. One that was decided as not paid holds
  /// none: it counts with all of it, and what took its place comes back first. Beside money that nothing brings back it is
  /// what is still to be paid out: its provider says so of the decision, and the next Z names it.
  func room(for refund: Tender) throws(Refusal) -> Amount {
    let due = totals.due < .zero ? totals.due.magnitude : .zero
    if refund.state == .manual { return try money { () throws(MoneyError) in try due + refund.asked.magnitude } }
    let whole = refund.givenBack
    guard due < whole else { return whole }
    let canComeBack = tenders.contains { tender in
      tender.state == .approved && tender.asked < .zero && !tender.isRefund && tender.kind != .carried
    }
    guard due > .zero, !canComeBack else {
      throw .refused(.tender, text: "other money took the place of refund \(refund.id): take that back first")
    }
    return due
  }
}

extension TenderChanged {
  /// The stub whose payment a refund gave back, which a person had said it did not; nil: it says no such thing.
  ///
  /// Of a payment that a corrected bill took over it is the bill that was paid (``ClosedStubFacts/carriedStubs``).
  public var refundedStub: StubReference? { tender.isDeniedRefund ? tender.course?.refund?.stub : nil }
}

extension ClosedStubFacts {
  /// The bills that were paid by what its stub took over as it replaced one: what went back of these payments behind their
  /// sales stands under their numbers, and not under its own.
  package var carriedStubs: [StubReference] {
    guard provenBy == nil else { return [] }
    var stubs: [StubReference] = []
    for stub in tenders.compactMap(\.carriedFrom) where !stubs.contains(where: { $0.isSame(as: stub) }) {
      stubs.append(stub)
    }
    return stubs
  }
}
