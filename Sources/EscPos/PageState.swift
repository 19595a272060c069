import Document

/// The state of the printer that a tokenizer plays.
struct PageState: Sendable {
  let profile: EscPosProfile
  private(set) var isKanjiOn = false
  var line = PaperLine()
  private var slot: CodePageSlot?
  private var alignment: Alignment = .leading
  private var isBold = false
  private var isUnderlined = false
  private var isKanjiUnderlined = false
  /// Width and height of single-byte and of multibyte characters.
  private var scale = (1, 1)
  private var kanjiScale = (1, 1)
  private var position = 0
  private var qrData: [UInt8] = []
  private var qrModuleSize = 3
  private var qrCorrection = QRCode.Correction.low
  private var barHeight = 162
  private var barWidth = 3
  private var showsBarText = false
  private var lineSpacing = PageState.defaultLineSpacing

  /// Dots; 1/6 inch at 180 dpi, and what `ESC d` moves.
  static let defaultLineSpacing = 30

  init(profile: EscPosProfile) {
    self.profile = profile
    reset()
  }

  /// Dots of one cell.
  var cellDots: Int { max(1, profile.dotsPerLine / max(1, profile.columns)) }

  private mutating func reset() {
    isKanjiOn = profile.kanji?.isOnByDefault ?? false
    slot = nil
    alignment = .leading
    (isBold, isUnderlined, isKanjiUnderlined) = (false, false, false)
    (scale, kanjiScale) = ((1, 1), (1, 1))
    line = PaperLine()
    position = 0
    (barHeight, barWidth, showsBarText) = (162, 3, false)
    lineSpacing = Self.defaultLineSpacing
  }

  /// Carries out one whole command or character.
  mutating func execute(_ bytes: [UInt8], into tokens: inout [EscPosToken]) {
    switch bytes[0] {
    case 0x10:
      if case .found(let command) = RealTimeScanner.match(bytes) {
        tokens.append(.realTime(command, insidePayload: false))
      }
    case 0x0A, 0x0C: printLine(into: &tokens)
    case 0x0D: break
    case 0x09: position = (position / (8 * cellDots) + 1) * 8 * cellDots
    case 0x18: tokens.append(.command(bytes))
    case 0x1B: escape(bytes, into: &tokens)
    case 0x1C: file(bytes, into: &tokens)
    case 0x1D: group(bytes, into: &tokens)
    default: character(bytes, into: &tokens)
    }
  }

  // MARK: - Text

  private mutating func printLine(into tokens: inout [EscPosToken]) {
    line.alignment = alignment
    tokens.append(.line(line))
    line = PaperLine()
    position = 0
  }

  private mutating func character(_ bytes: [UInt8], into tokens: inout [EscPosToken]) {
    let scalar: Unicode.Scalar?
    switch bytes.count {
    case 1: scalar = bytes[0] < 0x80 ? Unicode.Scalar(bytes[0]) : codePage?.scalar(for: bytes[0])
    case 2: scalar = profile.kanji?.encoding.scalar(lead: bytes[0], trail: bytes[1])
    default: scalar = KanjiEncoding.scalar(bytes[0], bytes[1], bytes[2], bytes[3])
    }
    if scalar == nil { tokens.append(.unknown(bytes)) }
    let isKanji = bytes.count > 1
    let (widthScale, heightScale) = isKanji ? kanjiScale : scale
    let width = cellDots * (isKanji ? 2 : 1) * widthScale
    if position > 0, position + width > cellDots * max(1, profile.columns) { printLine(into: &tokens) }
    line.characters.append(
      PaperCharacter(
        scalar: scalar ?? "\u{FFFD}", dot: position, width: width, widthScale: widthScale, heightScale: heightScale,
        isBold: isBold, isUnderlined: isKanji ? isKanjiUnderlined : isUnderlined, isKanji: isKanji))
    position += width
    line.width = max(line.width, position)
  }

  private var codePage: CodePage? { slot?.page ?? profile.codePages.first { $0.number == 0 }?.page }

  // MARK: - ESC

  private mutating func escape(_ bytes: [UInt8], into tokens: inout [EscPosToken]) {
    let argument = bytes.count > 2 ? bytes[2] : 0
    switch bytes[1] {
    case 0x40:
      reset()
      return tokens.append(.initialise)
    case 0x21:
      isBold = argument & 0x08 != 0
      isUnderlined = argument & 0x80 != 0
      scale = (argument & 0x20 != 0 ? 2 : 1, argument & 0x10 != 0 ? 2 : 1)
      kanjiScale = scale
    case 0x45, 0x47: isBold = argument & 1 == 1
    case 0x2D: isUnderlined = argument != 0 && argument != 48
    case 0x61: if line.characters.isEmpty { alignment = Alignment(rawValue: argument % 48) ?? alignment }
    case 0x74: slot = profile.codePages.first { $0.number == argument }
    case 0x24: position = min(Int(bytes[2]) | Int(bytes[3]) << 8, profile.dotsPerLine)
    case 0x5C:
      let offset = Int(Int16(truncatingIfNeeded: Int(bytes[2]) | Int(bytes[3]) << 8))
      position = min(max(position + offset, 0), profile.dotsPerLine)
    case 0x32: lineSpacing = Self.defaultLineSpacing
    case 0x33: lineSpacing = Int(argument)
    case 0x4A:
      if !line.characters.isEmpty { printLine(into: &tokens) }
      return tokens.append(.feed(dots: Int(argument)))
    case 0x64:
      var left = Int(argument)
      if !line.characters.isEmpty {
        printLine(into: &tokens)
        left -= 1
      }
      for _ in 0..<max(left, 0) { printLine(into: &tokens) }
      return
    case 0x69, 0x6D: return tokens.append(.cut(bytes[1] == 0x69 ? .full : .partial, feeds: false))
    case 0x70:
      let pin = argument == 1 || argument == 49 ? 5 : 2
      return tokens.append(
        .drawerKick(pin: pin, onMilliseconds: Int(bytes[3]) * 2, offMilliseconds: Int(bytes[4]) * 2))
    default: break
    }
    tokens.append(.command(bytes))
  }

  // MARK: - FS

  private mutating func file(_ bytes: [UInt8], into tokens: inout [EscPosToken]) {
    let argument = bytes.count > 2 ? bytes[2] : 0
    switch bytes[1] {
    case 0x26: isKanjiOn = profile.kanji != nil
    case 0x2E: isKanjiOn = false
    case 0x21:
      kanjiScale = (argument & 0x04 != 0 ? 2 : 1, argument & 0x08 != 0 ? 2 : 1)
      isKanjiUnderlined = argument & 0x80 != 0
    case 0x2D: isKanjiUnderlined = argument != 0 && argument != 48
    case 0x57: kanjiScale = argument & 1 == 1 ? (2, 2) : (1, 1)
    default: break
    }
    tokens.append(.command(bytes))
  }

  // MARK: - GS

  private mutating func group(_ bytes: [UInt8], into tokens: inout [EscPosToken]) {
    let argument = bytes.count > 2 ? bytes[2] : 0
    switch bytes[1] {
    case 0x21:
      scale = (Int(argument >> 4 & 7) + 1, Int(argument & 7) + 1)
      kanjiScale = scale
    case 0x48: showsBarText = argument % 48 != 0
    case 0x68: barHeight = Int(argument)
    case 0x77: barWidth = Int(argument)
    case 0x61: return tokens.append(.statusRequest(.automatic(argument)))
    case 0x72: return tokens.append(.statusRequest(.transmit(argument)))
    case 0x49: return tokens.append(.statusRequest(.identify(argument)))
    case 0x56: return cut(bytes, into: &tokens)
    case 0x6B:
      let data = argument <= 6 ? Array(bytes[3..<(bytes.count - 1)]) : Array(bytes[4...])
      return tokens.append(
        .barcode(
          PaperBarcode(
            symbology: argument <= 6 ? argument + 65 : argument, data: data, height: barHeight, moduleWidth: barWidth,
            showsText: showsBarText, alignment: alignment)))
    case 0x28: return block(bytes, into: &tokens)
    default: break
    }
    tokens.append(.command(bytes))
  }

  private mutating func cut(_ bytes: [UInt8], into tokens: inout [EscPosToken]) {
    // A cut in the middle of a line is ignored (function A and B alike).
    guard line.characters.isEmpty else { return tokens.append(.command(bytes)) }
    switch bytes[2] {
    case 0, 48: tokens.append(.cut(.full, feeds: false))
    case 1, 49: tokens.append(.cut(.partial, feeds: false))
    case 65, 97, 103: tokens.append(.cut(.full, feeds: true))
    default: tokens.append(.cut(.partial, feeds: true))
    }
  }

  private mutating func block(_ bytes: [UInt8], into tokens: inout [EscPosToken]) {
    let body = bytes[5...]
    switch (bytes[2], body.count) {
    case (0x48, 6) where bytes[5] == 0x30 && bytes[6] == 0x30:
      if let identifier = ProcessIdentifier(bytes[7], bytes[8], bytes[9], bytes[10]) {
        return tokens.append(.statusRequest(.processIdentifier(identifier)))
      }
      return tokens.append(.unknown(bytes))
    case (0x48, 3) where bytes[5] == 0x31 && bytes[6] == 0x30:
      return tokens.append(.statusRequest(.offlineResponse(bytes[7])))
    case (0x6B, 3...) where bytes[5] == 0x31:
      switch bytes[6] {
      case 0x43: qrModuleSize = Int(bytes[7])
      case 0x45: qrCorrection = QRCode.Correction(rawValue: bytes[7] & 0x0F) ?? .low
      case 0x50: qrData = Array(bytes[8...])
      case 0x51:
        return tokens.append(
          .qrCode(
            PaperQRCode(data: qrData, moduleSize: qrModuleSize, correction: qrCorrection, alignment: alignment)))
      default: break
      }
    default: break
    }
    tokens.append(.command(bytes))
  }
}
