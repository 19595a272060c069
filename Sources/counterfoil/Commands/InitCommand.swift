import ArgumentParser
import Configuration
import Glibc
import Journal
import Records
import Till

struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Makes the journal and its key, once. Never overwrites.",
    discussion: "EXAMPLE: sudo counterfoil init --config /etc/counterfoil/counterfoil.toml")
  @Option(help: "Configuration file.") var config = "/etc/counterfoil/counterfoil.toml"
  @Flag(help: "Output for programs.") var json = false

  func run() throws {
    let file: DaemonConfiguration
    do {
      file = try DaemonConfiguration(path: config)
    } catch { throw Failure("configuration", "\(error)", exit: .configuration) }
    let folder = file.storage.journal
    try makeFolder(folder)
    let origin = "\(file.shop.shop)/\(file.shop.till)"
    let key = try makeKey(folder)
    var id = [UInt8](repeating: 0, count: 16)
    guard getentropy(&id, id.count) == 0 else { throw Failure("journal", "no random bytes", exit: .software) }
    let genesis = Genesis(
      journal: Hex.encode(id), epoch: 0, origin: origin, currency: file.shop.currency, timeZone: file.shop.timeZone,
      publicKey: Hex.encode(key.publicKey.bytes), software: "counterfoil 0.1.0", format: "0.0")
    do {
      let now = Moment.now
      let stamp = Stamp(
        at: now, offsetMinutes: 0, timeTrusted: false, businessDay: Self.day(now), verifiedBy: .nobody)
      let entries = try RecordCodec.encode(Record(stamp: stamp, fact: .genesis(genesis)), hash: { SHA256.hash($0).hex })
      var options = JournalOptions()
      options.segmentSize = UInt64(file.storage.segmentMebibytes) << 20
      let body = entries[0].body
      let core = try JournalCore.create(
        try PosixFileSystem(folder), genesis: PendingEntry(recordClass: .genesis, body: body),
        identity: JournalIdentity(journalID: id, epoch: 0), options: options,
        signer: try NoteSigner(name: origin, key: key), random: Self.fill,
        now: Reading(
          wallMilliseconds: now, bootNanoseconds: Self.clock(CLOCK_BOOTTIME),
          monotonicNanoseconds: Self.clock(CLOCK_MONOTONIC), trusted: false))
      try Spares.prepare(try PosixFileSystem(folder), options: options)
      let verifier = try NoteSigner(name: origin, key: key).verifier
      _ = core
      if json {
        Terminal.writeLine(#"{"epoch":0,"journal":"\#(Hex.encode(id))","key":"\#(verifier.vkey)"}"#)
      } else {
        Terminal.writeLine("\(text("journal", "账本")) \(Hex.encode(id))  \(folder)")
        Terminal.writeLine(text("keep the public key away from this box:", "请把公钥保存在别处："))
        Terminal.writeLine("  \(verifier.vkey)")
        Terminal.writeLine(text("next: counterfoild --config \(config)", "下一步：counterfoild --config \(config)"))
      }
    } catch let error as JournalError {
      throw Failure("journal", "\(error)", exit: .inputOutput)
    }
  }

  /// The kernel gives at most 256 bytes a call.
  private static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
    var offset = 0
    while offset < buffer.count, let base = buffer.baseAddress {
      let count = min(256, buffer.count - offset)
      guard getentropy(base + offset, count) == 0 else { return }
      offset += count
    }
  }

  private static func clock(_ id: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(id, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  private static func day(_ milliseconds: Int64) -> BusinessDay {
    var seconds = time_t(milliseconds / 1_000)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return BusinessDay(year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday))
      ?? BusinessDay("2026-01-01").unsafelyUnwrapped
  }

  private func makeFolder(_ path: String) throws {
    var built = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      built += (built.isEmpty || built.hasSuffix("/") ? "" : "/") + part
      if mkdir(built, 0o750) != 0, errno != EEXIST {
        throw Failure("inputOutput", "\(built): \(String(cString: strerror(errno)))", exit: .inputOutput)
      }
    }
  }

  /// A new key in `keys/journal.key` beside the journal, readable by its owner only; one that is there is used.
  private func makeKey(_ journal: String) throws -> Ed25519PrivateKey {
    let parent = journal.lastIndex(of: "/").map { String(journal[..<$0]) } ?? "."
    let folder = parent + "/keys"
    try makeFolder(folder)
    let path = folder + "/journal.key"
    var seed = [UInt8](repeating: 0, count: Ed25519PrivateKey.seedByteCount)
    guard getentropy(&seed, seed.count) == 0 else { throw Failure("journal", "no random bytes", exit: .software) }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor >= 0 {
      let line = Array((Hex.encode(seed) + "\n").utf8)
      guard write(descriptor, line, line.count) == line.count, fsync(descriptor) == 0, close(descriptor) == 0 else {
        throw Failure("inputOutput", "\(path): \(String(cString: strerror(errno)))", exit: .inputOutput)
      }
    } else {
      guard errno == EEXIST, let stream = fopen(path, "r") else {
        throw Failure("inputOutput", "\(path): \(String(cString: strerror(errno)))", exit: .inputOutput)
      }
      defer { fclose(stream) }
      var buffer = [CChar](repeating: 0, count: 80)
      guard fgets(&buffer, 80, stream) != nil,
        let bytes = Hex.decode(
          String(decoding: buffer.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)),
        bytes.count == seed.count
      else { throw Failure("inputOutput", "\(path) holds no key", exit: .inputOutput) }
      seed = bytes
    }
    do { return try Ed25519PrivateKey(seed: seed) } catch {
      throw Failure("journal", "\(error)", exit: .software)
    }
  }
}
