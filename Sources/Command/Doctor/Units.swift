/// What systemd says of its units.
enum Units {
  private static let properties =
    "Id,LoadState,ActiveState,SubState,UnitFileState,NRestarts,NeedDaemonReload,MainPID,Result"

  /// Properties of units by name, from `systemctl show`; nil: systemd does not answer.
  static func show(_ names: [String], _ view: BoxView) -> [String: [String: String]]? {
    guard let answer = view.run(["systemctl", "show", "--property=" + properties] + names), answer.exit == 0 else {
      return nil
    }
    var units: [String: [String: String]] = [:]
    for block in answer.output.split(separator: "\n\n") {
      var properties: [String: String] = [:]
      for line in block.split(separator: "\n") {
        guard let sign = line.firstIndex(of: "=") else { continue }
        properties[String(line[..<sign])] = String(line[line.index(after: sign)...])
      }
      if let id = properties["Id"] { units[id] = properties }
    }
    return units.isEmpty ? nil : units
  }
}
