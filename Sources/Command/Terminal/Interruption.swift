import Glibc
import Synchronization

/// What is said when a person ends the program with Ctrl-C.
enum Interruption {
  private static let words = Mutex("")

  /// From now on Ctrl-C says these lines and ends. To be called before any other thread begins.
  static func says(_ lines: [String]) {
    words.withLock { $0 = "\n" + lines.joined(separator: "\n") + "\n" }
    var signals = only()
    guard pthread_sigmask(SIG_BLOCK, &signals, nil) == 0 else { return }
    var thread = pthread_t()
    pthread_create(&thread, nil, { _ in Interruption.wait() }, nil)
  }

  private static func wait() -> UnsafeMutableRawPointer? {
    var signals = only()
    var signal: Int32 = 0
    while sigwait(&signals, &signal) != 0 {}
    Terminal.writeError(words.withLock { $0 })
    // What a shell makes of SIGINT.
    _exit(128 + SIGINT)
  }

  private static func only() -> sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    return signals
  }
}
