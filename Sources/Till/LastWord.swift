/// What a person decided and nobody confirms or denies: its provider answers no questions about it, or has said nothing of
/// it for as long as it is asked.
extension Tender {
  /// True for what a person's decision is the last word of.
  public var isLastWord: Bool { course?.test == .final && standsAsDecided }

  /// True for what the next Z names, and is over then.
  var isForTheZ: Bool { isDenied || isLastWord }
}

extension Till {
  /// Nobody says more of it: what a person decided, with an approval, stands.
  func decideLastWord(_ event: GiveUpTender, _ context: Context) throws(Refusal) -> Decision {
    try changing(event, context) { (tender) throws(Refusal) in
      guard tender.isUntested else {
        throw .refused(.tender, text: "nothing was decided about tender \(tender.id) that its provider could confirm")
      }
      var tender = tender
      tender.course?.test = .final
      return tender
    }
  }
}
