import ArgumentParser
import Glibc
import Interfaces
import JSON
import Varlink

struct ProviderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "provider", abstract: "Payment providers and their connectors.",
    subcommands: [Certify.self, ProviderCompareCommand.self])

  struct Certify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks that a payment connector keeps the rules of its interface.",
      discussion: """
        Plays the daemon's side against whatever serves io.counterfoil.PaymentProvider at ADDRESS, rule by rule. With a real
        account it moves real money: four payments of --amount, all of which it gives back; provider's fees may stay. Do not
        run it while a box sells through the same connector. A payment code is good once: with --codes there is one for each
        payment, asked for without echo or read from a pipe, a line each; it is never an argument.
        Ends with 0 when every rule that is offered holds.
        EXAMPLES
          counterfoil provider certify unix:/run/counterfoil-pay/wallet --yes
          counterfoil provider certify /tmp/provider --amount 2 --codes --json --yes < codes.txt
        """)
    @Argument(help: "Where the connector listens: a path or a Varlink address.") var address: String
    @Flag(help: "Payment codes of customers, one for each payment: from a pipe or asked for. Else a test code.")
    var codes = false
    @Option(help: "Minor units of each payment.") var amount: Int64 = 2
    @Flag(help: "It may move money; nobody is asked.") var yes = false
    @Flag(help: "Output for programs, one JSON object a line.") var json = false

    func validate() throws {
      guard (1...100_000).contains(amount) else { throw ValidationError("--amount: 1 to 100000") }
    }

    func run() throws {
      let place: VarlinkAddress
      do { place = try VarlinkAddress(address) } catch { throw Failure.usage("\(error)") }
      try agree()
      var certifier = Certifier(
        place, amount: amount, codes: try given(), now: Certifier.wallMilliseconds())
      var counts: [CheckOutcome: Int] = [:]
      for check in Certifier.checks {
        if Terminal.showsProgress, !json { Terminal.writeError("\r\u{1B}[K\(check.name) …") }
        let (outcome, why) = certifier.make(check)
        if Terminal.showsProgress, !json { Terminal.writeError("\r\u{1B}[K") }
        counts[outcome, default: 0] += 1
        show(check, outcome, why)
      }
      let (failed, notRun) = (counts[.failed] ?? 0, counts[.notRun] ?? 0)
      if json {
        Terminal.writeLine(
          #"{"failed":\#(failed),"notOffered":\#(counts[.notOffered] ?? 0),"notRun":\#(notRun),"passed":\#(counts[.passed] ?? 0)}"#
        )
      } else {
        Terminal.writeLine(
          text(
            "\(counts[.passed] ?? 0) passed, \(failed) failed, \(notRun) not run, \(counts[.notOffered] ?? 0) not offered",
            "通过 \(counts[.passed] ?? 0)，未通过 \(failed)，未执行 \(notRun)，不提供 \(counts[.notOffered] ?? 0)"))
      }
      if failed + notRun > 0 { throw ExitCode(Sysexit.refused.rawValue) }
    }

    /// What the scripted provider takes as a code.
    static let testCode = "134567890123456789"

    /// More codes than payments are never used.
    private static let mostCodes = 16

    private func given() throws -> [String] {
      guard codes else { return [Self.testCode] }
      var given: [String] = []
      while given.count < Self.mostCodes,
        let code = try Secret.read(text("payment code (Return: no more): ", "付款码（直接回车结束）：")), !code.isEmpty
      { given.append(code) }
      if given.isEmpty { throw Failure("noCode", text("no payment code was given", "没有付款码"), exit: .usage) }
      return given
    }

    private func agree() throws {
      guard !yes else { return }
      let warning = text(
        "this moves real money with a real account: up to four payments of \(amount) minor units, all given back.",
        "若接真实账户，将发生真实扣款：最多四笔，每笔 \(amount)（最小货币单位），随后全部退回。")
      guard let answer = Terminal.ask(warning + text(" Type yes to go on: ", "输入 yes 继续：")) else {
        throw Failure.usage(warning + text(" Nobody to ask: give --yes", "无法询问：请加 --yes"))
      }
      guard answer == "yes" else {
        throw Failure("notAgreed", text("nothing was done", "未执行任何操作"), exit: .refused)
      }
    }

    private func show(_ check: Check, _ outcome: CheckOutcome, _ why: String?) {
      let proves = text(check.proves.0, check.proves.1)
      guard json else {
        let (word, tone): (String, Style.Tone) =
          switch outcome {
          case .passed: (text("passed", "通过"), .good)
          case .failed: (text("FAILED", "未通过"), .bad)
          case .notOffered: (text("not offered", "不提供"), .plain)
          case .notRun: (text("not run", "未执行"), .notice)
          }
        Terminal.writeLine("\(Terminal.style(word, tone))  \(check.name): \(proves)")
        if let why { Terminal.writeLine("  \(why)") }
        return
      }
      var members = [JSON.Member("check", .string(check.name)), JSON.Member("outcome", .string(outcome.rawValue))]
      members.append(JSON.Member("proves", .string(check.proves.0)))
      if let why { members.append(JSON.Member("why", .string(why))) }
      Terminal.writeLine(String(decoding: (try? JSON.object(members).bytes()) ?? [], as: UTF8.self))
    }
  }
}

extension Certifier {
  /// Makes one check; why it did not pass.
  mutating func make(_ check: Check) -> (CheckOutcome, String?) {
    do {
      try check.run(&self)
      return (.passed, nil)
    } catch CheckEnd.notOffered {
      return (.notOffered, nil)
    } catch CheckEnd.notRun(let why) {
      return (.notRun, why)
    } catch CheckEnd.failed(let why) {
      return (.failed, why)
    } catch {
      return (.failed, "\(error)")
    }
  }

  static func wallMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }
}
