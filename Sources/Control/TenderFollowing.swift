import Engine
import Interfaces
import JSON
import Till
import Varlink

/// One AddTender call with `more` whose tender is not settled yet.
struct TenderFollower {
  let id: UInt64
  let reply: VarlinkReply
  var tender: Wire.Tender
  let rewrite: (Wire.Tender, inout JSONWriter) -> Void
}

extension Wire.TenderState {
  /// Somebody may still say how it ended.
  var isLive: Bool {
    switch self {
    case .intent, .pending, .unknown, .reversing: true
    case .approved, .declined, .reversed, .manual: false
    }
  }
}

extension Wire.Tender {
  /// The tender as an entry's `data` says it is now. Members that cannot change stay.
  func after(_ data: JSON, _ codes: [String: String]) -> Wire.Tender? {
    guard let now = data["tender"], now["id"]?.string == id else { return nil }
    var tender = self
    if let state = now["state"]?.string.flatMap(Wire.TenderState.init(rawValue:)) { tender.state = state }
    tender.approved = now["approved"]?.integer ?? tender.approved
    tender.tip = now["tip"]?.integer ?? tender.tip
    tender.surcharge = now["surcharge"]?.integer ?? tender.surcharge
    tender.cashback = now["cashback"]?.integer ?? tender.cashback
    tender.change = now["change"]?.integer ?? tender.change
    tender.cashRounding = now["cashRounding"]?.integer ?? tender.cashRounding
    tender.reported = now["reported"]?.bool ?? tender.reported
    tender.reference = now["reference"]?.string ?? tender.reference
    tender.why = now["why"]?.string
    let isOpen = [.intent, .pending, .unknown].contains(tender.state)
    tender.shownCode = isOpen ? tender.number.flatMap { codes[$0] } : nil
    return tender
  }
}

extension Control {
  /// How long a repeated call waits for news of a tender that is settled by now, milliseconds.
  static let tenderPatience: Int64 = 250

  /// Streams the tender until somebody said how it ended.
  func follow(
    tender: Wire.Tender, of sale: String, _ reply: VarlinkReply,
    _ rewrite: @escaping (Wire.Tender, inout JSONWriter) -> Void
  ) {
    let id = token()
    _ = reply.replyContinues { rewrite(tender, &$0) }
    tenderFollowers[sale, default: []].append(
      TenderFollower(id: id, reply: reply, tender: tender, rewrite: rewrite))
    let box = UncheckedBox(self)
    reply.onCancel { box.value.tenderFollowers[sale]?.removeAll { $0.id == id } }
    let known = engine?.snapshot.till.sales[sale]?.tenders.first { $0.id.description == tender.id }
    if known?.state.isLive ?? false { return }
    // Settled this very moment, which is told at once, or before this call was repeated, which nobody tells any more.
    server?.execute(afterMilliseconds: Self.tenderPatience) { box.value.stopFollowing(sale, id) }
  }

  private func stopFollowing(_ sale: String, _ id: UInt64) {
    guard let index = tenderFollowers[sale]?.firstIndex(where: { $0.id == id }),
      let follower = tenderFollowers[sale]?.remove(at: index)
    else { return }
    follower.reply.reply { follower.rewrite(follower.tender, &$0) }
  }

  /// Moves the calls that follow this sale's tenders on.
  func advanceTender(_ happening: Happening) {
    let sale = happening.subject
    guard let following = tenderFollowers[sale], !following.isEmpty else { return }
    let data = (try? JSON(parsing: happening.data)) ?? .object([])
    let codes = engine?.snapshot.codes ?? [:]
    var rest: [TenderFollower] = []
    for var follower in following {
      // The event of the call itself comes behind its answer and says nothing new.
      guard let now = follower.tender.after(data, codes), now != follower.tender else {
        rest.append(follower)
        continue
      }
      follower.tender = now
      if now.state.isLive {
        _ = follower.reply.replyContinues { follower.rewrite(now, &$0) }
        rest.append(follower)
      } else {
        follower.reply.reply { follower.rewrite(now, &$0) }
      }
    }
    tenderFollowers[sale] = rest.isEmpty ? nil : rest
  }
}
