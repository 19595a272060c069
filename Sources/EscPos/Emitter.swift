import Document

/// Writes bytes and remembers what the printer was last told.
struct Emitter {
  let profile: EscPosProfile
  let repertoire: Repertoire
  var output = EncodedDocument()
  private var style: TextStyle = []
  private var alignment: Alignment = .leading
  /// The `ESC t` slot in force, nil before the first choice.
  var slot: CodePageSlot?
  /// Whether bytes from 81h up are taken in pairs.
  var isKanjiOn: Bool

  init(profile: EscPosProfile, repertoire: Repertoire) {
    self.profile = profile
    self.repertoire = repertoire
    isKanjiOn = profile.kanji?.isOnByDefault ?? false
  }

  /// Puts the printer into a known state.
  mutating func preamble() {
    output.bytes += EscPosCommand.initialise(automaticStatusMask: profile.automaticStatusMask)
    if profile.selectsInternationalSet { output.bytes += [0x1B, 0x52, 0x00] }
    if profile.kanji != nil { setKanji(true) }
    endChunk()
  }

  mutating func emit(_ item: Layout.Item, of layout: Layout) {
    switch item {
    case .line(let range, let alignment): line(range, alignment, of: layout)
    case .feed(let lines):
      for _ in 0..<lines { output.bytes.append(0x0A) }
      endChunk()
    case .qrCode(let code): qrCode(code)
    case .barcode(let code): barcode(code)
    case .cut(let cut): self.cut(cut)
    }
  }

  /// Marks the end of the body and asks for its identifier.
  mutating func endBody(_ proof: ProofRequest) {
    reset()
    prove(proof.body.map { .body($0) })
    output.bodyEnd = output.bytes.count
  }

  /// Asks the printer to confirm that it came so far, if it can.
  mutating func prove(_ kind: ProofMark.Kind?) {
    guard let kind else { return }
    switch kind {
    case .body(let identifier), .cut(let identifier):
      guard profile.answersProcessIdentifier else { return }
      command(EscPosCommand.processIdentifier(identifier))
    case .fence:
      guard profile.answersFence else { return }
      command(EscPosCommand.fence)
    }
    output.proofs.append(ProofMark(kind: kind, offset: output.bytes.count))
  }

  /// One command as a chunk of its own.
  mutating func command(_ bytes: [UInt8]) {
    output.bytes += bytes
    endChunk()
  }

  mutating func endChunk() {
    if output.boundaries.last != output.bytes.count, !output.bytes.isEmpty {
      output.boundaries.append(output.bytes.count)
    }
  }

  /// Normal style at the left edge, so that nothing leaks into the next job.
  private mutating func reset() {
    set(style: [])
    set(alignment: .leading)
    endChunk()
  }

  // MARK: - Lines

  private mutating func line(_ range: Range<Int>, _ alignment: Alignment, of layout: Layout) {
    if !range.isEmpty {
      set(alignment: alignment)
      var cell = 0
      for index in range {
        let run = layout.runs[index]
        if alignment == .leading, run.cell > cell { move(from: cell, to: run.cell) }
        set(style: run.style)
        text(run.text)
        cell = run.cell + run.width
      }
    }
    output.bytes.append(0x0A)
    endChunk()
  }

  /// Goes right to a cell.
  private mutating func move(from: Int, to cell: Int) {
    if profile.positionsAbsolutely, cell - from > Self.shortestJump, profile.columns > 0 {
      let dots = cell * (profile.dotsPerLine / profile.columns)
      if dots >= 0, dots <= 0xFFFF {
        output.bytes += [0x1B, 0x24, UInt8(dots & 0xFF), UInt8(dots >> 8)]
        return
      }
    }
    set(style: style.subtracting([.doubleWidth, .underline]))
    output.bytes.append(contentsOf: repeatElement(0x20, count: cell - from))
  }

  /// `ESC $` takes four bytes: fewer blanks are cheaper as blanks.
  private static let shortestJump = 4

  mutating func set(alignment new: Alignment) {
    if new == alignment { return }
    alignment = new
    output.bytes += [0x1B, 0x61, new.rawValue]
  }

  /// Styles single-byte and multibyte characters alike: printers keep them apart, and some clones lose the one
  /// when the other prints.
  private mutating func set(style new: TextStyle) {
    if new == style { return }
    let changed = new.symmetricDifference(style)
    style = new
    if changed.contains(.bold) { output.bytes += [0x1B, 0x45, new.contains(.bold) ? 1 : 0] }
    if changed.contains(.underline) {
      let on: UInt8 = new.contains(.underline) ? 1 : 0
      output.bytes += [0x1B, 0x2D, on]
      if profile.kanji != nil { output.bytes += [0x1C, 0x2D, on] }
    }
    if !changed.isDisjoint(with: .large) {
      let wide = new.contains(.doubleWidth)
      let high = new.contains(.doubleHeight)
      output.bytes += [0x1D, 0x21, (wide ? 0x10 : 0) | (high ? 0x01 : 0)]
      if profile.kanji != nil {
        let underline: UInt8 = new.contains(.underline) ? 0x80 : 0
        output.bytes += [0x1C, 0x21, (wide ? 0x04 : 0) | (high ? 0x08 : 0) | underline]
      }
    }
  }

  mutating func setKanji(_ on: Bool) {
    guard let font = profile.kanji, isKanjiOn != on else { return }
    isKanjiOn = on
    if font.hasModeCommands { output.bytes += [0x1C, on ? 0x26 : 0x2E] }
  }

  // MARK: - Cut

  private mutating func cut(_ cut: Cut) {
    let full: Bool
    switch profile.cutter {
    case .none:
      for _ in 0..<max(profile.linesBeforeCut, 0) { output.bytes.append(0x0A) }
      return endChunk()
    case .partial: full = false
    case .full: full = true
    case .both: full = cut == .full
    }
    if profile.feedsToCutter {
      output.bytes += [0x1D, 0x56, full ? 65 : 66, 0]
    } else {
      for _ in 0..<max(profile.linesBeforeCut, 0) { output.bytes.append(0x0A) }
      output.bytes += [0x1D, 0x56, full ? 0 : 1]
    }
    endChunk()
  }
}
