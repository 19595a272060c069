import Engine
import Journal
import Till

/// One run of the daemon: the drain and what waits around it. Everything here is gone when it ends.
final class Instance: @unchecked Sendable {
  let files: WatchedFileSystem
  let lookups: LookupThread
  var drain: Drain { made.unsafelyUnwrapped }
  private var made: Drain?

  var inputs: [Input] = []
  var waiting: [Lookup] = []
  var effects: [RegisterEffect] = []
  var sealed: [UInt64] = []
  /// Tokens of calls under a taken key.
  var reused: Set<UInt64> = []
  var isPoisoned = false
  var isAlive = true
  /// The process is killed at this call out of the drain; nil: not.
  var diesAtHook: Int?
  private var hook = 0

  init(_ started: Engine.Started, files: WatchedFileSystem, world: World) throws {
    self.files = files
    lookups = LookupThread(reader: try JournalReader(files), started)
    let lookups = lookups
    let hooks = Drain.Hooks(
      deliver: { [unowned self, unowned world] in deliver($0, world) },
      effect: { [unowned self, unowned world] effect in
        guard survives(world) else { return }
        world.left(effect)
        effects.append(effect)
      },
      lookup: { [unowned self] in waiting.append($0) },
      sealed: { [unowned self] in sealed.append($0) },
      placed: { [unowned world] in
        lookups.placed($0, first: $1, stubIndex: $2)
        world.placed($0, at: $1)
      },
      started: { lookups.started(at: $0, stub: $1) },
      poisoned: { [unowned self, unowned world] error in
        isPoisoned = true
        world.trace("poisoned: \(error)")
      },
      stopped: {})
    made = Drain(started, clock: world.clocks, hooks: hooks)
  }

  /// Counts a hook; false when the process is gone or dies here.
  private func survives(_ world: World) -> Bool {
    guard isAlive, !world.disk.isDead else { return false }
    hook += 1
    guard let diesAtHook, hook >= diesAtHook else { return true }
    world.trace("killed at hook \(hook)")
    world.counts["killsAtHook"] += 1
    isAlive = false
    world.disk.kill()
    return false
  }

  /// All answers of a drain leave in one hop; the kill may come between two of them.
  private func deliver(_ delivery: Delivery, _ world: World) {
    for (token, result) in delivery.answers {
      guard survives(world) else { return }
      world.answered(token, result)
    }
    guard isAlive, !world.disk.isDead else { return }
    for token in delivery.abandoned { world.abandoned(token) }
  }
}
