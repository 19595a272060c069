import Engine
import Interfaces
import Journal
import Money
import Till

/// What a client said, in the till's words. Checks nothing that the till checks itself.
extension LineInput {
  package init(_ line: Wire.LineInput, at index: Int) throws(SystemError) {
    self.init(
      kind: line.kind.map(LineKind.init) ?? .item, code: line.code, name: line.name, taxCodes: line.taxes,
      quantity: Quantity(thousandths: line.quantity), unit: line.unit,
      listPrice: Amount(line.listPrice ?? line.unitPrice), unitPrice: Amount(line.unitPrice),
      pricePer: line.pricePer.map(Quantity.init(thousandths:)) ?? .one, amount: line.amount.map { Amount($0) },
      priceSource: line.priceSource.map(PriceSource.init) ?? .application)
    if let original = line.original { self.original = try Original(original) }
    if let weighing = line.weighing {
      self.weighing = Weighing(
        scale: weighing.scale, gross: Quantity(thousandths: weighing.gross), tare: Quantity(thousandths: weighing.tare),
        unit: weighing.unit, stable: weighing.stable)
    }
    if let age = line.minimumAge {
      guard (0...150).contains(age) else { throw .refused(rule: "minimumAge", text: "minimumAge is 0 to 150 years") }
      self.minimumAge = Int(age)
    }
    let words = line.attributes ?? [:]
    self.attributes = words.keys.sorted().map { Attribute(name: $0, value: words[$0] ?? "") }
  }
}

extension Original {
  package init(_ original: Wire.Original) throws(SystemError) {
    var line: LineID?
    if let text = original.line {
      guard let id = LineID(text) else { throw .noSuchLine(line: text) }
      line = id
    }
    self.init(
      reference: StubReference(original.reference), line: line,
      proof: original.proof.map(OriginalProof.init) ?? (original.stubProof == nil ? .local : .signature))
  }
}

extension PresentedStub {
  /// Its box is as the client says: only its own key knows that better.
  package init(_ reference: Wire.StubReference, _ proof: Wire.StubProof) throws(SystemError) {
    guard reference.box != nil else {
      throw .refused(rule: "stubProofOther", text: "a stub with a proof is of another box: name the box by its origin")
    }
    try SystemError.check(count: proof.entries.count, most: Self.mostEntries, "stubProof.entries")
    try SystemError.check(count: proof.proof.utf8.count, most: TlogProof.maximumLength, "stubProof.proof")
    self.init(
      reference: StubReference(reference), entries: proof.entries.map { Array($0.utf8) }, proof: Array(proof.proof.utf8)
    )
  }
}

extension StubReference {
  /// `box` stays empty when the client means this box; the control layer fills it in.
  package init(_ reference: Wire.StubReference) {
    self.init(
      box: reference.box ?? "", stub: reference.stub, epoch: reference.epoch, sequence: reference.sequence,
      hash: reference.hash)
  }
}

extension Adjustment {
  package init(_ adjustment: Wire.AdjustmentInput, at index: Int) throws(SystemError) {
    var target: LineID?
    if let text = adjustment.target {
      guard let id = LineID(text) else { throw .noSuchLine(line: text) }
      target = id
    }
    self.init(
      id: adjustment.id ?? "a\(index + 1)", kind: AdjustmentKind(adjustment.kind), target: target,
      label: adjustment.label, amount: Amount(adjustment.amount), source: adjustment.source)
  }
}

extension TenderInput {
  package init(_ tender: Wire.TenderInput) throws(SystemError) {
    var refundOf: RefundOf?
    if let given = tender.refundOf {
      guard let id = TenderID(given.tender) else { throw .noSuchTender(tender: given.tender) }
      refundOf = RefundOf(stub: StubReference(given.stub), tender: id)
    }
    self.init(
      kind: TenderKind(tender.kind), amount: tender.amount.map { Amount($0) },
      tendered: tender.tendered.map { Amount($0) },
      foreign: tender.foreign.map {
        ForeignAmount(currency: $0.currency, amount: Amount($0.amount), rateMillionths: $0.rateMillionths)
      },
      provider: tender.provider, reference: tender.reference ?? tender.result?.reference,
      report: tender.result.map(TenderReport.init), refundOf: refundOf, show: tender.show ?? false)
  }
}

extension TenderReport {
  package init(_ result: Wire.TenderResult) {
    self.init(
      outcome: ReportedOutcome(result.outcome),
      approved: result.approved.map { Amount($0) },
      tip: Amount(result.tip ?? 0), surcharge: Amount(result.surcharge ?? 0), cashback: Amount(result.cashback ?? 0),
      reference: result.reference, why: result.why)
  }
}

extension Count {
  package init(_ count: Wire.Count, currency: String?) throws(SystemError) {
    var pieces: [Denomination] = []
    for (value, number) in count.denominations ?? [:] {
      guard let minor = Int64(value), minor > 0 else {
        throw .refused(rule: "count", text: "a denomination's key is its value in minor units, as digits: \(value)")
      }
      pieces.append(Denomination(value: Amount(minor), pieces: number))
    }
    self.init(
      key: TenderKey(
        kind: TenderKind(count.kind), provider: count.provider,
        currency: count.currency == currency ? nil : count.currency),
      amount: Amount(count.amount), denominations: pieces.sorted { $0.value.minorUnits < $1.value.minorUnits })
  }
}
