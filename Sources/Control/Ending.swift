import Engine
import Interfaces
import Till
import Varlink

extension Control {
  /// The daemon stops, and the engine has: every call that is still open gets its last answer, then the connections close.
  ///
  /// What was decided is answered by now. What follows a job, a drawer or a tender ends with how that stands. All else, the
  /// streams of Watch and Scanner.Read among it, ends with NotSelling and the reason `shutdown`. `registerEnded` false: the
  /// register is still at the disk, so nobody knows what becomes of calls that wait for it; they get no answer, and their
  /// connections close. Not to be called on the event loop.
  public func stop(registerEnded: Bool) {
    guard let server else { return }
    server.execute { [self] in
      serviceWords = nil
      if !registerEnded {
        for call in pending.values { call.reply.abandon() }
        pending.removeAll()
      }
      endFollowing()
    }
    let ending: @Sendable (VarlinkReply) -> Void = { $0.fail(.shutdown) }
    server.stop(ending: ending)
  }

  private func endFollowing() {
    let (jobs, orders, tenders) = (followers, drawerFollowers, tenderFollowers)
    followers.removeAll()
    drawerFollowers.removeAll()
    tenderFollowers.removeAll()
    if let engine {
      let words = words(engine.snapshot)
      for (job, following) in jobs {
        guard let now = present(job, words) else { continue }
        for follower in following { follower.reply.reply { follower.rewrite(now, &$0) } }
      }
    }
    for (order, following) in orders {
      let now = drawers.outcome(order) ?? .ordered
      for follower in following { follower.reply.reply { follower.rewrite(now, &$0) } }
    }
    for follower in tenders.values.joined() { follower.reply.reply { follower.rewrite(follower.tender, &$0) } }
  }
}

extension SystemError {
  static let shutdown = SystemError.notSelling(mode: .reading, reasons: [.shutdown])
}
