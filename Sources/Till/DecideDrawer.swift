extension Till {
  func decideOpenDrawer(_ event: OpenDrawer, _ context: Context) throws(Refusal) -> Decision {
    let lane = event.drawer == nil || event.lane != nil ? try laneConfiguration(event.lane) : nil
    guard lane?.training != true else { throw .refused(.training, text: "training opens no drawer") }
    guard let drawer = event.drawer ?? lane?.drawer else {
      throw .refused(.drawer, text: "no drawer is named and the lane has none")
    }
    try TextRules.checkIdentifier(drawer, "drawer")
    try TextRules.check(event.note, "note")
    let stub = event.stub.flatMap { StubNumber($0) }
    if event.reason == .change {
      guard let stub, stub.mode == .normal, stub.value < counters.nextStub
      else { throw .refused(.drawer, text: "change is given for a stub of this box") }
    }
    try TextRules.checkIdentifier(event.stub, "stub")
    let laneOfDrawer = lane ?? configuration.lanes.first { $0.drawer == drawer }
    var draft = Draft(self, context, lane: laneOfDrawer?.name)
    var approval: String?
    let shift = laneOfDrawer.flatMap { self.shift(lane: $0.name) }
    let isFree =
      switch event.reason {
      case .change: shift?.changeOwed?.contains { $0 == stub?.description } ?? false
      case .count: shift.map { $0.counted != true } ?? false
      case .technician: true
      case .noSale: false
      }
    if !isFree, configuration.limits.noSaleNeedsApproval {
      approval = try draft.approval(
        event.approval, ApprovalNeed(.noSale), subject: laneOfDrawer?.name ?? "", revision: 0)
    }
    _ = draft.order(
      DrawerOrdered(
        order: "", drawer: drawer, reason: event.reason, stub: event.stub, note: event.note, approval: approval,
        asked: true))
    return draft.decision()
  }

  func decideDrawerEnded(
    _ order: String, _ outcome: DrawerOutcome, _ context: Context
  ) throws(Refusal) -> Decision {
    guard let open = drawerOrders[order] else { throw .noSuchDrawerOrder(order) }
    var draft = Draft(self, context, lane: open.lane)
    draft.add(.drawerEnded(DrawerEnded(order: order, outcome: outcome)))
    return draft.decision()
  }
}
