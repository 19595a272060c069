/// What the encoder must know of a printer. A hardware profile fills it; a field left alone holds the safe choice.
public struct EscPosProfile: Sendable, Equatable {
  /// Cells across the paper in font A (a hanzi takes two).
  public var columns: Int
  /// Printable dots across the paper.
  public var dotsPerLine: Int
  /// The multibyte font, nil for printers without one.
  public var kanji: KanjiFont?
  /// Single-byte code pages by their `ESC t` number, in order of preference. Clones number freely.
  public var codePages: [CodePageSlot]
  /// What the cutter can do.
  public var cutter: Cutter
  /// True when `GS V 66 n` (feed to the cutter, then cut) works; else blank lines and a plain cut are sent.
  public var feedsToCutter: Bool
  /// Blank lines that bring the last line past the cutter or the tear bar, where the printer does not do it itself.
  public var linesBeforeCut: Int
  /// The drawer's connector and pulse.
  public var drawer: DrawerPulse
  /// `GS ( k` draws QR codes (model 2). Without it the content is printed as text.
  public var drawsQRCodes: Bool
  /// `GS k` form B draws barcodes. Without it the content is printed as text.
  public var drawsBarcodes: Bool
  /// `ESC $` works after printed data. Columns are else set with blanks, which works everywhere.
  public var positionsAbsolutely: Bool
  /// `GS r 1` is answered in order of the buffer: a fence behind a job.
  public var answersFence: Bool
  /// `GS ( H` function 48 is answered when the print before it is complete.
  public var answersProcessIdentifier: Bool
  /// Argument of `GS a` (automatic status), sent again after every `ESC @`, which switches it off. 0 = not used.
  public var automaticStatusMask: UInt8
  /// Sends `ESC R 0`, so that a printer set to China or Japan does not draw `$` or `\` as a yen sign.
  public var selectsInternationalSet: Bool

  /// A generic 80 mm printer: no multibyte font, partial cut, nothing that needs an answer.
  public init(columns: Int = 48, dotsPerLine: Int = 576) {
    self.columns = columns
    self.dotsPerLine = dotsPerLine
    kanji = nil
    codePages = [CodePageSlot(0, .cp437)]
    cutter = .partial
    feedsToCutter = true
    linesBeforeCut = 4
    drawer = DrawerPulse()
    drawsQRCodes = true
    drawsBarcodes = true
    positionsAbsolutely = false
    answersFence = false
    answersProcessIdentifier = false
    automaticStatusMask = 0
    selectsInternationalSet = true
  }
}

/// The multibyte font of a printer.
public struct KanjiFont: Sendable, Equatable {
  /// Its character set.
  public var encoding: KanjiEncoding
  /// True when the printer is in multibyte mode after `ESC @`.
  public var isOnByDefault: Bool
  /// True when `FS &` switches the mode on and `FS .` off. False for printers that know no such mode.
  public var hasModeCommands: Bool
  /// Makes a description.
  public init(_ encoding: KanjiEncoding, isOnByDefault: Bool = false, hasModeCommands: Bool = true) {
    self.encoding = encoding
    self.isOnByDefault = isOnByDefault
    self.hasModeCommands = hasModeCommands
  }
}

/// Character sets of multibyte fonts.
public enum KanjiEncoding: String, Sendable, Equatable, CaseIterable {
  /// Two bytes; what cheap Chinese printers hold.
  case gbk
  /// Two bytes, and four for the ideographs of Extension A. Other four-byte characters are not in such fonts.
  case gb18030
  /// Two bytes; Taiwan and Hong Kong.
  case big5
}

/// A code page under the number that this printer gives it.
public struct CodePageSlot: Sendable, Equatable {
  /// Argument of `ESC t`.
  public var number: UInt8
  public var page: CodePage
  public init(_ number: UInt8, _ page: CodePage) {
    self.number = number
    self.page = page
  }
}

/// Which cuts a printer makes.
public enum Cutter: String, Sendable, Equatable, CaseIterable { case none, partial, full, both }

/// The drawer's connector and pulse.
public struct DrawerPulse: Sendable, Equatable {
  /// Pin of the connector: 2 or 5.
  public var pin: Int
  /// Milliseconds on and off, 2 to 510 in steps of 2.
  public var onMilliseconds: Int
  public var offMilliseconds: Int
  /// 50 ms on and 500 ms off open most drawers.
  public init(pin: Int = 2, onMilliseconds: Int = 50, offMilliseconds: Int = 500) {
    self.pin = pin
    self.onMilliseconds = onMilliseconds
    self.offMilliseconds = offMilliseconds
  }
}
