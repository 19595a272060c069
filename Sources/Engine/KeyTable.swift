import Journal

/// Which idempotency keys are taken.
///
/// Keys of the current segment are held whole. Of sealed segments of the last seven days only 64-bit fingerprints are
/// held: no hit means that the key is new; a hit must be looked up.
package struct KeyTable: Sendable {
  package struct Entry: Sendable {
    package var method: String
    package var requestHash: Digest
    /// Nil while its event has no place yet.
    package var sequence: UInt64?
    package var durable: Bool
  }

  package private(set) var current: [String: Entry] = [:]
  private(set) var sealed: KeyFingerprints

  package init() { sealed = KeyFingerprints() }

  init(sealed: KeyFingerprints) { self.sealed = sealed }

  package subscript(key: String) -> Entry? { current[key] }

  package mutating func stage(_ key: String, method: String, requestHash: Digest) {
    current[key] = Entry(method: method, requestHash: requestHash, sequence: nil, durable: false)
  }

  package mutating func place(_ key: String, at sequence: UInt64) { current[key]?.sequence = sequence }

  package mutating func makeDurable(_ key: String) { current[key]?.durable = true }

  /// An event read back at the start.
  package mutating func replayed(_ key: String, method: String, requestHash: Digest, at sequence: UInt64) {
    current[key] = Entry(method: method, requestHash: requestHash, sequence: sequence, durable: true)
  }

  package func mayBeSealed(_ key: String, fingerprint: (String) -> UInt64) -> Bool {
    !sealed.isEmpty && sealed.contains(fingerprint(key))
  }

  /// The current segment was sealed: its keys are remembered by fingerprint from now on.
  package mutating func seal(fingerprint: (String) -> UInt64) {
    sealed.insert(current.keys.map(fingerprint))
    current.removeAll(keepingCapacity: true)
  }
}
