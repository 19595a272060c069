import JSON

/// What a server serves: interface descriptions and a handler for each method. Built once, before the server starts.
/// `org.varlink.service` is part of every service.
public struct VarlinkService: Sendable {
  /// `vendor` of `org.varlink.service.GetInfo`.
  public let vendor: String
  /// `product` of GetInfo.
  public let product: String
  /// `version` of GetInfo.
  public let version: String
  /// `url` of GetInfo.
  public let url: String
  /// Name and description of an interface that is served.
  public struct Interface: Sendable, Hashable {
    /// Reverse-domain name.
    public let name: String
    /// The description exactly as it was given.
    public let text: String
  }

  /// In the order they were added, `org.varlink.service` first.
  public private(set) var interfaces: [Interface] = []
  private var methods = MethodTable()

  /// A service with `org.varlink.service` alone. Throws nothing unless this module's own description is wrong.
  public init(vendor: String, product: String, version: String, url: String) throws(VarlinkError) {
    self.vendor = vendor
    self.product = product
    self.version = version
    self.url = url
    try add(ServiceInterface.description, methods: [:])
  }

  /// Adds an interface. `handlers` is keyed by the bare method name; a declared method without one answers
  /// `MethodNotImplemented`. Throws `.definition` for bad text, `.service` for an interface that is there already or a
  /// handler without declaration.
  public mutating func add(_ description: String, methods handlers: [String: VarlinkHandler]) throws(VarlinkError) {
    let interface = try VarlinkInterface(parsing: description)
    for name in handlers.keys.sorted() where !interface.methods.contains(where: { $0.name == name }) {
      throw .service("\(interface.name) declares no method \(name)")
    }
    try add(
      Interface(name: interface.name, text: description),
      methods: interface.methods.map { ("\(interface.name).\($0.name)", handlers[$0.name]) })
  }

  /// Adds an interface whose methods are known already, by their full names in the order of the description: nothing is
  /// parsed, which is most of the time that a service takes to be made. Throws `.service` for one that is there already.
  public mutating func add(
    _ name: String, text: String, methods: [(name: String, handler: VarlinkHandler?)]
  ) throws(VarlinkError) {
    try add(Interface(name: name, text: text), methods: methods)
  }

  private mutating func add(
    _ interface: Interface, methods declared: [(name: String, handler: VarlinkHandler?)]
  ) throws(VarlinkError) {
    guard self.interface(interface.name) == nil else { throw .service("\(interface.name) is served twice") }
    for method in declared { methods.insert(Method(name: method.name, handler: method.handler)) }
    interfaces.append(interface)
  }

  /// The interface of that name.
  public func interface(_ name: String) -> Interface? {
    interfaces.first { $0.name == name }
  }

  /// Declared methods that no handler answers, by full name.
  public var unimplemented: [String] {
    methods.all.filter { $0.handler == nil }.map(\.name).sorted().filter { !ServiceInterface.methods.contains($0) }
  }

  /// Hands a call to its handler, or answers the error that the protocol has for it.
  func dispatch(_ message: CallMessage, session: VarlinkSession, reply: VarlinkReply) {
    guard let method = methods.find(message.method) else {
      refuseUnknown(message.method.string, reply)
      return
    }
    if message.upgrade {
      // Leaving the protocol is optional and not offered.
      reply.methodNotImplemented(method.name)
      return
    }
    let call = VarlinkCall(
      method: method.name, parameters: message.parameters, mode: message.mode, session: session)
    if let handler = method.handler {
      handler(call, reply)
    } else if !ServiceInterface.answer(call, for: self, reply) {
      reply.methodNotImplemented(method.name)
    }
  }

  private func refuseUnknown(_ method: String, _ reply: VarlinkReply) {
    guard let dot = method.lastIndex(of: "."), interface(String(method[..<dot])) != nil else {
      let name = method.lastIndex(of: ".").map { String(method[..<$0]) } ?? method
      reply.interfaceNotFound(name)
      return
    }
    reply.methodNotFound(method)
  }

  struct Method {
    let name: String
    let handler: VarlinkHandler?
  }

  /// Methods found by the bytes of their name, without making a string of it.
  private struct MethodTable {
    private var buckets: [UInt64: [Method]] = [:]

    var all: [Method] { buckets.values.flatMap { $0 } }

    mutating func insert(_ method: Method) {
      buckets[Self.hash(method.name.utf8), default: []].append(method)
    }

    func find(_ name: JSONText) -> Method? {
      name.withUTF8 { bytes in
        buckets[Self.hash(bytes)]?.first { $0.name.utf8.elementsEqual(bytes) }
      }
    }

    /// FNV-1a. The table is fixed at start, so nobody can choose what collides with what.
    private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      return hash
    }
  }
}
