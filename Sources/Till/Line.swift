import Money

/// What a line sells.
public enum LineKind: String, Sendable, CaseIterable {
  /// Goods.
  case item
  case service
  /// Money for a container or the like, given back later. A liability, as the three after it.
  case deposit
  /// A deposit paid back.
  case depositReturn
  /// Value put on a card or account.
  case storedValue
  /// Paid before goods or service are due.
  case prepayment
  /// A charge beside the goods.
  case fee

  /// True for money that is owed to the customer later and is no revenue.
  public var isLiability: Bool {
    switch self {
    case .deposit, .depositReturn, .storedValue, .prepayment: true
    case .item, .service, .fee: false
    }
  }
}

/// Where a price came from.
public enum PriceSource: String, Sendable, CaseIterable {
  /// The application that sold it.
  case application
  /// A price list of the box.
  case catalogue
  /// A label with the price in its code.
  case label
  /// A scale that computes it.
  case scale
  /// A person typed it.
  case `operator`
}

/// How it is known that a returned line was once sold.
public enum OriginalProof: String, Sendable, CaseIterable {
  /// This box holds the stub.
  case local
  /// Another box's signed proof.
  case signature
  /// Head office says so.
  case hub
  /// Nothing; needs approval.
  case none
}

/// The sold line that a return line gives back.
public struct Original: Hashable, Sendable {
  /// The stub it stands on.
  public var reference: StubReference
  /// Its line there.
  public var line: LineID?
  /// How this is known.
  public var proof: OriginalProof = .local
  /// The verifier key under which another box's stub was proven; nil: it was not by signature.
  public var provenBy: String?

  /// Memberwise.
  public init(reference: StubReference, line: LineID? = nil, proof: OriginalProof = .local, provenBy: String? = nil) {
    self.reference = reference
    self.line = line
    self.proof = proof
    self.provenBy = provenBy
  }
}

/// A scale's result, kept as evidence.
public struct Weighing: Hashable, Sendable {
  /// Device id.
  public var scale: String
  /// Thousandths of `unit`.
  public var gross: Quantity
  public var tare: Quantity
  public var unit: String
  public var stable: Bool

  /// Memberwise.
  public init(scale: String, gross: Quantity, tare: Quantity, unit: String, stable: Bool) {
    self.scale = scale
    self.gross = gross
    self.tare = tare
    self.unit = unit
    self.stable = stable
  }
}

/// A named fact of the application, e.g. colour or lot.
public struct Attribute: Hashable, Sendable {
  public var name: String
  public var value: String

  /// Memberwise.
  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

/// What the application says about a line; the till computes everything else.
public struct LineInput: Hashable, Sendable {
  public var kind: LineKind = .item
  /// Article code as scanned or keyed.
  public var code: String?
  /// What the slip prints.
  public var name: String
  /// Codes of the tax table, at most ``Limits/taxesPerLine``.
  public var taxCodes: [String] = []
  /// Thousandths of `unit`; negative: goods come back; 0 with `amount`: money back without goods (退差价).
  public var quantity: Quantity = .one
  /// Name of the unit, e.g. `kg`.
  public var unit: String?
  /// The article's own price.
  public var listPrice: Amount
  /// The price asked, for `pricePer`.
  public var unitPrice: Amount
  /// What the price is for; 1000 = one unit.
  public var pricePer: Quantity = .one
  /// The line's amount when something else decided it (a price label).
  public var amount: Amount?
  public var priceSource: PriceSource = .application
  /// The sold line that this one returns.
  @Rare public var original: Original?
  @Rare public var weighing: Weighing?
  /// Years of age that the customer must have.
  public var minimumAge: Int?
  /// Sorted by name.
  public var attributes: [Attribute] = []

  /// Memberwise.
  public init(
    kind: LineKind = .item, code: String? = nil, name: String, taxCodes: [String] = [], quantity: Quantity = .one,
    unit: String? = nil, listPrice: Amount, unitPrice: Amount, pricePer: Quantity = .one, amount: Amount? = nil,
    priceSource: PriceSource = .application, original: Original? = nil, weighing: Weighing? = nil,
    minimumAge: Int? = nil, attributes: [Attribute] = []
  ) {
    self.kind = kind
    self.code = code
    self.name = name
    self.taxCodes = taxCodes
    self.quantity = quantity
    self.unit = unit
    self.listPrice = listPrice
    self.unitPrice = unitPrice
    self.pricePer = pricePer
    self.amount = amount
    self.priceSource = priceSource
    self.original = original
    self.weighing = weighing
    self.minimumAge = minimumAge
    self.attributes = attributes
  }
}

/// One tax of one line.
public struct TaxResult: Hashable, Sendable {
  public var code: String
  public var rate: TaxRate
  /// True when the line's amount contains it.
  public var included: Bool
  /// What the rate applies to, without tax.
  public var base: Amount
  public var amount: Amount

  /// Memberwise.
  public init(code: String, rate: TaxRate, included: Bool, base: Amount, amount: Amount) {
    self.code = code
    self.rate = rate
    self.included = included
    self.base = base
    self.amount = amount
  }
}

/// What the till computed for a line. Frozen by `saleTotaled` and `stubSealed`; while a sale is open, the values as of the
/// record that wrote them (``Sale/priced()`` gives the present ones).
public struct LineResult: Hashable, Sendable {
  /// Quantity × unit price, or the authoritative amount.
  public var amount: Amount
  /// The line's share of all adjustments, signed.
  public var adjustment: Amount = .zero
  public var taxes: [TaxResult] = []

  /// Memberwise.
  public init(amount: Amount, adjustment: Amount = .zero, taxes: [TaxResult] = []) {
    self.amount = amount
    self.adjustment = adjustment
    self.taxes = taxes
  }
}

/// A line of a sale.
public struct Line: Hashable, Sendable {
  /// Lines are shared between copies of the till, so the input is kept behind one reference.
  private final class Storage: Sendable {
    let input: LineInput
    let size: Int
    init(_ input: LineInput) {
      self.input = input
      self.size = input.estimatedSize
    }
  }

  public let id: LineID
  private let storage: Storage
  public var result: LineResult
  /// The approval that let a limit be passed.
  public var approval: String?

  /// What the application said.
  public var input: LineInput { storage.input }
  /// Upper estimate of the encoded size in bytes.
  public var estimatedSize: Int { storage.size + result.estimatedSize }
  /// Parts of the input that loops read.
  public var kind: LineKind { storage.input.kind }
  public var quantity: Quantity { storage.input.quantity }
  var taxCodes: [String] { storage.input.taxCodes }
  var isProvenReturn: Bool { storage.input.isProvenReturn }

  /// Takes all parts.
  public init(id: LineID, input: LineInput, result: LineResult, approval: String? = nil) {
    self.id = id
    self.storage = Storage(input)
    self.result = result
    self.approval = approval
  }

  public static func == (left: Line, right: Line) -> Bool {
    left.id == right.id && left.result == right.result && left.approval == right.approval
      && (left.storage === right.storage || left.storage.input == right.storage.input)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(id)
    hasher.combine(result)
  }
}
