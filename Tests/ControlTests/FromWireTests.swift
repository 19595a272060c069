import Control
import Engine
import Interfaces
import Money
import Testing
import Till

/// What a client said, in the till's words: nothing may be dropped on the way, and nothing may trap.
@Suite struct FromWireTests {
  private let reference = Wire.StubReference(box: "b", epoch: 2, stub: "17", sequence: 345, hash: "ab")

  @Test func aLineKeepsAllOfItsFields() throws {
    let line = try LineInput(
      Wire.LineInput(
        kind: .deposit, code: "c", name: "n", taxes: ["A", "B"], quantity: -735, unit: "kg", listPrice: 120,
        unitPrice: 100, pricePer: 500, amount: -99, priceSource: .scale,
        original: Wire.Original(reference: reference, line: "3", proof: .hub),
        weighing: Wire.Weighing(scale: "s", gross: 800, tare: 65, unit: "kg", stable: true), minimumAge: 18,
        attributes: ["z": "1", "a": "2"]), at: 0)
    #expect(line.kind == .deposit && line.code == "c" && line.name == "n" && line.taxCodes == ["A", "B"])
    #expect(line.quantity.thousandths == -735 && line.unit == "kg" && line.pricePer.thousandths == 500)
    #expect(line.listPrice.minorUnits == 120 && line.unitPrice.minorUnits == 100 && line.amount?.minorUnits == -99)
    #expect(line.priceSource == .scale && line.minimumAge == 18)
    #expect(line.weighing?.gross.thousandths == 800 && line.weighing?.tare.thousandths == 65)
    #expect(line.weighing?.scale == "s" && line.weighing?.unit == "kg" && line.weighing?.stable == true)
    #expect(line.original?.line == LineID("3") && line.original?.proof == .hub)
    let named = try #require(line.original?.reference)
    #expect(named == StubReference(box: "b", stub: "17", epoch: 2, sequence: 345, hash: "ab"))
    // Sorted, so that the record is the same whatever the client's dictionary did.
    #expect(line.attributes.map(\.name) == ["a", "z"] && line.attributes.map(\.value) == ["2", "1"])
  }

  @Test func whatIsLeftOutHasItsDefault() throws {
    let line = try LineInput(Wire.LineInput(name: "n", taxes: [], quantity: 1000, unitPrice: 350), at: 0)
    #expect(line.kind == .item && line.priceSource == .application && line.pricePer == .one)
    #expect(line.listPrice.minorUnits == 350, "without a list price nothing is overridden")
    #expect(line.amount == nil && line.original == nil && line.weighing == nil && line.attributes.isEmpty)
    let original = try Original(Wire.Original(reference: Wire.StubReference(stub: "1")))
    #expect(original.proof == .local && original.line == nil && original.reference.box.isEmpty)
  }

  @Test func aLineThatNamesNothingIsRefused() {
    #expect(throws: SystemError.noSuchLine(line: "x")) {
      try Original(Wire.Original(reference: reference, line: "x"))
    }
    #expect(throws: SystemError.noSuchLine(line: "0x1")) {
      try Adjustment(Wire.AdjustmentInput(kind: .coupon, target: "0x1", label: "l", amount: -1), at: 0)
    }
    for age in [Int64(-1), 151, .min, .max] {
      #expect(throws: SystemError.self) {
        try LineInput(
          Wire.LineInput(name: "n", taxes: [], quantity: 1, unitPrice: 1, minimumAge: age), at: 0)
      }
    }
  }

  @Test func adjustmentsAreCountedWhenTheyHaveNoName() throws {
    let wire = Wire.AdjustmentInput(kind: .roundOff, label: "抹零", amount: -3, source: "s")
    let second = try Adjustment(wire, at: 1)
    #expect(second.id == "a2" && second.kind == .roundOff && second.amount.minorUnits == -3 && second.target == nil)
    #expect(second.source == "s" && second.label == "抹零")
    var named = wire
    (named.id, named.target) = ("mine", "2")
    #expect(try Adjustment(named, at: 1).id == "mine")
    #expect(try Adjustment(named, at: 1).target == LineID("2"))
  }

  @Test func aTenderKeepsAllOfItsFields() throws {
    let result = Wire.TenderResult(
      outcome: .yes, approved: 900, tip: 1, surcharge: 2, cashback: 3, reference: "slip", why: "w")
    var wire = Wire.TenderInput(
      kind: .external, amount: 1000, tendered: 2000,
      foreign: Wire.Foreign(currency: "EUR", amount: 500, rateMillionths: 7_800_000), provider: "pos",
      reference: "mine", result: result)
    let tender = try TenderInput(wire)
    #expect(tender.kind == .external && tender.amount?.minorUnits == 1000 && tender.tendered?.minorUnits == 2000)
    #expect(tender.foreign?.currency == "EUR" && tender.foreign?.amount.minorUnits == 500)
    #expect(tender.foreign?.rateMillionths == 7_800_000 && tender.provider == "pos" && tender.reference == "mine")
    let report = tender.report
    #expect(report?.outcome == .yes && report?.approved?.minorUnits == 900 && report?.tip.minorUnits == 1)
    #expect(report?.surcharge.minorUnits == 2 && report?.cashback.minorUnits == 3)
    #expect(report?.reference == "slip" && report?.why == "w")
    wire.refundOf = Wire.RefundOf(stub: Wire.StubReference(box: "shop/1", stub: "000007"), tender: "t2")
    #expect(try TenderInput(wire).refundOf?.tender == TenderID(2))
    #expect(try TenderInput(wire).refundOf?.stub.stub == "000007")
    wire.refundOf?.tender = "two"
    #expect(throws: SystemError.self) { try TenderInput(wire) }
    wire.refundOf = nil
    wire.reference = nil
    #expect(try TenderInput(wire).reference == "slip", "the device's number counts when the application has none")
    wire.result = nil
    #expect(try TenderInput(wire).report == nil, "without a result it is reported later")
    #expect(TenderReport(Wire.TenderResult(outcome: .no)).tip == .zero)
  }

  @Test func countsAreInTheBoxsCurrencyUnlessTheySayOtherwise() throws {
    let wire = Wire.Count(kind: .cash, currency: "CNY", amount: 350, denominations: ["100": 3, "50": 1])
    let own = try Count(wire, currency: "CNY")
    #expect(own.key == TenderKey(kind: .cash) && own.amount.minorUnits == 350)
    #expect(own.denominations.map(\.value.minorUnits) == [50, 100] && own.denominations.map(\.pieces) == [1, 3])
    #expect(try Count(wire, currency: "EUR").key.currency == "CNY")
    for bad in ["", "x", "0", "-5", "1.5", "99999999999999999999"] {
      #expect(throws: SystemError.self, "\(bad)") {
        try Count(Wire.Count(kind: .cash, amount: 1, denominations: [bad: 1]), currency: nil)
      }
    }
  }

  /// Each side has every word of the other, and none becomes another one.
  @Test func wordsAreTheSameOnBothSides() {
    same(AdjustmentKind.init(_:))
    same(CashDirection.init(_:))
    same(DeliveryChannel.init(_:))
    same(DocumentKind.init(_:))
    same(DrawerReason.init(_:))
    same(HeldResolution.init(_:))
    same(JobDecision.init(_:))
    same(LineKind.init(_:))
    same(OriginalProof.init(_:))
    same(PriceSource.init(_:))
    same(ReportedOutcome.init(_:))
    same(SaleKind.init(_:))
    same(TenderKind.init(_:))
    same(TenderVerdict.init(_:))
    same(Wire.AdjustmentKind.init(_:) as (AdjustmentKind) -> Wire.AdjustmentKind)
    same(Wire.CopyKind.init(_:) as (CopyKind) -> Wire.CopyKind)
    same(Wire.PrintDocument.init(_:) as (DocumentKind) -> Wire.PrintDocument)
    same(Wire.HeldWhy.init(_:) as (HeldWhy) -> Wire.HeldWhy)
    same(Wire.ReceiptRule.init(_:) as (ReceiptPolicy) -> Wire.ReceiptRule)
    same(Wire.SaleKind.init(_:) as (SaleKind) -> Wire.SaleKind)
    same(Wire.SaleState.init(_:) as (SaleState) -> Wire.SaleState)
    same(Wire.TenderKind.init(_:) as (TenderKind) -> Wire.TenderKind)
    same(Wire.TenderState.init(_:) as (TenderState) -> Wire.TenderState)
    same(Wire.VerifiedBy.init(_:) as (VerifiedBy) -> Wire.VerifiedBy)
    same(Wire.Mode.init(_:) as (Mode) -> Wire.Mode)
  }

  private func same<From: RawRepresentable<String> & CaseIterable, To: RawRepresentable<String> & CaseIterable>(
    _ other: (From) -> To
  ) {
    for word in From.allCases { #expect(other(word).rawValue == word.rawValue, "\(From.self)") }
    #expect(From.allCases.count == To.allCases.count, "\(From.self)")
  }
}
