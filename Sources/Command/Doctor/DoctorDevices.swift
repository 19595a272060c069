import Configuration
import Devices

// Programs and settings of the system that take devices away from the till.
extension Doctor {
  /// A serial device of the till on USB.
  private struct SerialDevice {
    /// `ttyACM0`.
    var name: String
    /// What the configuration calls it.
    var path: String
    var role: String
    /// What udev knows of it.
    var properties: [String: String]
    /// Its device in `/sys/bus/usb`, such as `1-2`.
    var usb: String?
  }

  /// USB ids of bridges that brltty takes for braille displays: CH340, CP210x, FTDI.
  private static let bridges: Set<String> = ["1a86", "10c4", "0403"]
  /// USB class of printers.
  private static let printerClass = "07"

  mutating func lookAtDevices() {
    let serial = serialDevices()
    let printers = usbPrinters()
    let units = units(["ModemManager.service", "cups.service", "brltty.service"]) ?? [:]
    func runs(_ unit: String) -> Bool { units[unit]?["ActiveState"] == "active" }
    if runs("ModemManager.service") { serial.forEach { lookForModemManager($0) } }
    lookForBrltty(runs: runs("brltty.service"))
    if runs("cups.service") {
      for printer in printers where ["usblp", "usbfs"].contains(printer.driver) {
        report.find(
          .devices, .cupsHoldsPrinter, .warning, printer.device,
          text(
            "the printing system runs and may write to this USB printer between two receipts",
            "打印系统正在运行，可能在两张小票之间写这台 USB 打印机"),
          "sudo systemctl disable --now cups.service cups.socket cups.path")
      }
    }
    lookAtPower(Set(serial.compactMap(\.usb) + printers.map(\.device)).sorted())
    lookForPCSC()
    if !serial.isEmpty || !printers.isEmpty {
      report.fact(
        .devices,
        text(
          "\(serial.count) serial on USB, \(printers.count) USB printers",
          "USB 串口设备 \(serial.count) 个，USB 打印机 \(printers.count) 台"))
    }
  }

  /// Waits that the daemon names for a device: how bad each is.
  private static let waits: [String: Severity] = [
    "printerNotReady": .warning, "paperOut": .warning, "coverOpen": .warning, "paperLow": .hint,
    "scannerOffline": .warning, "scannerError": .warning, "providerOffline": .warning, "tenderElsewhere": .warning,
  ]

  /// Devices that the daemon cannot use: what it says of each, and what a person does about it.
  mutating func lookAtWaitingDevices() {
    guard case .answered(let status) = daemon else { return }
    for wait in status.waits {
      guard let severity = Self.waits[wait.code] else { continue }
      let act = ErrorTable.entry(wait.code).map { text(". What to do: ", "。处理：") + $0.cure.text } ?? ""
      report.find(.devices, code: wait.code, severity, wait.subject, wait.text + act, wait.command)
    }
  }

  private func serialDevices() -> [SerialDevice] {
    let addresses =
      settings.scanners.map { ($0.address, "scanner") } + settings.printers.map { ($0.address, "printer") }
    return addresses.compactMap { address, role in
      guard case .serial(let path, _) = address else { return nil }
      let name = view.linkName(path) ?? path.split(separator: "/").last.map(String.init) ?? ""
      guard name.hasPrefix("ttyACM") || name.hasPrefix("ttyUSB"), view.exists("/sys/class/tty/\(name)") else {
        return nil
      }
      return SerialDevice(name: name, path: path, role: role, properties: properties(name), usb: usb(name))
    }
  }

  /// `E:` lines of udev's database (udev(7)).
  private func properties(_ name: String) -> [String: String] {
    guard let number = view.word("/sys/class/tty/\(name)/dev") else { return [:] }
    var found: [String: String] = [:]
    for line in view.text("/run/udev/data/c\(number)").value?.split(separator: "\n") ?? [] {
      guard line.hasPrefix("E:"), let sign = line.firstIndex(of: "=") else { continue }
      found[String(line[line.index(line.startIndex, offsetBy: 2)..<sign])] = String(line[line.index(after: sign)...])
    }
    return found
  }

  /// The USB device above a tty: the first folder upwards that has a vendor.
  private func usb(_ name: String) -> String? {
    guard var path = view.real("/sys/class/tty/\(name)/device") else { return nil }
    while let slash = path.lastIndex(of: "/"), slash > path.startIndex {
      if view.exists(path + "/idVendor") { return String(path[path.index(after: slash)...]) }
      path = String(path[..<slash])
    }
    return nil
  }

  private func usbPrinters() -> [(device: String, driver: String)] {
    let folder = "/sys/bus/usb/devices"
    return (view.names(folder).value ?? []).compactMap { name in
      guard let colon = name.firstIndex(of: ":"), view.word("\(folder)/\(name)/bInterfaceClass") == Self.printerClass
      else { return nil }
      return (String(name[..<colon]), view.linkName("\(folder)/\(name)/driver") ?? "")
    }
  }

  private mutating func lookForModemManager(_ device: SerialDevice) {
    guard device.properties["ID_MM_DEVICE_IGNORE"] != "1", device.properties["ID_MM_PORT_IGNORE"] != "1" else { return }
    let folder = device.usb.map { "/sys/bus/usb/devices/\($0)" }
    var command = "sudo systemctl disable --now ModemManager"
    if let folder, let vendor = view.word(folder + "/idVendor"), let product = view.word(folder + "/idProduct") {
      let rule =
        #"SUBSYSTEM=="tty", ENV{ID_VENDOR_ID}=="\#(vendor)", ENV{ID_MODEL_ID}=="\#(product)", ENV{COUNTERFOIL_ROLE}="\#(device.role)""#
      command =
        "echo '\(rule)' | sudo tee -a /etc/udev/rules.d/69-counterfoil-local.rules; sudo udevadm control --reload; "
        + "sudo udevadm trigger --subsystem-match=tty --action=change"
    }
    report.find(
      .devices, .modemManager, .warning, device.path,
      text(
        "ModemManager sends AT commands into \(device.name) after each plug",
        "每次插入后 ModemManager 会向 \(device.name) 发 AT 命令"),
      command)
  }

  /// brltty takes a bridge when its service runs, or when udev starts it for one; Debian's package does the former only.
  private mutating func lookForBrltty(runs: Bool) {
    guard ["/usr/bin/brltty", "/bin/brltty", "/usr/sbin/brltty"].contains(where: view.exists) else { return }
    let rules = ["/etc/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d"].flatMap {
      view.names($0).value ?? []
    }
    let isAwake = runs || rules.contains { $0.contains("brltty") }
    let folder = "/sys/bus/usb/devices"
    let isBridge = (view.names(folder).value ?? []).contains { name in
      view.word("\(folder)/\(name)/idVendor").map(Self.bridges.contains) ?? false
    }
    report.find(
      .devices, .brltty, isBridge && isAwake ? .warning : .hint, "brltty",
      isBridge && isAwake
        ? text(
          "brltty runs and takes USB serial bridges, of which one is plugged in", "brltty 在运行，会占用 USB 串口转接器，而现在就插着一个")
        : text("brltty is installed and may take a USB serial bridge", "安装了 brltty，可能会占用 USB 串口转接器"),
      "sudo apt-get purge brltty")
  }

  private mutating func lookAtPower(_ devices: [String]) {
    for device in devices {
      let path = "/sys/bus/usb/devices/\(device)/power/control"
      guard view.word(path) == "auto" else { continue }
      let fix = Fix(["sh", "-c", "echo on > \(path)"], undo: "sh -c 'echo auto > \(path)'")
      report.find(
        .devices, .usbAutosuspend, .warning, device,
        text(
          "the kernel may put this USB device to sleep; the first code or byte is then lost",
          "内核会让这个 USB 设备休眠；唤醒时的第一个条码或字节会丢失"),
        "echo on | sudo tee \(path)", fixes: [fix])
    }
  }

  /// A smart card service that was built with polkit asks it whether the daemon's user may use a card; Debian 12's was not.
  private mutating func lookForPCSC() {
    guard view.exists("/usr/sbin/pcscd"), view.exists("/usr/share/polkit-1/actions/org.debian.pcsc-lite.policy") else {
      return
    }
    let folders = ["/etc/polkit-1/rules.d", "/usr/share/polkit-1/rules.d"]
    for folder in folders {
      switch view.names(folder) {
      case .denied: return report.skip(.devices, folder, BoxView.Sight<Void>.denied.why)
      case .missing: continue
      case .seen(let names):
        for name in names where name.hasSuffix(".rules") {
          let rule = view.text("\(folder)/\(name)").value ?? ""
          if rule.contains("org.debian.pcsc-lite"), rule.contains("counterfoil") { return }
        }
      }
    }
    let rule =
      #"polkit.addRule(function(a, s) { if (a.id.indexOf("org.debian.pcsc-lite.") == 0 && s.user == "counterfoil") return polkit.Result.YES; });"#
    report.find(
      .devices, .pcscdDenied, .hint, "pcscd",
      text(
        "polkit has no rule that lets the user counterfoil use smart card readers", "polkit 没有允许 counterfoil 用户使用读卡器的规则"
      ),
      "echo '\(rule)' | sudo tee /etc/polkit-1/rules.d/50-counterfoil.rules")
  }
}
