import Configuration
import Glibc

/// What the command line says.
struct Options {
  var configuration = "/etc/counterfoil/counterfoil.toml"
  var profiles: String?
  /// Nil: the system's own.
  var machineID: String?
  var hardwareID: String?

  static let help = """
    counterfoild: the daemon of a point-of-sale box.

    usage: counterfoild [--config FILE] [--profiles FOLDER] [--machine-id FILE] [--hardware-id FOLDER]

      --config FILE      configuration (default /etc/counterfoil/counterfoil.toml)
      --profiles FOLDER  hardware profiles (default: COUNTERFOIL_PROFILES, /usr/share/counterfoil/hardware-profiles,
                         or hardware-profiles in the working directory)
      --machine-id FILE  what tells this installation from others (default /etc/machine-id); for a system whose
                         machine-id is another one after each boot; 32 hex digits, or the daemon ends with 78
      --hardware-id FOLDER
                         where product_uuid, board_serial or serial-number of the hardware stand, as far as there are
                         any (default /sys/class/dmi/id and /sys/firmware/devicetree/base)
      --version          prints the version
      --help             prints this

    Listens on the socket that the service manager hands over, else on `control.socket` of the configuration.
    Make a journal first: counterfoil init --config FILE

    """

  enum Parsed {
    case run(Options)
    case print(String)
    case wrong(String)
  }

  static func parse(_ arguments: [String]) -> Parsed {
    var options = Options()
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--help", "-h": return .print(help)
      case "--version": return .print("counterfoild \(Product.version)\n")
      case "--config", "--profiles", "--machine-id", "--hardware-id":
        guard let value = rest.popFirst() else { return .wrong("\(argument) needs a value") }
        switch argument {
        case "--config": options.configuration = value
        case "--profiles": options.profiles = value
        case "--machine-id": options.machineID = value
        default: options.hardwareID = value
        }
      default: return .wrong("unknown argument \(argument); see counterfoild --help")
      }
    }
    return .run(options)
  }

  /// The folder of the hardware profiles.
  var profileFolder: String {
    if let profiles { return profiles }
    if let value = getenv("COUNTERFOIL_PROFILES") { return String(cString: value) }
    let installed = "/usr/share/counterfoil/hardware-profiles"
    return access(installed, R_OK) == 0 ? installed : "hardware-profiles"
  }
}
