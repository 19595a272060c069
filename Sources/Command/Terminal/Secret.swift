import Glibc

/// Secrets from a person or a pipe. Never from the command line, where every user of the box could read them.
enum Secret {
  /// Longest secret that is read, in bytes.
  static let longest = 256

  /// Reads one: from the terminal without echo, from a pipe its first line. Nil at the end of the input.
  static func read(_ question: String) throws -> String? {
    guard isatty(STDIN_FILENO) == 1 else { return line() }
    var settings = termios()
    guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return line() }
    var silent = settings
    // Ctrl-C must not leave the terminal without echo, so it comes as a byte.
    silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
    guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else {
      throw Failure(
        "terminal", text("the terminal cannot be silenced; give the PIN by a pipe", "无法关闭终端回显；请用管道输入 PIN"),
        exit: .inputOutput)
    }
    defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) }
    // Asked only now: who types at once is not echoed either.
    Terminal.writeError(question)
    defer { Terminal.writeError("\n") }
    return typed()
  }

  /// What a person types, until Return. Ctrl-C ends the command, Ctrl-D the input.
  private static func typed() -> String? {
    var bytes: [UInt8] = []
    while let byte = next() {
      switch byte {
      case 0x0A, 0x0D: return String(decoding: bytes, as: UTF8.self)
      case 0x03, 0x04: return nil
      case 0x08, 0x7F:
        // A whole character goes.
        while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
      case 0x15: bytes.removeAll()
      default: if bytes.count < longest { bytes.append(byte) }
      }
    }
    return nil
  }

  private static func line() -> String? {
    var bytes: [UInt8] = []
    while let byte = next() {
      if byte == 0x0A { return String(decoding: bytes, as: UTF8.self) }
      if byte != 0x0D, bytes.count < longest { bytes.append(byte) }
    }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }

  private static func next() -> UInt8? {
    var byte: UInt8 = 0
    while true {
      let count = Glibc.read(STDIN_FILENO, &byte, 1)
      if count == 1 { return byte }
      if count < 0, errno == EINTR { continue }
      return nil
    }
  }
}
