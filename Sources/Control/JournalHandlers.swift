import Engine
import Interfaces
import Journal
import Synchronization
import Till
import Varlink

extension Control {
  func journalHandlers() -> [Method: VarlinkHandler] {
    Dictionary(uniqueKeysWithValues: [head(), readEntries(), prove(), verify(), beginEpoch()])
  }

  private func head() -> (Method, VarlinkHandler) {
    handler(JournalInterface.Head.self) { (control, input, caller, reply) throws(SystemError) in
      let head = caller.snapshot.head
      let words = caller.words
      let upTo = head.sequence
      guard upTo > 0 else {
        throw .notSelling(mode: Wire.Mode(caller.snapshot.mode), reasons: Wire.Reason.all(caller.snapshot.reasons))
      }
      let from = upTo > 1_024 ? upTo - 1_024 : 0
      control.later(reply) { then in
        control.engine?.read(from: from, limit: 1_024, kinds: ["checkpoint"], then: then) ?? false
      } _: { (result: Result<JournalPage, CallError>) in
        let note = (try? result.get())?.entries.last.flatMap { CheckpointNote.text($0.entry) } ?? ""
        let output = JournalInterface.Head.Output(head: words.head(head, checkpoint: note))
        reply.reply { output.write(to: &$0) }
      }
    }
  }

  private func readEntries() -> (Method, VarlinkHandler) {
    handler(JournalInterface.Read.self) { (control, input, caller, reply) throws(SystemError) in
      try SystemError.check(input.limit, in: 1...1_000, "entries")
      let present = Int64(caller.snapshot.head.epoch)
      var epoch = present
      var from: UInt64?
      if let after = input.after {
        let parts = after.split(separator: ".")
        guard parts.count == 2, let of = Int64(parts[0]), let sequence = UInt64(parts[1]) else {
          throw .refused(rule: "cursor", text: "not a cursor of Journal.Read: \(after)")
        }
        epoch = of
        from = sequence == .max ? nil : sequence + 1
      }
      let lanes = caller.lanes
      let end = caller.snapshot.head.sequence
      let limit = Int(input.limit)
      let (start, of) = (from, epoch)
      control.later(reply) { then in
        control.engine?.read(
          epoch: of, from: start, limit: limit, kinds: input.kinds.map(Set.init), then: then) ?? false
      } _: { (result: Result<JournalPage, CallError>) in
        switch result {
        case .failure(let error): reply.fail(SystemError(error, lanes: lanes))
        case .success(let page):
          let entries = page.entries
          if entries.isEmpty, let hole = page.hole {
            return reply.fail(SystemError(.damaged(epoch: UInt32(clamping: of), hole), lanes: lanes))
          }
          let room = Self.fitting(entries)
          let isCut = room.count < entries.count
          // Behind everything that is not damaged, whether it was wanted or not.
          let hole = isCut ? nil : page.hole?.sequence.map { max($0, 1) - 1 }
          let last = hole ?? room.last?.sequence
          let full = entries.count == limit || isCut || hole != nil
          // Behind the last entry of an earlier epoch the next one begins.
          let next =
            full ? "\(of).\(last ?? start ?? 0)" : of < present ? "\(of + 1).\(UInt64.max)" : "\(of).\(max(end, 1) - 1)"
          let output = JournalInterface.Read.Output(
            entries: room.map {
              Wire.JournalEntry(
                epoch: of, sequence: Int64(clamping: $0.sequence), kind: $0.kind,
                entry: String(decoding: $0.entry, as: UTF8.self))
            }, next: next, more: full || of < present)
          reply.reply { output.write(to: &$0) }
        }
      }
    }
  }

  /// As many of the entries as one reply holds: an entry stands in it as a string, at most twice as long.
  private static func fitting(_ entries: [StoredEntry]) -> ArraySlice<StoredEntry> {
    var bytes = 0
    return entries.prefix { entry in
      bytes += 2 * entry.entry.count + entryFrame
      return bytes <= VarlinkLimit.replyBytes
    }
  }

  /// What stands around an entry in a reply, and for the reply itself.
  private static let entryFrame = 256

  private func prove() -> (Method, VarlinkHandler) {
    handler(JournalInterface.Prove.self) { (control, input, caller, reply) throws(SystemError) in
      guard let sequence = UInt64(exactly: input.sequence) else {
        throw .noSuchRecord(epoch: input.epoch ?? Int64(caller.snapshot.head.epoch), sequence: input.sequence)
      }
      let lanes = caller.lanes
      control.later(reply) { then in
        control.engine?.prove(epoch: input.epoch, sequence, then: then) ?? false
      } _: { (result: Result<String, CallError>) in
        switch result {
        case .failure(let error): reply.fail(SystemError(error, lanes: lanes))
        case .success(let proof):
          let output = JournalInterface.Prove.Output(proof: proof)
          reply.reply { output.write(to: &$0) }
        }
      }
    }
  }

  private func verify() -> (Method, VarlinkHandler) {
    handler(JournalInterface.Verify.self) { (control, input, caller, reply) throws(SystemError) in
      let head = Int64(clamping: caller.snapshot.head.sequence) - 1
      let lanes = caller.lanes
      let nobody: @Sendable (UInt32, VerifyProgress) -> Void = { _, _ in }
      let tell = caller.call.wantsMore ? control.progress(head: head, reply) : nobody
      control.later(reply) { then in
        guard let engine = control.engine else { return false }
        engine.verify(progress: tell, then: then)
        return true
      } _: { (result: Result<[EpochReport], CallError>) in
        switch result {
        case .failure(let error): reply.fail(SystemError(error, lanes: lanes))
        case .success(let reports):
          let output = JournalInterface.Verify.Output(reports, head: head)
          reply.reply { output.write(to: &$0) }
        }
      }
    }
  }

  /// Tells how far a check is, from the check's own thread.
  private func progress(head: Int64, _ reply: VarlinkReply) -> @Sendable (UInt32, VerifyProgress) -> Void {
    let box = UncheckedBox(reply)
    let server = server
    let last = Mutex<UInt64>(0)
    return { epoch, progress in
      let now = SystemClock.monotonic()
      let isDue = last.withLock { last in
        guard now >= last &+ Self.progressPause else { return false }
        last = now
        return true
      }
      guard isDue else { return }
      server?.execute {
        let output = JournalInterface.Verify.Output(
          upTo: Int64(clamping: progress.from &+ progress.records) - 1, head: head, good: true,
          text: "\(epoch)/\(progress.file)")
        _ = box.value.replyContinues { output.write(to: &$0) }
      }
    }
  }

  /// Between two words about the progress of a check, in nanoseconds.
  private static let progressPause: UInt64 = 100_000_000

  private func beginEpoch() -> (Method, VarlinkHandler) {
    handler(JournalInterface.BeginEpoch.self) { (control, input, caller, reply) throws(SystemError) in
      guard !caller.call.isOneway else { return }
      try Self.check(key: input.idempotencyKey)
      do throws(Refusal) { try Till.check(epochReason: input.reason) } catch {
        throw SystemError(error, lanes: caller.lanes)
      }
      let (name, verifiedBy) = try control.operatorOf(session: input.session, lane: nil, caller)
      let order = EpochOrder(
        key: input.idempotencyKey, method: Method.journalBeginEpoch.rawValue,
        requestHash: RequestHash.of(JournalInterface.BeginEpoch.self, input), userID: caller.call.peer.userID,
        reason: input.reason, acceptLossAfter: input.acceptLossAfter, operator: name, verifiedBy: verifiedBy)
      let lanes = caller.lanes
      control.later(reply) { then in
        guard let engine = control.engine else { return false }
        engine.beginEpoch(order, then: then)
        return true
      } _: { (result: Result<EpochBegun, CallError>) in
        switch result {
        case .failure(let error): reply.fail(SystemError(error, lanes: lanes))
        case .success(let begun):
          let output = JournalInterface.BeginEpoch.Output(
            epoch: begun.epoch, journal: begun.journal, sequence: begun.sequence)
          reply.reply { output.write(to: &$0) }
        }
      }
    }
  }
}

extension JournalInterface.Verify.Output {
  /// What a check found; the newest epoch is the first.
  init(_ reports: [EpochReport], head: Int64) {
    let newest = reports.first?.report
    let bad = reports.first { !$0.isGood }
    self.init(
      upTo: Int64(clamping: newest?.upTo ?? 0) - 1, head: head, good: bad == nil,
      firstBad: bad.map { Int64(clamping: $0.firstBad ?? 0) }, text: reports.text,
      epochs: reports.map {
        Wire.CheckedEpoch(
          epoch: Int64($0.epoch), upTo: Int64(clamping: $0.report.upTo) - 1, records: Int64(clamping: $0.report.good),
          checkpoints: Int64(clamping: $0.report.checkpoints), good: $0.isGood,
          firstBad: $0.firstBad.map { Int64(clamping: $0) }, text: $0.text)
      })
  }
}
