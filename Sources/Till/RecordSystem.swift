/// The head of an earlier journal that a new one continues.
public struct PreviousHead: Hashable, Sendable {
  public var journal: String
  public var epoch: Int64
  public var sequence: Int64
  /// Chain value and root in hex.
  public var chain: String
  public var root: String

  /// Memberwise.
  public init(journal: String, epoch: Int64, sequence: Int64, chain: String, root: String) {
    self.journal = journal
    self.epoch = epoch
    self.sequence = sequence
    self.chain = chain
    self.root = root
  }
}

/// Record 0: who this till is.
public struct Genesis: Hashable, Sendable {
  /// Journal id in hex.
  public var journal: String
  public var epoch: Int64
  /// `shop/till`.
  public var origin: String
  /// ISO 4217.
  public var currency: String
  /// Name in the tz database.
  public var timeZone: String
  /// Ed25519 public key in hex.
  public var publicKey: String
  public var software: String
  /// Journal format, `major.minor`.
  public var format: String
  public var previous: PreviousHead?
  /// The last sequence of the old journal that counts, when a loss was accepted.
  public var acceptLossAfter: Int64?
  /// How many stub numbers are skipped so that a lost one is never used twice.
  public var numberGap: Int64?
  /// Why a later epoch was begun, in the words of who did.
  public var reason: String?

  /// Memberwise.
  public init(
    journal: String, epoch: Int64, origin: String, currency: String, timeZone: String, publicKey: String,
    software: String, format: String, previous: PreviousHead? = nil, acceptLossAfter: Int64? = nil,
    numberGap: Int64? = nil, reason: String? = nil
  ) {
    self.journal = journal
    self.epoch = epoch
    self.origin = origin
    self.currency = currency
    self.timeZone = timeZone
    self.publicKey = publicKey
    self.software = software
    self.format = format
    self.previous = previous
    self.acceptLossAfter = acceptLossAfter
    self.numberGap = numberGap
    self.reason = reason
  }
}

/// A start of the daemon.
public struct Boot: Hashable, Sendable {
  /// The kernel's boot id.
  public var boot: String
  /// The first digest of ``binding``; before that was there, SHA-256 of the machine-id. Evidence only.
  public var machine: String
  /// The machine, as far as it can be told from others; nil in journals from before.
  public var binding: MachineBinding?
  public var version: String
  /// SHA-256 in hex of the configuration that was read.
  public var configurationHash: String
  /// True when the last stop was orderly.
  public var clean: Bool

  /// Memberwise.
  public init(
    boot: String, machine: String, binding: MachineBinding? = nil, version: String, configurationHash: String,
    clean: Bool
  ) {
    self.boot = boot
    self.machine = machine
    self.binding = binding
    self.version = version
    self.configurationHash = configurationHash
    self.clean = clean
  }
}

/// A new configuration in force.
public struct ConfigurationChanged: Hashable, Sendable {
  public var reason: String
  public var configuration: TillConfiguration

  /// Memberwise.
  public init(reason: String, configuration: TillConfiguration) {
    self.reason = reason
    self.configuration = configuration
  }
}
