import Interfaces

/// Devices that are plugged in and that the configuration does not name, with the lines that would add them.
package enum PresentDeviceText {
  /// `names`: those that the configuration has given already.
  package static func lines(_ present: [Wire.PresentDevice], names: [String], _ style: Style) -> [String] {
    let known = present.filter { $0.use == .unconfigured }
    let unknown = present.filter { $0.use == .unknown }
    var taken = Set(names)
    var lines: [String] = []
    if !known.isEmpty {
      lines.append(style(text("PLUGGED IN, NOT IN THE CONFIGURATION", "已接入，但不在配置中"), .heading))
      for device in known { lines += [head(device)] + addition(device, &taken).map { "  \($0)" } }
      if known.contains(where: { $0.interface == "serial" }) {
        lines.append(
          style(
            text(
              "add it to counterfoil.toml, name it in a [[lane]], and restart: systemctl restart counterfoild",
              "写入 counterfoil.toml，并在 [[lane]] 中引用，然后重启：systemctl restart counterfoild"), .faint))
      }
    }
    if !unknown.isEmpty {
      lines.append(style(text("PLUGGED IN, UNKNOWN", "已接入，型号未知"), .heading))
      for device in unknown { lines += [head(device)] + rule(device).map { "  \($0)" } }
      if unknown.contains(where: { $0.interface == "serial" && $0.vendor != nil }) {
        lines.append(
          style(
            text(
              "if it is a scanner: /etc/udev/rules.d/69-counterfoil-local.rules, then plug it in again",
              "如果是扫码枪：写入 /etc/udev/rules.d/69-counterfoil-local.rules，然后重新插入"), .faint))
      }
    }
    return lines
  }

  /// `/dev/counterfoil/scanner-S1  scanner  0c2e:0b61  Metrologic Vuquest_3310g`.
  private static func head(_ device: Wire.PresentDevice) -> String {
    let numbers = device.vendor.map { "\($0):\(device.product ?? "?")" }
    let parts = [device.link ?? device.node, device.role.map(Word.deviceClass), numbers, device.title]
    return parts.compactMap { $0 }.joined(separator: "  ")
  }

  private static func addition(_ device: Wire.PresentDevice, _ taken: inout Set<String>) -> [String] {
    guard let role = device.role, role == "scanner" || role == "printer" else { return [] }
    guard device.interface == "serial" else { return unusable(device) }
    var number = 1
    while taken.contains("\(role)-\(number)") { number += 1 }
    let name = "\(role)-\(number)"
    taken.insert(name)
    var lines = ["[[\(role)]]", "name = \"\(name)\"", "address = \"serial:\(device.link ?? device.node)\""]
    // A printer needs one; the technician knows which paper it takes.
    if let profile = device.profile ?? (role == "printer" ? "generic-escpos" : nil) {
      lines.append("profile = \"\(profile)\"")
    }
    return lines
  }

  /// What there is no transport for, and what helps.
  private static func unusable(_ device: Wire.PresentDevice) -> [String] {
    switch device.interface {
    case "printer":
      return [
        text(
          "this release has no way to print over the USB printer class: use its network or serial interface",
          "本版本不能通过 USB 打印机类打印：请使用网口或串口")
      ]
    case "hid":
      return [
        text(
          "this release does not read scanners in HID POS mode: switch it to its USB serial mode with a code of its manual",
          "本版本不能读取 HID POS 模式的扫码枪：请用说明书中的设置码切换到 USB 串口模式")
      ]
    case "ccid": return [text("this release does not use smart card readers", "本版本不使用智能卡读卡器")]
    default: return []
    }
  }

  private static func rule(_ device: Wire.PresentDevice) -> [String] {
    guard device.interface == "serial" else { return unusable(device) }
    guard let vendor = device.vendor, let product = device.product else { return [] }
    var conditions = [
      "SUBSYSTEM==\"tty\"", "ENV{ID_VENDOR_ID}==\"\(vendor)\"", "ENV{ID_MODEL_ID}==\"\(product)\"",
    ]
    // Bridges have the numbers of their chip: the serial number, if there is one, means this very cable.
    if let serial = device.serial { conditions.append("ENV{ID_SERIAL_SHORT}==\"\(serial)\"") }
    return [(conditions + ["ENV{COUNTERFOIL_ROLE}=\"scanner\""]).joined(separator: ", ")]
  }
}
