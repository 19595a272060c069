import Engine
import Journal
import SimulatedDisk

// Old segments are moved to another disk, as docs/operations.md says one may.
extension World {
  /// The journal of a seed that went well loses its oldest segments between two starts, and everything that was done is
  /// asked again: what is there is answered as before, what is known but gone is `archived`, and nothing is done twice.
  func archive() {
    guard violations.isEmpty, !isOver, rotten == nil, setup.indexFolder != World.noIndex else { return }
    guard start(quietly: true), let indexing = instance else { return }
    indexing.lookups.takeSealed(before: newestSegment)
    indexing.drain.finish("before the archive")
    endQuietly()
    let segments = segmentFirsts
    guard segments.count > 2 else { return }
    let gone = 1 + random.below(segments.count - 2)
    let files = disk.fileSystem()
    for name in disk.names {
      guard let first = Self.first(of: name), first < segments[gone] else { continue }
      do { try files.unlink(name) } catch { return fail(.fault, "\(name) cannot be moved away: \(error)") }
    }
    try? files.synchronizeDirectory()
    disk.kill()
    archivedBefore = segments[gone]
    trace("segments before \(segments[gone]) are moved away")
    let known = shadow.keys.count
    guard start(quietly: true) else { return }
    counts["archives"] += 1
    for index in requests.indices where requests[index].isDurable { send(index) }
    for _ in 0..<300 where isAlive && !isOver && requests.contains(where: { $0.token != nil }) {
      settle()
      lookUp()
      clocks.advance(milliseconds: 31)
    }
    guard !isOver else { return }
    let unanswered = requests.count { $0.token != nil }
    if unanswered > 0 { return fail(.fault, "\(unanswered) calls are never answered beside an archive") }
    instance?.drain.finish("the archive")
    endQuietly()
    do {
      try shadow.read(JournalReader(disk.fileSystem()))
      if shadow.keys.count != known { fail(.answeredDifferently, "what is archived was done anew") }
      if let bad = try JournalReader(disk.fileSystem()).verify().firstBad { fail(.verify, "beside an archive: \(bad)") }
    } catch { fail(.verify, "beside an archive: \(error)") }
  }

  private func endQuietly() {
    lastBatch = watch.last
    durableAtEnd = watch.end
    disk.kill()
    watch.processEnded()
    instance = nil
  }

  private static func first(of name: String) -> UInt64? {
    guard name.hasSuffix(".seg") || name.hasSuffix(".segz") else { return nil }
    return UInt64(name.prefix { $0 != "." })
  }

  private var segmentFirsts: [UInt64] { Set(disk.names.compactMap(Self.first)).sorted() }

  private var newestSegment: UInt64 { segmentFirsts.last ?? 0 }
}
