import Control
import Interfaces
import Testing

@Suite struct AccessTests {
  @Test func everyMethodNamesItsRolesAndNobodyElseMayCallIt() {
    for method in Method.allCases { #expect(!Access.roles(for: method).isEmpty, "\(method.rawValue)") }
  }

  @Test func whoOnlyLooksChangesNothing() {
    for method in Method.allCases where method.hasKey {
      #expect(!Access.roles(for: method).contains(.auditor), "\(method.rawValue)")
    }
  }

  @Test func onlyASupervisorBeginsAnEpoch() {
    #expect(Access.roles(for: .journalBeginEpoch) == [.supervisor])
  }

  @Test func theTechnicianSellsNothing() {
    for method in [Method.saleRing, .saleOpen, .saleAddTender, .saleVoid, .shiftOpen, .shiftCloseDay] {
      #expect(!Access.roles(for: method).contains(.technician), "\(method.rawValue)")
    }
  }
}
