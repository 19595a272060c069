import Document

/// The fixed words of a slip in one language.
public struct Words: Sendable, Equatable {
  public var number, time, businessDay, lane, operatorName, original: String
  public var item, quantity, price, amount: String
  public var total, change, rounding, tax, taxIncluded, tip, surcharge, cashback: String
  public var cash, external, stored, carried, moneyBack: String
  public var reprint, merchant, gift, training, doubtfulTime, void, refund, discounts, thanks, note, correction: String
  /// Around the number of the stub that replaced this one.
  public var correctedBy, correctedEnd: String
  public var dayReport, interimReport, sales, refunds, net, liabilities, discountsGiven, voids, noSales, stubs, grand,
    unresolved, unconfirmed, disputed,
    carriedSales, heldSales, correctedTenders, corrections, removedLines, overrides, reversedTenders: String
  public var proforma, due, shiftReport, shift, cashIn, cashOut, cashToSafe, opening, counted, expected, difference,
    left, reason, signature: String

  /// The words for a slip's language.
  public static func of(_ language: Language) -> Words {
    switch language {
    case .simplifiedChinese: chinese
    case .english: english
    }
  }

  static let chinese = Words(
    number: "单号", time: "时间", businessDay: "营业日", lane: "收银位", operatorName: "收银员", original: "原单",
    item: "品名", quantity: "数量", price: "单价", amount: "金额",
    total: "合计", change: "找零", rounding: "现金取整", tax: "税", taxIncluded: "含税", tip: "小费", surcharge: "附加费",
    cashback: "取现",
    cash: "现金", external: "外部支付", stored: "储值", carried: "原单支付", moneyBack: "退款",
    reprint: "补打 REPRINT", merchant: "商户存根 MERCHANT COPY", gift: "礼品单 GIFT RECEIPT",
    training: "*** 练习 非有效票据 ***", doubtfulTime: "(时间未校准)", void: "作废", refund: "退货", discounts: "优惠",
    thanks: "谢谢惠顾", note: "便条 NOTE",
    correction: "更正单", correctedBy: "已被单号", correctedEnd: " 更正",
    dayReport: "日结", interimReport: "盘点 X", sales: "销售", refunds: "退货", net: "净额", liabilities: "押金与预收",
    discountsGiven: "已扣优惠", voids: "作废", noSales: "开钱箱", stubs: "票号", grand: "累计", unresolved: "待核实",
    unconfirmed: "认定未确认", disputed: "认定有异议",
    carriedSales: "未结单", heldSales: "待决定销售", correctedTenders: "更正支付", corrections: "更正单", removedLines: "删除商品行",
    overrides: "改价", reversedTenders: "撤销支付",
    proforma: "预结单 PRO FORMA", due: "应付", shiftReport: "交班", shift: "班次", cashIn: "存入现金", cashOut: "取出现金",
    cashToSafe: "投入保险柜", opening: "备用金", counted: "实点", expected: "应有", difference: "差额", left: "留存",
    reason: "事由", signature: "签字")

  static let english = Words(
    number: "No.", time: "Time", businessDay: "Business day", lane: "Lane", operatorName: "Operator",
    original: "Original",
    item: "Item", quantity: "Qty", price: "Price", amount: "Amount",
    total: "TOTAL", change: "Change", rounding: "Cash rounding", tax: "Tax", taxIncluded: "incl. tax", tip: "Tip",
    surcharge: "Surcharge", cashback: "Cashback",
    cash: "Cash", external: "Paid", stored: "Stored value", carried: "Paid before:", moneyBack: "Refund to",
    reprint: "REPRINT", merchant: "MERCHANT COPY", gift: "GIFT RECEIPT",
    training: "*** TRAINING - NOT A RECEIPT ***", doubtfulTime: "(time not verified)", void: "VOID", refund: "REFUND",
    discounts: "Discounts", thanks: "Thank you", note: "NOTE",
    correction: "CORRECTION", correctedBy: "CORRECTED BY No.", correctedEnd: "",
    dayReport: "Z REPORT", interimReport: "X REPORT", sales: "Sales", refunds: "Refunds", net: "Net",
    liabilities: "Deposits, prepaid", discountsGiven: "Discounts given", voids: "Voids", noSales: "No sale",
    stubs: "Stubs", grand: "Grand total", unresolved: "Unresolved",
    unconfirmed: "Unconfirmed", disputed: "Disputed", carriedSales: "Open sales", heldSales: "Held sales",
    correctedTenders: "Tenders corrected", corrections: "Corrections", removedLines: "Lines removed",
    overrides: "Prices overridden", reversedTenders: "Payments reversed",
    proforma: "PRO FORMA - NOT A RECEIPT", due: "Due", shiftReport: "SHIFT REPORT", shift: "Shift", cashIn: "Cash in",
    cashOut: "Cash out", cashToSafe: "Cash to safe", opening: "Opening", counted: "Counted", expected: "Expected",
    difference: "Difference", left: "Left", reason: "Reason", signature: "Signed")
}
