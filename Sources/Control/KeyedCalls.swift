import Document
import Engine
import Interfaces
import JSON
import Journal
import Till
import Varlink

// Calls with an idempotency key: to the register, and back with its records.
extension Control {
  /// What a keyed method makes of its parameters.
  struct Prepared {
    var key: String
    var event: Event
    var lane: String?
    var session: String?
    var stubs: [StubReference] = []
    var presented: [PresentedStub] = []
    var note: Document?
    /// The customer's payment code of a provider tender.
    var paymentCode: [UInt8]?

    init(
      key: String, event: Event, lane: String? = nil, session: String? = nil, stubs: [StubReference] = [],
      presented: [PresentedStub] = [], note: Document? = nil, paymentCode: [UInt8]? = nil
    ) {
      self.presented = presented
      self.paymentCode = paymentCode
      self.key = key
      self.event = event
      self.lane = lane
      self.session = session
      self.stubs = stubs
      self.note = note
    }
  }

  /// A handler of a keyed method: the event goes to the register, its records come back as the answer.
  func keyed<M: WireMethod>(
    _ type: M.Type, _ prepare: @escaping (Control, M.Input, Caller) throws(SystemError) -> Prepared,
    _ finish: @escaping (Answer, WireWords, M.Input) -> (M.Output?, Follow<M.Output>?)
  ) -> (Method, VarlinkHandler) where M.Input: KeyedMessage {
    handler(type) { (control, input, caller, reply) throws(SystemError) in
      guard !caller.call.isOneway else { return }
      try control.send(type, input, try prepare(control, input, caller), caller, reply, finish)
    }
  }

  /// Hands a keyed call to the register; its answer goes out when its records are durable.
  func send<M: WireMethod>(
    _ type: M.Type, _ input: M.Input, _ prepared: Prepared, _ caller: Caller, _ reply: VarlinkReply,
    _ finish: @escaping (Answer, WireWords, M.Input) -> (M.Output?, Follow<M.Output>?)
  ) throws(SystemError) where M.Input: KeyedMessage {
    guard !caller.call.isOneway else { return }
    try Self.check(key: prepared.key)
    let (name, verifiedBy) = try operatorOf(prepared, caller)
    let token = token()
    let call = Call(
      token: token, method: M.method.rawValue, key: prepared.key,
      requestHash: RequestHash.of(type, input), userID: caller.call.peer.userID,
      event: prepared.event, lane: prepared.lane, operator: name, verifiedBy: verifiedBy,
      entropy: SystemRandom.words(2), stubs: prepared.stubs, presented: prepared.presented, note: prepared.note,
      paymentCode: prepared.paymentCode)
    let words = caller.words
    pending[token] = Pending(reply: reply, wantsMore: caller.call.wantsMore) { answer in
      let (output, follow) = finish(answer, words.of(answer.origin), input)
      guard let output else { return nil }
      return Finished(
        write: { output.write(to: &$0) }, subject: follow.flatMap { $0.subject(output) },
        rewrite: follow.map { follow in { follow.rewritten(output, $0).write(to: &$1) } })
    }
    if let error = engine?.submit(call) {
      pending[token] = nil
      throw SystemError(error, lanes: caller.lanes)
    }
  }

  static func check(key: String) throws(SystemError) {
    guard (16...64).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw .refused(rule: "idempotencyKey", text: "idempotencyKey is 16 to 64 printable ASCII characters")
    }
  }

  func answer(_ token: UInt64, _ result: Result<Answer, CallError>) {
    guard let waiting = pending.removeValue(forKey: token) else { return }
    switch result {
    case .failure(.refused(.noSuchSale(let sale, let allowed))) where !allowed.isEmpty:
      refuseFinished(sale, allowed: allowed, waiting.reply)
    case .failure(let error):
      waiting.reply.fail(SystemError(error, lanes: engine?.snapshot.till.configuration.lanes.map(\.name) ?? []))
    case .success(let answer):
      if let engine {
        // A fast printer may be done with a job before its order is told.
        for case .jobQueued(let job) in answer.records.map(\.fact) { board.ordered(words(engine.snapshot).job(job)) }
      }
      guard let finished = waiting.finish(answer) else {
        waiting.reply.fail(.internal(code: "answer-\(answer.method)"))
        return
      }
      send(finished, waiting)
    }
  }

  private func send(_ finished: Finished, _ waiting: Pending) {
    guard let subject = finished.subject, let rewrite = finished.rewrite, let engine else {
      waiting.reply.reply(finished.write)
      return
    }
    switch subject {
    case .drawer(let order, _):
      follow(drawer: order, waiting.reply, wantsMore: waiting.wantsMore) { rewrite(.drawer(order: order, $0), &$1) }
    case .tender(let sale, let tender):
      guard waiting.wantsMore else {
        waiting.reply.reply(finished.write)
        return
      }
      follow(tender: tender, of: sale, waiting.reply) { rewrite(.tender(sale: sale, $0), &$1) }
    case .job(let job):
      guard waiting.wantsMore else {
        waiting.reply.reply(finished.write)
        return
      }
      // A repeated call may find the job further than its order, or over.
      let snapshot = engine.snapshot
      let present = self.present(job.job, words(snapshot)) ?? job
      let runs =
        snapshot.till.jobs[job.job].map { $0.state == .queued || $0.state == .started } ?? board.awaitsEnd(job.job)
      guard runs else {
        waiting.reply.reply { rewrite(.job(present), &$0) }
        return
      }
      _ = waiting.reply.replyContinues { rewrite(.job(present), &$0) }
      follow(job.job, waiting.reply) { rewrite(.job($0), &$1) }
    }
  }

  /// Who acts: the session's operator, else the operator of the lane's shift with nobody to vouch.
  private func operatorOf(_ prepared: Prepared, _ caller: Caller) throws(SystemError) -> (String?, VerifiedBy) {
    try operatorOf(session: prepared.session, lane: prepared.lane, caller)
  }

  func operatorOf(session: String?, lane: String?, _ caller: Caller) throws(SystemError) -> (String?, VerifiedBy) {
    if let session {
      guard let signedIn = caller.state.sessions[session] else { throw .noSuchSession }
      return (signedIn.operator, signedIn.verified ? .daemon : .application)
    }
    let lane = lane ?? caller.onlyLane
    return (lane.flatMap { caller.snapshot.till.shift(lane: $0)?.operator }, .nobody)
  }
}

/// SHA-256 over the canonical call: what must be equal for a repeated key to mean the same call.
///
/// The typed message writes itself with sorted members, without nulls and without who asks and when, which is the
/// canonical form of the received text (strict decoding leaves nothing over). No tree is built for it.
enum RequestHash {
  static func of<M: WireMethod>(_ type: M.Type, _ input: M.Input) -> Digest where M.Input: KeyedMessage {
    var writer = JSONWriter(capacity: 1_024)
    writer.beginObject()
    writer.key("method")
    writer.string(M.method.rawValue)
    writer.key("parameters")
    input.writeDecision(to: &writer)
    writer.endObject()
    return SHA256.hash(writer.bytes)
  }
}
