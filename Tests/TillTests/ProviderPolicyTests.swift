import Testing
import Till

/// What a provider may want of the box.
@Suite struct ProviderPolicyTests {
  /// Until its order is answered a payment has no other exit, so that wait is short whatever a provider wants.
  @Test func anOrderIsNotWaitedForALongTime() {
    func policy(_ wait: Int64) -> ProviderPolicy {
      ProviderPolicy(payTimeout: wait, firstQuery: wait, queryInterval: wait, window: wait, reverseNotBefore: wait)
    }
    let long = policy(24 * 60 * 60 * 1000)
    #expect(long.payTimeout == 150_000)
    // What comes behind the answer may take long.
    #expect(long.firstQuery == 24 * 60 * 60 * 1000 && long.window == long.firstQuery)
    #expect(policy(.max).payTimeout == 150_000 && policy(.min).payTimeout == 10)
    #expect(policy(149_999).payTimeout == 149_999)
  }
}
