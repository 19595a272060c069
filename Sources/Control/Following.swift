import Engine
import Interfaces
import JSON
import Varlink

/// What an answer may go on to tell of.
enum FollowSubject {
  case job(Wire.Job)
  case drawer(order: String, Wire.DrawerOutcome)
  case tender(sale: String, Wire.Tender)
}

/// Where in an answer the thing stands that goes on after it.
struct Follow<Output> {
  let subject: (Output) -> FollowSubject?
  /// The answer with the thing as it stands later.
  let rewritten: (Output, FollowSubject) -> Output

  /// The answer's print job, if it has one.
  static func job(_ path: WritableKeyPath<Output, Wire.Job?>) -> Follow {
    Follow(
      subject: { $0[keyPath: path].map { .job($0) } },
      rewritten: { output, subject in
        var output = output
        if case .job(let job) = subject { output[keyPath: path] = job }
        return output
      })
  }

  /// The answer's print job.
  static func job(_ path: WritableKeyPath<Output, Wire.Job>) -> Follow {
    Follow(
      subject: { .job($0[keyPath: path]) },
      rewritten: { output, subject in
        var output = output
        if case .job(let job) = subject { output[keyPath: path] = job }
        return output
      })
  }

  /// The answer's print job; while the tender is not settled, the tender.
  static func tender(
    _ tender: WritableKeyPath<Output, Wire.Tender>, of sale: KeyPath<Output, String>,
    job: WritableKeyPath<Output, Wire.Job?>
  ) -> Follow {
    Follow(
      subject: { output in
        if let job = output[keyPath: job] { return .job(job) }
        let now = output[keyPath: tender]
        return now.state.isLive ? .tender(sale: output[keyPath: sale], now) : nil
      },
      rewritten: { output, subject in
        var output = output
        switch subject {
        case .job(let now): output[keyPath: job] = now
        case .tender(_, let now): output[keyPath: tender] = now
        case .drawer: break
        }
        return output
      })
  }

  /// The answer's order of a drawer.
  static func drawer(
    order: KeyPath<Output, String>, outcome: WritableKeyPath<Output, Wire.DrawerOutcome>
  ) -> Follow {
    Follow(
      subject: { .drawer(order: $0[keyPath: order], $0[keyPath: outcome]) },
      rewritten: { output, subject in
        var output = output
        if case .drawer(_, let outcomeNow) = subject { output[keyPath: outcome] = outcomeNow }
        return output
      })
  }
}

/// One call with `more` that follows a print job.
struct Follower {
  let id: UInt64
  let reply: VarlinkReply
  let rewrite: (Wire.Job, inout JSONWriter) -> Void
}

/// What is known of the print jobs of this run, beyond what the till keeps: levels, bytes, reasons, and how those that
/// are over have ended. Belongs to the loop.
struct JobBoard {
  /// Ended jobs that are remembered, at least; at most twice as many.
  static let kept = 1_000

  private var jobs: [String: Wire.Job] = [:]
  /// In the order of their ends.
  private var ended: [String] = []
  private var over: Set<String> = []
  /// Number of the newest job that was ordered; ids count up: j1, j2, j3.
  var newest: Int64 = 0

  static func number(_ job: String) -> Int64 { Int64(job.dropFirst()) ?? 0 }

  /// A job was ordered just now. A repeated call tells of an old one, which is over or known already.
  mutating func ordered(_ job: Wire.Job) {
    guard Self.number(job.job) > newest else { return }
    newest = Self.number(job.job)
    see(job)
  }

  /// The job as the board knows it.
  subscript(job: String) -> Wire.Job? { jobs[job] }

  /// Whether the end of a job that the till has let go of is on its way here.
  func awaitsEnd(_ job: String) -> Bool {
    guard let known = jobs[job], !over.contains(job) else { return false }
    return known.outcome == .waiting || known.outcome == .started
  }

  /// All jobs that the board knows. One that the till has let go of may lack its end for a moment: it is on its way here.
  var all: some Collection<Wire.Job> { jobs.values }

  /// The job as the till has it, with what only the board knows.
  func merged(_ job: Wire.Job) -> Wire.Job {
    guard let known = jobs[job.job] else { return job }
    var job = job
    (job.level, job.sentBytes, job.totalBytes, job.why) = (known.level, known.sentBytes, known.totalBytes, known.why)
    return job
  }

  mutating func see(_ job: Wire.Job) {
    guard !over.contains(job.job) else { return }
    jobs[job.job] = merged(job)
  }

  /// Takes in what happened to a job. Answers the job, and whether that was its end.
  mutating func note(_ name: String, _ job: String, _ data: JSON) -> (Wire.Job, ended: Bool)? {
    guard var known = jobs[job] else { return nil }
    var isOver = false
    switch name {
    case "jobStarted":
      known.outcome = .started
      known.needs = nil
      known.ordinal = data["ordinal"]?.integer ?? known.ordinal
      if data["marked"]?.bool ?? false { known.copy = .reprint }
    case "jobDecided":
      switch data["decision"]?.string {
      case "itPrinted": (known.outcome, isOver) = (.done, true)
      case "cancel": (known.outcome, isOver) = (.cancelled, true)
      default: (known.outcome, known.needs) = (.waiting, nil)
      }
    case "jobEnded":
      known.outcome = data["outcome"]?.string.flatMap(Wire.JobOutcome.init(rawValue:)) ?? .unknown
      known.why = data["why"]?.string
      known.needs = known.outcome == .unknown ? .decision : nil
      isOver = true
    default: break
    }
    if let level = data["level"]?.string.flatMap(Wire.ProofLevel.init(rawValue:)) { known.level = level }
    if let sent = data["sentBytes"]?.integer { known.sentBytes = sent }
    if let total = data["totalBytes"]?.integer { known.totalBytes = total }
    jobs[job] = known
    return (known, isOver)
  }

  /// The till does not have the job any more: it is remembered for a while.
  mutating func retire(_ job: String) {
    guard jobs[job] != nil, over.insert(job).inserted else { return }
    jobs[job]?.needs = nil
    ended.append(job)
    // Taking one off the front moves all the others: many at a time, seldom.
    guard ended.count >= 2 * Self.kept else { return }
    for old in ended.prefix(Self.kept) {
      jobs[old] = nil
      over.remove(old)
    }
    ended.removeFirst(Self.kept)
  }
}

extension Control {
  /// The job as it stands now: the till's word, the board's details, and what the printer lacks.
  func present(_ job: String, _ words: WireWords) -> Wire.Job? {
    guard let snapshot = engine?.snapshot, let queued = snapshot.till.jobs[job] else { return board[job] }
    var wire = board.merged(words.job(queued))
    if wire.needs == nil, let status = snapshot.printers[queued.printer], !status.ready {
      wire.needs = status.paper == .out ? .paper : status.cover == .open ? .cover : .printer
    }
    return wire
  }

  /// Streams the job until its end: the last reply says how it ended.
  func follow(_ job: String, _ reply: VarlinkReply, _ rewrite: @escaping (Wire.Job, inout JSONWriter) -> Void) {
    let id = token()
    followers[job, default: []].append(Follower(id: id, reply: reply, rewrite: rewrite))
    let box = UncheckedBox(self)
    reply.onCancel { box.value.followers[job]?.removeAll { $0.id == id } }
  }

  /// Notes what happened to a job and moves the calls that follow it on; the end of the job ends them.
  func advance(_ happening: Happening) {
    let job = happening.subject
    guard let engine else { return }
    if let queued = engine.snapshot.till.jobs[job], board[job] == nil {
      board.see(words(engine.snapshot).job(queued))
    }
    // The order itself comes behind the answer that told of it.
    guard happening.name != "jobQueued" else { return }
    let data = (try? JSON(parsing: happening.data)) ?? .object([])
    guard let (wire, ended) = board.note(happening.name, job, data) else { return }
    if ended, engine.snapshot.till.jobs[job] == nil { board.retire(job) }
    guard let following = followers[job] else { return }
    if ended { followers[job] = nil }
    for follower in following {
      if ended {
        follower.reply.reply { follower.rewrite(wire, &$0) }
      } else {
        _ = follower.reply.replyContinues { follower.rewrite(wire, &$0) }
      }
    }
  }

  func words(_ snapshot: Snapshot) -> WireWords {
    let identity = snapshot.till.identity
    return WireWords(
      box: identity?.journal ?? "", epoch: identity?.epoch ?? 0, currency: identity?.currency ?? "",
      codes: snapshot.codes, providerAccounts: snapshot.providerAccounts)
  }
}
