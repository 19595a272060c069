import Configuration
import Devices
import Testing

/// Hardware profiles: all that are shipped, and what mistakes are told as.
struct ProfileTests {
  @Test func shippedProfilesAreRight() throws {
    let profiles = try ProfileLibrary.load(folder: Tree.path("hardware-profiles")).printers
    #expect(Set(["generic-escpos", "generic-gbk-58", "generic-gbk-80"]).isSubset(of: Set(profiles.keys)))
    for (name, profile) in profiles {
      #expect(profile.name == name)
      // A line of font A fits the paper.
      #expect(profile.paper.columns * 12 <= profile.paper.dots, "\(name)")
      #expect(!profile.evidence.isEmpty, "\(name)")
    }
    #expect(profiles["generic-gbk-58"]?.paper.columns == 32)
    #expect(profiles["generic-gbk-58"]?.paper.dots == 384)
    #expect(profiles["generic-gbk-80"]?.paper.columns == 48)
    #expect(profiles["generic-gbk-80"]?.paper.dots == 576)
    #expect(profiles["generic-gbk-80"]?.bestLevel == .fenced)
    #expect(profiles["generic-escpos"]?.bestLevel == .drained)
    #expect(profiles["generic-gbk-80"]?.kanji?.encoding == "gbk")
  }

  private func problems(_ change: (String) -> String) throws -> [String] {
    let text = change(try Tree.text("hardware-profiles/generic-gbk-80.toml"))
    do throws(ConfigurationError) {
      _ = try PrinterProfile(text: text, name: "p", file: "p.toml")
      return []
    } catch {
      return error.problems.map { "\($0.field): \($0.message)" }
    }
  }

  @Test func mistakes() throws {
    #expect(try problems { $0 }.isEmpty)
    #expect(
      try problems { $0.replacing("columns = 48", with: "colums = 48") }
        == ["paper.columns: is missing", "paper.colums: unknown field; did you mean \"columns\"?"])
    #expect(
      try problems { $0.replacing("columns = 48", with: "columns = 480") }
        == ["paper.columns: 480 is not between 16 and 128"])
    #expect(
      try problems { $0.replacing("encoding = \"gbk\"", with: "encoding = \"gb2312\"") }
        == ["kanji.encoding: \"gb2312\" is none of \"gbk\", \"gb18030\", \"big5\""])
    #expect(
      try problems { $0.replacing("presence = false", with: "presence = true") }
        == ["connection.presence: needs status.automatic: without it an open connection tells nothing"])
    #expect(try problems { $0.replacing("real_time = [1, 2, 4]", with: "real_time = [9]") }.count == 1)
    #expect(try problems { $0.replacing("pin = 2", with: "pin = 3") } == ["drawer.pin: must be 2 or 5"])
    #expect(
      try problems { text in text.split(separator: "\n").filter { !$0.hasPrefix("status = {") }.joined(separator: "\n")
      }
        == ["evidence.status: is missing: say where the values of [status] come from"])
    #expect(try problems { $0.replacing("2026-11-20", with: "20.11.2026") }.count == 8)
  }

  // MARK: - scanners

  @Test func shippedScannersAreRight() throws {
    let scanners = try ProfileLibrary.load(folder: Tree.path("hardware-profiles")).scanners
    #expect(Set(scanners.keys) == ["datalogic-serial", "honeywell-serial", "newland-serial", "zebra-serial"])
    for (name, profile) in scanners {
      #expect(profile.name == name)
      #expect(profile.family == "serial-scanner")
      #expect(!profile.usb.isEmpty, "\(name)")
      #expect(profile.evidence["usb"] != nil && profile.evidence["data"] != nil, "\(name)")
    }
    #expect(
      scanners["zebra-serial"]?.usb.first == USBMatch(vendor: 0x05e0, product: 0x0600, interface: .serial))
    #expect(scanners["honeywell-serial"]?.usb == [USBMatch(vendor: 0x0c2e, product: nil, interface: .serial)])
  }

  private func scannerProblems(_ change: (String) -> String) throws -> [String] {
    let text = change(try Tree.text("hardware-profiles/zebra-serial.toml"))
    do throws(ConfigurationError) {
      _ = try ScannerProfile(text: text, name: "p", file: "p.toml")
      return []
    } catch {
      return error.problems.map { "\($0.field): \($0.message)" }
    }
  }

  @Test func scannerMistakes() throws {
    #expect(try scannerProblems { $0 }.isEmpty)
    #expect(
      try scannerProblems { $0.replacing("suffix = \"cr\"", with: "sufix = \"cr\"") }
        == ["data.suffix: is missing", "data.sufix: unknown field; did you mean \"suffix\"?"])
    #expect(
      try scannerProblems { $0.replacing("vendor = \"05e0\"\nproduct = \"0600\"", with: "vendor = \"5e0\"") }
        == ["usb[0].vendor: \"5e0\" must be four hexadecimal digits, small letters"])
    #expect(
      try scannerProblems { $0.replacing("product = \"1701\"", with: "product = \"0600\"") }
        == ["usb[1].product: these numbers stand twice"])
    #expect(
      try scannerProblems { $0.replacing("interface = \"serial\"", with: "interface = \"printer\"") }
        == ["usb: a scanner of this family has the interface \"serial\""])
    let unproven = try scannerProblems { $0.replacing("\nusb = {", with: "\nubs = {") }
    #expect(unproven.count == 2)
    #expect(unproven.contains("evidence.usb: is missing: say where the values of [usb] come from"))
    #expect(try scannerProblems { $0.replacing("title =", with: "paper = 80\ntitle =") }.count == 1)
    // A printer's numbers need their evidence as well.
    #expect(
      try problems { $0.replacing("\nusb = {", with: "\nfoo = {") }.contains(
        "evidence.usb: is missing: say where the values of [usb] come from"))
  }

  /// What the configuration states replaces the profile's value, and nothing else does.
  @Test func configurationOverProfile() throws {
    let text = """
      [[scanner]]
      name = "hand"
      address = "serial:/dev/counterfoil/scanner-1"
      profile = "stx"
      suffix = "lf"

      """
    var hardware = ScannerProfile(name: "stx", prefix: [2], suffix: .etx, gapMilliseconds: 50, aim: false)
    hardware.title = "x"
    let configuration = try DaemonConfiguration(text: DaemonConfigurationTests.least + text, file: "x.toml")
    let scanner = try #require(configuration.scanners.first)
    let adjusted = scanner.adjusting(hardware)
    #expect(adjusted.prefix == [2] && adjusted.suffix == .lf && adjusted.gapMilliseconds == 50 && !adjusted.aim)
    #expect(scanner.adjusting(nil).suffix == .lf && scanner.adjusting(nil).aim)
    #expect(throws: ConfigurationError.self) { try configuration.check(profiles: HardwareProfiles(), file: "x.toml") }
    try configuration.check(profiles: HardwareProfiles(scanners: ["stx": hardware]), file: "x.toml")
  }
}
