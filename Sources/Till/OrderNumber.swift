/// An order's number at a provider (商户单号): which journal made it, and 51 random bits.
///
/// 32 characters of 0-9 and A-Z: 12 hex digits of the journal's id, 3 of the epoch, 7 of the counter and 10 random ones,
/// the last three in base 36. The counter comes from the journal, and an older image of the disk brings an older counter
/// back: only the random part keeps a number from naming two orders then. Journals of older versions hold numbers of 30
/// characters without a random part: 16 hex digits of the id, 4 of the epoch, 10 of the counter.
public struct OrderNumber: Hashable, Sendable, CustomStringConvertible {
  /// The first hex digits of the journal's id, upper case.
  public var journal: String
  public var epoch: Int64
  /// Counts the journal's orders from 1.
  public var counter: Int64
  /// 10 characters; nil in numbers of older versions.
  public var random: String?

  private static let widths = (journal: 12, epoch: 3, counter: 7, random: 10)
  private static let olderWidths = (journal: 16, epoch: 4, counter: 10)
  private static let radix: UInt64 = 36

  /// A new one. `word` is random.
  init(journal: String, epoch: Int64, counter: Int64, word: UInt64) {
    self.journal = Self.padded(String(journal.prefix(Self.widths.journal)), Self.widths.journal)
    self.epoch = epoch
    self.counter = counter
    random = Self.padded(String(word, radix: Int(Self.radix)), Self.widths.random)
  }

  /// Reads either form; nil: the box makes no such number.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }) else { return nil }
    let isOlder = bytes.count == Self.olderWidths.journal + Self.olderWidths.epoch + Self.olderWidths.counter
    guard isOlder || bytes.count == 32 else { return nil }
    let (first, second) =
      isOlder ? (Self.olderWidths.journal, Self.olderWidths.epoch) : (Self.widths.journal, Self.widths.epoch)
    let third = isOlder ? Self.olderWidths.counter : Self.widths.counter
    func part(_ from: Int, _ count: Int) -> String { String(decoding: bytes[from..<from + count], as: UTF8.self) }
    guard bytes[..<first].allSatisfy({ $0 <= UInt8(ascii: "F") }),
      let epoch = Int64(part(first, second), radix: Int(Self.radix)),
      let counter = Int64(part(first + second, third), radix: Int(Self.radix))
    else { return nil }
    journal = part(0, first)
    self.epoch = epoch
    self.counter = counter
    random = isOlder ? nil : part(first + second + third, Self.widths.random)
  }

  public var description: String {
    guard let random else {
      return journal + Self.padded(String(epoch, radix: Int(Self.radix)), Self.olderWidths.epoch)
        + Self.padded(String(counter, radix: Int(Self.radix)), Self.olderWidths.counter)
    }
    return journal + Self.padded(String(epoch, radix: Int(Self.radix)), Self.widths.epoch)
      + Self.padded(String(counter, radix: Int(Self.radix)), Self.widths.counter) + random
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: "0", count: max(0, width - text.utf8.count)) + text.uppercased().suffix(width)
  }
}

extension Draft {
  /// The next order number for a provider. Never again the same: not on a box that was restored (another epoch has
  /// another journal), not after a power cut (an order goes out only when its intent is durable), and, by its random part
  /// with the time in it, not on an older image of the disk or of the whole machine.
  mutating func orderNumber() throws(Refusal) -> String {
    let word = try randomWord() ^ Self.spread(UInt64(bitPattern: stamp.at))
    return OrderNumber(
      journal: till.identity?.journal ?? "", epoch: till.identity?.epoch ?? 0, counter: till.counters.nextOrder ?? 1,
      word: word
    ).description
  }

  /// A small difference changes all bits (the last step of SplitMix64, which is one to one).
  private static func spread(_ value: UInt64) -> UInt64 {
    var value = value
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
