import Configuration
import Glibc
import JSON
import Journal

/// A reply of the daemon without what people wrote.
struct HarmlessJSON {
  private let redaction: Redaction

  init(_ redaction: Redaction) { self.redaction = redaction }

  /// Made by programs, of digits that look like a key's.
  private static let kept: Set<String> = ["box", "chain", "id", "instance", "journal", "root", "businessDay"]
  /// Never taken, whatever stands there.
  private static let dropped: Set<String> = [
    "approver", "checkpoint", "customer", "description", "externalReference", "label", "masked", "member", "note",
    "operator", "operatorName", "reference", "title",
  ]
  /// What waits for a person is told in words of our own for these; for others it may name a sale or a person.
  private static let plainWaits = [
    "clock", "cover", "disk", "journal", "key", "machine", "paper", "printer", "scanner", "segment",
  ]

  func text(_ value: JSON) -> String {
    (try? harmless(value, "").canonicalBytes()).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  private func harmless(_ value: JSON, _ key: String) -> JSON {
    switch value {
    case .string(let text): .string(Self.kept.contains(key) ? redaction.withoutWords(text) : redaction.clean(text))
    case .array(let values): .array(values.map { harmless($0, key) })
    case .object(let members):
      .object(
        members.filter { !Self.dropped.contains($0.key) }.map {
          .init($0.key, $0.key == "text" && !isPlain(members) ? .string(Redaction.mark) : harmless($0.value, $0.key))
        })
    default: value
    }
  }

  private func isPlain(_ wait: [JSON.Member]) -> Bool {
    guard let code = wait.first(where: { $0.key == "code" })?.value.string else { return false }
    return Self.plainWaits.contains { code.hasPrefix($0) }
  }
}

/// A configuration with the values of the fields that are known to be harmless.
enum HarmlessConfiguration {
  /// By table; `*` is every field of it.
  private static let kept: [String: Set<String>] = [
    "shop": ["shop", "till", "currency", "time_zone", "language"], "receipt": ["template"], "storage": ["*"],
    "control": ["*"], "tax": ["rounding"], "tax.rate": ["code", "rate", "included"], "cash": ["*"], "limits": ["*"],
    "lane": ["*"], "scanner": ["*"], "in_store_code": ["*"], "role": ["role"], "operator": ["id", "role"],
    "printer": ["*"],
  ]
  /// In these tables a text that is not kept is somebody's, and is taken out of everything.
  private static let personal: Set<String> = ["operator", "receipt"]

  /// A line for each field.
  static func text(_ root: [String: TOMLNode]) -> String {
    var lines: [String] = []
    walk(root, "", "") { path, isKept, _, value in lines.append("\(path) = \(isKept ? spelled(value) : Redaction.mark)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Texts that must not be anywhere in the bundle.
  static func secrets(_ root: [String: TOMLNode]) -> Set<String> {
    var found: Set<String> = []
    walk(root, "", "") { _, isKept, table, value in
      guard !isKept, personal.contains(table) || Self.kept[table] == nil else { return }
      collect(value, into: &found)
    }
    return found
  }

  /// What stands in quotes in a text that is no TOML, by the name before it; harmless fields left out, but for the
  /// journal's path. `name` is not harmless here: it may be a person's.
  static func loose(_ text: String) -> [String: [String]] {
    let harmless = kept.values.reduce(into: Set<String>()) { $0.formUnion($1) }
    var found: [String: [String]] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let name = parts[0].filter { !$0.isWhitespace }
      guard !harmless.contains(name) else { continue }
      let quoted = parts[1].split(separator: "\"", omittingEmptySubsequences: false).enumerated()
      found[name, default: []] += quoted.filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
    return found
  }

  private static func collect(_ value: TOMLNode, into found: inout Set<String>) {
    switch value {
    case .string(let text): found.insert(text)
    case .array(let values): for value in values { collect(value, into: &found) }
    default: break
    }
  }

  private static func walk(
    _ table: [String: TOMLNode], _ path: String, _ name: String,
    _ each: (_ path: String, _ isKept: Bool, _ table: String, _ value: TOMLNode) -> Void
  ) {
    for (key, value) in table.sorted(by: { $0.key < $1.key }) {
      let place = path.isEmpty ? key : path + "." + key
      let inner = name.isEmpty ? key : name + "." + key
      switch value {
      case .table(let members): walk(members, place, inner, each)
      case .array(let values) where values.contains(where: { if case .table = $0 { true } else { false } }):
        for (number, value) in values.enumerated() {
          if case .table(let members) = value { walk(members, "\(place)[\(number)]", inner, each) }
        }
      default:
        let fields = kept[name] ?? []
        each(place, fields.contains("*") || fields.contains(key), name, value)
      }
    }
  }

  private static func spelled(_ value: TOMLNode) -> String {
    switch value {
    case .string(let text): "\"\(text)\""
    case .integer(let number): "\(number)"
    case .boolean(let flag): "\(flag)"
    case .array(let values): "[\(values.map(spelled).joined(separator: ", "))]"
    default: Redaction.mark
    }
  }
}

/// What people wrote into the newest records: no log line shall carry it out of the shop.
enum PersonalWords {
  private static let people: Set<String> = [
    "approver", "customer", "externalReference", "label", "masked", "member", "note", "operator", "reason", "reference",
    "shiftOperator", "title",
  ]
  private static let goods: Set<String> = ["code", "description", "name"]
  /// What a daemon writes itself.
  private static let plain: Set<String> = [
    "boot", "checkpoint", "config", "genesis", "keysCarried", "mark", "recovery", "seal", "stop",
  ]
  private static let newest: Int64 = 20_000
  /// A shorter one is a number of an operator or a kind of code.
  private static let shortest = 3

  static func inJournal(_ path: String, keepsItemNames: Bool) -> Set<String>? {
    guard let folder = try? OfflineJournal(path), let last = try? folder.head().sequence else { return nil }
    let names = keepsItemNames ? people : people.union(goods)
    var found: Set<String> = []
    try? folder.read(from: UInt64(max(0, last - newest)), limit: Int(newest) + 1, kinds: []) { entry in
      guard !plain.contains(entry.kind), !entry.kind.hasPrefix("state"),
        let data = (try? JSON(parsing: entry.entry))?["data"]
      else { return }
      take(data, names, &found)
    } hole: { _ in
    }
    return found
  }

  private static func take(_ value: JSON, _ names: Set<String>, _ found: inout Set<String>) {
    switch value {
    case .array(let values): for value in values { take(value, names, &found) }
    case .object(let members):
      for member in members {
        if let text = member.value.string {
          if names.contains(member.key), text.utf8.count >= shortest { found.insert(text) }
        } else {
          take(member.value, names, &found)
        }
      }
    default: break
    }
  }
}
