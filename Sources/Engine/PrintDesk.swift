import Devices

/// Which job each printer has and which wait for it. Knows no bytes and no journal.
package struct PrintDesk: Sendable {
  package struct Slot: Sendable {
    package var status: PrinterStatus?
    /// The job that the printer has, from its `jobStarted` on.
    package var running: String?
    /// The job whose content is being fetched.
    package var fetching: String?
    package var waiting: [String] = []
    /// The status was told after the job came: a printer switched off in between is not believed.
    package var fresh = false
    /// A question is under way.
    package var asked = false

    package var free: Bool { running == nil && fresh && (status?.ready ?? false) }
  }

  package init() {}

  package private(set) var slots: [String: Slot] = [:]
  /// Contents of jobs that have not ended; lost with the process on purpose.
  package var contents: [String: JobContent] = [:]

  package mutating func status(_ printer: String, _ status: PrinterStatus) {
    slots[printer, default: Slot()].status = status
    slots[printer]?.fresh = status.ready
    // A printer that cannot print is watched by its driver and tells by itself when it can.
    if status.ready { slots[printer]?.asked = false }
  }

  /// True when the printer has work but must say first how it is; asked once at a time.
  package mutating func mustAsk(_ printer: String) -> Bool {
    guard let slot = slots[printer], slot.running == nil, !slot.waiting.isEmpty, !slot.fresh, !slot.asked
    else { return false }
    slots[printer]?.asked = true
    return true
  }

  package mutating func enqueue(_ job: String, at printer: String) {
    guard slots[printer]?.waiting.contains(job) != true, slots[printer]?.running != job else { return }
    slots[printer, default: Slot()].waiting.append(job)
    slots[printer]?.fresh = false
  }

  /// The next job of a printer that is free, and nothing when none can start.
  package func next(_ printer: String) -> String? {
    guard let slot = slots[printer], slot.free, let job = slot.waiting.first, slot.fetching != job else { return nil }
    return job
  }

  package mutating func fetching(_ job: String, at printer: String) { slots[printer]?.fetching = job }

  package mutating func started(_ job: String, at printer: String) {
    slots[printer]?.waiting.removeAll { $0 == job }
    slots[printer]?.running = job
    slots[printer]?.fresh = false
    slots[printer]?.fetching = nil
  }

  package mutating func fetched(_ job: String, _ content: JobContent?) {
    if let content { contents[job] = content }
    for printer in slots.keys where slots[printer]?.fetching == job {
      slots[printer]?.fetching = nil
      if content == nil { slots[printer]?.waiting.removeAll { $0 == job } }
    }
  }

  /// The job is not the printer's any more.
  package mutating func ended(_ job: String) {
    for printer in slots.keys {
      if slots[printer]?.running == job { slots[printer]?.running = nil }
      slots[printer]?.waiting.removeAll { $0 == job }
    }
  }
}
