import Journal

/// A fault and how many of its operations went by.
struct PendingFault: Sendable {
  let fault: DiskFault
  var seen = 0

  init(_ fault: DiskFault) { self.fault = fault }

  /// Counts an operation; answers the `errno` when it is the one to fail.
  mutating func strike(_ operation: FileOperation, _ file: String) -> Int32? {
    guard operation == fault.operation, fault.suffix.map({ file.hasSuffix($0) }) ?? true else { return nil }
    seen += 1
    return seen == fault.number || (fault.forever && seen > fault.number) ? fault.code : nil
  }
}

/// All state of a simulated disk, under its lock.
struct Volume: Sendable {
  static let inputOutput: Int32 = 5
  static let noEntry: Int32 = 2
  static let again: Int32 = 11
  static let exists: Int32 = 17
  static let badDescriptor: Int32 = 9
  static let noSpace: Int32 = 28

  var random: SplitMix64
  var media: MediaModel
  var faults: [PendingFault] = []
  var lies = false
  var spaceLeft: UInt64?
  var deadFrom: Int?
  private(set) var isDead = false

  private(set) var names: [String: Inode] = [:]
  private(set) var durableNames: [String: Inode] = [:]
  /// Changes of names since the folder was synchronized; each is applied whole or not at all.
  private var pendingNames: [[(name: String, inode: Inode?)]] = []
  private var nextInode = 1

  private var process = 0
  /// Processes up to this one are gone.
  private var endedProcess = 0
  private var lockHolder: Int?

  private(set) var operationCount = 0
  private(set) var counts: [FileOperation: Int] = [:]
  private(set) var bytesWritten: UInt64 = 0
  /// Files by what a cut did to their unsynchronized writes.
  private(set) var settlements: [String: Int] = [:]
  private(set) var log: [DiskOperation] = []
  var logLimit = 0

  init(seed: UInt64, media: MediaModel) {
    random = SplitMix64(seed: seed)
    self.media = media
  }

  // MARK: Processes and power

  mutating func startProcess() -> Int {
    process += 1
    return process
  }

  mutating func endProcesses() {
    endedProcess = process
    lockHolder = nil
  }

  mutating func releaseLock(of process: Int) {
    if lockHolder == process { lockHolder = nil }
  }

  mutating func cutPower() {
    endProcesses()
    isDead = false
    deadFrom = nil
    for change in pendingNames where random.chance(50) { apply(change, to: &durableNames) }
    pendingNames.removeAll()
    names = durableNames
    var settled: Set<Int> = []
    for (_, inode) in names.sorted(by: { $0.key < $1.key }) where settled.insert(inode.number).inserted {
      for name in inode.settle(media, &random).names { settlements[name, default: 0] += 1 }
    }
  }

  // MARK: Files

  func inode(_ name: String) -> Inode? { names[name] }

  mutating func put(_ name: String, _ bytes: [UInt8]) {
    let inode = newInode()
    bytes.withUnsafeBytes { inode.write($0, at: 0) }
    inode.synchronize()
    names[name] = inode
    durableNames[name] = inode
  }

  mutating func open(_ name: String, process: Int) throws(FileError) -> Inode {
    try begin(.open, name, process)
    guard let inode = names[name] else { throw failed(.open, name, Self.noEntry) }
    return inode
  }

  mutating func create(_ name: String, process: Int) throws(FileError) -> Inode {
    let death = try begin(.create, name, process)
    guard names[name] == nil else { throw failed(.create, name, Self.exists) }
    let inode = newInode()
    change([(name, inode)])
    if let death { throw death }
    return inode
  }

  mutating func rename(_ from: String, to: String, process: Int) throws(FileError) {
    let death = try begin(.rename, "\(from) → \(to)", process)
    guard let inode = names[from] else { throw failed(.rename, from, Self.noEntry) }
    change([(from, nil), (to, inode)])
    if let death { throw death }
  }

  mutating func unlink(_ name: String, process: Int) throws(FileError) {
    let death = try begin(.unlink, name, process)
    guard let inode = names[name] else { throw failed(.unlink, name, Self.noEntry) }
    change([(name, nil)])
    if let left = spaceLeft { spaceLeft = left + inode.allocated }
    if let death { throw death }
  }

  mutating func list(process: Int) throws(FileError) -> [String] {
    try begin(.list, "", process)
    // No particular order, but the same one for the same seed.
    return names.keys.sorted().shuffled(using: &random)
  }

  mutating func synchronizeDirectory(process: Int) throws(FileError) {
    if let death = try begin(.synchronizeDirectory, "", process) { throw death }
    if lies { return }
    for change in pendingNames { apply(change, to: &durableNames) }
    pendingNames.removeAll()
  }

  mutating func lock(process: Int) throws(FileError) {
    try begin(.lock, "", process)
    guard lockHolder == nil || lockHolder == process else { throw failed(.lock, "", Self.again) }
    lockHolder = process
  }

  mutating func read(
    _ inode: Inode, _ name: String, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64, direct: Bool,
    process: Int
  ) throws(FileError) -> Int {
    try begin(.read, name, process, offset: offset, length: UInt64(buffer.count))
    return inode.read(into: buffer, at: offset, bypassingCache: direct)
  }

  mutating func write(
    _ inode: Inode, _ name: String, _ bytes: UnsafeRawBufferPointer, at offset: UInt64, process: Int
  ) throws(FileError) {
    let death: FileError?
    do {
      death = try begin(.write, name, process, offset: offset, length: UInt64(bytes.count))
    } catch {
      // Nobody knows how much of a failed write happened.
      if isRunning(process) {
        inode.write(UnsafeRawBufferPointer(rebasing: bytes[..<random.below(bytes.count + 1)]), at: offset)
      }
      throw error
    }
    bytesWritten += UInt64(bytes.count)
    let growth = inode.growth(offset: offset, count: bytes.count)
    if let left = spaceLeft, growth > left {
      let fits = max(0, bytes.count - Int(growth - left))
      inode.write(UnsafeRawBufferPointer(rebasing: bytes[..<fits]), at: offset)
      spaceLeft = 0
      throw failed(.write, name, Self.noSpace)
    }
    if let left = spaceLeft { spaceLeft = left - growth }
    inode.write(bytes, at: offset)
    if let death { throw death }
  }

  mutating func synchronize(_ inode: Inode, _ name: String, process: Int) throws(FileError) {
    let death: FileError?
    do {
      death = try begin(.synchronize, name, process)
    } catch {
      if isRunning(process) { inode.losePendingWrites(media, &random) }
      throw error
    }
    // The power went during it: what is dirty stays dirty, and `cutPower` decides.
    if let death { throw death }
    if !lies { inode.synchronize() }
  }

  mutating func truncate(_ inode: Inode, _ name: String, to size: UInt64, process: Int) throws(FileError) {
    let death = try begin(.truncate, name, process, length: size)
    if let left = spaceLeft, size < inode.allocated { spaceLeft = left + inode.allocated - size }
    inode.truncate(to: size)
    if let death { throw death }
  }

  mutating func allocate(_ inode: Inode, _ name: String, _ size: UInt64, process: Int) throws(FileError) {
    let death = try begin(.allocate, name, process, length: size)
    let growth = size > inode.allocated ? size - inode.allocated : 0
    if let left = spaceLeft {
      guard growth <= left else { throw failed(.allocate, name, Self.noSpace) }
      spaceLeft = left - growth
    }
    inode.reserve(size)
    if let death { throw death }
  }

  mutating func size(_ inode: Inode, _ name: String, process: Int) throws(FileError) -> UInt64 {
    try begin(.size, name, process)
    return inode.size
  }

  // MARK: Inside

  /// Counts and logs an operation and lets it fail when it is its turn. When the power goes during it, the caller
  /// carries it out as something unsynchronized and then throws what is answered here.
  @discardableResult
  private mutating func begin(
    _ operation: FileOperation, _ file: String, _ process: Int, offset: UInt64 = 0, length: UInt64 = 0
  ) throws(FileError) -> FileError? {
    guard process > endedProcess else {
      throw FileError(operation, file, code: Self.badDescriptor, detail: "the process is gone")
    }
    let dead = FileError(operation, file, code: Self.inputOutput, detail: "no power")
    guard !isDead else { throw dead }
    operationCount += 1
    counts[operation, default: 0] += 1
    if logLimit > 0 {
      if log.count >= logLimit { log.removeFirst(log.count - logLimit + 1) }
      log.append(
        DiskOperation(number: operationCount, operation: operation, file: file, offset: offset, length: length))
    }
    if let deadFrom, operationCount >= deadFrom {
      isDead = true
      return dead
    }
    var code: Int32?
    for index in faults.indices { code = faults[index].strike(operation, file) ?? code }
    if let code { throw failed(operation, file, code) }
    return nil
  }

  private mutating func failed(_ operation: FileOperation, _ file: String, _ code: Int32) -> FileError {
    if !log.isEmpty { log[log.count - 1].code = code }
    return FileError(operation, file, code: code, detail: "simulated")
  }

  private func isRunning(_ process: Int) -> Bool { process > endedProcess && !isDead }

  private mutating func newInode() -> Inode {
    defer { nextInode += 1 }
    return Inode(number: nextInode)
  }

  private mutating func change(_ change: [(name: String, inode: Inode?)]) {
    apply(change, to: &names)
    pendingNames.append(change)
  }

  private func apply(_ change: [(name: String, inode: Inode?)], to names: inout [String: Inode]) {
    for (name, inode) in change { names[name] = inode }
  }
}
