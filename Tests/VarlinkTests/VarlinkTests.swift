import Glibc
import JSON
import Testing
import Varlink

@Suite struct ServerTests {
  @Test func answersASimpleCall() throws {
    let service = try TestService()
    defer { service.stop() }
    var client = try service.client()
    let reply = try client.call("org.example.test.Echo", [UInt8](#"{"text":"é"}"#.utf8))
    #expect(String(decoding: reply, as: UTF8.self) == #"{"text":"é"}"#)
    let info = try JSON(parsing: client.call("org.varlink.service.GetInfo"))
    #expect(info["interfaces"] == ["org.varlink.service", "org.example.test"])
  }
}
