import Devices
import EscPos
import Synchronization

/// An ESC/POS printer over any transport.
///
/// The public side only fills a mailbox and rings the transport's bell; all work is done by ``EscPosSession`` in the
/// device's own thread.
public final class EscPosPrinter: ReceiptPrinter {
  public let id: DeviceIdentifier
  private let profile: PrinterProfile
  private let encoder: EscPosEncoder
  private let transport: any Transport
  private let mailbox = EscPosMailbox()
  private let thread = DeviceThread()
  private let kickPatience: Nanoseconds

  public convenience init(
    id: DeviceIdentifier, profile: PrinterProfile, transport: any Transport
  ) throws(DeviceError) {
    try self.init(id: id, profile: profile, transport: transport, kickPatience: Limits.kickPatience)
  }

  /// `kickPatience`: how long an order for the drawer waits for the printer to be free.
  package init(
    id: DeviceIdentifier, profile: PrinterProfile, transport: any Transport, kickPatience: Nanoseconds
  ) throws(DeviceError) {
    self.kickPatience = kickPatience
    self.id = id
    self.profile = profile
    self.transport = transport
    encoder = EscPosEncoder(profile: try EscPosFamily.encoderProfile(profile))
  }

  public var statistics: DeviceStatistics { mailbox.statistics }

  public func start(report: @escaping @Sendable (PrinterReport) -> Void) {
    let started = thread.start(name: "printer") { [id, profile, encoder, transport, mailbox, kickPatience] in
      let session = EscPosSession(
        id: id, profile: profile, encoder: encoder, transport: transport, mailbox: mailbox,
        kickPatience: kickPatience, report: report)
      session.run()
    }
    if !started {
      report(.status(EscPosSession.unreachable(profile, why: "no thread for this device")))
    }
  }

  private func post(_ command: EscPosMailbox.Command) {
    mailbox.post(command)
    transport.wake()
  }

  public func print(_ request: PrintRequest) { post(.print(request)) }
  public func kickDrawer(order: String) { post(.kick(order)) }
  public func cancel(job: String) { post(.cancel(job)) }
  public func checkHealth() { post(.checkHealth) }

  public func stop() {
    post(.stop)
    thread.join()
  }
}

/// What other threads want of a printer's thread.
final class EscPosMailbox: Sendable {
  enum Command: Sendable {
    case print(PrintRequest)
    case kick(String)
    case cancel(String)
    case checkHealth
    case stop
  }

  private struct Contents {
    var commands: [Command] = []
    var statistics = DeviceStatistics()
  }
  private let contents = Mutex(Contents())

  func post(_ command: Command) { contents.withLock { $0.commands.append(command) } }

  func take() -> [Command] {
    contents.withLock { contents in
      defer { contents.commands.removeAll() }
      return contents.commands
    }
  }

  var statistics: DeviceStatistics { contents.withLock { $0.statistics } }

  func count(_ name: StatisticName, _ amount: Int = 1) {
    contents.withLock { $0.statistics.add(name, UInt64(clamping: amount)) }
  }
}
