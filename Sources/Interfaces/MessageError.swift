import JSON

/// Why the parameters of a call, or of a reply, were refused. On the wire this is
/// `org.varlink.service.InvalidParameter(parameter)`.
public struct MessageError: Error, Hashable, Sendable {
  /// The parameter, as a path from the message: `sale`, `lines[3].quantity`. Empty: the parameters are no object.
  public private(set) var parameter: String
  /// What is wrong with it.
  public let cause: Cause

  /// What can be wrong with a parameter.
  public enum Cause: Hashable, Sendable {
    /// The method has no such parameter.
    case unknown
    /// A parameter that must be there is absent or null.
    case missing
    /// It stands twice.
    case duplicate
    /// The value is none of the enumeration's.
    case notInEnumeration
    /// The integer is outside ±(2⁵³ − 1).
    case outOfRange
    /// A value of another type, or no JSON at all.
    case malformed(JSONError)
  }

  init(_ parameter: String, _ cause: Cause) {
    self.parameter = parameter
    self.cause = cause
  }

  static func missing(_ name: StaticString) -> MessageError {
    MessageError(name.description, .missing)
  }

  init(_ error: JSONError) {
    self.init("", .malformed(error))
  }

  /// The same error, seen from the message that holds this one as `name`.
  func within(_ name: String) -> MessageError {
    var outer = self
    if parameter.isEmpty {
      outer.parameter = name
    } else {
      outer.parameter = parameter.utf8.first == UInt8(ascii: "[") ? name + parameter : name + "." + parameter
    }
    return outer
  }
}

extension MessageError: CustomStringConvertible {
  /// One sentence: which parameter, what, and what to do.
  public var description: String {
    let subject = parameter.isEmpty ? "parameters" : "parameter \(parameter)"
    return switch cause {
    case .unknown: "\(subject): the method has none of this name; check the spelling"
    case .missing: "\(subject): missing; it must be given"
    case .duplicate: "\(subject): given twice; give it once"
    case .notInEnumeration: "\(subject): not one of the values the interface lists"
    case .outOfRange: "\(subject): integer outside ±(2^53-1)"
    case .malformed(let error): "\(subject): \(error)"
    }
  }
}
