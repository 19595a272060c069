import Devices
import Testing

/// What a HID device says that it is.
struct HIDReportDescriptorTests {
  /// A barcode scanner in the HID POS mode: one collection, with another one in it.
  private static let scanner: [UInt8] = [
    0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x09, 0x12, 0xA1, 0x02, 0x85, 0x02, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08,
    0x95, 0x01, 0x09, 0xFE, 0x81, 0x02, 0xC0, 0xC0,
  ]
  private static let keyboard: [UInt8] = [0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x05, 0x07, 0x19, 0xE0, 0xC0]
  private static let mouse: [UInt8] = [0x05, 0x01, 0x09, 0x02, 0xA1, 0x01, 0x09, 0x01, 0xA1, 0x00, 0xC0, 0xC0]

  @Test(
    arguments: [
      (scanner, [0x8C_0002]),
      (keyboard, [0x1_0006]),
      (keyboard + mouse + scanner, [0x1_0006, 0x1_0002, 0x8C_0002]),
      // A usage of four bytes has its page with it, whatever page was set.
      ([0x05, 0x01, 0x0B, 0x02, 0x00, 0x8C, 0x00, 0xA1, 0x01, 0xC0], [0x8C_0002]),
      // The page after the usage counts, as it does for the kernel; a pop brings the page back.
      ([0x09, 0x02, 0x05, 0x8C, 0xA1, 0x01, 0xC0], [0x8C_0002]),
      ([0x05, 0x8C, 0xA4, 0x05, 0x01, 0xB4, 0x09, 0x02, 0xA1, 0x01, 0xC0], [0x8C_0002]),
      // A long item is passed over; what a main item used up does not count.
      ([0xFE, 0x02, 0xF0, 0x05, 0x01] + scanner, [0x8C_0002]),
      ([0x05, 0x8C, 0x09, 0x02, 0x81, 0x02, 0xA1, 0x01, 0xC0], []),
      // Nothing, half an item, a collection that never began.
      ([], []), ([0x05], []), ([0xFE, 0xFF, 0x00], []), ([0xC0] + scanner, [0x8C_0002]), ([0xB4], []),
    ] as [([UInt8], [UInt32])])
  func applications(_ bytes: [UInt8], _ expected: [UInt32]) {
    #expect(HIDReportDescriptor.applications(bytes) == expected)
  }

  /// A descriptor comes from whatever was plugged in.
  @Test func survivesAnything() {
    var state: UInt64 = 7
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    for _ in 0..<5000 {
      var bytes = Self.keyboard + Self.scanner
      for _ in 0...next() % 4 { bytes[Int(next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: next()) }
      bytes.removeLast(Int(next() % UInt64(bytes.count)))
      #expect(HIDReportDescriptor.applications(bytes).count <= bytes.count)
    }
    let deep = [UInt8](repeating: 0xA1, count: 3 * HIDReportDescriptor.longest)
    #expect(HIDReportDescriptor.applications(deep).isEmpty)
  }
}
