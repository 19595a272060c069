/// A calendar day of business, `YYYY-MM-DD`; the shop's own day, never before the last one.
public struct BusinessDay: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Year × 10,000 + month × 100 + day.
  public let number: Int32

  /// A day of the proleptic Gregorian calendar between 2000 and 9999.
  public init?(year: Int, month: Int, day: Int) {
    guard (2000...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
    let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= lengths[month - 1] else { return nil }
    number = Int32(year * 10_000 + month * 100 + day)
  }

  /// Reads `YYYY-MM-DD`.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else { return nil }
    func digits(_ range: Range<Int>) -> Int? {
      var value = 0
      for byte in bytes[range] {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        value = value * 10 + Int(byte - UInt8(ascii: "0"))
      }
      return value
    }
    guard let year = digits(0..<4), let month = digits(5..<7), let day = digits(8..<10) else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// The day so many days later; the last one of the calendar when there is none.
  func later(days: Int) -> BusinessDay {
    var day = self
    for _ in 0..<days {
      let (year, month) = (Int(day.number) / 10_000, Int(day.number) / 100 % 100)
      guard
        let next = BusinessDay(year: year, month: month, day: Int(day.number) % 100 + 1)
          ?? BusinessDay(year: year, month: month + 1, day: 1) ?? BusinessDay(year: year + 1, month: 1, day: 1)
      else { return day }
      day = next
    }
    return day
  }

  public static func < (left: BusinessDay, right: BusinessDay) -> Bool { left.number < right.number }

  public var description: String {
    let (year, rest) = number.quotientAndRemainder(dividingBy: 10_000)
    let (month, day) = rest.quotientAndRemainder(dividingBy: 100)
    return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
  }
}

/// Who vouches for the operator's name.
public enum VerifiedBy: String, Sendable, CaseIterable {
  /// The daemon checked a proof.
  case daemon
  /// The application says so.
  case application
  /// Nobody did.
  case nobody
}

/// When, where and by whom; taken once per event and carried by every entry.
public struct Stamp: Hashable, Sendable {
  /// UTC milliseconds since 1970.
  public var at: Int64
  /// Minutes that local time is ahead of UTC.
  public var offsetMinutes: Int
  /// False when the clock was doubtful.
  public var timeTrusted: Bool
  /// In a ``Context`` a proposal; in a record the day that counts.
  public var businessDay: BusinessDay
  /// The lane (收银位) concerned.
  public var lane: String?
  /// The operator, when one is known.
  public var `operator`: String?
  /// Who vouches for the operator.
  public var verifiedBy: VerifiedBy = .nobody

  /// Memberwise.
  public init(
    at: Int64, offsetMinutes: Int, timeTrusted: Bool, businessDay: BusinessDay, lane: String? = nil,
    `operator`: String? = nil, verifiedBy: VerifiedBy = .nobody
  ) {
    self.at = at
    self.offsetMinutes = offsetMinutes
    self.timeTrusted = timeTrusted
    self.businessDay = businessDay
    self.lane = lane
    self.operator = `operator`
    self.verifiedBy = verifiedBy
  }
}
