/// A line's number within its sale, from 1, never used twice.
public struct LineID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// From 1.
  public let number: Int32
  /// From 1.
  public init(_ number: Int32) { self.number = number }
  /// Reads the text form: decimal digits without leading zero.
  public init?(_ text: String) {
    guard let number = Int32(text), number > 0, String(number) == text else { return nil }
    self.number = number
  }
  public static func < (left: LineID, right: LineID) -> Bool { left.number < right.number }
  public var description: String { String(number) }
}

/// A tender's number within its sale, from 1, never used twice. As text `t1`.
public struct TenderID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// From 1.
  public let number: Int32
  /// From 1.
  public init(_ number: Int32) { self.number = number }
  /// Reads the text form.
  public init?(_ text: String) {
    guard text.utf8.first == UInt8(ascii: "t"), let line = LineID(String(text.dropFirst())) else { return nil }
    self.number = line.number
  }
  public static func < (left: TenderID, right: TenderID) -> Bool { left.number < right.number }
  public var description: String { "t\(number)" }
}

/// A stub's gap-free number; training sales have numbers of their own, written `T…`.
public struct StubNumber: Hashable, Sendable, CustomStringConvertible {
  /// Which of the two rows of numbers.
  public let mode: SaleMode
  /// From 1.
  public let value: Int64

  /// Takes mode and value.
  public init(mode: SaleMode, value: Int64) {
    self.mode = mode
    self.value = value
  }

  /// Reads the text form.
  public init?(_ text: String) {
    let training = text.utf8.first == UInt8(ascii: "T")
    let digits = training ? String(text.dropFirst()) : text
    guard let value = Int64(digits), value > 0, String(value) == digits else { return nil }
    self.init(mode: training ? .training : .normal, value: value)
  }

  public var description: String { mode == .training ? "T\(value)" : String(value) }
}

/// Names a stub of this or another box.
public struct StubReference: Hashable, Sendable {
  /// The box's origin (`shop/till`), as in its genesis.
  public var box: String
  /// The stub number as text.
  public var stub: String
  /// The journal epoch.
  public var epoch: Int64?
  /// The sequence of its `stubSealed`.
  public var sequence: Int64?
  /// The leaf of its `stubSealed` in hex; in calls its first digits will do.
  public var hash: String?
  /// How many of the hash's first digits the code on a receipt has.
  public static let printedHash = 16

  /// Memberwise.
  public init(box: String, stub: String, epoch: Int64? = nil, sequence: Int64? = nil, hash: String? = nil) {
    self.box = box
    self.stub = stub
    self.epoch = epoch
    self.sequence = sequence
    self.hash = hash
  }
}
