import Configuration
import JSON
import Journal
import Records
import Till
import TillSettings

/// Settings of a configuration under the names that they have in `counterfoil.toml`.
package struct SettingText: Equatable {
  /// One setting that differs.
  package struct Change: Equatable {
    package var setting: String
    /// Nil: not set.
    package var from: String?
    package var to: String?

    package init(setting: String, from: String?, to: String?) {
      self.setting = setting
      self.from = from
      self.to = to
    }
  }

  /// Value by name, as the file would say it.
  package private(set) var values: [String: String] = [:]

  /// Of a record: the `configuration` of a `config` or `state`.
  package init(recorded: JSON) {
    for member in recorded.object ?? [] where member.key != "devices" {
      add(member.value, Self.top[member.key] ?? Self.snake(member.key))
    }
  }

  /// Of a file, as far as the journal would record it: what computes a sale or shows on a slip.
  package init(file: DaemonConfiguration) throws {
    let changed = ConfigurationChanged(reason: "", configuration: TillConfiguration(file))
    guard let day = BusinessDay("2026-01-01") else {
      self.init(recorded: .null)
      return
    }
    let stamp = Stamp(at: 0, offsetMinutes: 0, timeTrusted: false, businessDay: day, verifiedBy: .nobody)
    let entries = try RecordCodec.encode(Record(stamp: stamp, fact: .config(changed)), hash: { SHA256.hash($0).hex })
    let recorded = try entries.first.flatMap { try JSON(parsing: Array($0.body[$0.data]))["configuration"] }
    self.init(recorded: recorded ?? .null)
  }

  /// What has to change from one to the other, by name.
  package func changes(to other: SettingText) -> [Change] {
    Set(values.keys).union(other.values.keys).sorted().compactMap { name in
      values[name] == other.values[name] ? nil : Change(setting: name, from: values[name], to: other.values[name])
    }
  }

  // MARK: Names

  private static let top = [
    "shopName": "shop.name", "language": "shop.language", "template": "receipt.template", "header": "receipt.header",
    "footer": "receipt.footer", "cashStep": "cash.step", "taxRounding": "tax.rounding", "lanes": "lane",
    "taxes": "tax.rate",
  ]
  private static let inner = ["cashAllowed": "cash", "priceOverrideMillionths": "price_override"]
  /// Millionths, which the file writes as percentages.
  private static let rates: Set<String> = ["rate", "price_override"]

  private mutating func add(_ value: JSON, _ name: String) {
    if let members = value.object {
      for member in members { add(member.value, "\(name).\(Self.inner[member.key] ?? Self.snake(member.key))") }
    } else if let items = value.array {
      guard items.contains(where: { $0.object != nil }) else {
        values[name] = "[" + items.map { Self.text($0, name) }.joined(separator: ", ") + "]"
        return
      }
      for item in items {
        let key = (item["name"] ?? item["code"])?.string ?? "?"
        for member in item.object ?? [] where member.key != "name" && member.key != "code" {
          add(member.value, "\(name)[\(key)].\(Self.inner[member.key] ?? Self.snake(member.key))")
        }
      }
    } else {
      values[name] = Self.text(value, name)
    }
  }

  private static func text(_ value: JSON, _ name: String) -> String {
    if let text = value.string { return "\"\(name == "tax.rounding" ? snake(text, "-") : text)\"" }
    guard let number = value.integer else { return value.bool.map { String($0) } ?? "-" }
    let leaf = name.split(separator: ".").last.map(String.init) ?? name
    guard rates.contains(leaf), number >= 0 else { return String(number) }
    var fraction = String(String(number % 10_000 + 10_000).dropFirst())
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return "\"\(number / 10_000)\(fraction.isEmpty ? "" : "." + fraction)%\""
  }

  /// `cash_out` of `cashOut`.
  private static func snake(_ name: String, _ separator: String = "_") -> String {
    name.map { $0.isUppercase ? separator + $0.lowercased() : String($0) }.joined()
  }
}
