/// What the data of a scan is, as far as its form tells.
public struct ScanMeaning: Sendable, Equatable {
  /// Word for apps: `product`, `paymentCode`, `card`, `member`, `stub`, `text`, `binary` …
  public var kind: String
  /// UnifiedPOS scan data type (for example 104 = EAN-13); 0 = unknown.
  public var scanDataType: Int
  /// GTIN in 14 digits when the data is one, or holds one.
  public var gtin: String?
  /// GS1 elements, in order.
  public var elements: [Element] = []
  /// Value inside the code: its kind, and thousandths or minor units.
  public var embedded: Embedded?
  /// For codes that must not pass through an app: what may be shown instead. Nil = nothing to hide.
  public var masked: String?

  public struct Element: Sendable, Equatable {
    public var identifier: String
    public var value: String

    public init(identifier: String, value: String) {
      self.identifier = identifier
      self.value = value
    }
  }

  public struct Embedded: Sendable, Equatable {
    public var kind: String
    public var value: Int64

    public init(kind: String, value: Int64) {
      self.kind = kind
      self.value = value
    }
  }

  public init(kind: String, scanDataType: Int, gtin: String? = nil, masked: String? = nil) {
    self.kind = kind
    self.scanDataType = scanDataType
    self.gtin = gtin
    self.masked = masked
  }
}

/// One scan as the box keeps it: in memory only, for as long as ``ScanDesk/handleLife``.
public struct Scan: Sendable, Equatable {
  /// Position in this run's stream of scans, from 1.
  public var number: UInt64
  /// Opaque name by which a call refers to the data without seeing it.
  public var handle: String
  public var lane: String?
  public var scanner: String
  /// Wall time in milliseconds.
  public var at: Int64
  public var aim: String?
  public var bytes: [UInt8]
  public var meaning: ScanMeaning
  /// Nobody was listening when it came: an app must not act on it as if it were scanned now.
  public var stale: Bool
}

/// Who listens to the scanners of a lane, or to one of them.
public struct ScanClaim: Sendable, Equatable {
  public var holder: UInt64
  public var lane: String?
  /// Nil: all of the lane.
  public var scanner: String?
  public var application: String
  public var userID: UInt32
  /// Wall time in milliseconds.
  public var since: Int64

  public init(
    holder: UInt64, lane: String?, scanner: String? = nil, application: String, userID: UInt32, since: Int64
  ) {
    self.holder = holder
    self.lane = lane
    self.scanner = scanner
    self.application = application
    self.userID = userID
    self.since = since
  }
}

/// Keeps recent scans and who may have them. A value without clock or random source, owned by the control loop.
public struct ScanDesk: Sendable {
  /// A handle names its data for a minute; a payment code lives no longer anyway.
  public static let handleLife: UInt64 = 60_000_000_000
  /// Scans kept for a listener that comes back; older ones are a gap.
  public static let kept = 256
  /// Longest text of Inject, in bytes. A scanner's longest is its `max_length`: 4,096 unless set, 8,192 at most.
  public static let longestInjected = 4_096

  private var ring: [Scan] = []
  private var bornAt: [UInt64] = []
  private var next: UInt64 = 1
  public private(set) var claims: [ScanClaim] = []

  public init() {}

  /// Takes one scan in and gives it back numbered; `stale` is set when nobody holds the lane.
  public mutating func received(
    lane: String?, scanner: String, bytes: [UInt8], aim: String?, meaning: ScanMeaning, at: Int64, now: UInt64,
    entropy: UInt64
  ) -> Scan {
    expire(now)
    let scan = Scan(
      number: next, handle: Self.handle(entropy), lane: lane, scanner: scanner, at: at, aim: aim, bytes: bytes,
      meaning: meaning, stale: holder(of: lane, scanner: scanner) == nil)
    next += 1
    ring.append(scan)
    bornAt.append(now)
    if ring.count > Self.kept {
      ring.removeFirst()
      bornAt.removeFirst()
    }
    return scan
  }

  /// The scan behind a handle that is not older than ``handleLife``.
  public mutating func scan(handle: String, now: UInt64) -> Scan? {
    expire(now)
    guard let index = ring.lastIndex(where: { $0.handle == handle }), !isOld(index, now) else { return nil }
    return ring[index]
  }

  /// Scans of a lane, or of one of its scanners, after position `number`; `gap` when some of them are gone.
  public func scans(after number: UInt64, lane: String?, scanner: String? = nil) -> (scans: [Scan], gap: Bool) {
    let found = ring.filter {
      $0.number > number && (lane == nil || $0.lane == lane) && (scanner == nil || $0.scanner == scanner)
    }
    // Any client's number, the largest too: nothing is added to it.
    let oldest = ring.first?.number ?? next
    return (found, number < oldest - 1)
  }

  /// Position of the newest scan.
  public var newest: UInt64 { next - 1 }

  /// Who holds the lane, or that scanner of it, now.
  public func holder(of lane: String?, scanner: String? = nil) -> ScanClaim? {
    claims.first {
      ($0.lane == nil || lane == nil || $0.lane == lane)
        && ($0.scanner == nil || scanner == nil || $0.scanner == scanner)
    }
  }

  /// Gives what it names to `claim` when it is free. Returns the present holder otherwise.
  public mutating func claim(_ claim: ScanClaim) -> ScanClaim? {
    if let present = holder(of: claim.lane, scanner: claim.scanner) { return present }
    claims.append(claim)
    return nil
  }

  /// The claim ends: its call was closed.
  public mutating func release(holder: UInt64) {
    claims.removeAll { $0.holder == holder }
  }

  /// Old secrets are wiped. All else stays for a listener that comes back, as long as there is room.
  private mutating func expire(_ now: UInt64) {
    for index in ring.indices where isOld(index, now) && ring[index].meaning.masked != nil { ring[index].bytes = [] }
  }

  private func isOld(_ index: Int, _ now: UInt64) -> Bool {
    now > bornAt[index] && now - bornAt[index] > Self.handleLife
  }

  private static func handle(_ entropy: UInt64) -> String {
    let text = String(entropy, radix: 16)
    return "s" + String(repeating: "0", count: 16 - text.count) + text
  }
}
