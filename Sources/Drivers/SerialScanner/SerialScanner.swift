import Devices
import Synchronization

/// A scanner that sends codes over a serial line or a USB device that looks like one.
public final class SerialScanner: Scanner {
  private struct Shared {
    var stopping = false
    var statistics = DeviceStatistics()
  }

  public let id: DeviceIdentifier
  private let transport: any Transport
  private let profile: ScannerProfile
  private let thread = DeviceThread()
  private let shared = Mutex(Shared())

  public init(id: DeviceIdentifier, profile: ScannerProfile, transport: any Transport) {
    self.id = id
    self.profile = profile
    self.transport = transport
  }

  /// The row of the driver table.
  public static let family = DriverFamily(name: "serial-scanner", deviceClass: .scanner) {
    setup, transport throws(DeviceError) in
    guard case .scanner(let profile) = setup.profile else { throw .wrongProfile(family: "serial-scanner") }
    return .scanner(SerialScanner(id: setup.id, profile: profile, transport: transport))
  }

  public var statistics: DeviceStatistics { shared.withLock { $0.statistics } }

  public func start(report: @escaping @Sendable (ScanReport) -> Void) {
    let started = thread.start(name: "scanner") { [self] in run(report) }
    if !started { report(.state(.error, why: "no thread for this device")) }
  }

  public func stop() {
    shared.withLock { $0.stopping = true }
    transport.wake()
    thread.join()
  }

  private var stopping: Bool { shared.withLock { $0.stopping } }

  private func count(_ name: StatisticName) { shared.withLock { $0.statistics.add(name) } }

  private func run(_ report: @escaping @Sendable (ScanReport) -> Void) {
    var backoff = Backoff()
    var lastState: (DeviceState, String)?
    let tell = { (state: DeviceState, why: String) in
      guard lastState?.0 != state || lastState?.1 != why else { return }
      lastState = (state, why)
      report(.state(state, why: why))
    }
    while !stopping {
      do {
        try transport.open(deadline: transport.now &+ Limits.openNanoseconds)
        count(.onlineTransitionCount)
        tell(.idle, "")
        let opened = transport.now
        let error = listen(report)
        transport.close(deadline: transport.now)
        if stopping { break }
        count(.communicationErrorCount)
        tell(.closed, error.why)
        if transport.now &- opened > Limits.steadyNanoseconds { backoff.reset() }
        // A line that breaks at once each time must not become a busy loop.
        pause(until: transport.now &+ backoff.next())
      } catch .absent {
        tell(.closed, TransportError.absent.why)
        pause(until: nil)
      } catch .interrupted {
        continue
      } catch {
        tell(.error, error.why)
        pause(until: transport.now &+ backoff.next())
      }
    }
    transport.close(deadline: transport.now)
  }

  /// Waits for the device node, the time or a wake.
  private func pause(until deadline: Nanoseconds?) {
    guard !stopping else { return }
    _ = try? transport.wait(for: .presence, deadline: deadline)
  }

  /// Reads until the line breaks or the scanner is stopped.
  private func listen(_ report: @escaping @Sendable (ScanReport) -> Void) -> TransportError {
    var framer = ScanFramer(profile: profile)
    let deliver = { (output: ScanFramer.Output) in
      switch output {
      case .scan(let data):
        self.count(.goodScanCount)
        report(.scan(data))
      case .lost(let loss):
        self.count(.noReadCount)
        report(.lost(loss))
      }
    }
    while !stopping {
      do {
        let silence = framer.silenceMilliseconds.map { transport.now &+ Nanoseconds($0) &* Limits.millisecond }
        let found = try transport.wait(for: .readable, deadline: silence)
        if found.contains(.readable) {
          framer.take(try transport.read(limit: Limits.readBytes)).forEach(deliver)
        } else if found.isEmpty, let output = framer.silence() {
          deliver(output)
        }
      } catch {
        if let output = framer.interrupted() { deliver(output) }
        return error
      }
    }
    return .interrupted
  }
}
