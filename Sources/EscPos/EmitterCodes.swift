import Document

/// QR codes and barcodes.
extension Emitter {
  mutating func qrCode(_ code: QRCode) {
    let data = Array(code.text.utf8)
    guard profile.drawsQRCodes else { return omit("qrCode", .notSupported, text: code.text) }
    guard !data.isEmpty, data.count <= EscPosLimits.qrCodeBytes, !data.contains(0x10) else {
      return omit("qrCode", .invalidContent, text: code.text)
    }
    set(alignment: code.alignment)
    let size = UInt8(min(max(code.moduleSize, 1), 16))
    let level: UInt8 = 0x30 + code.correction.rawValue
    let length = data.count + 3
    output.bytes += [0x1D, 0x28, 0x6B, 0x04, 0x00, 0x31, 0x41, 0x32, 0x00]
    output.bytes += [0x1D, 0x28, 0x6B, 0x03, 0x00, 0x31, 0x43, size]
    output.bytes += [0x1D, 0x28, 0x6B, 0x03, 0x00, 0x31, 0x45, level]
    output.bytes += [0x1D, 0x28, 0x6B, UInt8(length & 0xFF), UInt8(length >> 8), 0x31, 0x50, 0x30]
    output.bytes += data
    output.bytes += [0x1D, 0x28, 0x6B, 0x03, 0x00, 0x31, 0x51, 0x30]
    endChunk()
  }

  mutating func barcode(_ code: Barcode) {
    let what = code.symbology.rawValue
    guard profile.drawsBarcodes else { return omit(what, .notSupported, text: code.text) }
    guard let data = code.encodedData else { return omit(what, .invalidContent, text: code.text) }
    set(alignment: code.alignment)
    output.bytes += [0x1D, 0x48, code.showsText ? 2 : 0]
    output.bytes += [0x1D, 0x68, UInt8(min(max(code.height, 1), 255))]
    output.bytes += [0x1D, 0x77, UInt8(min(max(code.moduleWidth, 2), 6))]
    output.bytes += [0x1D, 0x6B, code.symbology.number, UInt8(data.count)]
    output.bytes += data
    endChunk()
  }

  private mutating func omit(_ what: String, _ reason: Omission.Reason, text: String) {
    output.omissions.append(Omission(what: what, reason: reason))
    let shown = Document(
      title: "", elements: [.text(String(text.prefix(EscPosLimits.qrCodeBytes)), alignment: .center)])
    let repertoire = repertoire
    let layout = shown.layout(columns: profile.columns, measure: CellMeasure { repertoire.cells(of: $0.value) })
    for item in layout.items { emit(item, of: layout) }
  }
}

extension Barcode.Symbology {
  /// Argument m of `GS k` form B.
  var number: UInt8 {
    switch self {
    case .upcA: 65
    case .ean13: 67
    case .ean8: 68
    case .code39: 69
    case .itf: 70
    case .codabar: 71
    case .code93: 72
    case .code128: 73
    }
  }

  /// The symbology of an argument m of form B, nil for those that documents do not use.
  init?(number: UInt8) {
    guard let found = Self.allCases.first(where: { $0.number == number }) else { return nil }
    self = found
  }
}

extension Barcode {
  /// The data bytes of `GS k`, nil when the content does not fit the symbology. Printers print refused data as text,
  /// so it is checked here.
  var encodedData: [UInt8]? {
    let data = Array(text.utf8)
    guard !data.isEmpty, data.count <= EscPosLimits.barcodeBytes else { return nil }
    let areDigits = data.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    switch symbology {
    case .ean13: return areDigits && (data.count == 12 || data.count == 13) ? data : nil
    case .ean8: return areDigits && (data.count == 7 || data.count == 8) ? data : nil
    case .upcA: return areDigits && (data.count == 11 || data.count == 12) ? data : nil
    case .itf: return areDigits && data.count.isMultiple(of: 2) ? data : nil
    case .code39: return data.allSatisfy(Self.code39.contains) ? data : nil
    case .codabar:
      guard data.count >= 2, let first = data.first, let last = data.last else { return nil }
      let isFramed = (0x41...0x44).contains(first) && (0x41...0x44).contains(last)
      return isFramed && data.dropFirst().dropLast().allSatisfy(Self.codabar.contains) ? data : nil
    case .code93: return data.allSatisfy { $0 >= 0x20 && $0 < 0x7F } ? data : nil
    case .code128:
      guard data.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return nil }
      var out: [UInt8] = [0x7B, 0x42]
      for byte in data { out += byte == 0x7B ? [0x7B, 0x7B] : [byte] }
      return out.count <= 255 ? out : nil
    }
  }

  private static let code39 = Set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%+-./".utf8)
  private static let codabar = Set("0123456789$+-./:".utf8)
}
