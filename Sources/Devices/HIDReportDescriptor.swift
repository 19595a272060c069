/// A HID report descriptor, read only as far as needed to say what the device is (HID 1.11, 6.2.2).
public enum HIDReportDescriptor {
  /// Longest one, bytes, as the kernel has it (`HID_MAX_DESCRIPTOR_SIZE`).
  public static let longest = 4096

  /// Usage "Bar Code Scanner" of the usage page "Bar Code Scanner" (HID Point of Sale Usage Tables 1.02, 4).
  public static let barcodeScanner: UInt32 = 0x8C_0002

  /// What the device says that it is: page (upper 16 bits) and usage of each collection that is in no other.
  /// A descriptor that ends within an item says what it has said until then.
  public static func applications(_ bytes: [UInt8]) -> [UInt32] {
    var reader = Reader()
    var rest = bytes.prefix(longest)
    while let item = Item(&rest) { reader.take(item) }
    return reader.found
  }

  /// One item; long items, of which none is defined, are passed over.
  private struct Item {
    /// Type and tag: the prefix without the size.
    let kind: UInt8
    let value: UInt32
    let size: Int

    init?(_ bytes: inout ArraySlice<UInt8>) {
      while let prefix = bytes.popFirst() {
        if prefix == 0xFE {
          guard let length = bytes.popFirst(), bytes.count > Int(length) else { return nil }
          bytes = bytes.dropFirst(Int(length) + 1)
          continue
        }
        let length = prefix & 3 == 3 ? 4 : Int(prefix & 3)
        guard bytes.count >= length else { return nil }
        kind = prefix & 0xFC
        size = length
        value = bytes.prefix(length).reversed().reduce(0) { $0 << 8 | UInt32($1) }
        bytes = bytes.dropFirst(length)
        return
      }
      return nil
    }
  }

  private struct Reader {
    var found: [UInt32] = []
    private var page: UInt32 = 0
    private var pushed: [UInt32] = []
    /// First usage since the last main item, and whether it brought its page along.
    private var usage: (value: UInt32, whole: Bool)?
    private var depth = 0

    mutating func take(_ item: Item) {
      switch item.kind {
      case 0x04: page = item.value & 0xFFFF  // Usage Page
      case 0xA4: pushed.append(page)  // Push
      case 0xB4: page = pushed.popLast() ?? page  // Pop
      case 0x08: usage = usage ?? (item.value, item.size == 4)  // Usage
      case 0xA0:  // Collection
        if depth == 0, let usage { found.append(usage.whole ? usage.value : page << 16 | usage.value) }
        depth += 1
        usage = nil
      case 0xC0:  // End Collection
        depth = max(0, depth - 1)
        usage = nil
      case 0x80, 0x90, 0xB0: usage = nil  // Input, Output, Feature
      default: break
      }
    }
  }
}
