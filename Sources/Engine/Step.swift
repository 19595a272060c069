import Devices
import Document
import Journal
import Records
import Till

/// What the register is told.
package enum Input: Sendable {
  case call(Call)
  /// The event handed out last but not yet placed stands from `first` on.
  case appended(first: UInt64, leaves: [Digest])
  /// All records before this sequence are durable.
  case durable(upTo: UInt64)
  case printer(name: String, PrinterReport)
  /// A decision of the daemon itself, not of a client.
  case own(Event)
  /// The segment was switched: lookups of the current segment start anew after `sequence`.
  case switched(at: UInt64)
  /// A document that the lookup thread has read for a job.
  case document(job: String, Result<JobContent, CallError>)
  case provider(name: String, ProviderReport)
  /// The threads run: what the journal left open goes on.
  case started
  /// ``Register/nextTimer`` has come.
  case tick
}

/// What the register wants done, in order.
enum Output: Sendable {
  /// Append these entries as one event, then tell `.appended` before any other input.
  case append([PendingEntry], urgency: Urgency, news: Bool)
  case answer(UInt64, Result<Answer, CallError>)
  case effect(RegisterEffect)
  case happened([Happening])
  /// Off the register's thread: then the call comes back, or is answered.
  case lookup(Lookup)
  /// This event is durable: lookups may show it.
  case durable([Record], first: UInt64, stubIndex: Int?)
  /// A print job of this stub durably started.
  case started(sequence: UInt64, stub: String)
}

/// What leaves the register once it is durable.
package enum RegisterEffect: Sendable {
  case print(printer: String, job: String, attempt: Int, content: JobContent, marked: Bool)
  case cancel(printer: String, job: String)
  /// Ask the printer how it is; its status follows.
  case ask(printer: String)
  case kick(drawer: String, order: String)
  case provider(String, ProviderOrder)
}

/// What the lookup thread is asked.
package enum Lookup: Sendable {
  /// The event at `sequence` answers this call if the request is the same.
  case recall(token: UInt64, method: String, requestHash: Digest, key: String, sequence: UInt64)
  /// Does a sealed segment hold this key?
  case key(Call)
  /// Facts about the closed stubs that the call names.
  case facts(Call, upTo: UInt64)
  /// What a job prints.
  case document(job: PrintJob)
}

/// What a job prints, before the template.
package enum JobContent: Sendable {
  case note(Document)
  case slip(JobSlip)
}

/// A slip that is rendered from records. It has the configuration of its day, so that it looks the same in three years.
package struct JobSlip: Sendable {
  package indirect enum Matter: Sendable {
    case stub(StubSealed, StubPlace, document: DocumentKind, copy: CopyKind)
    case proforma(Sale)
    case day(DayClosed)
    case shift(ShiftClosed)
    case movement(CashMoved)
    /// X: of the shift, or (nil) of the day.
    case interim(SalesTotals, ShiftReport?, held: Tally?)
  }

  package var matter: Matter
  package var stamp: Stamp
  package var configuration: TillConfiguration
  /// The stub that replaced the one that is printed.
  package var correctedBy: StubNumber?

  package init(
    matter: Matter, stamp: Stamp, configuration: TillConfiguration, correctedBy: StubNumber? = nil
  ) {
    self.matter = matter
    self.stamp = stamp
    self.configuration = configuration
    self.correctedBy = correctedBy
  }
}
