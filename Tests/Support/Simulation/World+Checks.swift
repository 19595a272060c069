import Engine
import Journal
import SimulatedDisk
import Till

/// Where a bit was turned over.
struct Rot {
  var file: String
  var offset: UInt64
  var bit: Int
  var isNewest: Bool
  /// The byte as it is since.
  var byte: UInt8
}

// What must hold after every start, and at the end.
extension World {
  /// A reader of the disk as it is, outside every process.
  private func reader() throws -> JournalReader { try JournalReader(disk.fileSystem()) }

  /// After a start: the journal against what clients, printers and this world remember.
  func check(_ snapshot: Snapshot) throws {
    let before = shadow
    var isRewound = false
    do {
      try shadow.read(reader())
    } catch let error where (error as? Shadow.Wrong)?.kind == .lost || error is JournalError {
      shadow = Shadow()
      isRewound = true
      try shadow.read(reader())
    }
    if let snapshotDifference = difference(snapshot.till, shadow.till) {
      return fail(.stateDiffers, "after the start: \(snapshotDifference)")
    }
    if let wrong = shadow.books.wrongDrawer(snapshot.till) { return fail(.books, wrong) }
    let lostPayments = judgesOrder ? payments.lost(in: shadow.payments) : []
    payments = shadow.payments
    checkOpen(snapshot.till)
    let lost = (lostEvents(before) + lostPayments).sorted { $0.first < $1.first }
    if !lost.isEmpty || isRewound { judge(lost, before) }
    guard !isOver else { return }
    forgetEdits()
    if let rotten { try checkRot(rotten) }
  }

  private func difference(_ left: Till, _ right: Till) -> String? {
    guard left != right else { return nil }
    if left.sales != right.sales { return "sales" }
    if left.jobs != right.jobs { return "jobs" }
    if left.shifts != right.shifts { return "shifts" }
    if left.counters != right.counters { return "counters \(left.counters) \(right.counters)" }
    if left.configuration != right.configuration { return "configuration" }
    return "till"
  }

  /// Places of what was durable and is not there as it was.
  private func lostEvents(_ before: Shadow) -> [(key: String, first: UInt64)] {
    var lost: [(String, UInt64)] = []
    for request in requests {
      guard case .answered(let answer) = request.state, request.isDurable || answer.last < durableAtEnd else {
        continue
      }
      let kept = shadow.keys[request.key]
      if kept?.first != answer.first || kept?.records != answer.records { lost.append((request.key, answer.first)) }
    }
    for paper in papers where !shadow.starts.contains("\(paper.job)#\(paper.attempt)") {
      lost.append(place("\(paper.job)#\(paper.attempt)") { $0.starts })
    }
    for order in kicked where !shadow.orders.contains(order) { lost.append(place(order) { $0.orders }) }
    let known = Set(lost.map(\.0))
    for (key, kept) in before.keys where !known.contains(key) {
      if shadow.keys[key]?.first != kept.first { lost.append((key, kept.first)) }
    }
    return lost.sorted { $0.1 < $1.1 }
  }

  /// Where the record of paper or pulse stood: in the last batch, or before it.
  private func place(_ name: String, _ names: (SeenBatch) -> [String]) -> (String, UInt64) {
    guard let lastBatch, names(lastBatch).contains(name) else { return (name, 0) }
    return (name, lastBatch.first)
  }

  /// Only one loss is allowed: a flipped bit in the last batch, which nothing durable followed and no MARK was due for;
  /// and its bytes are in quarantine.
  private func judge(_ lost: [(key: String, first: UInt64)], _ before: Shadow) {
    let what = lost.first.map { "\(lost.count) events, first \($0.key) at \($0.first)" } ?? "records without a key"
    guard rotten != nil, let last = lastBatch else { return fail(.lost, what) }
    guard lost.allSatisfy({ $0.first >= last.first }) else { return fail(.lost, "before the last batch: \(what)") }
    guard !(last.hasNews && last.isRipe) else { return fail(.lost, "in a last batch whose MARK was due: \(what)") }
    let cut = disk.durableNames.contains { name in
      name.hasSuffix(".cut") && UInt64(name.prefix(20)) ?? .max >= last.first
        && !(disk.durableContents(name) ?? []).isEmpty
    }
    guard cut else { return fail(.lost, "without a quarantine entry: \(what)") }
    counts["lostRottenLast"] += max(1, lost.count)
    trace("lost in a rotten unmarked last batch: \(what)")
    isOver = true
  }

  /// Basket edits that went with the power are asked again with their keys.
  private func forgetEdits() {
    for index in requests.indices {
      guard case .answered = requests[index].state, shadow.keys[requests[index].key] == nil else { continue }
      requests[index].state = .open
      counts["editsLost"] += 1
    }
  }

  // MARK: rot

  /// Turns over one bit in what was acknowledged; mostly in the newest segment, mostly at its end.
  func rot() {
    let segments = disk.names.filter { $0.hasSuffix(".seg") || $0.hasSuffix(".segz") }
    guard let newest = segments.last else { return }
    let sealed = segments.dropLast()
    let isNewest = sealed.isEmpty || random.chance(85)
    let file = isNewest ? newest : Array(sealed)[random.below(sealed.count)]
    let bytes = disk.contents(file) ?? []
    let batches = watch.durable.filter { $0.file == newest }
    var range = 0..<bytes.count
    if isNewest {
      guard let last = batches.last else { return }
      range = 0..<Int(last.offset + last.length)
      if random.chance(65) { range = Int(last.offset)..<range.upperBound }
    }
    let used = range.filter { $0 < bytes.count && bytes[$0] != 0 }
    guard !used.isEmpty else { return }
    let place = used[random.below(used.count)]
    let bit = random.below(8)
    let rot = Rot(
      file: file, offset: UInt64(place), bit: bit, isNewest: isNewest, byte: bytes[place] ^ UInt8(1 << bit))
    disk.flip(bit: rot.bit, ofByte: rot.offset, in: rot.file)
    rotten = rot
    counts["rots"] += 1
    trace("bit \(rot.bit) of byte \(rot.offset) of \(rot.file) turns over")
  }

  func unrot(_ rot: Rot) {
    disk.flip(bit: rot.bit, ofByte: rot.offset, in: rot.file)
    rotten = nil
    trace("and back")
  }

  /// The engine started over a flipped bit and nothing is missing: then the bit is in a sealed segment, where verification
  /// must find it, or it is in quarantine.
  private func checkRot(_ rot: Rot) throws {
    if rot.isNewest {
      counts["rotCutHarmlessly"] += 1
      rotten = nil
      return
    }
    if rot.file.hasSuffix(".seg"), disk.names.contains(rot.file + "z") {
      // The uncompressed copy that a cut left; it stays rotten, and the next compression must not believe it.
      if let bad = try reader().verify().firstBad { return fail(.verify, "beside a rotten copy: \(bad)") }
      counts["rotInLeftCopy"] += 1
      rotten = nil
      return
    }
    let bytes = disk.contents(rot.file) ?? []
    guard bytes.indices.contains(Int(rot.offset)), bytes[Int(rot.offset)] == rot.byte else {
      // A cut took the file's name, which was not durable yet; it was compressed anew from the copy beside it.
      counts["rotTakenByCut"] += 1
      rotten = nil
      return
    }
    let report = try reader().verify()
    guard report.firstBad ?? report.torn != nil else {
      return fail(.verify, "a flipped bit in \(rot.file) is not found")
    }
    counts["rotFoundByVerify"] += 1
    unrot(rot)
  }

  // MARK: the end

  /// Of every other journal all sealed segments are compressed in the end, of the others those that were by chance.
  private func compressAtEnd() {
    guard seed / 4 % 2 == 0, let instance else { return }
    SegmentCompression.compressAll(instance.files, before: .max)
  }

  /// Nothing is under way: no call waits for its answer and no lookup or effect for its turn.
  var isQuiet: Bool {
    guard let instance else { return true }
    return requests.allSatisfy { $0.token == nil } && instance.waiting.isEmpty && instance.effects.isEmpty
      && instance.inputs.isEmpty
  }

  /// A last start, everything asked again, a clean stop, and the whole journal read once more.
  func finale() {
    guard start(quietly: true) else { return }
    healPayments()
    for index in requests.indices { send(index) }
    for round in 0..<300 where isAlive && !isOver {
      if round >= 30, isQuiet { break }
      settle()
      lookUp()
      carryOut()
      device()
      clocks.advance(milliseconds: 31)
    }
    guard !isOver else { return }
    endPayments()
    guard !isOver else { return }
    if instance?.isPoisoned ?? true { return fail(.startFailed, "poisoned without a fault") }
    instance?.drain.finish("the end")
    // After a clean stop everything that was answered stands in the journal, basket edits too.
    durableAtEnd = watch.end
    compressAtEnd()
    disk.kill()
    do {
      let open = requests.filter {
        if case .open = $0.state { true } else { false }
      }
      if let first = open.first {
        return fail(.fault, "\(open.count) calls are never answered, the first \(first.method) \(first.key)")
      }
      shadow = Shadow()
      try shadow.read(reader())
      let lost = lostEvents(Shadow())
      if !lost.isEmpty { return judge(lost, Shadow()) }
      let report = try reader().verify()
      if let bad = report.firstBad { fail(.verify, "\(bad)") }
      if judgesOrder, !isOver {
        payments = shadow.payments
        compareBooks()
      }
    } catch let wrong as Shadow.Wrong {
      fail(wrong.kind, wrong.text)
    } catch {
      fail(.verify, "\(error)")
    }
  }
}
