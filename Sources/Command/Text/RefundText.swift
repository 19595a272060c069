import Interfaces

/// Words for money that goes back through the provider that took it.
enum RefundText {
  /// Where it stands, in a word.
  static func state(_ tender: Wire.Tender) -> String {
    guard tender.refundOf != nil else { return Word.text(tender.state) }
    return switch tender.state {
    case .intent, .unknown: text("refund not confirmed", "退款未确认")
    case .pending: text("refund under way", "退款处理中")
    case .approved: text("refunded", "已退款")
    case .declined: text("refund declined", "退款被拒")
    case .manual: text("refund needs a person", "退款待人工处理")
    case .reversing, .reversed: Word.text(tender.state)
    }
  }

  /// What it gives back.
  static func origin(_ tender: Wire.Tender) -> String {
    guard let refund = tender.refundOf else { return "" }
    return text("refund of stub ", "退款 原单 ") + "\(refund.stub.stub) \(refund.tender)"
  }

  /// What is known, and what to do.
  static func advice(_ tender: Wire.Tender) -> String {
    if tender.test == .contrary {
      return tender.verdict == .paid
        ? text(
          "decided as refunded, and the provider says that it was not: settle it with the provider",
          "人工认定已退款，但支付方说没有退：请与支付方核对")
        : text(
          "decided as not refunded, and the provider says that it was: pay nothing out; counterfoil sale decide --paid while "
            + "the sale is open, else settle it with the provider",
          "人工认定未退款，但支付方说已经退了：不要再退；单据未结束时用 counterfoil sale decide --paid 改认定，否则与支付方核对")
    }
    if tender.test == .final {
      return text(
        "decided by a person; its provider says nothing of it, so that stands. The next Z names it",
        "由人工认定；支付方对此没有答复，认定即为最终结果，下一次日结会列出")
    }
    if tender.verdict == .notPaid, tender.test == nil, tender.state == .declined {
      return text(
        "decided as not refunded: pay it out by other means. Should the provider say later that it went back after all, it counts "
          + "as given back, and counterfoil status and the next Z name it",
        "人工认定未退款：请用别的方式退。若支付方之后说已经退了，则按已退计，counterfoil status 和下一次日结会列出")
    }
    return switch tender.state {
    case .pending:
      text(
        "the provider is at it; the sale completes by itself, park it meanwhile",
        "支付方正在退款；完成后单据自动结束，可先挂单")
    case .intent, .unknown:
      text(
        "not known whether the refund went through; the box sends it again under the same number. Do not pay it out twice",
        "不知道退款是否成功；系统会用同一单号重试。不要再用别的方式退款")
    case .manual:
      text(
        "the refund did not arrive as asked: look it up at the provider, then counterfoil sale decide; as paid what moved "
          + "counts, and the rest is due still",
        "退款没有按要求到账：在支付方后台核对，然后用 counterfoil sale decide 认定；认定已退时按实退金额入账，其余仍应付")
    case .approved: text("refunded", "已退款")
    case .declined: text("not refunded; pay it out by other means", "没有退款；请用别的方式退")
    case .reversing, .reversed: Word.text(tender.state)
    }
  }
}
