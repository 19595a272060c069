import Journal
import Synchronization

/// A disk with a volatile cache and the kernel above it, in memory, for tests and the seeded simulator.
///
/// Files written but not synchronized, and names made, changed or removed before `synchronizeDirectory`, are at the
/// mercy of `powerCut`. Every operation can be made to fail. Everything random comes from the seed, so one seed and one
/// order of calls is one outcome.
public final class SimulatedDisk: Sendable {
  private let volume: Mutex<Volume>

  /// An empty disk.
  public init(seed: UInt64, media: MediaModel = .sectorAtomic) {
    volume = Mutex(Volume(seed: seed, media: media))
  }

  /// The folder as one process sees it. It ends with `kill` or `powerCut`.
  public func fileSystem() -> SimulatedFileSystem {
    SimulatedFileSystem(disk: self, process: with { $0.startProcess() })
  }

  // MARK: What happens to the box

  /// All processes end at once; what they wrote stays with the kernel. Open files and locks are gone.
  public func kill() { with { $0.endProcesses() } }

  /// The power goes and comes back: unsynchronized writes become old, new or garbage as the medium has it, and each
  /// name not made durable is there or not.
  public func powerCut() { with { $0.cutPower() } }

  /// The power goes while the operation `number` (of all, from 1) runs: that one and all later ones fail with `EIO`
  /// and their effect is as uncertain as anything unsynchronized. Call `powerCut` afterwards.
  public func loseThePower(atOperation number: Int) { with { $0.deadFrom = number } }

  /// True once `loseThePower` took effect.
  public var isDead: Bool { with { $0.isDead } }

  /// Makes an operation fail.
  public func inject(_ fault: DiskFault) { with { $0.faults.append(PendingFault(fault)) } }

  /// Takes all injected faults back.
  public func heal() { with { $0.faults.removeAll() } }

  /// Bytes that can still be allocated; nil (the start) = no end. What was preallocated can always be written.
  public var spaceLeft: UInt64? {
    get { with { $0.spaceLeft } }
    set { with { $0.spaceLeft = newValue } }
  }

  /// When true, synchronize says yes and does nothing. No journal survives that: a test that passes with it tests
  /// nothing.
  public var liesAboutSynchronize: Bool {
    get { with { $0.lies } }
    set { with { $0.lies = newValue } }
  }

  /// The model that the next cut follows.
  public var media: MediaModel {
    get { with { $0.media } }
    set { with { $0.media = newValue } }
  }

  /// Turns over one bit of a file, on the medium and in the cache. False when there is no such byte.
  @discardableResult
  public func flip(bit: Int, ofByte offset: UInt64, in file: String) -> Bool {
    with { volume in
      guard let inode = volume.inode(file), offset < inode.size else { return false }
      inode.flip(bit: bit, ofByte: offset)
      return true
    }
  }

  /// Turns over one random bit in a byte of `range` that is not zero, so that something is really changed. Answers
  /// where; nil when all is zero there.
  public func rot(_ file: String, in range: Range<UInt64>) -> UInt64? {
    with { volume in
      guard let inode = volume.inode(file) else { return nil }
      let bytes = inode.contents(durable: true)
      let end = min(Int(range.upperBound), bytes.count)
      let used = (min(Int(range.lowerBound), end)..<end).filter { bytes[$0] != 0 }
      guard !used.isEmpty else { return nil }
      let offset = UInt64(used[volume.random.below(used.count)])
      inode.flip(bit: volume.random.below(8), ofByte: offset)
      return offset
    }
  }

  // MARK: What a test may look at

  /// Names that processes see, sorted.
  public var names: [String] { with { $0.names.keys.sorted() } }

  /// Names that are there after any power cut, sorted.
  public var durableNames: [String] { with { $0.durableNames.keys.sorted() } }

  /// A file's bytes as processes see them.
  public func contents(_ file: String) -> [UInt8]? { with { $0.inode(file)?.contents(durable: false) } }

  /// A file's bytes on the medium.
  public func durableContents(_ file: String) -> [UInt8]? { with { $0.inode(file)?.contents(durable: true) } }

  /// Makes a file with these bytes, durable at once: a folder brought from elsewhere.
  public func put(_ file: String, _ bytes: [UInt8]) { with { $0.put(file, bytes) } }

  /// How many files had which of their unsynchronized writes at power cuts: `new` all, `old` none, `torn` some,
  /// `reordered` a later one without an earlier one, `garbage` bytes that nobody wrote.
  public var settlements: [String: Int] { with { $0.settlements } }

  /// Number of operations so far, failed ones included.
  public var operationCount: Int { with { $0.operationCount } }

  /// How often an operation was tried.
  public func count(_ operation: FileOperation) -> Int { with { $0.counts[operation] ?? 0 } }

  /// Bytes handed to write so far.
  public var bytesWritten: UInt64 { with { $0.bytesWritten } }

  /// The last operations, oldest first; at most `logLimit`.
  public var log: [DiskOperation] { with { $0.log } }

  /// How many operations the log keeps; 0 (the start) = none.
  public var logLimit: Int {
    get { with { $0.logLimit } }
    set { with { $0.logLimit = newValue } }
  }

  func with<Result: Sendable, Failure: Error>(
    _ body: (inout Volume) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try volume.withLock { (volume) throws(Failure) -> Result in try body(&volume) }
  }
}
