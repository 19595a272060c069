import Interfaces
import JSON
import Varlink

extension Failure {
  /// A call that failed, in words. `address` is where it went, `method` what was called.
  package init(_ error: VarlinkError, address: VarlinkAddress, method: String, key: String? = nil) {
    switch error {
    case .remote(let name, let parameters): self.init(remote: name, parameters, method: method)
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
    let permission = number == Errno.accessDenied || number == Errno.notPermitted
    guard !permission else {
      return Failure(
        "socketPermission",
        text("no permission to open \(address)", "没有权限打开 \(address)"),
        advice: [
          text(
            "join the group of the socket: sudo usermod -aG counterfoil $USER, then log in again",
            "把用户加入套接字所属的组：sudo usermod -aG counterfoil $USER，然后重新登录")
        ], exit: .permission)
    }
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
  init(_ error: SystemError, method: Method) {
    var writer = JSONWriter()
    error.write(to: &writer)
    self.init(remote: error.name, writer.bytes, method: method.rawValue)
  }

  private init(remote name: String, _ parameters: [UInt8], method: String) {
    let entry = Self.entry(name, parameters)
    let facts = Self.facts(parameters)
    let what = entry.map { $0.cause.text } ?? text("the service answered an error", "服务返回了错误")
    self.init(
      name, "\(ErrorTable.shortName(name))\(facts.isEmpty ? "" : " (\(facts))"): \(what)",
      advice: (entry.map { [$0.cure.text] } ?? []) + Self.pasteable(parameters)
        + [text("called: \(method)", "调用的方法：\(method)")],
      exit: entry?.exit ?? .refused, parameters: parameters)
  }

  /// The error's entry; of a known rule or limit that one's.
  private static func entry(_ name: String, _ parameters: [UInt8]) -> ErrorEntry? {
    if name == ErrorTable.system + "Refused", let rule = (try? JSON(parsing: parameters))?["rule"]?.string,
      let entry = ErrorTable.entry("Refused." + rule)
    {
      return entry
    }
    if name == ErrorTable.system + "LimitExceeded", let limit = (try? JSON(parsing: parameters))?["limit"]?.string,
      let entry = ErrorTable.entry("LimitExceeded." + limit)
    {
      return entry
    }
    return ErrorTable.entry(name)
  }

  /// The parameters as `name value` pairs.
  private static func facts(_ parameters: [UInt8]) -> String {
    let members = (try? JSON(parsing: parameters))?.object ?? []
    let short = members.filter { !isText($0.value) }
    return short.map { "\($0.key) \(value($0.value))" }.joined(separator: ", ")
  }

  /// Lines to copy, as they are: the setting that PermissionDenied names.
  private static func pasteable(_ parameters: [UInt8]) -> [String] {
    let members = (try? JSON(parsing: parameters))?.object ?? []
    return members.filter { isText($0.value) }.flatMap { member in
      (member.value.string ?? "").split(separator: "\n").map(String.init)
    }
  }

  private static func isText(_ value: JSON) -> Bool { value.string?.contains("\n") ?? false }

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
