extension Tender {
  /// What ends its present state, for whoever is refused because of it.
  var wayOut: String {
    switch (kind, state) {
    case (_, .approved), (_, .declined), (_, .reversed): "nothing of it is open"
    case (_, .reversing): "it is being taken back, which goes on by itself"
    case (.provider, .intent): "its order is on the way: wait for the provider's answer"
    case (.provider, .manual) where !isRefund: "the provider took another amount: resolve the sale (Resolve)"
    case (.provider, _) where isRefund: "wait for its provider, or decide it (DecideTender)"
    case (.provider, _): "wait for its provider, take it back (RemoveTender), or decide it (DecideTender)"
    default: "say how it ended (ReportTender)"
    }
  }

  /// Refuses a report of a tender that the application knows no better than the box.
  func checkMayBeReported() throws(Refusal) {
    if kind == .external, state == .unknown { return }
    let text =
      switch kind {
      case .provider: "a provider's tender is not reported: \(wayOut)"
      case .external: "only an unknown one is reported"
      default: "only an external one is reported"
      }
    throw .refused(.tender, text: "tender \(id) is \(state.rawValue); \(text)")
  }

  /// Refuses to take back what is not there, is on its way, or goes back already.
  func checkCanBeTakenBack() throws(Refusal) {
    let isStopped = kind == .provider && state.holdsBill && state != .intent
    guard state != .approved, !isStopped else { return }
    throw .refused(
      state.isLive ? .liveTender : .tender,
      text: "tender \(id) is \(state.rawValue); \(state.isLive ? wayOut : "nothing of it is left to take back")")
  }
}

extension Sale {
  /// Refuses to end or to change a sale while part of the bill waits for the outcome of a tender.
  func checkNothingHoldsIt() throws(Refusal) {
    guard let tender = tenders.first(where: \.state.holdsBill) else { return }
    throw .refused(.liveTender, text: "tender \(tender.id) is \(tender.state.rawValue): \(tender.wayOut)")
  }
}
