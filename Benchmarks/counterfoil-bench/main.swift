// Measures what needs no daemon: `counterfoil-bench append DIRECTORY SECONDS CLIENTS` and `counterfoil-bench receipt SECONDS`.
// Each prints one JSON line; times are microseconds.

import Glibc

func run(_ arguments: [String]) throws -> String {
  switch arguments.first {
  case "append" where arguments.count == 4:
    guard let seconds = Double(arguments[2]), let clients = Int(arguments[3]), clients > 0 else { throw Usage() }
    return try AppendBenchmark(directory: arguments[1], seconds: seconds, clients: clients).run()
  case "receipt" where arguments.count == 2:
    guard let seconds = Double(arguments[1]) else { throw Usage() }
    return ReceiptBenchmark(seconds: seconds).run()
  default:
    throw Usage()
  }
}

func complain(_ text: String) {
  let line = Array((text + "\n").utf8)
  _ = write(STDERR_FILENO, line, line.count)
}

do {
  print(try run(Array(CommandLine.arguments.dropFirst())))
} catch is Usage {
  complain("usage: counterfoil-bench append DIRECTORY SECONDS CLIENTS | receipt SECONDS")
  exit(EX_USAGE)
} catch {
  complain("counterfoil-bench: \(error)")
  exit(EX_SOFTWARE)
}
