import Foundation
import Testing

/// The published rounding tables in `money-rounding.json` beside this file.
struct Vectors: Decodable {
  struct Cash: Decodable {
    var minor: Int64
    var cash: Int64
  }
  struct Change: Decodable {
    var total: Int64
    var tendered: Int64
    var change: Int64
  }
  var chf5Rappen: [Cash]
  var swedishChangeNearest5: [Change]
  var iso4217Exponents: [String: Int]

  static func load() throws -> Vectors {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("money-rounding.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Vectors.self, from: Data(contentsOf: file))
  }
}
