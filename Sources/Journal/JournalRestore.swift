import Glibc

/// What putting segments back from a copy did to one epoch.
public struct RestoreReport: Sendable, Hashable {
  /// One damaged segment.
  public struct Segment: Sendable, Hashable {
    /// What is, or was, wrong with it.
    public let damage: JournalFault
    /// The name that its damaged file has now; nil when it was not put back.
    public internal(set) var kept: String?
    /// Why it was not put back; nil when it was.
    public internal(set) var refusal: String?
  }

  /// Damaged segments, the newest first.
  public internal(set) var segments: [Segment] = []

  /// Every damaged segment was put back.
  public var isWhole: Bool { segments.allSatisfy { $0.refusal == nil } }
}

/// Puts damaged sealed segments back from a copy of the same journal, whether a daemon has it open or not: a sealed segment
/// is never written again, and its name changes hands in one step.
///
/// A segment is taken only when it has the hash that the next segment's header holds of it, which is in the hash of that
/// one, and so on to the segment in use. The damaged file stays beside it under another name.
public enum JournalRestore {
  private static let unfinished = ".new"
  private static let damaged = ".damaged"
  private static let mostKept = 1_000

  /// Looks at every sealed segment of a folder and puts those that are damaged back from `copy`.
  public static func run(in folder: PosixFileSystem, from copy: any FileSystem) throws(JournalError) -> RestoreReport {
    var report = RestoreReport()
    let files = SegmentFile.all(in: try folder.names())
    let copies = SegmentFile.all(in: try copy.names())
    // From the newest back: what follows a segment says what it must be, so that is put right first.
    for place in files.indices.dropLast().reversed() {
      guard let damage = try JournalReader(folder).fault(inSegment: files[place].first) else { continue }
      var result = RestoreReport.Segment(damage: damage)
      do throws(Refusal) {
        let image = try candidate(files, place, folder, copies, copy)
        do throws(JournalError) { result.kept = try put(image, inPlaceOf: files[place], folder) } catch {
          throw Refusal(text: "\(error)")
        }
      } catch { result.refusal = error.text }
      report.segments.append(result)
    }
    return report
  }

  private struct Refusal: Error {
    var text: String
  }

  /// The copy's segment, when it is what the next segment's header says.
  private static func candidate(
    _ files: [SegmentFile], _ place: Int, _ folder: PosixFileSystem, _ copies: [SegmentFile], _ copy: any FileSystem
  ) throws(Refusal) -> SegmentImage {
    let wanted = files[place].first
    let names = (try? folder.list()) ?? []
    guard let following = SegmentFile.all(in: names).first(where: { $0.first > wanted }),
      let next = try? SegmentSource(folder, following).header
    else { throw Refusal(text: "the header of the next segment is damaged, so nothing says what this one must be") }
    guard let file = copies.first(where: { $0.first == wanted }) else {
      throw Refusal(text: "the copy does not have this segment")
    }
    let image: SegmentImage
    do throws(JournalError) { image = try SegmentImage.load(copy, file) } catch {
      throw Refusal(text: "the copy is damaged too: \(error)")
    }
    guard image.header.journalID == next.journalID, image.header.epoch == next.epoch,
      image.header.number &+ 1 == next.number
    else { throw Refusal(text: "the copy is of another journal") }
    guard SHA256.hash(image.bytes) == next.previousHash else {
      throw Refusal(
        text: "the copy is damaged too, or of another time: its hash is not that of the next segment's header")
    }
    return image
  }

  /// Writes the segment under its name, durably; answers the name that the damaged file has from now on.
  private static func put(_ image: SegmentImage, inPlaceOf old: SegmentFile, _ folder: PosixFileSystem)
    throws(JournalError) -> String
  {
    let target = FileNames.compressed(old.first)
    do throws(FileError) {
      let names = try folder.list()
      if names.contains(target + unfinished) { try folder.unlink(target + unfinished) }
      let bytes = SegmentCompression.encode(image.bytes[...])
      let file = try folder.create(target + unfinished)
      try folder.giveToOwner(target + unfinished)
      try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
        let all = UnsafeRawBufferPointer(bytes)
        var done = 0
        while done < all.count {
          let count = min(1 << 20, all.count - done)
          try file.write(UnsafeRawBufferPointer(rebasing: all[done..<(done + count)]), at: UInt64(done))
          done += count
        }
      }
      try file.synchronize()
      var kept = old.name + damaged
      var number = 1
      while names.contains(kept), number < mostKept {
        kept = "\(old.name)\(damaged)-\(number)"
        number += 1
      }
      try folder.link(old.name, to: kept)
      try folder.rename(target + unfinished, to: target)
      try folder.synchronizeDirectory()
      if old.name != target {
        try folder.unlink(old.name)
        try folder.synchronizeDirectory()
      }
      return kept
    } catch { throw .file(error) }
  }
}

extension PosixFileSystem {
  /// Gives a file a second name.
  func link(_ from: String, to: String) throws(FileError) {
    guard Glibc.link(path + "/" + from, path + "/" + to) == 0 else {
      throw FileError(.rename, from, code: errno, detail: "to \(to)")
    }
  }

  /// Gives a file that root made to the folder's owner, who must be able to read it.
  func giveToOwner(_ name: String) throws(FileError) {
    guard geteuid() == 0 else { return }
    var status = stat()
    guard stat(path, &status) == 0, lchown(path + "/" + name, status.st_uid, status.st_gid) == 0 else {
      throw FileError(.create, name, code: errno, detail: "owner")
    }
  }
}
