import Document

/// One thing that a printer was told.
public enum EscPosToken: Sendable, Equatable {
  /// A printed line, if only an empty one.
  case line(PaperLine)
  /// Paper moved by dots (`ESC J`).
  case feed(dots: Int)
  /// The paper was cut; `feeds` when the command fed to the cutter first.
  case cut(Cut, feeds: Bool)
  case qrCode(PaperQRCode)
  case barcode(PaperBarcode)
  /// A raster or column image of so many dots; the data is not kept.
  case image(width: Int, height: Int)
  /// `ESC p`: pulse through the buffer.
  case drawerKick(pin: Int, onMilliseconds: Int, offMilliseconds: Int)
  /// Something that a printer answers when it comes to it in the buffer.
  case statusRequest(StatusRequest)
  /// `ESC @`.
  case initialise
  /// A command that works at once. `insidePayload` when it stood inside the data of another command, where nobody
  /// meant it and printers obey it all the same.
  case realTime(RealTimeCommand, insidePayload: Bool)
  /// A known command without a token of its own, whole.
  case command([UInt8])
  /// Bytes that are no known command. Reading goes on behind them.
  case unknown([UInt8])
}

/// A request that is answered in the order of the buffer.
public enum StatusRequest: Sendable, Equatable {
  /// `GS r n`.
  case transmit(UInt8)
  /// `GS a n`.
  case automatic(UInt8)
  /// `GS I n`.
  case identify(UInt8)
  /// `GS ( H` function 48.
  case processIdentifier(ProcessIdentifier)
  /// `GS ( H` function 49.
  case offlineResponse(UInt8)
}

/// A QR code on paper.
public struct PaperQRCode: Sendable, Equatable {
  public var data: [UInt8]
  public var moduleSize: Int
  public var correction: QRCode.Correction
  public var alignment: Alignment
}

/// A barcode on paper.
public struct PaperBarcode: Sendable, Equatable {
  /// Argument m of `GS k`.
  public var symbology: UInt8
  /// Data as sent.
  public var data: [UInt8]
  public var height: Int
  public var moduleWidth: Int
  public var showsText: Bool
  public var alignment: Alignment

  /// The content without the code set selector of CODE128.
  public var text: String {
    var data = data[...]
    if symbology == 73, data.first == 0x7B { data = data.dropFirst(2) }
    var out: [UInt8] = []
    var index = data.startIndex
    while index < data.endIndex {
      out.append(data[index])
      index += symbology == 73 && data[index] == 0x7B ? 2 : 1
    }
    return String(decoding: out, as: UTF8.self)
  }
}

/// A printed line.
public struct PaperLine: Sendable, Equatable {
  /// Left to right as printed.
  public var characters: [PaperCharacter] = []
  public var alignment: Alignment = .leading
  /// Where the last character ends, from the left margin, in dots.
  public var width = 0
}

/// A printed character.
public struct PaperCharacter: Sendable, Equatable {
  public var scalar: Unicode.Scalar
  /// Left edge, in dots from the left margin, before the line is aligned.
  public var dot: Int
  /// Width in dots, scale included.
  public var width: Int
  /// Times its normal width and height, 1 to 8.
  public var widthScale: Int
  public var heightScale: Int
  public var isBold: Bool
  public var isUnderlined: Bool
  /// From the multibyte font.
  public var isKanji: Bool
}
