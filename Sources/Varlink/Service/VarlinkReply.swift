import JSON

/// The way back to the caller of one call. May be sent to another thread and kept, but every method must be called on the
/// server's event loop (inside a handler or inside `VarlinkServer.execute`).
///
/// Answer every call exactly once with `reply` or `replyError`; before that a `more` call takes any number of
/// `replyContinues`. Answers after the last, or after the connection closed, are `.closed` and have no effect.
public struct VarlinkReply: Sendable {
  let connection: ServerConnection
  let serial: UInt64

  /// Sends the final reply. `parameters` is one JSON object.
  @discardableResult
  public func reply(_ parameters: some Collection<UInt8>) -> VarlinkDelivery {
    connection.send(serial, .final) { $0.raw(parameters) }
  }

  /// Sends the final reply; `write` writes one JSON object, directly into the outgoing bytes.
  @discardableResult
  public func reply(_ write: (inout JSONWriter) -> Void) -> VarlinkDelivery {
    connection.send(serial, .final, write)
  }

  /// Sends one reply of a stream. `parameters` is one JSON object.
  public func replyContinues(_ parameters: some Collection<UInt8>) -> VarlinkDelivery {
    connection.send(serial, .continues) { $0.raw(parameters) }
  }

  /// Sends one reply of a stream; `write` writes one JSON object.
  public func replyContinues(_ write: (inout JSONWriter) -> Void) -> VarlinkDelivery {
    connection.send(serial, .continues, write)
  }

  /// Sends an error as the final reply. `name` is fully qualified, `parameters` one JSON object.
  @discardableResult
  public func replyError(_ name: String, _ parameters: some Collection<UInt8>) -> VarlinkDelivery {
    connection.send(serial, .error(name)) { $0.raw(parameters) }
  }

  /// Sends an error as the final reply; `write` writes one JSON object.
  @discardableResult
  public func replyError(_ name: String, _ write: (inout JSONWriter) -> Void) -> VarlinkDelivery {
    connection.send(serial, .error(name), write)
  }

  /// Answers nothing and closes the connection: the outcome of the call is not known here.
  public func abandon() {
    connection.abandon(serial)
  }

  /// Calls `body` once, on the event loop, if the connection ends before the final reply. At once if it has ended.
  /// This is how a stream learns that its reader has left. A second call replaces the first.
  public func onCancel(_ body: @escaping @Sendable () -> Void) {
    connection.onCancel(serial, body)
  }

  /// Calls `body`, on the event loop, whenever the peer has caught up after a `.slow`. A second call replaces the
  /// first.
  public func onReady(_ body: @escaping @Sendable () -> Void) {
    connection.onReady(serial, body)
  }
}

extension VarlinkReply {
  /// `org.varlink.service.InvalidParameter`: missing, unknown or mistyped.
  @discardableResult
  public func invalidParameter(_ name: String) -> VarlinkDelivery {
    standard("InvalidParameter", "parameter", name)
  }

  /// `org.varlink.service.MethodNotImplemented`: declared, not built.
  @discardableResult
  public func methodNotImplemented(_ method: String) -> VarlinkDelivery {
    standard("MethodNotImplemented", "method", method)
  }

  /// `org.varlink.service.MethodNotFound`.
  @discardableResult
  public func methodNotFound(_ method: String) -> VarlinkDelivery {
    standard("MethodNotFound", "method", method)
  }

  /// `org.varlink.service.InterfaceNotFound`.
  @discardableResult
  public func interfaceNotFound(_ interface: String) -> VarlinkDelivery {
    standard("InterfaceNotFound", "interface", interface)
  }

  /// `org.varlink.service.ExpectedMore`: the method only streams.
  @discardableResult
  public func expectedMore() -> VarlinkDelivery {
    replyError("org.varlink.service.ExpectedMore", [UInt8]("{}".utf8))
  }

  /// `org.varlink.service.PermissionDenied`.
  @discardableResult
  public func permissionDenied() -> VarlinkDelivery {
    replyError("org.varlink.service.PermissionDenied", [UInt8]("{}".utf8))
  }

  private func standard(_ name: String, _ key: String, _ value: String) -> VarlinkDelivery {
    replyError("org.varlink.service." + name) { writer in
      writer.beginObject()
      writer.key(key)
      writer.string(value)
      writer.endObject()
    }
  }
}
