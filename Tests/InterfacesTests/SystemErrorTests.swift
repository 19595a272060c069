import Foundation
import Interfaces
import JSON
import Testing

/// Errors by name and back.
@Suite struct SystemErrorTests {
  static let errors: [SystemError] = [
    .permissionDenied(
      userId: 1000, role: .app, method: "io.counterfoil.Shift.CloseDay", setting: "[[role]] …",
      roles: [.app, .cashier, .supervisor], operator: nil),
    .wrongState(state: "paid", parked: false, allowed: ["open"]),
    .notSelling(mode: .reading, reasons: [.journalPoisoned]),
    .approvalRequired(action: "priceOverride", limit: nil, asked: 500, amount: nil),
    .approvalRequired(action: "priceOverride", limit: 1, asked: 500, amount: 20),
    .approvalRefused(approval: "a", why: "amount", amount: 2, approved: 1),
    .noSuchSession,
    .archived(epoch: 0, sequence: 12),
    .originalNotHere(box: "b", proofs: [.signature, .none]),
  ]

  @Test(arguments: errors)
  func readsBack(error: SystemError) throws {
    var writer = JSONWriter()
    error.write(to: &writer)
    let read = try writer.bytes.withUnsafeBytes { bytes in
      var reader = JSONReader(bytes)
      return try SystemError(name: error.name, reading: &reader)
    }
    #expect(read == error)
  }

  @Test func namesAreOfTheSystemInterface() throws {
    #expect(SystemError.names.count == InterfaceText.system.components(separatedBy: "\nerror ").count - 1)
    for name in SystemError.names {
      let short = try #require(name.split(separator: ".").last)
      #expect(name == "io.counterfoil.System.\(short)")
      #expect(InterfaceText.system.contains("\nerror \(short) ("))
    }
    // All errors are declared once, in System.
    for (name, text) in InterfaceText.all where name != "io.counterfoil.System" { #expect(!text.contains("\nerror ")) }
  }

  @Test func aForeignNameIsNil() throws {
    let read = try [UInt8]("{}".utf8).withUnsafeBytes { bytes in
      var reader = JSONReader(bytes)
      return try SystemError(name: "org.varlink.service.MethodNotFound", reading: &reader)
    }
    #expect(read == nil)
  }

  @Test func saysWhereInsideTheMessageItIsWrong() {
    let text =
      #"{"lines":[{"name":"a","taxes":[],"quantity":1000,"unitPrice":5},{"name":"b","taxes":[],"quantity":1.0}]}"#
    #expect {
      try SaleInterface.Quote.Input(parsing: [UInt8](text.utf8))
    } throws: { error in
      (error as? MessageError)?.parameter == "lines[1].quantity"
    }
    let large = #"{"lines":[{"name":"a","taxes":[],"quantity":9007199254740992,"unitPrice":5}]}"#
    #expect {
      try SaleInterface.Quote.Input(parsing: [UInt8](large.utf8))
    } throws: { error in
      (error as? MessageError)?.cause == .outOfRange
    }
  }
}
