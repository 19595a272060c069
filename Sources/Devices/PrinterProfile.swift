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
  public var image: Image
  public var connection: Connection
  public var quirks: Quirks
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
    /// `gbk`, `gb18030`, `big5`, `euc-kr`, `sjis` or `utf8`.
    public var encoding: String
    /// The font is on after `ESC @`.
    public var onAfterReset: Bool
    /// `FS &` is needed before multi-byte text and `FS .` before single-byte high characters.
    public var needsSwitch: Bool

    public init(encoding: String, onAfterReset: Bool, needsSwitch: Bool) {
      self.encoding = encoding
      self.onAfterReset = onAfterReset
      self.needsSwitch = needsSwitch
    }
  }

  /// The cutter.
  public struct Cut: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable { case none, partial, full }
    public var kind: Kind
    /// Lines to feed so that the last printed line is past the knife or the tear bar.
    public var feedLines: Int

    public init(kind: Kind, feedLines: Int) {
      self.kind = kind
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

    public init(pin: Int = 2, onMilliseconds: Int = 50, offMilliseconds: Int = 500, contact: Contact = .unknown) {
      self.pin = pin
      self.onMilliseconds = onMilliseconds
      self.offMilliseconds = offMilliseconds
      self.contact = contact
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

  /// Pictures.
  public struct Image: Sendable, Equatable {
    public enum Command: String, Sendable, CaseIterable {
      /// `GS v 0`
      case raster
      /// `ESC *`
      case column
      /// `GS ( L`
      case graphics
    }
    public var command: Command
    /// Rows sent in one command at most.
    public var stripRows: Int
    /// Executes real-time commands that stand by chance inside picture data; such strips are drawn another way.
    public var realTimeInData: Bool

    public init(command: Command, stripRows: Int, realTimeInData: Bool = true) {
      self.command = command
      self.stripRows = stripRows
      self.realTimeInData = realTimeInData
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
    /// Milliseconds without progress of the bytes after which a connection counts as broken.
    public var stallMilliseconds: Int

    public init(
      idleCloseSeconds: Int = 2, presence: Bool = false, connectSeconds: Int = 5, stallMilliseconds: Int = 30_000
    ) {
      self.idleCloseSeconds = idleCloseSeconds
      self.presence = presence
      self.connectSeconds = connectSeconds
      self.stallMilliseconds = stallMilliseconds
    }
  }

  /// Known differences from the norm.
  public struct Quirks: Sendable, Equatable {
    /// `ESC J` is ignored.
    public var ignoresDotFeed: Bool
    /// One line feed after a picture is swallowed.
    public var swallowsLineFeedAfterImage: Bool
    /// Bar code settings fall back to their defaults after each bar code.
    public var resetsBarcodeSettings: Bool
    /// Answers no status question while it prints: silence means busy, not broken.
    public var silentWhileBusy: Bool

    public init(
      ignoresDotFeed: Bool = false, swallowsLineFeedAfterImage: Bool = false, resetsBarcodeSettings: Bool = false,
      silentWhileBusy: Bool = false
    ) {
      self.ignoresDotFeed = ignoresDotFeed
      self.swallowsLineFeedAfterImage = swallowsLineFeedAfterImage
      self.resetsBarcodeSettings = resetsBarcodeSettings
      self.silentWhileBusy = silentWhileBusy
    }
  }

  public init(
    name: String, title: String, family: String, paper: Paper, kanji: Kanji?, codePages: [UInt8: String], cut: Cut,
    drawer: Drawer, status: Status, proof: Proof, mechanics: Mechanics, codes: Codes, image: Image,
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
    self.image = image
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
