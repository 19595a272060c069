// The unit, its socket, and how often the daemon runs.
extension Doctor {
  /// Restarts since the last start by hand from which on somebody should look.
  static let restarts = 3
  static let service = "counterfoild.service"
  static let socket = "counterfoild.socket"

  /// Properties of units by name; nil: systemd does not answer.
  func units(_ names: [String]) -> [String: [String: String]]? { Units.show(names, view) }

  mutating func lookAtService() {
    lookForTwoDaemons()
    guard let units = units([Self.service, Self.socket]), let unit = units[Self.service] else {
      return report.skip(
        .service, text("units of systemd", "systemd 单元"), text("systemctl does not answer", "systemctl 没有应答"))
    }
    guard unit["LoadState"] != "not-found" else {
      return report.find(
        .service, .unitMissing, .error, Self.service,
        text("the unit is not installed, so nothing starts the daemon", "没有安装该单元，守护进程不会启动"),
        "sudo apt-get install --reinstall counterfoil")
    }
    isInstalled = true
    lookAtActivity(unit)
    if unit["LoadState"] == "masked" || unit["UnitFileState"] == "masked" {
      report.find(
        .service, .serviceDisabled, .error, Self.service,
        text("the unit is masked: nothing can start it", "该单元被屏蔽，无法启动"), "sudo systemctl unmask counterfoild.service")
    } else if unit["UnitFileState"] == "disabled" {
      let fix = Fix(["systemctl", "enable", Self.service], undo: "systemctl disable \(Self.service)")
      report.find(
        .service, .serviceDisabled, .warning, Self.service,
        text("it does not start when the box is switched on", "开机时不会自动启动"), "sudo " + fix.line, fixes: [fix])
    }
    if unit["NeedDaemonReload"] == "yes" {
      let fix = Fix(["systemctl", "daemon-reload"], undo: text("nothing to undo", "无需撤销"))
      report.find(
        .service, .unitOutdated, .warning, Self.service,
        text("its file changed after systemd read it", "单元文件在 systemd 读取之后有改动"), "sudo " + fix.line, fixes: [fix])
    }
    lookAtSocketUnit(units[Self.socket] ?? [:])
  }

  private mutating func lookAtActivity(_ unit: [String: String]) {
    let restarts = Int(unit["NRestarts"] ?? "") ?? 0
    let log = "journalctl -u counterfoild -n 20 --no-pager"
    switch (unit["ActiveState"], unit["SubState"]) {
    case (_, "auto-restart"):
      report.find(
        .service, .serviceRestarting, .error, Self.service,
        text("it ends at once and is started again and again (\(restarts) times)", "一启动就退出，反复重启（\(restarts) 次）"), log)
    case ("failed", _):
      report.find(
        .service, .serviceFailed, .error, Self.service,
        text("it ended with: \(unit["Result"] ?? "")", "它的结束原因：\(unit["Result"] ?? "")"),
        "\(log); sudo systemctl restart counterfoild")
    case ("inactive", _), ("deactivating", _):
      report.find(
        .service, .serviceStopped, .error, Self.service, text("it does not run", "没有运行"),
        "sudo systemctl start counterfoild")
    default:
      report.fact(.service, "\(unit["ActiveState"] ?? "?") (\(unit["SubState"] ?? "?"))")
      guard restarts >= Self.restarts else { return }
      report.find(
        .service, .serviceRestarting, .warning, Self.service,
        text("it was started again \(restarts) times since it was started by hand", "自上次手动启动后重启了 \(restarts) 次"), log)
    }
  }

  private mutating func lookAtSocketUnit(_ unit: [String: String]) {
    guard unit["ActiveState"] == "active" else {
      return report.find(
        .socket, .socketStopped, .error, Self.socket,
        text("systemd does not listen for the daemon", "systemd 没有替守护进程监听"),
        "sudo systemctl stop counterfoild; sudo systemctl start counterfoild.socket counterfoild")
    }
    if unit["UnitFileState"] == "disabled" {
      let fix = Fix(["systemctl", "enable", Self.socket], undo: "systemctl disable \(Self.socket)")
      report.find(
        .socket, .serviceDisabled, .warning, Self.socket,
        text("it does not listen after the box is switched on", "开机后不会监听"), "sudo " + fix.line, fixes: [fix])
    }
  }

  /// The file of the control socket: who may connect.
  mutating func lookAtSocket() {
    let path = settings.control.socket
    guard case .seen(let found) = view.attributes(path) else {
      guard isInstalled, !report.findings.contains(where: { $0.code == FindingCode.socketStopped.rawValue }) else {
        return report.skip(.socket, path, text("it is not there", "不存在"))
      }
      return report.find(
        .socket, .socketStopped, .error, path, text("the control socket is not there", "控制套接字不存在"),
        "sudo systemctl stop counterfoild; sudo systemctl restart counterfoild.socket; sudo systemctl start counterfoild"
      )
    }
    let mode = String(found.mode & 0o777, radix: 8)
    guard isInstalled, let group = view.number("counterfoil", in: "/etc/group") else {
      guard found.mode & 0o007 != 0 else { return report.fact(.socket, "\(path), \(mode)") }
      let fix = Fix(["chmod", "o-rwx", path], undo: "chmod \(mode) \(path)")
      return report.find(
        .socket, .socketRights, .warning, path,
        text("it is \(mode): every user of this machine may connect", "权限为 \(mode)：本机所有用户都能连接"),
        "sudo " + fix.line, fixes: [fix])
    }
    guard found.group != group || found.mode & 0o777 != 0o660 else { return report.fact(.socket, "\(path), \(mode)") }
    let fixes = [
      Fix(["chgrp", "counterfoil", path], undo: "chgrp \(found.group) \(path)"),
      Fix(["chmod", "0660", path], undo: "chmod \(mode) \(path)"),
    ]
    report.find(
      .socket, .socketRights, .warning, path,
      text(
        "it is \(mode) for group \(found.group) instead of 660 for counterfoil (\(group))",
        "权限为 \(mode)、组为 \(found.group)，应为 660、counterfoil（\(group)）"),
      fixes.map { "sudo " + $0.line }.joined(separator: "; "), fixes: fixes)
  }

  /// Nobody answers, and nothing that was found of units, socket and user says why.
  mutating func lookAtSilence() {
    switch daemon {
    case .answered: return
    case .closed(let why): return report.skip(.service, text("the daemon itself", "守护进程本身"), why)
    case .silent(let why):
      guard !report.findings.contains(where: explainsSilence) else { return }
      let restart = "journalctl -u counterfoild -n 20 --no-pager; sudo systemctl restart counterfoild"
      // One that hangs keeps the journal from the next.
      let running = (processes()[file] ?? []).sorted().map { "sudo kill -9 \($0); " }.joined()
      report.find(
        .service, .daemonSilent, .error, isInstalled ? Self.service : file, why,
        isInstalled ? restart : "\(running)counterfoild --config \(Shell.word(file))")
    }
  }

  private func explainsSilence(_ finding: Finding) -> Bool {
    switch FindingCode(rawValue: finding.code) {
    case .unitMissing, .serviceFailed, .serviceStopped, .twoDaemons, .socketStopped, .userOutside, .userGroupsOld: true
    // Such a unit may run all the same.
    case .serviceDisabled, .serviceRestarting: finding.severity == .error
    case .socketRights: !view.isRoot
    default: false
    }
  }

  /// Daemons that run, by the configuration that they were given.
  private func processes() -> [String: [Int]] {
    var processes: [String: [Int]] = [:]
    for name in view.names("/proc").value ?? [] {
      guard let number = Int(name), view.word("/proc/\(name)/comm") == "counterfoild" else { continue }
      let words = (view.text("/proc/\(name)/cmdline").value ?? "").split(separator: "\0").map(String.init)
      let place = words.firstIndex(of: "--config")
      let file = place.flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil } ?? Connection.standardConfiguration
      processes[file, default: []].append(number)
    }
    return processes
  }

  /// Two daemons of one configuration: the second only waits for the journal, or the first is a left-over.
  private mutating func lookForTwoDaemons() {
    for (file, numbers) in processes().sorted(by: { $0.key < $1.key }) where numbers.count > 1 {
      let main = view.run(["systemctl", "show", "--property=MainPID", "--value", Self.service])?.output
        .split { $0.isWhitespace }.first.flatMap { Int($0) }
      let extra = numbers.filter { $0 != main }
      let list = numbers.sorted().map(String.init).joined(separator: ", ")
      report.find(
        .service, .twoDaemons, .error, file,
        text("\(numbers.count) daemons run for it: processes \(list)", "有 \(numbers.count) 个守护进程在用它：进程 \(list)"),
        extra.count < numbers.count
          ? "sudo kill " + extra.sorted().map(String.init).joined(separator: " ")
          : "sudo kill \(list.filter { $0 != "," }); sudo systemctl start counterfoild")
    }
  }
}
