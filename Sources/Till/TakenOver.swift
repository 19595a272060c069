import Money

/// How much the lines of a correction take over of each line of its bill. Its price was decided for what was sold of it:
/// what goes beyond that is sold as for the first time, with the approvals of a new line.
struct TakenOver {
  private var quantities: [LineID: Quantity] = [:]

  /// Of the lines that are there, but for the one that is replaced.
  init(_ lines: [Line], replacing: LineID?) throws(Refusal) {
    for line in lines where line.id != replacing { try add(line.input) }
  }

  /// Adds a line; true when it takes over more than is left of what was sold.
  mutating func goesBeyond(_ input: LineInput, of fact: ClosedStubFacts) throws(Refusal) -> Bool {
    try add(input)
    guard let id = input.original?.line, let taken = quantities[id],
      let sold = fact.lines.first(where: { $0.line.id == id })?.line.quantity
    else { return false }
    return taken > sold
  }

  private mutating func add(_ input: LineInput) throws(Refusal) {
    guard input.isTakenOver, let id = input.original?.line else { return }
    let before = quantities[id] ?? .zero
    quantities[id] = try money { () throws(MoneyError) in try before + input.quantity }
  }
}
