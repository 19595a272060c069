import COpenSSL

/// An EVP key, freed with its owner.
private struct KeyHandle: ~Copyable {
  let pointer: OpaquePointer

  init?(_ pointer: OpaquePointer?) {
    guard let pointer else { return nil }
    self.pointer = pointer
  }

  deinit { EVP_PKEY_free(pointer) }
}

/// A digest context, freed with its owner.
private struct ContextHandle: ~Copyable {
  let pointer: OpaquePointer

  init?() {
    guard let pointer = EVP_MD_CTX_new() else { return nil }
    self.pointer = pointer
  }

  deinit { EVP_MD_CTX_free(pointer) }
}

/// An Ed25519 public key (RFC 8032).
public struct Ed25519PublicKey: Sendable, Equatable {
  /// Length of a public key.
  public static let byteCount = 32
  /// Length of a signature.
  public static let signatureByteCount = 64

  /// The encoded point.
  public let bytes: [UInt8]

  /// Nil unless there are 32 bytes. Whether they are a point shows at the first verification.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = Array(bytes)
  }

  /// True when `signature` is this key's signature of `message`.
  public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard signature.count == Self.signatureByteCount,
      let key = KeyHandle(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)),
      let context = ContextHandle(),
      EVP_DigestVerifyInit(context.pointer, nil, nil, nil, key.pointer) == 1
    else { return false }
    return EVP_DigestVerify(context.pointer, signature, signature.count, message, message.count) == 1
  }
}

/// An Ed25519 private key. The library's key object is only read after `init`, so threads may share it.
public final class Ed25519PrivateKey: @unchecked Sendable {
  /// Length of the seed, which is what a key file holds.
  public static let seedByteCount = 32

  private let key: KeyHandle
  /// The public half.
  public let publicKey: Ed25519PublicKey

  /// The key of a 32-byte secret seed (RFC 8032 section 5.1.5).
  public init(seed: [UInt8]) throws(ProofError) {
    guard seed.count == Self.seedByteCount else { throw .badKey("seed is not 32 bytes") }
    guard let key = KeyHandle(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)) else {
      throw .library("EVP_PKEY_new_raw_private_key")
    }
    var encoded = [UInt8](repeating: 0, count: Ed25519PublicKey.byteCount)
    var length = encoded.count
    guard EVP_PKEY_get_raw_public_key(key.pointer, &encoded, &length) == 1, length == encoded.count,
      let publicKey = Ed25519PublicKey(encoded)
    else { throw .library("EVP_PKEY_get_raw_public_key") }
    self.key = key
    self.publicKey = publicKey
  }

  /// The 64-byte signature of `message`; always the same for the same message.
  public func signature(of message: [UInt8]) throws(ProofError) -> [UInt8] {
    guard let context = ContextHandle(), EVP_DigestSignInit(context.pointer, nil, nil, nil, key.pointer) == 1 else {
      throw .library("EVP_DigestSignInit")
    }
    var signature = [UInt8](repeating: 0, count: Ed25519PublicKey.signatureByteCount)
    var length = signature.count
    guard EVP_DigestSign(context.pointer, &signature, &length, message, message.count) == 1,
      length == signature.count
    else { throw .library("EVP_DigestSign") }
    return signature
  }
}
