import ArgumentParser
import Varlink
import VirtualDevices
import VirtualProvider

/// `counterfoil-simulator provider`
struct ProviderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "provider", abstract: "A payment provider.", subcommands: [Scripted.self])

  struct Scripted: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "scripted",
      abstract: "A payment provider that does what it is told, on a Unix socket.",
      discussion: """
        It serves io.counterfoil.PaymentProvider and keeps books of its own, durable before it answers: one JSON object a
        line. Started again with the same books it goes on where it was.

        Scripts, one for each order in turn, the last one for all that follow:
          \(ProviderScript.words)

        What happens at each call about an order, in a plan: STEPS are joined by +, the last with * stays, and behind the
        last the books speak. A step is what happens, approved[=AMOUNT], declined, reversed, pending, unknown or notFound,
        and behind a colon what is said, should it differ: an outcome of the interface, lost (the connection breaks) or
        held (until `release`). `after` holds for questions behind the first call to
        reverse or close; create makes a code that the till shows, close closes its order:
          plan;pay=pending:held;query=pending+approved;reverse=reversed;after=reversed*
          plan;create=pending;query=pending*;close=approved

        Refunds, one for each refund number in turn (--refunds):
          \(RefundScript.words)
        abnormal: the money does not reach the customer; unknown: nothing was done, the same number again gives it back.

        Orders, one a line, on standard input: script WORDS, refunds WORDS, release (answers that are held), pay (somebody
        scans the newest code), quit.
        EXAMPLES
          counterfoil-simulator provider scripted --listen /tmp/provider --ledger /tmp/provider.jsonl
          counterfoil-simulator provider scripted --listen /tmp/provider --ledger books.jsonl --script lost,approve
        """)

    @Option(help: ArgumentHelp("Unix socket to serve at.", valueName: "path"))
    var listen: String

    @Option(help: ArgumentHelp("The provider's books; appended to.", valueName: "file"))
    var ledger: String

    @Option(help: "How orders are treated; words with commas between them.")
    var script = "approve"

    @Option(help: "How refunds are treated; words with commas between them.")
    var refunds = "approve"

    @Flag(help: "It makes no codes for tills to show, and says so.")
    var noCodes = false

    @Flag(help: "It says such a code again, and says so.")
    var repeatsCodes = false

    @Option(help: "Milliseconds that such a code can be paid; else as --window.")
    var codeWindow: Int64?

    @Option(help: "How often it tells the daemon of each payment; 0: it is lost. Else it says that it cannot.")
    var notify: Int?

    @Option(help: "Milliseconds that what it tells is late.")
    var notifyLate = 0

    @Flag(help: "It tells of orders, too, that are nobody's.")
    var notifyStrangers = false

    @Flag(help: "It cannot give money back, and says so.")
    var noRefunds = false

    @Option(help: "Days after an order in which it takes refunds, as it says; else it says none.")
    var refundDays: Int64?

    @Option(help: "Seconds between two refunds of an order, as it says; else it says none.")
    var refundInterval: Int64?

    @Option(help: ArgumentHelp("The merchant account that it speaks for; else it says none.", valueName: "name"))
    var account: String?

    @Option(
      help: ArgumentHelp(
        "A rule of the interface that it breaks, for whoever checks connectors; again for more.", valueName: "rule"))
    var fault: [String] = []

    @Option(help: "Milliseconds that the daemon waits for the answer to a payment order.")
    var payTimeout: Int64 = 3_000

    @Option(help: "Milliseconds between the daemon's questions.")
    var interval: Int64 = 500

    @Option(help: "Milliseconds before the first of them; else as between them.")
    var firstQuery: Int64?

    @Option(help: "The first of these waits where they are other ones, milliseconds with commas between them.")
    var firstIntervals: String?

    @Option(help: "Milliseconds after which the daemon takes a payment back that is still unknown.")
    var window: Int64 = 10_000

    @Option(help: "Milliseconds before which it does not.")
    var reverseNotBefore: Int64 = 1_000

    @Flag(help: "Events as JSON lines.")
    var json = false

    func validate() throws {
      guard fault.allSatisfy({ ProviderFault(rawValue: $0) != nil }) else {
        throw ValidationError("--fault: one of \(ProviderFault.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      guard Self.scripts(script) != nil else { throw ValidationError("--script: one of \(ProviderScript.words)") }
      guard Self.refundScripts(refunds) != nil else {
        throw ValidationError("--refunds: one of \(RefundScript.words)")
      }
      for value in [payTimeout, interval, firstQuery ?? 0, window, reverseNotBefore, codeWindow ?? 0]
      where !(0...86_400_000).contains(value) {
        throw ValidationError("times are 0 to 86400000 milliseconds")
      }
    }

    private static func scripts(_ text: String) -> [ProviderScript]? {
      let words = text.split(separator: ",").map { ProviderScript(String($0)) }
      return words.isEmpty || words.contains(nil) ? nil : words.compactMap { $0 }
    }

    private static func refundScripts(_ text: String) -> [RefundScript]? {
      let words = text.split(separator: ",").map { RefundScript(String($0)) }
      return words.isEmpty || words.contains(nil) ? nil : words.compactMap { $0 }
    }

    func run() throws {
      let output = Output(json: json)
      var schedule = VirtualProvider.Schedule()
      (schedule.payTimeout, schedule.firstQuery, schedule.queryInterval) = (
        payTimeout, firstQuery ?? interval, interval
      )
      (schedule.window, schedule.reverseNotBefore) = (window, reverseNotBefore)
      schedule.codeWindow = codeWindow
      schedule.firstIntervals = firstIntervals?.split(separator: ",").compactMap { Int64($0) }
      let provider = try VirtualProvider(
        ledger: ledger, scripts: Self.scripts(script) ?? [], refunds: Self.refundScripts(refunds) ?? [],
        givesRefunds: !noRefunds, showsCodes: !noCodes, repeatsCodes: repeatsCodes,
        notices: notify.map {
          .init(times: min(max($0, 0), 1_000), late: max(0, notifyLate), strangers: notifyStrangers)
        }, schedule: schedule, faults: Set(fault.compactMap { ProviderFault(rawValue: $0) }), account: account,
        refundDays: refundDays, refundIntervalSeconds: refundInterval
      ) {
        output.detail("call", [("method", .text($0)), ("number", .text($1)), ("outcome", .text($2))])
      }
      let server = VarlinkServer(try provider.service(version: "0"))
      provider.server = server
      try server.listen(on: try ListeningSocket.bind(.path(listen)))
      output.event("listening", [("address", .text("unix:\(listen)"))])
      let lines = try LineServer(path: nil, standardInput: true)
      lines.run(tell: output.answer) { line in
        if line == "quit" { return nil }
        if line == "pay" {
          provider.payShown()
          return "{\"done\":true}"
        }
        if line == "release" {
          provider.release()
          return "{\"done\":true}"
        }
        if line.hasPrefix("refunds "), let scripts = Self.refundScripts(String(line.dropFirst(8))) {
          provider.followRefunds(scripts)
          return "{\"done\":true}"
        }
        guard line.hasPrefix("script "), let scripts = Self.scripts(String(line.dropFirst(7))) else {
          return "{\"error\":\"unknown order\"}"
        }
        provider.follow(scripts)
        return "{\"done\":true}"
      }
      server.stop()
    }
  }
}
