import Engine
import Interfaces
import JSON
import Till
import Varlink

/// One Drawer.Open call with `more` that waits for the end of its order.
struct DrawerFollower {
  let id: UInt64
  let reply: VarlinkReply
  let rewrite: (Wire.DrawerOutcome, inout JSONWriter) -> Void
}

/// What is known of drawers beyond what the till keeps. Belongs to the loop.
struct DrawerBoard {
  /// Ended orders that are remembered.
  static let kept = 256

  private var outcomes: [String: Wire.DrawerOutcome] = [:]
  private var ended: [String] = []
  /// When the level of a drawer's switch changed last, UTC milliseconds, by the printer that it hangs on.
  private(set) var since: [String: Int64] = [:]

  func outcome(_ order: String) -> Wire.DrawerOutcome? { outcomes[order] }

  mutating func note(_ order: String, _ outcome: Wire.DrawerOutcome) {
    if outcomes.updateValue(outcome, forKey: order) == nil { ended.append(order) }
    if ended.count > Self.kept { outcomes[ended.removeFirst()] = nil }
  }

  mutating func changed(_ printer: String, at time: Int64) { since[printer] = time }
}

extension Control {
  /// How long the end of an order that the till does not have any more is waited for, milliseconds.
  static let drawerPatience: Int64 = 250

  func openDrawer() -> (Method, VarlinkHandler) {
    keyed(DrawerInterface.Open.self) { (control, input, caller) throws(SystemError) in
      // The technician's own reason needs no approval, so it is not for who sells.
      guard input.reason != .technician || caller.role == .technician || caller.role == .supervisor else {
        throw Access.denial(.drawerOpen, caller.role, caller.call.peer, wanted: .technician)
      }
      let lane = caller.lane(input.lane)
      let stub = input.stub.map { Self.here(StubReference($0), caller) }
      if let stub, stub.box != caller.snapshot.till.identity?.origin {
        throw .noSuchStub(stub: stub.stub, skippedBy: nil)
      }
      let open = OpenDrawer(
        lane: lane, drawer: try control.drawer(input.drawer),
        reason: DrawerReason(input.reason), stub: stub?.stub, note: input.note,
        approval: input.approval)
      return Prepared(key: input.idempotencyKey, event: .openDrawer(open), lane: lane, session: input.session)
    } _: { answer, _, _ in
      for case .drawerOrdered(let ordered) in answer.records.map(\.fact) {
        return (
          .init(sequence: Int64(clamping: answer.first), order: ordered.order, outcome: .ordered),
          .drawer(order: \.order, outcome: \.outcome)
        )
      }
      return (nil, nil)
    }
  }

  /// The drawer of a name, or of the device id that Device.List gives; nil stays nil.
  func drawer(_ name: String?) throws(SystemError) -> String? {
    guard let name else { return nil }
    let drawers = engine?.setup.drawers ?? [:]
    if drawers[name] != nil { return name }
    if let found = drawers.keys.first(where: { drawerID($0) == name }) { return found }
    throw .noSuchDevice(device: name, similar: drawers.keys.sorted())
  }

  /// A drawer has no wire of its own: its id is that of the printer which feeds it, in its own class.
  func drawerID(_ drawer: String) -> String? {
    guard let printer = engine?.setup.drawers[drawer],
      let device = setup.devices.first(where: { $0.deviceClass == "printer" && $0.name == printer }),
      let colon = device.id.firstIndex(of: ":")
    else { return nil }
    return "drawer" + device.id[colon...]
  }

  /// The answer is that it is ordered, the same for a repeated key at any time; with `more` the end follows.
  func follow(
    drawer order: String, _ reply: VarlinkReply, wantsMore: Bool,
    _ rewrite: @escaping (Wire.DrawerOutcome, inout JSONWriter) -> Void
  ) {
    guard wantsMore else {
      reply.reply { rewrite(.ordered, &$0) }
      return
    }
    _ = reply.replyContinues { rewrite(.ordered, &$0) }
    if let outcome = drawers.outcome(order) {
      reply.reply { rewrite(outcome, &$0) }
      return
    }
    let id = token()
    drawerFollowers[order, default: []].append(DrawerFollower(id: id, reply: reply, rewrite: rewrite))
    let box = UncheckedBox(self)
    reply.onCancel { box.value.drawerFollowers[order]?.removeAll { $0.id == id } }
    // An order that the till does not have any more ended this very moment, or in an earlier run: then nobody tells.
    if engine?.snapshot.till.drawerOrders[order] != nil { return }
    server?.execute(afterMilliseconds: Self.drawerPatience) { box.value.stopWaiting(order, id) }
  }

  private func stopWaiting(_ order: String, _ id: UInt64) {
    guard let index = drawerFollowers[order]?.firstIndex(where: { $0.id == id }) else { return }
    let follower = drawerFollowers[order]?.remove(at: index)
    follower?.reply.reply { follower?.rewrite(.ordered, &$0) }
  }

  /// Notes what happened to drawers and ends the calls that waited for it.
  func advanceDrawer(_ happening: Happening) {
    switch happening.name {
    case "drawerEnded":
      let data = (try? JSON(parsing: happening.data)) ?? .object([])
      let outcome = data["outcome"]?.string.flatMap(Wire.DrawerOutcome.init(rawValue:)) ?? .unknown
      drawers.note(happening.subject, outcome)
      for follower in drawerFollowers.removeValue(forKey: happening.subject) ?? [] {
        follower.reply.reply { follower.rewrite(outcome, &$0) }
      }
    case "drawerState": drawers.changed(happening.subject, at: happening.at)
    default: break
    }
  }

  func drawerStatus() -> (Method, VarlinkHandler) {
    handler(DrawerInterface.Status.self) { (control, input, caller, reply) throws(SystemError) in
      let only = try control.drawer(input.drawer)
      let drawers = control.engine?.setup.drawers ?? [:]
      let output = DrawerInterface.Status.Output(
        drawers: drawers.sorted { $0.key < $1.key }.filter { only == nil || $0.key == only }.map {
          let state = caller.snapshot.printers[$0.value]?.drawer ?? .unknown
          return Wire.DrawerStatus(
            drawer: $0.key, state: Wire.OpenState(state),
            since: state == .unknown ? nil : control.drawers.since[$0.value],
            sensor: state == .unknown ? .none : .assumed)
        })
      reply.reply { output.write(to: &$0) }
    }
  }
}
