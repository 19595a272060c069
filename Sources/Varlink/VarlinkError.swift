import JSON

/// Everything that can go wrong in this module.
public enum VarlinkError: Error, Sendable, Hashable {
  /// An interface description does not follow the grammar.
  case definition(line: Int, column: Int, problem: String)
  /// A service was put together wrongly: an interface twice, a handler for a method that is not declared.
  case service(String)
  /// Text that is no Varlink address this module understands (`unix:/path`, `unix:@name`).
  case address(String)
  /// Somebody else is listening there.
  case addressInUse(String)
  /// Something that is no socket stands at the path; it is left alone.
  case notASocket(String)
  /// No listening socket was handed over under that name.
  case noActivationSocket(String)
  /// The system refused: which step, on what, and its error number.
  case system(step: String, subject: String, number: Int32)
  /// A message longer than the limit.
  case messageTooLong(maximum: Int)
  /// A message that is not JSON.
  case json(JSONError)
  /// A message that is JSON but no call or reply.
  case message(String)
  /// The deadline passed. What the far side did is unknown.
  case timedOut
  /// The far side closed the connection. What it did with an unanswered call is unknown.
  case closed
  /// The far side answered with an error; `parameters` is its JSON object.
  case remote(name: String, parameters: [UInt8])
}

extension VarlinkError: CustomStringConvertible {
  /// One line: what happened and, where there is one, the cure.
  public var description: String {
    switch self {
    case .definition(let line, let column, let problem): "line \(line), column \(column): \(problem)"
    case .service(let problem): problem
    case .address(let text): "\"\(text)\" is no address; write unix:/path or unix:@name"
    case .addressInUse(let path): "\(path): another process is listening there; stop it first"
    case .notASocket(let path): "\(path): exists and is no socket; remove it or choose another path"
    case .noActivationSocket(let name): "no listening socket called \"\(name)\" was handed over; set FileDescriptorName"
    case .system(let step, let subject, let number): "\(subject): \(step) failed: \(systemMessage(number))"
    case .messageTooLong(let maximum): "message longer than \(maximum) bytes"
    case .json(let error): error.description
    case .message(let problem): problem
    case .timedOut: "no answer in time; the outcome is unknown"
    case .closed: "connection closed before the answer; the outcome is unknown"
    case .remote(let name, let parameters): "\(name) \(String(decoding: parameters, as: UTF8.self))"
    }
  }
}
