import Document
import Money
import Till

extension Receipt {
  /// What an open sale stands at, for the customer to look at before paying. It names no stub and says that it is no
  /// receipt, first and last.
  public static func render(proforma sale: Sale, in frame: SlipFrame) -> Document {
    let slip = Slip(frame.configuration, currency: Currency(code: sale.currency), code: sale.currency)
    let words = slip.words
    let template = Template.named(frame.configuration.template)
    var marks = slip.copyMark(frame.reprint)
    marks.append(.text(words.proforma, style: [.bold, .doubleHeight], alignment: .center))
    if sale.mode == .training { marks.append(.text(words.training, style: .bold, alignment: .center)) }
    var elements = slip.heading(frame.configuration) + marks
    elements.append(.total("\(words.time) \(frame.localTime)", "\(words.lane) \(sale.lane)"))
    if !frame.stamp.timeTrusted { elements.append(.text(words.doubtfulTime)) }
    if let label = sale.label, !label.isEmpty { elements.append(.text(label)) }
    elements.append(.rule(.single))
    if template.showsColumns { elements.append(slip.titles(isGift: false)) }
    elements += slip.items(sale.lines, sale.adjustments, inColumns: template.showsColumns, isGift: false)
    elements += slip.adjustments(sale.adjustments, of: nil)
    elements.append(.rule(.single))
    elements += slip.totals(sale.totals)
    if sale.tenders.contains(where: { $0.state == .approved }) {
      elements += slip.tenders(sale.tenders, sale.totals)
      elements.append(.total(words.due, slip.money(sale.totals.due), style: .bold))
    }
    elements += slip.taxes(sale.lines) + marks
    elements.append(.cut(.partial))
    return Document(
      title: "Pro forma", language: slip.language, copy: frame.reprint.map { .reprint($0) } ?? .original,
      isTraining: sale.mode == .training, elements: elements)
  }
}
