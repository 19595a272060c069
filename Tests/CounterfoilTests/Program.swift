import Foundation

/// The built program, run as a person or script runs it.
struct Program {
  /// A folder of its own, removed by `remove`.
  let folder: URL

  struct Result {
    var exit: Int32
    var output: String
    var errors: String
  }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "cf-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  }

  func remove() {
    try? FileManager.default.removeItem(at: folder)
  }

  /// Runs to the end, without a terminal and in English unless said otherwise.
  func run(_ arguments: String..., language: String = "C") throws -> Result {
    try run(arguments, language: language)
  }

  /// `output`: what standard output is; nil: a file.
  func run(_ arguments: [String], language: String = "C", output: String? = nil) throws -> Result {
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "counterfoil")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ["LANG": language, "TERM": "xterm", "TZ": "UTC", "HOME": folder.path()]
    let files = [folder.appending(path: "out"), folder.appending(path: "err")]
    for file in files { try Data().write(to: file) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try output.map { FileHandle(forWritingAtPath: $0) } ?? FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    process.waitUntilExit()
    let texts = try files.map { try String(contentsOf: $0, encoding: .utf8) }
    return Result(exit: process.terminationStatus, output: texts[0], errors: texts[1])
  }
}
