import Glibc
import Synchronization
import VirtualDevices

/// Lines on standard output. Without `--json` only what must be known, so that nobody has to read on.
final class Output: Sendable {
  private let isJSON: Bool
  private let lock = Mutex(())

  init(json: Bool) { isJSON = json }

  /// The answer to an order from standard input.
  func answer(_ line: String) { put(line) }

  /// An event that only readers of JSON want.
  func detail(_ name: String, _ fields: [(String, Field)] = []) {
    if isJSON { event(name, fields) }
  }

  /// One line: the event's name and, in order, its fields.
  func event(_ name: String, _ fields: [(String, Field)] = []) {
    var line: String
    if isJSON {
      line = "{\"event\":" + jsonText(name)
      for (key, field) in fields { line += "," + jsonText(key) + ":" + field.json }
      line += "}"
    } else {
      line = ([name] + fields.map(\.1.plain)).joined(separator: " ")
    }
    put(line)
  }

  private func put(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    lock.withLock { _ in
      _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
  }

  enum Field {
    case text(String)
    case number(Int)

    var json: String {
      switch self {
      case .text(let text): jsonText(text)
      case .number(let number): String(number)
      }
    }

    var plain: String {
      switch self {
      case .text(let text): text
      case .number(let number): String(number)
      }
    }
  }
}
