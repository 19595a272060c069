import Devices
import Engine
import Interfaces
import Journal
import Money
import Till

/// The till's words, as clients see them. `box` is this journal's id, `epoch` its epoch.
struct WireWords: Sendable {
  let box: String
  let epoch: Int64
  var currency = ""
  /// What the codes say that may be shown now, by order number.
  var codes: [String: String] = [:]
  /// The merchant accounts that answer at the providers' addresses now.
  var providerAccounts: [String: String] = [:]

  /// The same for what is in a journal of an earlier epoch.
  func of(_ origin: AnswerOrigin?) -> WireWords {
    origin.map {
      WireWords(
        box: $0.journal, epoch: $0.epoch, currency: currency, codes: codes, providerAccounts: providerAccounts)
    } ?? self
  }

  func totals(_ totals: Totals) -> Wire.Totals {
    Wire.Totals(
      gross: totals.gross.minorUnits, adjustments: totals.adjustments.minorUnits, net: totals.net.minorUnits,
      tax: totals.tax.minorUnits, liabilities: totals.liabilities.minorUnits, total: totals.total.minorUnits,
      due: totals.due.minorUnits, change: totals.change.minorUnits, cashRounding: totals.cashRounding.minorUnits,
      extras: totals.extras.minorUnits)
  }

  func stub(_ number: StubNumber, _ place: StubPlace?) -> Wire.StubReference {
    Wire.StubReference(
      box: box, epoch: epoch, stub: number.description, sequence: place.map { Int64(clamping: $0.sequence) },
      hash: place?.leaf.hex)
  }

  func reference(_ reference: StubReference) -> Wire.StubReference {
    Wire.StubReference(
      box: reference.box.isEmpty ? box : reference.box, epoch: reference.epoch ?? epoch, stub: reference.stub,
      sequence: reference.sequence, hash: reference.hash)
  }

  /// The same of what may be another box's stub: its journal's epoch no proof says.
  func reference(_ reference: StubReference, provenBy key: String?) -> Wire.StubReference {
    var wire = self.reference(reference)
    if key != nil { wire.epoch = reference.epoch }
    return wire
  }

  func line(_ line: Line) -> Wire.Line {
    let input = line.input
    let added = line.result.taxes.filter { !$0.included }.reduce(Int64(0)) { $0 &+ $1.amount.minorUnits }
    return Wire.Line(
      id: line.id.description, input: self.input(input), amount: line.result.amount.minorUnits,
      adjustment: line.result.adjustment.minorUnits, taxes: line.result.taxes.map(tax),
      total: line.result.amount.minorUnits &+ line.result.adjustment.minorUnits &+ added, approval: line.approval)
  }

  private func input(_ input: LineInput) -> Wire.LineInput {
    Wire.LineInput(
      kind: Wire.LineKind(rawValue: input.kind.rawValue), code: input.code, name: input.name, taxes: input.taxCodes,
      quantity: input.quantity.thousandths, unit: input.unit, listPrice: input.listPrice.minorUnits,
      unitPrice: input.unitPrice.minorUnits, pricePer: input.pricePer.thousandths, amount: input.amount?.minorUnits,
      priceSource: Wire.PriceSource(rawValue: input.priceSource.rawValue),
      original: input.original.map {
        Wire.Original(
          reference: reference($0.reference, provenBy: $0.provenBy), line: $0.line?.description,
          proof: Wire.ProofKind(rawValue: $0.proof.rawValue), provenBy: $0.provenBy)
      },
      weighing: input.weighing.map {
        Wire.Weighing(
          scale: $0.scale, gross: $0.gross.thousandths, tare: $0.tare.thousandths, unit: $0.unit, stable: $0.stable)
      },
      minimumAge: input.minimumAge.map(Int64.init),
      attributes: input.attributes.isEmpty
        ? nil : Dictionary(input.attributes.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }))
  }

  func tax(_ tax: TaxResult) -> Wire.Tax {
    Wire.Tax(
      code: tax.code, rateMillionths: tax.rate.millionths, included: tax.included, base: tax.base.minorUnits,
      amount: tax.amount.minorUnits)
  }

  func adjustment(_ adjustment: Adjustment) -> Wire.Adjustment {
    Wire.Adjustment(
      id: adjustment.id, kind: Wire.AdjustmentKind(adjustment.kind),
      target: adjustment.target?.description, label: adjustment.label, amount: adjustment.amount.minorUnits,
      source: adjustment.source,
      allocations: adjustment.allocations.map {
        Wire.Allocation(line: $0.line.description, amount: $0.amount.minorUnits)
      })
  }

  func tender(_ tender: Tender) -> Wire.Tender {
    Wire.Tender(
      id: tender.id.description, kind: Wire.TenderKind(tender.kind),
      state: Wire.TenderState(tender.state), asked: tender.asked.minorUnits,
      approved: tender.approved.minorUnits, tip: tender.tip.minorUnits, surcharge: tender.surcharge.minorUnits,
      cashback: tender.cashback.minorUnits, change: tender.change.minorUnits,
      cashRounding: tender.cashRounding.minorUnits,
      foreign: tender.foreign.map {
        Wire.Foreign(currency: $0.currency, amount: $0.amount.minorUnits, rateMillionths: $0.rateMillionths)
      }, number: tender.number, provider: tender.provider, reference: tender.reference,
      carriedFrom: tender.carriedFrom.map(reference),
      carried: tender.carried.map {
        Wire.CarriedPayment(
          tender: $0.tender.description, kind: Wire.TenderKind($0.kind),
          provider: $0.provider, currency: $0.currency, number: $0.number)
      }, reported: tender.reported, why: tender.why,
      verdict: tender.course?.verdict.flatMap { Wire.TenderVerdict(rawValue: $0.rawValue) },
      test: tender.course?.test.flatMap { Wire.VerdictTest(rawValue: $0.rawValue) },
      refundOf: tender.course?.refund.map {
        Wire.RefundOf(stub: reference($0.stub), tender: $0.tender.description)
      }, alarm: tender.course?.alarm.flatMap { Wire.TenderAlarm(rawValue: $0.rawValue) }, shown: tender.course?.shown,
      shownCode: tender.showsCode ? tender.number.flatMap { codes[$0] } : nil, account: tender.course?.account,
      elsewhere: tender.isFollowed ? tender.elsewhere(providerAccounts) : nil)
  }

  func correction(_ corrected: TenderCorrected, _ stamp: Stamp, _ sequence: UInt64) -> Wire.TenderCorrection {
    Wire.TenderCorrection(
      sequence: Int64(clamping: sequence), at: stamp.at, operator: stamp.operator,
      tender: corrected.tender.description,
      fromKind: Wire.TenderKind(corrected.from.kind),
      fromProvider: corrected.from.provider, kind: Wire.TenderKind(corrected.to.kind),
      provider: corrected.to.provider, amount: corrected.amount.minorUnits, reference: corrected.reference,
      reason: corrected.reason, shift: corrected.shift, expectedBy: corrected.expectedBy)
  }

  func job(_ job: PrintJob, level: String? = nil) -> Wire.Job {
    let (outcome, needs): (Wire.JobOutcome, Wire.JobNeed?) =
      switch job.state {
      case .queued: (.waiting, nil)
      case .started: (.started, nil)
      case .owed: (.waiting, .request)
      case .unknown: (.unknown, .decision)
      }
    return Wire.Job(
      job: job.id, printer: job.printer, document: Wire.PrintDocument(job.document),
      stub: job.stub.map(reference), sale: job.sale, title: job.note?.title ?? job.report,
      level: level.flatMap(Wire.ProofLevel.init(rawValue:)) ?? .queued, outcome: outcome,
      copy: job.isMarked ? .reprint : Wire.CopyKind(job.copy), ordinal: job.starts,
      sentBytes: 0, totalBytes: 0, needs: needs)
  }

  private func hold(_ waiting: (SaleHold, Tender?, [HeldResolution])) -> Wire.Hold {
    let (hold, tender, choices) = waiting
    return Wire.Hold(
      why: Wire.HeldWhy(hold.why), tender: hold.tender.description,
      since: hold.since, amount: tender?.course?.took?.minorUnits, currency: tender?.course?.tookCurrency,
      choices: choices.compactMap { Wire.HeldResolution(rawValue: $0.rawValue) })
  }

  func sale(_ sale: Sale) -> Wire.Sale {
    Wire.Sale(
      id: sale.id, lane: sale.lane, shift: sale.shift, kind: Wire.SaleKind(sale.kind),
      mode: sale.mode == .training ? .training : .normal, state: Wire.SaleState(sale.state),
      parked: sale.parked, recovered: sale.recovered, revision: sale.revision, currency: sale.currency,
      businessDay: sale.businessDay.description, opened: sale.openedAt,
      operator: sale.operator, verifiedBy: Wire.VerifiedBy(sale.verifiedBy),
      totals: totals(sale.totals), stub: sale.sealed.map { stub($0, nil) },
      corrects: sale.corrects.map(reference), externalReference: sale.externalReference, label: sale.label,
      member: sale.member, hold: sale.waiting.map(hold))
  }

  func sale(_ closed: StubSealed, _ stamp: Stamp, _ place: StubPlace) -> Wire.Sale {
    Wire.Sale(
      id: closed.sale, lane: stamp.lane ?? "", shift: closed.shift,
      kind: Wire.SaleKind(closed.kind),
      mode: closed.mode == .training ? .training : .normal,
      state: closed.form == .void ? .voided : .completed, parked: false, recovered: false, revision: closed.revision,
      sequence: Int64(clamping: place.sequence), currency: closed.currency, businessDay: stamp.businessDay.description,
      opened: closed.openedAt, operator: stamp.operator,
      verifiedBy: Wire.VerifiedBy(stamp.verifiedBy), totals: totals(closed.totals),
      stub: stub(closed.stub, place), corrects: closed.corrects.map(reference),
      externalReference: closed.externalReference, label: closed.label, member: closed.member)
  }

  /// A sale voided before its total: its record keeps the head only, and is all that an index finds.
  func sale(_ voided: SaleVoided, _ stamp: Stamp, _ place: StubPlace) -> Wire.Sale {
    Wire.Sale(
      id: voided.sale, lane: stamp.lane ?? "", shift: "", kind: .sale, mode: .normal, state: .voided, parked: false,
      recovered: false, revision: voided.revision, sequence: Int64(clamping: place.sequence), currency: currency,
      businessDay: stamp.businessDay.description, opened: stamp.at, operator: stamp.operator,
      verifiedBy: Wire.VerifiedBy(stamp.verifiedBy), totals: totals(voided.totals))
  }

  func count(_ count: Count) -> Wire.Count {
    let pieces = count.denominations.map { (String($0.value.minorUnits), $0.pieces) }
    return Wire.Count(
      kind: Wire.TenderKind(count.key.kind), provider: count.key.provider,
      currency: count.key.currency, amount: count.amount.minorUnits,
      denominations: pieces.isEmpty ? nil : Dictionary(pieces, uniquingKeysWith: { first, _ in first }))
  }

  func printer(_ name: String, _ status: PrinterStatus) -> Wire.PrinterStatus {
    Wire.PrinterStatus(
      printer: name, state: Self.device(status.state), online: status.online,
      paper: Wire.PaperState(status.paper),
      cover: Wire.OpenState(status.cover),
      error: status.fault == .none || status.fault == .unknown ? nil : status.fault.rawValue,
      bestLevel: Wire.ProofLevel(rawValue: status.bestLevel.name) ?? .queued, columns: Int64(status.columns),
      encoding: status.encoding, why: status.why.isEmpty ? nil : status.why)
  }

  /// A job that was over before this run began: only its name is left.
  static func forgotten(_ job: String) -> Wire.Job {
    Wire.Job(
      job: job, printer: "", document: .receipt, level: .queued, outcome: .waiting, copy: .reprint, ordinal: 0,
      sentBytes: 0, totalBytes: 0, why: "over before the daemon was restarted")
  }

  /// A printer that has not said anything yet.
  static func unheard(_ name: String) -> Wire.PrinterStatus {
    Wire.PrinterStatus(
      printer: name, state: .closed, online: false, paper: .unknown, cover: .unknown, bestLevel: .queued, columns: 0,
      encoding: "", why: "it has not answered yet")
  }

  static func device(_ state: DeviceState) -> Wire.DeviceState {
    switch state {
    case .closed: .closed
    case .idle: .idle
    case .busy: .busy
    case .error: .error
    }
  }

  func head(_ head: Head, checkpoint: String) -> Wire.JournalHead {
    Wire.JournalHead(
      journal: Hex.encode(head.journalID), epoch: Int64(head.epoch),
      sequence: Int64(clamping: head.sequence) - 1, chain: head.chain.hex, root: head.root.hex, checkpoint: checkpoint)
  }
}
