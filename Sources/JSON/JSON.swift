/// A JSON value as a tree (RFC 8259). Objects keep the order of their members; keys are unique.
///
/// Integers and fractions are different things here: `1` is `.integer`, `1.0` and `1e0` are `.number`. Money never
/// passes through a `Double`. Equality compares strings by their UTF-8 bytes, not by Unicode equivalence.
public enum JSON: Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  /// A finite number written with a fraction or an exponent.
  case number(Double)
  case string(String)
  case array([JSON])
  case object([Member])

  /// One `"key": value` pair of an object.
  public struct Member: Sendable, Hashable {
    /// The name, unescaped.
    public var key: String
    /// What stands behind it.
    public var value: JSON

    /// One member.
    public init(_ key: String, _ value: JSON) {
      self.key = key
      self.value = value
    }

    /// Byte for byte in keys: no Unicode equivalence.
    public static func == (left: Self, right: Self) -> Bool {
      left.key.hasSameBytes(as: right.key) && left.value == right.value
    }

    public func hash(into hasher: inout Hasher) {
      UTF8Key(key).hash(into: &hasher)
      value.hash(into: &hasher)
    }
  }
}

/// The limits of this module. The size of a document is the caller's to limit (see `JSON.init(parsing:maximumSize:)`).
public enum JSONLimit {
  /// Arrays and objects nest at most this deep; a scalar at the top has depth 0.
  public static let depth = 64
  /// The largest magnitude that canonical output writes: 2⁵³ − 1, what every JSON implementation reads exactly.
  public static let exactInteger: Int64 = 9_007_199_254_740_991
  /// Objects with more keys than this are checked for duplicates by hash instead of pairwise.
  static let pairwiseKeys = 16
}

/// The six kinds of JSON value.
public enum JSONType: String, Sendable, Hashable {
  case null, bool, number, string, array, object
}

extension JSON {
  /// The value of the first member called `key`; nil when there is none or this is no object.
  public subscript(key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key.hasSameBytes(as: key) }?.value
  }

  /// The element at `index`; nil when out of range or this is no array.
  public subscript(index: Int) -> JSON? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  /// The string, or nil for any other kind.
  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The integer, or nil for any other kind (`1.0` is not an integer).
  public var integer: Int64? {
    if case .integer(let value) = self { value } else { nil }
  }

  /// The number as a `Double`, integers included; nil for any other kind.
  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The truth value, or nil for any other kind.
  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The elements, or nil for any other kind.
  public var array: [JSON]? {
    if case .array(let value) = self { value } else { nil }
  }

  /// The members in order, or nil for any other kind.
  public var object: [Member]? {
    if case .object(let value) = self { value } else { nil }
  }

  /// True for `null` only.
  public var isNull: Bool {
    if case .null = self { true } else { false }
  }

  /// Which of the six kinds this is.
  public var type: JSONType {
    switch self {
    case .null: .null
    case .bool: .bool
    case .integer, .number: .number
    case .string: .string
    case .array: .array
    case .object: .object
    }
  }
}

extension JSON: Hashable {
  public static func == (left: JSON, right: JSON) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): a.hasSameBytes(as: b)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(type)
    switch self {
    case .null: break
    case .bool(let value): hasher.combine(value)
    case .integer(let value): hasher.combine(value)
    case .number(let value): hasher.combine(value)
    case .string(let value): UTF8Key(value).hash(into: &hasher)
    case .array(let value): hasher.combine(value)
    case .object(let value): hasher.combine(value)
    }
  }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(elements.map { Member($0.0, $0.1) })
  }
}
