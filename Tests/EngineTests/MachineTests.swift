import Engine
import Glibc
import Testing
import Till

/// On which machine a journal is at home.
@Suite struct MachineTests {
  private static let here = MachineIdentity(board: "board-1", product: "product-1", system: "system-1")

  @Test func theHardwareDecidesWhereBothKnowIt() {
    let known = Self.here.binding(journal: "j")
    func differences(_ board: String?, _ product: String?, _ system: String?) -> [String] {
      MachineIdentity(board: board, product: product, system: system).binding(journal: "j").differences(from: known)
    }
    #expect(differences("board-1", "product-1", "system-1") == [])
    #expect(differences(nil, "product-1", "system-2") == [], "the system was installed anew")
    #expect(differences("board-2", "product-2", "system-1") == ["board", "product"], "the disk was copied")
    #expect(differences("board-2", nil, "system-1") == ["board"])
    #expect(differences(nil, nil, "system-2") == ["system"])
    #expect(differences(nil, nil, "system-1") == [])
    #expect(differences(nil, nil, nil) == [])
    #expect(MachineBinding().differences(from: known) == [])
    #expect(known.differences(from: MachineBinding()) == [])
  }

  @Test func whatCouldNotBeReadThisTimeStays() {
    let known = Self.here.binding(journal: "j")
    let system = MachineIdentity(system: "system-2").binding(journal: "j")
    #expect(
      known.updated(by: system) == MachineBinding(board: known.board, product: known.product, system: system.system))
  }

  @Test func digestsAreOfOneJournalAndOnePart() {
    let same = MachineIdentity(board: "x", product: "x", system: "x")
    let (one, other) = (same.binding(journal: "1"), same.binding(journal: "2"))
    let digests = [one, other].flatMap { [$0.board, $0.product, $0.system] }
    #expect(Set(digests).count == 6)
    #expect(digests.allSatisfy { $0?.utf8.count == 64 })
  }

  @Test func placeholdersAreNoIdentity() throws {
    var template = Array("/tmp/counterfoil-machine-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    let names = ["board_serial", "product_uuid", "serial-number", "machine-id"]
    defer {
      for name in names { unlink(folder + "/" + name) }
      rmdir(folder)
    }
    func read(_ texts: String?...) throws -> MachineIdentity {
      for (name, text) in zip(names, texts) {
        unlink(folder + "/" + name)
        guard let text else { continue }
        let file = try #require(fopen(folder + "/" + name, "w"))
        fputs(text, file)
        fclose(file)
      }
      return MachineIdentity(file: folder + "/machine-id", folders: [folder + "/none", folder])
    }
    let id = "0123456789abcdef0123456789abcdef"
    let good = try read(" PF1Q2W3E \n", "4C4C4544-0042-3510-8053-B4C04F4E4B32\n", nil, id + "\n")
    #expect(
      good == MachineIdentity(board: "pf1q2w3e", product: "4c4c4544-0042-3510-8053-b4c04f4e4b32", system: id))
    #expect(try read(nil, nil, "10000000ab12cd34\0", nil) == MachineIdentity(product: "10000000ab12cd34"))
    for text in [
      "", "\n", "To be filled by O.E.M.\n", "Default string\n", "None\n", "0\n", "00000000\n", "XXXXXXXX\n",
      "123456789\n",
    ] {
      #expect(try read(text, text, text, nil) == MachineIdentity(), "\(text)")
    }
    for text in [
      "03000200-0400-0500-0006-000700080009", "00000000-0000-0000-0000-000000000000",
      "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    ] {
      #expect(try read(nil, text, nil, nil) == MachineIdentity(), "\(text)")
    }
    for text in ["uninitialized\n", String(repeating: "0", count: 32), "0123", id + "0", "", "zz" + id.dropFirst(2)] {
      #expect(try read(nil, nil, nil, text) == MachineIdentity(), "\(text)")
    }
    #expect(try read(nil, nil, nil, nil) == MachineIdentity())
  }

  /// A journal from before has no binding; the first start that can tell records it, and a switch of segments keeps it.
  @Test func aJournalIsBoundByItsFirstStart() throws {
    let box = try TestBox(index: false)
    box.setup.machine = MachineIdentity()
    try box.start()
    box.setup.machine = Self.here
    try box.start()
    box.setup.machine = MachineIdentity(product: "product-1", system: "system-9")
    try box.start()
    box.setup.machine = MachineIdentity(board: "board-1", product: "product-2")
    #expect(throws: StartRefusal.machineChanged(["product"])) { try box.start() }
    box.setup.machine = Self.here
    try box.start()
  }
}
