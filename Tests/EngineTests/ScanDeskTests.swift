import Engine
import Testing

@Suite struct ScanDeskTests {
  private let meaning = ScanMeaning(kind: "product", scanDataType: 104)

  private func take(_ desk: inout ScanDesk, lane: String?, now: UInt64) -> Scan {
    desk.received(
      lane: lane, scanner: "s", bytes: [49], aim: nil, meaning: meaning, at: 0, now: now, entropy: now &* 0x9E37_79B9)
  }

  private func claim(_ holder: UInt64, _ lane: String?) -> ScanClaim {
    ScanClaim(holder: holder, lane: lane, application: "app\(holder)", userID: 0, since: 0)
  }

  @Test func aScanNobodyListensToIsStale() {
    var desk = ScanDesk()
    #expect(take(&desk, lane: "1", now: 1).stale)
    #expect(desk.claim(claim(1, "1")) == nil)
    #expect(!take(&desk, lane: "1", now: 2).stale)
    #expect(take(&desk, lane: "2", now: 3).stale)
  }

  @Test func aLaneHasOneListenerUntilItLetsGo() {
    var desk = ScanDesk()
    #expect(desk.claim(claim(1, "1")) == nil)
    #expect(desk.claim(claim(2, "1"))?.holder == 1)
    #expect(desk.claim(claim(3, "2")) == nil)
    desk.release(holder: 1)
    #expect(desk.claim(claim(2, "1")) == nil)
  }

  @Test func oneScannerOfALaneMayBeHeldAlone() {
    var desk = ScanDesk()
    var hand = claim(1, "1")
    hand.scanner = "hand"
    var table = claim(2, "1")
    table.scanner = "table"
    #expect(desk.claim(hand) == nil && desk.claim(table) == nil)
    #expect(desk.claim(claim(3, "1"))?.holder == 1)
    desk.release(holder: 1)
    desk.release(holder: 2)
    #expect(desk.claim(claim(3, "1")) == nil && desk.claim(hand)?.holder == 3)
    #expect(
      !desk.received(
        lane: "1", scanner: "other", bytes: [49], aim: nil, meaning: meaning, at: 0, now: 1, entropy: 1
      ).stale)
  }

  @Test func whatNobodyHeardIsKeptAndSecretsAreWiped() {
    var desk = ScanDesk()
    let secret = ScanMeaning(kind: "payment", scanDataType: 204, masked: "13…")
    let open = take(&desk, lane: "1", now: 1)
    _ = desk.received(
      lane: "1", scanner: "s", bytes: [49, 51], aim: nil, meaning: secret, at: 0, now: 2, entropy: 7)
    let later = 3 + 10 * ScanDesk.handleLife
    _ = take(&desk, lane: "1", now: later)
    let (scans, gap) = desk.scans(after: 0, lane: "1")
    #expect(!gap && scans.map(\.bytes) == [open.bytes, [], open.bytes] && scans.allSatisfy(\.stale))
    #expect(desk.scan(handle: open.handle, now: later) == nil)
    #expect(desk.scans(after: 0, lane: "1", scanner: "nobody").scans.isEmpty)
  }

  @Test func aHandleLivesAMinuteAndNoLonger() {
    var desk = ScanDesk()
    let scan = take(&desk, lane: "1", now: 1_000)
    #expect(desk.scan(handle: scan.handle, now: 1_000 + ScanDesk.handleLife)?.number == 1)
    #expect(desk.scan(handle: scan.handle, now: 1_001 + ScanDesk.handleLife) == nil)
  }

  @Test func aListenerThatComesBackIsToldWhatItMissedAndWhatIsGone() {
    var desk = ScanDesk()
    for number in 1...UInt64(ScanDesk.kept + 10) { _ = take(&desk, lane: "1", now: number) }
    let (scans, gap) = desk.scans(after: 5, lane: "1")
    #expect(gap)
    #expect(scans.count == ScanDesk.kept)
    #expect(!desk.scans(after: desk.newest - 3, lane: "1").gap)
    #expect(desk.scans(after: desk.newest - 3, lane: "1").scans.count == 3)
  }
}
