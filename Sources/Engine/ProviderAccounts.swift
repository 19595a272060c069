import JSON
import Journal
import Till

/// Which merchant account answers at a provider's address. What is open at one account is never said to another one.
extension ProviderDesk {
  /// What a connector says of itself; what waited for its account goes on when that is back.
  package mutating func take(_ said: ProviderAbilities, of provider: String, now: UInt64) {
    abilities[provider] = said
    for (number, var course) in courses where course.isWithheld && course.provider == provider && !isElsewhere(course) {
      course.isWithheld = false
      // However long that was, it is asked once at least.
      if course.phase != .watching { course.rounds = 0 }
      if !course.isBusy { course.nextAt = now }
      courses[number] = course
    }
  }

  /// True while who answers at its provider's address speaks for another account than it is of.
  package func isElsewhere(_ course: Course) -> Bool {
    ProviderAccount.differ(course.tender.course?.account, abilities[course.provider]?.account)
  }

  /// It is due and must not be said.
  package mutating func withhold(_ number: String, until: UInt64) {
    courses[number]?.isWithheld = true
    courses[number]?.isHinted = false
    courses[number]?.nextAt = until
  }

  /// An order met another account and was not said: as if it had never been sent.
  package mutating func notSaid(_ number: String, until: UInt64) {
    guard var course = courses[number] else { return }
    (course.isBusy, course.serial, course.hasReversed) = (false, nil, false)
    courses[number] = course
    withhold(number, until: until)
  }

  /// An order goes out to this account; its course, where that must be kept: its intent names none.
  mutating func addressed(_ number: String, serial: UInt64, to account: String) -> Course? {
    guard let course = courses[number], course.serial == serial else { return nil }
    courses[number]?.account = account
    return course.tender.state == .intent && course.tender.course?.account == nil ? course : nil
  }

  /// Payments of a provider that wait for their account.
  func elsewhere(at provider: String) -> Int {
    courses.values.count { $0.provider == provider && $0.phase != .watching && isElsewhere($0) }
  }

  /// The accounts that the connectors speak for.
  var accounts: [String: String] { abilities.compactMapValues(\.account) }
}

extension Happening {
  /// Who answers at a provider's address speaks for another account than before, and payments wait for the one or can go on.
  static func providerAccount(
    _ provider: String, account: String?, was: String?, waiting: Int, _ now: Reading
  ) -> Happening {
    var writer = JSONWriter()
    writer.beginObject()
    if let account {
      writer.key("account")
      writer.string(account)
    }
    writer.key("waiting")
    writer.integer(Int64(waiting))
    if let was {
      writer.key("was")
      writer.string(was)
    }
    writer.endObject()
    return Happening(
      topic: "device", name: "providerAccount", subject: provider, lane: nil, at: now.wallMilliseconds,
      trusted: now.trusted, data: writer.bytes)
  }
}
