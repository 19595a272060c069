import Foundation
import Interfaces
import JSON
import Testing
import Varlink

/// The interface files, the generated sources and the method table say the same.
@Suite struct InterfaceTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let idl = root.appending(path: "Sources/Interfaces/IDL")

  @Test func generatedSourcesAreWhatTheScriptWrites() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "python3", Self.root.appending(path: "scripts/generate-interfaces.py").path(), "--check",
    ]
    let pipe = Pipe()
    process.standardError = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
  }

  @Test func theBinaryHoldsTheFiles() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.idl.path()).filter { $0.hasPrefix("io.") }
    #expect(names.count == InterfaceText.all.count)
    for (name, text) in InterfaceText.all {
      #expect(try String(contentsOf: Self.idl.appending(path: "\(name).varlink"), encoding: .utf8) == text)
      #expect(text.contains("\ninterface \(name)\n"))
    }
  }

  /// The texts as the server's own parser reads them declare the generated methods and errors, all with comments.
  @Test func descriptionsFollowTheGrammar() throws {
    var methods: [String] = []
    for (name, text) in InterfaceText.all {
      let interface = try VarlinkInterface(parsing: text)
      #expect(interface.name == name)
      #expect(!interface.documentation.isEmpty)
      methods += interface.methods.map { "\(name).\($0.name)" }
      let fields = interface.methods.flatMap { $0.parameters + $0.reply }
      #expect(fields.allSatisfy { !$0.documentation.isEmpty })
      #expect((interface.types + interface.errors).allSatisfy { !$0.documentation.isEmpty })
    }
    #expect(methods == Method.allCases.map(\.rawValue))
  }

  /// A type of the same name is the same type, comments included, wherever it stands.
  @Test func copiesOfASharedTypeAreEqual() throws {
    let shared = definitions(try String(contentsOf: Self.idl.appending(path: "shared.varlink"), encoding: .utf8))
    #expect(shared.count > 30)
    for (name, text) in InterfaceText.all {
      let parts = text.components(separatedBy: "# ---- end of shared types\n")
      try #require(parts.count == 2)
      let copies = definitions(parts[0])
      for (type, copy) in copies { #expect(shared[type] == copy, "\(name): \(type)") }
      for (type, _) in definitions(parts[1]) { #expect(shared[type] == nil, "\(name) defines \(type) itself") }
    }
  }

  @Test func methodsHaveTheirProperties() {
    #expect(Method.named("io.counterfoil.Sale.Ring") == .saleRing)
    #expect(Method.named("io.counterfoil.Sale.ring") == nil)
    #expect(Method.saleRing.interface == "io.counterfoil.Sale")
    let replies: [Method: Replies] = [
      .systemWatch: .stream, .scannerRead: .stream, .saleRing: .oneThenChanges, .saleGet: .one,
      .saleDeliver: .oneThenChanges, .journalRead: .one,
    ]
    for (method, wanted) in replies { #expect(method.replies == wanted) }
    let keyless: Set<Method> = [
      .systemHello, .systemSignIn, .systemStatus, .systemWatch, .saleQuote, .saleReturnable, .saleGet, .saleList,
      .shiftReport, .shiftCurrent, .printerPrintService, .printerJobs, .printerStatus, .scannerRead, .scannerInject,
      .drawerStatus,
      .deviceList, .journalHead, .journalRead, .journalProve, .journalVerify,
    ]
    for method in Method.allCases { #expect(method.hasKey == !keyless.contains(method), "\(method)") }
    for name in Method.allCases.map(\.rawValue) {
      let interface = String(name[..<(name.lastIndex(of: ".") ?? name.endIndex)])
      let text = InterfaceText.all.first { $0.name == interface }?.text ?? ""
      #expect(text.contains("\nmethod \(name.dropFirst(interface.count + 1))("))
    }
  }

  /// What a method is asked to decide leaves out who asks and when.
  @Test func aDecisionLeavesOutWhoAndWhen() throws {
    var input = SaleInterface.Void.Input(idempotencyKey: "0123456789abcdef", sale: "s1", reason: "wrong table")
    let decision = { (input: SaleInterface.Void.Input) in
      var writer = JSONWriter()
      input.writeDecision(to: &writer)
      return String(decoding: writer.bytes, as: UTF8.self)
    }
    #expect(decision(input) == #"{"reason":"wrong table","sale":"s1"}"#)
    input.idempotencyKey = "fedcba9876543210"
    input.revision = 7
    input.approval = "a"
    input.session = "b"
    #expect(decision(input) == #"{"reason":"wrong table","sale":"s1"}"#)
  }

  /// Comment and definition by type name.
  private func definitions(_ text: String) -> [String: String] {
    var result: [String: String] = [:]
    for block in text.components(separatedBy: "\n\n") {
      let lines = block.split(separator: "\n")
      guard let line = lines.first(where: { $0.hasPrefix("type ") }) else { continue }
      result[String(line.split(separator: " ")[1])] = block.trimmingCharacters(in: .newlines)
    }
    return result
  }
}
