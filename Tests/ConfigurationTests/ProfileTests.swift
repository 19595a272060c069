import Configuration
import Devices
import Testing

/// Hardware profiles: all that are shipped, and what mistakes are told as.
struct ProfileTests {
  @Test func shippedProfilesAreRight() throws {
    let profiles = try ProfileLibrary.load(folder: Tree.path("hardware-profiles"))
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
}
