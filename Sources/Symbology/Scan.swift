/// What a scanned code is, by its AIM identifier and its shape.
public struct Scan: Sendable, Equatable {
  /// What the register does with it.
  public enum Kind: Sendable, Equatable {
    /// A trade item by its number.
    case product(GTIN)
    /// A shop's own number: weight or price label, to be read by the shop's patterns.
    case inStore(GTIN)
    /// GS1 element strings.
    case gs1([GS1Element])
    /// A wallet's code. A secret.
    case payment(Wallet)
    /// A bank card's number. A secret.
    case card
    /// Anything else: article numbers, member codes, addresses.
    case other
  }

  public let type: ScanDataType
  public let kind: Kind

  /// Classifies. `paymentExpected`: a payment is waited for, so 62 + 19 digits are a wallet's code and not a card.
  public init(bytes: [UInt8], aim: AIMIdentifier?, paymentExpected: Bool = false) {
    let text = String(decoding: bytes, as: UTF8.self)
    let digits = decimalDigits(bytes) != nil
    let retail = aim?.code == UInt8(ascii: "E")
    let gtin = digits && (retail || (aim == nil && (8...14).contains(bytes.count))) ? GTIN(text) : nil
    type = Self.type(aim: aim, gtin: gtin, count: bytes.count)

    if retail || gtin != nil {
      kind = gtin.map { $0.isInStore ? .inStore($0) : .product($0) } ?? .other
    } else if aim?.isGS1 == true, let elements = try? GS1ElementString.parse(bytes), !elements.isEmpty {
      kind = .gs1(elements)
    } else if let wallet = Wallet(code: bytes), wallet != .unionpay || paymentExpected || CardNumber(bytes) == nil {
      kind = .payment(wallet)
    } else if CardNumber(bytes) != nil {
      kind = .card
    } else {
      kind = .other
    }
  }

  /// True for what must never leave the daemon or enter an entry in clear.
  public var isSecret: Bool {
    switch kind {
    case .payment, .card: true
    default: false
    }
  }

  /// What people may see of the code: card numbers first six and last four, wallet codes first two and last four, an EMV
  /// code nothing (any part of it may be card data), others whole when printable.
  public func masked(_ bytes: [UInt8]) -> String {
    switch kind {
    case .payment(.emvCPM): "…"
    case .payment: Masking.paymentCode(bytes)
    case .card: CardNumber(bytes)?.masked ?? "…"
    default: bytes.allSatisfy { (0x20...0x7E).contains($0) } ? String(decoding: bytes, as: UTF8.self) : "…"
    }
  }

  private static func type(aim: AIMIdentifier?, gtin: GTIN?, count: Int) -> ScanDataType {
    if let aim, aim.code != UInt8(ascii: "E") { return aim.scanDataType }
    guard let gtin else { return aim?.scanDataType ?? .unknown }
    switch gtin.form {
    case .gtin8: return .ean8
    case .gtin12: return .upcA
    case .gtin13: return .ean13
    case .gtin14: return aim?.scanDataType ?? .unknown
    case .upcE: return .upcE
    }
  }
}
