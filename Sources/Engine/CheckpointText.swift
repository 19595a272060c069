import JSON

/// The signed note inside a checkpoint entry.
public enum CheckpointNote {
  public static func text(_ entry: [UInt8]) -> String? {
    guard let members = (try? JSON(parsing: entry))?.object else { return nil }
    let data = members.first { $0.key == "data" }?.value.object
    return data?.first { $0.key == "note" }?.value.string
  }
}
