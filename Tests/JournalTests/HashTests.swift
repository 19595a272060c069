import Journal
import Testing

@Suite struct HashTests {
  /// FIPS 180-4 examples.
  @Test func sha256() {
    #expect(
      SHA256.hash([UInt8]("abc".utf8)).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(SHA256.hash([]).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    var hash = SHA256()
    let broken = hash.isBroken
    #expect(!broken)
    for _ in 0..<2 {  // the second round shows that `finish` starts anew
      hash.update([UInt8]("a".utf8))
      let soFar = hash.digestSoFar()
      #expect(soFar == SHA256.hash([UInt8]("a".utf8)))
      hash.update(byte: 0x62)
      hash.update([0x63])
      let digest = hash.finish()
      #expect(digest.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
  }

  /// RFC 3720 appendix B.4.
  @Test func crc32c() {
    let vectors: [(bytes: [UInt8], expected: UInt32)] = [
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
      ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
      ([UInt8](0..<32), 0x46DD_794E),
      ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
      ([UInt8]("123456789".utf8), 0xE306_9283),
    ]
    for vector in vectors {
      #expect(CRC32C.checksum(vector.bytes) == vector.expected)
      #expect(CRC32C.portableChecksum(vector.bytes) == vector.expected)
    }
  }

  @Test func crc32cContinuesAndBothPathsAgree() {
    var bytes: [UInt8] = []
    for count in 0..<200 {
      #expect(CRC32C.checksum(bytes) == CRC32C.portableChecksum(bytes))
      let cut = count / 3
      let first = CRC32C.checksum([UInt8](bytes[..<cut]))
      #expect(CRC32C.checksum([UInt8](bytes[cut...]), continuing: first) == CRC32C.checksum(bytes))
      bytes.append(UInt8(truncatingIfNeeded: count &* 131 &+ 7))
    }
  }

  @Test func digestText() {
    let digest = SHA256.hash([1, 2, 3])
    #expect(Digest(hex: digest.hex) == digest)
    #expect(Digest(digest.bytes) == digest)
    #expect(Digest([1, 2, 3]) == nil)
    #expect(Digest(hex: digest.hex.uppercased()) == nil)
    #expect(Digest.zero.bytes == [UInt8](repeating: 0, count: 32))
  }
}
