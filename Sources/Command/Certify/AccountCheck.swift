import Interfaces
import Till
import Varlink

extension Certifier {
  /// So many times it is asked on one connection, then on as many of their own.
  private static let accountQuestions = 3

  /// Behind Capabilities comes the order, on the same connection: whom the daemon asked is who gets it.
  mutating func checkAccount() throws {
    guard let said = capabilities else { throw CheckEnd.notRun(text("its capabilities are not known", "不知道其能力")) }
    guard let account = said.account else { throw CheckEnd.notOffered }
    try demand(
      ProviderAccount.checked(account) != nil, "its account is not 1 to 64 visible ASCII characters",
      "商户号须为 1 至 64 个可见 ASCII 字符")
    var answers: [String?] = []
    do throws(VarlinkError) {
      var client = try VarlinkClient(address, timeout: .seconds(2), largestReply: Self.answerBytes)
      for _ in 0..<Self.accountQuestions {
        let reply = try client.call(Provider.Capabilities.name, timeout: Self.answer)
        answers.append(try? Provider.Capabilities.Output(parsing: reply, tolerant: true).account)
      }
    } catch {
      throw CheckEnd.failed(
        text("a connection must carry several calls: \(error)", "一个连接须能连续应答多次调用：\(error)"))
    }
    for _ in 0..<Self.accountQuestions { answers.append(try call(Provider.Capabilities.self, .init()).account) }
    for other in answers where other != account {
      throw CheckEnd.failed(
        text("its account is \(account), then \(other ?? "none")", "商户号先为 \(account)，后为 \(other ?? "无")"))
    }
  }
}
