// What a call can answer because of the thing it names.
extension ErrorTable {
  static let matterErrors: [ErrorEntry] = [
    ErrorEntry(
      "NoSuchLane",
      ("no such lane, or none was named and there is more than one", "没有这个收银位，或有多个收银位而没有指明"),
      cure: ("name one of the lanes: --lane NAME", "指明一个收银位：--lane 名称")),
    ErrorEntry(
      "NoSuchSale",
      ("no sale with this id or reference", "没有这个编号的销售"),
      cure: ("list them: counterfoil sale list", "列出销售：counterfoil sale list")),
    ErrorEntry(
      "NoSuchLine",
      ("the sale has no such line", "这笔销售没有这一行"),
      cure: ("look at its lines: counterfoil sale get --sale SALE", "查看各行：counterfoil sale get --sale 销售号")),
    ErrorEntry(
      "NoSuchTender",
      ("the sale has no such tender", "这笔销售没有这笔支付"),
      cure: ("look at its tenders: counterfoil sale get --sale SALE", "查看支付：counterfoil sale get --sale 销售号")),
    ErrorEntry(
      "NoSuchStub",
      ("no stub with this number, or its hash is another", "没有这个号码的存根，或哈希不符"),
      cure: (
        "check the number; a wrong hash means that the paper is not of this box",
        "核对号码；哈希不符说明这张小票不是本机的"
      )),
    ErrorEntry(
      "NoSuchShift",
      ("no such shift", "没有这个班次"),
      cure: ("list the open ones: counterfoil shift current", "列出开着的班次：counterfoil shift current")),
    ErrorEntry(
      "NoSuchJob",
      ("no such print job, or it is over", "没有这个打印任务，或已结束"),
      cure: (
        "list them: counterfoil printer jobs --all",
        "列出任务：counterfoil printer jobs --all"
      )),
    ErrorEntry(
      "NoSuchDevice",
      ("no such device, or the lane has none of its class", "没有这个设备，或该收银位没有这类设备"),
      cure: ("list them: counterfoil devices --all", "列出设备：counterfoil devices --all")),
    ErrorEntry(
      "NoSuchScan",
      ("the scan is unknown, of another kind, or older than 60 s", "扫描记录不存在、类型不符或超过 60 秒"),
      cure: ("scan again", "重新扫描")),
    ErrorEntry(
      "NoSuchRecord",
      ("the journal holds no such sequence", "账本里没有这个序号"),
      cure: ("see how far it goes: counterfoil journal head", "查看账本到哪里：counterfoil journal head")),
    ErrorEntry(
      "NoCheckpoint", .temporary,
      ("no signed checkpoint covers the record yet", "还没有签名检查点覆盖这条记录"),
      cure: (
        "expected: wait a minute, then prove again; else give the box its key (keys/journal.key) and restart",
        "expected 为真：等一分钟再试；否则给本机放回密钥（keys/journal.key）并重启"
      )),
    ErrorEntry(
      "OverReturn",
      ("more would come back than was sold", "退回的多于卖出的"),
      cure: (
        "see what is left: counterfoil sale return STUB",
        "查看还能退多少：counterfoil sale return 存根号"
      )),
    ErrorEntry(
      "OverRefund",
      ("more would go back than is left of the payment", "退回支付方的多于这笔支付剩余的"),
      cure: (
        "see what is left: counterfoil call io.counterfoil.Sale.Returnable; pay the rest out by other means",
        "查看还能退多少：counterfoil call io.counterfoil.Sale.Returnable；其余用别的方式退"
      )),
    ErrorEntry(
      "RefundNotNow",
      ("the provider takes no refund of this payment now", "支付方现在不受理这笔支付的退款"),
      cure: (
        "with from: try again then; with until: its time is over, pay the money out by other means",
        "有 from：到时再试；有 until：已过期限，请用别的方式退款"
      )),
    ErrorEntry(
      "OtherAccount",
      (
        "the payment is of another merchant account than the provider's connector speaks for",
        "这笔支付属于另一个商户号，与支付方连接当前的商户号不同"
      ),
      cure: (
        "put the address of its account back into [[provider]], or pay the money out by other means",
        "在 [[provider]] 中恢复原商户号的地址，或用别的方式退款"
      )),
    ErrorEntry(
      "OriginalNotHere",
      ("the original is not in this journal", "原单不在本机账本里"),
      cure: (
        "is the number right? counterfoil sale list; a return may give one of the named proofs or an approval, its money goes out in cash; a receipt is printed again only on its own box",
        "号码对吗？counterfoil sale list；退货可给出指明的一种证明或取得批准，退款用现金；小票只能在原机重打"
      )),
    ErrorEntry(
      "ShiftClosed",
      ("no shift is open on the lane", "该收银位没有开班"),
      cure: ("open one: counterfoil shift open --operator NAME", "开班：counterfoil shift open --operator 姓名")),
    ErrorEntry(
      "SalesOpen",
      ("sales are not finished", "还有未完成的销售"),
      cure: (
        "finish or void them, or park them for the next shift: counterfoil shift close SHIFT --cash AMOUNT --carry",
        "完成或作废它们，或挂单留给下一班：counterfoil shift close 班次 --cash 金额 --carry"
      )),
  ]

  static let protocolErrors: [ErrorEntry] = [
    ErrorEntry(
      .error, varlink + "InvalidParameter", .usage,
      ("a parameter is missing, unknown, or of another type", "缺少参数、参数名不对或类型不对"),
      cure: (
        "see what the method takes: counterfoil introspect INTERFACE",
        "查看方法的参数：counterfoil introspect 接口名"
      )),
    ErrorEntry(
      .error, varlink + "MethodNotFound", .unavailable,
      ("the interface has no such method", "接口没有这个方法"),
      cure: (
        "see its methods: counterfoil introspect INTERFACE; the daemon may be older than this program",
        "查看方法：counterfoil introspect 接口名；守护进程可能比本程序旧"
      )),
    ErrorEntry(
      .error, varlink + "MethodNotImplemented", .unavailable,
      ("the method is declared, but this build does not have it", "方法有声明，但这个版本没有实现"),
      cure: ("update the daemon", "升级守护进程")),
    ErrorEntry(
      .error, varlink + "InterfaceNotFound", .unavailable,
      ("the service has no such interface", "服务没有这个接口"),
      cure: ("see which it has: counterfoil introspect", "查看有哪些接口：counterfoil introspect")),
    ErrorEntry(
      .error, varlink + "ExpectedMore", .usage,
      ("the method only streams", "这个方法只能以流的方式调用"),
      cure: ("call it with --more", "用 --more 调用")),
    ErrorEntry(
      .error, varlink + "PermissionDenied", .permission,
      ("the service does not let this user call the method", "服务不允许该用户调用这个方法"),
      cure: ("use another user", "换一个用户")),
  ]
}
