/// What one kind of printer can do and how it differs from the norm. Read from `hardware-profiles/*.toml`.
///
/// Values are stated facts, never wishes: a driver reports no higher proof than the profile allows.
public struct PrinterProfile: Sendable, Equatable {
  /// Name of the file without `.toml`.
  public var name: String
  /// For people.
  public var title: String
  /// Name of the driver family, a row of the driver table.
  public var family: String
  public var paper: Paper
  public var kanji: Kanji?
  /// Code page number (`ESC t n`) to encoding name, for example 0 to `cp437`.
  public var codePages: [UInt8: String]
  public var cut: Cut
  public var drawer: Drawer
  public var status: Status
  public var proof: Proof
  public var mechanics: Mechanics
  public var codes: Codes
  public var connection: Connection
  public var quirks: Quirks
  /// USB devices that it is for; empty: none is known to be.
  public var usb: [USBMatch] = []
  /// Where the values come from, by the name of their group.
  public var evidence: [String: Evidence]

  /// Geometry of the paper.
  public struct Paper: Sendable, Equatable {
    /// Width of the roll in millimetres.
    public var width: Int
    /// Printable dots in a line.
    public var dots: Int
    /// Dots per inch.
    public var resolution: Int
    /// Characters of font A in a line.
    public var columns: Int
    /// Dots from the top of one line to the next at the default spacing.
    public var lineHeight: Int

    public init(width: Int, dots: Int, resolution: Int = 203, columns: Int, lineHeight: Int = 30) {
      self.width = width
      self.dots = dots
      self.resolution = resolution
      self.columns = columns
      self.lineHeight = lineHeight
    }
  }

  /// The multi-byte font.
  public struct Kanji: Sendable, Equatable {
    /// `gbk`, `gb18030` or `big5`.
    public var encoding: String
    /// The font is on after `ESC @`.
    public var onAfterReset: Bool
    /// `FS &` switches the font on and `FS .` off. False for printers that know no such mode.
    public var hasModeCommands: Bool

    public init(encoding: String, onAfterReset: Bool, hasModeCommands: Bool) {
      self.encoding = encoding
      self.onAfterReset = onAfterReset
      self.hasModeCommands = hasModeCommands
    }
  }

  /// The cutter.
  public struct Cut: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable { case none, partial, full, both }
    public var kind: Kind
    /// `GS V 66 n` works: feed to the knife, then cut. Else lines are fed and a plain cut is sent.
    public var feedsToCutter: Bool
    /// Lines to feed so that the last printed line is past the knife or the tear bar.
    public var feedLines: Int

    public init(kind: Kind, feedsToCutter: Bool = true, feedLines: Int) {
      self.kind = kind
      self.feedsToCutter = feedsToCutter
      self.feedLines = feedLines
    }
  }

  /// The drawer connector.
  public struct Drawer: Sendable, Equatable {
    public enum Contact: String, Sendable, CaseIterable {
      /// Not wired, or nobody looked yet.
      case unknown
      /// Pin 3 is high while the drawer is open.
      case openIsHigh
      /// Pin 3 is low while the drawer is open.
      case openIsLow
    }
    /// 2 or 5.
    public var pin: Int
    /// Length of the pulse in milliseconds.
    public var onMilliseconds: Int
    /// Rest after the pulse in milliseconds.
    public var offMilliseconds: Int
    public var contact: Contact
    /// Executes `DLE DC4 1`, the pulse that does not wait for the buffer and works without paper.
    public var realTimePulse: Bool

    public init(
      pin: Int = 2, onMilliseconds: Int = 50, offMilliseconds: Int = 500, contact: Contact = .unknown,
      realTimePulse: Bool = false
    ) {
      self.pin = pin
      self.onMilliseconds = onMilliseconds
      self.offMilliseconds = offMilliseconds
      self.contact = contact
      self.realTimePulse = realTimePulse
    }
  }

  /// Which status questions it answers.
  public struct Status: Sendable, Equatable {
    /// Arguments of `DLE EOT n` that are answered, for example 1, 2, 4; empty = one-way.
    public var realTime: [UInt8]
    /// Pushes changes by itself (`GS a`).
    public var automatic: Bool
    /// Has a sensor for the paper's near end.
    public var nearEndSensor: Bool
    /// Seconds between questions while something waits for the printer and it does not push; 0 = never.
    public var pollSeconds: Int
    /// How long an answer may take in milliseconds while the printer is idle.
    public var answerMilliseconds: Int

    public init(
      realTime: [UInt8], automatic: Bool, nearEndSensor: Bool, pollSeconds: Int = 2, answerMilliseconds: Int = 1000
    ) {
      self.realTime = realTime
      self.automatic = automatic
      self.nearEndSensor = nearEndSensor
      self.pollSeconds = pollSeconds
      self.answerMilliseconds = answerMilliseconds
    }
  }

  /// What it can prove.
  public struct Proof: Sendable, Equatable {
    /// Answers `GS r 1` in order with the data.
    public var fence: Bool
    /// Answers `GS ( H` function 48 when the data before it is printed.
    public var processID: Bool
    /// Keeps its buffer through paper out and prints on after reload.
    public var keepsBuffer: Bool

    public init(fence: Bool, processID: Bool, keepsBuffer: Bool) {
      self.fence = fence
      self.processID = processID
      self.keepsBuffer = keepsBuffer
    }
  }

  /// Speeds and sizes, for time budgets.
  public struct Mechanics: Sendable, Equatable {
    /// Paper speed in millimetres a second.
    public var speed: Int
    /// Receive buffer in bytes.
    public var bufferBytes: Int
    /// Milliseconds for one cut.
    public var cutMilliseconds: Int

    public init(speed: Int, bufferBytes: Int, cutMilliseconds: Int = 500) {
      self.speed = speed
      self.bufferBytes = bufferBytes
      self.cutMilliseconds = cutMilliseconds
    }
  }

  /// Codes that it draws itself.
  public struct Codes: Sendable, Equatable {
    /// `GS ( k` with cn 49.
    public var qr: Bool
    /// `GS k` form B, Code 128 included.
    public var barcodes: Bool

    public init(qr: Bool, barcodes: Bool) {
      self.qr = qr
      self.barcodes = barcodes
    }
  }

  /// How the driver holds the connection.
  public struct Connection: Sendable, Equatable {
    /// Seconds that an idle network connection is kept after a job; 0 = closed at once, so that other tills can print.
    public var idleCloseSeconds: Int
    /// Keeps a connection open and learns of paper and cover without a job. Needs ``Status/automatic``.
    public var presence: Bool
    /// Seconds for connecting.
    public var connectSeconds: Int

    public init(idleCloseSeconds: Int = 2, presence: Bool = false, connectSeconds: Int = 5) {
      self.idleCloseSeconds = idleCloseSeconds
      self.presence = presence
      self.connectSeconds = connectSeconds
    }
  }

  /// Known differences from the norm.
  public struct Quirks: Sendable, Equatable {
    /// `ESC $` works behind printed data; else columns are set with blanks.
    public var positionsAbsolutely: Bool
    /// Needs `ESC R 0`, so that `$` and `\` are not drawn as currency signs.
    public var selectsInternationalSet: Bool

    public init(positionsAbsolutely: Bool = false, selectsInternationalSet: Bool = true) {
      self.positionsAbsolutely = positionsAbsolutely
      self.selectsInternationalSet = selectsInternationalSet
    }
  }

  public init(
    name: String, title: String, family: String, paper: Paper, kanji: Kanji?, codePages: [UInt8: String], cut: Cut,
    drawer: Drawer, status: Status, proof: Proof, mechanics: Mechanics, codes: Codes,
    connection: Connection = Connection(), quirks: Quirks = Quirks(), evidence: [String: Evidence] = [:]
  ) {
    self.name = name
    self.title = title
    self.family = family
    self.paper = paper
    self.kanji = kanji
    self.codePages = codePages
    self.cut = cut
    self.drawer = drawer
    self.status = status
    self.proof = proof
    self.mechanics = mechanics
    self.codes = codes
    self.connection = connection
    self.quirks = quirks
    self.evidence = evidence
  }

  /// The highest proof that a job can reach.
  public var bestLevel: ProofLevel {
    if proof.processID { return status.realTime.isEmpty ? .cut : .clean }
    if proof.fence { return .fenced }
    return .drained
  }
}

/// Where a group of profile values comes from.
public struct Evidence: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// Seen on a device.
    case measured
    /// Stands in the maker's document.
    case documented
    /// The usual value of the kind; nobody looked.
    case assumed
  }
  public var kind: Kind
  /// ISO 8601 day, for example `2026-08-01`.
  public var date: String
  public var source: String

  public init(kind: Kind, date: String, source: String) {
    self.kind = kind
    self.date = date
    self.source = source
  }
}
