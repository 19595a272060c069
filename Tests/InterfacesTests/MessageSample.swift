import Interfaces
import JSON

/// One message type with JSON texts of it, and its reader and writer behind bytes.
struct MessageSample: Sendable, CustomStringConvertible {
  let description: String
  let required: [String]
  let optional: [String]
  /// Canonical text with every member.
  let full: [UInt8]
  /// Canonical text with only the members that must be there.
  let least: [UInt8]
  /// Reads and writes again; also checks that the second reading gives an equal value.
  let roundTrip: @Sendable (_ bytes: [UInt8], _ tolerant: Bool) throws -> [UInt8]

  struct ReadsBackDifferently: Error {}

  init<Message: WireMessage>(
    _ type: Message.Type, required: [String], optional: [String], full: String, least: String
  ) {
    description = String(reflecting: type).replacing("Interfaces.", with: "")
    self.required = required
    self.optional = optional
    // The source breaks long lines after commas.
    self.full = [UInt8](full.replacing("\n", with: "").utf8)
    self.least = [UInt8](least.replacing("\n", with: "").utf8)
    roundTrip = { bytes, tolerant in
      let message = try Message(parsing: bytes, tolerant: tolerant)
      let written = message.bytes
      guard try Message(parsing: written) == message else { throw ReadsBackDifferently() }
      return written
    }
  }

  /// The members of `full` after a change.
  func changed(_ change: (inout [JSON.Member]) -> Void) throws -> [UInt8] {
    var members = try JSON(parsing: full).object ?? []
    change(&members)
    return try JSON.object(members).bytes()
  }
}
