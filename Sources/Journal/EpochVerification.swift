/// What a verification found in one epoch.
public struct EpochReport: Hashable, Sendable {
  /// The epoch.
  public let epoch: UInt32
  /// What its own files show. Of an epoch that a later one builds on it goes up to there: what follows was left behind.
  public let report: VerifyReport
  /// A later epoch builds on it.
  public let isBuiltOn: Bool
  /// The end of the epoch before, as this one's first record names it; nil: it builds on none.
  public let builds: EpochEnd?
  /// The epoch that it builds on is not in the folder.
  public let isAlone: Bool
  /// What is wrong between it and the epoch before.
  public let link: JournalFault?
  /// Whether its signatures were checked with one of the keys that were given; nil: none was.
  public let isOfGivenKey: Bool?

  /// Everything is as it was written.
  public var isGood: Bool { report.firstBad == nil && link == nil }

  /// The first sequence of this epoch that is wrong; nil when all is well, or only the link is wrong.
  public var firstBad: UInt64? { report.firstBad.map { $0.sequence ?? report.upTo } }

  /// One line for a person.
  public var text: String {
    var words = [report.text]
    if isBuiltOn { words.append("a later epoch builds on it up to here") }
    if isOfGivenKey == false { words.append("signed with another key than was given") }
    if let link {
      words.append("\(link)")
    } else if let builds {
      let gone = isAlone ? ", which is not here" : ""
      words.append("builds on epoch \(builds.epoch) up to \(builds.sequence)\(gone)")
    }
    return words.joined(separator: "; ")
  }
}

extension [EpochReport] {
  /// One line for a person; with more than one epoch each is named.
  public var text: String {
    guard count > 1 else { return first?.text ?? "" }
    return map { "epoch \($0.epoch): \($0.text)" }.joined(separator: "; ")
  }
}

extension EpochFolder {
  /// Checks this epoch and every one before it, newest first, each with its link to the one before
  /// (docs/journal-format.md, sections 10 and 12). `upTo` is the writer's durable sequence in this epoch, when it is in
  /// use; with `alone` those before it are not checked, only the link. Of `keys` that are known from elsewhere each epoch is checked with the one that it names itself; an epoch
  /// that names none of them is checked with its own, unless no epoch at all names one: then the first key counts, and
  /// its signatures are wrong. Throws for files that cannot be read; damage is a finding, not an error.
  public func verify(
    in root: PosixFileSystem, upTo: UInt64? = nil, alone: Bool = false, keys: [NoteVerifier] = [],
    progress: (EpochFolder, VerifyProgress) -> Void = { _, _ in }
  ) throws(JournalError) -> [EpochReport] {
    let all = try Self.all(in: root)
    let folders = alone ? [self] : all.filter { $0.epoch <= epoch }.reversed()
    var readers: [JournalReader] = []
    var own: [NoteVerifier?] = []
    for folder in folders {
      let reader = try JournalReader(try folder.files(in: root))
      readers.append(reader)
      own.append(keys.isEmpty ? nil : try reader.namedKey())
    }
    let given = own.map { named in keys.first { $0 == named } }
    let isNamed = given.contains { $0 != nil }
    var reports: [EpochReport] = []
    var later = alone && upTo == nil ? try end(in: root) : nil
    for (place, folder) in folders.enumerated() {
      let end = later.flatMap { $0.epoch == folder.epoch ? $0.sequence + 1 : nil }
      let report = try readers[place].verify(
        upTo: upTo.flatMap { place == 0 ? $0 : nil } ?? end, key: given[place] ?? (isNamed ? nil : keys.first)
      ) { progress(folder, $0) }
      let builds = try readers[place].previousEnd()
      reports.append(
        EpochReport(
          epoch: folder.epoch, report: report, isBuiltOn: end != nil, builds: builds,
          isAlone: builds.map { end in !all.contains { $0.epoch == end.epoch } } ?? false,
          link: try folder.linkFault(in: root), isOfGivenKey: keys.isEmpty ? nil : given[place] != nil || !isNamed))
      later = builds
    }
    return reports
  }
}

extension JournalReader {
  /// The key that the journal names for its own signatures; nil when what names it cannot be read.
  public func namedKey() throws(JournalError) -> NoteVerifier? {
    for file in SegmentFile.all(in: try fileSystem.names()) {
      if let image = try? SegmentImage.load(fileSystem, file), let key = GenesisKey.find(in: image) { return key }
    }
    return nil
  }
}
