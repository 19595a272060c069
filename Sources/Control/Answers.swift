import Engine
import Interfaces
import Journal
import Money
import Till

/// What the records of an event say to the caller. Only records are looked at, so a repeated call gets the same words.
extension WireWords {
  func change(_ answer: Answer) -> Wire.Change? {
    var change: Wire.Change?
    var lazy = true
    for record in answer.records {
      guard let (sale, revision, state, totals, parked, edit) = effect(record.fact) else { continue }
      if !edit { lazy = false }
      var next =
        change
        ?? Wire.Change(
          sale: sale, revision: revision, state: state ?? .open, parked: parked, totals: self.totals(totals ?? Totals())
        )
      next.revision = max(next.revision, revision)
      next.parked = parked
      if let state { next.state = state }
      if let totals { next.totals = self.totals(totals) }
      if case .stubSealed(let stub) = record.fact { next.stub = self.stub(stub.stub, answer.stub) }
      change = next
    }
    if !lazy { change?.sequence = Int64(clamping: answer.first) }
    return change
  }

  /// Sale, revision, state, totals, parked, and whether it is a basket edit.
  private func effect(_ fact: Fact) -> (String, Int64, Wire.SaleState?, Totals?, Bool, Bool)? {
    if let it = fact.tender {
      return (it.sale, it.revision, Wire.SaleState(it.saleState), it.totals, it.parked, false)
    }
    return switch fact {
    case .saleOpened(let it): (it.sale, it.revision, .open, nil, false, false)
    case .linesAdded(let it): (it.sale, it.revision, .open, it.totals, false, true)
    case .lineChanged(let it): (it.sale, it.revision, .open, it.totals, false, true)
    case .lineRemoved(let it): (it.sale, it.revision, .open, it.totals, false, true)
    case .adjustmentsSet(let it): (it.sale, it.revision, .open, it.totals, false, true)
    case .partySet(let it): (it.sale, it.revision, .open, it.totals, false, true)
    case .saleTotaled(let it): (it.sale, it.revision, .tendering, it.totals, false, false)
    case .saleReopened(let it): (it.sale, it.revision, .open, it.totals, false, false)
    case .saleParked(let it):
      (it.sale, it.revision, Wire.SaleState(rawValue: it.state.rawValue), it.totals, true, false)
    case .saleUnparked(let it):
      (it.sale, it.revision, Wire.SaleState(rawValue: it.state.rawValue), it.totals, false, false)
    case .saleHeld(let it): (it.sale, it.revision, .held, it.totals, it.parked, false)
    case .heldResolved(let it): (it.sale, it.revision, .tendering, it.totals, it.parked, false)
    case .saleVoided(let it): (it.sale, it.revision, .voided, it.totals, false, false)
    case .salePaid(let it): (it.sale, it.revision, .completed, it.totals, false, false)
    case .stubSealed(let it): (it.sale, it.revision, nil, it.totals, false, false)
    default: nil
    }
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
