/// A device that is plugged in, as udev describes it. Every text comes from the device or from udev's rules.
public struct PresentDevice: Sendable, Equatable {
  /// How it is talked to.
  public enum Interface: String, Sendable, CaseIterable {
    /// A serial line.
    case serial
    /// The USB printer class, 07/01.
    case printer
    /// A barcode scanner of the HID Point of Sale usage tables, `/dev/hidraw0`.
    case hid
    /// A smart card reader, USB class 0b.
    case ccid
  }

  /// Its place in sysfs: the same for as long as it stays plugged in.
  public var place: String
  /// Device node, for example `/dev/ttyACM0`; another one at the next plugging.
  public var node: String
  /// Names that stay, below `/dev/counterfoil/`: by serial number, then by socket.
  public var links: [String]
  /// All names of the node, the links of other rules too.
  public var names: [String]
  /// `scanner` or `printer`; nil: no profile and no local rule knows it.
  public var role: String?
  /// Hardware profile that matched; nil: a local rule without one, or unknown.
  public var profile: String?
  /// How it is used.
  public var interface: Interface
  /// idVendor and idProduct as four hexadecimal digits; nil: it is not on USB.
  public var vendor: String?
  public var product: String?
  /// What the device calls itself; nil: nothing.
  public var title: String?
  /// Its serial number; nil: it has none.
  public var serial: String?
  /// Which socket it is plugged into, as udev's ID_PATH.
  public var port: String?

  public init(place: String, node: String, interface: Interface) {
    self.place = place
    self.node = node
    self.interface = interface
    links = []
    names = []
  }
}

/// What happened to the devices that are plugged in.
public enum DeviceChange: Sendable, Equatable {
  case added(PresentDevice)
  case removed(PresentDevice)
}

/// The devices that are plugged in, kept up with udev's messages.
public struct PresentDevices: Sendable {
  /// Devices kept at most; more are not looked at.
  public static let most = 256

  private var byPlace: [String: PresentDevice] = [:]

  public init() {}

  /// The present devices, by node.
  public var all: [PresentDevice] { byPlace.values.sorted { $0.node < $1.node } }

  /// One of udev's messages. `described`: nil for a device that is not ours, or not any more.
  ///
  /// `unbind` is told of a device that leaves, before `remove`. When the next one is in the same socket by then, udev
  /// describes that one under the node of the first, so what it says then counts for nothing.
  public mutating func hear(action: String, place: String, described: PresentDevice?) -> [DeviceChange] {
    guard let described, action != "remove", action != "unbind" else { return forget(place) }
    return see(described)
  }

  /// It is there, or is described anew. A device whose description changed went and came.
  public mutating func see(_ device: PresentDevice) -> [DeviceChange] {
    let before = byPlace[device.place]
    guard before != device, before != nil || byPlace.count < Self.most else { return [] }
    byPlace[device.place] = device
    return (before.map { [.removed($0)] } ?? []) + [.added(device)]
  }

  /// It went.
  public mutating func forget(_ place: String) -> [DeviceChange] {
    byPlace.removeValue(forKey: place).map { [.removed($0)] } ?? []
  }

  /// What is there, all of it, after messages were lost.
  public mutating func replace(_ devices: [PresentDevice]) -> [DeviceChange] {
    let places = Set(devices.map(\.place))
    let gone = byPlace.keys.filter { !places.contains($0) }.sorted()
    return gone.flatMap { forget($0) } + devices.flatMap { see($0) }
  }
}
