import JSON
import Varlink

/// Walks the certification sequence against somebody else's server and checks every answer.
enum CertificationClient {
  static func run(_ address: String) throws(VarlinkError) {
    var client = try VarlinkClient(VarlinkAddress(address))
    try checkIntrospection(&client)
    guard let id = try parse(client.call("org.varlink.certification.Start"))["client_id"]?.string else {
      throw .message("Start answered no client_id")
    }
    print("Start: \(id)")
    var given: JSON = [:]
    for step in Expectations.steps {
      let method = "org.varlink.certification." + step.method
      let parameters = try bytes(Expectations.adding(id, to: given))
      switch step.method {
      case "Test10":
        var lines: [JSON] = []
        try client.callMore(method, parameters, timeout: .seconds(10)) { (reply, _) throws(VarlinkError) -> Bool in
          lines.append(try parse(reply)["string"] ?? nil)
          return true
        }
        given = ["last_more_replies": .array(lines)]
        guard lines == Expectations.lines.map({ .string($0) }) else { throw .message("Test10 answered \(lines)") }
      case "Test11":
        try client.callOneway(method, parameters)
        given = [:]
      default:
        let reply = try parse(client.call(method, parameters, timeout: .seconds(10)))
        given = .object((reply.object ?? []).filter { $0.key != "client_id" })
        guard Expectations.same(given, step.reply, anyCase: true) else {
          throw .message("\(step.method) answered \(given)")
        }
      }
      print("\(step.method): ok")
    }
    print("Certification passed")
  }

  /// The service describes itself, and an unknown name gets its own error.
  private static func checkIntrospection(_ client: inout VarlinkClient) throws(VarlinkError) {
    let info = try parse(client.call("org.varlink.service.GetInfo"))
    guard info["interfaces"]?.array?.contains("org.varlink.certification") == true else {
      throw .message("GetInfo answered \(info)")
    }
    let parameters = try bytes(["interface": "org.varlink.certification"])
    let description = try parse(client.call("org.varlink.service.GetInterfaceDescription", parameters))
    let interface = try VarlinkInterface(parsing: description["description"]?.string ?? "")
    guard interface.methods.count == 13 else { throw .message("\(interface.methods.count) methods are described") }
    do throws(VarlinkError) {
      _ = try client.call("org.example.unknown.Method")
    } catch {
      guard case .remote(name: "org.varlink.service.InterfaceNotFound", _) = error else { throw error }
      print("Introspection: ok")
      return
    }
    throw .message("an unknown interface was answered")
  }

  private static func parse(_ bytes: [UInt8]) throws(VarlinkError) -> JSON {
    do { return try JSON(parsing: bytes) } catch { throw .json(error) }
  }

  private static func bytes(_ value: JSON) throws(VarlinkError) -> [UInt8] {
    do { return try value.bytes() } catch { throw .json(error) }
  }
}
