import Document

/// The fixed words of a slip in one language. A template is data: its version stands in the configuration's `template`.
public struct Words: Sendable, Equatable {
  public var number, time, lane, operatorName, total, due, change, rounding, tax, tip, surcharge, cashback: String
  public var cash, external, stored, carried: String
  public var reprint, training, doubtfulTime, void, refund, discounts, thanks: String
  public var dayReport, sales, refunds, net, voids, noSales, stubs, grand, unresolved, drawer: String

  /// The words for a slip's language.
  public static func of(_ language: Language) -> Words {
    switch language {
    case .simplifiedChinese: chinese
    case .english: english
    }
  }

  static let chinese = Words(
    number: "单号", time: "时间", lane: "收银位", operatorName: "收银员", total: "合计", due: "应收", change: "找零",
    rounding: "现金取整", tax: "税", tip: "小费", surcharge: "附加费", cashback: "取现", cash: "现金", external: "外部支付",
    stored: "储值", carried: "转入", reprint: "补打", training: "*** 练习 非有效票据 ***", doubtfulTime: "(时间未校准)",
    void: "作废", refund: "退货", discounts: "优惠", thanks: "谢谢惠顾", dayReport: "日结", sales: "销售", refunds: "退货",
    net: "净额", voids: "作废", noSales: "开钱箱", stubs: "票号", grand: "累计", unresolved: "待核实", drawer: "钱箱")

  static let english = Words(
    number: "No.", time: "Time", lane: "Lane", operatorName: "Operator", total: "TOTAL", due: "Due", change: "Change",
    rounding: "Cash rounding", tax: "Tax", tip: "Tip", surcharge: "Surcharge", cashback: "Cashback", cash: "Cash",
    external: "Paid", stored: "Stored value", carried: "Carried", reprint: "REPRINT",
    training: "*** TRAINING - NOT A RECEIPT ***",
    doubtfulTime: "(time not verified)", void: "VOID", refund: "REFUND", discounts: "Discounts",
    thanks: "Thank you", dayReport: "Z REPORT", sales: "Sales", refunds: "Refunds", net: "Net", voids: "Voids",
    noSales: "No sale", stubs: "Stubs", grand: "Grand total", unresolved: "Unresolved", drawer: "Drawer")
}
