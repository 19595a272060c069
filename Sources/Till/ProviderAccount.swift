/// The merchant account that a connector speaks for, as it says itself: opaque, compared byte by byte.
///
/// An order is of one account. Whoever answers at the same address for another account knows nothing of it: "no such order"
/// from there would be taken for the truth, and money would go back from the wrong merchant.
public enum ProviderAccount {
  /// The account where it may be one, else nil: 1 to 64 visible ASCII characters.
  public static func checked(_ text: String?) -> String? {
    guard let text, (1...Limits.identifier).contains(text.utf8.count) else { return nil }
    return text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? text : nil
  }

  /// The account that a connector says it speaks for. What can be none is another one than all, and not none; nil: it says
  /// none.
  public static func said(_ text: String?) -> String? {
    guard let text else { return nil }
    // No account holds a space.
    return checked(text) ?? "invalid: \(TextRules.tamed(text, most: Limits.identifier) ?? "")"
  }

  /// True when both are known and differ.
  public static func differ(_ one: String?, _ other: String?) -> Bool {
    guard let one, let other else { return false }
    return one != other
  }

  /// Refuses to give money back through another account than the one that took it.
  static func check(_ now: String?, against account: String?, of provider: String) throws(Refusal) {
    guard let now, let account, now != account else { return }
    throw .otherAccount(provider: provider, account: account, now: now)
  }
}

extension Tender {
  /// The account that answers at its provider's address now, where that is another one than it is of; nil: it is its own,
  /// or one of them is not known. `accounts`: by the providers' names.
  public func elsewhere(_ accounts: [String: String]) -> String? {
    guard let now = provider.flatMap({ accounts[$0] }), ProviderAccount.differ(course?.account, now) else { return nil }
    return now
  }
}
