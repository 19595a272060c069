import Foundation
import Symbology
import Testing

/// Routing of scanned codes to wallets, by the committed vectors.
struct PaymentCodeTests {
  private struct Vectors: Decodable {
    struct Case: Decodable {
      let code: String
      let wallet: String?
    }
    let cases: [Case]
  }

  @Test func routesByVectors() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/payment-code-routing.json")
    let vectors = try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
    #expect(vectors.cases.count >= 14)
    for vector in vectors.cases {
      #expect(Wallet(code: vector.code)?.rawValue == vector.wallet, "\(vector.code)")
    }
  }

  @Test func sixtyTwoIsACardUnlessAPaymentIsExpected() throws {
    // 19 digits, begins with 62, passes the card check: only the till knows which it is.
    let code = Array("6212345678901234567".utf8)
    let checked = try #require(
      (0...9).lazy.map { code.dropLast() + [0x30 + UInt8($0)] }.first { CardNumber($0) != nil })
    let bytes = Array(checked)
    #expect(Scan(bytes: bytes, aim: nil).kind == .card)
    #expect(Scan(bytes: bytes, aim: nil, paymentExpected: true).kind == .payment(.unionpay))
  }

  @Test func secretsAreMasked() {
    let wechat = Array("134567890123456789".utf8)
    let scan = Scan(bytes: wechat, aim: AIMIdentifier("]Q1"))
    #expect(scan.kind == .payment(.wechat))
    #expect(scan.isSecret)
    #expect(scan.masked(wechat) == "13…6789")
    let emv = Array("hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8=".utf8)
    #expect(Scan(bytes: emv, aim: nil).masked(emv) == "…")
    let card = Array("4111111111111111".utf8)
    #expect(Scan(bytes: card, aim: nil).kind == .card)
    #expect(Scan(bytes: card, aim: nil).masked(card) == "411111…1111")
    #expect(Masking.lastFour("12345678".utf8) == "…5678")
    #expect(Masking.lastFour("123".utf8) == "…")
  }

  @Test(arguments: ["4111111111111112", "411111111111", "7111111111111111", "41111111111111111111", "411111111111111a"])
  func noCard(_ text: String) { #expect(CardNumber(text) == nil) }
}
