import Glibc

/// Standard output and standard error.
enum Terminal {
  /// True when a person reads standard output.
  static let isInteractive = isatty(STDOUT_FILENO) == 1
  /// True when a person reads standard error, where progress goes.
  static let showsProgress = isatty(STDERR_FILENO) == 1 && variable("TERM") != "dumb"
  /// Colours only for a person who did not switch them off (no-color.org).
  static let style = Style(isColoured: isInteractive && variable("NO_COLOR") == nil && variable("TERM") != "dumb")

  /// The same for standard error.
  static let errorStyle = Style(isColoured: showsProgress && variable("NO_COLOR") == nil)

  /// Writes to standard output. A reader that has gone ends the program quietly, as it does every filter; output that
  /// cannot be written, as on a full disk, ends it with an error, for half an output looks like a whole one.
  static func write(_ text: String) {
    let error = write(text, STDOUT_FILENO)
    if error != 0 { endWithoutOutput(error) }
  }

  static func writeLine(_ line: String = "") {
    write(line + "\n")
  }

  private static func endWithoutOutput(_ error: Int32) -> Never {
    let failure = Failure.output(String(cString: strerror(error)))
    writeError(failure.lines(errorStyle).joined(separator: "\n") + "\n")
    exit(failure.exit.rawValue)
  }

  /// Ends the program when nobody reads its output any more, also while there is nothing to write (`… | head -2`).
  static func endWithReader() {
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { _ in
        // No events asked for: only an error or a hang-up of the other end ends the wait (poll(2)).
        var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        while poll(&output, 1, -1) < 0, errno == EINTR {}
        if output.revents & Int16(POLLERR | POLLHUP) != 0 { exit(Sysexit.ok.rawValue) }
        return nil
      }, nil)
  }

  static func writeError(_ text: String) {
    _ = write(text, STDERR_FILENO)
  }

  /// Writes all of a text; 0, or the errno that stopped it.
  private static func write(_ text: String, _ descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while let start = rest.baseAddress, !rest.isEmpty {
        let count = Glibc.write(descriptor, start, rest.count)
        if count < 0 {
          if errno == EINTR { continue }
          if errno == EPIPE { exit(Sysexit.ok.rawValue) }
          guard errno == EAGAIN else { return errno }
          // Another program may have made the terminal or pipe that both write to non-blocking.
          var output = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&output, 1, -1)
          continue
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
      return 0
    }
  }

  /// Asks a person; nil when nobody is there or the input ends.
  static func ask(_ question: String) -> String? {
    guard isatty(STDIN_FILENO) == 1 else { return nil }
    writeError(question)
    return readLine()
  }
}

/// Colours, or none.
package struct Style: Sendable {
  let isColoured: Bool

  package init(isColoured: Bool) {
    self.isColoured = isColoured
  }

  /// How good or bad a thing is.
  package enum Tone: String, Sendable {
    case plain = "0"
    case heading = "1"
    case good = "32"
    case notice = "33"
    case bad = "31"
    case faint = "2"
  }

  /// The text in a tone.
  package func callAsFunction(_ text: String, _ tone: Tone) -> String {
    isColoured && tone != .plain ? "\u{1b}[\(tone.rawValue)m\(text)\u{1b}[0m" : text
  }
}

/// A progress bar on standard error that is redrawn in place, or nothing when nobody looks.
struct ProgressBar {
  private let isShown: Bool
  private var shown = -1

  init(isShown: Bool) {
    self.isShown = isShown
  }

  /// Shows `part` of `whole`; only when the percentage changed.
  mutating func show(_ part: UInt64, of whole: UInt64, _ label: String) {
    guard isShown else { return }
    let percent = whole == 0 ? 0 : Int(min(part, whole) * 100 / whole)
    guard percent != shown else { return }
    shown = percent
    let filled = percent * Self.width / 100
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
    Terminal.writeError("\r[\(bar)] \(percent) % \(label)\u{1b}[K")
  }

  /// Takes the bar away.
  func clear() {
    if isShown, shown >= 0 { Terminal.writeError("\r\u{1b}[K") }
  }

  private static let width = 30
}
