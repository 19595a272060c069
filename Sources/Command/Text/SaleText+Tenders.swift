import Interfaces

/// What became of tenders, and what a person does about it.
extension SaleText {
  /// What `tender` came to, and what to do.
  static func tendered(_ tender: Wire.Tender, _ sale: String, _ money: AmountText) -> [String] {
    [
      "\(sale)  \(tender.id)  \(RefundText.state(tender))  \(money(tender.asked))  \(tender.number ?? "")",
      advice(tender),
    ]
  }

  static func unresolved(_ open: Wire.UnresolvedTender, _ tender: Wire.Tender?, _ money: AmountText) -> [String] {
    let head = "\(open.sale)  \(open.tender)  \(open.provider ?? Word.text(open.kind))  \(money(open.asked))"
    guard let tender else { return [head] }
    let known = head + "  \(RefundText.state(tender))  \(tender.number ?? "")  \(why(tender, money))"
    if let elsewhere = tender.elsewhere { return [known, "  " + elsewhereAdvice(tender, elsewhere)] }
    guard tender.refundOf == nil else { return [known, "  \(RefundText.origin(tender)): \(advice(tender))"] }
    return [known, "  " + advice(tender)]
  }

  /// Why, with an amount that the journal has in minor units as people write it. One of another currency stays as it is:
  /// its code says enough.
  private static func why(_ tender: Wire.Tender, _ money: AmountText) -> String {
    let why = tender.why ?? ""
    let parts = why.split(separator: " ")
    // Of any other state a provider may have said the same words.
    guard tender.state == .manual, parts.count == 3, let amount = Int64(parts[1]), money.isOf(parts[2]) else {
      return why
    }
    return switch parts[0] {
    case "approved": text("the provider took \(money(amount))", "支付方收了 \(money(amount))")
    case "refunded": text("the provider gave back \(money(amount))", "支付方退了 \(money(amount))")
    default: why
    }
  }

  /// Who answers speaks for another merchant account.
  private static func elsewhereAdvice(_ tender: Wire.Tender, _ now: String) -> String {
    let (provider, account) = (tender.provider ?? "", tender.account ?? "")
    return text(
      "it is of account \(account), and provider \(provider) speaks for account \(now) now: nobody is asked. Put its old address "
        + "back, or look it up at account \(account), then counterfoil sale decide",
      "它属于商户号 \(account)，而支付方 \(provider) 当前是商户号 \(now)：系统不再询问。请恢复原来的地址，"
        + "或在商户号 \(account) 核实后用 counterfoil sale decide 认定")
  }

  /// What comes behind such a decision: the provider may still say that it has the money.
  private static var decidedNotPaid: String {
    text(
      "decided as not paid: other money can be taken. The box asks the provider on. Has the customer paid after all, that goes "
        + "back by itself; what the provider had said before that it took counts as given back by hand, and is named should the "
        + "provider still have it",
      "人工认定未付：可改用其他方式收款。系统会继续查询：若顾客其实已付，款项会自动退回；支付方此前已确认收到的款项视为已由人工退回，"
        + "若仍在其处会提示")
  }

  /// What is known, and what to do.
  private static func advice(_ tender: Wire.Tender) -> String {
    if tender.refundOf != nil { return RefundText.advice(tender) }
    if tender.verdict == .paid, tender.test == .contrary {
      return text(
        "decided as paid, and the provider says that it was not: settle it with the provider",
        "人工认定已付，但支付方说没有付：请与支付方核对")
    }
    if tender.test == .final {
      return text(
        "decided by a person, and its provider said nothing of it for 7 days: that stands. The next Z names it",
        "由人工认定，支付方七天内未作答复，认定即为最终结果，下一次日结会列出")
    }
    if tender.state == .approved, tender.verdict == .paid, tender.test == nil {
      return text(
        "decided as paid. The box asks the provider on; should it deny it, the sale stands, and counterfoil status and the next Z name it",
        "人工认定已付。系统会继续查询；若支付方否认，销售仍然有效，counterfoil status 和下一次日结会列出")
    }
    let isOver = tender.state == .declined || tender.state == .reversed
    if isOver, tender.verdict == .notPaid, tender.test == nil { return decidedNotPaid }
    if isOver, tender.verdict == .notPaid, tender.test == .contrary, tender.why == "decided" {
      return text(
        "decided as given back, and the provider says that it still has the money: settle it with the provider",
        "人工认定已退回，但支付方说款项仍在其处：请与支付方核对")
    }
    return switch tender.state {
    case .intent where tender.shown == true, .pending where tender.shown == true, .unknown where tender.shown == true:
      text(
        "nobody has paid it as far as is known; the box asks the provider, until the code is over",
        "目前所知尚未付款；系统会一直查询，直到收款码失效")
    case .reversing where tender.shown == true && tender.alarm == nil:
      text(
        "its order is being closed; cash can be taken now. Was it paid before that, the box says so",
        "正在关闭订单；现在可以收现金。如果顾客已付款，系统会提示")
    case .intent, .pending:
      text("the customer is at it: wait", "顾客正在付款：请等待")
    case .unknown where tender.kind == .external:
      text("look at the terminal, then report the outcome", "查看终端，然后报告结果")
    case .unknown:
      text(
        "not known whether it was paid; the box asks the provider. Do not take the code again",
        "不知道是否已付；系统正在查询。不要再次扫码收款")
    case .reversing where tender.alarm == .overdue:
      text(
        "taking it back has gone on for 10 minutes; the box goes on. Ask the provider; when it took nothing, or gave it "
          + "back, counterfoil sale decide",
        "撤销已超过十分钟，系统继续尝试。请联系支付方，确认未收款或已退回后再用 counterfoil sale decide 认定")
    case .reversing where tender.alarm == .contradicted:
      text(
        "the provider took the money and says now that there is none to give back: ask it; once the money is given back, "
          + "counterfoil sale decide",
        "支付方曾确认收款，现又称无款可退：请联系支付方，款项退回后再用 counterfoil sale decide 认定")
    case .reversing where tender.alarm == .givenUp:
      text(
        "nobody is asked any more: the provider's time for it is over. Give the money back by other means, then "
          + "counterfoil sale decide",
        "已过支付方的撤销期限，系统不再询问。请用别的方式退回款项，再用 counterfoil sale decide 认定")
    case .reversing:
      text("being taken back; other money can be taken now", "正在撤销；现在可以改用其他方式收款")
    case .manual:
      text(
        "a person must decide what becomes of it: counterfoil sale resolve",
        "需要人工决定：counterfoil sale resolve")
    case .approved: text("paid", "已付")
    case .declined: text("not paid; nothing was taken", "未付款，没有扣款")
    case .reversed: text("taken back; nothing was kept", "已撤销，没有扣款")
    }
  }
}
