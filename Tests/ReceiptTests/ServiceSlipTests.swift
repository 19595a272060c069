import Document
import Receipt
import Testing

/// Slips for technicians, character by character.
@Suite struct ServiceSlipTests {
  private func slip(_ kind: ServiceSlip.Kind, _ language: Language) -> ServiceSlip {
    let isChinese = language == .simplifiedChinese
    var slip = ServiceSlip(
      kind: kind, language: language, version: "0.1.0", origin: "shop-0042/till-01",
      box: "6de524cb811b99256de524cb811b9925", mode: "reading", reasons: ["journalFull"], sells: false,
      localTime: "2026-03-01 09:30:00", timeTrusted: false,
      journal: ServiceSlip.Journal(epoch: 0, sequence: 1_234, size: 812 << 20, room: 1_536 << 10, days: 2),
      findings: [
        .init(
          text: isChinese ? "账本不可写：磁盘已满" : "the journal is not writable: the disk is full",
          command: "counterfoil explain journalFull"),
        .init(text: "front", command: nil),
      ])
    slip.lanes = [.init(name: "1", shift: "s7", operator: "1001"), .init(name: "2", shift: nil, operator: nil)]
    slip.devices = [
      .init(name: "front", state: .bad, why: isChinese ? "缺纸" : "no paper"),
      .init(name: "scanner-1", state: .good, why: ""), .init(name: "kitchen", state: .away, why: ""),
    ]
    slip.addresses = ["eth0 192.0.2.2", "eth0 fd00::2"]
    return slip
  }

  private func text(_ slip: ServiceSlip) -> String {
    Receipt.render(slip).plainText(columns: 32, measure: .eastAsian)
  }

  /// A line break in what somebody else wrote would feed paper.
  @Test func eachFindingIsAParagraph() {
    var slip = slip(.status, .english)
    slip.findings = [.init(text: "a\n\nb", command: "c\nd")]
    slip.devices = [.init(name: "front", state: .bad, why: "e\r\nf")]
    let lines = text(slip).split(separator: "\n").map { $0.drop { $0 == " " } }
    #expect(lines.contains("! a  b") && lines.contains("c d"))
    #expect(lines.contains { $0.hasPrefix("e") && $0.hasSuffix("f") })
  }

  @Test func statusInChinese() {
    let expected = """
             - 服务单 非票据 -
              本机状态
             shop-0042/till-01
      --------------------------------
      模式                        只读
                           journalFull
      版本                       0.1.0
      本机            6de524cb811b9925
      时间         2026-03-01 09:30:00
                          (时间未校准)
      --------------------------------
      账本 纪元/序号            0/1234
        大小                   812 MiB
        剩余空间               1.5 MiB
        可用天数                     2
      收银位 1            班次 s7 1001
      收银位 2                  未开班
      --------------------------------
      front                     需处理
        缺纸
      scanner-1                   正常
      kitchen                     不在
      --------------------------------
      网络地址          eth0 192.0.2.2
                          eth0 fd00::2
      --------------------------------
      ! 账本不可写：磁盘已满
        counterfoil explain
      journalFull
      ! front
      --------------------------------
             - 服务单 非票据 -
      [cut]

      """
    #expect(text(slip(.status, .simplifiedChinese)) == expected)
  }

  @Test func statusInEnglish() {
    let expected = """
      - SERVICE SLIP - NOT A RECEIPT -
                STATUS
             shop-0042/till-01
      --------------------------------
      Mode                  READS ONLY
                           journalFull
      Version                    0.1.0
      Box             6de524cb811b9925
      Time         2026-03-01 09:30:00
                   (time not verified)
      --------------------------------
      Journal epoch/sequence    0/1234
        Size                   812 MiB
        Room left              1.5 MiB
        Days to full                 2
      Lane 1             shift s7 1001
      Lane 2             no open shift
      --------------------------------
      front               needs a hand
        no paper
      scanner-1                     ok
      kitchen                  missing
      --------------------------------
      Network           eth0 192.0.2.2
                          eth0 fd00::2
      --------------------------------
      ! the journal is not writable:
      the disk is full
        counterfoil explain
      journalFull
      ! front
      --------------------------------
      - SERVICE SLIP - NOT A RECEIPT -
      [cut]

      """
    #expect(text(slip(.status, .english)) == expected)
  }

  @Test func doctorInChinese() {
    let expected = """
             - 服务单 非票据 -
              本机检查
             shop-0042/till-01
      --------------------------------
      模式                        只读
                           journalFull
      版本                       0.1.0
      本机            6de524cb811b9925
      时间         2026-03-01 09:30:00
                          (时间未校准)
      --------------------------------
      ! 账本不可写：磁盘已满
        counterfoil explain
      journalFull
      ! front
      其余检查：counterfoil doctor
      --------------------------------
             - 服务单 非票据 -
      [cut]

      """
    #expect(text(slip(.doctor, .simplifiedChinese)) == expected)
  }

  @Test func doctorInEnglish() {
    let expected = """
      - SERVICE SLIP - NOT A RECEIPT -
                DOCTOR
             shop-0042/till-01
      --------------------------------
      Mode                  READS ONLY
                           journalFull
      Version                    0.1.0
      Box             6de524cb811b9925
      Time         2026-03-01 09:30:00
                   (time not verified)
      --------------------------------
      ! the journal is not writable:
      the disk is full
        counterfoil explain
      journalFull
      ! front
      All other checks: counterfoil
      doctor
      --------------------------------
      - SERVICE SLIP - NOT A RECEIPT -
      [cut]

      """
    #expect(text(slip(.doctor, .english)) == expected)
  }

  /// A box of which nothing is known, and one with more to say than anybody reads.
  @Test func littleAndMuch() {
    let empty = ServiceSlip(
      kind: .status, language: .english, version: "", origin: "", box: "", mode: "later", reasons: [], sells: false,
      localTime: "", timeTrusted: true, journal: nil, findings: [])
    #expect(text(empty).contains("cannot be read"))
    #expect(text(empty).contains("nothing waits for you"))
    #expect(!text(empty).contains("not verified"))
    var full = slip(.status, .english)
    full.findings = (0..<100).map { .init(text: "finding-\($0)", command: nil) }
    full.addresses = (0..<100).map { "eth\($0)" }
    #expect(text(full).contains("finding-19\n"))
    #expect(!text(full).contains("finding-20\n"))
    #expect(text(full).contains("+ 80: counterfoil status"))
    #expect(!text(full).contains("eth24"))
  }

  @Test func itIsNoReceipt() {
    for element in Receipt.render(slip(.status, .english)).elements {
      if case .qrCode = element { Issue.record("a code") }
      if case .barcode = element { Issue.record("a code") }
    }
  }

  @Test(
    arguments: [
      (0, "0.0 KiB"), (1_023, "0.9 KiB"), (1_024, "1.0 KiB"), (812 << 20, "812 MiB"), (1_536 << 10, "1.5 MiB"),
      (Int64.max, "8388607 TiB"), (-1, "0.0 KiB"), (1_023 << 10, "1023 KiB"), (64 << 30, "64 GiB"),
    ] as [(Int64, String)])
  func bytes(_ count: Int64, _ expected: String) {
    #expect(ServiceSlip.bytes(count) == expected)
  }
}
