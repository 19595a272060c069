// Errors whose cause and cure depend on one of their parameters; the code is the error's short name and that value.
extension ErrorTable {
  static let details: [ErrorEntry] = approvals + proofs + holders + scans

  private static let approvals: [ErrorEntry] = [
    detail(
      "ApprovalRefused.used", .refused,
      ("the approval was used already; each holds for one call", "批准已经用过；每个批准只用一次"),
      (
        "if only the answer was lost, repeat that call with its --key; else approve again: counterfoil approve",
        "如果只是没收到答复，用原来的 --key 重试；否则重新批准：counterfoil approve"
      )),
    detail(
      "ApprovalRefused.expired", .refused,
      ("the approval is older than 60 s", "批准已超过 60 秒"),
      ("let a supervisor approve again: counterfoil approve", "请主管重新批准：counterfoil approve")),
    detail(
      "ApprovalRefused.unknown", .refused,
      (
        "nobody granted this approval, or it ended before the last restart",
        "没有人给过这个批准，或它在上次重启前已失效"
      ),
      (
        "check that it was copied whole; else let a supervisor approve again: counterfoil approve",
        "检查批准号是否抄全；否则请主管重新批准：counterfoil approve"
      )),
    detail(
      "ApprovalRefused.other", .refused,
      (
        "the approval is for another action, another sale or lane, or the sale has changed since",
        "批准是给别的操作、别的销售或收银位的，或销售之后有改动"
      ),
      (
        "approve the action that ApprovalRequired names, on the sale as it is now: counterfoil approve",
        "按 ApprovalRequired 指出的操作和销售的现状重新批准：counterfoil approve"
      )),
    detail(
      "ApprovalRefused.user", .refused,
      ("the approval was granted to another Unix user", "批准是给另一个系统用户的"),
      (
        "use it as that user, or let a supervisor approve for this one: counterfoil approve",
        "以那个用户使用，或请主管为本用户重新批准：counterfoil approve"
      )),
    detail(
      "ApprovalRefused.amount", .refused,
      ("the call comes to more than was approved", "这次操作的金额超过批准的金额"),
      (
        "ask for the approved price or amount, or let a supervisor approve this one: counterfoil approve",
        "按批准的价格或金额操作，或请主管批准这个金额：counterfoil approve"
      )),
    detail(
      "ApprovalRefused.unbound", .refused,
      ("the approval names no amount, so it covers nothing here", "批准没有写明金额，在这里无效"),
      (
        "let a supervisor approve with the amount that ApprovalRequired names: counterfoil approve, with --amount",
        "请主管按 ApprovalRequired 给出的金额批准：counterfoil approve，带 --amount"
      )),
  ]

  private static let proofs: [ErrorEntry] = [
    detail(
      "SignInFailed.wrong", .permission,
      ("the PIN is wrong, or there is no such operator", "PIN 不对，或没有这个操作员"),
      (
        "wait the named seconds, then try again; forgotten: counterfoil pin makes a new one for counterfoil.toml",
        "等待指出的秒数后再试；忘记了：用 counterfoil pin 生成新的，写进 counterfoil.toml"
      )),
    detail(
      "SignInFailed.locked", .permission,
      (
        "too early after a wrong PIN: this one was not looked at",
        "PIN 输错后还在等待时间内：这次没有核对"
      ),
      (
        "wait the named seconds; each wrong PIN doubles the wait up to 60 s, the right one ends it",
        "等待指出的秒数；每错一次等待加倍，最多 60 秒，输对即解除"
      )),
  ]

  /// Why a scan was thrown away, as `devices` shows it.
  private static let scans: [ErrorEntry] = [
    ErrorEntry(
      .tool, "tooLong", .ok,
      ("a scan was longer than a code may be, and thrown away whole", "扫到的码超过最大长度，整条丢弃"),
      cure: (
        "scan again; if it comes again, two codes run together: the scanner must end each with CR or LF",
        "重新扫描；如再出现，说明两个码连在一起：扫描器须在每个码后加 CR 或 LF"
      )),
    ErrorEntry(
      .tool, "overrun", .ok,
      ("the scanner's line lost or damaged bytes; the scan was thrown away whole", "扫描器线路丢失或损坏字节，整条丢弃"),
      cure: ("scan again; if it stays, look at cable and speed", "重新扫描；如仍有，检查线缆和波特率")),
    ErrorEntry(
      .tool, "interrupted", .ok,
      ("the scanner was unplugged in the middle of a code, which was thrown away", "扫码中途扫描器被拔出，该码丢弃"),
      cure: ("plug it in and scan again", "插好后重新扫描")),
  ]

  private static let holders: [ErrorEntry] = [
    detail(
      "Busy.register", .temporary,
      ("too many calls wait for the register", "等待收银核心的调用太多"),
      ("repeat in a moment with the same --key", "稍后用同一个 --key 重试")),
    detail(
      "Busy.lookup", .temporary,
      ("too many questions about the past wait", "等待查询历史的调用太多"), ("repeat in a moment", "稍后重试")),
    detail(
      "Busy.proof", .temporary,
      ("another PIN is being checked", "正在核对另一个 PIN"), ("repeat in a moment", "稍后重试")),
    detail(
      "Busy.verify", .temporary,
      ("somebody else has the whole journal checked; one at a time", "有人正在检查整个账本；一次只做一个"),
      ("wait for its end, then repeat", "等它结束后重试")),
    detail(
      "Busy.prove", .temporary,
      ("somebody else has a proof made; one at a time", "有人正在生成证明；一次只做一个"),
      ("wait for its end, then repeat", "等它结束后重试")),
  ]

  private static func detail(
    _ code: String, _ exit: Sysexit, _ cause: (String, String), _ cure: (String, String)
  ) -> ErrorEntry {
    ErrorEntry(.rule, code, exit, cause, cure: cure)
  }
}
