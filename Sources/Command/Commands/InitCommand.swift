import ArgumentParser
import Configuration
import Glibc
import Journal
import Records
import Till

struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Makes the journal and its key, once. Never overwrites anything.",
    discussion: """
      Shop, till, currency and time zone go into the first record and cannot change later. They come from the
      configuration file; when there is none, a first one is written from the options, or from what a person answers.
      Run by root, everything goes to the user `counterfoil`, if there is one.
      EXAMPLES
        sudo counterfoil init
        sudo counterfoil init --name "North Shop" --shop north --till 1 --currency EUR --time-zone Europe/Berlin
        counterfoil init --config ./counterfoil.toml --json
        counterfoil init --config ./try.toml --shop s --till 1 --state "$PWD/try"    a box to try things on, socket and all
        counterfoil init --first-boot          what a new box does by itself
      A journal of which nothing can be read any more, and no copy: move its folder away, as evidence, and begin again above
      every number that may be on paper:
        sudo counterfoil init --numbers-from 20000 --reason "disk lost; the last receipt seen is 18211"
      """)
  @Option(help: ArgumentHelp("Configuration of the box.", valueName: "file"))
  var config = Connection.standardConfiguration
  @Option(help: "Printed name of the shop, for a first configuration.") var name: String?
  @Option(help: "Identifier of the shop within the business, for a first configuration.") var shop: String?
  @Option(help: "Identifier of the till within the shop, for a first configuration.") var till: String?
  @Option(help: "ISO 4217 code, for a first configuration; default CNY.") var currency: String?
  @Option(help: "Name in the time zone database, for a first configuration; default Asia/Shanghai.")
  var timeZone: String?
  @Option(
    help: ArgumentHelp(
      "Where to keep journal and index, for a first configuration; with another --config the socket, too.",
      valueName: "folder"))
  var state: String?
  @Option(help: "User the daemon runs as; default counterfoil when run by root.") var user: String?
  @Flag(help: "Asks nothing: what is not given comes from the machine. With a journal there is nothing to do.")
  var firstBoot = false
  @Option(
    help: ArgumentHelp(
      "First receipt number, after a journal that is lost; above every number that was given out.", valueName: "number")
  )
  var numbersFrom: Int64?
  @Option(help: "Why --numbers-from, at most 200 bytes; stays in the journal.") var reason: String?
  @Flag(help: "Output for programs.") var json = false

  func validate() throws {
    guard (numbersFrom == nil) == (reason == nil) else {
      throw ValidationError(text("--numbers-from and --reason go together", "--numbers-from 和 --reason 要一起给出"))
    }
    if firstBoot, numbersFrom != nil {
      throw ValidationError(text("--first-boot takes no --numbers-from", "--first-boot 不能与 --numbers-from 同用"))
    }
    if let numbersFrom, !(2...Limits.amount).contains(numbersFrom) {
      throw ValidationError(text("--numbers-from is a number from 2 on", "--numbers-from 必须不小于 2"))
    }
    if let reason {
      do { try Till.check(epochReason: reason) } catch {
        throw ValidationError(text("--reason: \(error)", "--reason：\(error)"))
      }
    }
  }

  func run() throws {
    let configuration = try configuration()
    let owner = try Folders.owner(user)
    let folder = configuration.storage.journal
    if firstBoot, access(folder, F_OK) == 0 { return }
    try ConfigurationCheck.zone(configuration.shop.timeZone)
    let keys = Folders.parent(of: folder) + "/keys"
    let before = Traces(journal: folder, key: keys + "/journal.key", index: configuration.storage.index)
    // Above all its numbers, the journal that left them may be lost.
    if numbersFrom == nil, let trace = before.ofLostJournal() { throw Self.journalGone(folder, trace) }
    let made = try Folders.make(folder, mode: 0o700) + Folders.make(keys, mode: 0o700)
    let key = try KeyFile.load(orMake: keys + "/journal.key")
    try Folders.synchronize(keys)
    let birth = JournalBirth(
      configuration: configuration, key: key, numberGap: numbersFrom.map { $0 - 1 }, reason: reason)
    let id = try birth.create(in: folder)
    if let owner { try Folders.give(made + [folder, keys], to: owner) }
    show(id: id, folder: folder, vkey: birth.verifier?.vkey ?? "")
  }

  // MARK: Inside

  /// The configuration as it is, or a first one.
  private func configuration() throws -> DaemonConfiguration {
    if access(config, F_OK) != 0, errno == ENOENT {
      let answers = try answers()
      try ConfigurationCheck.zone(answers.timeZone)
      try StarterConfiguration(answers: answers).write(to: config, group: Folders.owner(user)?.pw_gid)
      if !json { Terminal.writeLine(text("wrote \(config); look it over", "已写入 \(config)，请检查")) }
      if !json, isElsewhere, answers.state == nil {
        Terminal.writeLine(
          text(
            "it keeps journal and index in the standard folder; another one: --state FOLDER",
            "账本和索引放在标准目录；要放别处：--state 目录"))
      }
    } else if let given = [
      ("--name", name), ("--shop", shop), ("--till", till), ("--currency", currency), ("--time-zone", timeZone),
      ("--state", state),
    ].first(where: { $0.1 != nil })?.0 {
      throw Failure.usage(
        text(
          "\(config) is there and decides; leave \(given) out or change the file",
          "\(config) 已存在并以它为准；请去掉 \(given) 或修改文件"))
    }
    do { return try DaemonConfiguration(path: config) } catch {
      throw Failure("configuration", "\(error)", exit: .configuration)
    }
  }

  private func answers() throws -> StarterConfiguration.Answers {
    if firstBoot {
      let machine = try Machine.identifier()
      return .init(
        name: name ?? "Counterfoil", shop: shop ?? "shop", till: till ?? "till-\(machine)",
        currency: currency ?? "CNY", timeZone: timeZone ?? Machine.timeZone ?? "Asia/Shanghai", state: state,
        maker: isElsewhere ? geteuid() : nil)
    }
    func need(_ given: String?, _ option: String, _ question: String) throws -> String {
      if let given { return given }
      if let answer = json ? nil : Terminal.ask(question + ": "), !answer.isEmpty { return answer }
      throw Failure.usage(
        text("\(config) is not there: give \(option)", "\(config) 不存在：请给出 \(option)"))
    }
    func ask(_ given: String?, _ question: String, _ standard: String) -> String {
      if let given { return given }
      let answer = json ? nil : Terminal.ask("\(question) [\(standard)]: ")
      return answer.flatMap { $0.isEmpty ? nil : $0 } ?? standard
    }
    let shop = try need(shop, "--shop", text("identifier of the shop", "门店编号"))
    return .init(
      name: ask(name, text("name on the receipt", "小票上的店名"), shop), shop: shop,
      till: try need(till, "--till", text("identifier of the till", "收银机编号")),
      currency: ask(currency, text("currency, ISO 4217", "货币（ISO 4217）"), "CNY"),
      timeZone: ask(timeZone, text("time zone", "时区"), "Asia/Shanghai"), state: state,
      maker: isElsewhere ? geteuid() : nil)
  }

  private func show(id: String, folder: String, vkey: String) {
    guard !json else {
      Terminal.writeLine(#"{"epoch":0,"journal":"\#(id)","key":"\#(vkey)"}"#)
      return
    }
    Terminal.writeLine("\(text("journal", "账本")) \(id)  \(folder)")
    Terminal.writeLine(text("keep the public key away from this box:", "请把公钥保存在别处："))
    Terminal.writeLine("  \(vkey)")
    // The service reads the standard file and no other.
    guard isElsewhere else {
      Terminal.writeLine(
        text(
          "next: systemctl start counterfoild, then: counterfoil", "下一步：systemctl start counterfoild，然后：counterfoil"))
      return
    }
    Terminal.writeLine(
      text(
        "next: counterfoild --config \(config), then: counterfoil --config \(config)",
        "下一步：counterfoild --config \(config)，然后：counterfoil --config \(config)"))
    Terminal.writeLine(
      text(
        "the service counterfoild reads \(Connection.standardConfiguration) and not this file",
        "counterfoild 服务读取 \(Connection.standardConfiguration)，不读取这个文件"))
  }

  private var isElsewhere: Bool { config != Connection.standardConfiguration }

  /// A second journal beside the traces of the first would give the same numbers twice.
  private static func journalGone(_ folder: String, _ trace: String) -> Failure {
    Failure(
      "journalGone",
      text("no journal in \(folder), but this box had one: \(trace)", "\(folder) 中没有账本，但本机有过账本：\(trace)"),
      advice: [
        text("is its disk mounted? findmnt; else restore the journal from a copy", "磁盘挂载了吗？findmnt；否则从副本恢复账本"),
        text(
          "only to begin a new box: move the folders of key and index away first",
          "只有新启用一台机器时：先移走密钥和索引的文件夹"),
        text(
          "lost for good, and no copy: counterfoil init --numbers-from NUMBER --reason WHY",
          "彻底丢失且没有副本：counterfoil init --numbers-from 号码 --reason 原因"),
      ], exit: .configuration)
  }
}

/// What tells this machine from others, and where it stands.
enum Machine {
  /// Eight hex digits made from /etc/machine-id, which itself should stay private (machine-id(5)).
  static func identifier() throws -> String {
    let path = "/etc/machine-id"
    guard let text = firstLine(of: path), !text.isEmpty else {
      throw Failure("configuration", text("\(path) is missing", "缺少 \(path)"), exit: .configuration)
    }
    return String(SHA256.hash(Array("counterfoil \(text)".utf8)).hex.prefix(8))
  }

  /// The system's time zone by name; nil: not set.
  static var timeZone: String? {
    var buffer = [CChar](repeating: 0, count: 256)
    let count = readlink("/etc/localtime", &buffer, buffer.count - 1)
    guard count > 0 else { return nil }
    let path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let parts = path.split(separator: "/")
    guard let root = parts.firstIndex(of: "zoneinfo"), root + 1 < parts.endIndex else { return nil }
    return parts[(root + 1)...].joined(separator: "/")
  }
}

/// The first record of a journal and what it needs.
struct JournalBirth {
  let configuration: DaemonConfiguration
  let key: Ed25519PrivateKey
  /// Numbers that a lost journal may have given out, and what became of it.
  var numberGap: Int64?
  var reason: String?

  private var origin: String { "\(configuration.shop.shop)/\(configuration.shop.till)" }
  /// The public key with its name.
  var verifier: NoteVerifier? { try? NoteVerifier(name: origin, publicKey: key.publicKey) }

  /// Creates the journal and its spares; answers its id in hex.
  func create(in folder: String) throws -> String {
    var id = [UInt8](repeating: 0, count: 16)
    id.withUnsafeMutableBytes { systemRandom($0) }
    var options = JournalOptions()
    options.segmentSize = UInt64(configuration.storage.segmentMebibytes) << 20
    do {
      let files = try OfflineJournal.files(folder)
      _ = try JournalCore.create(
        files, genesis: try genesis(Hex.encode(id)), identity: JournalIdentity(journalID: id, epoch: 0),
        options: options, signer: try NoteSigner(name: origin, key: key), random: systemRandom, now: Self.reading)
      try Spares.prepare(files, options: options)
    } catch let error as JournalError {
      throw Failure(error)
    } catch let error as ProofError {
      throw Failure("configuration", "\(error)", exit: .configuration)
    }
    return Hex.encode(id)
  }

  private func genesis(_ id: String) throws -> PendingEntry {
    let genesis = Genesis(
      journal: id, epoch: 0, origin: origin, currency: configuration.shop.currency,
      timeZone: configuration.shop.timeZone, publicKey: Hex.encode(key.publicKey.bytes),
      software: "counterfoil \(Product.version)", format: "0.0", numberGap: numberGap, reason: reason)
    guard let day = BusinessDay(Moment.day(Moment.now)) else {
      throw Failure(
        ErrorTable.system + "ClockDoubtful", text("the clock is before 2000", "时钟早于 2000 年"),
        advice: ["timedatectl"], exit: .configuration)
    }
    let stamp = Stamp(at: Moment.now, offsetMinutes: 0, timeTrusted: false, businessDay: day, verifiedBy: .nobody)
    do {
      let entries = try RecordCodec.encode(
        Record(stamp: stamp, fact: .genesis(genesis)), hash: { SHA256.hash($0).hex })
      guard entries.count == 1, let entry = entries.first else {
        throw Failure("configuration", text("the first record is too long", "第一条记录太长"), exit: .configuration)
      }
      return PendingEntry(recordClass: .genesis, body: entry.body)
    } catch let error as RecordsError {
      throw Failure("configuration", "\(error)", exit: .configuration)
    }
  }

  private static var reading: Reading {
    Reading(
      wallMilliseconds: Moment.now, bootNanoseconds: Moment.nanoseconds(CLOCK_BOOTTIME),
      monotonicNanoseconds: Moment.nanoseconds(CLOCK_MONOTONIC), trusted: false)
  }
}
