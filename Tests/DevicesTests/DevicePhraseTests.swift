import Devices
import Testing

/// A Chinese sentence about a device has no English in it.
@Suite struct DevicePhraseTests {
  @Test(arguments: [
    TransportError.absent, .refused, .unreachable, .timedOut, .busy, .denied, .closed(.endOfStream), .closed(.reset),
    .closed(.unplugged), .closed(.timedOut), .notOpen, .interrupted,
  ])
  func everyWordOfATransportIsKnown(error: TransportError) {
    #expect(isChinese(DevicePhrase.chinese(error.why)), "\(error.why)")
  }

  @Test func wholePhrasesAreTranslated() {
    #expect(DevicePhrase.chinese("tcp:10.0.0.7:9100: connection refused") == "tcp:10.0.0.7:9100：连接被拒绝")
    #expect(DevicePhrase.chinese("cover open, out of paper") == "盖子开着，缺纸")
    #expect(DevicePhrase.chinese("connection reset by the device after 12 of 40 bytes") == "设备重置了连接（已发 12/40 字节）")
    #expect(DevicePhrase.chinese("cover open, out of paper as the job ended") == "盖子开着，缺纸（任务结束时）")
    #expect(DevicePhrase.chinese("out of paper, and nobody cleared it in time") == "缺纸，没有人及时处理")
    #expect(DevicePhrase.chinese("open failed with error 5") == "open 失败，错误号 5")
    #expect(DevicePhrase.chinese("of another kind") == "of another kind")
    #expect(DevicePhrase.chinese("") == "")
  }

  private func isChinese(_ text: String) -> Bool {
    text.unicodeScalars.contains { $0.value >= 0x4e00 }
      && !text.unicodeScalars.contains { $0.properties.isAlphabetic && $0.isASCII }
  }
}
