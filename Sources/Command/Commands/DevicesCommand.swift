import ArgumentParser
import Interfaces

struct DevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices", abstract: "The devices and how they are.",
    discussion: "EXAMPLE: counterfoil devices --all")
  @OptionGroup var connection: Connection
  @Flag(help: "Also those that no lane uses, and what is plugged in and unknown.") var all = false

  func run() throws {
    var session = try connection.open()
    let output = try session.call(DeviceInterface.List.self, .init(all: all))
    connection.show(output) {
      let plugged = PresentDeviceText.lines(
        output.present ?? [], names: output.devices.map(\.name), Terminal.style)
      guard !output.devices.isEmpty else { return plugged.isEmpty ? [text("no devices", "没有设备")] : plugged }
      var table = Table(
        (text("DEVICE", "设备"), .left), (text("CLASS", "类别"), .left), (text("STATE", "状态"), .left),
        (text("USED BY", "用途"), .left), (text("WHERE", "位置"), .left), ("", .left))
      for device in output.devices {
        table.add(
          tones: (device.name.isEmpty ? device.id : device.name, .plain), (Word.deviceClass(device.class), .plain),
          (Word.text(device.state), device.state == .error || device.state == .closed ? .bad : .good),
          (device.roles.isEmpty ? "-" : device.roles.joined(separator: " "), .plain), (device.path, .plain),
          (JobText.why(device.why), .faint))
      }
      return table.lines(Terminal.style) + (plugged.isEmpty ? [] : [""] + plugged)
    }
  }
}
