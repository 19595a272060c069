/// Why a document was refused, and where.
public struct JSONError: Error, Hashable, Sendable {
  /// What is wrong.
  public let kind: Kind
  /// Byte offset in the document (for a writer error: 0).
  public let offset: Int

  /// An error of `kind` at a byte offset.
  public init(_ kind: Kind, at offset: Int) {
    self.kind = kind
    self.offset = offset
  }

  /// The reasons a document, or a value to be written, is refused.
  public enum Kind: Hashable, Sendable {
    /// The document stops in the middle of a value.
    case unexpectedEnd
    /// A byte that cannot stand here.
    case unexpectedByte(UInt8)
    /// Something follows the one value.
    case trailingBytes
    /// The document starts with EF BB BF.
    case byteOrderMark
    /// More than `JSONLimit.depth` containers.
    case tooDeep
    /// More bytes than the caller allows.
    case tooLarge(maximum: Int)
    /// A key stands twice in one object.
    case duplicateKey(String)
    /// Not UTF-8: stray continuation, overlong form, surrogate, beyond U+10FFFF or cut off.
    case invalidUTF8
    /// `\ud800` without its other half.
    case loneSurrogate
    /// A backslash followed by something else than JSON allows.
    case invalidEscape
    /// A byte below 0x20 inside a string.
    case controlCharacter
    /// Not the number grammar: leading zero, bare sign, missing digits.
    case invalidNumber
    /// An integer outside −2⁶³ … 2⁶³−1.
    case integerOutOfRange
    /// `-0`: a second spelling of zero.
    case negativeZero
    /// A fraction or exponent where an integer is wanted.
    case notAnInteger
    /// Larger than a `Double` holds, or infinite, or not a number.
    case notFinite
    /// Another kind of value is wanted here.
    case wrongType(wanted: JSONType, found: JSONType)
    /// Canonical form has no fractions.
    case fractionInCanonicalForm
    /// Canonical form stops at ±(2⁵³ − 1).
    case integerNotExact(Int64)
  }
}

extension JSONError: CustomStringConvertible {
  /// One sentence: where, what, and what to do.
  public var description: String {
    "JSON, byte \(offset): \(kind.advice)"
  }
}

extension JSONError.Kind {
  var advice: String {
    switch self {
    case .unexpectedEnd: "the document ends early; send it whole"
    case .unexpectedByte(let byte): "byte 0x\(String(byte, radix: 16)) cannot stand here; check the syntax before it"
    case .trailingBytes: "something follows the value; send exactly one value"
    case .byteOrderMark: "a byte order mark; send UTF-8 without one"
    case .tooDeep: "nested deeper than \(JSONLimit.depth); flatten the value"
    case .tooLarge(let maximum): "longer than \(maximum) bytes; send less"
    case .duplicateKey(let key): "key \"\(key)\" stands twice in one object; send it once"
    case .invalidUTF8: "not valid UTF-8; encode the text as UTF-8"
    case .loneSurrogate: "half of a surrogate pair; escape both halves or write the character itself"
    case .invalidEscape: "unknown escape; use \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\uXXXX"
    case .controlCharacter: "control character inside a string; escape it as \\u00XX"
    case .invalidNumber: "not a JSON number; write it without leading zeros, plus sign or bare point"
    case .integerOutOfRange: "integer outside 64 bits; send a smaller one"
    case .negativeZero: "negative zero; send 0"
    case .notAnInteger: "an integer is wanted; send it without fraction or exponent"
    case .notFinite: "not a finite number; send one within the range of a double"
    case .wrongType(let wanted, let found): "\(wanted.rawValue) is wanted, found \(found.rawValue)"
    case .fractionInCanonicalForm: "canonical form has no fractions; use integers (minor units, thousandths)"
    case .integerNotExact(let value): "\(value) is outside ±(2^53-1) of the canonical form; use a string"
    }
  }
}
