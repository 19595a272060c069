import Devices
import JSON
import Journal
import Till

extension Register {
  /// What watchers are told of an event; the data is the entry's `data`, as stored.
  func happenings(of staged: Staged) -> [Happening] {
    staged.records.enumerated().map { index, record in
      Happening(
        topic: Self.topic(record.fact.kind), name: record.fact.kind.rawValue, subject: Self.subject(record.fact),
        lane: record.stamp.lane, at: record.stamp.at, trusted: record.stamp.timeTrusted,
        sequence: staged.lazy ? nil : staged.first + UInt64(index),
        data: index < staged.data.count ? Self.told(record.fact, staged.data[index]) : Happening.empty)
    }
  }

  /// Who knows an approval's id may use it: it is for the one who asked, not for all who watch.
  private static func told(_ fact: Fact, _ data: [UInt8]) -> [UInt8] {
    guard case .approvalGranted = fact else { return data }
    guard case .object(let members)? = try? JSON(parsing: data),
      let rest = try? JSON.object(members.filter { $0.key != "id" }).canonicalBytes()
    else { return Happening.empty }
    return rest
  }

  static func topic(_ kind: RecordKind) -> String {
    switch kind {
    case .tenderApproved, .tenderDeclined, .tenderUnknown, .tenderReversed, .tenderIntended, .tenderPending,
      .tenderReversing, .tenderMismatched, .tenderTested, .tenderCorrected:
      "tender"
    case .jobQueued, .jobStarted, .jobEnded, .jobDecided, .deliveryOrdered: "print"
    case .drawerOrdered, .drawerEnded: "drawer"
    case .shiftOpened, .cashMoved, .shiftClosed, .dayClosed: "shift"
    case .genesis, .boot, .stop, .config: "system"
    default: "sale"
    }
  }

  static func subject(_ fact: Fact) -> String {
    switch fact {
    case .saleOpened(let it): it.sale
    case .linesAdded(let it): it.sale
    case .lineChanged(let it): it.sale
    case .lineRemoved(let it): it.sale
    case .adjustmentsSet(let it): it.sale
    case .partySet(let it): it.sale
    case .saleParked(let it): it.sale
    case .saleUnparked(let it): it.sale
    case .saleTotaled(let it): it.sale
    case .saleReopened(let it): it.sale
    case .saleVoided(let it): it.sale
    case .saleHeld(let it): it.sale
    case .heldResolved(let it): it.sale
    case .approvalGranted(let it): it.subject
    case .tenderApproved(let it), .tenderDeclined(let it), .tenderUnknown(let it), .tenderReversed(let it),
      .tenderIntended(let it), .tenderPending(let it), .tenderReversing(let it), .tenderMismatched(let it),
      .tenderTested(let it):
      it.sale
    case .tenderCorrected(let it): it.sale
    case .salePaid(let it): it.sale
    case .stubSealed(let it): it.sale
    case .deliveryOrdered(let it): it.job ?? it.delivery
    case .jobQueued(let it): it.id
    case .jobStarted(let it): it.job
    case .jobEnded(let it): it.job
    case .jobDecided(let it): it.job
    case .drawerOrdered(let it): it.drawer
    case .drawerEnded(let it): it.order
    case .shiftOpened(let it): it.shift
    case .cashMoved(let it): it.shift
    case .shiftClosed(let it): it.shift
    case .dayClosed(let it): String(it.number)
    case .genesis, .boot, .stop, .config: ""
    }
  }
}

extension Happening {
  static let empty = Array("{}".utf8)

  static func printerStatus(_ printer: String, _ status: PrinterStatus, _ now: Reading) -> Happening {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("cover")
    writer.string(status.cover.rawValue)
    writer.key("online")
    writer.bool(status.online)
    writer.key("paper")
    writer.string(status.paper.rawValue)
    writer.key("ready")
    writer.bool(status.ready)
    writer.key("why")
    writer.string(status.why)
    writer.endObject()
    return Happening(
      topic: "device", name: "printerStatus", subject: printer, lane: nil, at: now.wallMilliseconds,
      trusted: now.trusted, data: writer.bytes)
  }

  static func printProgress(_ progress: PrintProgress, _ now: Moment) -> Happening {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("job")
    writer.string(progress.job)
    writer.key("level")
    writer.string(progress.level.name)
    writer.key("sentBytes")
    writer.integer(Int64(progress.sentBytes))
    writer.key("totalBytes")
    writer.integer(Int64(progress.totalBytes))
    writer.endObject()
    return Happening(
      topic: "print", name: "printProgressed", subject: progress.job, lane: nil, at: now.reading.wallMilliseconds,
      trusted: now.reading.trusted, data: writer.bytes)
  }

  static func drawerState(_ printer: String, _ state: DrawerState, _ now: Moment) -> Happening {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("state")
    writer.string(state.rawValue)
    writer.endObject()
    return Happening(
      topic: "drawer", name: "drawerState", subject: printer, lane: nil, at: now.reading.wallMilliseconds,
      trusted: now.reading.trusted, data: writer.bytes)
  }
}
