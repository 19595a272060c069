import Glibc

/// What a program that was run left behind.
package struct ProcessResult: Sendable {
  /// Exit code; 128 + the signal's number when one ended it.
  package var exit: Int32
  /// Standard output and standard error as they came.
  package var output: String

  package init(exit: Int32, output: String) {
    self.exit = exit
    self.output = output
  }
}

/// Runs a program of the system to its end.
enum ProcessRun {
  /// One that takes longer is ended.
  private static let deadlineMilliseconds: UInt64 = 20_000
  /// More output is not read.
  private static let longest = 1 << 20

  /// Nil: it is not installed, or could not be started or ended in time. Answers are asked for in English.
  static func run(_ words: [String]) -> ProcessResult? {
    guard let name = words.first else { return nil }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    let environment: [String] = ["LC_ALL=C.UTF-8", "PATH=\(searchPath)", "SYSTEMD_PAGER="]
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) }
    defer { for pointer in arguments + variables { free(pointer) } }
    arguments.append(nil)
    variables.append(nil)
    var process: pid_t = 0
    let files: [String] = searchPath.split(separator: ":").map { "\($0)/\(name)" }
    let found = files.first { access($0, X_OK) == 0 }
    let status = found.map { posix_spawn(&process, $0, &actions, nil, arguments, variables) } ?? ENOENT
    close(ends[1])
    guard status == 0 else { return nil }
    let bytes = read(ends[0])
    if bytes == nil { kill(process, SIGKILL) }
    var end: Int32 = 0
    while waitpid(process, &end, 0) < 0, errno == EINTR {}
    guard let bytes else { return nil }
    let signal = end & 0x7f
    return ProcessResult(
      exit: signal == 0 ? (end >> 8) & 0xff : 128 + signal, output: String(decoding: bytes, as: UTF8.self))
  }

  /// sbin is not in every user's path.
  private static var searchPath: String {
    (variable("PATH").map { $0 + ":" } ?? "") + "/usr/sbin:/usr/bin:/sbin:/bin"
  }

  /// What comes until the end; nil: too long or too late.
  private static func read(_ descriptor: Int32) -> [UInt8]? {
    let start = Moment.nanoseconds(CLOCK_MONOTONIC)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= longest {
      let spent = (Moment.nanoseconds(CLOCK_MONOTONIC) - start) / 1_000_000
      guard spent < deadlineMilliseconds else { return nil }
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&wait, 1, Int32(deadlineMilliseconds - spent))
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { return nil }
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
    return nil
  }
}
