/// Why a proof, a checkpoint, a signed note or a key was refused.
public enum ProofError: Error, Equatable, Sendable {
  /// The text breaks the format; what is wrong with it.
  case malformed(String)
  /// A length or count is above this build's limit; which one.
  case limitExceeded(String)
  /// No signature of a known key stands under the note.
  case unsigned
  /// A known key's signature does not fit the text: the key's name.
  case badSignature(String)
  /// The key string is malformed or of an algorithm this build does not know.
  case badKey(String)
  /// The checkpoint is of another log: its origin.
  case wrongOrigin(String)
  /// The leaf or the old tree is not inside the tree.
  case outOfRange
  /// The range is no subtree.
  case invalidSubtree
  /// The path has too many or too few hashes for the sizes.
  case wrongPathLength
  /// The path does not lead to the root.
  case rootMismatch
  /// The cryptographic library refused; in what.
  case library(String)
}
