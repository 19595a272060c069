import JSON

/// What the doctor found, as a table of the box's parts and a list, or as JSON.
package enum DoctorText {
  package static func lines(_ report: DoctorReport, _ style: Style) -> [String] {
    var table = Table(("", .left), (text("PART", "部分"), .left), (text("WHAT IS THERE", "现状"), .left))
    for area in Area.allCases {
      let worst = report.findings.filter { $0.area == area }.map(\.severity).max()
      let facts = report.facts[area] ?? []
      let count = report.findings.filter { $0.area == area && $0.severity > .hint }.count
      let isUnseen = worst == nil && facts.isEmpty && report.notSeen.contains { $0.area == area }
      let found = count > 0 ? [text("\(count) found, see below", "发现 \(count) 项，见下")] : []
      let said = (facts + found).joined(separator: "; ")
      table.add(
        tones: isUnseen ? ("?", .faint) : mark(worst), (name(area), .plain),
        (isUnseen ? text("not looked at", "未检查") : said.isEmpty ? text("nothing wrong", "没有问题") : said, .plain))
    }
    var lines = table.lines(style)
    for finding in report.findings.sorted(by: { $0.severity > $1.severity }) {
      let (sign, tone) = mark(finding.severity)
      lines.append("")
      lines.append(style("\(sign) \(finding.subject): \(finding.text)", tone) + style("  \(finding.code)", .faint))
      if let command = finding.command { lines.append("    " + command) }
    }
    if !report.notSeen.isEmpty {
      lines.append("")
      lines.append(style(text("not looked at:", "未检查："), .heading))
      lines += report.notSeen.map { "  \($0.what): \($0.why)" }
    }
    lines.append("")
    lines.append(verdict(report, style))
    return lines
  }

  private static func verdict(_ report: DoctorReport, _ style: Style) -> String {
    func count(_ severity: Severity) -> Int { report.findings.filter { $0.severity == severity }.count }
    guard let worst = report.worst, worst > .hint else {
      return style(text("nothing wrong with what was looked at", "检查过的部分没有问题"), .good)
    }
    let fixable = report.findings.contains { !$0.fixes.isEmpty }
    let words = text(
      "errors \(count(.error)), warnings \(count(.warning))", "错误 \(count(.error))，警告 \(count(.warning))")
    return style(words, worst == .error ? .bad : .notice)
      + (fixable
        ? text("; some of it mends: sudo counterfoil doctor --fix", "；其中一部分可自动修复：sudo counterfoil doctor --fix") : "")
  }

  private static func mark(_ severity: Severity?) -> (String, Style.Tone) {
    switch severity {
    case nil: ("ok", .good)
    case .hint: ("-", .plain)
    case .warning: ("!", .notice)
    case .error: ("x", .bad)
    }
  }

  private static func name(_ area: Area) -> String {
    switch area {
    case .service: text("service", "服务")
    case .socket: text("socket", "套接字")
    case .package: text("package", "软件包")
    case .user: text("user", "用户")
    case .devices: text("devices", "设备")
    case .disk: text("disk", "磁盘")
    case .clock: text("clock", "时钟")
    case .configuration: text("configuration", "配置")
    case .journal: text("journal", "账本")
    }
  }

  /// One object: `findings`, `fixed` (commands that were run), `notSeen`, `worst`.
  package static func json(_ report: DoctorReport, fixed: [String]) -> String {
    func string(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
    let findings = report.findings.map { finding in
      JSON.object([
        JSON.Member("area", .string(finding.area.rawValue)), JSON.Member("code", .string(finding.code)),
        JSON.Member("command", string(finding.command)),
        JSON.Member("fixes", .array(finding.fixes.map { .string($0.line) })),
        JSON.Member("severity", .string(finding.severity.rawValue)), JSON.Member("subject", .string(finding.subject)),
        JSON.Member("text", .string(finding.text)),
      ])
    }
    let notSeen = report.notSeen.map { one in
      JSON.object([
        JSON.Member("area", .string(one.area.rawValue)), JSON.Member("what", .string(one.what)),
        JSON.Member("why", .string(one.why)),
      ])
    }
    let object = JSON.object([
      JSON.Member("findings", .array(findings)), JSON.Member("fixed", .array(fixed.map { .string($0) })),
      JSON.Member("notSeen", .array(notSeen)), JSON.Member("worst", string(report.worst?.rawValue)),
    ])
    return String(decoding: (try? object.bytes()) ?? [], as: UTF8.self)
  }
}
