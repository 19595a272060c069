/// GS1 Digital Link URIs (URI Syntax 1.4) whose primary key is a GTIN: `https://example.com/01/09506000134352/10/ABC`.
public enum DigitalLink {
  /// Qualifiers of a GTIN that may stand in the path, behind it.
  private static let qualifiers: Set<Substring> = ["22", "10", "21"]

  /// The elements of the link, the GTIN first in its 14 digits; nil when it is no such link. Escaped values are left out:
  /// a till needs none of them.
  public static func parse(_ text: String) -> [GS1Element]? {
    guard let scheme = ["https://", "http://"].first(where: { text.lowercased().hasPrefix($0) }) else { return nil }
    let rest = text.dropFirst(scheme.count).prefix { $0 != "#" }
    let halves = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = halves[0].split(separator: "/", omittingEmptySubsequences: true).dropFirst()
    guard let key = path.firstIndex(of: "01"), key + 1 < path.endIndex, let gtin = GTIN(path[key + 1]) else {
      return nil
    }
    var elements = [GS1Element(identifier: "01", data: gtin.digits)]
    var index = key + 2
    while index + 1 < path.endIndex, qualifiers.contains(path[index]) {
      append(String(path[index]), path[index + 1], &elements)
      index += 2
    }
    for pair in halves.count > 1 ? halves[1].split(whereSeparator: { $0 == "&" || $0 == ";" }) : [] {
      let sides = pair.split(separator: "=", maxSplits: 1)
      if sides.count == 2 { append(String(sides[0]), sides[1], &elements) }
    }
    return elements
  }

  /// Adds an element that would also stand in an element string.
  private static func append(_ identifier: String, _ value: Substring, _ elements: inout [GS1Element]) {
    guard let parsed = try? GS1ElementString.parse((identifier + value).utf8), parsed.count == 1,
      parsed[0].identifier == identifier, parsed[0].data == value
    else { return }
    elements.append(parsed[0])
  }
}
