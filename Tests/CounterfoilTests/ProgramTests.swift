import Foundation
import Interfaces
import JSON
import Testing
import Till
import Command

/// The program from outside: output, errors and exit codes, against a daemon that is not there or a fake one.
@Suite struct ProgramTests {
  static let hello = SystemInterface.Hello.Output(
    version: "0", interfaces: [:], features: [], box: "b", origin: "north/1", currency: "EUR", timeZone: "UTC",
    instance: "i", role: .cashier, lanes: [], mode: .selling, reasons: [], clock: .trusted, limits: [:]
  ).bytes

  @Test func withoutADaemonItSaysWhereItLooked() throws {
    let program = try Program()
    defer { program.remove() }
    let socket = program.folder.appending(path: "none").path()
    let human = try program.run("--socket", socket)
    #expect(human.exit == Sysexit.unavailable.rawValue)
    #expect(human.output.isEmpty)
    #expect(human.errors.contains(socket) && human.errors.contains("systemctl status counterfoild"))
    #expect(!human.errors.contains("\u{1b}"))
    let json = try program.run("--json", "--socket", socket)
    #expect(try JSON(parsing: json.output.trimmingCharacters(in: .newlines))["error"]?.string == "daemonNotRunning")
    #expect(json.errors.isEmpty)
    #expect(try program.run("--socket", socket, language: "zh_CN.UTF-8").errors.contains("守护进程没有"))
  }

  /// Half an output looks like a whole one.
  @Test func outputThatIsNotWrittenIsAnError() throws {
    let program = try Program()
    defer { program.remove() }
    let full = try program.run(["explain", "RevisionConflict"], output: "/dev/full")
    #expect(full.exit == Sysexit.inputOutput.rawValue)
    #expect(full.errors.contains("No space left on device") && full.errors.contains("only the output is lost"))
    let other = try program.run(
      ["explain", "RevisionConflict", "--json"], language: "zh_CN.UTF-8", output: "/dev/full")
    #expect(other.exit == Sysexit.inputOutput.rawValue && other.errors.contains("丢失的只是输出"), "\(other.errors)")
  }

  /// Another command's help would look like the answer.
  @Test func unknownCommandsAreRefused() throws {
    let program = try Program()
    defer { program.remove() }
    for arguments in [
      ["bogus"], ["bogus", "--help"], ["sale", "sell", "--help"], ["journal", "epoch", "end", "-h"],
    ] {
      let refused = try program.run(arguments)
      #expect(refused.exit == Sysexit.usage.rawValue, "\(arguments)")
      #expect(refused.output.isEmpty && refused.errors.contains("no command"), "\(refused.errors)")
    }
    for arguments in [
      ["help", "sale"], ["sale", "--help"], ["journal", "epoch", "begin", "--help"],
    ] {
      #expect(try program.run(arguments).exit == 0, "\(arguments)")
    }
    #expect(try program.run("journal", "verify", "--journal", "nosuch").exit == Sysexit.inputOutput.rawValue)
  }

  /// What just failed is no advice.
  @Test func withoutADaemonAndWithoutAJournalItSaysBoth() throws {
    let program = try Program()
    defer { program.remove() }
    let folder = program.folder.path()
    let config = program.folder.appending(path: "box.toml")
    let made = try program.run(
      "init", "--config", config.path(), "--shop", "north", "--till", "1", "--state", folder + "state")
    #expect(made.exit == 0, "\(made.errors)")
    // The service reads another file than this one.
    #expect(made.output.contains("\(folder)state/journal\n"), "\(made.output)")
    #expect(made.output.contains("next: counterfoild --config \(config.path())"), "\(made.output)")
    #expect(!made.output.contains("systemctl start"), "\(made.output)")
    try FileManager.default.removeItem(atPath: folder + "state/journal")
    let verified = try program.run("journal", "verify", "--socket", folder + "none", "--config", config.path())
    #expect(verified.exit == Sysexit.unavailable.rawValue, "\(verified.errors)")
    #expect(verified.errors.contains("no journal in \(folder)state/journal"), "\(verified.errors)")
    #expect(verified.errors.contains("--journal FOLDER") && !verified.errors.contains("can be read without it"))
  }

  /// A role that nobody gets, and PINs that everybody may try.
  @Test func configCheckSeesRolesOfNobody() throws {
    let program = try Program()
    defer { program.remove() }
    let file = program.folder.appending(path: "box.toml")
    let starter = try program.run(
      "init", "--config", file.path(), "--shop", "north", "--till", "1", "--state", program.folder.path() + "state")
    #expect(starter.exit == 0, "\(starter.errors)")
    let text = try String(contentsOf: file, encoding: .utf8)
    func check(_ more: String, mode: Int = 0o640) throws -> Program.Result {
      try (text + "\n" + more).write(to: file, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path())
      return try program.run("config", "check", file.path())
    }
    let quoted = try check("[[role]]\nrole = \"cashier\"\nusers = [\"41001\"]\n")
    #expect(quoted.exit == Sysexit.configuration.rawValue, "\(quoted.errors)")
    #expect(quoted.errors.contains("a number has no quotes: 41001"), "\(quoted.errors)")
    let unknown = try check("[[role]]\nrole = \"cashier\"\nusers = [\"nobody-of-that-name\", 41001]\n")
    #expect(unknown.exit == 0 && unknown.errors.contains("no user nobody-of-that-name"), "\(unknown.errors)")
    #expect(!unknown.output.contains("nothing wrong"))
    let hash = String(repeating: "0a", count: 16)
    let pin = "[[operator]]\nid = \"77\"\nname = \"N\"\npin = \"pbkdf2-sha256$200000$\(hash)$\(hash)\(hash)\"\n"
    #expect(try check(pin, mode: 0o644).errors.contains("chmod o-r"))
    #expect(try !check(pin).errors.contains("chmod o-r"))
  }

  @Test func statusIsATableOrOneLineOfJSON() throws {
    let program = try Program()
    defer { program.remove() }
    let box = try FakeBox(in: program.folder) { method, _ in
      switch method {
      case .systemHello: Self.hello
      case .systemStatus: TextTests.status.bytes
      default: nil
      }
    }
    defer { box.stop() }
    let human = try program.run("--socket", box.socket)
    #expect(human.exit == 0, "\(human.errors)")
    #expect(human.output.contains("journalPoisoned") && !human.output.contains("\u{1b}"))
    let json = try program.run("status", "--json", "--socket", box.socket)
    #expect(json.output == String(decoding: TextTests.status.bytes, as: UTF8.self) + "\n")
    #expect(try SystemInterface.Hello.Input(parsing: [UInt8](box.calls[0].parameters.utf8)).language == "en")
  }

  @Test func ringSendsWhatWasTypedWithAKey() throws {
    let program = try Program()
    defer { program.remove() }
    let box = try FakeBox(in: program.folder) { (method, bytes) throws(SystemError) in
      guard method != .systemHello else { return Self.hello }
      throw .approvalRequired(action: "priceOverride", limit: 100_000, asked: 999_990, amount: 300_300)
    }
    defer { box.stop() }
    let line = ["--line", "Tea,3.50,2", "--cash", "10.00", "--key", "0123456789abcdef"]
    let result = try program.run(
      "sale", "ring", "--socket", box.socket, line[0], line[1], line[2], line[3], line[4], line[5])
    #expect(result.exit == Sysexit.refused.rawValue)
    #expect(result.errors.contains("priceOverride of 99.999 %, 3003.00 in all, is more than the 10 % that go"))
    #expect(result.errors.contains("counterfoil approve priceOverride LANE-OR-SALE --amount 3003.00 --operator"))
    let input = try SaleInterface.Ring.Input(parsing: [UInt8](try #require(box.calls.last).parameters.utf8))
    #expect(
      input
        == .init(
          idempotencyKey: "0123456789abcdef",
          lines: [Wire.LineInput(name: "Tea", taxes: [], quantity: 2000, unitPrice: 350)],
          tender: Wire.TenderInput(kind: .cash, tendered: 1000)))
    _ = try program.run("sale", "void", "s1", "--reason", "left", "--socket", box.socket)
    _ = try program.run("sale", "void", "s1", "--reason", "left", "--socket", box.socket)
    let keys = try box.calls.filter { $0.method == Method.saleVoid.rawValue }.map {
      try SaleInterface.Void.Input(parsing: [UInt8]($0.parameters.utf8)).idempotencyKey
    }
    #expect(Set(keys).count == 2 && keys.allSatisfy { (16...64).contains($0.utf8.count) })
  }

  /// Who may not hears who may, who he is, and what really helps him.
  @Test(arguments: [
    (
      SystemError.permissionDenied(
        userId: 0, role: .technician, method: "io.counterfoil.Sale.Ring", setting: "[[role]]\nusers = [0]\n",
        roles: [.app, .cashier, .supervisor], operator: nil),
      [
        "Sale.Ring takes the role app, cashier or supervisor; user root (0) has the role technician", "sudo -u USER",
        "root looks after the box",
      ], ["users = [0]"]
    ),
    (
      .permissionDenied(
        userId: 65_534, role: nil, method: "io.counterfoil.Journal.Read", setting: "[[role]]\nrole = \"auditor\"\n",
        roles: [.auditor, .supervisor, .technician], operator: nil),
      [
        "Journal.Read takes the role auditor, supervisor or technician; user nobody (65534) has no role",
        "usermod -aG counterfoil-auditor nobody", "role = \"auditor\"",
      ], []
    ),
    (
      .permissionDenied(
        userId: 5, role: .cashier, method: "io.counterfoil.System.Approve", setting: "[[operator]]\nid = \"01\"\n",
        roles: [.supervisor], operator: "01"),
      ["operator 01 may not do this", "operator with the role supervisor", "--operator ID", "id = \"01\""], ["usermod"]
    ),
    (
      .noSuchStub(stub: "7", skippedBy: 2),
      ["no record of stub 7: epoch 2 began after damage", "may be genuine"], ["not of this box"]
    ),
    (
      .signInFailed(waitSeconds: 2, operator: "01", why: "wrong"),
      ["the PIN of operator 01 is wrong", "in 2 s"], ["looked at"]
    ),
    (
      .signInFailed(waitSeconds: 31, operator: "01", why: "locked"),
      ["that of operator 01 was not looked at", "wait 31 s", "doubles"], ["is wrong"]
    ),
    (
      .approvalRefused(approval: "a1", why: "used", amount: nil, approved: nil),
      ["ApprovalRefused (approval a1): the approval was used already", "--key", "counterfoil approve"], ["60 s"]
    ),
    (
      .approvalRefused(approval: "a1", why: "amount", amount: 300_297, approved: 100),
      ["100 was approved, and the call comes to 300297", "counterfoil approve", "--amount 300297"], ["60 s"]
    ),
    (
      .approvalRefused(approval: "a1", why: "unbound", amount: 100, approved: nil),
      ["names no amount", "--amount 100"], ["60 s"]
    ),
    (
      .busy(owner: "front", application: "kiosk", since: Moment.now - 9_000_000),
      ["kiosk holds front, since 20", "(2 h)"],
      ["application kiosk"]
    ),
    (
      .busy(owner: "verify", application: "", since: Moment.now - 12_600_000),
      ["somebody else has the whole journal checked", "(3 h)"], ["owner"]
    ),
  ])
  func errorsSayWhoAndWhatHelps(error: SystemError, words: [String], never: [String]) throws {
    let program = try Program()
    defer { program.remove() }
    let box = try FakeBox(in: program.folder) { (_, _) throws(SystemError) in throw error }
    defer { box.stop() }
    let call = ["call", Method.systemStatus.rawValue, "--socket", box.socket]
    let english = try program.run(call).errors
    for word in words { #expect(english.contains(word), "\(word): \(english)") }
    for word in never { #expect(!english.contains(word), "\(word): \(english)") }
    let chinese = try program.run(call, language: "zh_CN.UTF-8").errors
    for line in chinese.split(separator: "\n").dropLast() {
      if line.contains("=") || line.drop(while: { $0 == " " }).first == "[" { continue }
      #expect(line.unicodeScalars.contains { $0.value >= 0x4e00 }, "\(line)")
    }
    for word in [" has ", " takes ", " since ", " the "] { #expect(!chinese.contains(word), "\(word): \(chinese)") }
  }

  /// Who approves money says how much, before a PIN is asked for; the box hears it in minor units.
  @Test func anApprovalSaysHowMuch() throws {
    let program = try Program()
    defer { program.remove() }
    var hello = try SystemInterface.Hello.Output(parsing: Self.hello)
    hello.role = .supervisor
    let supervisor = hello.bytes
    let box = try FakeBox(in: program.folder) { method, _ in
      method == .systemHello ? supervisor : SystemInterface.Approve.Output(approval: "a1", expires: 0).bytes
    }
    defer { box.stop() }
    for action in ApprovalAction.allCases {
      let command =
        [
          "approve", action.rawValue, "s1", "--operator", "09", "--reason", "r", "--revision", "3", "--socket",
          box.socket,
        ] + (action == .decideTender ? ["--tender", "t1", "--paid"] : [])
      if action.binding == .required {
        let bare = try program.run(command)
        #expect(bare.exit == Sysexit.usage.rawValue && bare.errors.contains("--amount"), "\(action): \(bare.errors)")
      }
    }
    #expect(!box.calls.contains { $0.method == Method.systemApprove.rawValue })
    let granted = try program.run(
      [
        "approve", "priceOverride", "s1", "--operator", "09", "--reason", "r", "--revision", "3", "--amount", "1.00",
        "--socket", box.socket,
      ])
    #expect(granted.exit == 0 && granted.output.contains("priceOverride of at most 1.00"), "\(granted)")
    let sent = try SystemInterface.Approve.Input(parsing: [UInt8](try #require(box.calls.last).parameters.utf8))
    #expect(sent.amount == 100 && sent.action == "priceOverride" && sent.revision == 3)
  }

  /// A limit of money is an amount with its decimals, not a number of cents.
  @Test func aLimitOfMoneyIsAnAmount() throws {
    let program = try Program()
    defer { program.remove() }
    let box = try FakeBox(in: program.folder) { (method, _) throws(SystemError) in
      guard method == .systemHello else { throw .limitExceeded(limit: "amount", maximum: 100_000_000_005) }
      return Self.hello
    }
    defer { box.stop() }
    let result = try program.run("sale", "ring", "--line", "Tea,1.00", "--socket", box.socket)
    #expect(result.errors.contains("larger than any may be: at most 1000000000.05"), "\(result.errors)")
    #expect(!result.errors.contains("100000000005"), "\(result.errors)")
  }

  /// Slips of a newcomer: each is named for what it is.
  @Test func slipsAreNamed() throws {
    let program = try Program()
    defer { program.remove() }
    let box = try FakeBox(in: program.folder) { method, _ in method == .systemHello ? Self.hello : nil }
    defer { box.stop() }
    for (command, words) in [
      (["sale", "ring", "--line", "Tea,,2"], "\"\" is no amount in EUR"),
      (["sale", "list", "--limit", "0"], "--limit is 1 to 1000"),
      (["watch", "--topic", "sales"], "there are: sale, "),
      (["sale", "list", "--state", "done"], "there are: open, "),
      (["sale", "deliver", "1", "--document", "bill"], "there are: receipt, "),
    ] {
      let result = try program.run(command + ["--socket", box.socket])
      #expect(result.exit == Sysexit.usage.rawValue && result.errors.contains(words), "\(result.errors)")
    }
    let file = program.folder.appending(path: "file")
    try Data().write(to: file)
    let config = ["--config", program.folder.path() + "/box.toml"]
    _ = try program.run(
      ["init", "--shop", "north", "--till", "1", "--state", program.folder.path()] + config)
    let journal = program.folder.path() + "/journal"
    let copied = try program.run(["journal", "copy", "--journal", journal, "--to", file.path() + "/copy"])
    #expect(copied.exit == Sysexit.inputOutput.rawValue && copied.errors.contains("Not a directory"), "\(copied)")
    let none = try program.run(["journal", "show", "--journal", journal, "--kind", "dayClosed"])
    #expect(none.exit == 0 && none.errors.contains("no such entries"), "\(none)")
    let typo = try program.run(["journal", "show", "--journal", journal, "--kind", "genesis", "--kind", "sale"])
    #expect(
      typo.exit == Sysexit.usage.rawValue && typo.errors.contains("no kind sale; there are: genesis, "), "\(typo)")
    let part = try program.run([
      "journal", "show", "--journal", journal, "--kind", "stubSealedPart", "--kind", "genesis",
    ])
    #expect(part.exit == 0 && part.output.contains("genesis"), "\(part)")
    let missing = try program.run(["journal", "verify", "--journal", "/nowhere"], language: "zh_CN.UTF-8")
    #expect(missing.errors.hasPrefix("counterfoil: 文件夹中没有账本\n"), "\(missing.errors)")
  }

  /// What could mean nineteen or 0.19 never reaches the box.
  @Test(arguments: [
    ["shift", "close", "s1", "--cash", "19"], ["shift", "close", "s1", "--cash", "19.00", "--leave", "5"],
    ["shift", "open", "--operator", "01", "--cash", "500"], ["shift", "cash", "s1", "--out", "30", "--reason", "milk"],
    ["sale", "ring", "--line", "Tea,350"], ["sale", "ring", "--line", "Tea,3.50", "--cash", "10"],
  ])
  func wholeAmountsAreNotSent(command: [String]) throws {
    let program = try Program()
    defer { program.remove() }
    let box = try FakeBox(in: program.folder) { method, _ in method == .systemHello ? Self.hello : nil }
    defer { box.stop() }
    let result = try program.run(command + ["--socket", box.socket])
    #expect(result.exit == Sysexit.usage.rawValue, "\(result.errors)")
    #expect(result.errors.contains("ambiguous") && result.errors.contains("EUR"))
    #expect(box.calls.map(\.method) == [Method.systemHello.rawValue])
  }

  @Test(arguments: [
    (
      SystemError.permissionDenied(userId: 5, role: nil, method: "m", setting: "[[role]]", roles: [], operator: nil),
      Sysexit.permission
    ),
    (.busy(owner: "lane-1", application: "kiosk", since: 0), .temporary),
    (.notSelling(mode: .reading, reasons: [.journalFull]), .temporary), (.internal(code: "x"), .software),
    (.refused(rule: "personalData", text: "no"), .refused), (.archived(epoch: 0, sequence: 3), .inputOutput),
  ])
  func errorsHaveTheirExitCode(error: SystemError, exit: Sysexit) throws {
    let program = try Program()
    defer { program.remove() }
    let box = try FakeBox(in: program.folder) { (_, _) throws(SystemError) in throw error }
    defer { box.stop() }
    let result = try program.run("call", Method.systemStatus.rawValue, "--json", "--socket", box.socket)
    #expect(result.exit == exit.rawValue)
    let json = try JSON(parsing: result.output.trimmingCharacters(in: .newlines))
    #expect(json["error"]?.string == error.name)
    #expect(json["parameters"]?.object != nil)
  }

  @Test func introspectionComesFromTheService() throws {
    let program = try Program()
    defer { program.remove() }
    let box = try FakeBox(in: program.folder) { _, _ in nil }
    defer { box.stop() }
    let names = try program.run("introspect", "--socket", "unix:" + box.socket)
    #expect(
      names.output.split(separator: "\n").map(String.init) == ["org.varlink.service"] + InterfaceText.all.map(\.name))
    let text = try program.run("introspect", "io.counterfoil.Sale", "--socket", box.socket)
    #expect(text.output == InterfaceText.sale)
    let missing = try program.run("call", "io.counterfoil.Sale.Ring", "--socket", box.socket)
    #expect(missing.exit == Sysexit.unavailable.rawValue)
    #expect(try program.run("call", "x", "[]", "--socket", box.socket).exit == Sysexit.usage.rawValue)
  }

  @Test func aJournalIsMadeOnceAndReadWithoutADaemon() throws {
    let program = try Program()
    defer { program.remove() }
    let state = program.folder.path()
    let config = ["--config", state + "/box.toml"]
    let none = try program.run("init", config[0], config[1])
    #expect(none.exit == Sysexit.usage.rawValue && none.errors.contains("--shop"))
    let made = try program.run(
      "init", config[0], config[1], "--shop", "north", "--till", "1", "--state", state, "--json")
    #expect(made.exit == 0, "\(made.output)\(made.errors)")
    let id = try #require(try JSON(parsing: made.output.trimmingCharacters(in: .newlines))["journal"]?.string)
    let key = try FileManager.default.attributesOfItem(atPath: state + "/keys/journal.key")
    #expect((key[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    let segment = state + "/journal/00000000000000000000.seg"
    let before = try Data(contentsOf: URL(filePath: segment))
    let again = try program.run("init", config[0], config[1])
    #expect(again.exit == Sysexit.configuration.rawValue)
    #expect(try Data(contentsOf: URL(filePath: segment)) == before)

    let folder = ["--journal", state + "/journal"]
    let head = try program.run("journal", "head", "--json", folder[0], folder[1])
    #expect(try JSON(parsing: head.output.trimmingCharacters(in: .newlines))["head"]?["journal"]?.string == id)
    #expect(try program.run("journal", "verify", folder[0], folder[1]).exit == 0)
    let shown = try program.run("journal", "show", "--json", folder[0], folder[1])
    #expect(try JSON(parsing: shown.output.trimmingCharacters(in: .newlines))["kind"]?.string == "genesis")
    let copied = try program.run("journal", "copy", "--to", state + "/copy", folder[0], folder[1])
    #expect(copied.exit == 0, "\(copied.errors)")
    #expect(try program.run("journal", "verify", "--journal", state + "/copy").exit == 0)

    var bytes = before
    let place = try #require(bytes.firstRange(of: Data("genesis".utf8)))
    bytes[place.lowerBound] ^= 1
    try bytes.write(to: URL(filePath: segment))
    let bad = try program.run("journal", "verify", folder[0], folder[1])
    #expect(bad.exit == Sysexit.inputOutput.rawValue)
    #expect(bad.errors.contains("offset 4096"), "\(bad.errors)")
    #expect(try program.run("journal", "verify", "--journal", state).exit == Sysexit.inputOutput.rawValue)
  }

  @Test func explainAnswersInBothLanguages() throws {
    let program = try Program()
    defer { program.remove() }
    #expect(try program.run("explain", "NoSuchSale").output.contains("cause"))
    #expect(try program.run("explain", "NoSuchSale", language: "zh_CN.UTF-8").output.contains("原因"))
    let json = try program.run("explain", "NoSuchSale", "--json").output
    #expect(try JSON(parsing: json.trimmingCharacters(in: .newlines))["cause"]?["zh"]?.string?.isEmpty == false)
    let unknown = try program.run("explain", "paper")
    #expect(unknown.exit == Sysexit.usage.rawValue && unknown.errors.contains("paperOut"))
  }
}
