import Command
import Configuration
import Foundation
import JSON
import Testing

/// Settings have the names and the values that the file gives them.
@Suite struct SettingTests {
  static let file = """
    [shop]
    name = "n"
    shop = "s"
    till = "t"
    language = "en"
    [receipt]
    template = "standard"
    header = ["a"]
    footer = ["b", "c"]
    [cash]
    step = 10
    [tax]
    rounding = "per-line"
    [[tax.rate]]
    code = "A"
    rate = "13%"
    included = true
    label = "VAT"
    [limits]
    price_override = "2.5%"
    manual_adjustment = 500
    sale_total = 70000
    cash_out = 50000
    return_total = 100000
    void_totalled_needs_approval = true
    remove_tender_needs_approval = false
    no_sale_needs_approval = true
    [[lane]]
    name = "lane-1"
    printer = "front"
    drawer = "front"
    scanners = ["hand"]
    cash = true
    training = false
    receipt = "always"
    merchant_copy = false
    [[printer]]
    name = "front"
    address = "tcp://127.0.0.1:9100"
    profile = "generic-gbk-80"
    [[scanner]]
    name = "hand"
    address = "serial:/dev/x?speed=9600"

    """

  /// A line of the file, what stands there instead, and the change that comes of it.
  static let edits: [(from: String, to: String, change: SettingText.Change?)] = [
    ("name = \"n\"", "name = \"m\"", .init(setting: "shop.name", from: "\"n\"", to: "\"m\"")),
    ("language = \"en\"", "language = \"zh-CN\"", .init(setting: "shop.language", from: "\"en\"", to: "\"zh-CN\"")),
    ("[\"a\"]", "[]", .init(setting: "receipt.header", from: "[\"a\"]", to: "[]")),
    ("[\"b\", \"c\"]", "[\"b\"]", .init(setting: "receipt.footer", from: "[\"b\", \"c\"]", to: "[\"b\"]")),
    ("step = 10", "", .init(setting: "cash.step", from: "10", to: nil)),
    ("per-line", "per-total", .init(setting: "tax.rounding", from: "\"per-line\"", to: "\"per-total\"")),
    ("13%", "6.5%", .init(setting: "tax.rate[A].rate", from: "\"13%\"", to: "\"6.5%\"")),
    ("included = true", "included = false", .init(setting: "tax.rate[A].included", from: "true", to: "false")),
    ("\"VAT\"", "\"GST\"", .init(setting: "tax.rate[A].label", from: "\"VAT\"", to: "\"GST\"")),
    ("2.5%", "10%", .init(setting: "limits.price_override", from: "\"2.5%\"", to: "\"10%\"")),
    ("= 500\n", "= 501\n", .init(setting: "limits.manual_adjustment", from: "500", to: "501")),
    ("70000", "70001", .init(setting: "limits.sale_total", from: "70000", to: "70001")),
    ("cash_out = 50000", "", .init(setting: "limits.cash_out", from: "50000", to: nil)),
    ("100000", "1", .init(setting: "limits.return_total", from: "100000", to: "1")),
    (
      "void_totalled_needs_approval = true", "void_totalled_needs_approval = false",
      .init(setting: "limits.void_totalled_needs_approval", from: "true", to: "false")
    ),
    (
      "remove_tender_needs_approval = false", "remove_tender_needs_approval = true",
      .init(setting: "limits.remove_tender_needs_approval", from: "false", to: "true")
    ),
    (
      "no_sale_needs_approval = true", "no_sale_needs_approval = false",
      .init(setting: "limits.no_sale_needs_approval", from: "true", to: "false")
    ),
    ("printer = \"front\"", "", .init(setting: "lane[lane-1].printer", from: "\"front\"", to: nil)),
    ("drawer = \"front\"", "", .init(setting: "lane[lane-1].drawer", from: "\"front\"", to: nil)),
    ("scanners = [\"hand\"]", "", .init(setting: "lane[lane-1].scanners", from: "[\"hand\"]", to: "[]")),
    ("cash = true", "cash = false", .init(setting: "lane[lane-1].cash", from: "true", to: "false")),
    ("training = false", "training = true", .init(setting: "lane[lane-1].training", from: "false", to: "true")),
    ("\"always\"", "\"ask\"", .init(setting: "lane[lane-1].receipt", from: "\"always\"", to: "\"ask\"")),
    (
      "merchant_copy = false", "merchant_copy = true",
      .init(setting: "lane[lane-1].merchant_copy", from: "false", to: "true")
    ),
    // What the journal does not hold.
    ("9100", "9101", nil),
  ]

  @Test(arguments: edits)
  func aChangeHasTheNameOfTheFile(from: String, to: String, change: SettingText.Change?) throws {
    #expect(Self.file.contains(from))
    let before = try SettingText(file: DaemonConfiguration(text: Self.file, file: "a"))
    let place = try #require(Self.file.range(of: from))
    let after = try SettingText(
      file: DaemonConfiguration(text: Self.file.replacingCharacters(in: place, with: to), file: "b"))
    #expect(before.changes(to: after) == (change.map { [$0] } ?? []))
    #expect(before.changes(to: before).isEmpty)
  }

  @Test func lanesThatComeAndGoAreNamed() throws {
    let one = try SettingText(
      recorded: JSON(parsing: #"{"lanes":[{"name":"a","training":false}],"devices":[{"x":1}]}"#))
    let two = try SettingText(recorded: JSON(parsing: #"{"lanes":[{"name":"b","training":true}]}"#))
    #expect(
      one.changes(to: two) == [
        .init(setting: "lane[a].training", from: "false", to: nil),
        .init(setting: "lane[b].training", from: nil, to: "true"),
      ])
  }
}
