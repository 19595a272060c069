import CLinux
import Glibc

/// A socket that listens, bound here or handed over by the service manager.
public struct ListeningSocket: ~Copyable {
  private let handle: SocketHandle
  /// Path to remove at the end, when it is ours.
  let ownedPath: String?

  private init(_ handle: consuming SocketHandle, ownedPath: String?) {
    self.handle = handle
    self.ownedPath = ownedPath
  }

  /// Binds to `address`.
  ///
  /// A path appears all at once with its final mode and group (bound beside it, then renamed), so nobody ever meets a
  /// half-made socket. A socket file that nobody listens on is replaced; one that answers is `.addressInUse`; anything
  /// else in the way is `.notASocket` and stays.
  public static func bind(
    _ address: VarlinkAddress, mode: UInt32 = 0o660, group: UInt32? = nil
  ) throws(VarlinkError) -> ListeningSocket {
    guard case .path(let path) = address else {
      let handle = try SocketHandle()
      try address.bind(handle.descriptor)
      try listen(handle.descriptor, address)
      return ListeningSocket(handle, ownedPath: nil)
    }
    try probe(path)
    let beside = path + ".new"
    guard beside.utf8.count <= CLINUX_UNIX_PATH_MAXIMUM else { throw .address(path) }
    unlink(beside)
    let handle = try SocketHandle()
    try VarlinkAddress.path(beside).bind(handle.descriptor)
    do throws(VarlinkError) {
      try check(chmod(beside, mode), "chmod", path)
      if let group { try check(chown(beside, uid_t.max, group), "chown", path) }
      try listen(handle.descriptor, address)
      try check(rename(beside, path), "rename", path)
    } catch {
      unlink(beside)
      throw error
    }
    return ListeningSocket(handle, ownedPath: path)
  }

  /// Takes the socket that the service manager handed over (sd_listen_fds): the only one, or among several the one
  /// called `name`. Answers nil when this process was not started by socket activation. The variables are removed from
  /// the environment, so a child process does not take them for its own; call it before other threads run.
  public static func activated(name: String = "varlink") throws(VarlinkError) -> ListeningSocket? {
    guard let process = environment("LISTEN_PID"), process == "\(getpid())",
      let count = environment("LISTEN_FDS").flatMap({ Int32($0) }), count > 0, count < 1024
    else { return nil }
    let names = (environment("LISTEN_FDNAMES") ?? "").split(separator: ":", omittingEmptySubsequences: false)
    for variable in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(variable) }
    let first: Int32 = 3
    for descriptor in first..<first + count { clinux_set_close_on_exec(descriptor) }
    let index = count == 1 ? 0 : names.firstIndex { $0 == name }
    guard let index, index < count else { throw .noActivationSocket(name) }
    let descriptor = first + Int32(index)
    guard clinux_unix_is_listening(descriptor) == 1 else { throw .noActivationSocket(name) }
    return ListeningSocket(SocketHandle(adopting: descriptor), ownedPath: nil)
  }

  consuming func release() -> Int32 {
    handle.release()
  }

  private static func probe(_ path: String) throws(VarlinkError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
    let probe = try SocketHandle()
    // A full backlog would block a blocking connect; either way somebody listens.
    clinux_set_nonblocking(probe.descriptor)
    let error = VarlinkAddress.path(path).connect(probe.descriptor)
    if error == 0 || error == EAGAIN { throw .addressInUse(path) }
    if error != ECONNREFUSED, error != ENOENT { throw .system(step: "connect", subject: path, number: error) }
  }

  private static func listen(_ descriptor: Int32, _ address: VarlinkAddress) throws(VarlinkError) {
    try check(Glibc.listen(descriptor, VarlinkLimit.backlog), "listen", address.description)
  }

  private static func check(_ status: Int32, _ step: String, _ subject: String) throws(VarlinkError) {
    guard status == 0 else { throw .system(step: step, subject: subject, number: errno) }
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}
