import Engine
import Journal
import SimulatedDisk
import Till

// Codes that tills show, whoever scans them, and what providers say of news.
extension World {
  /// Milliseconds in which somebody scans a code who does.
  private static let scanTime = 40_000
  /// The same where the code was said to be closed.
  private static let hurry = 5_000
  /// Milliseconds that a word of news is late at the most.
  private static let hintTime = 3_000

  /// The order of a code arrives.
  func create(_ sent: PaymentNetwork.Sent, _ code: CodeOrder) -> ProviderAnswer? {
    let (name, number) = (sent.provider, sent.order.number)
    let isNew = providers[name]?.orders[number] == nil
    let answer = providers[name]?.create(sent.order, code, age: age(number))
    guard let order = providers[name]?.orders[number] else { return answer }
    watch.codes.insert(order.code)
    if isNew, order.state == .open, order.nature.fate == .pays, chance.chance(80) {
      post(.scan(name, number: number), within: Self.scanTime)
    }
    return answer
  }

  /// An order is to be closed; whoever holds its code before his eyes may be quicker.
  func close(_ sent: PaymentNetwork.Sent) -> ProviderAnswer? {
    let (name, number) = (sent.provider, sent.order.number)
    let answer = providers[name]?.close(number)
    if answer == .closed, providers[name]?.orders[number]?.state == .open {
      counts["codes saidClosed"] += 1
      post(.scan(name, number: number), within: Self.hurry)
    }
    return answer
  }

  /// Somebody scans a code: he pays, unless its order is over.
  func scan(_ name: String, _ number: String) {
    guard providers[name]?.scan(number) == true else { return }
    counts["codes scanned"] += 1
    trace("\(name): somebody pays \(number) by its code")
    moved(number)
    hint(name, number)
  }

  /// What the code says comes before the answer to its order.
  func show(_ sent: PaymentNetwork.Sent, _ answer: ProviderAnswer) {
    guard sent.order.step.isCode, answer == .pending, let instance,
      let content = providers[sent.provider]?.content(sent.order.number)
    else { return }
    counts["codes shown"] += 1
    instance.inputs.append(
      .provider(
        name: sent.provider, .shown(number: sent.order.number, serial: sent.order.serial, content: content)))
  }

  /// Whoever looks sees a code only as long as its order can be paid, by what is durable.
  func checkCodes(_ snapshot: Snapshot) {
    guard judgesOrder, !isOver, !snapshot.codes.isEmpty else { return }
    for tender in snapshot.till.sales.values.flatMap(\.tenders) where tender.showsCode {
      guard let number = tender.number, snapshot.codes[number] != nil else { continue }
      counts["codes seen"] += 1
      guard let kept = payments.payment(number)?.tender, !kept.showsCode else { continue }
      fail(.books, "the code of \(number) is seen, which is \(kept.state.rawValue)")
    }
  }

  // MARK: - news

  /// There is news of an order: said not at all, once, or often.
  func hint(_ name: String, _ number: String) {
    for _ in 0..<(network.isWell ? 1 : chance.below(4)) {
      counts["hints true"] += 1
      post(.hint(name, number: number, life: life), within: Self.hintTime)
    }
  }

  /// A provider says that there is news where there is none: of any order, its own or not, or of nobody's.
  func mislead(_ name: String) {
    let known = Self.providerNames.flatMap { providers[$0]?.orders.keys.sorted() ?? [] }
    guard let number = chance.chance(90) ? known.randomElement(using: &chance) : "NOBODYS" else { return }
    for _ in 0...chance.below(3) {
      counts["hints false"] += 1
      post(.hint(name, number: number, life: life), within: Self.hintTime)
    }
  }

  /// A word of news reaches the box.
  func hear(_ name: String, _ number: String) {
    guard isAlive, !network.away.contains(name), let instance else { return }
    trace("\(name): there may be news of \(number)")
    network.hinted.insert(number)
    instance.inputs.append(.provider(name: name, .hint(number: number)))
  }
}
