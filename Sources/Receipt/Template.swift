/// The order of a receipt's parts, as data. A configuration names a template; a template's version changes whenever the
/// same stub would look different.
public struct Template: Sendable, Equatable {
  /// One part of a receipt.
  public enum Section: String, Sendable, Equatable, CaseIterable {
    /// Shop name and header lines.
    case heading
    /// Which copy it is, training, void, refund. Stands first and last, so that neither half can be torn off.
    case marks
    /// Stub number, lane, time, operator, originals.
    case identity
    /// Column titles of the items.
    case titles
    case items
    /// Adjustments of the whole sale.
    case adjustments
    case totals
    case tenders
    case taxes
    /// The code that names the stub.
    case code
    case footer
    case rule
  }

  /// What `template` in the configuration says.
  public var name: String
  /// Of this template, from 1.
  public var version: Int
  /// From top to bottom.
  public var sections: [Section]
  /// True: one row an item with quantity, price and amount. False: name and amount, the rest below when it is not 1.
  public var showsColumns: Bool

  /// Items in columns.
  public static let standard = Template(
    name: "standard", version: 1,
    sections: [
      .heading, .marks, .identity, .rule, .titles, .items, .adjustments, .rule, .totals, .tenders, .taxes, .marks,
      .code, .footer,
    ], showsColumns: true)

  /// For short paper: no titles, no code, quantities only where they are not 1.
  public static let compact = Template(
    name: "compact", version: 1,
    sections: [.heading, .marks, .identity, .rule, .items, .adjustments, .totals, .tenders, .taxes, .marks, .footer],
    showsColumns: false)

  /// All templates.
  public static let all = [standard, compact]

  /// The template of a name; the standard one when there is none of that name.
  public static func named(_ name: String) -> Template { all.first { $0.name == name } ?? .standard }
}
