extension JournalReader {
  /// A standing proof of a record against the first checkpoint, before `upTo`, that it can be proven against; nil when no
  /// checkpoint covers it yet. It reads all leaves before the checkpoint. What is damaged or archived costs nothing where a
  /// later header's frontier or the chain still says what the tree needs; else `.corrupt` or `.archived`.
  public func proof(of sequence: UInt64, upTo: UInt64? = nil) throws(JournalError) -> TlogProof? {
    let leaf = try entry(at: sequence, upTo: upTo).leaf
    var tree = KnownTree()
    var (next, refusal) = (sequence + 1, JournalError?.none)
    while true {
      let page = try page(from: next, limit: 1, upTo: upTo, kinds: ["checkpoint"])
      if let found = page.entries.first {
        if let text = Self.note(found.entry),
          let note = try? SignedNote([UInt8](text.utf8)), let head = try? Checkpoint(text: note.text)
        {
          try grow(&tree, to: head.size)
          if let path = tree.inclusion(index: sequence, size: head.size) {
            let proof = TlogProof(index: sequence, path: path, checkpoint: note)
            if (try? MerkleProof.verifyInclusion(
              leaf: leaf, index: sequence, size: head.size, path: path, root: head.root)) != nil
            {
              return proof
            }
          }
        }
        refusal = refusal ?? tree.missing
        // With a hole in what is needed a later checkpoint may do, at which a whole subtree is known by its root.
        next = found.sequence + 1
      } else if let hole = page.hole {
        refusal = refusal ?? .corrupt(hole)
        guard let behind = hole.next else { break }
        next = behind
      } else {
        break
      }
    }
    if let refusal { throw refusal }
    return nil
  }

  private static func note(_ entry: [UInt8]) -> String? {
    entry.withUnsafeBytes { OwnEntries.data(of: $0, kind: "checkpoint")?["note"]?.string }
  }

  /// Takes in what is known of the tree of the first `size` records.
  private func grow(_ tree: inout KnownTree, to size: UInt64) throws(JournalError) {
    let all = SegmentFile.all(in: try fileSystem.names())
    if tree.next == 0, let oldest = all.first, oldest.first > 0 {
      tree.next = oldest.first
      let epoch = try SegmentSource(fileSystem, oldest).header.epoch
      tree.missing = .archived(epoch: epoch, sequence: 0)
    }
    for file in all where file.first < size && file.first >= tree.next {
      if let header = try? SegmentSource(fileSystem, file).header { tree.add(header.frontier) }
    }
    while tree.next < size {
      let page = try page(from: tree.next, limit: 4_096, upTo: size)
      for entry in page.entries { tree.add(entry.leaf, at: entry.sequence) }
      if let last = page.entries.last { tree.next = last.sequence + 1 }
      guard let hole = page.hole else {
        if page.entries.isEmpty { return }
        continue
      }
      if !bridge(hole, &tree) { tree.missing = tree.missing ?? .corrupt(hole) }
      guard let behind = hole.next else { return }
      tree.next = behind
    }
  }

  /// Leaves of damaged entries, which the chain still proves. False when some in the hole are not known.
  private func bridge(_ hole: JournalFault, _ tree: inout KnownTree) -> Bool {
    guard let file = SegmentFile.all(in: (try? fileSystem.names()) ?? []).first(where: { $0.name == hole.file }),
      let remains = try? SegmentRemains(fileSystem, file), let header = remains.header(of: file)
    else { return false }
    var walk = SegmentWalk(remains.bytes, header: header)
    let end = hole.next ?? .max
    while walk.sequence < end {
      if walk.next() != nil { continue }
      guard case .stopped(let text)? = walk.end else { return false }
      let broken = walk.diagnose(text, limit: SegmentHeader.largestNumber)
      if let stated = broken.stated { tree.add(stated.leaf, at: broken.sequence) }
      guard walk.bridge(broken) else { return false }
    }
    return true
  }

  // MARK: One segment

  /// What is wrong with a sealed segment by itself and against the next one's header; nil when nothing is.
  public func fault(inSegment first: UInt64) throws(JournalError) -> JournalFault? {
    let files = SegmentFile.all(in: try fileSystem.names())
    guard let place = files.firstIndex(where: { $0.first == first }) else { return nil }
    let upTo = place + 1 < files.count ? files[place + 1].first : nil
    return try verify(upTo: upTo, only: first).firstBad
  }

  /// What tells a segment's file from another under the same name; nil when there is none.
  public func identity(ofSegment first: UInt64?) -> String? {
    guard let first, let names = try? fileSystem.names(),
      let file = SegmentFile.all(in: names).first(where: { $0.first == first })
    else { return nil }
    return (fileSystem as? PosixFileSystem)?.identity(file.name) ?? file.name
  }
}

/// The tree as far as it is known: leaves that can be read, and subtrees whose roots the segments' headers hold.
struct KnownTree {
  private struct Place: Hashable {
    var level: Int
    var index: UInt64
  }

  private struct Unknown: Error {}

  private var leaves: [Digest?] = []
  private var subtrees: [Place: Digest] = [:]
  /// The first leaf that was not asked for yet.
  var next: UInt64 = 0
  /// Why a leaf is missing.
  var missing: JournalError?

  mutating func add(_ leaf: Digest, at sequence: UInt64) {
    let place = Int(sequence)
    while leaves.count < place { leaves.append(nil) }
    if place == leaves.count { leaves.append(leaf) } else { leaves[place] = leaf }
  }

  /// The complete subtrees of a frontier, the largest first.
  mutating func add(_ frontier: MerkleFrontier) {
    var start: UInt64 = 0
    var peaks = frontier.peaks[...]
    for level in (0..<64).reversed() where frontier.size >> UInt64(level) & 1 == 1 {
      guard let peak = peaks.popFirst() else { return }
      subtrees[Place(level: level, index: start >> UInt64(level))] = peak
      start += 1 << UInt64(level)
    }
  }

  /// The path of a leaf; nil when something of it is not known.
  func inclusion(index: UInt64, size: UInt64) -> [Digest]? {
    do throws(Unknown) {
      return try MerkleProof.inclusion(index: index, size: size, node: node)
    } catch { return nil }
  }

  private func node(level: Int, index: UInt64) throws(Unknown) -> Digest {
    if let known = subtrees[Place(level: level, index: index)] { return known }
    guard level > 0 else {
      guard index < UInt64(leaves.count), let leaf = leaves[Int(index)] else { throw Unknown() }
      return leaf
    }
    return MerkleHash.node(
      try node(level: level - 1, index: 2 * index), try node(level: level - 1, index: 2 * index + 1))
  }
}
