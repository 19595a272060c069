import Devices
import Engine
import Interfaces
import Journal
import Money
import Till
import Varlink

extension Control {
  func systemHandlers() -> [Method: VarlinkHandler] {
    Dictionary(uniqueKeysWithValues: [hello(), signIn(), approve(), status(), watch()])
  }

  private func hello() -> (Method, VarlinkHandler) {
    handler(SystemInterface.Hello.self) { (control, input, caller, reply) throws(SystemError) in
      guard (1...64).contains(input.application.utf8.count) else {
        throw .refused(rule: "application", text: "application is a name of 1 to 64 bytes")
      }
      if let lane = input.lane, !caller.lanes.contains(lane) { throw .noSuchLane(lane: lane, lanes: caller.lanes) }
      caller.state.application = input.application
      caller.state.lane = input.lane
      caller.state.language = (input.language ?? "en").hasPrefix("zh") ? "zh" : "en"
      let snapshot = caller.snapshot
      let output = SystemInterface.Hello.Output(
        version: control.setup.version,
        interfaces: Dictionary(uniqueKeysWithValues: InterfaceText.all.map { ($0.name, Int64(1)) }), features: [],
        box: caller.words.box, origin: snapshot.till.identity?.origin ?? "",
        currency: snapshot.till.identity?.currency ?? "", timeZone: snapshot.till.identity?.timeZone ?? "",
        instance: control.instance,
        role: caller.role, lanes: control.lanes(snapshot), mode: Wire.Mode(snapshot.mode),
        reasons: Wire.Reason.all(snapshot.reasons), clock: snapshot.clockTrusted ? .trusted : .untrusted,
        limits: control.limits(snapshot))
      reply.reply { output.write(to: &$0) }
    }
  }

  private func limits(_ snapshot: Snapshot) -> [String: Int64] {
    [
      "openSales": Int64(Limits.openSales), "lines": Int64(Limits.lines), "text": Int64(Limits.text),
      "tenders": Int64(Limits.tenders), "adjustments": Int64(Limits.adjustments), "callBytes": 1 << 20,
      "saleTotal": snapshot.till.configuration.limits.saleTotal?.minorUnits ?? Limits.saleTotal,
      "replyBytes": 16 << 20,
    ]
  }

  func lanes(_ snapshot: Snapshot) -> [Wire.Lane] {
    snapshot.till.configuration.lanes.map { lane in
      Wire.Lane(
        name: lane.name, printer: lane.printer, drawer: lane.drawer, display: lane.display, scanners: lane.scanners,
        cashAllowed: lane.cashAllowed, training: lane.training,
        receipt: Wire.ReceiptRule(lane.receipt),
        shift: snapshot.till.shift(lane: lane.name)?.id)
    }
  }

  private func signIn() -> (Method, VarlinkHandler) {
    handler(SystemInterface.SignIn.self) { (control, input, caller, reply) throws(SystemError) in
      try control.check(input.operator, input.proof, caller, reply) { (signedIn) throws(SystemError) in
        let session = "o" + String(SystemRandom.word(), radix: 16) + String(SystemRandom.word(), radix: 16)
        if caller.state.sessions.count >= 16 { caller.state.sessions.removeAll() }
        caller.state.sessions[session] = signedIn
        let output = SystemInterface.SignIn.Output(
          session: session, rights: signedIn.rights, limits: Self.limits(caller))
        reply.reply { output.write(to: &$0) }
      }
    }
  }

  /// What nobody exceeds without an approval; a limit that the configuration leaves out is none.
  private static func limits(_ caller: Caller) -> [String: Int64] {
    let limits = caller.snapshot.till.configuration.limits
    var named = ["priceOverrideMillionths": limits.priceOverrideMillionths]
    named["manualAdjustment"] = limits.manualAdjustment?.minorUnits
    named["cashOut"] = limits.cashOut?.minorUnits
    named["returnTotal"] = limits.returnTotal?.minorUnits
    return named
  }

  /// Without a proof the application vouches, and the operator gets no right that needs one. A proof is checked beside
  /// the loop, then `body` runs on it; the connection's next call waits for that, others do not.
  private func check(
    _ name: String, _ proof: String?, _ caller: Caller, _ reply: VarlinkReply,
    _ body: @escaping (ConnectionState.SignedIn) throws(SystemError) -> Void
  ) throws(SystemError) {
    guard let proof else {
      return try body(ConnectionState.SignedIn(operator: name, rights: ["sell"], verified: false))
    }
    let entry = setup.operators.first { $0.id == name }
    let attempt = ProofAttempts.Who(userID: caller.call.peer.userID, operator: entry?.id)
    if let wait = proofAttempts.wait(attempt, now: SystemClock.monotonic()) {
      throw .signInFailed(waitSeconds: wait, operator: name, why: Self.lockedProof)
    }
    guard let entry else {
      let wait = proofAttempts.failed(attempt, now: SystemClock.monotonic())
      throw .signInFailed(waitSeconds: wait, operator: name, why: Self.wrongProof)
    }
    if let since = proofsUnderWay[attempt] { throw Self.proofBusy(since: since) }
    proofsUnderWay[attempt] = SystemClock().read(newest: 0, synchronised: true).wallMilliseconds
    let rest = UncheckedBox { (control: Control, isRight: Bool) in
      control.proofsUnderWay[attempt] = nil
      do throws(SystemError) {
        guard isRight else {
          let wait = control.proofAttempts.failed(attempt, now: SystemClock.monotonic())
          throw .signInFailed(waitSeconds: wait, operator: name, why: Self.wrongProof)
        }
        control.proofAttempts.succeeded(attempt)
        try body(ConnectionState.SignedIn(operator: name, rights: entry.rights, verified: true))
      } catch {
        reply.fail(error)
      }
    }
    let verify = entry.verify
    let taken = proofs.ask({ verify(proof) }) { [self] isRight in
      server?.execute { rest.value(self, isRight) }
    }
    guard taken else {
      proofsUnderWay[attempt] = nil
      throw Self.proofBusy(since: 0)
    }
  }

  /// A wrong proof, or an operator that nobody is: who guesses shall not learn which.
  private static let wrongProof = "wrong"
  /// Not looked at: too early after a wrong one.
  private static let lockedProof = "locked"

  private static func proofBusy(since: Int64) -> SystemError {
    .busy(owner: "proof", application: "", since: since)
  }

  private func approve() -> (Method, VarlinkHandler) {
    handler(SystemInterface.Approve.self) { (control, input, caller, reply) throws(SystemError) in
      guard !caller.call.isOneway else { return }
      guard let action = ApprovalAction(rawValue: input.action) else {
        let known = ApprovalAction.allCases.map(\.rawValue).joined(separator: ", ")
        throw .refused(rule: "approval", text: "no action \(input.action); there are: \(known)")
      }
      if let user = input.user, !(0...Int64(UInt32.max)).contains(user) {
        throw .refused(rule: "approval", text: "user is no Unix user id")
      }
      guard caller.role != .supervisor else { return try control.grant(action, input, .role, caller, reply) }
      try control.check(input.operator, input.proof ?? "", caller, reply) { (signedIn) throws(SystemError) in
        guard signedIn.rights.contains("approve") || signedIn.rights.contains("supervisor") else {
          throw Access.denial(.systemApprove, caller.role, caller.call.peer, operator: input.operator)
        }
        try control.grant(action, input, .pin, caller, reply)
      }
    }
  }

  private static func tender(_ text: String?) throws(SystemError) -> TenderID? {
    guard let text else { return nil }
    guard let id = TenderID(text) else { throw .refused(rule: "approval", text: "\(text) is no tender id, like t1") }
    return id
  }

  private func grant(
    _ action: ApprovalAction, _ input: SystemInterface.Approve.Input, _ proven: ApprovalProof, _ caller: Caller,
    _ reply: VarlinkReply
  ) throws(SystemError) {
    // A program that asks with a PIN asks for itself; a supervisor hands the id to whom it likes.
    let user = input.user ?? (caller.role == .supervisor ? nil : Int64(caller.call.peer.userID))
    let prepared = Prepared(
      key: input.idempotencyKey,
      event: .approve(
        Approve(
          approver: input.operator, action: action, subject: input.subject, revision: input.revision ?? 0,
          reason: input.reason, user: user, amount: input.amount.map { Amount($0) }, proven: proven,
          tender: try Self.tender(input.tender), decision: input.decision.map { ApprovedDecision($0) })),
      lane: caller.laneOf(input.subject))
    try send(SystemInterface.Approve.self, input, prepared, caller, reply) { answer, _, _ in
      for case .approvalGranted(let approval) in answer.records.map(\.fact) {
        return (.init(approval: approval.id, expires: approval.expires), nil)
      }
      return (nil, nil)
    }
  }

  private func status() -> (Method, VarlinkHandler) {
    handler(SystemInterface.Status.self) { (control, input, caller, reply) throws(SystemError) in
      let output = control.status(caller)
      guard output.journal != nil, let engine = control.engine else {
        reply.reply { output.write(to: &$0) }
        return
      }
      // What only the disk knows is told when the disk answers in time.
      let answered = UncheckedBox(Once())
      let box = UncheckedBox((control, reply, output, caller))
      let finish: @Sendable (Int64?, String?) -> Void = { days, note in
        guard answered.value.first() else { return }
        var output = box.value.2
        output.diskDaysLeft = days
        output.journal?.checkpoint = note ?? ""
        // A damaged segment may have been found whole again.
        output.waits = box.value.0.waits(box.value.3)
        box.value.1.reply { output.write(to: &$0) }
      }
      let server = control.server
      let taken = engine.outlook { result in
        let known = try? result.get()
        server?.execute { finish(known?.disk?.days, known?.note) }
      }
      guard taken else { return finish(nil, nil) }
      server?.execute(afterMilliseconds: Self.statusPatience) { finish(nil, nil) }
    }
  }

  private func waits(_ caller: Caller) -> [Wire.Wait] {
    waits(caller.snapshot, isChinese: caller.state.language == "zh")
  }

  func waits(_ snapshot: Snapshot, isChinese: Bool) -> [Wire.Wait] {
    Waits(
      snapshot: snapshot, isChinese: isChinese, started: started, printersSince: printersSince, scanners: scanners,
      signs: engine?.setup.signer != nil, damages: engine?.damages.all ?? []
    ).all
  }

  /// How long Status waits for the disk, milliseconds.
  static let statusPatience: Int64 = 200

  private func status(_ caller: Caller) -> SystemInterface.Status.Output {
    let snapshot = caller.snapshot
    let till = snapshot.till
    let owed = till.jobs.values.filter { $0.document == .receipt && $0.state != .started }.count
    let printers = engine?.setup.printers.keys.sorted() ?? []
    return SystemInterface.Status.Output(
      version: setup.version, box: caller.words.box, origin: till.identity?.origin ?? "",
      instance: instance, started: started, mode: Wire.Mode(snapshot.mode),
      reasons: Wire.Reason.all(snapshot.reasons), clock: snapshot.clockTrusted ? .trusted : .untrusted,
      businessDay: till.businessDay?.description ?? "", lanes: lanes(snapshot),
      printers: printers.map { name in
        snapshot.printers[name].map { caller.words.printer(name, $0) } ?? WireWords.unheard(name)
      },
      journal: snapshot.head.sequence > 0 ? caller.words.head(snapshot.head, checkpoint: "") : nil,
      waits: waits(caller),
      openSales: Int64(till.sales.count),
      unresolved: Int64(till.unresolved.count), receiptsOwed: Int64(owed))
  }
}

/// True once.
final class Once {
  private var isOver = false

  func first() -> Bool {
    defer { isOver = true }
    return !isOver
  }
}
