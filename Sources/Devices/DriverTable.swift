/// A device's profile, by kind of device.
public enum DeviceProfile: Sendable, Equatable {
  case printer(PrinterProfile)
  case scanner(ScannerProfile)

  /// Name of the driver family that serves it.
  public var family: String {
    switch self {
    case .printer(let profile): profile.family
    case .scanner(let profile): profile.family
    }
  }
}

/// A device with its driver.
public enum Device: Sendable {
  case printer(any ReceiptPrinter)
  case scanner(any Scanner)
}

/// What a driver needs to be made.
public struct DeviceSetup: Sendable {
  public let id: DeviceIdentifier
  public let profile: DeviceProfile

  public init(id: DeviceIdentifier, profile: DeviceProfile) {
    self.id = id
    self.profile = profile
  }
}

/// Why a device could not be set up.
public enum DeviceError: Error, Sendable, Equatable {
  /// No row of the driver table has this name.
  case noSuchFamily(String)
  /// The profile is for another kind of device.
  case wrongProfile(family: String)
  /// The profile's values contradict each other.
  case badProfile(name: String, why: String)
}

/// One row of the driver table: a family of devices that speak the same bytes.
public struct DriverFamily: Sendable {
  public let name: String
  public let deviceClass: DeviceClass
  /// Makes a driver. Opens nothing: that is the driver's own thread's work.
  public let make: @Sendable (DeviceSetup, any Transport) throws(DeviceError) -> Device

  public init(
    name: String, deviceClass: DeviceClass,
    make: @escaping @Sendable (DeviceSetup, any Transport) throws(DeviceError) -> Device
  ) {
    self.name = name
    self.deviceClass = deviceClass
    self.make = make
  }
}

/// The families that this build knows.
public struct DriverTable: Sendable {
  public let families: [DriverFamily]

  public init(_ families: [DriverFamily]) { self.families = families }

  /// Makes the driver of the family that the profile names.
  public func make(_ setup: DeviceSetup, over transport: any Transport) throws(DeviceError) -> Device {
    guard let family = families.first(where: { $0.name == setup.profile.family }) else {
      throw .noSuchFamily(setup.profile.family)
    }
    return try family.make(setup, transport)
  }
}
