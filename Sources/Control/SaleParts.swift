import Engine
import Interfaces
import Till
import Varlink

// What methods of sales are called with, in the till's terms.
extension Control {
  /// Asks another thread and answers on the loop.
  func later<Value: Sendable>(
    _ reply: VarlinkReply, _ ask: (@escaping @Sendable (Result<Value, CallError>) -> Void) -> Bool,
    _ answer: @escaping (Result<Value, CallError>) -> Void
  ) {
    let box = UncheckedBox(answer)
    let server = server
    let taken = ask { result in server?.execute { box.value(result) } }
    if !taken { reply.fail(.busy(owner: "lookup", application: "", since: 0)) }
  }

  /// More than a sale can hold is refused before it costs anything.
  static func lines(_ lines: [Wire.LineInput], _ caller: Caller) throws(SystemError) -> [LineInput] {
    guard lines.count <= Limits.lines else { throw .limitExceeded(limit: "lines", maximum: Int64(Limits.lines)) }
    var inputs: [LineInput] = []
    inputs.reserveCapacity(lines.count)
    for (index, line) in lines.enumerated() { inputs.append(here(try LineInput(line, at: index), caller)) }
    return inputs
  }

  /// A line whose original names this box as the till does.
  static func here(_ line: LineInput, _ caller: Caller) -> LineInput {
    var line = line
    if let original = line.original?.reference { line.original?.reference = here(original, caller) }
    return line
  }

  static func adjustments(_ adjustments: [Wire.AdjustmentInput]?) throws(SystemError) -> [Adjustment] {
    guard adjustments?.count ?? 0 <= Limits.adjustments else {
      throw .limitExceeded(limit: "adjustments", maximum: Int64(Limits.adjustments))
    }
    var all: [Adjustment] = []
    for (index, adjustment) in (adjustments ?? []).enumerated() { all.append(try Adjustment(adjustment, at: index)) }
    return all
  }

  static func line(_ text: String) throws(SystemError) -> LineID {
    guard let id = LineID(text) else { throw .noSuchLine(line: text) }
    return id
  }

  static func tender(_ text: String) throws(SystemError) -> TenderID {
    guard let id = TenderID(text) else { throw .noSuchTender(tender: text) }
    return id
  }

  /// A client may name this box by its journal id, by its origin or not at all; the till knows it by its origin.
  static func here(_ reference: StubReference, _ caller: Caller) -> StubReference {
    var reference = reference
    let identity = caller.snapshot.till.identity
    if reference.box.isEmpty || caller.journals.contains(reference.box) { reference.box = identity?.origin ?? "" }
    return reference
  }

  /// The stubs of other boxes that lines bring along.
  static func presented(_ lines: [Wire.LineInput]) throws(SystemError) -> [PresentedStub] {
    var presented: [PresentedStub] = []
    for case let original? in lines.map(\.original) {
      guard let proof = original.stubProof else { continue }
      guard original.proof == nil || original.proof == .signature else {
        throw .refused(rule: "stubProof", text: "a stubProof goes with proof signature, or with none named")
      }
      let stub = try PresentedStub(original.reference, proof)
      if !presented.contains(stub) { presented.append(stub) }
    }
    try SystemError.check(Int64(presented.count), in: 0...Int64(PresentedStub.most), "stubProofs")
    return presented
  }

  static func stubs(of lines: [LineInput], corrects: StubReference?, _ caller: Caller) -> [StubReference] {
    var stubs: [StubReference] = corrects.map { [$0] } ?? []
    for line in lines {
      guard let original = line.original?.reference else { continue }
      let reference = here(original, caller)
      if !stubs.contains(where: { $0.stub == reference.stub && $0.box == reference.box }) { stubs.append(reference) }
    }
    return stubs
  }
}

extension Control.Caller {
  /// The lane of an open sale, so that its records bear it.
  func laneOf(_ sale: String) -> String? { snapshot.till.sales[sale]?.lane ?? onlyLane }
}
