import Devices
import Engine
import Interfaces
import Till

// The same words on both sides. Each is written out, so that a word that one side lacks does not compile.

// MARK: - what a client says, in the till's words

extension AdjustmentKind {
  package init(_ word: Wire.AdjustmentKind) {
    self =
      switch word {
      case .promotion: .promotion
      case .coupon: .coupon
      case .member: .member
      case .staff: .staff
      case .manual: .manual
      case .roundOff: .roundOff
      }
  }
}

extension ApprovedDecision {
  package init(_ word: Wire.ApprovedDecision) {
    self =
      switch word {
      case .paid: .paid
      case .notPaid: .notPaid
      case .complete: .complete
      case .refund: .refund
      case .void: .void
      }
  }
}

extension CashDirection {
  package init(_ word: Wire.CashDirection) {
    self =
      switch word {
      case .in: .in
      case .out: .out
      case .toSafe: .toSafe
      }
  }
}

extension DeliveryChannel {
  package init(_ word: Wire.Channel) {
    self =
      switch word {
      case .paper: .paper
      case .electronic: .electronic
      case .none: .none
      }
  }
}

extension DocumentKind {
  package init(_ word: Wire.PrintDocument) {
    self =
      switch word {
      case .receipt: .receipt
      case .giftReceipt: .giftReceipt
      case .merchantCopy: .merchantCopy
      case .proforma: .proforma
      case .note: .note
      case .report: .report
      }
  }
}

extension DrawerReason {
  package init(_ word: Wire.DrawerReason) {
    self =
      switch word {
      case .change: .change
      case .noSale: .noSale
      case .count: .count
      case .technician: .technician
      }
  }
}

extension HeldResolution {
  package init(_ word: Wire.HeldResolution) {
    self =
      switch word {
      case .complete: .complete
      case .refund: .refund
      case .void: .void
      }
  }
}

extension JobDecision {
  package init(_ word: Wire.Decision) {
    self =
      switch word {
      case .itPrinted: .itPrinted
      case .printAgain: .printAgain
      case .cancel: .cancel
      }
  }
}

extension LineKind {
  package init(_ word: Wire.LineKind) {
    self =
      switch word {
      case .item: .item
      case .service: .service
      case .deposit: .deposit
      case .depositReturn: .depositReturn
      case .storedValue: .storedValue
      case .prepayment: .prepayment
      case .fee: .fee
      }
  }
}

extension OriginalProof {
  package init(_ word: Wire.ProofKind) {
    self =
      switch word {
      case .local: .local
      case .signature: .signature
      case .hub: .hub
      case .none: .none
      }
  }
}

extension PriceSource {
  package init(_ word: Wire.PriceSource) {
    self =
      switch word {
      case .application: .application
      case .catalogue: .catalogue
      case .label: .label
      case .scale: .scale
      case .operator: .operator
      }
  }
}

extension ReportedOutcome {
  package init(_ word: Wire.Outcome) {
    self =
      switch word {
      case .yes: .yes
      case .no: .no
      case .unknown: .unknown
      }
  }
}

extension SaleKind {
  package init(_ word: Wire.SaleKind) {
    self =
      switch word {
      case .sale: .sale
      case .return: .return
      case .exchange: .exchange
      case .correction: .correction
      }
  }
}

extension TenderKind {
  package init(_ word: Wire.TenderKind) {
    self =
      switch word {
      case .cash: .cash
      case .external: .external
      case .provider: .provider
      case .storedValue: .storedValue
      case .carried: .carried
      }
  }
}

extension TenderVerdict {
  package init(_ word: Wire.TenderVerdict) {
    self =
      switch word {
      case .paid: .paid
      case .notPaid: .notPaid
      }
  }
}

// MARK: - the till's words for a client

extension Wire.AdjustmentKind {
  package init(_ word: AdjustmentKind) {
    self =
      switch word {
      case .promotion: .promotion
      case .coupon: .coupon
      case .member: .member
      case .staff: .staff
      case .manual: .manual
      case .roundOff: .roundOff
      }
  }
}

extension Wire.CopyKind {
  package init(_ word: CopyKind) {
    self =
      switch word {
      case .original: .original
      case .merchant: .merchant
      case .reprint: .reprint
      }
  }
}

extension Wire.PrintDocument {
  package init(_ word: DocumentKind) {
    self =
      switch word {
      case .receipt: .receipt
      case .giftReceipt: .giftReceipt
      case .merchantCopy: .merchantCopy
      case .proforma: .proforma
      case .note: .note
      case .report: .report
      }
  }
}

extension Wire.HeldWhy {
  package init(_ word: HeldWhy) {
    self =
      switch word {
      case .otherAmount: .otherAmount
      case .paidAfterCancel: .paidAfterCancel
      }
  }
}

extension Wire.ReceiptRule {
  package init(_ word: ReceiptPolicy) {
    self =
      switch word {
      case .always: .always
      case .ask: .ask
      case .never: .never
      }
  }
}

extension Wire.SaleKind {
  package init(_ word: SaleKind) {
    self =
      switch word {
      case .sale: .sale
      case .return: .return
      case .exchange: .exchange
      case .correction: .correction
      }
  }
}

extension Wire.SaleState {
  package init(_ word: SaleState) {
    self =
      switch word {
      case .open: .open
      case .tendering: .tendering
      case .paid: .paid
      case .completed: .completed
      case .voiding: .voiding
      case .voided: .voided
      case .held: .held
      }
  }
}

extension Wire.TenderKind {
  package init(_ word: TenderKind) {
    self =
      switch word {
      case .cash: .cash
      case .external: .external
      case .provider: .provider
      case .storedValue: .storedValue
      case .carried: .carried
      }
  }
}

extension Wire.TenderState {
  package init(_ word: TenderState) {
    self =
      switch word {
      case .intent: .intent
      case .pending: .pending
      case .unknown: .unknown
      case .approved: .approved
      case .declined: .declined
      case .reversing: .reversing
      case .reversed: .reversed
      case .manual: .manual
      }
  }
}

extension Wire.VerifiedBy {
  package init(_ word: VerifiedBy) {
    self =
      switch word {
      case .daemon: .daemon
      case .application: .application
      case .nobody: .nobody
      }
  }
}

extension Wire.PaperState {
  package init(_ word: PaperState) {
    self =
      switch word {
      case .ok: .ok
      case .low: .low
      case .out: .out
      case .unknown: .unknown
      }
  }
}

extension Wire.OpenState {
  package init(_ word: CoverState) {
    self =
      switch word {
      case .open: .open
      case .closed: .closed
      case .unknown: .unknown
      }
  }
}

extension Wire.OpenState {
  package init(_ word: DrawerState) {
    self =
      switch word {
      case .open: .open
      case .closed: .closed
      case .unknown: .unknown
      }
  }
}

extension Wire.Mode {
  package init(_ word: Mode) {
    self =
      switch word {
      case .selling: .selling
      case .cashOnly: .cashOnly
      case .recovering: .recovering
      case .reading: .reading
      case .locked: .locked
      }
  }
}
