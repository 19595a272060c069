import Interfaces
import JSON
import Journal
import Till

/// A journal folder read without the daemon.
struct OfflineJournal {
  private let reader: JournalReader
  private let root: PosixFileSystem
  private let folder: EpochFolder
  /// Behind the last record that counts; nil: there is no later epoch, so everything counts.
  private let end: UInt64?
  /// This epoch was asked for, and no other.
  private let isAlone: Bool
  private static let page = 4096

  /// Opens an epoch of a journal; nil: the newest.
  init(_ path: String, epoch: UInt32? = nil) throws {
    isAlone = epoch != nil
    do throws(JournalError) {
      root = try Self.files(path)
      let all = try EpochFolder.all(in: root)
      guard let newest = all.last else { throw .notFound(folder: path) }
      guard let found = epoch.map({ number in all.first { $0.epoch == number } }) ?? newest else {
        throw .notFound(folder: path + "/" + EpochFolder.name(epoch ?? 0))
      }
      folder = found
      reader = try JournalReader(found.files(in: root))
      end = try found.end(in: root).map { $0.sequence + 1 }
    } catch { throw Failure(error) }
  }

  static func files(_ folder: String) throws(JournalError) -> PosixFileSystem {
    do { return try PosixFileSystem(folder) } catch { throw error.isMissing ? .notFound(folder: folder) : .file(error) }
  }

  /// The head as the newest complete event leaves it.
  func head() throws -> Wire.JournalHead {
    do throws(JournalError) {
      let head = try reader.replay(upTo: end).head
      var notes: [StoredEntry] = []
      var next: UInt64? = head.sequence > Self.noteDistance ? head.sequence - Self.noteDistance : 0
      while let from = next {
        let page = try reader.page(from: from, limit: Self.page, upTo: end ?? head.sequence, kinds: ["checkpoint"])
        notes += page.entries
        next = page.hole?.next
      }
      return Wire.JournalHead(
        journal: Hex.encode(head.journalID), epoch: Int64(head.epoch),
        sequence: Int64(clamping: head.sequence) - 1, chain: head.chain.hex, root: head.root.hex,
        checkpoint: notes.last.flatMap { Self.note($0) } ?? "")
    } catch { throw Failure(error) }
  }

  /// First sequence of each segment, oldest first.
  func segmentStarts() throws -> [UInt64] {
    do throws(JournalError) { return try reader.segments().map(\.first) } catch { throw Failure(error) }
  }

  /// The newest record of a complete event, and the kernel's boot in which the daemon wrote it; nil: there is none.
  func newest() throws -> Doctor.Newest? {
    do throws(JournalError) {
      let head = try reader.replay(upTo: end).head
      let next = head.sequence
      guard next > 0, let last = try reader.page(from: next - 1, limit: 1, upTo: end).entries.last else { return nil }
      let from = next > UInt64(Self.page) ? next - UInt64(Self.page) : 0
      let starts = try reader.page(from: from, limit: Self.page, upTo: end, kinds: ["boot", "state"]).entries
      var (boot, binding): (String?, MachineBinding?) = (nil, nil)
      for start in starts {
        guard let data = (try? JSON(parsing: start.entry))?["data"] else { continue }
        boot = data["boot"]?.string ?? boot
        guard let part = data["binding"] else { continue }
        let seen = MachineBinding(
          board: part["board"]?.string, product: part["product"]?.string, system: part["system"]?.string)
        binding = start.kind == "boot" ? binding?.updated(by: seen) ?? seen : seen
      }
      return Doctor.Newest(
        sequence: last.sequence, at: last.wallMilliseconds,
        sinceBoot: Int64(clamping: last.bootNanoseconds / 1_000_000),
        boot: boot, journal: Hex.encode(head.journalID), binding: binding)
    } catch { throw Failure(error) }
  }

  /// Checkpoints are at most 256 records apart (docs/journal-format.md, section 8).
  private static let noteDistance: UInt64 = 1024

  /// Hands out at most `limit` entries, and where some are damaged, in order.
  func read(
    from: UInt64, limit: Int, kinds: [String], _ each: (StoredEntry) -> Void, hole: (JournalFault) -> Void
  ) throws {
    var (next, left) = (from, limit)
    do throws(JournalError) {
      while left > 0 {
        let count = min(left, Self.page)
        let page = try reader.page(from: next, limit: count, upTo: end, kinds: kinds.isEmpty ? nil : Set(kinds))
        page.entries.forEach(each)
        left -= page.entries.count
        if let found = page.hole {
          hole(found)
          guard let behind = found.next else { return }
          next = behind
        } else {
          guard page.entries.count == count, let last = page.entries.last else { return }
          next = last.sequence + 1
        }
      }
    } catch { throw Failure(error) }
  }

  /// Whether an entry of these kinds stands behind one, or damage that may hold one.
  func hasMore(behind sequence: UInt64, kinds: [String]) throws -> Bool {
    do throws(JournalError) {
      let page = try reader.page(
        from: sequence + 1, limit: 1, upTo: end, kinds: kinds.isEmpty ? nil : Set(kinds))
      return !page.entries.isEmpty || page.hole != nil
    } catch { throw Failure(error) }
  }

  /// Checks this epoch and, unless it alone was asked for, every one before it. With `keys` their signatures count
  /// instead of those of the keys that the journal names, and there must be one.
  func verify(keys: [NoteVerifier] = [], showsProgress: Bool) throws -> JournalInterface.Verify.Output {
    try refuseKeysOfOthers(keys)
    let reports = try reports(keys: keys, showsProgress: showsProgress)
    let output = JournalInterface.Verify.Output(reports)
    guard !keys.isEmpty, output.good else { return output }
    if let other = reports.first(where: { $0.isOfGivenKey == false }) {
      let also = "--key …"
      throw Failure(
        "otherKey",
        text(
          "epoch \(other.epoch) is signed with another key: those given show nothing of it",
          "纪元 \(other.epoch) 用另一把密钥签名：给出的公钥不能证明它"),
        advice: reports.map { "\(text("epoch", "纪元")) \($0.epoch)  \($0.text)" } + [
          text("give its public key too: \(also) \(also)", "请同时给出它的公钥：\(also) \(also)")
        ], exit: .temporary, parameters: output.bytes)
    }
    if reports.allSatisfy({ $0.report.checkpoints == 0 }) {
      throw Failure(
        "noCheckpoint",
        text("no signed checkpoint yet: the key shows nothing of this journal", "还没有签名检查点：公钥不能证明什么"),
        exit: .temporary)
    }
    return output
  }

  /// A key of another box shows nothing of this journal, and nothing is wrong with it. A key of the same name that did
  /// not sign is another matter: that is what a made-up journal looks like.
  private func refuseKeysOfOthers(_ keys: [NoteVerifier]) throws {
    var named: NoteVerifier?
    do throws(JournalError) { named = try reader.namedKey() } catch { throw Failure(error) }
    guard let own = named, let given = keys.first, !keys.contains(where: { $0.name == own.name }) else { return }
    throw Failure(
      "otherKey",
      text(
        "this key is \(given.name)'s, the journal is \(own.name)'s", "这把公钥属于 \(given.name)，账本属于 \(own.name)"),
      advice: [
        text(
          "nothing was checked: give the public key that was kept of \(own.name)",
          "什么都没有检查：请给出为 \(own.name) 保存的公钥")
      ], exit: .temporary)
  }

  /// Progress is by segments, which have about the same length.
  private func reports(keys: [NoteVerifier], showsProgress: Bool) throws -> [EpochReport] {
    var bar = ProgressBar(isShown: showsProgress)
    defer { bar.clear() }
    do throws(JournalError) {
      var files: [UInt32: [String]] = [:]
      return try folder.verify(in: root, alone: isAlone, keys: keys) { epoch, progress in
        let names = files[epoch.epoch] ?? (try? JournalReader(epoch.files(in: root)).segments().map(\.file)) ?? []
        files[epoch.epoch] = names
        let place = UInt64(names.firstIndex(of: progress.file) ?? 0)
        bar.show(place, of: UInt64(names.count), "\(progress.records)  \(epoch.epoch)/\(progress.file)")
      }
    } catch { throw Failure(error) }
  }

  /// A standing proof against the first checkpoint that the record can be proven against.
  func prove(_ sequence: UInt64) throws -> String {
    do throws(JournalError) {
      if let proof = try reader.proof(of: sequence, upTo: end) { return String(decoding: proof.bytes, as: UTF8.self) }
    } catch {
      guard case .corrupt(let fault) = error else { throw Failure(error) }
      throw Failure(
        "notProvable",
        text("record \(sequence) cannot be proven: \(fault)", "记录 \(sequence) 不能证明：\(fault)"),
        advice: [ErrorTable.entry("segmentDamaged")?.cure.text ?? ""], exit: .inputOutput)
    }
    throw Failure(
      "noCheckpoint",
      text("no signed checkpoint covers record \(sequence) yet", "还没有签名检查点覆盖记录 \(sequence)"),
      advice: [
        text("the daemon signs one within 60 s of news, and at a clean stop", "有新记录后 60 秒内，以及正常停止时会签名")
      ], exit: .temporary)
  }

  private static func note(_ entry: StoredEntry) -> String? {
    (try? JSON(parsing: entry.entry))?["data"]?["note"]?.string
  }
}

extension JournalInterface.Verify.Output {
  /// What a check of a folder found; the newest epoch is the first.
  fileprivate init(_ reports: [EpochReport]) {
    let upTo = Int64(clamping: reports.first?.report.upTo ?? 0) - 1
    let bad = reports.first { !$0.isGood }
    self.init(
      upTo: upTo, head: upTo, good: bad == nil, firstBad: bad.map { Int64(clamping: $0.firstBad ?? 0) },
      text: reports.text,
      epochs: reports.map {
        Wire.CheckedEpoch(
          epoch: Int64($0.epoch), upTo: Int64(clamping: $0.report.upTo) - 1, records: Int64(clamping: $0.report.good),
          checkpoints: Int64(clamping: $0.report.checkpoints), good: $0.isGood,
          firstBad: $0.firstBad.map { Int64(clamping: $0) }, text: $0.text)
      })
  }
}
