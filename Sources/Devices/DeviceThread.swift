import Glibc
import Synchronization

/// A device's own thread: each device blocks only itself.
public final class DeviceThread: Sendable {
  private struct State {
    var thread: pthread_t?
    var joined = false
  }

  /// Stack of a device's thread in bytes.
  public static let stackSize = 512 * 1024
  /// The kernel keeps 15 characters of a thread's name.
  private static let maximumNameLength = 15

  private final class Work: Sendable {
    let name: String
    let body: @Sendable () -> Void
    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  private let state = Mutex(State())

  public init() {}

  /// Starts the thread; false when the system has none left or it was started before.
  public func start(name: String, body: @escaping @Sendable () -> Void) -> Bool {
    state.withLock { state in
      guard state.thread == nil, !state.joined else { return false }
      var attributes = pthread_attr_t()
      guard pthread_attr_init(&attributes) == 0 else { return false }
      defer { pthread_attr_destroy(&attributes) }
      pthread_attr_setstacksize(&attributes, Self.stackSize)
      let work = Unmanaged.passRetained(Work(name: String(name.prefix(Self.maximumNameLength)), body: body))
      var thread = pthread_t()
      let result = pthread_create(
        &thread, &attributes,
        { argument in
          guard let argument else { return nil }
          let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
          DeviceThread.nameThisThread(work.name)
          work.body()
          return nil
        }, work.toOpaque())
      guard result == 0 else {
        work.release()
        return false
      }
      state.thread = thread
      return true
    }
  }

  /// The name shows in `ps -L` and `top -H`; losing it costs nothing, so errors are ignored.
  private static func nameThisThread(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = name.withCString { write(file, $0, strlen($0)) }
    close(file)
  }

  /// Waits for the end of the thread. Returns at once when called from the thread itself or a second time.
  public func join() {
    let thread = state.withLock { state -> pthread_t? in
      guard let thread = state.thread, !state.joined, pthread_equal(thread, pthread_self()) == 0 else { return nil }
      state.joined = true
      return thread
    }
    if let thread { pthread_join(thread, nil) }
  }
}
