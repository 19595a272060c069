import Engine
import Journal
import Testing

/// Which keys are taken: the difference between "once" and "twice".
@Suite struct KeyTableTests {
  private let hash = SHA256.hash([1])
  private let other = SHA256.hash([2])

  private func fingerprint(_ key: String) -> UInt64 { key.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) } }

  @Test func aKeyIsTakenFromItsDecisionOn() {
    var keys = KeyTable()
    #expect(keys["k"] == nil)
    keys.stage("k", method: "m", requestHash: hash)
    #expect(keys["k"]?.sequence == nil && keys["k"]?.durable == false && keys["k"]?.requestHash == hash)
    keys.place("k", at: 7)
    #expect(keys["k"]?.sequence == 7 && keys["k"]?.durable == false, "a place is not durability")
    keys.makeDurable("k")
    #expect(keys["k"]?.durable == true && keys["k"]?.method == "m")
    keys.place("nobody", at: 9)
    keys.makeDurable("nobody")
    #expect(keys["nobody"] == nil, "nothing is taken by placing it")
  }

  @Test func whatIsReadBackIsDurable() {
    var keys = KeyTable()
    keys.replayed("k", method: "m", requestHash: other, at: 3)
    #expect(keys["k"]?.sequence == 3 && keys["k"]?.durable == true && keys["k"]?.requestHash == other)
    #expect(!keys.mayBeSealed("k", fingerprint: fingerprint))
  }

  @Test func sealedKeysAreRememberedByFingerprint() {
    var keys = KeyTable()
    for index in 0..<100 { keys.replayed("key-\(index)", method: "m", requestHash: hash, at: UInt64(index)) }
    #expect(!keys.mayBeSealed("key-1", fingerprint: fingerprint))
    keys.seal(fingerprint: fingerprint)
    #expect(keys["key-1"] == nil, "what is in the index is not kept whole")
    for index in 0..<100 { #expect(keys.mayBeSealed("key-\(index)", fingerprint: fingerprint), "\(index)") }
    #expect(!keys.mayBeSealed("key-100", fingerprint: fingerprint))
    keys.stage("key-1", method: "m", requestHash: hash)
    #expect(keys["key-1"] != nil, "the current segment comes first")
    keys.seal(fingerprint: fingerprint)
    keys.seal(fingerprint: fingerprint)
    #expect(keys.mayBeSealed("key-1", fingerprint: fingerprint) && keys.mayBeSealed("key-99", fingerprint: fingerprint))
  }

  @Test func fingerprintsThatCollideAskTheIndex() {
    var keys = KeyTable()
    keys.stage("a", method: "m", requestHash: hash)
    keys.seal { _ in 5 }
    #expect(keys.mayBeSealed("quite another", fingerprint: { _ in 5 }), "a hit is a question, never an answer")
    #expect(!keys.mayBeSealed("a", fingerprint: { _ in 6 }))
  }
}
