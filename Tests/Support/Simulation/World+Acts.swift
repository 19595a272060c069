import Devices
import Engine
import Journal
import Records
import Till

// What clients, printers and the other threads do.
extension World {
  func call() {
    guard let instance, requests.count(where: { $0.token != nil }) < 12 else { return }
    guard let request = shopper.next(instance.drain.snapshot.till, stubs: shadow.stubs, &random) else { return }
    requests.append(request)
    if let code = request.code { watch.codes.insert(String(decoding: code, as: UTF8.self)) }
    send(requests.count - 1)
    // Two people want the same of one stub at the same time.
    if !request.stubs.isEmpty, random.chance(40) {
      var twin = request
      twin.key = "twin-" + request.key
      twin.entropy = [random.next(), random.next()]
      requests.append(twin)
      send(requests.count - 1)
    }
  }

  /// Asks again: what was never answered, or now and then what was.
  func retry() {
    let open = requests.indices.filter {
      if case .open = requests[$0].state { return requests[$0].token == nil }
      return false
    }
    if !open.isEmpty, random.chance(80) { return send(open[random.below(open.count)]) }
    guard !requests.isEmpty else { return }
    counts["askedAgain"] += 1
    send(random.below(requests.count))
  }

  func send(_ index: Int) {
    let request = requests[index]
    if case .refused = request.state { return }
    let token = nextToken
    nextToken += 1
    tokens[token] = index
    requests[index].token = token
    trace("call \(token) \(request.method) \(request.key)")
    instance?.inputs.append(.call(wire(request, token: token, hash: SHA256.hash([UInt8](request.key.utf8)))))
  }

  /// Another call under a key that is taken.
  func reuseKey() {
    guard let index = requests.indices.last(where: { requests[$0].isDurable }) else { return }
    let token = nextToken
    nextToken += 1
    instance?.reused.insert(token)
    instance?.inputs.append(.call(wire(requests[index], token: token, hash: .zero)))
  }

  private func wire(_ request: Request, token: UInt64, hash: Digest) -> Call {
    Call(
      token: token, method: request.method, key: request.key, requestHash: hash, userID: 1000,
      event: planted(request.event),
      operator: "1001", verifiedBy: .application, entropy: request.entropy, stubs: request.stubs, note: request.note,
      paymentCode: request.code)
  }

  /// A printer says something, or somebody touches one.
  func device() {
    let names = printers.keys.sorted()
    let name = names[random.below(names.count)]
    if random.chance(8) {
      printers[name]?.toggle()
      trace("\(name) is switched")
    }
    guard let report = printers[name]?.next() else { return }
    trace("\(name): \(report)")
    instance?.inputs.append(.printer(name: name, report))
  }

  /// The lookup thread gets some time.
  func lookUp() {
    guard let instance else { return }
    for _ in 0...random.below(3) where !instance.waiting.isEmpty && isAlive {
      let lookup = instance.waiting.removeFirst()
      trace("lookup of \(lookup.name)")
      let outcome = instance.lookups.carryOut(lookup)
      guard isAlive else { return }
      switch outcome {
      case .answer(let token, let result): answered(token, result)
      case .input(let input): instance.inputs.append(input)
      }
    }
  }

  /// The effects thread gets some time.
  func carryOut() {
    guard let instance else { return }
    for _ in 0...random.below(4) where !instance.effects.isEmpty && isAlive {
      carryOut(instance.effects.removeFirst())
    }
  }

  private func carryOut(_ effect: RegisterEffect) {
    switch effect {
    case .provider(let name, let order): send(order, to: name)
    case .ask(let printer): printers[printer]?.ask()
    case .cancel(let printer, let job): printers[printer]?.cancel(job: job)
    case .kick(let printer, let order):
      if !kicked.insert(order).inserted { fail(.kickedTwice, order) }
      counts["kicks"] += 1
      printers[printer]?.kick(order: order, random.below(100))
    case .print(let printer, let job, let attempt, let content, let marked):
      guard printers[printer]?.print(job: job, random.below(100)) ?? false else { return }
      var stub: String?
      if case .slip(let slip) = content, case .stub(_, let place, let document, _) = slip.matter {
        stub = "\(document.rawValue) \(place.leaf.hex)"
      }
      let paper = Paper(printer: printer, job: job, attempt: attempt, marked: marked, stub: stub)
      trace("paper \(job)#\(attempt) \(marked ? "补打 " : "")\(stub?.prefix(20) ?? "")")
      if let stub, !marked, papers.contains(where: { $0.stub == stub && !$0.marked }) {
        fail(.unmarkedTwice, "\(job) attempt \(attempt): \(stub)")
      }
      papers.append(paper)
      counts[marked ? "marked" : "unmarked"] += 1
    }
  }

  // MARK: what comes out of the engine

  /// An effect leaves the drain: its record must be on the medium.
  func left(_ effect: RegisterEffect) {
    guard judgesOrder else { return }
    switch effect {
    case .print(_, let job, let attempt, _, _):
      if !watch.starts.contains("\(job)#\(attempt)") { fail(.early, "print of \(job) attempt \(attempt)") }
    case .kick(_, let order):
      if !watch.orders.contains(order) { fail(.early, "pulse for \(order)") }
    case .provider(let name, let order): left(order, name)
    case .ask, .cancel: break
    }
  }

  /// The connection was closed without an answer.
  func abandoned(_ token: UInt64) {
    trace("no answer to \(token)")
    counts["abandoned"] += 1
    if let index = tokens.removeValue(forKey: token) { requests[index].token = nil }
  }

  func answered(_ token: UInt64, _ result: Result<Answer, CallError>) {
    note(token)
    if instance?.reused.remove(token) != nil { return answeredToReuse(token, result) }
    guard let index = tokens.removeValue(forKey: token) else { return }
    if requests[index].token == token { requests[index].token = nil }
    switch result {
    case .success(let answer): accept(answer, index, token)
    case .failure(let error): refuse(error, index, token)
    }
  }

  private func answeredToReuse(_ token: UInt64, _ result: Result<Answer, CallError>) {
    switch result {
    case .failure(.keyReused): counts["keyReused"] += 1
    case .failure(.notSelling), .failure(.busy): break
    case .failure(.fault) where isFaulty || disk.isDead: break
    default: fail(.answeredDifferently, "another call under a taken key got \(result)")
    }
  }

  private func accept(_ answer: Answer, _ index: Int, _ token: UInt64) {
    let request = requests[index]
    trace("answer \(token) \(request.key) at \(answer.first)")
    note(answer.first)
    let isDurable = answer.isDurable
    if isDurable, judgesOrder, answer.last >= watch.end {
      fail(.early, "answer to \(request.key) at \(answer.first), durable before \(watch.end)")
    }
    if let kept = shadow.keys[request.key], kept.first != answer.first {
      fail(.answeredDifferently, "\(request.key) stands at \(kept.first) and is answered with \(answer.first)")
    }
    if case .answered(let before) = request.state, let difference = before.difference(answer) {
      fail(.answeredDifferently, "\(request.key): \(difference)")
    }
    counts[isDurable ? "answers" : "edits"] += 1
    requests[index].state = .answered(answer)
    requests[index].isDurable = isDurable
  }

  private func refuse(_ error: CallError, _ index: Int, _ token: UInt64) {
    let request = requests[index]
    trace("refusal \(token) \(request.key): \(error)")
    let isKnown = shadow.keys[request.key] != nil || request.isDurable
    switch error {
    case .notSelling, .busy: counts["notSelling"] += 1
    case .archived where isArchived(request): counts["archived"] += 1
    case .fault, .archived, .damaged, .noSuchRecord, .noCheckpoint, .journalRule, .atWork:
      if !isFaulty { fail(.fault, "\(request.key): \(error)") }
    case .keyReused: fail(.answeredDifferently, "\(request.key): \(error)")
    case .refused, .noSuchStub, .noSuchDevice:
      counts["refusals"] += 1
      if isKnown { fail(.answeredDifferently, "\(request.key) was done and is refused: \(error)") }
      requests[index].state = .refused
    }
  }
}

extension World {
  /// The answer to this was moved away with its segment.
  private func isArchived(_ request: Request) -> Bool {
    guard let archivedBefore, case .answered(let answer) = request.state else { return false }
    return answer.first < archivedBefore
  }
}

extension Lookup {
  /// For people.
  fileprivate var name: String {
    switch self {
    case .recall(let token, _, _, _, let sequence): "the answer to \(token) at \(sequence)"
    case .key(let call): "the key of \(call.token)"
    case .facts(let call, let upTo): "facts for \(call.token) up to \(upTo)"
    case .document(let job): "the document of \(job.id)"
    }
  }
}

extension Answer {
  /// Basket edits are answered from memory; all else only from the disk.
  var isDurable: Bool { records.contains { KindTable.row($0.fact.kind).durability == .now } }
  /// The last record at least; parts come on top.
  var last: UInt64 { first + UInt64(records.count) - 1 }

  func difference(_ other: Answer) -> String? {
    if first != other.first { return "first at \(first), then at \(other.first)" }
    if stub != other.stub { return "two stubs" }
    return records == other.records ? nil : "other records"
  }
}
