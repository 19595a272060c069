import Command
import Interfaces
import Testing

/// What `counterfoil devices` says of what is plugged in and not in the configuration.
struct PresentDeviceTests {
  private func device(
    _ use: Wire.DeviceUse, role: String?, profile: String?, interface: String = "serial", link: String?,
    numbers: (String, String)?, serial: String? = nil
  ) -> Wire.PresentDevice {
    Wire.PresentDevice(
      role: role, profile: profile, use: use, interface: interface, node: "/dev/ttyACM0", link: link,
      vendor: numbers?.0, product: numbers?.1, serial: serial)
  }

  private func lines(_ devices: [Wire.PresentDevice], names: [String] = []) -> [String] {
    PresentDeviceText.lines(devices, names: names, Style(isColoured: false))
  }

  @Test func proposesAnEntry() {
    let scanner = device(
      .unconfigured, role: "scanner", profile: "honeywell-serial", link: "/dev/counterfoil/scanner-S1",
      numbers: ("0c2e", "0b61"))
    #expect(
      lines([scanner], names: ["scanner-1"]).dropFirst(2).prefix(4) == [
        "  [[scanner]]", "  name = \"scanner-2\"", "  address = \"serial:/dev/counterfoil/scanner-S1\"",
        "  profile = \"honeywell-serial\"",
      ])
    // Two at once get two names.
    #expect(
      lines([scanner, scanner]).filter { $0.contains("name =") } == [
        "  name = \"scanner-1\"", "  name = \"scanner-2\"",
      ])
  }

  @Test func proposesNothingForWhatIsThere() {
    let there = device(.inUse, role: "scanner", profile: nil, link: "/dev/counterfoil/scanner-S1", numbers: nil)
    #expect(lines([there]).isEmpty)
    #expect(lines([device(.configured, role: "scanner", profile: nil, link: nil, numbers: nil)]).isEmpty)
  }

  @Test func proposesARule() {
    let bridge = device(.unknown, role: nil, profile: nil, link: nil, numbers: ("0403", "6001"), serial: "A5")
    #expect(
      lines([bridge]).contains(
        "  SUBSYSTEM==\"tty\", ENV{ID_VENDOR_ID}==\"0403\", ENV{ID_MODEL_ID}==\"6001\", "
          + "ENV{ID_SERIAL_SHORT}==\"A5\", ENV{COUNTERFOIL_ROLE}=\"scanner\""))
  }

  /// No entry that the daemon would refuse or could not use.
  @Test func saysWhatDoesNotWork() {
    let printer = device(
      .unconfigured, role: "printer", profile: "generic-gbk-58", interface: "printer",
      link: "/dev/counterfoil/printer-1", numbers: ("6868", "0200"))
    #expect(!lines([printer]).contains { $0.contains("[[printer]]") })
    #expect(lines([printer]).count == 3)
    for interface in ["hid", "ccid", "printer"] {
      let unknown = device(
        .unknown, role: nil, profile: nil, interface: interface, link: nil, numbers: ("0c2e", "0b81"))
      let said = lines([unknown])
      #expect(said.count == 3 && said[2].contains("this release"), "\(said)")
    }
    // One that a later daemon knows is told, without a word of what helps.
    let later = device(.unknown, role: nil, profile: nil, interface: "later", link: nil, numbers: nil)
    #expect(lines([later]).count == 2)
  }
}
