import Till

/// Where the next page of Sale.List begins: open sales come first, the newest at the head, then closed ones.
enum ListCursor {
  /// Behind the open sale that was opened then and has this id.
  case open(at: Int64, id: String)
  case closed(epoch: UInt32, before: UInt64)

  init(behind sale: Sale) { self = .open(at: sale.openedAt, id: sale.id) }

  init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    if parts.count == 2, let epoch = UInt32(parts[0]), let number = UInt64(parts[1]) {
      self = .closed(epoch: epoch, before: number)
      return
    }
    guard parts.count == 3, parts[0] == "o", let at = Int64(parts[1]) else { return nil }
    self = .open(at: at, id: String(parts[2]))
  }

  var text: String {
    switch self {
    case .open(let at, let id): "o.\(at).\(id)"
    case .closed(let epoch, let number): "\(epoch).\(number)"
    }
  }

  /// The order of open sales: newest first.
  static func comes(_ sale: Sale, before other: Sale) -> Bool {
    (sale.openedAt, sale.id) > (other.openedAt, other.id)
  }

  /// True when an open sale is on this page or a later one.
  func isBehind(_ sale: Sale) -> Bool {
    guard case .open(let at, let id) = self else { return false }
    return (sale.openedAt, sale.id) < (at, id)
  }
}
