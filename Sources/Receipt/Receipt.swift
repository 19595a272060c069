import Document
import Money
import Till

/// Slips from stubs and reports: the same stub, configuration and copy give the same document, in three years too.
public enum Receipt {
  /// A receipt.
  /// - Parameters:
  ///   - sequence: with `hash`, the stub record's place in the journal.
  ///   - document: `giftReceipt` leaves out all prices; anything else is a full receipt.
  ///   - reprint: the number of the copy when the slip may be a second one; nil: unmarked.
  ///   - localTime: civil time of the stamp.
  ///   - correctedBy: the stub that replaced this one.
  public static func render(
    _ stub: StubSealed, stamp: Stamp, sequence: UInt64, hash: String, configuration: TillConfiguration, origin: String,
    document: DocumentKind = .receipt, copy: CopyKind, reprint: Int?, localTime: String, correctedBy: StubNumber? = nil
  ) -> Document {
    let slip = Slip(configuration, currency: Currency(code: stub.currency), code: stub.currency)
    let template = Template.named(configuration.template)
    let isGift = document == .giftReceipt
    let isMerchant = copy == .merchant || document == .merchantCopy
    var elements: [Element] = []
    for section in template.sections {
      switch section {
      case .heading: elements += slip.heading(configuration)
      case .marks:
        elements += slip.marks(
          stub, isMerchant: isMerchant, isGift: isGift, isSecond: copy == .reprint, reprint: reprint)
        if let correctedBy { elements.append(slip.replaced(by: correctedBy)) }
      case .identity: elements += slip.identity(stub, stamp, localTime)
      case .titles: if template.showsColumns { elements.append(slip.titles(isGift: isGift)) }
      case .items:
        elements += slip.items(stub.lines, stub.adjustments, inColumns: template.showsColumns, isGift: isGift)
      case .adjustments: if !isGift { elements += slip.adjustments(stub.adjustments, of: nil) }
      case .totals: if !isGift { elements += slip.totals(stub.totals) }
      case .tenders: if !isGift { elements += slip.tenders(stub.tenders, stub.totals) }
      case .taxes: if !isGift { elements += slip.taxes(stub.lines) }
      case .code:
        elements.append(.feed(lines: 1))
        elements.append(.qrCode(code(origin: origin, stub: stub.stub, sequence: sequence, hash: hash)))
      case .footer: elements += slip.footer(configuration)
      case .rule: elements.append(.rule(.single))
      }
    }
    elements.append(.cut(.partial))
    let printed: Copy =
      if let reprint { .reprint(reprint) } else if isMerchant { .merchant } else { .original }
    return Document(
      title: "Receipt \(stub.stub)", language: slip.language, copy: printed, isTraining: stub.mode == .training,
      elements: elements)
  }

  /// First characters of the code on a receipt.
  public static let codePrefix = "CF1:"

  /// What the code on a receipt says: names the stub, so that a return finds it.
  public static func code(origin: String, stub: StubNumber, sequence: UInt64, hash: String) -> String {
    "\(codePrefix)\(origin):\(stub):\(sequence):\(hash.prefix(StubReference.printedHash))"
  }

  /// A free note. It says at its top and bottom that it is one and can never look like a receipt: no code of a stub.
  public static func note(title: String, language: Language, elements: [Element]) -> Document {
    let mark = Element.text("- \(Words.of(language).note) -", alignment: .center)
    var all: [Element] = [mark, .text(title, style: .bold, alignment: .center), .rule(.dotted)]
    all += elements.filter { element in
      switch element {
      case .qrCode(let code): !namesStub(code.text)
      case .barcode(let code): !namesStub(code.text)
      // One cut, at the end: a note cut in two would have a half without its mark.
      case .cut: false
      default: true
      }
    }
    all += [mark, .cut(.partial)]
    return Document(title: title, language: language, elements: all)
  }

  /// Whether a code could be read as that of a stub, however it is spelt.
  private static func namesStub(_ text: String) -> Bool {
    text.uppercased().contains(codePrefix)
  }
}
