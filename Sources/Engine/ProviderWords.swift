import Journal
import Till

/// The code that a customer shows to pay with.
package enum PaymentCode {
  /// Bytes.
  package static let length = 8...512
  /// The most that a code says which the till shows, bytes; a QR code holds little more than twice that.
  package static let shownLength = 1...1_024

  /// Whether a till can show it: printable ASCII, as links are.
  package static func isShowable(_ content: String) -> Bool {
    shownLength.contains(content.utf8.count) && content.utf8.allSatisfy { (0x20...0x7E).contains($0) }
  }

  /// What of a code is kept: enough to tell two apart, too little to pay with.
  package static func hash(_ code: [UInt8]) -> String { String(SHA256.hash(code).hex.prefix(16)) }
}

/// A payment code is nowhere kept in clear, not even when a provider repeats it in its words: of a code only its hash is
/// known by then, so every number in the words is looked at.
extension ProviderAnswer {
  /// The same without the customer's code. `hash`: what is kept of it.
  package func withoutCode(hash: String?) -> ProviderAnswer {
    guard let hash, !hash.isEmpty else { return self }
    return without { Self.holdsCode($0, hash) }
  }

  /// The same without what a shown code says.
  package func without(_ content: String?) -> ProviderAnswer {
    guard let content, !content.isEmpty else { return self }
    return without { $0.contains(content) }
  }

  /// The same, of which no more is known than its hash and how many bytes it has.
  package func withoutShown(hash: String, length: Int) -> ProviderAnswer {
    without { words in
      let bytes = Array(words.utf8.prefix(Self.looked))
      guard length > 0, length <= bytes.count else { return false }
      return (0...bytes.count - length).contains { PaymentCode.hash(Array(bytes[$0..<$0 + length])) == hash }
    }
  }

  /// The same without words at all: any of them may be what a code says. No more than a currency's letters are none.
  package var withoutWords: ProviderAnswer { without { $0.utf8.count > 3 } }

  private func without(_ isCode: (String) -> Bool) -> ProviderAnswer {
    func clean(_ words: String) -> String { isCode(words) ? Self.withheld : words }
    return switch self {
    case .approved(let amount, let currency, let reference):
      .approved(amount: amount, currency: clean(currency), reference: reference.map(clean))
    case .declined(let why): .declined(why: clean(why))
    case .unknown(let why): .unknown(why: clean(why))
    case .pending, .notFound, .closed, .reversed, .notSent: self
    }
  }

  var isApproved: Bool { if case .approved = self { true } else { false } }

  static let withheld = "withheld"
  /// The Base64 of what an EMVCo code begins with.
  static let emvBeginning = "hQVDUFY"

  /// More than the till keeps of any words, bytes.
  static let looked = 2_048

  private static func holdsCode(_ whole: String, _ hash: String) -> Bool {
    let text = String(decoding: whole.utf8.prefix(looked), as: UTF8.self)
    if isCode(Array(text.utf8), hash) || text.contains(emvBeginning) { return true }
    let words = text.utf8.split { !isWord($0) }
    if words.contains(where: { isCode(Array($0), hash) }) { return true }
    // Digits with something else before or behind them, or in groups.
    var digits: [UInt8] = []
    var gap = 0
    for byte in text.utf8 {
      if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
        digits.append(byte)
        gap = 0
      } else if gap == 0, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") {
        gap += 1
      } else {
        if isCode(digits, hash) { return true }
        digits.removeAll(keepingCapacity: true)
        gap = 0
      }
    }
    return isCode(digits, hash)
  }

  private static func isCode(_ bytes: [UInt8], _ hash: String) -> Bool {
    bytes.count >= PaymentCode.length.lowerBound && PaymentCode.hash(bytes) == hash
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: byte >= 0x80
    }
  }
}

extension ProviderDesk {
  /// An answer as it may be kept: no code is in its words. What a shown code says is in memory as long as it is shown; behind
  /// that its hash is known, or not even that.
  package func kept(_ answer: ProviderAnswer, of course: Course) -> ProviderAnswer {
    guard let number = course.tender.number, let kept = course.tender.course, course.tender.isShown else {
      return answer.withoutCode(hash: course.tender.course?.codeHash)
    }
    if let content = codes[number] { return answer.without(content) }
    if let length = kept.codeLength { return answer.withoutShown(hash: kept.codeHash, length: Int(clamping: length)) }
    // The answer to the order itself came with the code, if there is one.
    return course.tender.state == .intent ? answer : answer.withoutWords
  }

  /// What the code of an order says, when nothing is kept of it yet.
  func newCode(of course: Course) -> String? {
    guard let number = course.tender.number, course.tender.course?.codeHash.isEmpty == true else { return nil }
    return codes[number]
  }
}
