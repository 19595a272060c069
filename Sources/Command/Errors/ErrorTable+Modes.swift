// What the box is in, why, and what it waits for.
extension ErrorTable {
  static let modes: [ErrorEntry] = [
    ErrorEntry(
      .mode, "selling", .ok, ("everything works", "一切正常"), cure: ("nothing to do", "无需处理")),
    ErrorEntry(
      .mode, "cashOnly", .ok,
      ("sales work, but no tender that needs a far side", "可以销售，但不能用需要联网的支付"),
      cure: ("see the reasons: counterfoil status", "查看原因：counterfoil status")),
    ErrorEntry(
      .mode, "recovering", .temporary,
      ("the box loads what it must know before it sells", "正在读取销售前必须知道的数据"),
      cure: ("wait; it becomes selling by itself", "请等待，会自动恢复销售")),
    ErrorEntry(
      .mode, "reading", .temporary,
      ("the box answers questions and changes nothing", "只能查询，不能改动"),
      cure: ("see the reasons: counterfoil status", "查看原因：counterfoil status")),
    ErrorEntry(
      .mode, "locked", .temporary,
      ("the box answers only questions about itself and its journal", "只回答关于本机和账本的查询"),
      cure: ("see the reasons: counterfoil status", "查看原因：counterfoil status")),
  ]

  static let reasons: [ErrorEntry] = [
    ErrorEntry(
      .reason, "journalMissing", .configuration,
      ("there is no journal in its folder", "文件夹中没有账本"),
      cure: (
        "is its disk mounted (findmnt)? only for a new box: sudo counterfoil init",
        "磁盘挂载了吗（findmnt）？仅限新机器：sudo counterfoil init"
      )),
    ErrorEntry(
      .reason, "journalDamaged", .inputOutput,
      ("bytes that were acknowledged are damaged", "已确认的数据损坏"),
      cure: (
        "an older segment: counterfoil journal restore --from COPY; else salvage with: counterfoil journal copy --to DIR; then a supervisor: counterfoil journal epoch begin --reason WHY",
        "旧分段：counterfoil journal restore --from 副本；否则用 counterfoil journal copy --to 目录 抢救，再由主管执行 counterfoil journal epoch begin --reason 原因"
      )),
    ErrorEntry(
      .reason, "journalPoisoned", .inputOutput,
      ("a write to the journal failed twice within a minute", "一分钟内账本两次写入失败"),
      cure: (
        "look at the disk (journalctl -k), replace it if needed, then: systemctl restart counterfoild",
        "检查磁盘（journalctl -k），必要时更换，然后：systemctl restart counterfoild"
      )),
    ErrorEntry(
      .reason, "journalLocked", .temporary,
      ("another process has the journal open", "另一个进程打开了账本"),
      cure: (
        "stop the other process: fuser -v /var/lib/counterfoil/journal", "停掉那个进程：fuser -v /var/lib/counterfoil/journal"
      )),
    ErrorEntry(
      .reason, "journalOtherTill", .configuration,
      ("shop or till in counterfoil.toml is not the journal's", "counterfoil.toml 中的 shop 或 till 与账本不符"),
      cure: (
        "set shop and till back to what the journal says (counterfoil journal show --limit 1), then: systemctl restart counterfoild; another till needs a journal and key of its own",
        "把 shop 和 till 改回账本中的值（counterfoil journal show --limit 1），然后：systemctl restart counterfoild；另一台收银机要有自己的账本和密钥"
      )),
    ErrorEntry(
      .reason, "journalReadOnly", .inputOutput,
      ("the file system that the journal is on is read-only", "账本所在的文件系统是只读的"),
      cure: (
        "see why (findmnt, journalctl -k): after errors copy the journal first; then mount it writable and: systemctl restart counterfoild",
        "查明原因（findmnt、journalctl -k）：若有错误先复制账本；再以可写方式挂载并 systemctl restart counterfoild"
      )),
    ErrorEntry(
      .reason, "journalDenied", .configuration,
      ("the daemon's user may not use the journal's folder or a file in it", "守护进程的用户无权使用账本文件夹或其中的文件"),
      cure: (
        "sudo chown -R counterfoil:counterfoild /var/lib/counterfoil; sudo chmod -R u=rwX,go= /var/lib/counterfoil; then: systemctl restart counterfoild",
        "sudo chown -R counterfoil:counterfoild /var/lib/counterfoil；sudo chmod -R u=rwX,go= /var/lib/counterfoil；然后：systemctl restart counterfoild"
      )),
    ErrorEntry(
      .reason, "journalFailing", .inputOutput,
      ("a file of the journal could not be opened, read or written at the start", "启动时无法打开、读取或写入账本文件"),
      cure: (
        "look at the disk (journalctl -k); salvage with: counterfoil journal copy --to DIR; replace the disk, then: systemctl restart counterfoild",
        "检查磁盘（journalctl -k）；用 counterfoil journal copy --to 目录 抢救；更换磁盘后：systemctl restart counterfoild"
      )),
    ErrorEntry(
      .reason, "journalForeign", .configuration,
      ("the journal is another till's: its key does not fit", "账本属于另一台收银机：密钥不符"),
      cure: ("put the box's own journal and key back", "放回本机自己的账本和密钥")),
    ErrorEntry(
      .reason, "journalUnsupported", .configuration,
      ("the journal's format is of another major version", "账本格式的主版本不同"),
      cure: ("install the version that wrote it", "安装写下它的那个版本")),
    ErrorEntry(
      .reason, "journalRolledBack", .inputOutput,
      (
        "a signed checkpoint covers more records than the journal has: an older copy was put back",
        "签名检查点比账本新：账本被换成了旧副本"
      ),
      cure: (
        "put the newest copy back; if it is lost, a supervisor: counterfoil journal epoch begin --reason WHY",
        "放回最新的副本；如果已丢失，由主管执行 counterfoil journal epoch begin --reason 原因"
      )),
    ErrorEntry(
      .reason, "journalForked", .inputOutput,
      ("a signed checkpoint does not fit the journal: its past was changed", "签名检查点与账本不符：历史被改动过"),
      cure: (
        "keep both as evidence; see where: counterfoil journal verify; restore from a copy",
        "两者都保留作证据；查看位置：counterfoil journal verify；从副本恢复"
      )),
    ErrorEntry(
      .reason, "journalFull", .inputOutput,
      ("the disk has no room for the next segment", "磁盘放不下下一段账本"),
      cure: ("free space in /var/lib/counterfoil, or move old segments away", "清理 /var/lib/counterfoil，或移走旧的分段")),
    ErrorEntry(
      .reason, "machineChanged", .configuration,
      (
        "the journal was last written on another machine: two boxes must not give out the same numbers",
        "账本上次是在另一台机器上写的：两台收银机不能发出相同的号码"
      ),
      cure: (
        "moved back: nothing more to do than start there; else make sure that the other box is off for good, then a supervisor: counterfoil journal epoch begin --reason WHY",
        "放回原来的机器即可继续；否则先确认另一台机器已永久停用，再由主管执行 counterfoil journal epoch begin --reason 原因"
      )),
    ErrorEntry(
      .reason, "keysLoading", .temporary,
      ("the keys of the last seven days are read again from the journal", "正在从账本重读最近七天的幂等键"),
      cure: ("wait; it takes seconds to minutes", "请等待几秒到几分钟")),
    ErrorEntry(
      .reason, "stateLoading", .temporary,
      ("the journal is replayed", "正在重放账本"),
      cure: ("wait; it takes a moment", "请稍候")),
    ErrorEntry(
      .reason, "clockUntrusted", .ok,
      ("the clock is not synchronised, or behind the journal", "时钟未同步，或早于账本"),
      cure: ("connect the network, or set the clock: sudo counterfoil clock set", "联网，或校准时钟：sudo counterfoil clock set")
    ),
    ErrorEntry(
      .reason, "configurationRefused", .configuration,
      (
        "counterfoil.toml does not go with what is open; the configuration before it is in force",
        "counterfoil.toml 与未了结的事项不合；沿用之前的配置"
      ),
      cure: (
        "see what: sudo counterfoil config check; close the shift that it names, or put the lane back; then restart",
        "查看：sudo counterfoil config check；按提示交班，或把收银位改回来；然后重启"
      )),
    ErrorEntry(
      .reason, "shutdown", .temporary,
      ("the daemon is stopping", "守护进程正在停止"),
      cure: ("connect again in a moment", "稍后重新连接")),
  ]

  static let waits: [ErrorEntry] = [
    ErrorEntry(
      .wait, "receiptOwed", .ok,
      ("a receipt was ordered before a restart and never started", "重启前要打的小票还没有开始打印"),
      cure: (
        "print it: counterfoil printer decide JOB printAgain, or counterfoil sale deliver STUB",
        "打印：counterfoil printer decide 任务号 printAgain，或 counterfoil sale deliver 存根号"
      )),
    ErrorEntry(
      .wait, "printUnknown", .ok,
      ("a print was started and its end is not proven", "打印已开始，但不能证明已完成"),
      cure: (
        "look at the paper, then: counterfoil printer decide JOB DECISION",
        "看小票，然后：counterfoil printer decide JOB DECISION"
      )),
    ErrorEntry(
      .wait, "tenderUnknown", .ok,
      ("nobody knows yet whether a tender was paid", "还不知道一笔支付是否成功"),
      cure: (
        "of a provider: counterfoil unresolved; of a terminal: look at it, then: counterfoil call io.counterfoil.Sale.ReportTender",
        "电子支付：counterfoil unresolved；终端：查看后 counterfoil call io.counterfoil.Sale.ReportTender"
      )),
    ErrorEntry(
      .wait, "tenderStuck", .ok,
      ("a payment cannot be taken back without a person", "一笔支付撤销不了，需要人工处理"),
      cure: (
        "counterfoil unresolved says why; ask the provider, then: counterfoil sale decide",
        "counterfoil unresolved 会说明原因；联系支付方后 counterfoil sale decide"
      )),
    ErrorEntry(
      .wait, "refundStuck", .ok,
      (
        "a refund needs a person: it did not arrive as asked, or the provider says otherwise than a person",
        "一笔退款需要人工处理：没有按要求到账，或支付方与人工认定不符"
      ),
      cure: (
        "counterfoil unresolved says why; ask the provider, then: counterfoil sale decide",
        "counterfoil unresolved 会说明原因；联系支付方后 counterfoil sale decide"
      )),
    ErrorEntry(
      .wait, "tenderElsewhere", .ok,
      ("who answers for a provider speaks for another merchant account than a payment is of", "支付方连接当前的商户号与某笔未了结的支付不同"),
      cure: (
        "put the address of its account back into [[provider]]; or look it up there, then: counterfoil sale decide",
        "在 [[provider]] 中恢复原商户号的地址；或在该商户号核实后 counterfoil sale decide"
      )),
    ErrorEntry(
      .wait, "saleHeld", .ok,
      ("a sale needs a person's decision", "一笔销售需要人工决定"),
      cure: (
        "look at it: counterfoil sale get --sale SALE; then: counterfoil sale resolve SALE",
        "查看：counterfoil sale get --sale 销售号；然后 counterfoil sale resolve 销售号"
      )),
    ErrorEntry(
      .wait, "paperOut", .ok, ("a printer has no paper", "打印机缺纸"), cure: ("put paper in", "装纸")),
    ErrorEntry(
      .wait, "paperLow", .ok,
      ("a printer's paper is near its end", "打印机纸将尽"), cure: ("have a roll at hand", "准备一卷纸")),
    ErrorEntry(
      .wait, "coverOpen", .ok, ("a printer's cover is open", "打印机盖子开着"), cure: ("close it", "关上")),
    ErrorEntry(
      .wait, "printerNotReady", .ok,
      ("a printer cannot print now: no paper, open cover, error, or it does not answer", "打印机现在不能打印：缺纸、开盖、出错或没有应答"),
      cure: (
        "switch it on, check cable, paper and cover; its state: counterfoil printer status; its address: counterfoil devices",
        "打开电源，检查线缆、纸和盖子；状态：counterfoil printer status；地址：counterfoil devices"
      )),
    ErrorEntry(
      .wait, "scannerOffline", .ok,
      ("a scanner that the configuration names is not there: pulled out, or without power", "配置里的扫描器不在：被拔出或没有电"),
      cure: (
        "plug it in, it comes back by itself; another port or device: counterfoil devices",
        "插好即自动恢复；换了接口或设备：counterfoil devices"
      )),
    ErrorEntry(
      .wait, "scannerError", .ok,
      ("a scanner is there and cannot be used", "扫描器在，但无法使用"),
      cure: (
        "the reason is named: another program holds it, or the daemon may not open it; journalctl -u counterfoild",
        "原因已写明：被另一个程序占用，或守护进程无权打开；journalctl -u counterfoild"
      )),
    ErrorEntry(
      .wait, "providerOffline", .ok,
      ("the connector of a payment provider cannot be reached: nothing can be paid there", "无法连接某支付方的连接器：该支付方不能收款"),
      cure: (
        "start its service, or correct the address of its [[provider]]; it comes back by itself. Take other money meanwhile",
        "启动其服务，或更正 [[provider]] 的地址；恢复后自动继续。其间请用其他方式收款"
      )),
    ErrorEntry(
      .wait, "shiftClosed", .ok,
      ("a lane has no open shift, so it cannot sell", "收银位没有开班，不能销售"),
      cure: ("open one: counterfoil shift open --operator NAME", "开班：counterfoil shift open --operator 姓名")),
    ErrorEntry(
      .wait, "keyMissing", .ok,
      (
        "the journal's signing key is missing or cannot be read; it sells, but checkpoints are not signed",
        "签名密钥缺失或无法读取；可以销售，但检查点没有签名"
      ),
      cure: ("put keys/journal.key back beside the journal, then restart", "把 keys/journal.key 放回账本旁边，然后重启")),
    ErrorEntry(
      .wait, "segmentDamaged", .inputOutput,
      (
        "a sealed segment of the journal is damaged; the box sells on, what stands there answers JournalDamaged",
        "账本的一个已封存分段损坏；继续销售，其中的内容查询时答 JournalDamaged"
      ),
      cure: (
        "look: counterfoil journal verify; put it back from a copy: sudo counterfoil journal restore --from COPY",
        "查看：counterfoil journal verify；从副本恢复：sudo counterfoil journal restore --from 副本"
      )),
    ErrorEntry(
      .wait, "diskFilling", .ok,
      ("the disk has no room for the next segment; sales go on while this one lasts", "磁盘放不下下一段账本；本段用完前仍可销售"),
      cure: ("free space in /var/lib/counterfoil", "清理 /var/lib/counterfoil")),
  ]
}
