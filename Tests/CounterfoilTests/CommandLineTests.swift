import ArgumentParser
import Foundation
import Testing
import Command

/// What can be typed.
@Suite struct CommandLineTests {
  /// Every command with its path.
  static let commands = tree(Counterfoil.self, [])

  @Test func everyExampleCanBeTyped() throws {
    var count = 0
    for (_, configuration) in Self.commands {
      for line in configuration.discussion.split(separator: "\n") {
        guard let start = line.range(of: "counterfoil ") else { continue }
        var words = split(String(line[start.upperBound...]).components(separatedBy: "   ")[0])
        if let pipe = words.firstIndex(where: { ["|", ">", "<"].contains($0) }) { words.removeSubrange(pipe...) }
        guard let first = words.first, Self.commands.contains(where: { $0.path.first == first }) else { continue }
        count += 1
        #expect(throws: Never.self, "\(line)") { _ = try Counterfoil.parseAsRoot(words) }
      }
    }
    #expect(count >= 20)
  }

  @Test func everyCommandSaysWhatItDoes() {
    for (path, configuration) in Self.commands { #expect(!configuration.abstract.isEmpty, "\(path)") }
    for (path, configuration) in Self.commands where configuration.subcommands.isEmpty {
      #expect(configuration.discussion.contains("EXAMPLE"), "\(path)")
      let help = Self.types[path]?.helpMessage() ?? ""
      #expect(help.contains("--json"), "\(path)")
    }
    #expect(
      Set(Self.commands.compactMap(\.path.first)).isSuperset(of: [
        "init", "status", "watch", "sale", "shift", "devices", "journal", "call", "introspect", "explain",
      ]))
  }

  @Test func nothingMeansStatus() throws {
    #expect("\(type(of: try Counterfoil.parseAsRoot([])))" == "StatusCommand")
    #expect("\(type(of: try Counterfoil.parseAsRoot(["--json"])))" == "StatusCommand")
    #expect("\(type(of: try Counterfoil.parseAsRoot(["journal"])))" == "Head")
    #expect("\(type(of: try Counterfoil.parseAsRoot(["sale"])))" == "List")
  }

  @Test(arguments: [
    ["sale", "ring"], ["sale", "ring", "--line", "a,1.00", "--cash", "1.00", "--external", "x"], ["sale", "void", "s"],
    ["shift", "open"], ["shift", "close", "s1"], ["journal", "copy"], ["journal", "prove"], ["journal", "prove", "-1"],
    ["journal", "show", "--limit", "0"], ["sale", "get", "1", "--sale", "--reference"], ["nonsense"], ["call"],
    ["sale", "ring", "--line", "a,1.00", "--reference", "r"], ["shift", "report", "--shift", "s1", "--day", "1"],
  ])
  func aWrongCommandLineLeavesWith64(words: [String]) {
    do {
      _ = try Counterfoil.parseAsRoot(words)
      Issue.record("\(words) was taken")
    } catch {
      #expect(Counterfoil.exitCode(for: error).rawValue == Sysexit.usage.rawValue)
    }
  }

  /// The types of all commands.
  private static let types: [[String]: any ParsableCommand.Type] = types(Counterfoil.self, [])

  private static func types(
    _ command: any ParsableCommand.Type, _ path: [String]
  ) -> [[String]: any ParsableCommand.Type] {
    command.configuration.subcommands.reduce(into: [path: command]) { all, next in
      all.merge(types(next, path + [next._commandName])) { first, _ in first }
    }
  }

  /// What a shell offers after a Tab is what the program takes: the script in the tree is the one it writes.
  @Test func completionsAreThoseOfTheProgram() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    let script = try String(contentsOf: root.appending(path: "completions/counterfoil.bash"), encoding: .utf8)
    #expect(
      script == Counterfoil.completionScript(for: .bash) + "\n",
      "run: counterfoil --generate-completion-script bash > completions/counterfoil.bash")
    for (path, _) in Self.commands { for word in path { #expect(script.contains(word), "\(path)") } }
  }

  private static func tree(
    _ command: any ParsableCommand.Type, _ path: [String]
  ) -> [(path: [String], configuration: CommandConfiguration)] {
    let own = [(path: path, configuration: command.configuration)]
    return own + command.configuration.subcommands.flatMap { tree($0, path + [$0._commandName]) }
  }

  /// Words as a shell splits them.
  private func split(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "\"" || character == "'" {
        quote = character
        word = word ?? ""
      } else if character == " " {
        if let done = word { words.append(done) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    return words + (word.map { [$0] } ?? [])
  }
}
