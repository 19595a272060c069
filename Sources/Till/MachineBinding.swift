/// What tells the machine that a journal is on from any other, as salted digests of identities that outlive a reboot; a
/// part that cannot be read on this machine is nil.
public struct MachineBinding: Hashable, Sendable {
  /// Serial number of the main board.
  public var board: String?
  /// Identity of the whole device: DMI product UUID, or the device tree's serial number.
  public var product: String?
  /// Identity of the installed system (machine-id(5)).
  public var system: String?

  /// Memberwise.
  public init(board: String? = nil, product: String? = nil, system: String? = nil) {
    self.board = board
    self.product = product
    self.system = system
  }

  /// Nothing is known.
  public var isEmpty: Bool { board == nil && product == nil && system == nil }

  /// The parts by which this machine is another one than `known`; empty: it may be the same.
  ///
  /// Where both know the hardware, it alone decides: an installed system is copied with its disk, and is made anew on the
  /// same hardware. Without hardware to compare the system decides.
  public func differences(from known: MachineBinding) -> [String] {
    let hardware = [("board", board, known.board), ("product", product, known.product)]
    let compared = hardware.filter { $0.1 != nil && $0.2 != nil }
    if !compared.isEmpty { return compared.filter { $0.1 != $0.2 }.map(\.0) }
    guard let system, let before = known.system, system != before else { return [] }
    return ["system"]
  }

  /// What is known after a start that saw `newer`: a part that it could not read stays.
  package func updated(by newer: MachineBinding) -> MachineBinding {
    MachineBinding(
      board: newer.board ?? board, product: newer.product ?? product, system: newer.system ?? system)
  }
}
