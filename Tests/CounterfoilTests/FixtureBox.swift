import Command
import Engine
import Foundation
import Glibc
import Interfaces

/// A box made of files and written answers: well, until a test breaks one thing.
struct FixtureBox {
  let root: URL
  var view: BoxView
  /// What `systemctl show` says of each unit.
  var units: [String: [String: String]] = [
    "counterfoild.service": [
      "LoadState": "loaded", "ActiveState": "active", "SubState": "running", "UnitFileState": "enabled",
      "NRestarts": "0", "NeedDaemonReload": "no", "MainPID": "100", "Result": "success",
    ],
    "counterfoild.socket": ["LoadState": "loaded", "ActiveState": "active", "UnitFileState": "enabled"],
    "ModemManager.service": ["LoadState": "not-found", "ActiveState": "inactive"],
    "cups.service": ["LoadState": "not-found", "ActiveState": "inactive"],
  ]
  /// What `dpkg --verify` says.
  var verified = ProcessResult(exit: 0, output: "")
  var hasSystemd = true
  var daemon: Doctor.Daemon = .answered(Self.well)
  var newest = Doctor.Newest(sequence: 9, at: Self.now - 60_000, sinceBoot: 540_000, boot: "b1", journal: "0badcafe")
  var journal: Doctor.Journal?

  /// What a daemon says that has nothing to complain about.
  static var well: SystemInterface.Status.Output {
    var status = TextTests.status
    (status.reasons, status.waits, status.diskDaysLeft) = ([], [], nil)
    return status
  }

  static let now: Int64 = 1_790_000_000_000
  static let user = UInt32(geteuid())
  static let group = UInt32(getegid())
  static let boundary: UInt64 = 1 << 30

  init() throws {
    root = FileManager.default.temporaryDirectory.appending(path: "cf-box-\(UInt64.random(in: 0 ... .max))")
    view = BoxView()
    view.root = root.path()
    if view.root.hasSuffix("/") { view.root.removeLast() }
    view.userID = 0
    view.groupIDs = []
    view.sudoUser = nil
    view.now = Self.now
    view.sinceBoot = 600_000
    view.isSynchronised = true
    view.space = { _ in
      BoxView.Space(bytes: 16 * Self.boundary, freeBytes: 8 * Self.boundary, inodes: 1_000_000, freeInodes: 900_000)
    }
    try write(
      "etc/passwd",
      "root:x:0:0::/root:/bin/sh\ncounterfoil:x:\(Self.user):\(Self.group)::/:/bin/false\ntech:x:77777:77777::/:/bin/sh\n"
    )
    try write("etc/group", "counterfoil:x:\(Self.group):\ncounterfoild:x:997:\n")
    try write(
      "etc/counterfoil/counterfoil.toml",
      """
      [shop]
      name = "n"
      shop = "s"
      till = "t"
      time_zone = "UTC"
      [[lane]]
      name = "lane-1"
      scanners = ["hand"]
      [[scanner]]
      name = "hand"
      address = "serial:/dev/counterfoil/scanner-1?speed=9600"

      """, mode: 0o640)
    try write("usr/share/zoneinfo/UTC", "TZif")
    try write("run/counterfoil/control", "", mode: 0o660)
    try write("usr/lib/udev/rules.d/70-counterfoil.rules", "")
    try write("var/lib/counterfoil/keys/journal.key", "", mode: 0o600)
    try write("var/lib/counterfoil/journal/x.seg", "")
    try write(
      "proc/self/mounts", "/dev/vda / ext4 rw,relatime 0 0\n/dev/vdb /var ext4 rw 0 0\n/dev/sr0 /mnt iso9660 ro 0 0\n")
    try write("proc/100/comm", "counterfoild\n")
    try write("proc/100/cmdline", "/usr/bin/counterfoild\0")
    try write("proc/sys/kernel/random/boot_id", "b1\n")
    try write("sys/class/rtc/rtc0/date", "2026-09-21\n")
    try write("sys/fs/ext4/vda/errors_count", "0\n")
    try write("sys/class/mmc_host/mmc0/mmc0:0001/life_time", "0x02 0x01\n")
    try write("sys/class/mmc_host/mmc0/mmc0:0001/pre_eol_info", "0x01\n")
    try write("sys/class/dmi/id/board_serial", "PF3K77XQ\n")
    try write("etc/machine-id", "00112233445566778899aabbccddeeff\n")
    newest.binding = MachineIdentity(
      file: view.root + "/etc/machine-id", folders: [view.root + "/sys/class/dmi/id"]
    ).binding(journal: newest.journal)
    try plugScanner()
  }

  /// A scanner at USB port 1-2, and a receipt printer at 1-3.
  private func plugScanner() throws {
    let device = "sys/devices/usb1/1-2"
    try write("\(device)/idVendor", "0c2e\n")
    try write("\(device)/idProduct", "0b61\n")
    try write("\(device)/power/control", "on\n")
    try write("\(device)/1-2:1.0/bInterfaceClass", "02\n")
    try write("sys/devices/usb1/1-3/power/control", "on\n")
    try write("sys/devices/usb1/1-3/idVendor", "04b8\n")
    try write("sys/devices/usb1/1-3/1-3:1.0/bInterfaceClass", "07\n")
    try write("sys/bus/usb/drivers/usblp/new_id", "")
    try link("sys/devices/usb1/1-3/1-3:1.0/driver", "../../../../bus/usb/drivers/usblp")
    for name in ["1-2", "1-3"] { try link("sys/bus/usb/devices/\(name)", "../../../devices/usb1/\(name)") }
    for name in ["1-2", "1-3"] {
      try link("sys/bus/usb/devices/\(name):1.0", "../../../devices/usb1/\(name)/\(name):1.0")
    }
    try write("\(device)/1-2:1.0/tty/ttyACM0/dev", "166:0\n")
    try link("\(device)/1-2:1.0/tty/ttyACM0/device", "../../../1-2:1.0")
    try link("sys/class/tty/ttyACM0", "../../devices/usb1/1-2/1-2:1.0/tty/ttyACM0")
    try write("run/udev/data/c166:0", "S:counterfoil/scanner-1\nE:ID_MM_DEVICE_IGNORE=1\nE:COUNTERFOIL_ROLE=scanner\n")
    try link("dev/counterfoil/scanner-1", "../ttyACM0")
  }

  func remove() { try? FileManager.default.removeItem(at: root) }

  func write(_ path: String, _ text: String, mode: Int = 0o644) throws {
    let file = root.appending(path: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path())
  }

  func link(_ path: String, _ target: String) throws {
    let file = root.appending(path: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: file.path(), withDestinationPath: target)
  }

  func delete(_ path: String) throws { try FileManager.default.removeItem(at: root.appending(path: path)) }

  /// Owners that the box expects become others than the files have.
  func changeOwners() throws {
    try write("etc/passwd", "counterfoil:x:54321:54321::/:/bin/false\ntech:x:77777:77777::/:/bin/sh\n")
  }

  func look() -> DoctorReport {
    var view = view
    let (units, verified, hasSystemd) = (units, verified, hasSystemd)
    view.run = { words in
      switch words.first {
      case "systemctl" where hasSystemd && words.contains("--value"): return ProcessResult(exit: 0, output: "100\n")
      case "systemctl" where hasSystemd:
        let blocks = words.dropFirst(3).map { name in
          (["Id=\(name)"] + (units[name] ?? ["LoadState": "not-found"]).map { "\($0.key)=\($0.value)" })
            .joined(separator: "\n")
        }
        return ProcessResult(exit: 0, output: blocks.joined(separator: "\n\n") + "\n")
      case "dpkg": return verified
      default: return nil
      }
    }
    return Doctor(
      view, file: "/etc/counterfoil/counterfoil.toml", daemon: daemon, journal: { _ in journal ?? .newest(newest) }
    ).report
  }
}
