import Configuration
import Control
import Devices
import Drivers
import Engine
import Glibc
import Journal
import Till
import TillSettings
import Transports
import Varlink

/// Puts the daemon together, runs it, ends it.
enum Program {
  // sysexits.h
  private static let usage: Int32 = 64
  private static let unavailable: Int32 = 69
  private static let temporary: Int32 = 75
  private static let configuration: Int32 = 78
  /// A second failure of the disk within this many seconds stays up read-only instead of restarting again.
  private static let poisonWindow: Int64 = 60

  static func run(_ arguments: [String]) -> Int32 {
    switch Options.parse(arguments) {
    case .print(let text):
      print(text, terminator: "")
      return 0
    case .wrong(let text):
      log(.error, text)
      return usage
    case .run(let options): return run(options)
    }
  }

  private static func run(_ options: Options) -> Int32 {
    signal(SIGPIPE, SIG_IGN)
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)

    if let wrong = MachineIdentity.complaint(file: options.machineID, folder: options.hardwareID) {
      log(.error, wrong)
      return configuration
    }
    let file: DaemonConfiguration
    let profiles: HardwareProfiles
    do {
      file = try DaemonConfiguration(path: options.configuration)
      profiles = try ProfileLibrary.load(folder: options.profileFolder)
      try file.check(profiles: profiles, file: options.configuration)
      try file.checkTill(file: options.configuration)
      _ = try Box.trustedBoxes(file)
    } catch {
      log(.error, "configuration refused:\n\(error)")
      return configuration
    }
    // A service manager makes it; started by hand the daemon does. That it cannot be made the socket will say.
    mkdir(file.control.runtime, 0o755)
    let socket: ListeningSocket
    do {
      if let handed = try ListeningSocket.activated() {
        socket = handed
      } else {
        socket = try ListeningSocket.bind(.path(file.control.socket))
      }
    } catch {
      log(.error, "control socket: \(error)")
      return unavailable
    }
    return serve(file, options, profiles, socket, &signals)
  }

  private static func serve(
    _ file: DaemonConfiguration, _ options: Options, _ profiles: HardwareProfiles,
    _ socket: consuming ListeningSocket, _ signals: inout sigset_t
  ) -> Int32 {
    let watchdog = Watchdog.fromEnvironment()
    let box = Box(file, profiles, isWatched: watchdog != nil)
    let control = Control(box.controlSetup(file))
    let runtime = file.control.runtime
    let engine = Engine(
      box.engineSetup(file, options), deliver: { control.receive($0) },
      poisoned: { error in
        log(.critical, "the journal failed: \(error)")
        if Poison.mayRestart(runtime, within: poisonWindow) { _exit(temporary) }
        log(.critical, "second failure within \(poisonWindow) s: staying up read-only")
        control.changed()
      },
      changed: { look in
        tell("now", look)
        control.changed()
      })
    control.engine = engine
    let server: VarlinkServer
    do {
      var configuration = VarlinkServer.Configuration()
      configuration.limits = OpenFiles.serverLimits()
      server = VarlinkServer(try control.service(), configuration: configuration)
    } catch {
      log(.error, "control interfaces: \(error)")
      return unavailable
    }
    control.server = server
    // Before anything can happen: a device that is found broken at once, too, is for the log.
    control.tell(ServiceWords(status: { Notify.send("STATUS=\($0)") }, line: { Log.write($0) }))
    engine.start()
    for (name, scanner) in box.scanners { scanner.start { control.receive(scanner: name, $0) } }
    do {
      try server.listen(on: socket)
    } catch {
      log(.error, "control socket: \(error)")
      return unavailable
    }
    Notify.send("READY=1")
    tell("ready", engine.snapshot)
    watchdog?.start(engine.threads + box.threads, loop: { server.execute($0) })
    ProcessMemory.forgetStart()

    // After READY: what is plugged in is news for technicians, no reason to sell later.
    let number = DeviceWatch.pass(to: control, until: signals)
    Notify.send("STOPPING=1")
    watchdog?.end()
    for scanner in box.scanners.values { scanner.stop() }
    let hasEnded = engine.stop(reason: number == SIGTERM ? "SIGTERM" : "SIGINT")
    control.stop(registerEnded: hasEnded)
    return 0
  }
}

/// Says in the log what the box is in.
private func tell(_ word: String, _ look: Snapshot) {
  // The word and the English sentence; others are for clients.
  let why = look.reasons.isEmpty ? "" : ", " + look.reasons.prefix(2).joined(separator: ": ")
  log(.notice, "\(word): mode \(look.mode.rawValue)\(why)")
}

/// When the journal failed last, across restarts of the daemon but not of the box.
enum Poison {
  static func mayRestart(_ runtime: String, within seconds: Int64) -> Bool {
    let path = runtime + "/poison"
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    let now = Int64(time.tv_sec)
    var before: Int64?
    if let stream = fopen(path, "r") {
      var buffer = [CChar](repeating: 0, count: 32)
      if fgets(&buffer, 32, stream) != nil {
        before = Int64(
          String(decoding: buffer.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
      }
      fclose(stream)
    }
    if let before, now >= before, now - before < seconds { return false }
    guard let stream = fopen(path, "w") else { return false }
    fputs("\(now)\n", stream)
    return fclose(stream) == 0
  }
}
