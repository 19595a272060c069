import Glibc
import Interfaces
import JSON
import Varlink

/// Errors that say who and until when: a sentence made of their parameters instead of a list of them.
struct ErrorWords {
  /// What happened; nil: the table's cause is all.
  private(set) var sentence: String?
  /// What to do; nil: the table's cure.
  private(set) var cures: [String]?
  private let members: [JSON.Member]

  /// `name`: the error's short name. Parameters that an older box leaves out make no sentence.
  /// `money`: amounts among them in the box's currency.
  init(_ name: String, _ members: [JSON.Member], _ money: AmountText) {
    self.members = members
    switch name {
    case "PermissionDenied": denied()
    case "SignInFailed": notSignedIn()
    case "Busy": held()
    case "ApprovalRequired": unapproved(money)
    case "ApprovalRefused": notCovered(money)
    case "LimitExceeded": exceeded(money)
    case "WrongState": misplaced()
    case "NoSuchStub": skipped()
    case "NoSuchLane": laneless()
    case "NoSuchShift": reportless()
    default: break
    }
  }

  private mutating func denied() {
    guard let roles = self["roles"]?.array?.compactMap(\.string), !roles.isEmpty, let method = self["method"]?.string,
      let id = self["userId"]?.integer
    else { return }
    if let person = self["operator"]?.string {
      sentence = text(
        "operator \(person) may not do this: it takes an operator with the role \(Self.list(roles))",
        "操作员 \(person) 无权这样做：需要角色为 \(Self.list(roles)) 的操作员")
      cures =
        [
          text("name an operator who has it: --operator ID", "换一个有此角色的操作员：--operator 编号"),
          text(
            "or give \(person) the role in the box's configuration (as installed /etc/counterfoil/counterfoil.toml), then: sudo systemctl restart counterfoild",
            "或在本机配置（安装时为 /etc/counterfoil/counterfoil.toml）中给 \(person) 此角色，然后：sudo systemctl restart counterfoild"),
        ] + setting
      return
    }
    let user = Account.name(id)
    let name = method.split(separator: ".").suffix(2).joined(separator: ".")
    let has =
      self["role"]?.string.map { text("has the role \($0)", "的角色是 \($0)") } ?? text("has no role", "没有角色")
    sentence = text(
      "\(name) takes the role \(Self.list(roles)); user \(user) (\(id)) \(has)",
      "\(name) 需要角色 \(Self.list(roles))；用户 \(user)（\(id)）\(has)")
    cures = Self.roleCures(user, id, roles)
  }

  /// What a person is given, the least first.
  private static let least = ["cashier", "auditor", "technician", "supervisor"]

  private static func roleCures(_ user: String, _ id: Int64, _ roles: [String]) -> [String] {
    let other = text(
      "call it as a user who has such a role (the [[role]] entries of the box's configuration): sudo -u USER counterfoil …",
      "以有此角色的用户调用（见本机配置的 [[role]]）：sudo -u 用户 counterfoil …")
    guard id != 0 else {
      return [text("root looks after the box; it is given no other role", "root 只维护本机，不给它别的角色"), other]
    }
    // Where every role may, only the person knows which it is: who sells is a cashier.
    let role = Self.least.first(where: roles.contains) ?? roles.first ?? ""
    let others = roles.count == Wire.Role.allCases.count
    return [
      other,
      text(
        "or give \(user) the role by its group, then log in again: sudo usermod -aG counterfoil-\(role) \(user)",
        "或用组给 \(user) 此角色，然后重新登录：sudo usermod -aG counterfoil-\(role) \(user)"),
    ] + (others ? [Self.whichRole] : []) + [
      text(
        "or in the box's configuration (as installed /etc/counterfoil/counterfoil.toml), then: sudo systemctl restart counterfoild",
        "或写进本机配置（安装时为 /etc/counterfoil/counterfoil.toml），然后：sudo systemctl restart counterfoild"),
      "  [[role]]", "  role = \"\(role)\"", "  users = [\(id)]",
    ]
  }

  /// The roles in words, for who has none.
  static var whichRole: String {
    text(
      "who sells is cashier; who looks after the box is technician; the others are supervisor and auditor",
      "收银用 cashier；维护本机用 technician；另有 supervisor 和 auditor")
  }

  private mutating func notSignedIn() {
    guard let person = self["operator"]?.string, let why = self["why"]?.string, let wait = self["waitSeconds"]?.integer
    else { return }
    sentence =
      why == "locked"
      ? text(
        "too early after a wrong PIN: that of operator \(person) was not looked at; wait \(wait) s",
        "PIN 输错后还在等待时间内：操作员 \(person) 的这次没有核对；请等 \(wait) 秒")
      : text(
        "the PIN of operator \(person) is wrong, or there is no such operator; the next try counts in \(wait) s",
        "操作员 \(person) 的 PIN 不对，或没有这个操作员；\(wait) 秒后可再试")
  }

  private mutating func held() {
    guard let owner = self["owner"]?.string, let application = self["application"]?.string,
      let since = self["since"]?.integer
    else { return }
    let begun =
      since > 0
      ? text(", since \(Moment.text(since)) (\(Span.text(since)))", "，自 \(Moment.text(since)) 起（\(Span.text(since))）")
      : ""
    guard application.isEmpty else {
      sentence = text("\(application) holds \(owner)\(begun)", "\(application) 占用着 \(owner)\(begun)")
      return
    }
    guard let entry = ErrorTable.entry("Busy." + owner) else { return }
    sentence = entry.cause.text + begun
  }

  /// Limits of money are amounts, those of prices are parts of the list price.
  private mutating func unapproved(_ money: AmountText) {
    guard let action = self["action"]?.string else { return }
    let amount = self["amount"]?.integer.map { money($0) }
    let decided = action == ApproveCommand.deciding ? " --tender TENDER --DECISION" : ""
    let option = decided + (amount.map { " --amount \($0)" } ?? "")
    let (subject, chinese) = ApproveCommand.subject(of: action)
    cures = [
      text(
        "let a supervisor approve it, then repeat with --approval: "
          + "counterfoil approve \(action) \(subject)\(option) --operator ID --reason WHY",
        "请主管批准，然后带 --approval 重试：counterfoil approve \(action) \(chinese)\(option) --operator 编号 --reason 原因")
    ]
    guard let asked = self["asked"]?.integer, let limit = self["limit"]?.integer else {
      sentence = amount.map {
        text("a second person must approve this: \(action) of \($0)", "需要另一人批准：\(action) \($0)")
      }
      return
    }
    let isPart = action == "priceOverride"
    let (most, part) = isPart ? (Self.percent(limit), Self.percent(asked)) : (money(limit), money(asked))
    // What is far off the list price of a cheap thing may be little money, and the other way round.
    let wanted = isPart ? part + (amount.map { text(", \($0) in all,", "（共 \($0)）") } ?? "") : part
    sentence = text(
      "\(action) of \(wanted) is more than the \(most) that go without a second person",
      "\(action) \(wanted)，超过无需第二人批准的上限 \(most)")
  }

  /// A number that an epoch left out is no foreign paper: a receipt with it may be genuine.
  private mutating func skipped() {
    guard let epoch = self["skippedBy"]?.integer, let stub = self["stub"]?.string else { return }
    sentence = text(
      "no record of stub \(stub): epoch \(epoch) began after damage and left this number out",
      "没有存根 \(stub) 的记录：纪元 \(epoch) 在损坏之后开始，跳过了这个号码")
    cures = [
      text(
        "a receipt with this number may be genuine: its record lies behind the damage, or on another box; look for it in a copy of the journal",
        "带有此号码的小票可能是真的：其记录在损坏处之后，或在另一台机器上；请在账本副本中查找"),
      text("what each epoch builds on: counterfoil journal epoch", "各纪元的起点：counterfoil journal epoch"),
    ]
  }

  /// Nothing was named, or something that is no lane: which there are.
  private mutating func laneless() {
    guard let lane = self["lane"]?.string, let lanes = self["lanes"]?.array?.compactMap(\.string), !lanes.isEmpty
    else { return }
    let all = Self.list(lanes)
    sentence =
      lane.isEmpty
      ? text("no lane was named, and the box has several", "没有指明收银位，而本机有多个")
      : text("there is no lane \(lane)", "没有收银位 \(lane)")
    cures = [text("name one: --lane \(all)", "指明一个：--lane \(all)")]
  }

  /// Reports of days and movements of cash go by names of their own.
  private mutating func reportless() {
    guard let parts = self["shift"]?.string?.split(separator: ":"), parts.count == 2 else { return }
    switch parts[0] {
    case "z":
      sentence = text("there is no Z with the number \(parts[1])", "没有第 \(parts[1]) 号日结")
      cures = [
        text(
          "which there are: counterfoil journal show --kind dayClosed; the running day: counterfoil shift report",
          "查看已有的：counterfoil journal show --kind dayClosed；当天：counterfoil shift report")
      ]
    case "cash":
      sentence = text(
        "no movement of cash has the sequence \(parts[1])", "没有序号为 \(parts[1]) 的现金存取")
      cures = [
        text(
          "which there are: counterfoil journal show --kind cashMoved",
          "查看已有的：counterfoil journal show --kind cashMoved")
      ]
    default: return
    }
  }

  /// A sale put aside is taken up first; a finished one stays as it is.
  private mutating func misplaced() {
    guard let state = self["state"]?.string, let isParked = self["parked"]?.bool else { return }
    let word = Wire.SaleState(rawValue: state).map { Word.text($0) } ?? state
    if isParked {
      sentence = text("the sale is parked (\(word))", "销售已挂起（\(word)）")
      cures = [text("take it up first: counterfoil sale unpark SALE", "先取回：counterfoil sale unpark 销售号")]
    } else if state == "completed" || state == "voided" {
      sentence = text("the sale is \(word): nothing of it changes any more", "销售\(word)：不能再改动")
      cures = [text("what came of it: counterfoil sale get --sale SALE", "查看结果：counterfoil sale get --sale 销售号")]
    }
  }

  /// The call comes to more than somebody said yes to.
  private mutating func notCovered(_ money: AmountText) {
    guard let amount = self["amount"]?.integer else { return }
    cures = [
      text(
        "let a supervisor approve what the call comes to: counterfoil approve … --amount \(money(amount))",
        "请主管按实际金额批准：counterfoil approve … --amount \(money(amount))")
    ]
    guard let approved = self["approved"]?.integer else { return }
    sentence = text(
      "\(money(approved)) was approved, and the call comes to \(money(amount))",
      "批准的是 \(money(approved))，而这次操作为 \(money(amount))")
  }

  /// Millionths with as many decimals as it takes, at most four: `10 %`, `0.0999 %`.
  private static func percent(_ millionths: Int64) -> String {
    let (whole, rest) = millionths.quotientAndRemainder(dividingBy: 10_000)
    guard rest > 0 else { return "\(whole) %" }
    var fraction = String(rest + 10_000).dropFirst()
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return "\(whole).\(fraction) %"
  }

  /// A limit of money is an amount; the cause stays the table's.
  private mutating func exceeded(_ money: AmountText) {
    guard let limit = self["limit"]?.string, limit == "saleTotal" || limit == "amount",
      let maximum = self["maximum"]?.integer, let entry = ErrorTable.entry("LimitExceeded." + limit)
    else { return }
    sentence = entry.cause.text + text(": at most \(money(maximum))", "：最多 \(money(maximum))")
  }

  private var setting: [String] {
    (self["setting"]?.string ?? "").split(separator: "\n").map(String.init)
  }

  private subscript(key: String) -> JSON? { members.first { $0.key == key }?.value }

  /// `app, cashier or supervisor`.
  private static func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    let separator = text(", ", "、")
    return words.dropLast().joined(separator: separator) + text(" or ", " 或 ") + last
  }
}

/// What a Unix user or group is called on this machine.
enum Account {
  /// The user's name; its number when it has none.
  static func name(_ id: Int64) -> String {
    guard let user = uid_t(exactly: id), let entry = getpwuid(user) else { return String(id) }
    return String(cString: entry.pointee.pw_name)
  }

  /// The group of a file; nil when nobody may look, or it has no name.
  static func group(of path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0, let entry = getgrgid(status.st_gid) else { return nil }
    return String(cString: entry.pointee.gr_name)
  }
}

extension Failure {
  /// The socket is there, and this user may not open it.
  static func closedSocket(_ address: VarlinkAddress) -> Failure {
    let path = "\(address)".split(separator: ":", maxSplits: 1).last.map(String.init) ?? ""
    let group = Account.group(of: path) ?? "counterfoil"
    let user = Account.name(Int64(geteuid()))
    return Failure(
      "socketPermission",
      text(
        "no permission to open \(address): it is for the group \(group), and user \(user) is not in it",
        "没有权限打开 \(address)：它属于组 \(group)，用户 \(user) 不在其中"),
      advice: [
        text(
          "join it and get a role, then log in again: sudo usermod -aG \(group),counterfoil-cashier \(user)",
          "加入该组并取得角色，然后重新登录：sudo usermod -aG \(group),counterfoil-cashier \(user)"),
        ErrorWords.whichRole,
        text(
          "what gives a role: the [[role]] entries of the box's configuration (as installed /etc/counterfoil/counterfoil.toml)",
          "角色由本机配置的 [[role]] 给出（安装时为 /etc/counterfoil/counterfoil.toml）"),
      ], exit: .permission)
  }
}
