/// Something wrong in a configuration file.
public struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
  public let file: String
  /// From 1; nil when the place cannot be told.
  public let line: Int?
  /// The field's full name, for example `printer[1].address`; empty for the file as a whole.
  public let field: String
  /// What is wrong and what would be right.
  public let message: String

  public var description: String {
    let place = line.map { "\(file):\($0)" } ?? file
    return field.isEmpty ? "\(place): \(message)" : "\(place): \(field): \(message)"
  }
}

/// All that is wrong in a file, in the order of its lines.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  public let problems: [ConfigurationProblem]

  public init(_ problems: [ConfigurationProblem]) { self.problems = problems }

  /// Something wrong with the file as a whole.
  public init(file: String, _ message: String) {
    self.init([ConfigurationProblem(file: file, line: nil, field: "", message: message)])
  }

  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
