import ArgumentParser
import Interfaces
import JSON
import Varlink

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "What the box does, and what it waits for.")
  @OptionGroup var connection: Connection

  func run() throws {
    let status = try connection.call(SystemInterface.Status.self, .init())
    connection.show(status) { Self.lines(status) }
  }

  private static func lines(_ status: SystemInterface.Status.Output) -> [String] {
    let style = Terminal.style
    let good = status.mode == .selling
    var lines = [
      style(status.origin.isEmpty ? "counterfoil" : status.origin, .heading) + "  "
        + style(status.mode.rawValue, good ? .good : .bad) + "  \(text("business day", "营业日")) \(status.businessDay)"
    ]
    if let head = status.journal {
      lines.append(
        "\(text("journal", "账本"))  \(head.sequence + 1) \(text("records", "条记录")), \(text("epoch", "纪元")) \(head.epoch), \(head.chain.prefix(16))"
      )
    }
    lines.append(
      "\(text("open sales", "未完成销售")) \(status.openSales), \(text("unresolved", "待核实")) \(status.unresolved), "
        + "\(text("receipts owed", "欠打小票")) \(status.receiptsOwed), \(text("clock", "时钟")) \(status.clock.rawValue)")
    var lanes = Table((text("LANE", "收银位"), .left), (text("SHIFT", "班次"), .left), (text("PRINTER", "打印机"), .left))
    for lane in status.lanes { lanes.add(lane.name, lane.shift ?? "-", lane.printer ?? "-") }
    lines += lanes.lines(style)
    var printers = Table(
      (text("PRINTER", "打印机"), .left), (text("STATE", "状态"), .left), (text("PAPER", "纸"), .left), ("", .left))
    for printer in status.printers {
      printers.add(
        printer.printer, printer.online ? printer.state.rawValue : "offline", printer.paper.rawValue, printer.why ?? "")
    }
    if !printers.isEmpty { lines += printers.lines(style) }
    for wait in status.waits {
      lines.append(style("! \(wait.text)", .notice))
      if let command = wait.command { lines.append("    \(command)") }
    }
    return lines
  }
}

struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Everything that happens, as it happens.")
  @OptionGroup var connection: Connection
  @Option(help: "Only these topics: sale, tender, shift, print, drawer, device, system.") var topic: [String] = []
  @Option(help: "Only this lane.") var lane: String?

  func run() throws {
    let topics = try topic.map { name in
      guard let topic = Wire.Topic(rawValue: name) else { throw Failure.usage("no topic \(name)") }
      return topic
    }
    let address = try connection.address
    let input = SystemInterface.Watch.Input(topics: topics, lane: lane)
    do {
      var client = try VarlinkClient(address)
      try client.callMore(Method.systemWatch.rawValue, input.bytes) { parameters, _ in
        guard let output = try? SystemInterface.Watch.Output(parsing: parameters, tolerant: true) else { return true }
        if connection.json {
          Terminal.writeLine(String(decoding: parameters, as: UTF8.self))
          return true
        }
        if let gap = output.gap { Terminal.writeLine("-- \(gap.reason.rawValue) --") }
        for event in output.events {
          Terminal.writeLine(
            "\(Moment.text(event.at))  \(event.topic.rawValue).\(event.name)  \(event.subject)  "
              + String(decoding: event.data.bytes.prefix(160), as: UTF8.self))
        }
        return true
      }
    } catch {
      throw Failure(error, address: address, method: Method.systemWatch.rawValue)
    }
  }
}

struct DevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "devices", abstract: "The devices and how they are.")
  @OptionGroup var connection: Connection

  func run() throws {
    let output = try connection.call(DeviceInterface.List.self, .init(all: true))
    connection.show(output) {
      var table = Table(("NAME", .left), ("CLASS", .left), ("STATE", .left), ("PATH", .left), ("", .left))
      for device in output.devices {
        table.add(device.name, device.`class`, device.state.rawValue, device.path, device.why ?? "")
      }
      return table.lines(Terminal.style)
    }
  }
}

struct CallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "call", abstract: "Calls any method.",
    discussion: #"EXAMPLE: counterfoil call io.counterfoil.Sale.Get '{"sale":"…"}'"#)
  @OptionGroup var connection: Connection
  @Argument(help: "Full method name.") var method: String
  @Argument(help: "Parameters, one JSON object.") var parameters = "{}"
  @Flag(help: "Take a stream of replies.") var more = false

  func run() throws {
    let bytes: [UInt8]
    do {
      bytes = try JSON(parsing: parameters).bytes()
    } catch { throw Failure.usage("parameters: \(error)") }
    guard more else {
      Terminal.writeLine(String(decoding: try connection.raw(method, bytes), as: UTF8.self))
      return
    }
    let address = try connection.address
    do {
      var client = try VarlinkClient(address)
      try client.callMore(method, bytes) { reply, _ in
        Terminal.writeLine(String(decoding: reply, as: UTF8.self))
        return true
      }
    } catch { throw Failure(error, address: address, method: method) }
  }
}

struct IntrospectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "introspect", abstract: "The interfaces of a service, or the text of one.")
  @OptionGroup var connection: Connection
  @Argument(help: "Interface name.") var interface: String?

  func run() throws {
    guard let interface else {
      let bytes = try connection.raw("org.varlink.service.GetInfo", Array("{}".utf8))
      guard !connection.json else { return Terminal.writeLine(String(decoding: bytes, as: UTF8.self)) }
      let names = (try? JSON(parsing: bytes))?["interfaces"]?.array ?? []
      for name in names { Terminal.writeLine(name.string ?? "") }
      return
    }
    let parameters = (try? JSON.object([.init("interface", .string(interface))]).bytes()) ?? []
    let bytes = try connection.raw("org.varlink.service.GetInterfaceDescription", parameters)
    guard !connection.json else { return Terminal.writeLine(String(decoding: bytes, as: UTF8.self)) }
    Terminal.writeLine((try? JSON(parsing: bytes))?["description"]?.string ?? "")
  }
}

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Cause and cure of an error, mode or reason.")
  @Flag(help: "Output for programs.") var json = false
  @Argument(help: "The code; without one all are listed.") var code: String?

  func run() throws {
    guard let code else {
      for entry in ErrorTable.all { Terminal.writeLine("\(ErrorTable.shortName(entry.code))  \(entry.cause.text)") }
      return
    }
    let found = ErrorTable.matches(code)
    guard !found.isEmpty else {
      let similar = ErrorTable.similar(to: code)
      throw Failure(
        "usage", text("no code \(code)", "没有代码 \(code)"),
        advice: similar.isEmpty ? ["counterfoil explain"] : [similar.joined(separator: ", ")], exit: .usage)
    }
    for entry in found {
      if json {
        let object = JSON.object([
          .init("cause", .string(entry.cause.english)), .init("code", .string(entry.code)),
          .init("cure", .string(entry.cure.english)), .init("exit", .integer(Int64(entry.exit.rawValue))),
        ])
        Terminal.writeLine(String(decoding: (try? object.bytes()) ?? [], as: UTF8.self))
      } else {
        Terminal.writeLine(Terminal.style(entry.code, .heading))
        Terminal.writeLine("  \(text("cause", "原因")): \(entry.cause.text)")
        Terminal.writeLine("  \(text("cure", "处理")): \(entry.cure.text)")
      }
    }
  }
}
