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

  /// What is the same for all seeds of a run; nil: as the seed wants. Another shape is another history.
  public struct Shape: Sendable {
    /// Lives of the daemon.
    public var lives: Int?
    /// Size of a segment in KiB.
    public var segment: Int?

    public init(lives: Int? = nil, segment: Int? = nil) {
      self.lives = lives
      self.segment = segment
    }
  }

  /// Runs one seed. `scratch` is a folder for the lookup file; it is made anew.
  public static func run(
    seed: UInt64, variant: Variant = .none, plant: Plant? = nil, shape: Shape = Shape(), scratch: String,
    keeps: Bool = false,
    trace: ((String) -> Void)? = nil
  ) throws -> Outcome {
    let world = try World(
      seed: seed, variant: variant, plant: plant, shape: shape, indexFolder: scratch, tracing: trace)
    world.run()
    let isWhole = world.violations.isEmpty && !world.isOver
    let journal = keeps ? try KeptJournal(world.disk, isWhole: isWhole) : nil
    // Digest and files are of the history before it.
    let digest = world.digest
    if isWhole { world.archive() }
    return Outcome(
      seed: seed, violations: world.violations, counts: world.counts, digest: digest, journal: journal)
  }
}
