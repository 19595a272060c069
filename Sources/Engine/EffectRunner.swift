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
    var batch: [RegisterEffect] = []
    while mailbox.take(into: &batch, until: nil) {
      for effect in batch { carryOut(effect) }
    }
  }

  private func carryOut(_ effect: RegisterEffect) {
    switch effect {
    case .print(let printer, let job, let attempt, let content, let marked):
      guard let device = setup.printers[printer] else { return }
      let document = document(job: job, content, attempt: attempt, marked: marked)
      device.print(PrintRequest(job: job, document: document, attempt: attempt))
    case .ask(let printer): setup.printers[printer]?.checkHealth()
    case .cancel(let printer, let job): setup.printers[printer]?.cancel(job: job)
    case .kick(let printer, let order): setup.printers[printer]?.kickDrawer(order: order)
    }
  }

  private func document(job: String, _ content: JobContent, attempt: Int, marked: Bool) -> Document {
    let till = till()
    let configuration = till.configuration
    switch content {
    case .note(let document): return document
    case .stub(let stub, let stamp, let place):
      let local = LocalTime.of(milliseconds: stamp.at)
      return Receipt.render(
        stub, stamp: stamp, sequence: place.sequence, hash: place.leaf.hex, configuration: configuration,
        origin: origin, document: till.jobs[job]?.document ?? .receipt, copy: till.jobs[job]?.copy ?? .original,
        reprint: marked ? attempt : nil,
        localTime: "\(local.date) \(local.time)")
    case .report(let day, let stamp):
      let local = LocalTime.of(milliseconds: stamp.at)
      return Receipt.render(
        day, stamp: stamp, configuration: configuration, currency: till.currency, origin: origin,
        localTime: "\(local.date) \(local.time)")
    }
  }
}
