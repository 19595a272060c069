import Interfaces
import JSON
import Varlink

extension Failure {
  /// A call that failed, in words. `address` is where it went, `method` what was called.
  package init(
    _ error: VarlinkError, address: VarlinkAddress, method: String, key: String? = nil,
    money: AmountText = AmountText(currency: nil)
  ) {
    switch error {
    case .remote(let name, let parameters): self.init(remote: name, parameters, method: method, money)
    case .system("connect", _, let number): self = .unreachable(address, number)
    case .timedOut, .closed:
      self.init(
        "outcomeUnknown",
        text("\(method): no answer; whether it was done is unknown", "\(method)：没有收到答复，不知道是否已执行"),
        advice: key.map {
          [
            text(
              "ask again with the same key, it is never done twice: --key \($0)",
              "用同一个键重试，绝不会重复执行：--key \($0)")
          ]
        } ?? [], exit: .temporary)
    case .address: self.init("usage", "\(error)", exit: .usage)
    default: self.init("protocol", "\(error)", exit: .software)
    }
  }

  /// The socket does not answer.
  static func unreachable(_ address: VarlinkAddress, _ number: Int32) -> Failure {
    if number == Errno.accessDenied || number == Errno.notPermitted { return .closedSocket(address) }
    return Failure(
      "daemonNotRunning",
      text("the daemon does not answer at \(address)", "守护进程没有在 \(address) 应答"),
      advice: [
        text("look why: systemctl status counterfoild", "查看原因：systemctl status counterfoild"),
        text(
          "start it: sudo systemctl start counterfoild.socket counterfoild",
          "启动：sudo systemctl start counterfoild.socket counterfoild"),
        text("another socket: --socket PATH", "换一个套接字：--socket 路径"),
        text(
          "the journal can be read without it: counterfoil journal verify",
          "不启动也可以检查账本：counterfoil journal verify"),
      ], exit: .unavailable)
  }

  /// What the box would answer to a call that needs not be made.
  init(_ error: SystemError) {
    var writer = JSONWriter()
    error.write(to: &writer)
    self.init(remote: error.name, writer.bytes, method: nil, AmountText(currency: nil))
  }

  private init(remote name: String, _ parameters: [UInt8], method: String?, _ money: AmountText) {
    let members = (try? JSON(parsing: parameters))?.object ?? []
    let entry = Self.entry(name, members)
    let words = ErrorWords(ErrorTable.shortName(name), members, money)
    let what = entry.map { $0.cause.text } ?? text("the service answered an error", "服务返回了错误")
    self.init(
      name, "\(ErrorTable.shortName(name))" + (words.sentence.map { ": \($0)" } ?? "\(Self.facts(members)): \(what)"),
      advice: (words.cures ?? (entry.map { [$0.cure.text] } ?? []) + Self.pasteable(members))
        + (method.map { [text("called: \($0)", "调用的方法：\($0)")] } ?? []),
      exit: entry?.exit ?? .refused, parameters: parameters)
  }

  /// The error's entry; that of its rule, limit, reason or holder when there is one.
  private static func entry(_ name: String, _ members: [JSON.Member]) -> ErrorEntry? {
    let short = ErrorTable.shortName(name)
    let details = members.filter { detailing.contains($0.key) }.compactMap { $0.value.string }
    return details.lazy.compactMap { ErrorTable.entry("\(short).\($0)") }.first ?? ErrorTable.entry(name)
  }

  /// Parameters that decide what an error means.
  private static let detailing: Set<String> = ["rule", "limit", "why", "owner"]

  /// The parameters as ` (name value, …)`, without what the sentence behind it says anyway.
  private static func facts(_ members: [JSON.Member]) -> String {
    let short = members.filter { !isText($0.value) && $0.key != "why" && !isForeignSentence($0) }
    let pairs = short.map { "\(ParameterName.text($0.key)) \(value($0.value))" }
    return pairs.isEmpty ? "" : " (\(pairs.joined(separator: ", ")))"
  }

  /// Lines to copy, as they are, and what the box says in its own language.
  private static func pasteable(_ members: [JSON.Member]) -> [String] {
    members.filter { isText($0.value) || isForeignSentence($0) }.flatMap { member in
      (member.value.string ?? "").split(separator: "\n").map(String.init)
    }
  }

  private static func isText(_ value: JSON) -> Bool { value.string?.contains("\n") ?? false }

  /// The box explains a rule in English; in another language that gets a line of its own.
  private static func isForeignSentence(_ member: JSON.Member) -> Bool {
    member.key == "text" && Language.current != .english
  }

  private static func value(_ value: JSON) -> String {
    if let string = value.string { return string }
    if let elements = value.array { return elements.map { self.value($0) }.joined(separator: " ") }
    return (try? value.bytes()).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  private enum Errno {
    static let notPermitted: Int32 = 1
    static let accessDenied: Int32 = 13
  }
}
