// What `counterfoil provider compare` can end with.
extension ErrorTable {
  static let compareErrors: [ErrorEntry] = [
    ErrorEntry(
      .tool, "booksDiffer", .refused,
      ("the provider's statement and the journal do not say the same", "支付方对账单与账本不一致"),
      cure: (
        "each line names the order and its sale: look at both sides, the provider's number finds theirs; what the box does not "
          + "know yet: counterfoil unresolved, then counterfoil sale decide",
        "每行写明订单及其销售：两边核对，按支付方单号查对方；本机未定的：counterfoil unresolved，然后 counterfoil sale decide"
      )),
    ErrorEntry(
      .tool, "noStatement", .unavailable,
      ("the connector cannot say the provider's books", "连接器不提供支付方账目"),
      cure: (
        "get the statement from the provider, as a file: counterfoil provider compare NAME --statement FILE",
        "从支付方下载对账单，用文件对账：counterfoil provider compare 名称 --statement 文件"
      )),
    ErrorEntry(
      .tool, "connectorUnreachable", .unavailable,
      ("nothing answers as a payment connector there, or not in time", "该处没有连接器应答，或应答超时"),
      cure: (
        "does the connector run? is the address of the [[provider]] right? counterfoil status says since when",
        "连接器在运行吗？[[provider]] 的地址对吗？counterfoil status 显示从何时起"
      )),
    ErrorEntry(
      .tool, "connectorRefused", .permission,
      ("this user may not open the connector's socket", "该用户不能打开连接器的套接字"),
      cure: ("repeat it with sudo, or as a user whom the connector lets in", "请用 sudo 重试，或用连接器允许的用户")),
    ErrorEntry(
      .tool, "statementUnreadable", .inputOutput,
      ("this is no whole statement", "这不是完整的对账单"),
      cure: (
        "a file holds answers to Statement, one a line, up to the one without next; --save writes it so",
        "文件每行一个 Statement 应答，直到没有 next 的一页；--save 会写成这样"
      )),
    ErrorEntry(
      .tool, "statementEndless", .unavailable,
      ("the pages of the statement do not end", "对账单的翻页没有尽头"),
      cure: (
        "a fault of the connector: counterfoil provider certify ADDRESS names it; compare with a file meanwhile",
        "连接器的故障：counterfoil provider certify 地址 会指出；其间请用文件对账"
      )),
    ErrorEntry(
      .tool, "noSuchDay", .usage,
      ("the journal has no business on that day", "账本中该营业日没有业务"),
      cure: (
        "name a day that was open, or a time: --from and --to",
        "请用有营业的日期，或用 --from 和 --to 指定时段"
      )),
    ErrorEntry(
      .tool, "noSuchProvider", .usage,
      ("it is not clear which provider's statement is meant", "不清楚是哪个支付方的对账单"),
      cure: (
        "name it as its [[provider]] is named: counterfoil provider compare NAME",
        "按 [[provider]] 中的名称指定：counterfoil provider compare 名称"
      )),
  ]
}
