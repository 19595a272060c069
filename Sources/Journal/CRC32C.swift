import CLinux

/// CRC-32C (Castagnoli), RFC 3720 appendix B.4: the check of segment headers and record frames.
public enum CRC32C {
  /// The CRC of `bytes`, continuing from `previous` (0 to start), so that
  /// `checksum(b, continuing: checksum(a))` is the CRC of `a` followed by `b`.
  public static func checksum(_ bytes: UnsafeRawBufferPointer, continuing previous: UInt32 = 0) -> UInt32 {
    counterfoil_crc32c(previous, bytes.baseAddress, bytes.count)
  }

  /// The CRC of `bytes`, continuing from `previous` (0 to start).
  public static func checksum(_ bytes: [UInt8], continuing previous: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes { checksum($0, continuing: previous) }
  }

  /// The same by tables, whatever the processor; for comparison in tests.
  package static func portableChecksum(_ bytes: [UInt8], continuing previous: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes { counterfoil_crc32c_portable(previous, $0.baseAddress, $0.count) }
  }
}
