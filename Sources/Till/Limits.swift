/// Every bound of the till, in one place.
public enum Limits {
  /// Unfinished sales at a time; training has a quarter of it besides.
  public static let openSales = 64
  /// Lines of a sale, taken-off ones not counted.
  public static let lines = 2000
  /// Adjustments of a sale.
  public static let adjustments = 200
  /// Bytes that a sale's adjustments may encode to without allocations.
  public static let adjustmentBytes = 24 << 10
  /// Tenders of a sale, failed ones included.
  public static let tenders = 32
  /// Payments of a bill that may still be corrected. They stand twice in the head of an open sale, which is one entry.
  public static let carried = 8
  /// Taxes of a line.
  public static let taxesPerLine = 4
  /// Attributes of a line.
  public static let attributes = 16
  /// Bytes of a free text (UTF-8).
  public static let text = 200
  /// Bytes of a name or number that a terminal, a coupon or a promotion goes by.
  public static let identifier = 64
  /// Bytes that the configuration may encode to: it is one entry, and stands in the head of a STATE.
  public static let configuration = 32 << 10
  /// Bytes that one event may encode to. An open sale's stub is no larger than its part of a STATE, so `openState`
  /// keeps every event below this.
  public static let event = 2 << 20
  /// Bytes that open sales and configuration together may encode to.
  public static let openState = 1 << 20
  /// Minor units of a sale's amounts by magnitude.
  public static let amount: Int64 = 1_000_000_000_000
  /// Minor units of one sale's lines before reductions, of what is handed over or added by a terminal, of one movement of
  /// cash and of one opening count, when the configuration does not say otherwise; it may say up to `amount`.
  ///
  /// The till counts for its whole life, so what it ever counted is bounded too (2^50, see `Till.checkVolume`). A maximal
  /// sale with 13 % tax inside and paid in cash counts 10^9 of lines, 0.115 × 10^9 of tax and 10^9 of tender: 532,000 of
  /// them fit, of ten million yuan each. At 10^12 only 532 do.
  public static let saleTotal: Int64 = 1_000_000_000
  /// Thousandths of a line's quantity by magnitude.
  public static let quantity: Int64 = 1_000_000_000_000
  /// Stubs of a shift that its drawer may be opened for once more.
  public static let changeOwed = 16
  /// Milliseconds that an approval lives.
  public static let approvalLife: Int64 = 60_000
  /// Approvals granted and not used.
  public static let approvals = 64
  /// Unfinished print jobs; the oldest that waits for a person gives way.
  public static let jobs = 256
  /// Drawer orders without outcome.
  public static let drawerOrders = 64
  /// Orders at payment providers that are not over: of unfinished sales, or still being taken back. Beyond it no provider
  /// is asked for money any more; cash goes on. Training has a quarter of it besides.
  public static let orders = 128
  /// Kinds of money in a count.
  public static let counts = 32
  /// Denominations in all of a list of counts.
  public static let denominations = 128
  /// Rows of tender sums; what comes after goes into a row `*`.
  public static let tenderRows = 32
  /// Rows of tax sums; what comes after goes into a row `*`.
  public static let taxRows = 64
  /// Lanes of a box.
  public static let lanes = 16
  /// Rows of the box's tax table.
  public static let taxes = 64
  /// Milliseconds after which an open sale comes back parked from a restart.
  public static let recoveredAge: Int64 = 30 * 60 * 1000
  /// What an unclean start adds to every open sale's revision.
  public static let bootRevision: Int64 = 1000
  /// How far ahead of the clock's local date a shift's day may be named by anybody.
  public static let freeDays = 1
  /// The same, of clock and journal, with an approval: a box that stood a long time may not know what day it is.
  public static let approvedDays = 366
  /// Milliseconds that a provider may want between two steps.
  public static let providerWait: Int64 = 24 * 60 * 60 * 1000
  /// Milliseconds that it may want for the answer to an order. Until then a payment has no other exit: the cashier waits.
  public static let providerAnswer: Int64 = 150 * 1000
  /// Milliseconds that it may want at the least.
  public static let shortestProviderWait: Int64 = 10
  /// Payments of finished sales that are looked at behind their end; the oldest is forgotten. Training has a quarter
  /// of it besides.
  public static let watched = 256
  /// Milliseconds behind which none is kept.
  public static let watchedAge: Int64 = 7 * 24 * 60 * 60 * 1000
  /// First waits of its own that it may name.
  public static let firstIntervals = 16
  /// Random words that a decision may take.
  public static let entropyWords = 2

  /// A bound of the whole box for sales of one mode: training takes nothing from it and has a quarter of it besides.
  public static func most(_ bound: Int, of mode: SaleMode) -> Int { mode == .training ? bound / 4 : bound }
}
