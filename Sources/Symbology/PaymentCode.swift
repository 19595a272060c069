/// A wallet whose code a customer's phone shows.
///
/// The shapes are the wallets' published ones. A code is recognised by shape only, so ask only where a payment code is
/// expected: 19 digits that begin with 62 may also be a bank card's number.
public enum Wallet: String, Sendable, Hashable, CaseIterable {
  /// 18 digits, the first two 10 to 15.
  case wechat
  /// 16 to 24 digits, the first two 25 to 30.
  case alipay
  /// 19 digits that begin with 62.
  case unionpay
  /// EMVCo consumer-presented mode: Base64 of a template that begins with `CPV01`. Holds a card number.
  case emvCPM = "emv-cpm"

  /// Longest text of an EMVCo code that a reader has to take: 512 bytes in Base64.
  static let maximumEMVLength = 684

  /// The wallet of a scanned code; nil = no payment code.
  public init?(code bytes: some Collection<UInt8>) {
    if let digits = decimalDigits(bytes) {
      guard digits.count >= 16 else { return nil }
      let prefix = digits[0] * 10 + digits[1]
      switch (prefix, digits.count) {
      case (10...15, 18): self = .wechat
      case (25...30, 16...24): self = .alipay
      case (62, 19): self = .unionpay
      default: return nil
      }
      return
    }
    guard bytes.starts(with: "hQVDUFY".utf8), bytes.count <= Self.maximumEMVLength, bytes.allSatisfy(Self.isBase64)
    else { return nil }
    self = .emvCPM
  }

  /// The wallet of a scanned code; nil = no payment code.
  public init?(code text: String) { self.init(code: Array(text.utf8)) }

  private static func isBase64(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F, 0x3D: true
    default: false
    }
  }
}
