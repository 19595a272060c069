/// The seeded simulator: one number is one history of a box.
public enum Simulation {
  /// What one seed gave.
  public struct Outcome: Sendable {
    public var seed: UInt64
    public var violations: [Violation]
    public var counts: Counts
    /// The same for the same seed, on every machine and in every run.
    public var digest: UInt64
    /// The files as they were left; when the seed ran to its end, also what our own reader says of them.
    public var journal: KeptJournal?
  }

  /// Runs one seed. `scratch` is a folder for the lookup file; it is made anew.
  public static func run(
    seed: UInt64, variant: Variant = .none, scratch: String, keeps: Bool = false, trace: ((String) -> Void)? = nil
  ) throws -> Outcome {
    let world = try World(seed: seed, variant: variant, indexFolder: scratch, tracing: trace)
    world.run()
    let isWhole = world.violations.isEmpty && !world.isOver
    let journal = keeps ? try KeptJournal(world.disk, isWhole: isWhole) : nil
    return Outcome(
      seed: seed, violations: world.violations, counts: world.counts, digest: world.digest, journal: journal)
  }
}
