import Configuration
import Control
import Devices
import Drivers
import Engine
import Glibc
import Journal
import Payments
import Till
import TillSettings
import Transports
import Varlink

/// The devices and the identity of this box, made from its configuration.
struct Box {
  var printers: [String: any ReceiptPrinter] = [:]
  var scanners: [String: any Scanner] = [:]
  /// The devices' threads; empty when nobody watches them.
  private(set) var threads: [WatchedThread] = []
  private let isWatched: Bool
  private var entries: [DeviceEntry] = []

  init(_ file: DaemonConfiguration, _ profiles: HardwareProfiles, isWatched: Bool) {
    self.isWatched = isWatched
    for settings in file.printers {
      guard let id = settings.id, let profile = profiles.printers[settings.profile] else { continue }
      let setup = DeviceSetup(id: id, profile: .printer(settings.adjusting(profile)))
      let roles = file.lanes.filter { $0.printer == settings.name }.map { "\($0.name)/printer" }
      add(setup, settings.name, settings.address, "printer", settings.profile, roles)
    }
    for settings in file.scanners {
      guard let id = settings.id else { continue }
      let setup = DeviceSetup(
        id: id, profile: .scanner(settings.adjusting(settings.hardware.flatMap { profiles.scanners[$0] })))
      let roles = file.lanes.filter { $0.scanners.contains(settings.name) }.map { "\($0.name)/scanner" }
      add(setup, settings.name, settings.address, "scanner", settings.hardware, roles)
    }
  }

  private mutating func add(
    _ setup: DeviceSetup, _ name: String, _ address: DeviceAddress, _ deviceClass: String, _ profile: String?,
    _ roles: [String]
  ) {
    var counters: @Sendable () -> [String: Int64] = { [:] }
    do {
      switch try DriverTable.standard.make(setup, over: transport(address, "\(deviceClass) \(name)")) {
      case .printer(let printer):
        printers[name] = printer
        counters = { Self.counters(printer.statistics) }
      case .scanner(let scanner):
        scanners[name] = scanner
        counters = { Self.counters(scanner.statistics) }
      }
    } catch {
      log(.warning, "\(name): \(error); the device is left out")
    }
    entries.append(
      DeviceEntry(
        id: setup.id.description, deviceClass: deviceClass, name: name, path: address.description,
        node: address.node, driver: setup.profile.family, profile: profile, roles: roles, counters: counters))
  }

  private mutating func transport(_ address: DeviceAddress, _ name: String) -> any Transport {
    let transport = address.makeTransport()
    guard isWatched else { return transport }
    let watched = WatchedTransport(transport)
    threads.append(WatchedThread(name) { watched.look })
    return watched
  }

  private static func counters(_ statistics: DeviceStatistics) -> [String: Int64] {
    Dictionary(
      statistics.all.map { ($0.name.rawValue, Int64(clamping: $0.count)) }, uniquingKeysWith: { first, _ in first })
  }

  func controlSetup(_ file: DaemonConfiguration) -> ControlSetup {
    var lanes: [String: String] = [:]
    for lane in file.lanes { for scanner in lane.scanners { lanes[scanner] = lane.name } }
    var setup = ControlSetup(
      version: Product.version, roles: RoleTable(file), operators: file.operators.map(OperatorEntry.init),
      devices: entries, scannerLanes: lanes, classify: classifier(file.inStoreCodes))
    if file.service.statusSlip {
      let path = file.control.runtime + "/status-slip"
      let boot = Self.bootID() ?? ""
      setup.unasked = UnaskedSlips(
        last: { SlipMemory.read(path, boot: boot) }, keep: { SlipMemory.write(path, boot: boot, $0) })
    }
    return setup
  }

  func engineSetup(_ file: DaemonConfiguration, _ given: Options) -> EngineSetup {
    var options = JournalOptions()
    options.segmentSize = UInt64(file.storage.segmentMebibytes) << 20
    if let boot = Self.bootID(), let bytes = Hex.decode(boot.filter { $0 != "-" }) { options.bootID = bytes }
    var drawers: [String: String] = [:]
    for lane in file.lanes { if let drawer = lane.drawer { drawers[drawer] = drawer } }
    let configuration = TillConfiguration(file)
    var setup = EngineSetup(
      folder: file.storage.journal, indexFolder: file.storage.index, options: options, signer: Self.signer(file),
      configuration: configuration,
      configurationHash: Self.hash(given.configuration), origin: "\(file.shop.shop)/\(file.shop.till)",
      machine: MachineIdentity(
        file: given.machineID, folders: given.hardwareID.map { [$0] } ?? MachineIdentity.standardFolders),
      bootID: Self.bootID() ?? "", version: Product.version, printers: printers, drawers: drawers,
      providers: Dictionary(
        file.providers.map { ($0.name, VarlinkPaymentConnector(.path($0.path))) },
        uniquingKeysWith: { first, _ in first }))
    // The start refuses a configuration with a broken one.
    setup.trustedBoxes = (try? Self.trustedBoxes(file)) ?? []
    setup.trainingProviders = Set(file.providers.lazy.filter(\.training).map(\.name))
    return setup
  }

  /// Other boxes whose proofs are taken. Throws what is wrong with one of them.
  static func trustedBoxes(_ file: DaemonConfiguration) throws(TrustedBoxFault) -> [TrustedBox] {
    try TrustedBox.all(file.trustedBoxes.map { ($0.name, $0.key) }, here: "\(file.shop.shop)/\(file.shop.till)")
  }

  private static func bootID() -> String? { firstLine(of: "/proc/sys/kernel/random/boot_id") }

  /// SHA-256 of the file's bytes; empty when it cannot be read any more.
  private static func hash(_ path: String) -> String {
    guard let stream = fopen(path, "r") else { return "" }
    defer { fclose(stream) }
    var hash = SHA256()
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = fread(&buffer, 1, buffer.count, stream)
      guard count > 0 else { return hash.finish().hex }
      hash.update(Array(buffer[..<count]))
    }
  }

  /// The key that signs checkpoints: 64 hex digits in `keys/journal.key` beside the journal, or in the credential of
  /// that name that the service manager gives (systemd.exec(5)). Without it the journal has no checkpoints, which the log
  /// says.
  private static func signer(_ file: DaemonConfiguration) -> NoteSigner? {
    let path = KeyFile.credential ?? KeyFile.path(journal: file.storage.journal)
    guard let text = firstLine(of: path), let seed = Hex.decode(text), let key = try? Ed25519PrivateKey(seed: seed),
      let signer = try? NoteSigner(name: "\(file.shop.shop)/\(file.shop.till)", key: key)
    else {
      log(.warning, "no usable key in \(path): checkpoints are not signed")
      return nil
    }
    return signer
  }
}

/// For what a slip was printed unasked last, across restarts of the daemon but not of the box.
enum SlipMemory {
  static func read(_ path: String, boot: String) -> String? {
    guard let line = firstLine(of: path), line.hasPrefix(boot + " ") else { return nil }
    return String(line.dropFirst(boot.count + 1))
  }

  static func write(_ path: String, boot: String, _ matter: String) {
    guard let stream = fopen(path, "w") else { return }
    fputs("\(boot) \(matter)\n", stream)
    fclose(stream)
  }
}

/// Where the journal's key stands.
enum KeyFile {
  /// The key as a credential; nil: none is given.
  static var credential: String? {
    guard let folder = getenv("CREDENTIALS_DIRECTORY") else { return nil }
    let path = String(cString: folder) + "/journal.key"
    return access(path, F_OK) == 0 ? path : nil
  }

  static func path(journal: String) -> String {
    var folder = journal
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    let parent = folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? "."
    return parent + "/keys/journal.key"
  }
}
