import Foundation
import Interfaces
import JSON
import Testing
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
      throw .approvalRequired(action: "priceOverride", limit: nil, asked: 350)
    }
    defer { box.stop() }
    let line = ["--line", "Tea,3.50,2", "--cash", "10.00", "--key", "0123456789abcdef"]
    let result = try program.run(
      "sale", "ring", "--socket", box.socket, line[0], line[1], line[2], line[3], line[4], line[5])
    #expect(result.exit == Sysexit.refused.rawValue)
    #expect(result.errors.contains("ApprovalRequired") && result.errors.contains("priceOverride"))
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
    (SystemError.permissionDenied(userId: 5, role: nil, method: "m", setting: "[[role]]"), Sysexit.permission),
    (.busy(owner: "lane-1", application: "kiosk", since: 0), .temporary),
    (.notSelling(mode: .reading, reasons: [.journalFull]), .temporary), (.internal(code: "x"), .software),
    (.refused(rule: "personalData", text: "no"), .refused), (.archived(epoch: 0, sequence: 3), .unavailable),
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
    #expect(try program.run("journal", "verify", "--journal", state).exit == Sysexit.configuration.rawValue)
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
