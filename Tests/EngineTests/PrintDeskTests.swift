import Devices
import Document
import Engine
import Testing

/// Which job a printer gets, and when: what the register relies on before it makes a start durable.
@Suite struct PrintDeskTests {
  private func status(ready: Bool) -> PrinterStatus {
    PrinterStatus(
      state: ready ? .idle : .error, online: ready, paper: ready ? .ok : .out, cover: .closed, bestLevel: .clean,
      columns: 48, encoding: "GB18030")
  }

  private let content = JobContent.note(Document(title: "t", elements: []))

  @Test func aJobStartsOnlyOnAPrinterThatWasAskedAfterItCame() {
    var desk = PrintDesk()
    desk.status("a", status(ready: true))
    desk.enqueue("j1", at: "a")
    // What was heard before the job came is not believed: the printer may have been switched off since.
    #expect(desk.next("a") == nil)
    let asks1 = desk.mustAsk("a")
    #expect(asks1)
    let asks2 = desk.mustAsk("a")
    #expect(!asks2, "one question at a time")
    desk.status("a", status(ready: true))
    #expect(desk.next("a") == "j1")
    let asks3 = desk.mustAsk("a")
    #expect(!asks3)
  }

  @Test func onePrinterHasOneJobAndTheNextWaitsForAFreshWord() {
    var desk = PrintDesk()
    desk.enqueue("j1", at: "a")
    desk.enqueue("j2", at: "a")
    desk.enqueue("j1", at: "a")
    desk.enqueue("j3", at: "b")
    desk.status("a", status(ready: true))
    desk.status("b", status(ready: true))
    #expect(desk.slots["a"]?.waiting == ["j1", "j2"], "a job waits once")
    #expect(desk.next("a") == "j1" && desk.next("b") == "j3")
    desk.started("j1", at: "a")
    #expect(desk.next("a") == nil && desk.next("b") == "j3")
    desk.status("a", status(ready: true))
    #expect(desk.next("a") == nil, "the first is still under way")
    let asks4 = desk.mustAsk("a")
    #expect(!asks4, "a printer at work is not asked")
    desk.enqueue("j1", at: "a")
    #expect(desk.slots["a"]?.waiting == ["j2"], "what is under way does not wait as well")
    desk.ended("j1")
    desk.status("a", status(ready: true))
    #expect(desk.next("a") == "j2")
  }

  @Test func aPrinterThatCannotPrintIsNotAskedAgain() {
    var desk = PrintDesk()
    desk.enqueue("j1", at: "a")
    let asks5 = desk.mustAsk("a")
    #expect(asks5)
    desk.status("a", status(ready: false))
    #expect(desk.next("a") == nil)
    let asks6 = desk.mustAsk("a")
    #expect(!asks6, "its driver watches it and tells by itself")
    desk.status("a", status(ready: true))
    #expect(desk.next("a") == "j1")
  }

  @Test func whatIsFetchedIsNotFetchedTwice() {
    var desk = PrintDesk()
    desk.enqueue("j1", at: "a")
    desk.enqueue("j2", at: "a")
    desk.status("a", status(ready: true))
    desk.fetching("j1", at: "a")
    #expect(desk.next("a") == nil, "the order of the jobs stays")
    desk.fetched("j1", content)
    #expect(desk.next("a") == "j1")
    guard case .note? = desk.contents["j1"] else {
      Issue.record("the content is gone")
      return
    }
    desk.fetching("j1", at: "a")
    desk.fetched("j1", nil)
    #expect(desk.next("a") == "j2", "what cannot be had does not hold up the others")
  }

  @Test func aJobThatIsOverLeavesEveryQueue() {
    var desk = PrintDesk()
    desk.enqueue("j1", at: "a")
    desk.enqueue("j2", at: "a")
    desk.status("a", status(ready: true))
    desk.ended("j1")
    #expect(desk.next("a") == "j2")
    desk.started("j2", at: "a")
    desk.ended("j2")
    #expect(desk.slots["a"]?.running == nil && desk.slots["a"]?.waiting == [])
    let asks = desk.mustAsk("nobody")
    #expect(desk.next("a") == nil && desk.next("nobody") == nil && !asks)
  }
}
