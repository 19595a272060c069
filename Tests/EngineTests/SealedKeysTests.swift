import Engine
import Glibc
import Journal
import Testing

/// The file of known keys: a start with it, without it, and with one that does not fit find the same.
@Suite struct SealedKeysTests {
  private static func path(_ box: TestBox) -> String { box.setup.indexFolder + "/keys" }

  private static func bytes(_ path: String) throws -> [UInt8] {
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes[..<count])
  }

  private static func put(_ bytes: [UInt8], _ path: String) throws {
    let file = try #require(fopen(path, "w"))
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    fclose(file)
  }

  /// A box that sold one sale with a known key and much after it; its segments of that time are sealed.
  private static func sold() throws -> TestBox {
    let box = try TestBox(index: true)
    try box.openShift()
    try box.ring(key: "the-key-of-the-first-sale")
    try box.fillSegment()
    return box
  }

  /// Asks with the first sale's key again; no second sale may come of it.
  private static func asksAgain(_ box: TestBox, _ note: Comment) throws {
    let before = box.drain.snapshot.till.counters.nextStub
    try box.ring(key: "the-key-of-the-first-sale")
    #expect(box.drain.snapshot.till.counters.nextStub == before, note)
    try box.ring()
    #expect(box.drain.snapshot.till.counters.nextStub > before, note)
  }

  @Test func aStartFindsTheKeysWhateverBecameOfTheFile() throws {
    let box = try Self.sold()
    let path = Self.path(box)
    let good = try Self.bytes(path)
    #expect(good.count > 64)
    try box.start()
    try Self.asksAgain(box, "with the file")
    for (note, change) in [
      ("gone", { _ in unlink(path) as Int32 }),
      (
        "empty",
        { _ in
          try Self.put([], path); return 0
        }
      ),
      (
        "torn",
        {
          try Self.put(Array($0.prefix($0.count / 2)), path); return 0
        }
      ),
      (
        "one bit",
        {
          var bytes = $0; bytes[20] ^= 1; try Self.put(bytes, path); return 0
        }
      ),
      (
        "longer",
        {
          try Self.put($0 + [0], path); return 0
        }
      ),
    ] as [(Comment, ([UInt8]) throws -> Int32)] {
      _ = try change(try Self.bytes(path))
      try box.start()
      try Self.asksAgain(box, note)
      // It was made again.
      #expect(try Self.bytes(path).count > 64, note)
    }
  }

  @Test func aFileOfBeforeASwitchIsNotBelieved() throws {
    let box = try Self.sold()
    let old = try Self.bytes(Self.path(box))
    try box.ring(key: "the-key-of-another-sale")
    try box.fillSegment()
    try Self.put(old, Self.path(box))
    try box.start()
    let before = box.drain.snapshot.till.counters.nextStub
    try box.ring(key: "the-key-of-another-sale")
    #expect(box.drain.snapshot.till.counters.nextStub == before)
  }

  @Test func aSpoiledIndexBehindAGoodFileForgetsNothing() throws {
    let box = try Self.sold()
    let file = try #require(fopen(box.setup.indexFolder + "/lookup.sqlite", "r+"))
    for _ in 0..<4_096 { fputs("spoiled.", file) }
    fclose(file)
    try box.start()
    try Self.asksAgain(box, "spoiled index")
  }
}
