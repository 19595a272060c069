import Devices
import Document
import Money
import Receipt
import Till

/// Carries out what has become durable: renders documents and hands them to the printers' own threads.
final class EffectRunner: @unchecked Sendable {
  private let setup: EngineSetup
  private let mailbox: Mailbox<RegisterEffect>
  private let origin: String
  private let till: @Sendable () -> Till

  init(setup: EngineSetup, mailbox: Mailbox<RegisterEffect>, origin: String, till: @escaping @Sendable () -> Till) {
    self.setup = setup
    self.mailbox = mailbox
    self.origin = origin
    self.till = till
  }

  func run() {
    defer { mailbox.leave() }
    var batch: [RegisterEffect] = []
    while mailbox.take(into: &batch, until: nil) {
      for effect in batch {
        carryOut(effect)
        mailbox.advance()
      }
    }
  }

  private func carryOut(_ effect: RegisterEffect) {
    switch effect {
    case .print(let printer, let job, let attempt, let content, let marked):
      guard let device = setup.printers[printer] else { return }
      let start = JobStarted(job: job, ordinal: Int64(attempt), marked: marked)
      let document = document(content, reprint: start.copyNumber.map { Int(clamping: $0) })
      device.print(PrintRequest(job: job, document: document, attempt: attempt))
    case .ask(let printer): setup.printers[printer]?.checkHealth()
    case .cancel(let printer, let job): setup.printers[printer]?.cancel(job: job)
    case .provider(let name, let order): setup.providers[name]?.carryOut(order)
    case .kick(let printer, let order): setup.printers[printer]?.kickDrawer(order: order)
    }
  }

  private func document(_ content: JobContent, reprint: Int?) -> Document {
    switch content {
    case .note(let document): return document
    case .slip(let slip): return document(slip, reprint: reprint)
    }
  }

  private func document(_ slip: JobSlip, reprint: Int?) -> Document {
    let local = LocalTime.of(milliseconds: slip.stamp.at)
    let frame = SlipFrame(
      stamp: slip.stamp, configuration: slip.configuration, origin: origin, localTime: "\(local.date) \(local.time)",
      reprint: reprint)
    let currency = till().currency
    switch slip.matter {
    case .stub(let stub, let place, let document, let copy):
      return Receipt.render(
        stub, stamp: slip.stamp, sequence: place.sequence, hash: place.leaf.hex, configuration: slip.configuration,
        origin: origin, document: document, copy: copy, reprint: reprint, localTime: frame.localTime,
        correctedBy: slip.correctedBy)
    case .proforma(let sale): return Receipt.render(proforma: sale, in: frame)
    case .day(let day): return Receipt.render(day, currency: currency, in: frame)
    case .shift(let shift): return Receipt.render(shift, currency: currency, in: frame)
    case .movement(let moved): return Receipt.render(moved, currency: currency, in: frame)
    case .interim(let totals, let shift, let held):
      return Receipt.render(interim: totals, shift: shift, held: held, currency: currency, in: frame)
    }
  }
}
