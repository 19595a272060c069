/// Which USB devices a hardware profile is for: one `[[usb]]` of its file. `scripts/generate-udev.py` makes the udev rules
/// of it; the daemon reads what udev decided.
public struct USBMatch: Sendable, Hashable {
  /// How the device is used.
  public enum Interface: String, Sendable, CaseIterable {
    /// A serial line: CDC-ACM or a vendor's own driver, `/dev/ttyACM0` or `/dev/ttyUSB0`.
    case serial
    /// The USB printer class, 07/01.
    case printer
  }

  /// idVendor.
  public var vendor: UInt16
  /// idProduct; nil: every product of this vendor that has the interface.
  public var product: UInt16?
  public var interface: Interface

  public init(vendor: UInt16, product: UInt16?, interface: Interface) {
    self.vendor = vendor
    self.product = product
    self.interface = interface
  }
}

/// All hardware profiles of a folder, by name.
public struct HardwareProfiles: Sendable {
  public var printers: [String: PrinterProfile]
  public var scanners: [String: ScannerProfile]

  public init(printers: [String: PrinterProfile] = [:], scanners: [String: ScannerProfile] = [:]) {
    self.printers = printers
    self.scanners = scanners
  }
}
