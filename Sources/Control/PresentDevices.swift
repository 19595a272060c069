import Devices
import Engine
import Interfaces
import JSON

extension Control {
  /// Devices were plugged in or pulled out.
  func hear(_ changes: [DeviceChange]) {
    guard let snapshot = engine?.snapshot else { return }
    let now = SystemClock().read(newest: 0, synchronised: true)
    var happenings: [Happening] = []
    for change in changes {
      let (name, device): (String, PresentDevice)
      switch change {
      case .added(let added):
        (name, device) = ("deviceAdded", added)
        present[device.place] = device
      case .removed(let removed): (name, device) = ("deviceRemoved", removed)
      }
      let wire = wire(device, snapshot)
      happenings.append(
        Happening(
          topic: "device", name: name, subject: wire.name ?? wire.link ?? wire.node,
          lane: wire.name.flatMap { setup.scannerLanes[$0] }, at: now.wallMilliseconds, trusted: now.trusted,
          data: wire.bytes))
      // Only now: what went is described with the others still there.
      if case .removed = change { present[device.place] = nil }
    }
    publish(happenings)
  }

  func wire(_ device: PresentDevice, _ snapshot: Snapshot) -> Wire.PresentDevice {
    let entry = setup.devices.first { entry in entry.node.map(device.names.contains) ?? false }
    var use: Wire.DeviceUse = device.role == nil ? .unknown : .unconfigured
    if let entry {
      let open =
        entry.deviceClass == "scanner"
        ? scanners[entry.name].map { $0.state != .closed } : snapshot.printers[entry.name]?.online
      use = open == true ? .inUse : .configured
    }
    return Wire.PresentDevice(
      role: device.role, profile: device.profile, use: use, name: entry?.name, interface: device.interface.rawValue,
      node: device.node, link: link(device), vendor: device.vendor, product: device.product, title: device.title,
      serial: device.serial, port: device.port)
  }

  /// The name that stays. Cheap devices all have the same serial number: of a name that several claim, udev gives the
  /// link to one of them, so the socket's name counts.
  private func link(_ device: PresentDevice) -> String? {
    let others = present.values.filter { $0.place != device.place }
    return device.links.first { link in !others.contains { $0.links.contains(link) } } ?? device.links.first
  }
}
