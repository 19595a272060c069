/// What this release calls itself.
public enum Product {
  /// Version of all programs, as in `debian/changelog`.
  public static let version = "0.1.0"
}
