import Glibc
import Index
import Testing

@Suite struct IndexStoreTests {
  private func path() -> String { "/tmp/counterfoil-index-\(getpid())-\(UInt64.random(in: 0 ... .max))" }

  private let rows = [
    IndexRow(.key, "key-1", 3), IndexRow(.sale, "abc", 4), IndexRow(.stub, "1", 4), IndexRow(.later, "1", 9),
    IndexRow(.later, "1", 7), IndexRow(.closed, "", 4), IndexRow(.closed, "", 8),
  ]

  private func check(_ store: IndexStore) throws {
    #expect(try store.sequences(.later, "1") == [7, 9])
    #expect(try store.sequences(.sale, "abc") == [4])
    #expect(try store.sequences(.sale, "abd") == [])
    #expect(try store.newest(.closed, before: 8, limit: 5) == [4])
    #expect(try store.newest(.closed, before: .max, limit: 1) == [8])
    #expect(try store.covered() == [0])
    var names: [String] = []
    try store.names(.key) { names.append($0) }
    #expect(names == ["key-1"])
  }

  @Test func addingTwiceChangesNothingAndItComesBackAfterClosing() throws {
    let path = path()
    defer { unlink(path) }
    do {
      let store = try IndexStore(path: path, journal: "j")
      #expect(store.isNew)
      try store.add(first: 0, rows: rows)
      try store.add(first: 0, rows: rows)
      try check(store)
    }
    let again = try IndexStore(path: path, journal: "j")
    #expect(!again.isNew)
    try check(again)
  }

  @Test func anotherJournalsFileIsMadeAnew() throws {
    let path = path()
    defer { unlink(path) }
    do { try IndexStore(path: path, journal: "j").add(first: 0, rows: rows) }
    let other = try IndexStore(path: path, journal: "k")
    #expect(other.isNew)
    #expect(try other.covered().isEmpty)
  }

  @Test(arguments: 1...40)
  func aDamagedFileIsMadeAnewOrStillRight(seed: Int) throws {
    let path = path()
    defer { unlink(path) }
    do { try IndexStore(path: path, journal: "j").add(first: 0, rows: rows) }
    let descriptor = open(path, O_RDWR)
    var random = seed &* 7919
    for _ in 0..<50 {
      random = random &* 1_103_515_245 &+ 12_345
      var byte = UInt8(truncatingIfNeeded: random >> 16)
      pwrite(descriptor, &byte, 1, (random >> 8) & 0x3FFF)
    }
    close(descriptor)
    let store = try IndexStore(path: path, journal: "j")
    if store.isNew { try store.add(first: 0, rows: rows) }
    #expect(throws: Never.self) { _ = try store.covered() }
  }
}
