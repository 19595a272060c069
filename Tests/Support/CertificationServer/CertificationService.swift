import Glibc
import JSON
import Varlink

/// Serves org.varlink.certification. Everything runs on the server's event loop.
final class CertificationService: @unchecked Sendable {
  private static let name = "org.varlink.certification"
  /// Client id → index of the step it must take next.
  private var clients: [String: Int] = [:]

  static func serve(_ address: String, definition: String) throws(VarlinkError) {
    signal(SIGPIPE, SIG_IGN)
    let state = CertificationService()
    var handlers: [String: VarlinkHandler] = ["Start": { call, reply in state.start(reply) }]
    for (index, step) in Expectations.steps.enumerated() {
      handlers[step.method] = { call, reply in state.take(index, call, reply) }
    }
    var service = try VarlinkService(
      vendor: "Varlink", product: "Certification", version: "1", url: "https://varlink.org")
    try service.add(try text(of: definition), methods: handlers)
    let server = VarlinkServer(service)
    let listener = try ListeningSocket.activated()
    if let listener {
      try server.listen(on: listener)
    } else {
      try server.listen(on: .bind(VarlinkAddress(address)))
    }
    print("Listening on \(address)")
    fflush(nil)
    while true { pause() }
  }

  private func start(_ reply: VarlinkReply) {
    let client = String(UInt64.random(in: 1 ... .max), radix: 16)
    clients[client] = 0
    reply.reply { Self.write(["client_id": .string(client)], to: &$0) }
  }

  private func take(_ index: Int, _ call: VarlinkCall, _ reply: VarlinkReply) {
    let step = Expectations.steps[index]
    guard let got = try? JSON(parsing: call.parameters), let client = got["client_id"]?.string else {
      reply.invalidParameter("client_id")
      return
    }
    guard let next = clients[client] else {
      reply.replyError(Self.name + ".ClientIdError", VarlinkClient.noParameters)
      return
    }
    let wanted = Expectations.adding(client, to: step.parameters)
    let mode: VarlinkMode = step.method == "Test10" ? .more : step.method == "Test11" ? .oneway : .once
    guard next == index, call.mode == mode, Expectations.same(wanted, got) else {
      clients[client] = nil
      print(
        "Certification error: \(step.method), mode \(call.mode), got \(String(decoding: call.parameters, as: UTF8.self))"
      )
      reply.replyError(Self.name + ".CertificationError") {
        Self.write(["wants": wanted, "got": got], to: &$0)
      }
      return
    }
    clients[client] = index + 1
    guard step.method == "Test10" else {
      if step.method == "End" { clients[client] = nil }
      reply.reply { Self.write(step.reply, to: &$0) }
      return
    }
    for line in Expectations.lines.dropLast() {
      _ = reply.replyContinues { Self.write(["string": .string(line)], to: &$0) }
    }
    reply.reply { Self.write(["string": .string(Expectations.lines.last ?? "")], to: &$0) }
  }

  private static func write(_ value: JSON, to writer: inout JSONWriter) {
    // Only infinities fail, and there are none.
    try? writer.value(value)
  }

  private static func text(of path: String) throws(VarlinkError) -> String {
    guard let file = fopen(path, "r") else { throw .system(step: "open", subject: path, number: errno) }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    return String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
  }
}
