import Glibc
import Journal
import Till

/// Why a start did not take a journal that is whole.
package enum StartRefusal: Error, Equatable {
  /// It was last written on another machine; the parts that differ.
  case machineChanged([String])
}

extension StartRefusal: CustomStringConvertible {
  package var description: String {
    switch self {
    case .machineChanged(let parts):
      "last written on another machine (\(parts.map(Self.name).joined(separator: ", ")) differs): a copied disk, or one "
        + "that was moved"
    }
  }

  private static func name(_ part: String) -> String {
    switch part {
    case "board": "board serial number"
    case "product": "product UUID"
    default: "machine-id"
    }
  }
}

extension Engine {
  /// Refuses a till whose journal is another machine's: two boxes would give out the same numbers.
  static func check(_ till: Till, _ setup: EngineSetup) throws(StartRefusal) {
    guard let identity = till.identity, let known = till.binding else { return }
    let differences = setup.machine.binding(journal: identity.journal).differences(from: known)
    guard differences.isEmpty else { throw .machineChanged(differences) }
  }
}
