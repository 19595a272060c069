import Glibc

/// The language of what people read. `--json` output has none.
package enum Language: String, Sendable {
  case english = "en"
  case chinese = "zh"

  /// Chinese when the locale says so and the terminal can show it: the Linux console cannot, and one that reads GBK would
  /// show other characters, since the output is UTF-8.
  package init(environment: (String) -> String?) {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap(environment).first { !$0.isEmpty } ?? ""
    let isConsole = environment("TERM") == "linux"
    let charset = locale.split(separator: ".").dropFirst().first?.prefix { $0 != "@" }.lowercased() ?? "utf-8"
    let isReadable = charset == "utf-8" || charset == "utf8"
    self = locale.hasPrefix("zh") && !isConsole && isReadable ? .chinese : .english
  }

  /// The language of this process.
  package static let current = Language(environment: variable)

  /// One of two texts.
  package func pick(_ english: String, _ chinese: String) -> String {
    self == .chinese ? chinese : english
  }
}

/// An environment variable.
func variable(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }
}

/// One of two texts in the language of this process.
func text(_ english: String, _ chinese: String) -> String {
  Language.current.pick(english, chinese)
}

/// One of two lists of lines in the language of this process.
func text(_ english: [String], _ chinese: [String]) -> [String] {
  Language.current == .chinese ? chinese : english
}
