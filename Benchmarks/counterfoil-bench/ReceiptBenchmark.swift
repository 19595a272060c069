import Document
import EscPos
import Glibc

/// A receipt of 40 Chinese lines with heading, total, QR code, cut and drawer pulse, from values to printer bytes.
/// `Benchmarks/receipt_baseline.py` makes the same receipt with python-escpos.
struct ReceiptBenchmark {
  let seconds: Double

  static let goods: [(name: String, quantity: Int, price: Int)] = [
    ("宫保鸡丁套餐", 1, 2800), ("珍珠奶茶(大)", 2, 1500), ("农夫山泉550ml", 3, 200), ("酸辣土豆丝", 1, 1600),
    ("餐具费", 2, 100), ("优惠券", 1, -500), ("红烧牛肉面", 1, 3200), ("米饭", 2, 200),
  ]
  static let lines = 40
  static let repeats = 50

  func run() -> String {
    var profile = EscPosProfile(columns: 48, dotsPerLine: 576)
    profile.kanji = KanjiFont(.gb18030)
    let encoder = EscPosEncoder(profile: profile)
    var samples = Samples()
    var bytes = 0
    let began = nanoseconds()
    let limit = UInt64(seconds * 1e9)
    while nanoseconds() - began < limit {
      let start = nanoseconds(CLOCK_PROCESS_CPUTIME_ID)
      for _ in 0..<Self.repeats { bytes = encoder.encode(receipt(), drawerKick: true).bytes.count }
      samples.add((nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - start) / UInt64(Self.repeats))
    }
    return """
      {"receipts":\(samples.count * Self.repeats),"bytes":\(bytes),"p50":\(samples.microseconds(at: 0.5)),\
      "p99":\(samples.microseconds(at: 0.99))}
      """
  }

  private func receipt() -> Document {
    var elements: [Element] = [.text("POS DEMO STORE", style: [.bold, .large], alignment: .center)]
    elements.reserveCapacity(Self.lines + 8)
    for index in 0..<Self.lines {
      let good = Self.goods[index % Self.goods.count]
      elements.append(
        .columns(
          Columns([
            Cell(good.name, width: .relative(1)),
            Cell(String(good.quantity), width: .fixed(3), alignment: .trailing),
            Cell(amount(good.price), width: .fixed(9), alignment: .trailing),
            Cell(amount(good.price * good.quantity), width: .fixed(10), alignment: .trailing),
          ])))
    }
    elements.append(.total("TOTAL", "114.70", style: .bold))
    elements.append(.qrCode("https://pay.example.test/r/20261120-000123?amt=114.70&sig=9f3c2a7be1"))
    elements.append(.cut(.partial))
    return Document(title: "", language: .simplifiedChinese, elements: elements)
  }

  private func amount(_ minor: Int) -> String {
    let cents = abs(minor) % 100
    return "\(minor < 0 ? "-" : "")\(abs(minor) / 100).\(cents < 10 ? "0" : "")\(cents)"
  }
}
