import Devices
import EscPos

/// The driver table's row for printers that speak ESC/POS.
public enum EscPosFamily {
  public static let name = "escpos"

  public static let family = DriverFamily(name: name, deviceClass: .posPrinter) {
    setup, transport throws(DeviceError) in
    guard case .printer(let profile) = setup.profile else { throw .wrongProfile(family: name) }
    return .printer(try EscPosPrinter(id: setup.id, profile: profile, transport: transport))
  }

  /// `GS a` bits: drawer, online, errors, paper.
  private static let automaticStatusMask: UInt8 = 0b1111

  /// What the encoder needs of a profile; throws when the encoder does not know a name in it.
  public static func encoderProfile(_ profile: PrinterProfile) throws(DeviceError) -> EscPosProfile {
    var result = EscPosProfile(columns: profile.paper.columns, dotsPerLine: profile.paper.dots)
    if let kanji = profile.kanji {
      guard let encoding = KanjiEncoding(rawValue: kanji.encoding) else {
        throw .badProfile(name: profile.name, why: "unknown kanji encoding \(kanji.encoding)")
      }
      result.kanji = KanjiFont(
        encoding, isOnByDefault: kanji.onAfterReset, hasModeCommands: kanji.hasModeCommands)
    }
    result.codePages = []
    for (number, name) in profile.codePages.sorted(by: { $0.key < $1.key }) {
      guard let page = CodePage(rawValue: name) else {
        throw .badProfile(name: profile.name, why: "unknown code page \(name)")
      }
      result.codePages.append(CodePageSlot(number, page))
    }
    switch profile.cut.kind {
    case .none: result.cutter = .none
    case .partial: result.cutter = .partial
    case .full: result.cutter = .full
    case .both: result.cutter = .both
    }
    result.feedsToCutter = profile.cut.feedsToCutter
    result.linesBeforeCut = profile.cut.feedLines
    result.drawer = DrawerPulse(
      pin: profile.drawer.pin, onMilliseconds: profile.drawer.onMilliseconds,
      offMilliseconds: profile.drawer.offMilliseconds)
    result.drawsQRCodes = profile.codes.qr
    result.drawsBarcodes = profile.codes.barcodes
    result.positionsAbsolutely = profile.quirks.positionsAbsolutely
    result.selectsInternationalSet = profile.quirks.selectsInternationalSet
    result.answersFence = profile.proof.fence
    result.answersProcessIdentifier = profile.proof.processID
    result.automaticStatusMask = profile.status.automatic ? automaticStatusMask : 0
    return result
  }
}
