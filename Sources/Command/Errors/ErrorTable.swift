/// A sentence in the languages of the people who read it.
package struct Bilingual: Sendable {
  package let english: String
  package let chinese: String

  init(_ english: String, _ chinese: String) {
    self.english = english
    self.chinese = chinese
  }

  /// In the language of this process.
  package var text: String { Language.current.pick(english, chinese) }
}

/// What `counterfoil explain` knows about a code.
package struct ErrorEntry: Sendable {
  /// What kind of code it is, for the listing.
  package enum Group: String, Sendable, CaseIterable {
    case error, mode, reason, wait, finding, rule, tool
  }

  /// Full error name, or a bare code.
  package let code: String
  package let group: Group
  /// Exit code of a command that ends with it.
  package let exit: Sysexit
  /// Why it comes.
  package let cause: Bilingual
  /// What to do.
  package let cure: Bilingual

  init(_ group: Group, _ code: String, _ exit: Sysexit, _ cause: (String, String), cure: (String, String)) {
    self.code = code
    self.group = group
    self.exit = exit
    self.cause = Bilingual(cause.0, cause.1)
    self.cure = Bilingual(cure.0, cure.1)
  }

  /// An error of the System interface.
  init(_ name: String, _ exit: Sysexit, _ cause: (String, String), cure: (String, String)) {
    self.init(.error, ErrorTable.system + name, exit, cause, cure: cure)
  }

  /// An error of the System interface by which the box says no.
  init(_ name: String, _ cause: (String, String), cure: (String, String)) {
    self.init(name, .refused, cause, cure: cure)
  }
}

/// Every code that the daemon or this program can show: cause and cure, in one table.
package enum ErrorTable {
  static let system = "io.counterfoil.System."
  static let varlink = "org.varlink.service."

  /// All entries, in the order of the listing.
  package static let all: [ErrorEntry] =
    callErrors + matterErrors + protocolErrors + modes + reasons + waits + findings + rules + limits + details
    + toolErrors

  /// The entry of exactly this code.
  package static func entry(_ code: String) -> ErrorEntry? {
    byCode[code]
  }

  /// Entries that a person may mean: by full or short name, whatever the case of the letters.
  package static func matches(_ word: String) -> [ErrorEntry] {
    if let exact = byCode[word] { return [exact] }
    let wanted = word.lowercased()
    return all.filter { $0.code.lowercased() == wanted || shortName($0.code).lowercased() == wanted }
  }

  /// Codes that look like the word.
  package static func similar(to word: String) -> [String] {
    let wanted = word.lowercased()
    return all.map { shortName($0.code) }.filter { name in
      let name = name.lowercased()
      return name.contains(wanted) || wanted.contains(name) || name.commonPrefixCount(wanted) >= similarPrefix
    }
  }

  /// `NoSuchSale` of `io.counterfoil.System.NoSuchSale`.
  package static func shortName(_ code: String) -> String {
    code.lastIndex(of: ".").map { String(code[code.index(after: $0)...]) } ?? code
  }

  private static let similarPrefix = 4
  private static let byCode = Dictionary(all.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
}

extension String {
  fileprivate func commonPrefixCount(_ other: String) -> Int {
    zip(self, other).prefix { $0 == $1 }.count
  }
}
