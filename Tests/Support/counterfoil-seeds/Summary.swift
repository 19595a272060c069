import Simulation

/// What a run says at its end.
struct Summary {
  private static let shown = 60

  private let options: SeedsProgram.Options
  private let outcome: Outcome

  init(_ options: SeedsProgram.Options, _ outcome: Outcome) {
    self.options = options
    self.outcome = outcome
  }

  /// Prints; 0 when the run is as it must be.
  func report() -> Int32 {
    let lost = outcome.failed.count { $0.violation.kind == .lost }
    if options.isJSON {
      say(
        "{\"counts\":\(outcome.counts.json),\"digest\":\"\(String(outcome.digest, radix: 16))\","
          + "\"failed\":\(outcome.failed.count),\"kept\":\(outcome.kept),\"lost\":\(lost),\"seeds\":\(outcome.done),"
          + "\"variant\":\"\(options.variant.rawValue)\"}")
    } else {
      for name in outcome.counts.values.keys.sorted() { say("  \(name): \(outcome.counts[name])") }
      say("digest \(String(outcome.digest, radix: 16))")
    }
    return options.variant == .none ? good() : caught(lost)
  }

  private func good() -> Int32 {
    for (seed, violation) in outcome.failed.sorted(by: { $0.seed < $1.seed }).prefix(Self.shown) {
      say("seed \(seed): \(violation)")
      say("  again: counterfoil-seeds --seed \(seed) --trace")
    }
    say("\(outcome.done) seeds, \(outcome.failed.count) failed")
    return outcome.failed.isEmpty ? 0 : 1
  }

  /// A rule is left out: the run is good when that is seen as a loss.
  private func caught(_ lost: Int) -> Int32 {
    for (seed, violation) in outcome.failed.sorted(by: { $0.seed < $1.seed }).prefix(3) {
      say("seed \(seed): \(violation)")
    }
    say("\(options.variant.rawValue): \(outcome.done) seeds, \(lost) lost: \(lost > 0 ? "caught" : "NOT caught")")
    return lost > 0 ? 0 : 1
  }
}
