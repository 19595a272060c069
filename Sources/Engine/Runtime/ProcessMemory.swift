import CLinux

/// What the process keeps of its own code in memory.
public enum ProcessMemory {
  /// Lets go of code that only the start needed. A start touches the better part of the program once, above all the
  /// tables of a dozen libraries; selling needs a third of it, which comes back by itself.
  public static func forgetStart() { counterfoil_unmap_code() }
}
