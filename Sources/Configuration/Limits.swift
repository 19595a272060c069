/// Every size of configuration files.
enum Limits {
  /// Largest file that is read.
  static let fileBytes = 1 << 20
  /// Deepest nesting of tables and arrays.
  static let depth = 16
  /// Problems reported for one file; what is behind them is likely their consequence.
  static let problems = 100
  /// Longest text value in bytes.
  static let textBytes = 1024
  /// Longest text that records repeat: names, labels and the lines of a receipt.
  static let recordedTextBytes = 200
  /// Operators, lanes, printers and scanners of one box.
  static let operators = 1000
  static let lanes = 16
  static let devices = 64
  /// Other boxes whose proofs are taken, and the length of one's key in bytes.
  static let trustedBoxes = 64
  static let keyBytes = 400
  /// USB numbers of one hardware profile.
  static let usbMatches = 64
  /// What stands before each code of a scanner.
  static let prefixBytes = 16
  /// Work factor of a PIN's hash: less is guessed quickly, more makes signing in slow.
  static let iterations = 10_000...10_000_000
  static let saltBytes = 16...64
  static let hashBytes = 32
}
