/// A rule of the interface that a scripted provider breaks, so that whoever checks connectors can be seen to find it.
public enum ProviderFault: String, Sendable, CaseIterable {
  /// Takes unknown parameters.
  case lenient
  /// An order that it never saw is closed.
  case findsUnseen
  /// Says of an order that it never saw that it is closed, and keeps nothing.
  case forgetsClosing
  /// Takes money for an order that was taken back before it came.
  case takesLate
  /// Says no amount.
  case noAmount
  /// Takes the money again when an order comes again.
  case chargesTwice
  /// Says another amount when it is asked.
  case otherAmount
  /// Closes what is paid.
  case closesPaid
  /// A second taking back makes the order paid again.
  case unreverses
  /// The same refund goes out again.
  case refundsTwice
  /// Gives back more than was paid.
  case refundsMore
  /// Leaves what was taken back out of its statement.
  case shortStatement
  /// Makes a code that says nothing.
  case silentCode
  /// Says of the order of a shown code that it is closed, and keeps it open.
  case keepsOpen
  /// Names another account each time it is asked.
  case otherAccounts
  /// A page of the statement names itself as the next.
  case samePage
}
