import CUdev
import Devices
import Glibc

/// The devices of the box through libudev: what is plugged in now, and news of what comes and goes.
///
/// It waits for nothing itself: whoever has a loop polls ``descriptor`` and calls ``take()`` when it can be read. The
/// kernel filters by our rules' tag, so that other devices' messages wake nobody. Without udev there is nothing to read.
/// It belongs to one thread.
public final class DeviceWatch {
  private let udev: UdevHandle
  private let monitor: MonitorHandle
  private var devices = PresentDevices()

  // A class, because a value with private handles cannot be destroyed by another module's optimised code.

  /// Nil: this system has no udev that could be asked.
  public init?() {
    guard let udev = UdevHandle(), let monitor = MonitorHandle(udev) else { return nil }
    self.udev = udev
    self.monitor = monitor
  }

  /// Readable when there is news.
  public var descriptor: Int32 { udev_monitor_get_fd(monitor.raw) }

  /// The devices as of the last ``look()`` or ``take()``.
  public var present: [PresentDevice] { devices.all }

  /// Looks at everything anew, and says what is different.
  public func look() -> [DeviceChange] { devices.replace(udev.enumerate()) }

  /// Takes the messages that came. Lost ones (the kernel's buffer was full) are made up for by looking.
  public func take() -> [DeviceChange] {
    var changes: [DeviceChange] = []
    while true {
      errno = 0
      guard let raw = udev_monitor_receive_device(monitor.raw) else {
        if errno == EINTR { continue }
        if errno == ENOBUFS { return changes + look() }
        return changes
      }
      let device = DeviceHandle(raw)
      changes += devices.hear(action: device.action, place: device.place, described: device.described)
    }
  }
}

/// Our rules tag every device that is listed.
private let tag = "counterfoil"

/// Longest text that is taken from a device, bytes.
private let longestText = 256

/// `struct udev`.
private struct UdevHandle: ~Copyable {
  let raw: OpaquePointer

  init?() {
    guard let raw = udev_new() else { return nil }
    self.raw = raw
  }

  deinit { udev_unref(raw) }

  /// Every device with our tag that udev has finished with.
  func enumerate() -> [PresentDevice] {
    guard let list = EnumerationHandle(self) else { return [] }
    return list.places.compactMap { place in
      guard let raw = udev_device_new_from_syspath(self.raw, place) else { return nil }
      return DeviceHandle(raw).described
    }
  }
}

/// `struct udev_monitor`: messages that udev sends after its rules ran.
private struct MonitorHandle: ~Copyable {
  let raw: OpaquePointer

  init?(_ udev: borrowing UdevHandle) {
    guard let raw = udev_monitor_new_from_netlink(udev.raw, "udev") else { return nil }
    guard udev_monitor_filter_add_match_tag(raw, tag) >= 0, udev_monitor_enable_receiving(raw) >= 0 else {
      udev_monitor_unref(raw)
      return nil
    }
    self.raw = raw
  }

  deinit { udev_monitor_unref(raw) }
}

/// `struct udev_enumerate`.
private struct EnumerationHandle: ~Copyable {
  let raw: OpaquePointer

  init?(_ udev: borrowing UdevHandle) {
    guard let raw = udev_enumerate_new(udev.raw) else { return nil }
    guard udev_enumerate_add_match_tag(raw, tag) >= 0, udev_enumerate_add_match_is_initialized(raw) >= 0,
      udev_enumerate_scan_devices(raw) >= 0
    else {
      udev_enumerate_unref(raw)
      return nil
    }
    self.raw = raw
  }

  deinit { udev_enumerate_unref(raw) }

  /// Places in sysfs.
  var places: [String] {
    var places: [String] = []
    var entry = udev_enumerate_get_list_entry(raw)
    while let here = entry, places.count < PresentDevices.most {
      if let name = udev_list_entry_get_name(here) { places.append(String(cString: name)) }
      entry = udev_list_entry_get_next(here)
    }
    return places
  }
}

/// `struct udev_device`.
private struct DeviceHandle: ~Copyable {
  let raw: OpaquePointer

  init(_ raw: OpaquePointer) { self.raw = raw }

  deinit { udev_device_unref(raw) }

  var action: String { udev_device_get_action(raw).map { String(cString: $0) } ?? "" }

  var place: String { udev_device_get_syspath(raw).map { String(cString: $0) } ?? "" }

  /// How it is talked to; nil: a HID device that is no barcode scanner, unless a local rule says that it is one.
  private var interface: PresentDevice.Interface? {
    switch udev_device_get_subsystem(raw).map({ String(cString: $0) }) {
    case "tty": return .serial
    case "hidraw":
      let says = HIDReportDescriptor.applications(firstBytes(of: "\(place)/device/report_descriptor"))
      return says.contains(HIDReportDescriptor.barcodeScanner) || property("COUNTERFOIL_ROLE") != nil ? .hid : nil
    default:
      // `:030101:0b0000:`: class, subclass and protocol of each interface.
      let interfaces = property("ID_USB_INTERFACES") ?? ""
      return interfaces.contains(":0b00") && !interfaces.contains(":0701") ? .ccid : .printer
    }
  }

  /// Nil: it has no node that anybody could open, or no longer our tag, or is none of ours.
  var described: PresentDevice? {
    guard udev_device_has_current_tag(raw, tag) > 0, let node = property("DEVNAME") else { return nil }
    guard let interface else { return nil }
    var device = PresentDevice(place: place, node: node, interface: interface)
    device.role = property("COUNTERFOIL_ROLE")
    device.profile = property("COUNTERFOIL_PROFILE")
    device.vendor = property("ID_VENDOR_ID")
    device.product = property("ID_MODEL_ID")
    device.title = [property("ID_VENDOR"), property("ID_MODEL")].compactMap { $0 }.joined(separator: " ")
    if device.title == "" { device.title = nil }
    device.serial = property("ID_SERIAL_SHORT")
    device.port = property("ID_PATH")
    let links = property("DEVLINKS").map { $0.split(separator: " ").map(String.init) } ?? []
    device.names = [node] + links.sorted()
    let mine = links.filter { $0.hasPrefix("/dev/counterfoil/") }.sorted()
    // The one by serial number goes along to another socket, so it comes first.
    let bySerial = device.serial.map { serial in mine.filter { $0.contains("-\(serial)") } } ?? []
    device.links = bySerial + mine.filter { !bySerial.contains($0) }
    return device
  }

  /// What a device says of itself is anything: control characters are replaced, length is bounded.
  private func property(_ name: String) -> String? {
    guard let value = udev_device_get_property_value(raw, name) else { return nil }
    let bytes = UnsafeBufferPointer(start: value, count: min(strlen(value), name == "DEVLINKS" ? .max : longestText))
    let text = String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard !text.isEmpty else { return nil }
    return String(
      String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : $0 }))
  }
}

/// What the kernel tells of a HID device; nothing: it went meanwhile.
private func firstBytes(of path: String) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return [] }
  defer { close(descriptor) }
  return [UInt8](unsafeUninitializedCapacity: HIDReportDescriptor.longest) { buffer, count in
    // A file of sysfs comes in one piece, up to a page.
    count = max(0, read(descriptor, buffer.baseAddress, HIDReportDescriptor.longest))
  }
}
