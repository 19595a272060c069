import CLinux
import Control
import Glibc
import Transports

extension DeviceWatch {
  /// The main thread's wait: news of devices go to `control` until a signal ends the daemon. Nothing is polled; without
  /// news and signals it sleeps. SIGHUP is ignored.
  static func pass(to control: Control, until signals: sigset_t) -> Int32 {
    var signals = signals
    let pending = counterfoil_signalfd(&signals)
    guard pending >= 0, let watch = DeviceWatch() else {
      log(.notice, "devices that are plugged in are not known: there is no udev, or the system refuses")
      var number: Int32 = 0
      repeat { sigwait(&signals, &number) } while number == SIGHUP
      return number
    }
    control.receive(watch.look())
    var listening = true
    while true {
      var set = [
        pollfd(fd: pending, events: Int16(POLLIN), revents: 0),
        pollfd(fd: listening ? watch.descriptor : -1, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&set, 2, -1) > 0 else { continue }
      if set[0].revents != 0 {
        let number = counterfoil_signalfd_take(pending)
        if number > 0, number != SIGHUP { return number }
      }
      if set[1].revents != 0 {
        control.receive(watch.take())
        // A socket that is broken for good would be ready for ever.
        let broken = Int32(set[1].revents) & (POLLHUP | POLLNVAL) != 0
        if broken {
          listening = false
          log(.warning, "udev tells no more: devices that come and go are not seen until the next start")
        }
      }
    }
  }
}
