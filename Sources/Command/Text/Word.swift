import Interfaces

/// Values of the protocol in the language of this process. English is the protocol's own words.
enum Word {
  /// `completed`, `已完成`.
  static func text<Value: RawRepresentable>(_ value: Value) -> String where Value.RawValue == String {
    guard Language.current == .chinese else { return value.rawValue }
    return special["\(Value.self).\(value.rawValue)"] ?? chinese[value.rawValue] ?? value.rawValue
  }

  /// Where one word means several things.
  private static let special = [
    "SaleState.open": "进行中", "OpenState.open": "开着", "OpenState.closed": "关着", "DeviceState.closed": "未连接",
    "PaperState.out": "缺纸", "PaperState.low": "纸将尽", "PaperState.ok": "有纸", "JobOutcome.done": "完成",
    "JobOutcome.waiting": "等待", "TenderKind.external": "外部支付", "ProofLevel.sent": "已发送", "ProofLevel.cut": "已切纸",
    "DrawerOutcome.sent": "脉冲已发", "DrawerOutcome.opened": "已打开", "DrawerOutcome.notSent": "未发出",
    "Clock.operator": "人工校准",
    "SensorState.none": "无", "TenderState.manual": "待人工",
  ]

  private static let chinese = [
    // modes
    "selling": "可销售", "cashOnly": "仅现金", "recovering": "恢复中", "reading": "只读", "locked": "锁定",
    // clock
    "trusted": "可信", "untrusted": "不可信", "floor": "不早于账本",
    // sales and tenders
    "tendering": "收款中", "paid": "已付", "completed": "已完成", "voiding": "作废中", "voided": "已作废", "held": "待决定",
    "intent": "将发出", "pending": "等待结果", "approved": "已付", "declined": "被拒", "reversing": "撤销中", "reversed": "已撤销",
    "cash": "现金", "provider": "电子支付", "storedValue": "储值", "carried": "转入",
    // printing
    "queued": "已排队", "drained": "已收完", "fenced": "已应答", "printed": "已打印", "clean": "无误",
    "started": "打印中", "lost": "未打印", "expired": "已过期", "cancelled": "已取消", "original": "正本", "merchant": "商户联",
    "reprint": "补打", "receipt": "小票", "giftReceipt": "礼品小票", "merchantCopy": "商户联", "proforma": "预结单", "note": "便条",
    "report": "报表",
    // devices
    "idle": "就绪", "busy": "忙", "error": "出错", "unknown": "未知", "ordered": "已下令", "stuck": "没打开", "present": "有",
    "none": "无", "absent": "无", "slow": "接收太慢", "restarted": "重启过",
  ]

  /// `printer`, `打印机`.
  static func deviceClass(_ name: String) -> String {
    guard Language.current == .chinese else { return name }
    return ["printer": "打印机", "scanner": "扫描器", "drawer": "钱箱", "display": "客显", "cardReader": "读卡器"][name] ?? name
  }
}
