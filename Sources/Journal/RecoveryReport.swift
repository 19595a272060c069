/// What recovery found and did when the journal was opened.
public struct RecoveryReport: Sendable, Hashable {
  /// What the newest segment's end looked like.
  public enum Outcome: String, Sendable {
    /// Made by this process.
    case created
    /// The daemon had been stopped: nothing to do.
    case stopped
    /// The daemon had not been stopped, but nothing was cut.
    case clean
    /// The last batch was not whole; what was not a complete event went to quarantine.
    case torn
  }

  /// How the newest segment ended.
  public internal(set) var outcome: Outcome = .created
  /// Records kept; the first new one gets this sequence.
  public internal(set) var keptSequence: UInt64 = 0
  /// Bytes cut off the end.
  public internal(set) var cutBytes: UInt64 = 0
  /// Whole records among them; their event was not complete.
  public internal(set) var cutRecords: UInt64 = 0
  /// Where the cut bytes are kept.
  public internal(set) var quarantine: String?
  /// How far past the page cache the newest segment was read.
  public internal(set) var bypass: CacheBypass?
  /// A sealed segment had no successor, or its successor no header; it was made.
  public internal(set) var completedSwitch = false
  /// What the `checkpoint` file said.
  public internal(set) var checkpoint = CheckpointState.missing
  /// Things that went wrong without stopping the journal, for the log.
  public internal(set) var warnings: [String] = []

  /// What the `checkpoint` file said.
  public enum CheckpointState: Sendable, Hashable {
    case missing
    /// Torn, or not signed by the key of this journal.
    case unusable(String)
    /// Its size is before the newest segment, so that its root was not compared.
    case older(size: UInt64)
    /// Size and root are this journal's.
    case matches(size: UInt64)
  }
}
