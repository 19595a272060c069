// The disk of the journal: room, wear, rights to write.
extension Doctor {
  /// Room that is worth a warning: less than this part, or fewer than this many segments.
  private static let freePercent: UInt64 = 10
  private static let segments: UInt64 = 8
  /// The engine needs room for the next segment and its preparation.
  private static let needed: UInt64 = 2
  private static let freeInodesPercent: UInt64 = 5
  private static let days: Int64 = 30
  /// eMMC: tenths of its life (JEDEC JESD84-B51, DEVICE_LIFE_TIME_EST); 0x0B = used up.
  private static let worn = 8
  private static let wornOut = 11
  /// PRE_EOL_INFO: 2 = 80 % of the reserve is used, 3 = urgent.
  private static let reserveLow = 2
  private static let reserveGone = 3

  mutating func lookAtDisk() {
    lookAtRoom()
    lookAtMount()
    lookAtFlash()
    lookAtErrors()
    switch daemon {
    case .silent(let why), .closed(let why): report.skip(.disk, text("days until it is full", "磁盘可用天数"), why)
    case .answered(let status):
      guard let left = status.diskDaysLeft else { break }
      guard left < Self.days else {
        return report.fact(.disk, text("full in \(left) days", "\(left) 天后写满"))
      }
      report.find(
        .disk, .diskFullSoon, .warning, settings.storage.journal,
        text("full in \(left) days at the pace of the last week", "按最近一周的速度，\(left) 天后写满"), Self.makeRoom)
    }
  }

  private static let makeRoom = "sudo du -xh / 2>/dev/null | sort -rh | head -20"

  private mutating func lookAtRoom() {
    var path = settings.storage.journal
    var space = view.space(path)
    while space == nil, let slash = path.lastIndex(of: "/"), path.count > 1 {
      path = slash == path.startIndex ? "/" : String(path[..<slash])
      space = view.space(path)
    }
    guard let space, space.bytes > 0 else {
      return report.skip(.disk, settings.storage.journal, text("its file system does not answer", "文件系统没有应答"))
    }
    let segment = UInt64(settings.storage.segmentMebibytes) << 20
    let free = "\(space.freeBytes >> 20) MiB / \(space.bytes >> 20) MiB"
    if space.freeBytes < Self.needed * segment {
      report.find(
        .disk, .diskFilling, .error, path, text("no room for the next segment: \(free) free", "放不下下一段账本：可用 \(free)"),
        Self.makeRoom)
    } else if space.freeBytes < Self.segments * segment || space.freeBytes / Self.freePercent < space.bytes / 100 {
      report.find(
        .disk, .diskNearlyFull, .warning, path, text("nearly full: \(free) free", "快满了：可用 \(free)"), Self.makeRoom)
    } else {
      report.fact(.disk, text("\(free) free", "可用 \(free)"))
    }
    if space.inodes > 0, space.freeInodes < space.inodes / 100 * Self.freeInodesPercent {
      report.find(
        .disk, .inodesNearlyFull, .warning, path,
        text(
          "few file entries are left: \(space.freeInodes) of \(space.inodes)",
          "剩余 inode 不多：\(space.inodes) 中的 \(space.freeInodes)"),
        "sudo du -x --inodes / 2>/dev/null | sort -rn | head -20")
    }
  }

  /// proc_pid_mounts(5): device, folder, type, options; a blank in a name is `\040`.
  private mutating func lookAtMount() {
    guard let table = view.text("/proc/self/mounts").value else { return }
    var best: (folder: String, options: [Substring])?
    for line in table.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 3 else { continue }
      let folder = fields[1].split(separator: "\\040", omittingEmptySubsequences: false).joined(separator: " ")
      let prefix = folder == "/" ? "/" : folder + "/"
      guard (settings.storage.journal + "/").hasPrefix(prefix), folder.count >= best?.folder.count ?? 0 else {
        continue
      }
      best = (folder, fields[3].split(separator: ","))
    }
    guard let best, best.options.contains("ro") else { return }
    report.find(
      .disk, .journalReadOnly, .error, best.folder,
      text("the file system of the journal is mounted read-only", "账本所在的文件系统以只读方式挂载"),
      "journalctl -k -n 50 --no-pager; sudo mount -o remount,rw \(Shell.word(best.folder)) && sudo systemctl restart counterfoild"
    )
  }

  private mutating func lookAtFlash() {
    let hosts = "/sys/class/mmc_host"
    for host in view.names(hosts).value ?? [] {
      for card in view.names("\(hosts)/\(host)").value ?? [] where card.hasPrefix(host + ":") {
        let folder = "\(hosts)/\(host)/\(card)"
        let tenths = (view.text(folder + "/life_time").value ?? "").split { $0.isWhitespace }.compactMap(
          Self.hexadecimal)
        let reserve = view.word(folder + "/pre_eol_info").flatMap(Self.hexadecimal) ?? 0
        guard let used = tenths.max(), used > 0 || reserve > 0 else { continue }
        let isGone = used >= Self.wornOut || reserve >= Self.reserveGone
        guard isGone || used >= Self.worn || reserve >= Self.reserveLow else {
          report.fact(.disk, text("flash \(card): up to \(used * 10) % used", "闪存 \(card)：最多已用 \(used * 10)%"))
          continue
        }
        let state =
          used >= Self.wornOut ? text("used up", "已耗尽") : text("up to \(used * 10) % used", "最多已用 \(used * 10)%")
        report.find(
          .disk, .flashWorn, isGone ? .error : .warning, card,
          text(
            "the flash memory of the box is worn: \(state), reserve \(reserve) of 3",
            "本机闪存磨损：\(state)，备用块状态 \(reserve)/3"),
          "sudo counterfoil journal copy --to /media/usb/journal")
      }
    }
  }

  private static func hexadecimal(_ text: some StringProtocol) -> Int? {
    text.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : Int(text)
  }

  /// What ext4 counted since the last check of the file system; the kernel tells it without any tool.
  private mutating func lookAtErrors() {
    let folder = "/sys/fs/ext4"
    for device in view.names(folder).value ?? [] {
      guard let count = view.word("\(folder)/\(device)/errors_count").flatMap({ Int($0) }), count > 0 else { continue }
      report.find(
        .disk, .fileSystemErrors, .error, device,
        text("the file system has counted \(count) errors", "文件系统记录了 \(count) 个错误"),
        "sudo counterfoil journal copy --to /media/usb/journal; sudo tune2fs -l /dev/\(device) | grep -i error")
    }
  }
}
