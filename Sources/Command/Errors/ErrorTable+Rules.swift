// Rules that `Refused` names.
extension ErrorTable {
  static let rules: [ErrorEntry] = [
    rule(
      "text", ("a text is empty, too long, or holds what it may not", "文字为空、太长，或含有不允许的内容"),
      ("the text says which and what it may be: correct it", "错误文字写明了是哪一项和允许的内容：请改正")),
    rule(
      "personalData", ("a text looks like a phone or card number", "文字像电话号码或卡号"),
      ("leave personal data out; give a member as an opaque handle", "不要写个人信息；会员用不透明的编号")),
    rule(
      "amount", ("an amount is out of range or of the wrong sign", "金额超出范围或正负号不对"),
      ("look at what was typed, and correct it", "检查输入并改正")),
    rule(
      "quantity", ("a quantity is out of range or zero", "数量超出范围或为零"),
      ("look at what was typed, and correct it", "检查输入并改正")),
    rule(
      "price", ("a price is out of range or negative", "价格超出范围或为负"),
      ("look at what was typed, and correct it", "检查输入并改正")),
    rule(
      "tax", ("the box's tax table has no such code, or the line has too many", "税表没有这个代码，或一行的税太多"),
      ("use the codes of counterfoil.toml", "使用 counterfoil.toml 里的代码")),
    rule("currency", ("no such currency", "没有这种货币"), ("use an ISO 4217 code", "使用 ISO 4217 代码")),
    rule(
      "adjustment",
      ("an adjustment does not fit: its target, its sign, or more than the line is worth", "优惠不合适：对象、正负号，或超过该行的金额"),
      ("look at what was typed, and correct it", "检查输入并改正")),
    rule(
      "original", ("the original is missing, or does not fit the line", "缺少原单，或与该行不符"),
      ("name the stub and the line that come back", "指明要退的存根和行")),
    rule(
      "stubProof", ("the proof does not show this stub", "证明不能证明这张存根"),
      (
        "take both anew on the stub's box and bring them unchanged: counterfoil journal prove SEQUENCE, counterfoil journal show --from SEQUENCE --limit 1 --json",
        "在原机重新取出两者，原样带来：counterfoil journal prove 序号，counterfoil journal show --from 序号 --limit 1 --json"
      )),
    rule(
      "untrustedBox", ("no key that this box trusts signed the proof", "证明不是由本机信任的公钥签名的"),
      (
        "if the box is one of yours, add [[trusted_box]] with the key that counterfoil init showed there, and restart; else take the goods back with an approval",
        "若是自家的机器，在 [[trusted_box]] 中写上那台机器 counterfoil init 显示的公钥并重启；否则凭批准退货"
      )),
    rule(
      "stubProofOther", ("the proof is of another record than the stub that the line names", "证明的不是该行所指的存根"),
      (
        "name box, stub and line as the receipt does; its sequence is the fourth field of the receipt's code",
        "按小票写明机器、存根和行；序号是小票码的第四段"
      )),
    rule("saleKind", ("the kind of sale does not allow this", "销售类型不允许这样做"), ("open another kind of sale", "换一种销售类型")),
    rule(
      "reference", ("another open sale has this number of the application", "另一笔未完成的销售已使用这个外部编号"),
      ("go on with that sale: counterfoil sale get --reference NUMBER", "继续那笔销售：counterfoil sale get --reference 编号")),
    rule("emptySale", ("the sale has no lines", "销售没有商品行"), ("add a line first", "先加一行")),
    rule(
      "overpayment", ("the tender is more than what is due; only cash gives change", "支付超过应付；只有现金可以找零"),
      ("ask for what is due", "按应付金额收取")),
    rule(
      "uncovered", ("Ring takes one tender that pays everything at once", "Ring 只接受一次付清全部金额的支付"),
      (
        "open the sale with Open, Total it, and use AddTender for each part or unknown outcome",
        "先 Open、Total，再用 AddTender 分次支付或处理未知结果"
      )),
    rule(
      "tender", ("the tender is not as it must be", "支付内容不对"),
      ("see counterfoil introspect io.counterfoil.Sale", "参见 counterfoil introspect io.counterfoil.Sale")),
    rule(
      "liveTender", ("another tender of the sale is not settled yet", "这笔销售还有未决的支付"),
      ("settle it first, or report how it ended", "先处理完，或报告其结果")),
    rule(
      "tenderKind", ("this build does not take this kind of tender", "这个版本不支持这种支付"),
      ("use cash or external", "用 cash 或 external")),
    rule("cashNotAllowed", ("the lane takes no cash", "该收银位不收现金"), ("use another tender or lane", "换支付方式或收银位")),
    rule("foreign", ("the foreign cash does not fit its rate", "外币与汇率不符"), ("correct amount or rate", "改正金额或汇率")),
    rule(
      "conservation", ("the money does not add up", "金额不平"), ("correct the amounts of the tender", "改正支付的金额")),
    rule(
      "approval", ("this cannot be approved, or not in one", "这类操作不能批准，或不能一次批准"),
      (
        "use an action that ApprovalRequired named; what needs two, make two edits of it",
        "使用 ApprovalRequired 指出的操作；需要两种批准的，分成两次修改"
      )),
    rule(
      "approvalAmount", ("the approval names no amount where it must, or one where it cannot", "批准缺少金额，或金额不适用"),
      (
        "give the amount that ApprovalRequired named: counterfoil approve, with --amount",
        "写上 ApprovalRequired 给出的金额：counterfoil approve，带 --amount"
      )),
    rule(
      "shiftOpen", ("a shift is open already", "已经开班"),
      (
        "close it first: counterfoil shift current, then counterfoil shift close SHIFT --cash COUNTED",
        "先交班：counterfoil shift current，然后 counterfoil shift close 班次 --cash 清点金额"
      )),
    rule(
      "count", ("a count is not as it must be", "清点内容不对"),
      (
        "count again: each kind of money once, and no more left in the drawer than was counted",
        "重新清点：每种钱只写一次，留在钱箱的不能多于清点的"
      )),
    rule(
      "reason", ("what must be said is empty, such as a reason or an operator", "必须填写的内容为空，例如原因或操作员"),
      ("the text names it: fill it in", "错误文字写明了是哪一项：请填写")),
    rule(
      "configuration", ("the configuration contradicts itself", "配置自相矛盾"),
      ("correct counterfoil.toml", "改正 counterfoil.toml")),
    rule(
      "genesis", ("the journal has no beginning, or a second one", "账本没有开头，或有两个"),
      ("run counterfoil init once", "运行一次 counterfoil init")),
    rule(
      "printer", ("the lane has no printer", "收银位没有打印机"), ("assign one, or name one: --printer", "分配一台，或指明：--printer")),
    rule(
      "drawer",
      ("the lane has no drawer, or change is asked for a stub that is not of this box", "收银位没有钱箱，或找零的存根不是本机的"),
      (
        "assign a drawer in counterfoil.toml, or check the stub: counterfoil sale list",
        "在 counterfoil.toml 里分配钱箱，或核对存根：counterfoil sale list"
      )),
    rule("job", ("the print job does not allow this", "打印任务不允许这样做"), ("look at its state first", "先查看其状态")),
    rule(
      "document", ("this document cannot be made of that", "不能由它生成这种单据"),
      ("a pro forma is of an open sale, all others of a stub", "预结单来自未完成的销售，其他来自存根")),
    rule("training", ("training allows this not", "培训模式不允许"), ("use a lane that is not in training", "换一个非培训的收银位")),
    rule(
      "acceptLossAfter",
      ("the sequence is not the last of an event that verifies", "这个序号不是可验证事件的最后一条"),
      ("leave it out, or name one that the error's text allows", "不要给出，或按错误文字给出可用的序号")),
    rule(
      "application", ("the application's name is empty or too long", "应用名称为空或太长"),
      ("name it with 1 to 64 bytes in Hello", "在 Hello 里用 1 到 64 字节的名称")),
    rule(
      "correction",
      (
        "the bill is, or is being, replaced by another one, or it cannot be: something of it came back",
        "该单已被更正或正在更正，或已有退货，不能这样做"
      ),
      (
        "the text names the bill or the sale to go on with; look at them: counterfoil sale list",
        "错误文字写明了应使用的单号或销售；查看：counterfoil sale list"
      )),
    rule(
      "businessDay",
      ("no such day, before the last one, or more than 366 days ahead", "没有这一天、早于上一个营业日，或超前 366 天以上"),
      ("write YYYY-MM-DD, not before the last day and not far ahead", "写 YYYY-MM-DD，不早于上一个营业日，也不超前太多")),
    rule(
      "epochNotNeeded", ("the journal is whole and the box sells", "账本完好，可以销售"),
      ("nothing has to be done; look at it: counterfoil status", "无需操作；查看：counterfoil status")),
    rule(
      "tooSmall", ("a number is below the least, or something is empty", "数字小于下限，或内容为空"),
      ("the text names it and the least; give more, or leave it out", "错误文字写明了是哪一项和下限；请给大些，或不写")),
    rule(
      "cursor", ("the cursor is not one of this method", "游标不属于这个方法"),
      ("give one back as it was answered, or none", "原样给回收到的游标，或不给")),
    rule(
      "get", ("none or several of sale, stub and reference were named", "销售号、存根、外部编号没有给出或给出多个"),
      ("name exactly one", "只给出一个")),
    rule(
      "idempotencyKey", ("the key is not 16 to 64 ASCII characters", "幂等键不是 16 到 64 个 ASCII 字符"),
      ("make a longer one, such as a UUID", "用更长的，例如 UUID")),
    rule(
      "serviceCode", ("codes that begin with CF: are the box's own", "以 CF: 开头的码由本机自己处理"),
      ("hold the code before a scanner, or: counterfoil status --print", "用扫描器扫这个码，或：counterfoil status --print")),
    rule(
      "serviceSlip",
      ("the printer is at a slip for technicians, or has printed enough of them", "打印机正在打服务单，或短时间内打得太多"),
      ("wait some minutes; the same on the screen: counterfoil status", "等几分钟；屏幕上看：counterfoil status")),
    rule(
      "aim", ("the AIM identifier is not one", "AIM 标识符不对"),
      ("write ], a letter and a letter or digit, such as ]E0, or leave it out", "写 ]、一个字母、一个字母或数字，例如 ]E0，或不写")),
    rule(
      "report", ("more than one of shift, day and movement was named", "班次、日结、现金存取给出了多个"),
      ("name one, or none for the running day", "只给一个；都不给就是当天")),
    rule(
      "element",
      ("an element of the note is not as it must be, or this release does not print it", "便条的元素不对，或这个版本不能打印"),
      (
        "set one kind of content for each element; use text, columns, rule, barcode, qr, feed or cut",
        "每个元素只设一种内容：text、columns、rule、barcode、qr、feed 或 cut"
      )),
    rule("minimumAge", ("an age that nobody has", "年龄不合理"), ("look at what was typed, and correct it", "检查输入并改正")),
    rule(
      "nothingVerifies",
      ("no state can be rebuilt from what is left of the old journal", "旧账本剩下的部分无法重建状态"),
      (
        "put a copy or the older segments back; if there is none, move the journal folder away and begin above every number on paper: counterfoil init --numbers-from NUMBER --reason WHY",
        "放回副本或更早的分段；若没有，移走账本目录，从高于所有已打印号码处重新开始：counterfoil init --numbers-from 号码 --reason 原因"
      )),
    rule(
      "sign", ("the sign does not fit the kind of sale", "正负号与销售类型不符"),
      ("returns are negative, sales positive", "退货为负，销售为正")),
  ]

  private static func rule(_ name: String, _ cause: (String, String), _ cure: (String, String)) -> ErrorEntry {
    ErrorEntry(.rule, "Refused." + name, .refused, cause, cure: cure)
  }

  /// Limits that have a cure of their own.
  static let limits: [ErrorEntry] = [
    limit(
      "saleTotal",
      ("a sale, a movement of cash or a count is larger than sale_total", "销售、现金收支或清点的金额超过 sale_total"),
      (
        "look for a slip of the finger; else split it up, or raise sale_total under [limits] in counterfoil.toml",
        "检查是否输错；否则分成几次，或调高 counterfoil.toml 里 [limits] 的 sale_total"
      )),
    limit(
      "amount", ("an amount is larger than any may be", "金额超过允许的最大值"),
      ("look for a slip of the finger; else split it up", "检查是否输错；否则分成几次")),
  ]

  private static func limit(_ name: String, _ cause: (String, String), _ cure: (String, String)) -> ErrorEntry {
    ErrorEntry(.rule, "LimitExceeded." + name, .refused, cause, cure: cure)
  }

  /// What this program itself can end with.
  static let toolErrors: [ErrorEntry] =
    clientErrors + boxErrors + compareErrors

  private static let clientErrors: [ErrorEntry] = [
    ErrorEntry(
      .tool, "daemonNotRunning", .unavailable,
      ("nothing answers on the control socket", "控制套接字没有应答"),
      cure: (
        "systemctl status counterfoild; systemctl start counterfoild",
        "systemctl status counterfoild；systemctl start counterfoild"
      )),
    ErrorEntry(
      .tool, "socketPermission", .permission,
      ("this user may not open the control socket", "该用户不能打开控制套接字"),
      cure: ("sudo usermod -aG counterfoil $USER, then log in again", "sudo usermod -aG counterfoil $USER，然后重新登录")),
    ErrorEntry(
      .tool, "outcomeUnknown", .temporary,
      ("the connection ended before the answer", "连接在答复之前断开"),
      cure: ("repeat with the same --key; it is never done twice", "用同一个 --key 重试，绝不会重复执行")),
    ErrorEntry(
      .tool, "protocol", .software,
      ("the far side does not speak Varlink as it must", "对方的 Varlink 协议不正确"),
      cure: ("check the address; report it", "检查地址；上报")),
    ErrorEntry(
      .tool, "usage", .usage, ("the command line is wrong", "命令行不对"), cure: ("see --help", "参见 --help")),
    ErrorEntry(
      .tool, "configuration", .configuration,
      ("the configuration was refused", "配置被拒绝"),
      cure: ("each mistake is named with its line: counterfoil config check", "每个错误都指明了行号：counterfoil config check")),
    ErrorEntry(
      .tool, "notProvable", .inputOutput,
      (
        "damage took a part of the tree that the proof needs, and no later checkpoint goes round it",
        "证明所需的部分树已损坏，也没有之后的检查点可以绕过"
      ),
      cure: (
        "put the damaged segment back from a copy: sudo counterfoil journal restore --from COPY",
        "从副本恢复损坏的分段：sudo counterfoil journal restore --from 副本"
      )),
    ErrorEntry(
      .tool, "noCheckpoint", .temporary,
      ("no signed checkpoint covers the record yet", "还没有签名检查点覆盖这条记录"),
      cure: ("wait a minute, or stop the daemon in order; then try again", "等一分钟，或正常停止守护进程，然后重试")),
    ErrorEntry(
      .tool, "otherKey", .temporary,
      (
        "an epoch is signed with another key than those given, as after a box was replaced",
        "某个纪元用另一把密钥签名，例如更换主机之后"
      ),
      cure: (
        "give --key once for each public key that was kept, or check one epoch alone with --epoch",
        "每把保存的公钥各给一次 --key，或用 --epoch 只检查一个纪元"
      )),
    ErrorEntry(
      .tool, "journalFile", .inputOutput,
      ("a file could not be read or written", "文件无法读写"),
      cure: ("is the path right? look at permissions and disk; sudo may help", "路径对吗？检查权限和磁盘；可用 sudo")),
    ErrorEntry(
      .tool, "output", .inputOutput,
      ("standard output took not all of it, as on a full disk", "标准输出没有全部写下，例如磁盘已满"),
      cure: (
        "only the output is lost: what the command changed stays changed. Look before you give it again, or give it with its --key",
        "丢失的只是输出：命令已经做的改动仍然有效。重做前先查看，或用同一个 --key 再次执行"
      )),
    ErrorEntry(
      .tool, "journalExists", .configuration,
      ("there is a journal already; it is never overwritten", "已有账本，绝不覆盖"),
      cure: ("move the old folder away if this is a new till", "如果这是新的收银机，先移走旧目录")),
    ErrorEntry(
      .tool, "journalGone", .configuration,
      ("there is no journal, but its key or its index is there: this box had one", "没有账本，但密钥或索引还在：本机有过账本"),
      cure: (
        "is its disk mounted (findmnt)? else restore the journal from a copy; for a new box move key and index away",
        "磁盘挂载了吗（findmnt）？否则从副本恢复账本；若是新机器，先移走密钥和索引"
      )),
    ErrorEntry(
      .tool, "clockNotSet", .unavailable, ("the clock could not be set", "时钟无法设置"),
      cure: (
        "does systemd-timedated run? systemctl status systemd-timedated dbus; a time service may have set it back",
        "systemd-timedated 在运行吗？systemctl status systemd-timedated dbus；也可能被校时服务改了回来"
      )),
    ErrorEntry(
      .tool, "rootNeeded", .permission, ("only root may do this", "只有 root 可以这样做"),
      cure: ("the same command with sudo", "同一命令前加 sudo")),
    ErrorEntry(
      .tool, "noPIN", .usage, ("no PIN was given", "没有输入 PIN"),
      cure: ("type it, or give it by a pipe; never as an argument", "输入它，或用管道；不要写在命令行上")),
    ErrorEntry(
      .tool, "terminal", .inputOutput, ("the terminal does not do what it is asked", "终端不听指令"),
      cure: ("give the PIN by a pipe", "用管道输入 PIN")),
    ErrorEntry(
      .tool, "jobEnded", .refused, ("the print job ended without paper", "打印任务没有打印出来就结束了"),
      cure: ("see why: counterfoil printer jobs --all", "查看原因：counterfoil printer jobs --all")),
    ErrorEntry(
      .tool, "drawerStuck", .refused, ("the pulse left, and the sensor saw no drawer open", "脉冲已发出，但传感器没看到钱箱打开"),
      cure: ("look whether it is locked; order it anew", "看看是否上锁；重新下令")),
    ErrorEntry(
      .tool, "drawerNotSent", .refused,
      (
        "no pulse left for the drawer: its printer does not answer, cannot print, or was busy for 15 seconds",
        "没有向钱箱发出脉冲：供电的打印机没有应答、不能打印，或忙了 15 秒"
      ),
      cure: (
        "see to the printer (counterfoil printer), then order it anew; the drawer's own key opens it meanwhile",
        "处理打印机（counterfoil printer）后重新下令；这期间可用钱箱自己的钥匙"
      )),
    ErrorEntry(
      .tool, "drawerUnknown", .temporary,
      ("whether the drawer opened is not known; it is not repeated", "不知道钱箱是否打开，不会重复"),
      cure: ("look at the drawer; open it with a reason if needed", "查看钱箱，需要时注明原因再开")),
    ErrorEntry(
      .tool, "proofRefused", .refused,
      ("the proof does not show this record under this key", "证明不能在该公钥下证明这条记录"),
      cure: (
        "are key, proof and record of the same journal, epoch and sequence, byte for byte? else one of them was changed",
        "公钥、证明和记录是否来自同一账本、纪元和序号，且逐字节未改？否则其中之一被改动过"
      )),
  ]
}
