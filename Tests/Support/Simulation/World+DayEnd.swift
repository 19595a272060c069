import Engine
import Journal
import SimulatedDisk
import Till

// The end of the day.
extension World {
  /// In so much time everything is over once everybody is well, nanoseconds: an hour is the most between two questions
  /// about what a person decided.
  private static let longestEnd: UInt64 = 2 * 3_600 * 1_000_000_000

  /// Providers are well again, and people look after what only they can decide.
  func healPayments() {
    network.isWell = true
    network.away = []
    network.elsewhere = []
    for name in Self.providerNames { introduce(name) }
    for name in Self.providerNames { providers[name]?.heal() }
  }

  /// Whatever is followed comes to its end, in bounded time.
  func endPayments() {
    guard judgesOrder else { return }
    let limit = clocks.nanoseconds + Self.longestEnd
    for _ in 0..<4_000 where isAlive && !isOver {
      settle()
      deliverPayments()
      lookUp()
      carryOut()
      device()
      guard let till = instance?.drain.snapshot.till else { return }
      if isQuiet, network.next == nil, till.followedTenders.isEmpty { return }
      if isQuiet {
        for event in Shopper.settling(till, at: clocks.wallOffset + Int64(clocks.nanoseconds / 1_000_000)) {
          ask(event)
        }
      }
      guard let next = [network.next, due].compactMap({ $0 }).min(), isQuiet else {
        clocks.advance(milliseconds: 1)
        continue
      }
      clocks.advance(to: next)
      if clocks.nanoseconds > limit { break }
    }
    guard !isOver, isAlive, let till = instance?.drain.snapshot.till else { return }
    let open = till.followedTenders.map { "\($0.tender.number ?? "") \($0.tender.state.rawValue)" }
    fail(.unresolved, "\(open.count) payments are not over, the first \(open.first ?? "on its way")")
  }

  /// A call that is none of the shopper's.
  private func ask(_ event: Event) {
    guard let method = Shopper.method(event) else { return }
    requests.append(
      Request(
        key: "end-of-day-\(requests.count)-\(seed)", method: method, event: event, stubs: [],
        entropy: [chance.next(), chance.next()]))
    send(requests.count - 1)
  }
}
