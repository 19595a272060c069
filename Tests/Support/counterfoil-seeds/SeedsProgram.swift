import Glibc
import Simulation
import Synchronization

/// `counterfoil-seeds`: runs seeds of the simulator and says what they showed.
enum SeedsProgram {
  static let usage = """
    counterfoil-seeds --seeds N [--first N] [--variant none|no-alignment|no-mark|no-fdatasync] [--jobs N]
                      [--keep DIR] [--json]
    counterfoil-seeds --seed N --trace [--variant V]
    """

  struct Options {
    var first: UInt64 = 1
    var seeds: UInt64 = 2_000
    var variant = Variant.none
    var jobs = 2
    var keep: String?
    var isJSON = false
    var isTraced = false
  }

  static func run(_ arguments: [String]) -> Int32 {
    guard let options = parse(arguments) else {
      say(usage)
      return 64
    }
    let scratch = Folder.scratch()
    defer { Folder.remove(scratch) }
    let outcome = Runner(options, scratch: scratch).run()
    return Summary(options, outcome).report()
  }

  static func parse(_ arguments: [String]) -> Options? {
    var options = Options()
    var rest = arguments[...]
    while let name = rest.popFirst() {
      if name == "--json" || name == "--trace" {
        if name == "--json" { options.isJSON = true } else { options.isTraced = true }
        continue
      }
      guard let value = rest.popFirst() else { return nil }
      switch name {
      case "--seeds": guard let number = UInt64(value) else { return nil }; options.seeds = number
      case "--first": guard let number = UInt64(value) else { return nil }; options.first = number
      case "--seed":
        guard let number = UInt64(value) else { return nil }
        (options.first, options.seeds, options.jobs) = (number, 1, 1)
      case "--jobs": guard let number = Int(value), number > 0 else { return nil }; options.jobs = number
      case "--keep": options.keep = value
      case "--variant": guard let variant = Variant(rawValue: value) else { return nil }; options.variant = variant
      default: return nil
      }
    }
    return options
  }
}
