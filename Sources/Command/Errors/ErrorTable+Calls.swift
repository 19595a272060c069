// What a call can answer because of who calls, how, and in which mode the box is.
extension ErrorTable {
  static let callErrors: [ErrorEntry] = [
    ErrorEntry(
      "KeyReused",
      ("the idempotency key was used for another call", "这个幂等键已经用于另一个调用"),
      cure: ("make a new key for every new decision", "每个新的决定都要用新的键")),
    ErrorEntry(
      "NotSelling", .temporary,
      ("the mode of the box does not allow this call now", "收银机当前的模式不允许这个调用"),
      cure: (
        "see mode and reasons: counterfoil status; then counterfoil explain REASON",
        "查看模式和原因：counterfoil status，再用 counterfoil explain 原因"
      )),
    ErrorEntry(
      "ApprovalRequired",
      ("a second person must approve this", "需要另一人批准"),
      cure: (
        "let a supervisor approve the named action and amount (counterfoil approve), then repeat with --approval",
        "请主管批准该操作和金额（counterfoil approve），然后带 --approval 重试"
      )),
    ErrorEntry(
      "ApprovalRefused",
      (
        "the approval is used up, older than 60 s, unknown, or for something else or less",
        "批准已用过、超过 60 秒、不存在、不是给这个操作的，或金额不够"
      ),
      cure: ("let a supervisor approve again", "请主管重新批准")),
    ErrorEntry(
      "Refused",
      ("a rule of the sale says no", "违反了销售规则"),
      cure: ("the rule's name says which: counterfoil explain RULE", "规则名说明是哪一条：counterfoil explain 规则名")),
    ErrorEntry(
      "LimitExceeded",
      ("more than the box takes", "超出收银机的上限"),
      cure: (
        "split it up, or finish something first; the limits are in Hello",
        "分成几次，或先完成别的；各项上限见 Hello"
      )),
    ErrorEntry(
      "Busy", .temporary,
      ("another application holds it, or the box is at work on it", "被另一个程序占用，或本机正在处理"),
      cure: ("end that application's use, or wait and repeat", "结束那个程序的占用，或等待后重试")),
    ErrorEntry(
      "PermissionDenied", .permission,
      ("the role of this user, or of the operator, is too little for this call", "该用户或操作员的角色不足以做这个调用"),
      cure: (
        "call as a user or sign in as an operator with a role that is named, or give the role: [[role]] and "
          + "[[operator]] in /etc/counterfoil/counterfoil.toml, then: sudo systemctl restart counterfoild",
        "换成有所列角色的用户或操作员，或授予角色：/etc/counterfoil/counterfoil.toml 的 [[role]] 和 [[operator]]，"
          + "然后 sudo systemctl restart counterfoild"
      )),
    ErrorEntry(
      "Archived", .inputOutput,
      ("it was here, but its part of the journal is not: it was moved away, or is missing", "它曾在这里，但那段账本已不在：已被移走或丢失"),
      cure: (
        "put that segment (.segz) back into the journal's folder and ask again, no restart is needed; or look into the archive: "
          + "counterfoil journal show --journal FOLDER. A call is not executed anew",
        "把那一段（.segz）放回账本目录后再查，无需重启；或查归档：counterfoil journal show --journal 目录。调用不会被重新执行"
      )),
    ErrorEntry(
      "JournalDamaged", .inputOutput,
      (
        "the journal has it, but its bytes are not as they were written; it is not executed anew and the box sells on",
        "账本里有它，但字节已损坏；不会重新执行，收银机继续销售"
      ),
      cure: (
        "put the segment back from a copy, also while it sells: sudo counterfoil journal restore --from COPY",
        "从副本恢复该分段，营业时也可以：sudo counterfoil journal restore --from 副本"
      )),
    ErrorEntry(
      "Internal", .software,
      ("a fault of the daemon; whether a change was done is unknown", "守护进程内部错误，不知道改动是否已执行"),
      cure: (
        "ask again with the same key; report the code with: journalctl -u counterfoild",
        "用同一个键重试；把错误码和 journalctl -u counterfoild 的输出一起上报"
      )),
    ErrorEntry(
      "NoSuchSession",
      ("the session is unknown or has ended with its connection", "会话不存在，或已随连接结束"),
      cure: ("sign in again", "重新登录")),
    ErrorEntry(
      "SignInFailed", .permission,
      ("the PIN is wrong, or came too early after a wrong one", "PIN 不对，或输错后还在等待时间内"),
      cure: ("wait the named seconds, then try again", "等待指出的秒数后再试")),
    ErrorEntry(
      "RevisionConflict",
      ("somebody changed the sale since you looked, or the box was restarted", "你查看之后这笔销售被改过，或收银机重启过"),
      cure: ("look again (counterfoil sale get --sale SALE), then repeat", "重新查看（counterfoil sale get --sale 销售号）再重试")),
    ErrorEntry(
      "WrongState",
      ("the state of the sale, job or shift does not allow this", "销售、打印任务或班次的状态不允许这样做"),
      cure: ("the allowed states are named; bring it there first", "错误里写明了允许的状态，先让它进入该状态")),
    ErrorEntry(
      "ClockDoubtful",
      ("the clock cannot be trusted enough to begin a business day", "时钟不可信，不能开始新的营业日"),
      cure: (
        "set the clock (sudo counterfoil clock set), or name the day, not before the last one: counterfoil shift open --day YYYY-MM-DD",
        "校准时钟（sudo counterfoil clock set），或指定不早于上一个的营业日：counterfoil shift open --day YYYY-MM-DD"
      )),
  ]
}
