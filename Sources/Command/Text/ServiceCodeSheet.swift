import Engine
import Interfaces

/// The service codes for a technician's wallet.
package enum ServiceCodeSheet {
  package static func title(_ code: ServiceCode) -> String {
    switch code {
    case .status: text("how the box is", "本机状态")
    case .doctor: text("what is wrong, and what mends it", "哪里有问题，怎么处理")
    }
  }

  /// A note for a receipt printer: each code as Code 128, which every scanner reads, or as QR code.
  package static func elements(qr: Bool) -> [Wire.Element] {
    ServiceCode.allCases.flatMap { code in
      [
        Wire.Element(text: title(code)),
        qr ? Wire.Element(qr: code.rawValue) : Wire.Element(barcode: Wire.Barcode(kind: .code128, data: code.rawValue)),
        Wire.Element(text: code.rawValue), Wire.Element(feed: 3),
      ]
    }
  }

  /// A drawing, in millimetres, of A6 width.
  package static func svg() -> [String] {
    let (width, row, bar, quiet) = (105, 40, 18, 10)
    let codes = ServiceCode.allCases
    var lines = [
      #"<svg xmlns="http://www.w3.org/2000/svg" width="\#(width)mm" height="\#(row * codes.count)mm" "#
        + #"viewBox="0 0 \#(width * 2) \#(row * 2 * codes.count)" font-family="sans-serif" text-anchor="middle">"#,
      #"<rect width="100%" height="100%" fill="white"/>"#,
    ]
    for (index, code) in codes.enumerated() {
      let (top, middle) = (index * row * 2, width)
      let widths = Code128.widths(code.rawValue) ?? []
      // Two units a millimetre, a module one unit: 0.5 mm, which worn scanners read too.
      var left = max(quiet, middle - widths.reduce(0, +) / 2)
      lines.append(#"<text x="\#(middle)" y="\#(top + 12)" font-size="8">\#(title(code))</text>"#)
      for (place, wide) in widths.enumerated() {
        if place.isMultiple(of: 2) {
          lines.append(#"<rect x="\#(left)" y="\#(top + 18)" width="\#(wide)" height="\#(bar * 2)"/>"#)
        }
        left += wide
      }
      lines.append(#"<text x="\#(middle)" y="\#(top + 64)" font-size="8">\#(code.rawValue)</text>"#)
    }
    return lines + ["</svg>"]
  }
}
