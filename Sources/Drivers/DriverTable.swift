import Devices

extension DriverTable {
  /// All families of this build. Adding one: a folder beside this file, and its line here.
  public static let standard = DriverTable([
    EscPosFamily.family,
    SerialScanner.family,
  ])
}
