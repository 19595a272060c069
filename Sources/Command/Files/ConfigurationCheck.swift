import Configuration
import Engine
import Glibc
import Journal
import Till
import TillSettings

/// What a configuration names outside of itself: the time zone in the system's database, the profiles of printers.
enum ConfigurationCheck {
  /// The system's time zone database (tzset(3)).
  private static var zones: String { getenv("TZDIR").map { String(cString: $0) } ?? "/usr/share/zoneinfo" }

  /// Refuses a name that the time zone database does not have.
  /// `root`: stands before every path.
  static func zone(_ name: String, below root: String = "") throws {
    let zones = root + Self.zones
    guard access(zones, R_OK | X_OK) == 0 else {
      throw Failure(
        "configuration", text("the time zone database \(zones) is missing", "缺少时区数据库 \(zones)"),
        advice: [text("install it: apt install tzdata", "安装：apt install tzdata")], exit: .configuration)
    }
    let isName = !name.isEmpty && !name.hasPrefix("/") && !name.split(separator: "/").contains("..")
    guard isName, isZoneFile("\(zones)/\(name)") else {
      throw Failure(
        "configuration", text("the system has no time zone \"\(name)\"", "系统没有时区 “\(name)”"),
        advice: [text("see the names: timedatectl list-timezones", "查看名称：timedatectl list-timezones")],
        exit: .configuration)
    }
  }

  /// Refuses a printer's profile that the daemon would refuse. The folder is the one that the daemon finds.
  static func profiles(_ configuration: DaemonConfiguration, file: String, below root: String = "") throws {
    let installed = root + "/usr/share/counterfoil/hardware-profiles"
    let folder =
      getenv("COUNTERFOIL_PROFILES").map { String(cString: $0) }
      ?? (access(installed, R_OK) == 0 ? installed : "hardware-profiles")
    guard !configuration.printers.isEmpty || configuration.scanners.contains(where: { $0.hardware != nil }) else {
      return
    }
    do { try configuration.check(profiles: ProfileLibrary.load(folder: folder), file: file) } catch {
      let other = text(
        "the profiles are looked for in \(folder); another folder: COUNTERFOIL_PROFILES=FOLDER",
        "打印机配置在 \(folder) 中查找；换目录：COUNTERFOIL_PROFILES=目录")
      throw Failure("configuration", "\(error)", advice: [other], exit: .configuration)
    }
  }

  /// Refuses what the till would refuse at every start.
  static func till(_ configuration: DaemonConfiguration, file: String) throws {
    do { try configuration.checkTill(file: file) } catch {
      throw Failure("configuration", "\(error)", exit: .configuration)
    }
    let shop = configuration.shop
    do throws(TrustedBoxFault) {
      _ = try TrustedBox.all(configuration.trustedBoxes.map { ($0.name, $0.key) }, here: "\(shop.shop)/\(shop.till)")
    } catch {
      throw Failure("configuration", "\(file): \(error)", exit: .configuration)
    }
  }

  /// What setting the file beside its journal gave.
  struct Comparison {
    /// What a person should look at; the daemon takes it.
    var remarks: [String] = []
    /// Why nothing was compared; nil: it was, or there is no journal.
    var whyNot: String?
  }

  /// Refuses what the daemon would refuse over the journal in `folder`, in the same words: another shop or till, a lane
  /// that is gone with its shift open. Names what the journal has settled for good and the daemon therefore ignores.
  static func journal(_ configuration: DaemonConfiguration, file: String, in folder: String) throws -> Comparison {
    let till: Till
    do {
      guard let found = try ReadTill.newest(in: OfflineJournal.files(folder)) else { return Comparison() }
      till = found
    } catch JournalError.notFound {
      return Comparison()
    } catch {
      return Comparison(whyNot: (error as? JournalError).map { Failure($0).message } ?? "\(error)")
    }
    guard let identity = till.identity else { return Comparison() }
    let shop = configuration.shop
    guard "\(shop.shop)/\(shop.till)" == identity.origin else {
      throw refusal(.otherTill(configured: "\(shop.shop)/\(shop.till)", journal: identity.origin), file: file)
    }
    do throws(Refusal) { try till.checkConfiguration(TillConfiguration(configuration)) } catch {
      throw refusal(.configuration(error), file: file)
    }
    let fixed = [
      ("shop.currency", shop.currency, identity.currency), ("shop.time_zone", shop.timeZone, identity.timeZone),
    ]
    return Comparison(
      remarks: unaskable(till, configuration)
        + fixed.compactMap { setting, wanted, settled in
          guard wanted != settled else { return nil }
          return text(
            "\(setting): the journal keeps \"\(settled)\" for good; \"\(wanted)\" does not count",
            "\(setting)：账本永久为 “\(settled)”；“\(wanted)” 不生效")
        })
  }

  /// Payments that are not over, of providers that the configuration does not name: nobody asks for them.
  private static func unaskable(_ till: Till, _ configuration: DaemonConfiguration) -> [String] {
    let named = Set(configuration.providers.map(\.name))
    let missing = Set(till.followedTenders.compactMap(\.tender.provider)).subtracting(named)
    return missing.sorted().map { name in
      text(
        "[[provider]] \(name) is missing, and payments there are not over; nobody asks for them without it: "
          + "counterfoil unresolved",
        "缺少 [[provider]] \(name)，而其中有尚未了结的付款；没有它就无人查询：counterfoil unresolved")
    }
  }

  private static func refusal(_ refusal: StartRefusal, file: String) -> Failure {
    let reason = if case .otherTill = refusal { "journalOtherTill" } else { "configurationRefused" }
    return Failure(
      reason, "\(file): " + text("\(refusal)", refusal.chinese),
      advice: [text("more: counterfoil explain \(reason)", "详情：counterfoil explain \(reason)")], exit: .configuration)
  }

  /// What the daemon takes, and a person should look at.
  static func remarks(_ configuration: DaemonConfiguration, file: String) -> [String] {
    var remarks: [String] = []
    for assignment in configuration.roles {
      for case .name(let name) in assignment.users where getpwnam(name) == nil {
        remarks.append(
          text(
            "[[role]] \(assignment.role.rawValue): no user \(name) on this machine",
            "[[role]] \(assignment.role.rawValue)：本机没有用户 \(name)"))
      }
      for case .name(let name) in assignment.groups where getgrnam(name) == nil {
        remarks.append(
          text(
            "[[role]] \(assignment.role.rawValue): no group \(name) on this machine",
            "[[role]] \(assignment.role.rawValue)：本机没有组 \(name)"))
      }
    }
    var status = stat()
    if configuration.operators.contains(where: { $0.pin != nil }), stat(file, &status) == 0, status.st_mode & 0o004 != 0
    {
      remarks.append(
        text(
          "everybody may read \(file) and try its PINs: chmod o-r \(file)", "任何人都能读取 \(file) 并试出 PIN：chmod o-r \(file)")
      )
    }
    return remarks
  }

  /// A compiled time zone begins with `TZif` (RFC 8536, section 3.1).
  private static func isZoneFile(_ path: String) -> Bool {
    guard let stream = fopen(path, "r") else { return false }
    defer { fclose(stream) }
    var magic = [UInt8](repeating: 0, count: 4)
    return fread(&magic, 1, 4, stream) == 4 && magic == Array("TZif".utf8)
  }
}
