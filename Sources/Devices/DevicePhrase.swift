/// What drivers and transports say of a device, in Chinese. Their own words are English, and part of the protocol's `why`;
/// who shows them to a person translates the whole phrase here.
public enum DevicePhrase {
  /// The phrase in Chinese: parts joined by `, `, with what stands before `: ` (an address) and numbers kept. A phrase that
  /// is not known stays as it is: it is better than none.
  public static func chinese(_ why: String) -> String {
    if let known = words[why] { return known }
    if let colon = range(of: ": ", in: why), let known = words[String(why[colon.upperBound...])] {
      return why[..<colon.lowerBound] + "：" + known
    }
    for (ending, chinese) in endings where why.hasSuffix(ending) {
      return Self.chinese(String(why.dropLast(ending.utf8.count))) + chinese
    }
    if let failed = range(of: " failed with error ", in: why) {
      return "\(why[..<failed.lowerBound]) 失败，错误号 \(why[failed.upperBound...])"
    }
    if let after = range(of: " after ", in: why) {
      let counts = why[after.upperBound...].split(separator: " ")
      if counts.count == 4, counts[1] == "of", counts[3] == "bytes" {
        return Self.chinese(String(why[..<after.lowerBound])) + "（已发 \(counts[0])/\(counts[2]) 字节）"
      }
    }
    let parts = why.split(separator: ",").map { String($0.drop { $0 == " " }) }
    guard parts.count > 1, parts.allSatisfy({ words[$0] != nil }) else { return why }
    return parts.compactMap { words[$0] }.joined(separator: "，")
  }

  private static func range(of separator: String, in text: String) -> Range<String.Index>? {
    var start = text.startIndex
    while start < text.endIndex {
      if text[start...].hasPrefix(separator) { return start..<text.index(start, offsetBy: separator.count) }
      start = text.index(after: start)
    }
    return nil
  }

  private static let endings = [
    (" as the job ended", "（任务结束时）"), (", and nobody cleared it in time", "，没有人及时处理"),
  ]

  private static let words = [
    "not plugged in": "未插上", "connection refused": "连接被拒绝", "no way to that address": "到不了该地址",
    "no answer to the connection request": "连接请求没有应答", "in use by another program": "被另一个程序占用",
    "permission denied": "没有权限", "connection ended by the device": "设备断开了连接",
    "connection reset by the device": "设备重置了连接", "unplugged": "已拔出", "connection timed out": "连接超时",
    "not connected": "未连接", "interrupted": "被中断", "no thread for this device": "没有可用的线程",
    "connected, but it does not answer: another computer may be printing, or this is no printer":
      "已连接但没有应答：可能另一台电脑正在打印，或这不是打印机",
    "not asked yet": "尚未询问", "it has not answered yet": "尚未应答", "cover open": "盖子开着", "out of paper": "缺纸",
    "broken: needs a technician": "故障，需要维修", "cutter jammed": "切刀卡住", "print head too hot": "打印头过热",
    "error: open and close the cover": "出错，请开合一次盖子", "switched offline at the printer": "打印机上被设为离线",
    "too many orders wait": "等待的命令太多", "nobody wants it any more": "已不需要",
    "the sale is not open any more": "销售已不在进行", "the shift is closed": "已交班",
    "over before the daemon was restarted": "重启前已结束",
  ]
}
