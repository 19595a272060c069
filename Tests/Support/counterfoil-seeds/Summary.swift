import Simulation

/// What a run says at its end.
struct Summary {
  /// Violations told one by one.
  private static let shown = 20

  private let options: SeedsProgram.Options
  private let outcome: Outcome
  private let unmet: [String]

  init(_ options: SeedsProgram.Options, _ outcome: Outcome) {
    self.options = options
    self.outcome = outcome
    let isUsual = !options.isControl && options.shape.lives == nil && options.shape.segment == nil
    unmet = isUsual ? Demands.unmet(outcome.counts, seeds: options.seeds) : []
  }

  private var lost: Int { outcome.failed.count { $0.violation.kind == .lost } }

  /// As it must be: with all rules no violation and all faults seen; without one of them a loss that was noticed.
  private var isGood: Bool {
    if options.plant != nil { return !outcome.failed.isEmpty }
    guard outcome.done == options.seeds else { return false }
    return options.variant == .none ? outcome.failed.isEmpty && unmet.isEmpty : lost > 0
  }

  /// Prints; answers the exit code.
  func report() -> Int32 {
    if options.isJSON { say(json) } else { tell() }
    return isGood ? 0 : 1
  }

  private func tell() {
    let isSmall = options.seeds == 1
    if !isSmall { for name in outcome.counts.values.keys.sorted() { say("  \(name): \(outcome.counts[name])") } }
    let failed = outcome.failed.sorted { $0.seed < $1.seed }
    for (seed, violation) in failed.prefix(options.isControl ? 3 : Self.shown) {
      say("seed \(seed): \(violation)")
      if options.variant == .none, !options.isTraced {
        say("  again: \(CommandLine.arguments[0]) --seed \(seed) --trace\(shape)")
      }
    }
    for text in unmet { say("too rare: \(text)") }
    if options.seeds < Demands.fewestSeeds, !options.isControl, !isSmall {
      say("not judged: how often each fault came up (fewer than \(Demands.fewestSeeds) seeds)")
    }
    say("digest \(String(outcome.digest, radix: 16))")
    if options.variant != .none {
      say("\(options.variant.rawValue): \(outcome.done) seeds, \(lost) lost: \(isGood ? "caught" : "NOT caught")")
    }
    if let plant = options.plant {
      let first = failed.first.map { ", the first after \($0.seed + 1 - options.first)" } ?? ""
      say(
        "\(plant.rawValue): found by \(failed.count) of \(outcome.done) seeds\(first): \(isGood ? "caught" : "NOT caught")"
      )
    }
    say("\(outcome.done) seeds, \(outcome.failed.count) failed, \(unmet.count) kinds of fault too rare")
  }

  private var shape: String {
    (options.plant.map { " --plant \($0.rawValue)" } ?? "")
      + (options.shape.lives.map { " --lives \($0)" } ?? "") + (options.shape.segment.map { " --segment \($0)" } ?? "")
  }

  private var json: String {
    let seeds = Set(outcome.failed.map(\.seed)).sorted().prefix(Self.shown).map(String.init).joined(separator: ",")
    let rare = unmet.map { "\"\($0)\"" }.joined(separator: ",")
    return "{\"counts\":\(outcome.counts.json),\"digest\":\"\(String(outcome.digest, radix: 16))\","
      + "\"failed\":\(outcome.failed.count),\"failedSeeds\":[\(seeds)],\"good\":\(isGood),\"kept\":\(outcome.kept),"
      + "\"lost\":\(lost),\"plant\":\(options.plant.map { "\"\($0.rawValue)\"" } ?? "null"),\"seeds\":\(outcome.done),\"tooRare\":[\(rare)],"
      + "\"variant\":\"\(options.variant.rawValue)\"}"
  }
}
