import COpenSSL
import Configuration
import Control
import Devices
import Engine
import Glibc
import Interfaces
import Receipt
import Symbology

extension RoleTable {
  /// Names are looked up once, at the start; a name that nobody has gives nothing.
  init(_ file: DaemonConfiguration) {
    var members: [Wire.Role: Members] = [:]
    for assignment in file.roles {
      guard let role = Wire.Role(rawValue: assignment.role.rawValue) else { continue }
      var all = members[role] ?? Members()
      for user in assignment.users { if let number = Self.user(user) { all.users.insert(number) } }
      for group in assignment.groups { if let number = Self.group(group) { all.groups.insert(number) } }
      members[role] = all
    }
    self.init(members)
  }

  private static func user(_ principal: Principal) -> UInt32? {
    switch principal {
    case .number(let number): number
    case .name(let name): getpwnam(name).map { $0.pointee.pw_uid }
    }
  }

  private static func group(_ principal: Principal) -> UInt32? {
    switch principal {
    case .number(let number): number
    case .name(let name): getgrnam(name).map { $0.pointee.gr_gid }
    }
  }
}

extension OperatorEntry {
  init(_ settings: OperatorSettings) {
    let pin = settings.pin
    self.init(
      id: settings.id, rights: settings.role == .supervisor ? ["sell", "approve", "supervisor"] : ["sell"],
      verify: { proof in
        guard let pin else { return false }
        var derived = [UInt8](repeating: 0, count: pin.hash.count)
        let status = PKCS5_PBKDF2_HMAC(
          proof, Int32(proof.utf8.count), pin.salt, Int32(pin.salt.count), Int32(pin.iterations), EVP_sha256(),
          Int32(derived.count), &derived)
        guard status == 1 else { return false }
        return zip(derived, pin.hash).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
      })
  }
}

/// What scanned data means, for the control protocol.
func classifier(_ codes: [InStoreCodeSettings]) -> @Sendable ([UInt8], String?, Int) -> ScanMeaning {
  let patterns = codes.compactMap { code in
    InStorePattern.Meaning(rawValue: code.meaning.rawValue).flatMap { InStorePattern(code.pattern, meaning: $0) }
  }
  return { bytes, aim, moneyDigits in
    let reading = ScanReading(
      bytes: bytes, aim: aim.flatMap { AIMIdentifier($0) }, patterns: patterns, moneyDigits: moneyDigits,
      stubPrefix: Receipt.codePrefix)
    var meaning = ScanMeaning(
      kind: reading.kind, scanDataType: reading.type.rawValue, gtin: reading.gtin, masked: reading.masked)
    meaning.elements = reading.elements.map { ScanMeaning.Element(identifier: $0.identifier, value: $0.data) }
    meaning.embedded = reading.embedded.map { ScanMeaning.Embedded(kind: $0.kind.rawValue, value: $0.value) }
    return meaning
  }
}
