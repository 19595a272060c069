/// Names of error parameters in the language of this process; `--json` keeps the protocol's.
enum ParameterName {
  static func text(_ key: String) -> String {
    Language.current == .chinese ? chinese[key] ?? key : key
  }

  private static let chinese = [
    "firstMethod": "先前的方法", "sequence": "序号", "mode": "模式", "reasons": "原因", "action": "操作", "limit": "上限",
    "asked": "要求", "amount": "金额", "approved": "批准的金额", "approval": "批准号", "rule": "规则", "maximum": "最大", "owner": "占用",
    "application": "程序",
    "since": "自", "userId": "用户", "role": "角色", "roles": "角色", "method": "方法", "operator": "操作员", "epoch": "纪元",
    "code": "错误码", "waitSeconds": "等待秒数", "lane": "收银位", "lanes": "收银位", "sale": "销售号", "sales": "销售号",
    "line": "行", "tender": "支付", "stub": "存根", "shift": "班次", "job": "任务", "device": "设备", "similar": "相近",
    "scan": "扫描", "expected": "可等待", "revision": "版本", "state": "状态", "parked": "挂单", "allowed": "允许的状态",
    "left": "剩余", "box": "收银机", "proofs": "证明", "proposed": "时钟的日期", "lastKnown": "最后营业日", "parameter": "参数",
    "interface": "接口",
  ]
}
