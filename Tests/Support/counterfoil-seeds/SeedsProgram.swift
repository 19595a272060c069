import Glibc
import Simulation

/// `counterfoil-seeds`: runs seeds of the simulator and says what they showed.
enum SeedsProgram {
  static let usage = """
    counterfoil-seeds: runs the seeded simulator of a whole box. One seed is one history: clients, printers, faults of
    the disk, power cuts, kills and restarts around the product's own engine and journal.

      --seeds N        how many seeds (2000)
      --first N        the first one (1)
      --seed N         this one only
      --trace          tell everything that happens, one line each; with --seed
      --variant V      leave out a rule of the journal: no-alignment, no-mark or no-fdatasync; the run is good when the
                       loss is noticed
      --plant F        build a fault into the box's payments; the run is good when seeds find it. F is one of
                       \(Plant.allCases.map(\.rawValue).joined(separator: ",\n                       "))
      --quick          with --plant: no further seed once the fault is found
      --lives N        lives of the daemon in each seed (3 to 6, as the seed wants)
      --segment N      size of a segment in KiB (128 to 256, as the seed wants); with either, each seed is another
                       history than without
      --jobs J         seeds at the same time (2)
      --keep DIR       leave each seed's journal in DIR/seed-N and what our reader says of it in DIR/seed-N.jsonl; of a
                       seed that failed DIR/broken-N
      --json           one object instead of text

    Exit 0: all seeds are good and every class of fault came up as often as it must (runs of 500 seeds or more); with
    --variant or --plant: caught. Exit 1: not so. Exit 64: these arguments make no sense.

    Examples:
      counterfoil-seeds --seeds 10000 --jobs 4
      counterfoil-seeds --seed 4711 --trace            the same history again, told
      counterfoil-seeds --seeds 400 --variant no-mark
      counterfoil-seeds --seeds 60 --plant pay-again
      counterfoil-seeds --seeds 200 --keep journals
    """

  struct Options {
    /// A fault is built in that must be found.
    var isControl: Bool { variant != .none || plant != nil }
    var first: UInt64 = 1
    var seeds: UInt64 = 2_000
    var variant = Variant.none
    var plant: Plant?
    var shape = Simulation.Shape()
    var jobs = 2
    var keep: String?
    var isJSON = false
    var isQuick = false
    var isTraced = false
    var isHelp = false
  }

  static func run(_ arguments: [String]) -> Int32 {
    guard let options = parse(arguments) else {
      say(usage, to: 2)
      return 64
    }
    if options.isHelp {
      say(usage)
      return 0
    }
    let scratch = Folder.scratch()
    defer { Folder.remove(scratch) }
    Crash.tellSeeds(jobs: options.jobs)
    let outcome = Runner(options, scratch: scratch).run()
    return Summary(options, outcome).report()
  }

  static func parse(_ arguments: [String]) -> Options? {
    var options = Options()
    var rest = arguments[...]
    while let name = rest.popFirst() {
      switch name {
      case "--json": options.isJSON = true
      case "--quick": options.isQuick = true
      case "--trace": options.isTraced = true
      case "--help", "-h": options.isHelp = true
      default:
        guard let value = rest.popFirst(), set(name, value, &options) else { return nil }
      }
    }
    // Two histories told at once are no history.
    return options.isTraced && options.seeds != 1 ? nil : options
  }

  private static func set(_ name: String, _ value: String, _ options: inout Options) -> Bool {
    switch name {
    case "--seeds", "--first", "--seed":
      guard let number = UInt64(value), number < .max / 2 else { return false }
      if name == "--first" { options.first = number } else { options.seeds = number }
      if name == "--seed" { (options.first, options.seeds, options.jobs) = (number, 1, 1) }
    case "--jobs":
      guard let number = Int(value), (1...256).contains(number) else { return false }
      options.jobs = number
    case "--lives":
      guard let number = Int(value), (1...100).contains(number) else { return false }
      options.shape.lives = number
    case "--segment":
      guard let number = Int(value), (128...4_096).contains(number), number % 4 == 0 else { return false }
      options.shape.segment = number
    case "--keep": options.keep = value
    case "--plant":
      guard let plant = Plant(rawValue: value) else { return false }
      options.plant = plant
    case "--variant":
      guard let variant = Variant(rawValue: value) else { return false }
      options.variant = variant
    default: return false
    }
    return true
  }
}
