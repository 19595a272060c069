import JSON
import Till

/// What a total freezes: the canonical bytes that ``SaleTotaled/hash`` is computed over.
public enum FrozenSale {
  /// `{"adjustments":…,"lines":…,"sale":…,"totals":…}` in the entries' own forms.
  public static func bytes(_ sale: Sale) -> [UInt8] {
    var writer = JSONWriter(capacity: 1_024)
    writer.beginObject()
    writer.key("adjustments")
    writer.beginArray()
    for adjustment in sale.adjustments { adjustment.write(to: &writer) }
    writer.endArray()
    writer.key("lines")
    writer.beginArray()
    for line in sale.lines { line.write(to: &writer) }
    writer.endArray()
    writer.key("sale")
    writer.string(sale.id)
    writer.key("totals")
    sale.totals.write(to: &writer)
    writer.endObject()
    return writer.bytes
  }
}
