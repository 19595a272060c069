import Simulation

/// What a run must have seen: faults that never happened prove nothing. Each figure is about a third of what the seeds
/// show, so that it holds whatever a change of the product does to their course, and a class that stops coming up is
/// noticed.
enum Demands {
  /// Shorter runs are not judged by this.
  static let fewestSeeds: UInt64 = 500

  /// At least so many in a thousand seeds.
  private static let perThousand: [(name: String, count: Int)] = [
    // The media: both models, with and without rot.
    ("seeds sectorAtomic", 200), ("seeds sectorAtomic rot", 200), ("seeds pageGarbage", 200),
    ("seeds pageGarbage rot", 200), ("cuts sectorAtomic", 700), ("cuts pageGarbage", 700),
    ("media old", 200), ("media new", 200), ("media torn", 50), ("media reordered", 30), ("media garbage", 30),
    // Cuts and kills, and where they struck.
    ("kills", 600), ("killsAtOperation", 200), ("killsAtHook", 50), ("cutsInSwitch", 250), ("secondCuts", 250),
    ("secondKills", 70), ("completedSwitches", 100), ("recovered torn", 100), ("recovered stopped", 180),
    ("recovered clean", 1_200),
    // Rot, and what came of it.
    ("rots", 150), ("refusedWithRot", 60), ("rotFoundByVerify", 7), ("rotCutHarmlessly", 30), ("lostRottenLast", 35),
    // Operations that fail.
    ("failed open once", 15), ("failed open for ever", 30), ("failed write once", 8), ("failed write for ever", 10),
    ("failed write no space", 6), ("failed synchronize once", 8), ("failed synchronize for ever", 12),
    ("failed rename once", 9), ("failed rename for ever", 20), ("failed create once", 4),
    ("failed create for ever", 7), ("failed read once", 5), ("failed read for ever", 8), ("failed list once", 9),
    ("failed list for ever", 18), ("failed allocate once", 2), ("failed allocate for ever", 2),
    ("failed allocate no space", 70), ("failed truncate once", 1), ("failed truncate for ever", 1),
    ("failed synchronize directory once", 3), ("failed synchronize directory for ever", 3),
    ("failed unlink once", 1), ("failed unlink for ever", 1), ("failedStarts", 45),
    // What clients did, so that there was something to lose.
    ("acknowledged", 6_000), ("answers", 12_000), ("askedAgain", 2_000), ("keyReused", 400), ("edits", 1_000),
    ("editsLost", 20), ("switches", 900), ("stubs", 3_500), ("days", 100), ("shiftsClosed", 3), ("returns", 60),
    ("compressed", 200), ("unmarked", 500), ("marked", 8), ("kicks", 2_000),
    // Payments at providers: what was asked, what became of it on the way, what was said, and how it ended.
    ("provider pay", 800), ("provider query", 4_500), ("provider reverse", 1_800), ("policies", 3_000),
    ("provider away", 600), ("provider silent", 140), ("provider slow", 280), ("provider swallowed", 210),
    ("provider answerLost", 190), ("said pay approved", 250), ("said pay declined", 40), ("said pay pending", 130),
    ("said pay unknown", 170), ("said query approved", 330), ("said query declined", 130),
    ("said query notFound", 1_900), ("said query pending", 470), ("said query unknown", 240),
    ("said query reversed", 100), ("said query closed", 100),
    ("said reverse reversed", 130), ("said reverse closed", 60), ("said reverse declined", 60),
    ("said reverse notFound", 250), ("said reverse pending", 15), ("said reverse unknown", 50),
    ("payments approved", 310), ("payments declined", 100), ("payments reversed", 210), ("payments late", 8),
    ("payments approved contrary", 1), ("payments mismatched", 30), ("payments tested", 8),
    // Codes that tills show, and what is said of news.
    ("provider createCode", 500), ("provider close", 400), ("said createCode pending", 260),
    ("said createCode declined", 12), ("said createCode unknown", 120), ("said close approved", 20),
    ("said close closed", 110), ("said close declined", 20), ("said close notFound", 80), ("said close unknown", 10),
    ("codes shown", 180), ("codes seen", 2_400), ("codes scanned", 45), ("codes saidClosed", 20),
    ("codes paidWhileClosed", 25), ("codes approved", 130), ("codes declined", 40), ("codes reversed", 80),
    ("hints true", 500), ("hints false", 200), ("provider elsewhere", 5),
    // Money that goes back.
    ("provider refund", 60), ("provider queryRefund", 7), ("said refund approved", 20), ("said refund declined", 5),
    ("said refund pending", 10), ("said refund unknown", 10), ("refunds approved", 20), ("refunds declined", 6),
    ("refunds inParts", 20), ("refunds decided", 5), ("refunds lastWord", 1),
    // Old segments moved away, and what was asked of them.
    ("archives", 180), ("archived", 2_800),
  ]

  /// Classes that came up too rarely.
  static func unmet(_ counts: Counts, seeds: UInt64) -> [String] {
    guard seeds >= fewestSeeds else { return [] }
    return perThousand.compactMap { demand in
      let wanted = max(1, demand.count * Int(seeds) / 1_000)
      return counts[demand.name] >= wanted ? nil : "\(demand.name): \(counts[demand.name]), at least \(wanted) demanded"
    }
  }
}
