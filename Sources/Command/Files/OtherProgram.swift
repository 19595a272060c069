import Glibc

/// Another program of the system, run to its end with nothing on its input.
enum OtherProgram {
  /// What came of it.
  struct Output {
    /// The first bytes of its output.
    var bytes: [UInt8] = []
    /// Its exit code; nil: it was ended.
    var code: Int32?
  }

  /// Runs a program that is looked for in `PATH`; nil when there is none. One that takes longer is ended.
  static func run(_ words: [String], atMost limit: Int, seconds: UInt64, output given: Int32? = nil) -> Output? {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let reader = ends[0]
    defer { close(reader) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, given ?? ends[1], STDOUT_FILENO)
    // With an output of its own, what it complains about is what is read.
    if given == nil {
      posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    } else {
      posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
    }
    var arguments = words.map { strdup($0) } + [nil]
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/sbin:/usr/bin:/sbin:/bin"
    var environment = [strdup("PATH=\(path)"), strdup("LC_ALL=C"), nil]
    defer { for word in arguments + environment { free(word) } }
    var process = pid_t()
    let failed = posix_spawnp(&process, words[0], &actions, nil, &arguments, &environment)
    close(ends[1])
    guard failed == 0 else { return nil }
    let bytes = read(reader, atMost: limit, until: Moment.nanoseconds(CLOCK_MONOTONIC) + seconds * 1_000_000_000)
    if bytes == nil { kill(process, SIGKILL) }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return Output(bytes: bytes ?? [], code: status & 0x7F == 0 ? (status >> 8) & 0xFF : nil)
  }

  /// All that comes, of which the first bytes are kept; nil when it does not end.
  private static func read(_ descriptor: Int32, atMost limit: Int, until deadline: UInt64) -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let now = Moment.nanoseconds(CLOCK_MONOTONIC)
      guard now < deadline else { return nil }
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&wait, 1, Int32(clamping: (deadline - now) / 1_000_000 + 1))
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { return nil }
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return bytes }
      bytes += buffer[..<min(count, limit - bytes.count)]
    }
  }
}
