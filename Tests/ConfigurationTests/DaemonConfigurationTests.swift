import Foundation
import Configuration
import Devices
import Testing

/// `counterfoil.toml`: the shipped file, defaults, and what each mistake is told as.
struct DaemonConfigurationTests {
  /// The least that is a configuration; the line numbers below count on it.
  static let least = """
    [shop]
    name = "店"
    shop = "s1"
    till = "t1"
    [[lane]]
    name = "lane-1"

    """

  @Test func shippedFileIsRight() throws {
    let configuration = try DaemonConfiguration(path: Tree.path("packaging/counterfoil.toml"))
    #expect(configuration.shop.till == "till-1")
    #expect(configuration.lanes.first?.printer == "front")
    #expect(configuration.printers.first?.address == .tcp(host: "192.168.1.87", port: 9100))
    #expect(configuration.printers.first?.id?.description == "posPrinter:tcp:192.168.1.87:9100")
    #expect(configuration.tax.rates.map(\.millionths) == [130_000, 90_000])
    #expect(configuration.limits.cashOut == 50_000)
    #expect(configuration.roles.count == 4)
    let profiles = try ProfileLibrary.load(folder: Tree.path("hardware-profiles"))
    try configuration.check(profiles: profiles, file: "counterfoil.toml")
  }

  /// Every key that the shipped file shows in a comment is a real one.
  @Test func commentedKeysAreRight() throws {
    var text = try Tree.text("packaging/counterfoil.toml")
    let keys = ["step", "drawer_contact", "idle_close_seconds", "presence", "foreign_return_total"]
    for key in keys { text = text.replacing("# \(key) =", with: "\(key) =") }
    for table in ["scanner", "provider", "in_store_code", "operator", "trusted_box"] {
      text = text.replacing("# [[\(table)]]", with: "[[\(table)]]")
    }
    for key in [
      "name", "address", "profile", "prefix", "suffix", "gap_ms", "max_length", "aim", "pattern", "meaning", "id",
      "role", "key",
    ] {
      text = text.replacing("\n# \(key) =", with: "\n\(key) =")
    }
    let pin = "pbkdf2-sha256$200000$" + String(repeating: "ab", count: 16) + "$" + String(repeating: "cd", count: 32)
    text = text.replacing("# pin = \"pbkdf2-sha256$200000$<salt>$<hash>\"", with: "pin = \"\(pin)\"")
    let configuration = try DaemonConfiguration(text: text, file: "x.toml")
    #expect(configuration.scanners.first?.profile.suffix == .cr)
    #expect(configuration.scanners.first?.hardware == "honeywell-serial")
    #expect(configuration.printers.first?.drawerContact == .openIsHigh)
    #expect(configuration.operators.first?.pin?.text == pin)
    #expect(configuration.cashStep == 10)
    #expect(configuration.inStoreCodes.first?.pattern == "21.....NNDDD")
    #expect(configuration.trustedBoxes.map(\.name) == ["till-2"])
    #expect(configuration.limits.foreignReturnTotal == 20_000)
    #expect(configuration.providers.first?.path == "/run/counterfoil-pay/wallet")
  }

  @Test func defaults() throws {
    let configuration = try DaemonConfiguration(text: Self.least, file: "x.toml")
    #expect(configuration.shop.currency == "CNY")
    #expect(configuration.storage.segmentMebibytes == 16)
    #expect(configuration.control.socket == "/run/counterfoil/control")
    #expect(configuration.limits == LimitConfiguration())
    #expect(configuration.lanes.count == 1)
    #expect(configuration.service.statusSlip)
    let silent = try DaemonConfiguration(text: Self.least + "[service]\nstatus_slip = false\n", file: "x.toml")
    #expect(!silent.service.statusSlip)
  }

  /// What is added to the least configuration, and what must be said about it.
  static let mistakes: [(String, String)] = [
    ("[shpo]\n", "x.toml:7: shpo: unknown field; did you mean \"shop\"?"),
    ("[storage]\njournl = \"/x\"\n", "x.toml:8: storage.journl: unknown field; did you mean \"journal\"?"),
    ("[storage]\njournal = \"x\"\n", "x.toml:8: storage.journal: \"x\" must be an absolute path"),
    ("[storage]\nsegment_mib = 4\n", "x.toml:8: storage.segment_mib: 4 is not between 8 and 1024"),
    ("[storage]\nsegment_mib = 16.5\n", "x.toml:8: storage.segment_mib: is a fraction, must be a whole number"),
    ("[service]\nstatus_slp = false\n", "x.toml:8: service.status_slp: unknown field; did you mean \"status_slip\"?"),
    ("[service]\nstatus_slip = \"no\"\n", "x.toml:8: service.status_slip: is a text, must be true or false"),
    ("[cash]\nstep = true\n", "x.toml:8: cash.step: is true or false, must be a whole number"),
    (
      "[tax]\nrounding = \"per-lin\"\n",
      "x.toml:8: tax.rounding: \"per-lin\" is none of \"per-line\", \"per-total\", \"per-sale\"; did you mean \"per-line\"?"
    ),
    (
      "[[tax.rate]]\ncode = \"A\"\nrate = \"13\"\n",
      "x.toml:9: tax.rate[0].rate: \"13\" is no percentage such as \"13%\" or \"6.5%\" (at most four decimals, 0 to 100)"
    ),
    ("[[printer]]\nname = \"p\"\nprofile = \"g\"\n", "x.toml:7: printer[0].address: is missing"),
    (
      "[[printer]]\nname = \"p\"\nprofile = \"g\"\naddress = \"tcp://printer.local\"\n",
      "x.toml:10: printer[0].address: \"tcp://printer.local\" is none; examples: \"tcp://192.168.1.87:9100\" "
        + "(numbers, no names), \"serial:/dev/counterfoil/scanner-1?speed=9600\""
    ),
    (
      "[[scanner]]\nname = \"s\"\naddress = \"tcp://1.2.3.4\"\n",
      "x.toml:9: scanner[0].address: a scanner needs a serial address"
    ),
    ("[[lane]]\nname = \"lane-1\"\n", "x.toml:8: lane[1].name: \"lane-1\" is there twice"),
    ("[[lane]]\nname = \"b\"\nprinter = \"frnt\"\n", "x.toml:9: lane[1].printer: there is no printer \"frnt\""),
    (
      "[[trusted_box]]\nname = \"b\"\nkey = \"k\"\n",
      "x.toml: limits.foreign_return_total: is needed with [[trusted_box]]: what one sale may give back on a proof alone; "
        + "0: each needs an approval, too"
    ),
    ("[[trusted_box]]\nname = \"b\"\n", "x.toml:7: trusted_box[0].key: is missing"),
    ("[[role]]\nrole = \"cashier\"\n", "x.toml:7: role[0].users: no users and no groups"),
    (
      "[[role]]\nusers = [-1]\n",
      "x.toml:8: role[0].users[0]: must be a name or a number of the system's users or groups"
    ),
    (
      "[[role]]\nusers = [\"41001\"]\n", "x.toml:8: role[0].users[0]: a number has no quotes: 41001"
    ),
    (
      "[[operator]]\nid = \"1\"\nname = \"n\"\npin = \"1234\"\n",
      "x.toml:10: operator[0].pin: must be \"pbkdf2-sha256$iterations$salt$hash\" as `counterfoil pin` prints it"
    ),
  ]

  @Test(arguments: mistakes)
  func mistakesAreNamed(_ addition: String, _ message: String) {
    #expect {
      try DaemonConfiguration(text: Self.least + addition, file: "x.toml")
    } throws: { error in
      let lines = (error as? ConfigurationError)?.problems.map(\.description) ?? []
      if !lines.contains(message) { print(lines) }
      return lines.contains(message)
    }
  }

  /// All mistakes of a file come at once.
  @Test func allAtOnce() throws {
    let text = "[shop]\nname = 1\ntill = \"\"\ncurrency = \"yuan\"\n[storage]\nx = 1\n"
    let error = try #require(throws: ConfigurationError.self) { try DaemonConfiguration(text: text, file: "x.toml") }
    let fields = error.problems.map(\.field)
    for field in ["shop.name", "shop.shop", "shop.till", "shop.currency", "storage.x", "lane"] {
      #expect(fields.contains(field), "\(field)")
    }
  }

  @Test(arguments: [
    "[shop", "a = 1\na = 2", "a = \u{0}", "=", "[\u{8}a]", "[[ !a]]", "\u{FEFF}[\u{4E2D}]", "[", "[.a]", "[a.]",
    "[a.!]", "[a]\n[a]",
  ])
  func noTOML(_ text: String) {
    #expect(throws: ConfigurationError.self) { try DaemonConfiguration(text: text, file: "x.toml") }
  }

  @Test func parserSaysTheLine() throws {
    let error = try #require(throws: ConfigurationError.self) {
      try DaemonConfiguration(text: "a = 1\nb = \n", file: "x.toml")
    }
    #expect(error.problems.first?.line == 2)
  }

  @Test func deepNestingIsRefused() {
    for depth in [20, 200, 5000] {
      let text = "a = " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      #expect(throws: ConfigurationError.self) { try DaemonConfiguration(text: text, file: "x.toml") }
    }
  }

  @Test func missingFile() {
    #expect(throws: ConfigurationError.self) { try DaemonConfiguration(path: "/nonexistent/counterfoil.toml") }
  }

  /// Any text is read or refused: mutations of the shipped files.
  @Test func anyTextIsReadOrRefused() throws {
    let seeds = [
      try Tree.text("packaging/counterfoil.toml"), try Tree.text("hardware-profiles/generic-gbk-80.toml"), Self.least,
    ].map { Array($0.utf8) }
    let rounds = ProcessInfo.processInfo.environment["COUNTERFOIL_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 500
    var random = SplitMix(seed: 0xC0F1)
    for round in 0..<rounds {
      var bytes = seeds[round % seeds.count]
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(Array("[]{}=\"'\n.,#".utf8).randomElement(using: &random) ?? 0, at: place)
        case 3: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...40, using: &random)))
        default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 30)], at: place)
        }
        if bytes.isEmpty { bytes = [0x20] }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      do throws(ConfigurationError) {
        _ = try DaemonConfiguration(text: text, file: "x.toml")
      } catch {
        #expect(!error.problems.isEmpty)
      }
      do throws(ConfigurationError) {
        _ = try PrinterProfile(text: text, name: "x", file: "x.toml")
      } catch {
        #expect(!error.problems.isEmpty)
      }
    }
  }
}
