import Configuration
import Money
import Till

extension TillConfiguration {
  /// What of `counterfoil.toml` computes a sale or shows on a slip; its changes are records of the journal.
  public init(_ file: DaemonConfiguration) {
    self.init(
      shopName: file.shop.name, header: file.receipt.header, footer: file.receipt.footer,
      template: file.receipt.template, language: file.shop.language,
      lanes: file.lanes.map { lane in
        LaneConfiguration(
          name: lane.name, printer: lane.printer, drawer: lane.drawer, scanners: lane.scanners, cashAllowed: lane.cash,
          training: lane.training, receipt: ReceiptPolicy(lane.receipt),
          merchantCopy: lane.merchantCopy)
      }.sorted { $0.name < $1.name },
      taxes: file.tax.rates.map {
        TaxRule(code: $0.code, rate: TaxRate(millionths: $0.millionths), included: $0.included, label: $0.label)
      }.sorted { $0.code < $1.code },
      taxRounding: file.tax.rounding == .perTotal ? .perTotal : file.tax.rounding == .perSale ? .perSale : .perLine,
      cashStep: file.cashStep,
      limits: CashierLimits(
        priceOverrideMillionths: file.limits.priceOverrideMillionths,
        manualAdjustment: file.limits.manualAdjustment.map { Amount($0) },
        saleTotal: file.limits.saleTotal.map { Amount($0) },
        cashOut: file.limits.cashOut.map { Amount($0) },
        voidTotalledNeedsApproval: file.limits.voidTotalledNeedsApproval,
        removeTenderNeedsApproval: file.limits.removeTenderNeedsApproval,
        noSaleNeedsApproval: file.limits.noSaleNeedsApproval,
        returnTotal: file.limits.returnTotal.map { Amount($0) },
        foreignReturnTotal: file.limits.foreignReturnTotal.map { Amount($0) }))
  }
}

extension DaemonConfiguration {
  /// Refuses what the till would refuse of it at every start, whatever the journal holds. `file`: its name in the error.
  public func checkTill(file: String) throws(ConfigurationError) {
    do throws(Refusal) { try TillConfiguration(self).check() } catch {
      throw ConfigurationError(file: file, Self.words(error))
    }
  }

  private static func words(_ refusal: Refusal) -> String {
    switch refusal {
    case .refused(_, let text): text
    case .limitExceeded(.configuration, let most):
      "lanes, taxes and texts of receipts together take more than \(most) bytes"
    case .limitExceeded(let limit, let most): "\(limit.rawValue): more than \(most)"
    default: "\(refusal)"
    }
  }
}

extension ReceiptPolicy {
  fileprivate init(_ word: LaneSettings.Receipt) {
    self =
      switch word {
      case .always: .always
      case .ask: .ask
      case .never: .never
      }
  }
}
