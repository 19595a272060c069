import Foundation
import Interfaces
import Testing
import Till
import Command

/// Whatever code a box shows, `explain` knows it.
@Suite struct ErrorTableTests {
  @Test(arguments: SystemError.names)
  func everyErrorOfTheInterfacesIsExplained(name: String) {
    #expect(ErrorTable.entry(name) != nil)
  }

  @Test func everyProtocolErrorIsExplained() {
    for name in [
      "InvalidParameter", "MethodNotFound", "MethodNotImplemented", "InterfaceNotFound", "ExpectedMore",
      "PermissionDenied",
    ] {
      #expect(ErrorTable.entry("org.varlink.service.\(name)") != nil, "\(name)")
    }
  }

  @Test func everyModeReasonAndRuleIsExplained() {
    for mode in Wire.Mode.allCases { #expect(ErrorTable.entry(mode.rawValue)?.group == .mode, "\(mode)") }
    for reason in Wire.Reason.allCases { #expect(ErrorTable.entry(reason.rawValue)?.group == .reason, "\(reason)") }
    for why in ApprovalFault.allCases {
      #expect(ErrorTable.entry("ApprovalRefused.\(why.rawValue)")?.group == .rule, "\(why)")
    }
    for rule in Rule.allCases { #expect(ErrorTable.entry("Refused.\(rule.rawValue)") != nil, "\(rule)") }
  }

  /// What the daemon's sources write as a literal code, rule or failure.
  @Test func everyCodeInTheSourcesIsExplained() throws {
    let codes = try literals(in: ["Control", "Engine"], before: "Wire.Wait(\n", label: "code")
    let rules = try literals(in: ["Control", "Engine"], before: "", label: "rule")
    let failures = try literals(in: ["Command"], before: "Failure(\n", label: nil)
    #expect(codes.count >= 3)
    #expect(rules.count >= 5)
    #expect(failures.count >= 3)
    for code in codes.union(failures) { #expect(ErrorTable.entry(code) != nil, "\(code)") }
    for rule in rules { #expect(ErrorTable.entry("Refused.\(rule)") != nil, "\(rule)") }
  }

  @Test func entriesAreWholeAndUnique() {
    #expect(Set(ErrorTable.all.map(\.code)).count == ErrorTable.all.count)
    for entry in ErrorTable.all {
      for words in [entry.cause, entry.cure] {
        #expect(!words.english.isEmpty && words.english.allSatisfy { $0.isASCII }, "\(entry.code)")
        #expect(!words.chinese.isEmpty, "\(entry.code)")
      }
      #expect(entry.cause.chinese.unicodeScalars.contains { $0.value >= 0x4e00 }, "\(entry.code)")
      // Rules live below their error, so that a short name means one thing.
      #expect(
        (entry.group == .rule) == (entry.code.contains(".") && entry.group != .error),
        "\(entry.code)")
    }
  }

  /// A cure that names a command of this program names one that exists.
  @Test func curesNameCommandsThatExist() throws {
    let names = Set(Counterfoil.configuration.subcommands.map { $0._commandName })
    var found = 0
    for entry in ErrorTable.all {
      for text in [entry.cure.english, entry.cure.chinese] {
        for match in text.matches(of: /counterfoil ([a-z]+(?:-[a-z]+)*)/) {
          found += 1
          #expect(names.contains(String(match.1)), "\(entry.code): \(text)")
        }
      }
    }
    #expect(found > 20)
  }

  /// A sale is known to the command line by its stub number, unless it says what else the name is.
  @Test func curesThatLookAtASaleSayWhatTheyName() {
    for entry in ErrorTable.all {
      for text in [entry.cure.english, entry.cure.chinese] {
        for match in text.matches(of: /sale get (\S+)/) {
          #expect(["--sale", "--reference"].contains(String(match.1)), "\(entry.code): \(text)")
        }
      }
    }
  }

  /// `devices` shows the word.
  @Test func whyAScanWasLostIsExplained() {
    for loss in ["tooLong", "overrun", "interrupted"] { #expect(ErrorTable.entry(loss) != nil, "\(loss)") }
  }

  @Test func aPersonMayWriteItShorter() {
    #expect(ErrorTable.matches("NoSuchSale").map(\.code) == ["io.counterfoil.System.NoSuchSale"])
    #expect(ErrorTable.matches("nosuchsale").map(\.code) == ["io.counterfoil.System.NoSuchSale"])
    #expect(ErrorTable.matches("PermissionDenied").count == 2)
    #expect(ErrorTable.matches("journalpoisoned").map(\.code) == ["journalPoisoned"])
    #expect(ErrorTable.matches("nothing").isEmpty)
    #expect(ErrorTable.similar(to: "paper").contains("paperOut"))
  }

  /// String literals after `label: ` (or as first argument), on the lines after `before`.
  private func literals(in modules: [String], before: String, label: String?) throws -> Set<String> {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    var found: Set<String> = []
    for module in modules {
      let folder = root.appending(path: "Sources/\(module)")
      let files = FileManager.default.enumerator(atPath: folder.path())?.compactMap { $0 as? String } ?? []
      for file in files where file.hasSuffix(".swift") {
        let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        for part in before.isEmpty ? [text] : Array(text.components(separatedBy: before).dropFirst()) {
          let area = before.isEmpty ? part : String(part.prefix { $0 != ")" })
          if let label {
            for match in area.matches(of: try Regex("\(label): \"([A-Za-z]+)\"", as: (Substring, Substring).self)) {
              found.insert(String(match.1))
            }
          } else if let match = area.firstMatch(of: /^\s*"([A-Za-z]+)"/) {
            found.insert(String(match.1))
          }
        }
      }
    }
    return found
  }
}
