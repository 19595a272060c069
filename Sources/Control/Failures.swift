import Engine
import Interfaces
import Till

extension SystemError {
  /// The protocol's word for what the engine refused.
  init(_ error: CallError, lanes: [String]) {
    switch error {
    case .refused(let refusal): self.init(refusal, lanes: lanes)
    case .keyReused(let method, let sequence):
      self = .keyReused(firstMethod: method, sequence: Int64(clamping: sequence))
    case .notSelling(let mode, let reasons):
      self = .notSelling(mode: Wire.Mode(mode), reasons: Wire.Reason.all(reasons))
    case .archived(let epoch, let sequence): self = .archived(epoch: Int64(epoch), sequence: Int64(clamping: sequence))
    case .damaged(let epoch, let fault):
      self = .journalDamaged(
        epoch: Int64(epoch), segment: Int64(clamping: fault.segment ?? 0), offset: Int64(clamping: fault.offset),
        sequence: fault.sequence.map { Int64(clamping: $0) }, next: fault.next.map { Int64(clamping: $0) },
        text: fault.text)
    case .noSuchStub(let stub, let epoch): self = .noSuchStub(stub: stub, skippedBy: epoch)
    case .noSuchDevice(let device, let similar): self = .noSuchDevice(device: device, similar: similar)
    case .noSuchRecord(let epoch, let sequence):
      self = .noSuchRecord(epoch: Int64(epoch), sequence: Int64(clamping: sequence))
    case .noCheckpoint(let epoch, let sequence, let expected):
      self = .noCheckpoint(epoch: Int64(epoch), sequence: Int64(clamping: sequence), expected: expected)
    case .journalRule(let rule, let text): self = .refused(rule: rule, text: text)
    case .busy: self = .busy(owner: "register", application: "", since: 0)
    case .atWork(let what, let since): self = .busy(owner: what, application: "", since: since)
    case .fault(let code): self = .internal(code: code)
    }
  }

  init(_ refusal: Refusal, lanes: [String]) {
    switch refusal {
    case .noSuchSale(let sale, _): self = .noSuchSale(sale: sale)
    case .noSuchLine(_, let line): self = .noSuchLine(line: line.description)
    case .noSuchTender(_, let tender): self = .noSuchTender(tender: tender.description)
    case .noSuchLane(let lane): self = .noSuchLane(lane: lane ?? "", lanes: lanes)
    case .noSuchShift(let shift): self = .noSuchShift(shift: shift)
    case .noSuchJob(let job): self = .noSuchJob(job: job)
    case .noSuchDrawerOrder(let order): self = .noSuchDevice(device: order, similar: [])
    case .wrongState(let state, let parked, let allowed):
      self = .wrongState(state: state.rawValue, parked: parked, allowed: allowed.map(\.rawValue))
    case .revisionConflict(let current): self = .revisionConflict(revision: current)
    case .approvalRequired(let action, let limit, let asked, let amount):
      self = .approvalRequired(action: action.rawValue, limit: limit, asked: asked, amount: amount?.minorUnits)
    case .approvalRefused(let approval, let why, let amount, let approved):
      self = .approvalRefused(
        approval: approval, why: why.rawValue, amount: amount?.minorUnits, approved: approved?.minorUnits)
    case .refused(let rule, let text): self = .refused(rule: rule.rawValue, text: text)
    case .limitExceeded(let limit, let maximum): self = .limitExceeded(limit: limit.rawValue, maximum: maximum)
    case .overReturn(let line, let left): self = .overReturn(line: line.description, left: left)
    case .overRefund(let tender, let left): self = .overRefund(tender: tender.description, left: left)
    case .refundNotNow(let tender, let until, let from):
      self = .refundNotNow(tender: tender.description, until: until, from: from)
    case .otherAccount(let provider, let account, let now):
      self = .otherAccount(provider: provider, account: account, now: now)
    case .originalNotHere(let box, let proofs):
      self = .originalNotHere(box: box, proofs: proofs.compactMap { Wire.ProofKind(rawValue: $0.rawValue) })
    case .shiftClosed(let lane): self = .shiftClosed(lane: lane)
    case .salesOpen(let sales): self = .salesOpen(sales: sales)
    case .clockDoubtful(let proposed, let lastKnown):
      self = .clockDoubtful(proposed: proposed.description, lastKnown: lastKnown?.description ?? "")
    }
  }
}

extension SystemError {
  /// Refuses a number beyond a limit as LimitExceeded, and one below the least as a broken rule.
  static func check(_ value: Int64, in range: ClosedRange<Int64>, _ limit: String) throws(SystemError) {
    guard value <= range.upperBound else { throw .limitExceeded(limit: limit, maximum: range.upperBound) }
    guard value >= range.lowerBound else {
      throw .refused(rule: "tooSmall", text: "\(limit) is at least \(range.lowerBound), not \(value)")
    }
  }

  /// The same of what must not be empty.
  static func check(count: Int, most: Int, _ limit: String) throws(SystemError) {
    guard count <= most else { throw .limitExceeded(limit: limit, maximum: Int64(most)) }
    guard count > 0 else { throw .refused(rule: "tooSmall", text: "\(limit) is empty") }
  }
}

extension Wire.Reason {
  /// Reasons by their words; a sentence among them is for the log only.
  static func all(_ words: [String]) -> [Wire.Reason] { words.compactMap(Wire.Reason.init(rawValue:)) }
}
