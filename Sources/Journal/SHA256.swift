import COpenSSL

/// SHA-256 (FIPS 180-4) by OpenSSL's EVP, incremental. `finish` starts it anew, so one value serves many messages
/// without allocating.
///
/// libcrypto has no way to fail here short of a lack of memory when the context is made; `isBroken` then says so and
/// every digest is zero, which no check accepts.
public struct SHA256: ~Copyable {
  private let context: OpaquePointer?

  // Fetched once: an implicit fetch for each message costs more than hashing a small record.
  nonisolated(unsafe) private static let algorithm: OpaquePointer? = EVP_MD_fetch(nil, "SHA256", nil)

  /// An empty message.
  public init() {
    let made = EVP_MD_CTX_new()
    if let made, EVP_DigestInit_ex(made, Self.algorithm, nil) == 1 {
      context = made
    } else {
      EVP_MD_CTX_free(made)
      context = nil
    }
  }

  deinit { EVP_MD_CTX_free(context) }

  /// True when libcrypto could not give a context.
  public var isBroken: Bool { context == nil }

  /// Adds bytes to the message.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let context, bytes.count > 0 else { return }
    _ = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  /// Adds bytes to the message.
  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// Adds a digest's 32 bytes to the message.
  public mutating func update(_ digest: Digest) {
    digest.withUnsafeBytes { update($0) }
  }

  /// Adds one byte to the message.
  public mutating func update(byte: UInt8) {
    withUnsafeBytes(of: byte) { update($0) }
  }

  /// The digest of the message; the next `update` starts a new one.
  public mutating func finish() -> Digest {
    guard let context else { return .zero }
    return Digest { bytes in
      _ = EVP_DigestFinal_ex(context, bytes.bindMemory(to: UInt8.self).baseAddress, nil)
      _ = EVP_DigestInit_ex(context, nil, nil)
    }
  }

  /// The digest of the message so far; the message goes on.
  public func digestSoFar() -> Digest {
    guard let context, let copy = EVP_MD_CTX_new() else { return .zero }
    defer { EVP_MD_CTX_free(copy) }
    guard EVP_MD_CTX_copy_ex(copy, context) == 1 else { return .zero }
    return Digest { bytes in
      _ = EVP_DigestFinal_ex(copy, bytes.bindMemory(to: UInt8.self).baseAddress, nil)
    }
  }

  /// The digest of one whole message.
  public static func hash(_ bytes: UnsafeRawBufferPointer) -> Digest {
    Digest { digest in
      _ = EVP_Digest(
        bytes.baseAddress, bytes.count, digest.bindMemory(to: UInt8.self).baseAddress, nil, algorithm, nil)
    }
  }

  /// The digest of one whole message.
  public static func hash(_ bytes: [UInt8]) -> Digest {
    bytes.withUnsafeBytes { hash($0) }
  }
}
