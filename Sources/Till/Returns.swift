import Money

/// What may still come back, while the lines of one event take from it in turn.
struct ReturnLedger {
  private var stubs: [ClosedStubFacts]

  init(facts: [ClosedStubFacts]) { stubs = facts }

  /// The facts of a stub, when the event brought them.
  func facts(_ reference: StubReference) -> ClosedStubFacts? {
    stubs.first { $0.reference.isMeant(by: reference) }
  }

  /// Takes what other open sales hold already.
  mutating func reserve(_ line: Line) {
    guard let original = line.input.original, let (stub, _) = find(original) else { return }
    // It fits: it was taken from what was left.
    try? stubs[stub].takeOff(line)
  }

  /// A return line's result: its share of what is left, proportional to the quantity; the last one takes the rest. With
  /// quantity 0 the line's own (negative) amount comes back without goods and the taxes follow in proportion.
  mutating func take(_ input: LineInput, line id: LineID) throws(Refusal) -> LineResult {
    guard let original = input.original else { throw .refused(.original, text: "line \(id) names no original") }
    guard facts(original.reference) != nil else {
      throw .originalNotHere(box: original.reference.box, proofs: [.signature, .none])
    }
    guard let (stub, index) = find(original), stubs[stub].lines[index].line.quantity > .zero else {
      throw .refused(.original, text: "line \(id) names a line that is not on the stub or was no sale")
    }
    let closed = stubs[stub].lines[index]
    let share = try Share(input, of: closed, line: id)
    return try money { () throws(MoneyError) in
      var left = closed
      var result = LineResult(amount: try share.of(closed.leftAmount).negated())
      left.leftQuantity = try closed.leftQuantity + input.quantity
      left.leftAmount = try closed.leftAmount + result.amount
      for (position, tax) in closed.line.result.taxes.enumerated() where position < closed.leftTaxes.count {
        let amount = try share.of(closed.leftTaxes[position]).negated()
        try left.leftTaxes[position] += amount
        result.taxes.append(
          TaxResult(code: tax.code, rate: tax.rate, included: tax.included, base: .zero, amount: amount))
      }
      var base = result.amount
      for tax in result.taxes where tax.included { try base -= tax.amount }
      for position in result.taxes.indices { result.taxes[position].base = base }
      stubs[stub].lines[index] = left
      return result
    }
  }

  /// A proven return as it is recorded and printed: article, name, unit and prices are those of the frozen original line,
  /// for its money comes from there too; other figures beside it would contradict it. So does what shows that the stub
  /// exists, whatever the application said. Any other line stays as it is.
  func frozen(_ input: LineInput, line id: LineID) throws(Refusal) -> LineInput {
    guard input.isProvenReturn, let original = input.original, let (stub, index) = find(original) else { return input }
    let sold = stubs[stub].lines[index].line.input
    var frozen = input
    (frozen.code, frozen.name, frozen.unit) = (sold.code, sold.name, sold.unit)
    (frozen.listPrice, frozen.unitPrice, frozen.pricePer) = (sold.listPrice, sold.unitPrice, sold.pricePer)
    guard let key = stubs[stub].provenBy else {
      var reference = original.reference
      // Of the digits that a receipt's code has, the record keeps the whole.
      if reference.hash != nil { reference.hash = stubs[stub].reference.hash ?? reference.hash }
      frozen.original = Original(reference: reference, line: original.line, proof: .local)
      return frozen
    }
    frozen.original = Original(reference: stubs[stub].reference, line: original.line, proof: .signature, provenBy: key)
    // What another box wrote has not passed this one's rules.
    try LineRules.checkForm(frozen, id: id)
    return frozen
  }

  private func find(_ original: Original) -> (stub: Int, line: Int)? {
    guard
      let stub = stubs.firstIndex(where: { $0.reference.isMeant(by: original.reference) }),
      let index = stubs[stub].lines.firstIndex(where: { $0.line.id == original.line })
    else { return nil }
    return (stub, index)
  }

  /// A part of what is left.
  private struct Share {
    let numerator: Int64
    let denominator: Int64

    init(_ input: LineInput, of closed: ClosedLine, line id: LineID) throws(Refusal) {
      if input.quantity.isZero {
        guard let amount = input.amount, amount.sign < 0 else {
          throw .refused(.quantity, text: "line \(id) returns neither goods nor money")
        }
        guard amount.isRepresentable, amount.magnitude <= closed.leftAmount else {
          throw .overReturn(line: id, left: closed.leftAmount.minorUnits)
        }
        (numerator, denominator) = (amount.magnitude.minorUnits, closed.leftAmount.minorUnits)
      } else {
        guard input.quantity < .zero else { throw .refused(.quantity, text: "a returned quantity is negative") }
        guard input.quantity.isRepresentable, -input.quantity.thousandths <= closed.leftQuantity.thousandths else {
          throw .overReturn(line: id, left: closed.leftQuantity.thousandths)
        }
        (numerator, denominator) = (-input.quantity.thousandths, closed.leftQuantity.thousandths)
      }
    }

    func of(_ left: Amount) throws(MoneyError) -> Amount {
      numerator == denominator ? left : try Rounding.multiply(left, by: numerator, over: denominator)
    }
  }
}

extension StubReference {
  /// True when both name the same stub, whatever else they say of it.
  func isSame(as other: StubReference) -> Bool { box == other.box && stub == other.stub }

  /// True when `other` names this stub and says nothing wrong about it; what is nil in either is not said.
  package func isMeant(by other: StubReference) -> Bool {
    guard isSame(as: other) else { return false }
    func agrees<Value: Equatable>(_ path: KeyPath<StubReference, Value?>) -> Bool {
      guard let mine = self[keyPath: path], let said = other[keyPath: path] else { return true }
      return mine == said
    }
    return agrees(\.epoch) && agrees(\.sequence) && (hash.map(other.saysHash) ?? true)
  }

  /// Whether the hash that this names, if any, is `hash`: all of it, or as many of its first digits as a receipt's code has,
  /// at least.
  package func saysHash(_ hash: String) -> Bool {
    guard let said = self.hash else { return true }
    return said == hash || said.utf8.count >= Self.printedHash && hash.hasPrefix(said)
  }
}

extension ClosedStubFacts {
  /// The facts of a stub from its record and every later stub of the same box that returns lines of it.
  public init(stub: StubSealed, reference: StubReference, lane: String?, later: [StubSealed]) throws(MoneyError) {
    var lines: [ClosedLine] = []
    for line in stub.lines {
      lines.append(
        ClosedLine(
          line: line, leftQuantity: line.quantity, leftAmount: try line.result.amount + line.result.adjustment,
          leftTaxes: line.result.taxes.map(\.amount)))
    }
    self.init(
      reference: reference, stub: stub.stub, form: stub.form, sale: stub.sale, mode: stub.mode,
      currency: stub.currency, lane: lane, lines: lines, tenders: stub.tenders, shift: stub.shift, kind: stub.kind,
      totals: stub.totals, taxRounding: stub.taxRounding)
    takeRefunds(stub.tenders)
    for other in later { try take(other) }
  }

  /// Takes a later stub over: what it returned is not left any more, and nothing is when it replaces this one.
  public mutating func take(_ later: StubSealed) throws(MoneyError) {
    guard later.mode == mode else { return }
    // Of a void too, what went back against a person's word.
    takeRefunds(later.tenders)
    guard later.form != .void else { return }
    if later.offset != nil, later.corrects?.isSame(as: reference) == true {
      correctedBy = later.stub
      for index in lines.indices {
        (lines[index].leftQuantity, lines[index].leftAmount) = (.zero, .zero)
        lines[index].leftTaxes = lines[index].leftTaxes.map { _ in .zero }
      }
      return
    }
    for line in later.lines where !line.input.isTakenOver { try takeOff(line) }
  }

  /// Takes a returned line off what is left; lines of other stubs are passed over.
  public mutating func takeOff(_ line: Line) throws(MoneyError) {
    guard let original = line.input.original, original.reference.isSame(as: reference),
      let index = lines.firstIndex(where: { $0.line.id == original.line })
    else { return }
    lines[index].leftQuantity = try lines[index].leftQuantity + line.quantity
    lines[index].leftAmount = try lines[index].leftAmount + line.result.amount + line.result.adjustment
    for (position, tax) in line.result.taxes.enumerated() where position < lines[index].leftTaxes.count {
      try lines[index].leftTaxes[position] += tax.amount
    }
  }
}
