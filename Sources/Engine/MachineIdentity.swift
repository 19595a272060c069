import CLinux
import Glibc
import Journal
import Till

/// What tells this machine from others, as it is read at the start. None of it reaches the journal in clear.
public struct MachineIdentity: Hashable, Sendable {
  /// Serial number of the main board.
  public var board: String?
  /// DMI product UUID, or the device tree's serial number.
  public var product: String?
  /// machine-id(5).
  public var system: String?

  /// Memberwise; nothing known is no identity, with which nothing is compared.
  public init(board: String? = nil, product: String? = nil, system: String? = nil) {
    self.board = board
    self.product = product
    self.system = system
  }

  /// Where the installed system says who it is.
  public static let standardFile = "/etc/machine-id"
  /// Where the kernel says what it runs on: SMBIOS, else the device tree.
  public static let standardFolders = ["/sys/class/dmi/id", "/sys/firmware/devicetree/base"]

  /// Reads what there is. A file that is missing or that this user may not read is a part that is not known, as in most
  /// containers; what a maker forgot to fill in is none either.
  ///
  /// `file` nil: the system's own, unless it lasts only until the next boot.
  public init(file: String?, folders: [String] = standardFolders) {
    if let file {
      system = Self.machineID(Self.text(file))
    } else if counterfoil_is_in_memory(Self.standardFile) == 0 {
      // systemd lays one over a read-only root that is another after each boot.
      system = Self.machineID(Self.text(Self.standardFile))
    }
    for folder in folders {
      board = board ?? Self.serial(Self.text(folder + "/board_serial"))
      product = product ?? Self.serial(Self.text(folder + "/product_uuid"))
      product = product ?? Self.serial(Self.text(folder + "/serial-number"))
    }
  }

  /// What is wrong with places that somebody named: they were named because the system's own are no good, and a misspelt
  /// name must not pass for a machine of which nothing is known. Nil: nothing.
  public static func complaint(file: String?, folder: String?) -> String? {
    if let file, machineID(text(file)) == nil {
      return "--machine-id \(file): a file with 32 hex digits must be there (machine-id(5))"
    }
    var look = stat()
    if let folder, stat(folder, &look) != 0 || look.st_mode & S_IFMT != S_IFDIR {
      return "--hardware-id \(folder): there is no such folder"
    }
    return nil
  }

  /// Digests that fit no other journal, so that nobody can follow a machine from one to the next.
  public func binding(journal: String) -> MachineBinding {
    func digest(_ part: String, _ value: String?) -> String? {
      value.map { SHA256.hash(Array("counterfoil machine \(part)\n\(journal)\n\($0)".utf8)).hex }
    }
    return MachineBinding(
      board: digest("board", board), product: digest("product", product), system: digest("system", system))
  }

  // MARK: - what counts as an identity

  /// Longest that is read of a file.
  private static let longest = 256
  private static let machineIDLength = 32
  /// A shorter serial number tells nobody apart.
  private static let shortest = 4
  /// What makers ship instead of a serial number, in small letters.
  private static let placeholders: Set<String> = [
    "to be filled by o.e.m.", "to be filled by oem", "default string", "default", "none", "not specified",
    "not applicable", "not available", "not provided", "unknown", "undefined", "empty", "invalid", "o.e.m.", "oem",
    "system serial number", "base board serial number", "board serial number", "serial number",
    "type2 - board serial number",
    "0123456789", "123456789", "1234567890", "012345678", "03000200-0400-0500-0006-000700080009",
    "00020003-0004-0005-0006-000700080009", "12345678-1234-5678-90ab-cddeefaabbcc",
  ]

  static func machineID(_ text: String?) -> String? {
    guard let text = text?.lowercased(), text.utf8.count == machineIDLength, Hex.decode(text) != nil,
      Set(text).count > 1
    else { return nil }
    return text
  }

  static func serial(_ text: String?) -> String? {
    guard let text = text?.lowercased(), text.utf8.count >= shortest, !placeholders.contains(text),
      Set(text.filter { $0.isLetter || $0.isNumber }).count > 1
    else { return nil }
    return text
  }

  /// The first line, without spaces around it; nil when it cannot be had.
  private static func text(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: longest)
    let count = read(descriptor, &buffer, buffer.count)
    guard count > 0 else { return nil }
    var line = buffer[..<count].prefix { $0 != 0 && $0 != 0x0A }
    while line.last == 0x20 || line.last == 0x0D || line.last == 0x09 { line.removeLast() }
    while line.first == 0x20 || line.first == 0x09 { line.removeFirst() }
    return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
  }
}
