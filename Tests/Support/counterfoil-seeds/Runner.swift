import Glibc
import Simulation
import Synchronization

/// All seeds of a run, added up.
struct Outcome {
  var counts = Counts()
  var failed: [(seed: UInt64, violation: Violation)] = []
  var digest: UInt64 = 0
  var done: UInt64 = 0
  var kept = 0
}

/// Gives the seeds to a few threads; each seed is one thread's alone.
final class Runner: Sendable {
  private let options: SeedsProgram.Options
  private let scratch: String
  private let next: Mutex<UInt64>
  private let outcome = Mutex(Outcome())
  private let progress: Mutex<Progress>

  init(_ options: SeedsProgram.Options, scratch: String) {
    self.options = options
    self.scratch = scratch
    next = Mutex(options.first)
    progress = Mutex(Progress(total: options.seeds))
  }

  func run() -> Outcome {
    var threads: [pthread_t] = []
    for job in 0..<options.jobs {
      if let thread = start(job) { threads.append(thread) }
    }
    for thread in threads { pthread_join(thread, nil) }
    progress.withLock { $0.end() }
    return outcome.withLock { $0 }
  }

  private func start(_ job: Int) -> pthread_t? {
    final class Box {
      let body: () -> Void
      init(_ body: @escaping () -> Void) { self.body = body }
    }
    let box = Unmanaged.passRetained(Box { self.work(job) })
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, 8 << 20)
    var thread = pthread_t()
    let status = pthread_create(
      &thread, &attributes,
      { raw in
        if let raw { Unmanaged<Box>.fromOpaque(raw).takeRetainedValue().body() }
        return nil
      }, box.toOpaque())
    return status == 0 ? thread : nil
  }

  private func work(_ job: Int) {
    while let seed = take() {
      Crash.runs(seed, job: job)
      let folder = "\(scratch)/\(job)"
      Folder.remove(folder)
      let result: Simulation.Outcome
      do {
        result = try Simulation.run(
          seed: seed, variant: options.variant, plant: options.plant, shape: options.shape, scratch: folder,
          keeps: options.keep != nil,
          trace: options.isTraced ? { say($0) } : nil)
      } catch {
        outcome.withLock { $0.failed.append((seed, Violation(kind: .fault, text: "\(error)"))) }
        continue
      }
      if let keep = options.keep, let journal = result.journal {
        Folder.write(journal, "\(keep)/\(journal.lines.isEmpty ? "broken" : "seed")-\(seed)")
      }
      finish(result)
    }
    Crash.runs(nil, job: job)
  }

  private func take() -> UInt64? {
    if options.plant != nil, options.isQuick, outcome.withLock({ !$0.failed.isEmpty }) { return nil }
    return next.withLock { seed in
      guard seed < options.first + options.seeds else { return nil }
      defer { seed += 1 }
      return seed
    }
  }

  private func finish(_ result: Simulation.Outcome) {
    // At once: a long run may be ended before it ends.
    if !options.isControl, !options.isTraced {
      for violation in result.violations { say("seed \(result.seed): \(violation)", to: 2) }
    }
    let (done, failed) = outcome.withLock { outcome in
      outcome.counts.add(result.counts)
      outcome.digest ^= result.digest
      outcome.done += 1
      if let journal = result.journal, !journal.lines.isEmpty { outcome.kept += 1 }
      for violation in result.violations { outcome.failed.append((result.seed, violation)) }
      return (outcome.done, outcome.failed.count)
    }
    if !options.isJSON, !options.isTraced { progress.withLock { $0.tell(done: done, failed: failed) } }
  }
}
