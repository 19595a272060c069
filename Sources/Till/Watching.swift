/// Behind its end a payment is looked at a few times more: an order may still arrive, and its money must go back.
extension Tender {
  /// True for a payment that its provider ended without a word that money went back.
  public var isWatched: Bool {
    guard kind == .provider, !isRefund, let course, course.endedAt != nil, course.verdict == nil else { return false }
    return state == .declined || state == .reversed
  }

  /// The same, from now on watched where that makes sense: not when nothing was ever sent, and not behind the provider's
  /// own words that it took the money and that it gave it back.
  func watched(at now: Int64) -> Tender {
    guard kind == .provider, !isRefund, state == .declined || state == .reversed, let course,
      !course.taken, course.verdict == nil, course.endedAt == nil, course.unsent != true
    else { return self }
    var tender = self
    tender.course?.endedAt = now
    return tender
  }
}

extension Till {
  /// All that is looked at behind its end, by number.
  public var watchedTenders: [(sale: String, tender: Tender)] {
    var result: [(sale: String, tender: Tender)] = []
    for sale in sales.values {
      for tender in sale.tenders where tender.isWatched { result.append((sale.id, tender)) }
    }
    for (_, pursuit) in watched { result.append((pursuit.sale, pursuit.tender)) }
    return result.sorted { ($0.tender.number ?? "") < ($1.tender.number ?? "") }
  }

  /// Whether something can still become of an order: its sale is not over, or it is followed or watched behind it.
  package func keeps(_ number: String, of sale: String) -> Bool {
    sales[sale] != nil || pursuits[number] != nil || watched[number] != nil
  }

  /// Keeps what is watched of a sale that is over; what is older than a week, or than the newest few, is forgotten.
  mutating func watch(_ over: Pursuit) {
    guard over.tender.isWatched, let number = over.tender.number, let ended = over.tender.course?.endedAt else {
      return
    }
    watched = watched.filter { ended.saturated(adding: -($0.value.tender.course?.endedAt ?? 0)) < Limits.watchedAge }
    let others = watched.filter { $0.value.mode == over.mode }
    if others.count >= Limits.most(Limits.watched, of: over.mode ?? .normal),
      let oldest = others.min(by: {
        ($0.value.tender.course?.endedAt ?? 0, $0.key) < ($1.value.tender.course?.endedAt ?? 0, $1.key)
      })
    {
      watched[oldest.key] = nil
    }
    watched[number] = over
  }
}
