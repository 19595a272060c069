import Interfaces
import JSON
import Testing
import Command

/// What people read and write.
@Suite struct TextTests {
  let money = AmountText(currency: "CNY")
  let plain = Style(isColoured: false)

  @Test(
    arguments: [
      ("3.50", 350), ("3.5", 350), ("0.05", 5), ("-1.00", -100), ("-0.07", -7), ("0", 0), ("19.00", 1900),
      ("90071992547409.91", 9_007_199_254_740_991),
    ] as [(String, Int64)])
  func readsAmounts(text: String, amount: Int64) throws {
    #expect(try money.parse(text) == amount)
  }

  @Test(arguments: ["", "-", "3.", ".5", "3.505", "1,000", "1e3", "--1", "+1", "90071992547409.92", "x", "3.5 ", "٣"])
  func refusesWhatIsNoAmount(text: String) {
    #expect(throws: Failure.self) { try money.parse(text) }
    #expect(usage { _ = try money.parse(text) })
  }

  /// `--cash 19` once counted 0.19.
  @Test func aWholeNumberIsNoAmountOfACurrencyWithDecimals() throws {
    for (text, major, minor) in [("19", "19.00", "0.19"), ("-350", "-350.00", "-3.50"), ("5", "5.00", "0.05")] {
      let failure = #expect(throws: Failure.self) { try money.parse(text) }
      #expect(failure?.exit == .usage)
      for word in ["CNY", " \(major) ", " \(minor) "] {
        #expect(failure?.message.contains(word) == true, "\(word): \(failure?.message ?? "")")
      }
    }
    let dinars = #expect(throws: Failure.self) { try AmountText(currency: "KWD").parse("19") }
    #expect(dinars?.message.contains("19.000") == true && dinars?.message.contains("0.019") == true)
    #expect(try AmountText(currency: "KWD").parse("19.5") == 19_500)
  }

  @Test func aCurrencyWithoutDecimalsTakesWholeNumbersOnly() throws {
    for code in ["JPY", "KRW"] {
      let money = AmountText(currency: code)
      #expect(try money.parse("1250") == 1250)
      #expect(try money.parse("-7") == -7)
      for text in ["1250.00", "1250.", "12.5"] {
        let failure = #expect(throws: Failure.self) { try money.parse(text) }
        #expect(failure?.exit == .usage && failure?.message.contains(code) == true)
      }
    }
  }

  @Test func writesAmountsOfTheCurrency() throws {
    #expect(money(-1250) == "-12.50")
    #expect(AmountText(currency: "JPY")(1250) == "1250")
    #expect(AmountText(currency: "KWD")(1250) == "1.250")
    #expect(AmountText(currency: nil)(1250) == "1250")
  }

  /// Without a journal there is no currency; that is what is wrong then, not the digits.
  @Test func aBoxThatDoesNotSellSaysSo() throws {
    let money = AmountText(currency: "", whyNone: .notSelling(mode: .locked, reasons: [.journalMissing]))
    let failure = #expect(throws: Failure.self) { try money.parse("3.50") }
    #expect(failure?.code == "io.counterfoil.System.NotSelling")
    #expect(failure?.message.contains("journalMissing") == true && failure?.message.contains("locked") == true)
    for text in ["3.5", "350"] {
      #expect(throws: Failure.self) { try money.parse(text) }
      #expect(usage { _ = try AmountText(currency: nil).parse(text) })
    }
  }

  @Test(arguments: [("2", 2000), ("1.5", 1500), ("0.250", 250), ("-1", -1000)] as [(String, Int64)])
  func readsQuantities(text: String, thousandths: Int64) throws {
    #expect(try QuantityText.parse(text) == thousandths)
    #expect(try QuantityText.parse(QuantityText.text(thousandths)) == thousandths)
  }

  @Test(arguments: ["", ".", "1.", ".5", "1.2345", "1.2.3", "99999999999999999999", "9007199254741", "a", "--1"])
  func refusesWhatIsNoQuantity(text: String) {
    #expect(usage { _ = try QuantityText.parse(text) })
  }

  @Test func readsLines() throws {
    let line = try LineText.parse("茶,3.50", money)
    #expect(line == Wire.LineInput(name: "茶", taxes: [], quantity: 1000, unitPrice: 350))
    let whole = try LineText.parse("Bun, big,2.00,1.5,V13", money)
    #expect(whole == Wire.LineInput(name: "Bun, big", taxes: ["V13"], quantity: 1500, unitPrice: 200))
    #expect(try LineText.parse("Bun,2.00,,V13", money).taxes == ["V13"])
    for text in ["Tea", ",350", "Tea,", "Tea,x", "Tea,3.50,y", "Tea,350"] {
      #expect(usage { _ = try LineText.parse(text, money) })
    }
  }

  @Test func chineseStaysInItsColumn() {
    var table = Table(("NAME", .left), ("AMOUNT", .right))
    table.add("茶叶", "3.50")
    table.add("Tea", "12.00")
    #expect(table.lines(plain) == ["NAME  AMOUNT", "茶叶    3.50", "Tea    12.00"])
  }

  @Test func coloursOnlyForATerminal() {
    #expect(Style(isColoured: false)("x", .bad) == "x")
    #expect(Style(isColoured: true)("x", .bad) == "\u{1b}[31mx\u{1b}[0m")
  }

  @Test(arguments: [
    (["LANG": "zh_CN.UTF-8", "TERM": "xterm"], Language.chinese), (["LANG": "zh_CN.UTF-8", "TERM": "linux"], .english),
    (["LANG": "zh_CN.GB18030", "TERM": "xterm"], .english), (["LANG": "zh_HK.utf8"], .chinese),
    (["LANG": "de_DE.UTF-8"], .english), (["LANG": "zh_CN", "LC_ALL": "C"], .english), ([:], .english),
    (["LANG": "C", "LC_MESSAGES": "zh_TW", "LC_ALL": ""], .chinese),
  ])
  func speaksTheLanguageOfTheTerminal(environment: [String: String], language: Language) {
    #expect(Language(environment: { environment[$0] }) == language)
  }

  @Test func aFailureHasWordsAndAJSONLine() throws {
    let failure = Failure(
      "io.counterfoil.System.NoSuchSale", "no", advice: ["look"], exit: .refused,
      parameters: [UInt8](#"{"sale":"x"}"#.utf8))
    #expect(failure.lines(plain) == ["counterfoil: no", "  look"])
    let json = try JSON(parsing: failure.json)
    #expect(json["error"]?.string == "io.counterfoil.System.NoSuchSale")
    #expect(json["exit"]?.integer == 1)
    #expect(json["parameters"]?["sale"]?.string == "x")
  }

  @Test func statusNamesWhatIsWrong() {
    let lines = StatusText.lines(Self.status, plain).joined(separator: "\n")
    for words in [
      "north/1  reading", "! journalPoisoned: ", "lane-1", "kitchen", "no paper",
      "! a receipt was never printed: stub 17", "    counterfoil sale deliver 17",
    ] {
      #expect(lines.contains(words), "\(words)\n\(lines)")
    }
    #expect(!lines.contains("\u{1b}"))
  }

  @Test func eventsAreOneLineEach() throws {
    let event = Wire.Event(
      cursor: "1", at: 0, timeTrusted: true, lane: "lane-1", topic: .sale, name: "saleOpened", subject: "s1",
      sequence: 5,
      data: RawObject(trusted: [UInt8](#"{"kind":"sale","lines":[1],"revision":1,"parked":false}"#.utf8)))
    let output = SystemInterface.Watch.Output(events: [event], gap: Wire.Gap(from: "", to: "1", reason: .slow))
    let lines = EventText.lines(output, plain)
    #expect(lines.count == 2)
    #expect(lines[0].contains("slow"))
    #expect(lines[1].hasSuffix("  sale.saleOpened  s1 lane-1 #5  kind sale, revision 1"))
  }

  @Test func aFirstConfigurationIsOneTheDaemonTakes() throws {
    var answers = StarterConfiguration.Answers(
      name: "店 \"A\" \\", shop: "north", till: "1", currency: "EUR", timeZone: "Europe/Berlin", state: "/srv/x")
    #expect(try StarterConfiguration(answers: answers).text.contains("journal = \"/srv/x/journal\""))
    answers.state = nil
    #expect(try !StarterConfiguration(answers: answers).text.contains("[storage]"))
    answers.currency = "EURO"
    #expect(usage { _ = try StarterConfiguration(answers: answers) })
    answers.currency = "EUR"
    answers.till = "a b"
    #expect(usage { _ = try StarterConfiguration(answers: answers) })
  }

  /// Status of a box in trouble.
  static let status = SystemInterface.Status.Output(
    version: "0.1.0", box: "b", origin: "north/1", instance: "i", started: 0, mode: .reading,
    reasons: [.journalPoisoned], clock: .untrusted, businessDay: "2026-11-21",
    lanes: [
      Wire.Lane(name: "lane-1", printer: "kitchen", scanners: [], cashAllowed: true, training: false, receipt: .always)
    ],
    printers: [
      Wire.PrinterStatus(
        printer: "kitchen", state: .error, online: false, paper: .out, cover: .closed, bestLevel: .fenced, columns: 48,
        encoding: "GB18030", why: "no paper")
    ], journal: nil,
    waits: [
      Wire.Wait(
        code: "receiptOwed", subject: "j1", since: 0, text: "a receipt was never printed: stub 17",
        command: "counterfoil sale deliver 17")
    ], openSales: 0, unresolved: 0, receiptsOwed: 1)

  /// True when the body fails as a wrong command line does.
  private func usage(_ body: () throws -> Void) -> Bool {
    do {
      try body()
      return false
    } catch {
      return (error as? Failure)?.exit == .usage
    }
  }
}
