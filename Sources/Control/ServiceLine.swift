import Till

/// One line for the service's log, with what is known of its subject.
public struct ServiceLine: Sendable, Equatable {
  /// How bad it is; syslog(3).
  public enum Priority: Int, Sendable {
    case critical = 2
    case error = 3
    case warning = 4
    case notice = 5
    case info = 6
  }

  /// A field of the system journal.
  public enum Field: String, Sendable, CaseIterable {
    /// Name of a device in the configuration.
    case device = "COUNTERFOIL_DEVICE"
    case sale = "COUNTERFOIL_SALE"
    /// Id of a print job.
    case job = "COUNTERFOIL_JOB"
    /// Place of the record in the box's journal.
    case sequence = "COUNTERFOIL_SEQUENCE"
  }

  public let priority: Priority
  public let message: String
  /// In the order of ``Field``.
  public let fields: [(field: Field, value: String)]

  /// A line; whatever looks like a phone number, a card or a payment code is made unreadable in it.
  public init(_ priority: Priority, _ message: String, _ fields: [Field: String] = [:]) {
    self.priority = priority
    self.message = Self.masked(message)
    self.fields = Field.allCases.compactMap { field in
      fields[field].map { (field, Self.masked($0)) }
    }
  }

  public static func == (one: Self, other: Self) -> Bool {
    one.priority == other.priority && one.message == other.message
      && one.fields.elementsEqual(other.fields) { $0 == $1 }
  }

  /// For a stream: the priority as sd-daemon(3) has it, and one line of text.
  public var plain: [UInt8] {
    Array("<\(priority.rawValue)>\(message)\n".utf8)
  }

  /// For the socket of the system journal (its native protocol): a field a line; a value with line breaks goes by its
  /// length, 64 bits, least byte first.
  public var datagram: [UInt8] {
    var bytes: [UInt8] = []
    func add(_ name: String, _ value: String) {
      bytes += Array(name.utf8)
      let value = Array(value.utf8)
      if value.contains(UInt8(ascii: "\n")) {
        bytes.append(UInt8(ascii: "\n"))
        withUnsafeBytes(of: UInt64(value.count).littleEndian) { bytes += Array($0) }
      } else {
        bytes.append(UInt8(ascii: "="))
      }
      bytes += value
      bytes.append(UInt8(ascii: "\n"))
    }
    add("MESSAGE", message)
    add("PRIORITY", String(priority.rawValue))
    add("SYSLOG_IDENTIFIER", "counterfoild")
    for (field, value) in fields { add(field.rawValue, value) }
    return bytes
  }

  // MARK: numbers that are none of the log's business

  /// Digits in a row that may be a payment code, 16 to 24 of them; names of segments begin with zeros, codes never do.
  private static func mayBeCode(_ run: String) -> Bool { run.count >= 16 && !run.hasPrefix("0") }

  private static func masked(_ text: String) -> String {
    if TextRules.looksPersonal(text) { return String(text.map { $0.isASCII && $0.isNumber ? "*" : $0 }) }
    var masked = ""
    var run = ""
    func end() {
      masked += mayBeCode(run) ? String(repeating: "*", count: run.count) : run
      run = ""
    }
    for character in text {
      if character.isASCII, character.isNumber {
        run.append(character)
      } else {
        end()
        masked.append(character)
      }
    }
    end()
    return masked
  }
}
