/// Every size and time of the transports.
enum Limits {
  /// After this long without an acknowledgement the kernel gives up on sent bytes. Longer than a change of the paper
  /// roll, because a printer without paper closes its window and that counts here.
  static let userTimeoutMilliseconds: UInt32 = 300_000
  /// Bytes taken from a descriptor in one call at most.
  static let readSize = 16 * 1024
  /// Bytes read while closing at most; a device that talks for ever cannot hold us.
  static let closingReadSize = 256 * 1024
  /// Between two looks at a serial line's output queue while closing; the kernel has no event for its end.
  static let serialDrainStepNanoseconds: UInt64 = 5_000_000
  /// After this long a path that is there and leads to no line is tried again.
  static let unreadyLineNanoseconds: UInt64 = 500_000_000
  static let nanosecondsPerMillisecond: UInt64 = 1_000_000
}
