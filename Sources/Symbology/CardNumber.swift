/// A bank card's number (PAN, ISO/IEC 7812) by shape. Never printed whole: there is no way to get its digits out.
public struct CardNumber: Sendable, Equatable {
  private let digits: [UInt8]

  /// Recognises 13 to 19 digits that begin with 3 to 6 and pass the check of ISO/IEC 7812-1 Annex B (Luhn).
  ///
  /// Thirteen digits with a right GTIN check digit are a product, not a card: EAN-13 begins with 3 to 6 all over
  /// Europe and Asia, and no network has issued 13-digit numbers for decades.
  public init?(_ bytes: some Collection<UInt8>) {
    guard (13...19).contains(bytes.count), let digits = decimalDigits(bytes), (3...6).contains(digits[0]) else {
      return nil
    }
    guard Self.passesLuhn(digits) else { return nil }
    if digits.count <= 14, GTIN.checkDigit(of: digits.dropLast()) == digits[digits.count - 1] { return nil }
    self.digits = digits
  }

  public init?(_ text: String) { self.init(Array(text.utf8)) }

  /// From the right, every second digit doubled, digits summed: divisible by ten.
  static func passesLuhn(_ digits: [UInt8]) -> Bool {
    var sum = 0
    for (index, digit) in digits.reversed().enumerated() {
      let value = Int(digit) * (index % 2 == 0 ? 1 : 2)
      sum += value > 9 ? value - 9 : value
    }
    return sum % 10 == 0
  }

  /// First six and last four digits.
  public var masked: String { Masking.ends(digits.map { $0 + 0x30 }, first: 6, last: 4) }
}

/// Shows the ends of a secret only.
public enum Masking {
  /// Payment codes: first two and last four characters.
  public static func paymentCode(_ bytes: some Collection<UInt8>) -> String { ends(Array(bytes), first: 2, last: 4) }

  /// Member codes and everything else: the last four characters.
  public static func lastFour(_ bytes: some Collection<UInt8>) -> String { ends(Array(bytes), first: 0, last: 4) }

  /// `first` characters, three dots, `last` characters. What is too short to hide at least as much as it shows becomes
  /// dots only; what is not printable ASCII too.
  static func ends(_ bytes: [UInt8], first: Int, last: Int) -> String {
    guard bytes.count >= 8, bytes.count > first + last, bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      return "…"
    }
    return String(decoding: bytes.prefix(first), as: UTF8.self) + "…"
      + String(decoding: bytes.suffix(last), as: UTF8.self)
  }
}
