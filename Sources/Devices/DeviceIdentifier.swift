/// Kinds of devices, with the category names of UnifiedPOS 1.16 in lower camel case.
public enum DeviceClass: String, Sendable, Hashable, CaseIterable {
  case posPrinter
  case scanner
  case cashDrawer
  case lineDisplay
  case magneticStripeReader
  case smartCardReader
}

/// Name of one device for as long as the same hardware stays at the same place: `class:transport:stable part`,
/// for example `posPrinter:tcp:192.168.1.87:9100` or `scanner:serial:/dev/counterfoil/scanner-0001`.
///
/// Opaque to clients: compare it, show it, send it back. The stable part is a serial number, a configured path or an
/// address, never a number that the kernel hands out anew at each plug (`ttyACM3`).
public struct DeviceIdentifier: Sendable, Hashable, CustomStringConvertible {
  /// Longest accepted text in bytes.
  public static let maximumLength = 200

  /// What kind of device it is.
  public let deviceClass: DeviceClass
  /// How it is reached: `tcp`, `serial`, `usb`, `replay`.
  public let transport: String
  /// What stays the same when the device is unplugged and plugged again.
  public let stablePart: String

  /// Makes an identifier from its parts; nil when a part is empty, too long or holds a control character.
  public init?(_ deviceClass: DeviceClass, transport: String, stablePart: String) {
    guard !transport.isEmpty, !stablePart.isEmpty, !transport.contains(":") else { return nil }
    let length = deviceClass.rawValue.utf8.count + transport.utf8.count + stablePart.utf8.count + 2
    guard length <= Self.maximumLength else { return nil }
    let clean = { (text: String) in text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
    guard clean(transport), clean(stablePart) else { return nil }
    self.deviceClass = deviceClass
    self.transport = transport
    self.stablePart = stablePart
  }

  /// Reads `class:transport:stable part`; nil when it is none.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let deviceClass = DeviceClass(rawValue: String(parts[0])) else { return nil }
    self.init(deviceClass, transport: String(parts[1]), stablePart: String(parts[2]))
  }

  public var description: String { "\(deviceClass.rawValue):\(transport):\(stablePart)" }
}
