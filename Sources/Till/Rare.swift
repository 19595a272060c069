/// A part that few values have. It takes one word of each of them, and not its own size: sales, tenders and facts are
/// copied many times on the way from a call to its answer.
@propertyWrapper
public enum Rare<Value> {
  case none
  indirect case some(Value)

  /// nil: the value does not have it.
  public init(wrappedValue: Value?) {
    if let wrappedValue { self = .some(wrappedValue) } else { self = .none }
  }

  /// The part; nil: there is none.
  public var wrappedValue: Value? {
    get {
      if case .some(let value) = self { value } else { nil }
    }
    set { self = Rare(wrappedValue: newValue) }
  }
}

extension Rare: Equatable where Value: Equatable {}
extension Rare: Hashable where Value: Hashable {}
extension Rare: Sendable where Value: Sendable {}
