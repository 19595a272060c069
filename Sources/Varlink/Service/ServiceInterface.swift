import JSON

/// `org.varlink.service`, which every service offers (varlink.org, "Service").
enum ServiceInterface {
  static let getInfo = "org.varlink.service.GetInfo"
  static let getInterfaceDescription = "org.varlink.service.GetInterfaceDescription"
  static let methods = [getInfo, getInterfaceDescription]

  static let description = """
    # What every Varlink service tells about itself.
    interface org.varlink.service

    # Who made the service, and which interfaces it offers.
    method GetInfo() -> (
      vendor: string,
      product: string,
      version: string,
      url: string,
      interfaces: []string
    )

    # The description of one of the interfaces, as text.
    method GetInterfaceDescription(interface: string) -> (description: string)

    # The service does not offer this interface.
    error InterfaceNotFound (interface: string)

    # The interface has no such method.
    error MethodNotFound (method: string)

    # The interface has the method, the service does not implement it.
    error MethodNotImplemented (method: string)

    # A parameter is missing, unknown or of the wrong type.
    error InvalidParameter (parameter: string)

    # The caller may not do this.
    error PermissionDenied ()

    # The method answers with a stream only; call it with "more".
    error ExpectedMore ()

    """

  /// Answers a call of this interface; false when it is of another.
  static func answer(_ call: VarlinkCall, for service: VarlinkService, _ reply: VarlinkReply) -> Bool {
    switch call.method {
    case getInfo:
      guard let parameters = parameters(of: call) else { break }
      if let unknown = parameters.first {
        reply.invalidParameter(unknown.key)
      } else {
        info(service, reply)
      }
    case getInterfaceDescription:
      guard let parameters = parameters(of: call) else { break }
      if let unknown = parameters.first(where: { $0.key != "interface" }) {
        reply.invalidParameter(unknown.key)
      } else if let name = parameters.first?.value.string {
        describe(name, service, reply)
      } else {
        reply.invalidParameter("interface")
      }
    default: return false
    }
    return true
  }

  private static func parameters(of call: VarlinkCall) -> [JSON.Member]? {
    (try? JSON(parsing: call.parameters))?.object
  }

  private static func info(_ service: VarlinkService, _ reply: VarlinkReply) {
    reply.reply { writer in
      writer.beginObject()
      writer.key("vendor")
      writer.string(service.vendor)
      writer.key("product")
      writer.string(service.product)
      writer.key("version")
      writer.string(service.version)
      writer.key("url")
      writer.string(service.url)
      writer.key("interfaces")
      writer.beginArray()
      for interface in service.interfaces { writer.string(interface.name) }
      writer.endArray()
      writer.endObject()
    }
  }

  private static func describe(_ name: String, _ service: VarlinkService, _ reply: VarlinkReply) {
    guard let interface = service.interface(name) else {
      reply.interfaceNotFound(name)
      return
    }
    reply.reply { writer in
      writer.beginObject()
      writer.key("description")
      writer.string(interface.text)
      writer.endObject()
    }
  }
}
