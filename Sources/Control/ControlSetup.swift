import Devices
import Engine

/// Somebody who may sign in on a connection.
public struct OperatorEntry: Sendable {
  /// What SignIn and Approve name.
  public var id: String
  /// `sell`; of a supervisor also `approve` and `supervisor`.
  public var rights: [String]
  /// True for the right proof. May take long: runs on a thread of its own.
  public var verify: @Sendable (String) -> Bool

  /// Somebody with a check of his proof.
  public init(id: String, rights: [String], verify: @escaping @Sendable (String) -> Bool) {
    self.id = id
    self.rights = rights
    self.verify = verify
  }
}

/// A device as Device.List shows it.
public struct DeviceEntry: Sendable {
  /// class:transport:stable part; opaque to clients.
  public var id: String
  /// `printer`, `scanner`.
  public var deviceClass: String
  /// Name in the configuration.
  public var name: String
  /// Device node or network address.
  public var path: String
  /// Device node or link that the configuration names; nil: it is on the network.
  public var node: String?
  /// Driver family.
  public var driver: String?
  /// Hardware profile; nil for classes that have none.
  public var profile: String?
  /// What it is assigned to, as lane/role.
  public var roles: [String]
  /// UnifiedPOS statistics by name.
  public var counters: @Sendable () -> [String: Int64]

  /// A device that the configuration names, whether it is there or not.
  public init(
    id: String, deviceClass: String, name: String, path: String, node: String? = nil, driver: String?,
    profile: String?, roles: [String], counters: @escaping @Sendable () -> [String: Int64] = { [:] }
  ) {
    self.counters = counters
    self.id = id
    self.deviceClass = deviceClass
    self.name = name
    self.path = path
    self.node = node
    self.driver = driver
    self.profile = profile
    self.roles = roles
  }
}

/// Where it is kept, until the next boot and over restarts of the program, for what a slip was printed unasked.
public struct UnaskedSlips: Sendable {
  /// What it was printed for last; nil: nothing since the boot. Must not take long.
  public var last: @Sendable () -> String?
  /// Keeps that. Must not take long.
  public var keep: @Sendable (String) -> Void

  /// Where to keep it.
  public init(last: @escaping @Sendable () -> String?, keep: @escaping @Sendable (String) -> Void) {
    self.last = last
    self.keep = keep
  }
}

/// What the control protocol is set up with.
public struct ControlSetup: Sendable {
  /// The program's version, for GetInfo, Hello and Status.
  public var version: String
  /// Who has which role.
  public var roles: RoleTable
  /// Who may sign in with a proof.
  public var operators: [OperatorEntry]
  /// What Device.List shows.
  public var devices: [DeviceEntry]
  /// Scanner name to its lane.
  public var scannerLanes: [String: String]
  /// What scanned data means; the second is the AIM identifier, the third the decimal places of the currency.
  public var classify: @Sendable ([UInt8], String?, Int) -> ScanMeaning
  /// Slips that nobody asked for, when the box does not sell; nil: none.
  public var unasked: UnaskedSlips?

  /// A set-up without a way to begin an epoch.
  public init(
    version: String, roles: RoleTable, operators: [OperatorEntry], devices: [DeviceEntry],
    scannerLanes: [String: String], classify: @escaping @Sendable ([UInt8], String?, Int) -> ScanMeaning
  ) {
    self.version = version
    self.roles = roles
    self.operators = operators
    self.devices = devices
    self.scannerLanes = scannerLanes
    self.classify = classify
  }
}
