import Engine
import Testing
import Till
import TillShop

/// The order in which things leave a drain.
@Suite struct DrainTests {
  /// Who was answered reads what he was told, also of an edit that waits for no commit.
  @Test func anAnswerComesBehindWhatItSays() throws {
    let box = try TestBox(index: false)
    try box.openShift()
    let opened = box.call(.openSale(OpenSale(lane: "1", lines: [item(500)])))
    let records = try #require(box.answers[opened]).get().records
    let sale = try #require(SaleChange(records)?.sale)
    #expect(box.shown[opened]?.till.sales[sale] != nil)
    let edit = box.call(.setParty(SetParty(sale: sale, member: "M-1")))
    let edited = try #require(box.answers[edit]).get().records
    #expect(SaleChange(edited)?.isEdit == true)
    #expect(box.shown[edit]?.till.sales[sale]?.member == "M-1")
    let total = box.call(.total(SaleCall(sale: sale)))
    #expect(box.shown[total]?.till.sales[sale]?.state == .tendering)
  }
}
