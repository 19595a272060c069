import Devices
import Journal
import Receipt
import Records
import Till

/// What an engine is started with.
public struct EngineSetup: Sendable {
  /// Folder of the journal of the present epoch.
  public var folder: String
  /// Folder of the disposable lookup file.
  public var indexFolder: String
  public var options: JournalOptions
  public var signer: NoteSigner?
  /// What the configuration file says; becomes a record when it differs from what is in force.
  public var configuration: TillConfiguration
  public var configurationHash: String
  /// `shop/till` of the configuration, which must be the journal's; nil is not compared.
  public var origin: String?
  /// What binds the journal to this machine.
  public var machine: MachineIdentity
  public var bootID: String
  public var version: String
  public var printers: [String: any ReceiptPrinter]
  /// Drawer name to the printer that pulses it.
  public var drawers: [String: String]
  /// Payment providers by their names.
  public var providers: [String: any PaymentConnector]
  /// Those that move no money: for lanes in training, and for no other.
  public var trainingProviders: Set<String> = []
  /// Other boxes whose signed proofs of their stubs are taken.
  public var trustedBoxes: [TrustedBox] = []

  public init(
    folder: String, indexFolder: String, options: JournalOptions, signer: NoteSigner?, configuration: TillConfiguration,
    configurationHash: String, origin: String? = nil, machine: MachineIdentity, bootID: String, version: String,
    printers: [String: any ReceiptPrinter], drawers: [String: String],
    providers: [String: any PaymentConnector] = [:]
  ) {
    self.providers = providers
    self.folder = folder
    self.indexFolder = indexFolder
    self.options = options
    self.signer = signer
    self.configuration = configuration
    self.configurationHash = configurationHash
    self.origin = origin
    self.machine = machine
    self.bootID = bootID
    self.version = version
    self.printers = printers
    self.drawers = drawers
  }

  /// The same with these printers.
  func with(_ printers: [String: any ReceiptPrinter]) -> Self {
    var setup = self
    setup.printers = printers
    return setup
  }
}
