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
  var chf_5rappen: [Cash]
  var swedish_change_nearest_5: [Change]
  var iso4217_exponents: [String: Int]

  static func load() throws -> Vectors {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("money-rounding.json")
    return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
  }
}
