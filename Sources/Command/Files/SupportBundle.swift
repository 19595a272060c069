import Configuration
import Glibc
import Interfaces
import JSON
import Journal

/// What somebody needs who helps from afar, and nothing that must stay in the shop.
///
/// Two nets: each part takes only fields that it knows to be harmless, or lines of which it removes what looks like a
/// secret; and what is known to be secret or personal on this box is removed from every part.
struct SupportBundle {
  struct File {
    let name: String
    let bytes: [UInt8]
  }

  struct Missing {
    let name: String
    let why: String
  }

  let connection: Connection
  let configuration: DaemonConfiguration?
  let keepsItemNames: Bool
  private(set) var files: [File] = []
  private(set) var missing: [Missing] = []
  /// False: the journal could not be read, so that nobody knew which names to look for in the log.
  private(set) var knowsNames = true
  private var redaction = Redaction(words: [])

  init(connection: Connection, configuration: DaemonConfiguration?, keepsItemNames: Bool) {
    self.connection = connection
    self.configuration = configuration
    self.keepsItemNames = keepsItemNames
  }

  static func leftOut(keepsItemNames: Bool) -> Bilingual {
    Bilingual(
      "PINs and their hashes, keys, payment codes, phone and card numbers, customers, people's names, "
        + (keepsItemNames ? "" : "names of goods, ") + "records of the journal, print jobs, the environment",
      "PIN 及其哈希、密钥、付款码、电话和卡号、顾客、人员姓名、" + (keepsItemNames ? "" : "商品名、") + "账本记录、打印任务、环境变量")
  }

  static let unknownNames = Bilingual(
    "The journal could not be read, so names of people and goods were not looked for in log.txt: read it first.",
    "读不到账本，因此没有在 log.txt 中查找人名和商品名：请先自己看一遍。")

  private static let lines = "3000"
  private static let longestLog = 4 << 20
  private static let patience: UInt64 = 20

  mutating func collect() {
    redaction = Redaction(words: knownWords())
    add("versions.txt", versions())
    daemon()
    configurationText()
    journal()
    log("log.txt", ["journalctl", "--no-pager", "-o", "short-iso", "-n", Self.lines, "-u", "counterfoild"])
    kernel()
    add("disks.txt", DiskText.text(paths()))
    var contents = "Held:\n" + files.map { "  \($0.name)  \($0.bytes.count)\n" }.joined()
    contents += "Not available:\n" + missing.map { "  \($0.name): \($0.why)\n" }.joined()
    contents += "Left out on purpose:\n  \(Self.leftOut(keepsItemNames: keepsItemNames).english)\n"
    if !knowsNames { contents += Self.unknownNames.english + "\n" }
    contents += "What was removed inside a file reads \(Redaction.mark).\n"
    add("contents.txt", contents)
  }

  // MARK: - parts

  /// A part whose every field is known.
  private mutating func add(_ name: String, _ text: String) {
    files.append(File(name: name, bytes: Array(redaction.withoutWords(text).utf8)))
  }

  /// A part that anybody may have written into.
  private mutating func addClean(_ name: String, _ text: String) {
    files.append(File(name: name, bytes: Array(redaction.clean(text).utf8)))
  }

  private mutating func lacks(_ name: String, _ error: any Error) {
    let why = (error as? Failure).map { "\($0.code): \($0.message)" } ?? "\(error)"
    missing.append(Missing(name: name, why: redaction.clean(why)))
  }

  private func versions() -> String {
    var text = "counterfoil \(Product.version)\ntime \(Moment.text(Moment.now))\n"
    for line in ["/proc/version", "/proc/uptime", "/proc/loadavg"] { text += (firstLine(of: line) ?? "?") + "\n" }
    for (words, limit) in [
      (["uname", "-srm"], 200), (["cat", "/etc/os-release"], 2_000), (["dpkg-query", "-W", "counterfoil"], 200),
      (
        [
          "systemctl", "show", "counterfoild", "-p",
          "LoadState,ActiveState,SubState,Result,NRestarts,ExecMainStatus,ActiveEnterTimestamp,MemoryCurrent",
        ], 2_000
      ),
    ] {
      guard let output = OtherProgram.run(words, atMost: limit, seconds: Self.patience), output.code == 0 else {
        continue
      }
      text += String(decoding: output.bytes, as: UTF8.self)
    }
    return redaction.clean(text)
  }

  private mutating func daemon() {
    for (name, method, parameters) in [
      ("status.json", SystemInterface.Status.method.rawValue, "{}"),
      ("devices.json", DeviceInterface.List.method.rawValue, #"{"all":true}"#),
    ] {
      do {
        var session = try connection.open(greeting: false)
        let reply = try JSON(parsing: session.call(method, Array(parameters.utf8)))
        add(name, HarmlessJSON(redaction).text(reply) + "\n")
      } catch { lacks(name, error) }
    }
  }

  private mutating func configurationText() {
    do {
      let bytes = try SmallFile.read(connection.config, atMost: Self.longestLog)
      let found: (root: [String: TOMLNode], lines: [String: Int])
      do { found = try TOMLParser.parse(String(decoding: bytes, as: UTF8.self)) } catch {
        throw Failure("configuration", "no TOML: line \(error.line)", exit: .configuration)
      }
      addClean("configuration.txt", HarmlessConfiguration.text(found.root))
    } catch { lacks("configuration.txt", error) }
  }

  private mutating func journal() {
    do {
      let (head, verified) = try journalEnd()
      add(
        "journal.txt",
        """
        journal \(head.journal)
        epoch \(head.epoch)
        sequence \(head.sequence)
        chain \(head.chain)
        root \(head.root)
        verify \(verified.good ? "good" : "BAD"): \(redaction.clean(verified.text))

        """)
    } catch { lacks("journal.txt", error) }
    add("files.txt", DiskText.listing(paths()))
    tail()
  }

  /// As the daemon says, else as the folder does.
  private func journalEnd() throws -> (Wire.JournalHead, JournalInterface.Verify.Output) {
    do {
      var session = try connection.open(greeting: false)
      let head = try session.call(JournalInterface.Head.self, .init()).head
      return (head, try session.call(JournalInterface.Verify.self, .init()))
    } catch let failure as Failure {
      guard let folder = try? OfflineJournal(paths()[0]) else { throw failure }
      return (try folder.head(), try folder.verify(showsProgress: false))
    }
  }

  /// Numbers, times and kinds of the newest records; nothing that stands in them.
  private mutating func tail() {
    do {
      let folder = try OfflineJournal(paths()[0])
      let last = try folder.head().sequence
      var text = ""
      try folder.read(from: UInt64(max(0, last - 500)), limit: 501, kinds: []) { entry in
        text += "\(entry.sequence)  \(Moment.text(entry.wallMilliseconds))  boot \(entry.boot)  \(entry.kind)\n"
      } hole: {
        text += "! \($0)\n"
      }
      add("records.txt", text)
    } catch { lacks("records.txt", error) }
  }

  private mutating func log(_ name: String, _ words: [String], only pick: (Substring) -> Bool = { _ in true }) {
    guard let output = OtherProgram.run(words, atMost: Self.longestLog, seconds: Self.patience), output.code == 0 else {
      missing.append(Missing(name: name, why: "\(words[0]) is not there, or not for this user"))
      return
    }
    let lines = String(decoding: output.bytes, as: UTF8.self).split(separator: "\n").filter(pick)
    addClean(name, lines.joined(separator: "\n") + "\n")
  }

  private mutating func kernel() {
    let words = [
      "usb", "scsi", "ata", "sd", "nvme", "mmc", "ext4", "btrfs", "xfs", "jbd2", "i/o", "blk", "block", "oom",
    ]
    log("kernel.txt", ["journalctl", "--no-pager", "-o", "short-iso", "-k", "-n", Self.lines]) { line in
      let parts = line.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "/") }
      return parts.contains { part in words.contains { part == $0 || part.hasPrefix($0) && part.count < $0.count + 6 } }
    }
  }

  /// Journal, keys, index.
  private func paths() -> [String] {
    var storage = (configuration ?? DaemonConfiguration()).storage
    if configuration == nil, let path = loose()["journal"]?.first { storage.journal = path }
    return [storage.journal, Folders.parent(of: storage.journal) + "/keys", storage.index]
  }

  // MARK: - what is known to be nobody else's

  /// Nil: the configuration cannot be read, or is no TOML.
  private func parsed() -> [String: TOMLNode]? {
    guard let bytes = try? SmallFile.read(connection.config, atMost: Self.longestLog) else { return nil }
    return try? TOMLParser.parse(String(decoding: bytes, as: UTF8.self)).root
  }

  private func loose() -> [String: [String]] {
    guard let bytes = try? SmallFile.read(connection.config, atMost: Self.longestLog) else { return [:] }
    return HarmlessConfiguration.loose(String(decoding: bytes, as: UTF8.self))
  }

  private mutating func knownWords() -> Set<String> {
    var words: Set<String> = []
    if let root = parsed() {
      words = HarmlessConfiguration.secrets(root)
    } else {
      for (name, texts) in loose() where name != "journal" { words.formUnion(texts) }
    }
    let keys = paths()[1]
    for name in Folders.names(in: keys) {
      if let bytes = try? SmallFile.read(keys + "/" + name, atMost: 4_096) {
        words.formUnion(String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init))
      }
    }
    if let found = PersonalWords.inJournal(paths()[0], keepsItemNames: keepsItemNames) {
      words.formUnion(found)
    } else {
      knowsNames = false
    }
    return words
  }
}
