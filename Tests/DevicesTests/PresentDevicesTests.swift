import Devices
import Testing

/// The list of what is plugged in, as udev's messages change it.
struct PresentDevicesTests {
  private func device(_ number: Int, role: String? = "scanner") -> PresentDevice {
    var device = PresentDevice(place: "/sys/\(number)", node: "/dev/ttyACM\(number)", interface: .serial)
    device.role = role
    return device
  }

  @Test func comesAndGoes() {
    var devices = PresentDevices()
    #expect(devices.see(device(1)) == [.added(device(1))])
    // The kernel's `bind` after `add`, or a trigger: nothing new.
    #expect(devices.see(device(1)).isEmpty)
    // A local rule gave it another role.
    #expect(devices.see(device(1, role: nil)) == [.removed(device(1)), .added(device(1, role: nil))])
    #expect(devices.forget("/sys/1") == [.removed(device(1, role: nil))])
    #expect(devices.forget("/sys/1").isEmpty)
    #expect(devices.all.isEmpty)
  }

  /// Pulled out, and another one plugged into the same socket before udev is done with the first: it runs its rules for
  /// the first one's `unbind` with what it finds there, the second.
  @Test func doesNotComeBackByItsUnbind() {
    var devices = PresentDevices()
    let place = device(1).place
    #expect(devices.hear(action: "add", place: place, described: device(1)) == [.added(device(1))])
    #expect(devices.hear(action: "bind", place: place, described: device(1)).isEmpty)
    #expect(devices.hear(action: "bind", place: place, described: nil) == [.removed(device(1))])
    #expect(devices.hear(action: "unbind", place: place, described: device(1)).isEmpty)
    #expect(devices.hear(action: "remove", place: place, described: device(1)).isEmpty)
    var next = device(2)
    next.place = place
    #expect(devices.hear(action: "add", place: place, described: next) == [.added(next)])
    #expect(devices.hear(action: "unbind", place: place, described: next) == [.removed(next)])
    #expect(devices.hear(action: "bind", place: place, described: next) == [.added(next)])
    #expect(devices.hear(action: "remove", place: place, described: next) == [.removed(next)])
  }

  /// After lost messages everything is looked at anew, and only what is different is told.
  @Test func looksAnew() {
    var devices = PresentDevices()
    _ = devices.replace([device(1), device(2)])
    #expect(devices.replace([device(2), device(3)]) == [.removed(device(1)), .added(device(3))])
    #expect(devices.all.map(\.node) == ["/dev/ttyACM2", "/dev/ttyACM3"])
    #expect(devices.replace([device(2), device(3)]).isEmpty)
  }

  @Test func hasALimit() {
    var devices = PresentDevices()
    _ = devices.replace((0..<PresentDevices.most + 10).map { device($0) })
    #expect(devices.all.count == PresentDevices.most)
    // Those that are known are still followed.
    #expect(devices.see(device(0, role: nil)).count == 2)
  }
}
