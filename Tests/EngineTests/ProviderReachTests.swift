import Engine
import Testing
import Till

/// A connector that cannot be reached is known with its reason, since when, until it is back.
@Suite struct ProviderReachTests {
  private func tell(_ reach: ProviderReach, _ box: TestBox) {
    box.drain.take(.provider(name: "wallet", .reach(reach)))
    box.settle()
  }

  @Test func itIsGoneSinceTheFirstWordUntilItIsThere() throws {
    let box = try TestBox(index: false)
    try box.start()
    #expect(box.drain.snapshot.providersGone.isEmpty)
    tell(.gone(.refused), box)
    let first = try #require(box.drain.snapshot.providersGone["wallet"])
    #expect(first.why == .refused)
    box.clocks.advance(milliseconds: 60_000)
    tell(.gone(.missing), box)
    let later = try #require(box.drain.snapshot.providersGone["wallet"])
    #expect(later.why == .missing && later.since == first.since)
    tell(.there, box)
    #expect(box.drain.snapshot.providersGone.isEmpty)
    tell(.gone(.silent), box)
    #expect(try #require(box.drain.snapshot.providersGone["wallet"]).since > first.since)
  }
}
