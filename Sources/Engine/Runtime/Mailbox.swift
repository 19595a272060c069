import CLinux
import Devices
import Glibc
import Synchronization

/// A queue that many threads post to and one thread drains.
///
/// The reader sleeps on a condition variable against CLOCK_MONOTONIC, so a stepped wall clock never shortens or
/// stretches a wait. `take` swaps the whole queue out: one lock round trip a drain, not one a message.
final class Mailbox<Message: Sendable>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var messages: [Message] = []
  private var closed = false
  private var reader = Reader.absent
  private let steps = Atomic<UInt64>(0)

  /// Where the thread that drains is.
  private enum Reader {
    /// Not come yet, or gone.
    case absent
    case working
    /// Asleep until then at the latest; nil: until a message comes.
    case waiting(until: UInt64?)
  }

  init() {
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Adds one message. False when the mailbox is closed or holds `limit` messages already: the caller must answer "busy".
  @discardableResult
  func post(_ message: Message, limit: Int = .max) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard !closed, messages.count < limit else { return false }
    messages.append(message)
    if messages.count == 1 { pthread_cond_signal(condition) }
    return true
  }

  /// Moves everything posted so far into `batch` (emptied first). Waits until there is something, the mailbox is
  /// closed, or `deadline` (monotonic nanoseconds; nil = no limit) has passed. False when closed and empty.
  func take(into batch: inout [Message], until deadline: UInt64?) -> Bool {
    batch.removeAll(keepingCapacity: true)
    pthread_mutex_lock(mutex)
    reader = .waiting(until: deadline)
    defer {
      reader = .working
      advance()
      pthread_mutex_unlock(mutex)
    }
    while messages.isEmpty && !closed {
      if let deadline {
        var at = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        if pthread_cond_timedwait(condition, mutex, &at) == ETIMEDOUT { return true }
      } else {
        pthread_cond_wait(condition, mutex)
      }
    }
    swap(&batch, &messages)
    return !(batch.isEmpty && closed)
  }

  /// The reader got on with what it took.
  func advance() { steps.wrappingAdd(1, ordering: .relaxed) }

  /// The reader's thread ends: nobody waits for it any more.
  func leave() {
    pthread_mutex_lock(mutex)
    reader = .absent
    pthread_mutex_unlock(mutex)
  }

  /// How far the reader is. Any thread; it is not woken for this.
  var look: WorkLook {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    let owed: WorkLook.Owed =
      switch reader {
      case .absent: .nothing
      case .working: .now
      case .waiting(let deadline): messages.isEmpty ? deadline.map { .after($0) } ?? .nothing : .now
      }
    return WorkLook(steps: steps.load(ordering: .relaxed), owed: owed)
  }

  /// No more messages are accepted; the reader drains what is there and then gets false.
  func close() {
    pthread_mutex_lock(mutex)
    closed = true
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }
}

/// Lets the calling thread rest.
package func pauseThread(milliseconds: UInt64) {
  var asked = timespec(tv_sec: Int(milliseconds / 1_000), tv_nsec: Int(milliseconds % 1_000) * 1_000_000)
  var left = timespec()
  while clock_nanosleep(CLOCK_MONOTONIC, 0, &asked, &left) == EINTR { asked = left }
}

/// Starts a named thread (15 bytes at most, shown by `ps -L`). The body owns what it captures.
///
/// Nobody joins it: it is detached, or its stack would stay mapped for ever.
/// - Returns: false: no thread can be had, and nothing runs.
@discardableResult
package func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
  final class Box {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
  let box = Unmanaged.passRetained(Box(name, body))
  var thread = pthread_t()
  let status = pthread_create(
    &thread, nil,
    { raw in
      guard let raw else { return nil }
      let box = Unmanaged<Box>.fromOpaque(raw).takeRetainedValue()
      _ = counterfoil_name_thread(String(box.name.prefix(15)))
      box.body()
      return nil
    }, box.toOpaque())
  guard status == 0 else {
    // Nothing rather than on the caller's thread.
    box.release()
    return false
  }
  pthread_detach(thread)
  return true
}
