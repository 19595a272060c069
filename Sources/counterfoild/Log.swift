import Control
import Glibc
import Synchronization

/// The daemon's log: the system journal when that is where stderr leads, else stderr.
///
/// The journal gets datagrams with fields, and never makes the daemon wait: a line for which it has no room is dropped, and
/// the next one says how many were.
enum Log {
  private static let standard = "/run/systemd/journal/socket"
  /// Lines that the journal had no room for.
  private static let dropped = Atomic<Int>(0)

  /// Where the journal listens; nil: stderr is not the journal. `JOURNAL_STREAM` names stderr's device and inode, and
  /// only then is it ours (systemd.exec(5)); a start with stderr elsewhere inherits the variable too.
  private static let journal: String? = {
    guard let variable = getenv("JOURNAL_STREAM") else { return nil }
    var status = stat()
    guard fstat(2, &status) == 0, String(cString: variable) == "\(status.st_dev):\(status.st_ino)" else { return nil }
    return standard
  }()

  static func write(_ line: ServiceLine) {
    guard let journal else { return writePlain(line) }
    let missed = dropped.exchange(0, ordering: .relaxed)
    if missed > 0 {
      send(ServiceLine(.warning, "\(missed) lines did not fit into the system journal"), journal, missed)
    }
    send(line, journal, 1)
  }

  private static func send(_ line: ServiceLine, _ journal: String, _ count: Int) {
    switch Datagram.send(line.datagram, to: journal, flags: Int32(MSG_DONTWAIT)) {
    case 0: break
    case EAGAIN, ENOBUFS: dropped.wrappingAdd(count, ordering: .relaxed)
    // No such socket, or a line that is too long for it: the stream takes it.
    default: writePlain(line)
    }
  }

  private static func writePlain(_ line: ServiceLine) {
    let bytes = line.plain
    _ = Glibc.write(2, bytes, bytes.count)
  }
}

/// One line for the log of the service manager.
func log(_ level: ServiceLine.Priority, _ text: String, _ fields: [ServiceLine.Field: String] = [:]) {
  Log.write(ServiceLine(level, text, fields))
}
