import Interfaces
import JSON
import Testing

/// What every generated reader and writer must do, for each message of each interface.
@Suite struct MessageTests {
  @Test(arguments: MessageSamples.all)
  func writesWhatItReadInCanonicalForm(sample: MessageSample) throws {
    #expect(try sample.roundTrip(sample.full, false) == sample.full)
    #expect(try sample.roundTrip(sample.least, false) == sample.least)
    #expect(try JSON(parsing: sample.full).canonicalBytes() == sample.full)
  }

  @Test(arguments: MessageSamples.all)
  func nullIsAbsent(sample: MessageSample) throws {
    let nulls = try sample.changed { members in
      for index in members.indices where sample.optional.contains(members[index].key) { members[index].value = .null }
    }
    let without = try sample.changed { members in members.removeAll { sample.optional.contains($0.key) } }
    #expect(try sample.roundTrip(nulls, false) == sample.roundTrip(without, false))
    for name in sample.required {
      let bytes = try sample.changed { members in
        for index in members.indices where members[index].key == name { members[index].value = .null }
      }
      #expect(parameter { try sample.roundTrip(bytes, false) } == name)
    }
  }

  @Test(arguments: MessageSamples.all)
  func namesWhatIsMissing(sample: MessageSample) throws {
    for name in sample.required {
      let bytes = try sample.changed { members in members.removeAll { $0.key == name } }
      #expect(failure { try sample.roundTrip(bytes, true) }?.cause == .missing)
      #expect(parameter { try sample.roundTrip(bytes, true) } == name)
    }
  }

  @Test(arguments: MessageSamples.all)
  func refusesWhatItDoesNotKnow(sample: MessageSample) throws {
    let bytes = try sample.changed { $0.append(JSON.Member("surprise", ["a": 1])) }
    #expect(failure { try sample.roundTrip(bytes, false) }?.cause == .unknown)
    #expect(parameter { try sample.roundTrip(bytes, false) } == "surprise")
    #expect(try sample.roundTrip(bytes, true) == sample.full)
  }

  @Test(arguments: MessageSamples.all)
  func refusesDuplicates(sample: MessageSample) throws {
    for name in sample.required + sample.optional {
      // The JSON writer writes what it is told, so a duplicate can be made; null first must not hide it.
      let twice = try sample.changed { members in
        guard let member = members.first(where: { $0.key == name }) else { return }
        members.append(member)
      }
      #expect(failure { try sample.roundTrip(twice, false) }?.cause == .duplicate)
      #expect(parameter { try sample.roundTrip(twice, true) } == name)
      guard sample.optional.contains(name) else { continue }
      let afterNull = try sample.changed { members in members.insert(JSON.Member(name, .null), at: 0) }
      #expect(failure { try sample.roundTrip(afterNull, false) }?.cause == .duplicate)
    }
  }

  @Test(arguments: MessageSamples.all)
  func refusesOtherTypes(sample: MessageSample) throws {
    for name in sample.required + sample.optional {
      let type = try JSON(parsing: sample.full)[name]?.type
      for value in [true, 7, "text", [], [:], 1.5] as [JSON] where value.type != type || value == 1.5 {
        let bytes = try sample.changed { members in
          for index in members.indices where members[index].key == name { members[index].value = value }
        }
        #expect(parameter { try sample.roundTrip(bytes, false) } == name, "\(value)")
      }
    }
  }

  @Test(arguments: MessageSamples.all)
  func refusesWhatIsNoObject(sample: MessageSample) {
    for text in ["[]", "null", "1", "", "{", "{}}", "{\"a\"}"] {
      #expect(throws: MessageError.self) { try sample.roundTrip([UInt8](text.utf8), false) }
    }
  }

  private func failure(_ body: () throws -> [UInt8]) -> MessageError? {
    do {
      _ = try body()
      return nil
    } catch {
      return error as? MessageError
    }
  }

  private func parameter(_ body: () throws -> [UInt8]) -> String? {
    failure(body)?.parameter
  }
}
