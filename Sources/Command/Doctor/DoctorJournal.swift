import Configuration
import Engine

// The clock, the configuration, the journal and its key.
extension Doctor {
  /// A clock this far from where the newest record puts it was set.
  static let stepMilliseconds: Int64 = 60_000
  /// NTP slews back a little.
  static let backMilliseconds: Int64 = 2_000

  mutating func lookAtClock() {
    if (view.names("/sys/class/rtc").value ?? []).isEmpty {
      report.find(
        .clock, .noRTC, .warning, "/sys/class/rtc",
        text(
          "no clock runs while the box is off: without network it comes up in the past", "关机时没有时钟走时：断网开机时间会停在过去"),
        nil)
    }
    if !view.isSynchronised {
      report.find(
        .clock, .clockUntrusted, .warning, Moment.text(view.now),
        text("no time server has confirmed the clock; records say so", "时钟未经时间服务器确认；记录中会注明"),
        "timedatectl show-timesync --all; sudo timedatectl set-ntp true")
    }
    switch journal {
    case .missing: break
    case .unread(let why): report.skip(.clock, text("time of the newest record", "最新记录的时间"), why)
    case .newest(let newest): compare(newest)
    }
    report.fact(.clock, Moment.text(view.now))
  }

  private mutating func compare(_ newest: Newest) {
    if view.now < newest.at - Self.backMilliseconds {
      return report.find(
        .clock, .clockBehind, .error, Moment.text(view.now),
        text(
          "the clock is before the newest record, of \(Moment.text(newest.at))",
          "时钟早于最新记录（\(Moment.text(newest.at))）"),
        "sudo counterfoil clock set \"YYYY-MM-DD HH:MM\"")
    }
    guard let boot = newest.boot, boot == view.word("/proc/sys/kernel/random/boot_id") else { return }
    let step = (view.now - newest.at) - (view.sinceBoot - newest.sinceBoot)
    guard abs(step) >= Self.stepMilliseconds else { return }
    report.find(
      .clock, .clockStepped, .warning, Moment.text(view.now),
      text(
        "the clock was set by \(step / 1000) s since the newest record", "自最新记录以来时钟被调了 \(step / 1000) 秒"),
      "counterfoil clock")
  }

  /// The configuration as the daemon would take it; nil: it could not be read or has mistakes.
  static func configuration(_ view: BoxView, _ file: String, _ report: inout DoctorReport) -> DaemonConfiguration? {
    let rights: BoxView.Attributes
    switch view.attributes(file) {
    case .seen(let found): rights = found
    case .missing:
      report.find(
        .configuration, .configuration, .error, file, text("there is no configuration", "没有配置文件"),
        "sudo counterfoil init")
      return nil
    case .denied:
      report.skip(.configuration, file, BoxView.Sight<Void>.denied.why)
      return nil
    }
    if case .denied = view.text(file) {
      report.skip(.configuration, file, BoxView.Sight<Void>.denied.why)
      return nil
    }
    do {
      let configuration = try DaemonConfiguration(path: view.root + file)
      try ConfigurationCheck.zone(configuration.shop.timeZone, below: view.root)
      try ConfigurationCheck.profiles(configuration, file: file, below: view.root)
      try ConfigurationCheck.till(configuration, file: file)
      report.fact(.configuration, file)
      if rights.mode & 0o004 != 0, configuration.operators.contains(where: { $0.pin != nil }) {
        let fix = Fix(["chmod", "o-rwx", file], undo: "chmod \(String(rights.mode & 0o777, radix: 8)) \(file)")
        report.find(
          .configuration, .configurationOpen, .warning, file,
          text("every user can read the hashes of PINs in it", "每个用户都能读取其中 PIN 的哈希"), "sudo " + fix.line, fixes: [fix])
      }
      compare(view, configuration, file, &report)
      return configuration
    } catch {
      let words = (error as? Failure)?.message ?? "\(error)"
      report.find(.configuration, .configuration, .error, file, words, "counterfoil config check \(Shell.word(file))")
      return nil
    }
  }

  /// What the journal does not allow of it: the daemon may run by an older file, and the next start would tell too late.
  private static func compare(
    _ view: BoxView, _ configuration: DaemonConfiguration, _ file: String, _ report: inout DoctorReport
  ) {
    let check = "sudo counterfoil config check \(Shell.word(file))"
    do {
      // That the journal cannot be read is told where the journal is looked at.
      let compared = try ConfigurationCheck.journal(
        configuration, file: file, in: view.root + configuration.storage.journal)
      for remark in compared.remarks { report.find(.configuration, .configuration, .warning, file, remark, check) }
    } catch {
      let failure = error as? Failure
      report.find(
        .configuration, code: failure?.code ?? FindingCode.configuration.rawValue, .error, file,
        failure?.message ?? "\(error)", check)
    }
  }

  mutating func lookAtJournal() {
    let folder = settings.storage.journal
    switch journal {
    case .missing:
      report.find(
        .journal, .journalMissing, .error, folder, text("there is no journal", "没有账本"), "findmnt; sudo counterfoil init"
      )
    case .unread(let why): report.skip(.journal, folder, why)
    case .newest(let newest):
      report.fact(
        .journal,
        text(
          "newest record \(newest.sequence), \(Moment.text(newest.at))",
          "最新记录 \(newest.sequence)，\(Moment.text(newest.at))"))
    }
    lookAtOwners(folder)
    if daemon.why != nil { lookAtMachine() }
  }

  /// A daemon that runs says it itself, and knows where it was told to look.
  private mutating func lookAtMachine() {
    guard case .newest(let newest) = journal, let known = newest.binding else { return }
    let identity = MachineIdentity(
      file: view.root.isEmpty ? nil : view.root + MachineIdentity.standardFile,
      folders: MachineIdentity.standardFolders.map { view.root + $0 })
    let differences = identity.binding(journal: newest.journal).differences(from: known)
    guard !differences.isEmpty else { return }
    let parts = differences.joined(separator: ", ")
    report.find(
      .journal, .machineChanged, .error, settings.storage.journal,
      text(
        "the journal was last written on another machine (\(parts) differs): the disk was moved or copied",
        "账本上次是在另一台机器上写的（\(parts) 不同）：磁盘被移动或复制过"), "counterfoil explain machineChanged")
  }

  private mutating func lookAtOwners(_ folder: String) {
    let parent = folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? ""
    let key = parent + "/keys/journal.key"
    let found = view.attributes(key)
    guard !found.isDenied else { return report.skip(.journal, key, found.why) }
    if case .missing = journal { return }
    guard let rights = found.value else {
      // As a credential of the service it is nowhere else.
      if view.exists("/run/credentials/counterfoild.service/journal.key") { return }
      return report.find(
        .journal, .keyMissing, .error, key,
        text("the key is missing: checkpoints are not signed", "密钥缺失：检查点没有签名"),
        "sudo install -o counterfoil -g counterfoild -m 600 COPY-OF-THE-KEY \(Shell.word(key)); "
          + "sudo systemctl restart counterfoild")
    }
    let user = isInstalled ? view.number("counterfoil", in: "/etc/passwd") : nil
    var fixes: [Fix] = []
    if let user, rights.user != user {
      fixes.append(
        Fix(["chown", "counterfoil:counterfoild", key], undo: "chown \(rights.user):\(rights.group) \(key)"))
    }
    if rights.mode & 0o077 != 0 {
      fixes.append(Fix(["chmod", "0600", key], undo: "chmod \(String(rights.mode & 0o777, radix: 8)) \(key)"))
    }
    if !fixes.isEmpty {
      report.find(
        .journal, .keyRights, .error, key,
        text(
          "the key is for its owner, the daemon's user, alone: it belongs to \(rights.user), rights \(String(rights.mode & 0o777, radix: 8))",
          "密钥只应由守护进程的用户拥有和读取：现属于 \(rights.user)，权限 \(String(rights.mode & 0o777, radix: 8))"),
        fixes.map { "sudo " + $0.line }.joined(separator: "; "), fixes: fixes)
    }
    guard let user, let journal = view.attributes(folder).value, journal.user != user else { return }
    report.find(
      .journal, .journalDenied, .error, folder,
      text("the folder belongs to user \(journal.user), not to counterfoil", "文件夹属于用户 \(journal.user)，而不是 counterfoil"),
      "sudo chown -R counterfoil:counterfoild \(Shell.word(parent)); sudo systemctl restart counterfoild")
  }
}
