import Document

/// Turns documents into ESC/POS bytes for one printer.
///
/// Encoding never fails: what a printer cannot draw is replaced by something visible and reported. No control byte of
/// a text reaches the output, so no text can open a drawer, cut or ask for status.
public struct EscPosEncoder: Sendable {
  /// The printer.
  public let profile: EscPosProfile
  /// How wide this printer draws characters; also for ``Document/plainText(columns:measure:)``.
  public let measure: CellMeasure
  let repertoire: Repertoire

  /// Makes an encoder. Cheap, but worth keeping for a printer's life.
  public init(profile: EscPosProfile) {
    self.profile = profile
    let repertoire = Repertoire(profile)
    self.repertoire = repertoire
    measure = CellMeasure { repertoire.cells(of: $0.value) }
  }

  /// Encodes a document, from `ESC @` to the last answer asked for.
  /// - Parameters:
  ///   - proof: identifiers and fence; what the profile does not promise to answer is left out.
  ///   - drawerKick: sends the drawer's pulse as the last chunk before the fence.
  public func encode(
    _ document: Document, proof: ProofRequest = .none, drawerKick: Bool = false
  ) -> EncodedDocument {
    let layout = document.layout(columns: profile.columns, measure: measure)
    var emitter = Emitter(profile: profile, repertoire: repertoire)
    emitter.output.bytes.reserveCapacity(layout.items.count * (profile.columns + 16) + 128)
    emitter.output.boundaries.reserveCapacity(layout.items.count + 16)
    emitter.preamble()
    let lastCut = layout.items.lastIndex { if case .cut = $0 { true } else { false } }
    for (index, item) in layout.items.enumerated() {
      if index == lastCut { emitter.endBody(proof) }
      emitter.emit(item, of: layout)
    }
    if lastCut == nil { emitter.endBody(proof) } else { emitter.prove(proof.cut.map { .cut($0) }) }
    if drawerKick { emitter.command(EscPosCommand.drawerKick(profile.drawer)) }
    if proof.fence { emitter.prove(.fence) }
    return emitter.output
  }

  /// The slip as this printer will show it, substitutions made. What reading the bytes back gives, character by
  /// character, as long as the printer can draw the codes.
  public func plainText(_ document: Document) -> String {
    document.plainText(columns: profile.columns, measure: measure) { visible(String($0))[...] }
  }

  /// What the paper shows for a text: the text with this printer's substitutions made.
  public func visible(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      if scalar == "\n" {
        out += "\n"
        continue
      }
      switch repertoire.rendering(of: scalar.value) {
      case .replaced(let replacement, _): out += replacement
      case .dropped: break
      case .pair: out.unicodeScalars.append(Unicode.Scalar(Overrides.fullWidth(scalar.value)) ?? scalar)
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}

/// Limits of what one command may carry.
public enum EscPosLimits {
  /// Longest QR content in bytes. A receipt's reference is below 200; the limit also keeps the length bytes of
  /// `GS ( k` from spelling `DLE EOT` (10h 04h).
  public static let qrCodeBytes = 1000
  /// Longest barcode content in bytes (`GS k` has one length byte).
  public static let barcodeBytes = 250
}
