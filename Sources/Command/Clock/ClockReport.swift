import Interfaces
import JSON

/// What time the box thinks it is, and how far that may be believed.
package struct ClockReport {
  /// Units that set the clock from a time server.
  private static let services = [
    "systemd-timesyncd.service", "chrony.service", "chronyd.service", "ntpsec.service", "ntp.service",
    "openntpd.service",
  ]
  /// systemd-timesyncd touches it whenever a server has answered.
  private static let synchronizedFile = "/run/systemd/timesync/synchronized"

  /// UTC milliseconds.
  package let now: Int64
  /// The kernel says that a time server confirmed its clock.
  package let isSynchronised: Bool
  /// When a server answered last, UTC milliseconds; nil: not known.
  package let synchronisedAt: Int64?
  /// The unit that sets the clock; nil: none runs, or systemd does not answer.
  package let source: String?
  /// The clock that runs while the box is off, UTC milliseconds; nil: there is none.
  package let hardware: Int64?
  package let newest: Doctor.Newest?
  /// Why the newest record is not known.
  package let whyNoNewest: String?
  /// What the daemon says; nil: it does not answer.
  package let daemon: Wire.Clock?

  package init(_ view: BoxView, daemon: Doctor.Daemon, journal: Doctor.Journal) {
    now = view.now
    isSynchronised = view.isSynchronised
    synchronisedAt = view.attributes(Self.synchronizedFile).value?.changed
    let clocks = (view.names("/sys/class/rtc").value ?? []).lazy
    hardware = clocks.compactMap { view.word("/sys/class/rtc/\($0)/since_epoch").flatMap(Int64.init) }.first.flatMap {
      let product = $0.multipliedReportingOverflow(by: 1000)
      return product.overflow ? nil : product.partialValue
    }
    let units = Units.show(Self.services, view) ?? [:]
    source = Self.services.first { units[$0]?["ActiveState"] == "active" }
    switch journal {
    case .newest(let record): (newest, whyNoNewest) = (record, nil)
    case .missing: (newest, whyNoNewest) = (nil, nil)
    case .unread(let why): (newest, whyNoNewest) = (nil, why)
    }
    if case .answered(let status) = daemon { self.daemon = status.clock } else { self.daemon = nil }
  }

  /// The daemon believes the clock, or would, by the same rule.
  package var isTrusted: Bool {
    daemon.map { $0 == .trusted } ?? (isSynchronised && !isBehind)
  }

  /// The clock is before the newest record.
  package var isBehind: Bool { newest.map { now < $0.at - Doctor.backMilliseconds } ?? false }

  // MARK: Words

  package func lines(_ style: Style) -> [String] {
    func row(_ name: String, _ value: String, _ tone: Style.Tone = .plain) -> [String] { [name, style(value, tone)] }
    let verdict =
      isTrusted
      ? (text("yes", "可信"), Style.Tone.good)
      : isBehind
        ? (text("no: it is before the newest record", "不可信：早于最新记录"), .bad)
        : (text("no: no time server has confirmed it since the start", "不可信：开机后没有时间服务器确认过"), .notice)
    var by = source ?? text("no service sets it", "没有校时服务")
    if isSynchronised, let synchronisedAt {
      by += text(", confirmed ", "，确认于 ") + Moment.text(synchronisedAt)
    }
    var rows = [
      row(text("clock", "时钟"), Moment.text(now)), row(text("trusted", "可信"), verdict.0, verdict.1),
      row(text("source", "来源"), by),
    ]
    if daemon == nil { rows.append(row(text("daemon", "守护进程"), text("does not answer", "没有应答"))) }
    rows.append(
      row(text("newest record", "最新记录"), newest.map { Moment.text($0.at) + "  (\($0.sequence))" } ?? whyNoNewest ?? "-")
    )
    rows.append(
      row(
        text("hardware clock", "硬件时钟"),
        hardware.map { Moment.text($0) } ?? text("none: it stands while the box is off", "没有：关机时不走时")))
    var table = Table(("", .left), ("", .left))
    for row in rows { table.add(row[0], row[1]) }
    return Array(table.lines(style).dropFirst())
  }

  /// One object; times in UTC milliseconds.
  package var json: String {
    func time(_ value: Int64?) -> JSON { value.map { .integer($0) } ?? .null }
    let object = JSON.object([
      JSON.Member("daemon", daemon.map { .string($0.rawValue) } ?? .null), JSON.Member("hardware", time(hardware)),
      JSON.Member("newest", time(newest?.at)), JSON.Member("now", .integer(now)),
      JSON.Member("source", source.map { .string($0) } ?? .null), JSON.Member("synchronised", .bool(isSynchronised)),
      JSON.Member("synchronisedAt", time(synchronisedAt)), JSON.Member("trusted", .bool(isTrusted)),
    ])
    return String(decoding: (try? object.bytes()) ?? [], as: UTF8.self)
  }
}
