import Engine
import Interfaces
import Journal
import Money
import Till

/// What the records of an event say to the caller. Only records are looked at, so a repeated call gets the same words.
extension WireWords {
  func change(_ answer: Answer) -> Wire.Change? {
    guard let change = SaleChange(answer.records) else { return nil }
    return Wire.Change(
      sale: change.sale, revision: change.revision, state: Wire.SaleState(change.state),
      parked: change.parked,
      totals: totals(change.totals), sequence: change.isEdit ? nil : Int64(clamping: answer.first),
      stub: change.stub.map { stub($0, answer.stub) })
  }

  func lines(_ answer: Answer) -> [Wire.Line] {
    answer.records.flatMap { record -> [Wire.Line] in
      switch record.fact {
      case .linesAdded(let it): it.lines.map(line)
      case .lineChanged(let it): [line(it.line)]
      case .stubSealed(let it): it.lines.map(line)
      default: []
      }
    }
  }

  func adjustments(_ answer: Answer) -> [Wire.Adjustment] {
    answer.records.flatMap { record -> [Wire.Adjustment] in
      if case .adjustmentsSet(let set) = record.fact { set.adjustments.map(adjustment) } else { [] }
    }
  }

  func tender(_ answer: Answer) -> Wire.Tender? {
    answer.records.last { $0.fact.tender != nil }?.fact.tender.map { tender($0.tender) }
  }

  /// All that changed.
  func tenders(_ answer: Answer) -> [Wire.Tender] {
    answer.records.compactMap { $0.fact.tender.map { tender($0.tender) } }
  }

  func job(_ answer: Answer) -> Wire.Job? {
    for record in answer.records {
      if case .jobQueued(let job) = record.fact {
        var wire = self.job(job)
        if wire.stub != nil, case .some(let sealed) = sealedStub(answer) { wire.stub = stub(sealed, answer.stub) }
        return wire
      }
    }
    return nil
  }

  private func sealedStub(_ answer: Answer) -> StubNumber? {
    for record in answer.records { if case .stubSealed(let stub) = record.fact { return stub.stub } }
    return nil
  }
}
