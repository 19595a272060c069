import Glibc
import Till

/// `counterfoil-explorer [DEPTH [SALES [STATES]]]`: explores the sound machine, then each planted fault must be found.
let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let depth = numbers.first ?? 6
let sales = numbers.dropFirst().first ?? 1
let states = numbers.dropFirst(2).first ?? 2_000_000

func seconds(_ body: () -> Void) -> Int {
  let clock = ContinuousClock()
  return Int(clock.measure(body).components.seconds)
}

var passed = 0
var failed = 0
var sound = Explorer(.sound, largestSales: sales)
let taken = seconds { sound.run(depth: depth, largestStates: states) }
let report = sound.report
print(
  "depth \(report.depth)\(report.isWhole ? " (whole: nothing new is left)" : ""), \(report.states) states, "
    + "\(report.steps) steps, \(report.refusals) of them refused, \(taken) s")
print("\(report.acted.count) kinds of transitions (command and place) taken, \(report.refused.count) refused")
func commands(_ places: Set<String>) -> Set<String> { Set(places.map { String($0.prefix { $0 != " " }) }) }
let never = commands(report.refused).subtracting(commands(report.acted))
print("\(commands(report.acted).count) commands taken; refused only: \(never.sorted().joined(separator: " "))")
let kinds = RecordKind.allCases.filter { report.records.contains($0) }
print(
  "\(kinds.count) of \(RecordKind.allCases.count) kinds of records; never: "
    + RecordKind.allCases.filter { !report.records.contains($0) }.map(\.rawValue).joined(separator: " "))
print(
  "\(report.approvals.count) of \(ApprovalAction.allCases.count) kinds of approvals used; never: "
    + ApprovalAction.allCases.filter { !report.approvals.contains($0) }.map(\.rawValue).joined(separator: " "))
print("refusals: \(report.rules.sorted().joined(separator: " "))")
if let fault = report.fault {
  print("FAILED: \(fault.text)\n  by: \(fault.path.joined(separator: ", "))")
  failed += 1
} else {
  passed += 1
}
for beginning in Beginning.allCases where beginning != .sold {
  var explorer = Explorer(.sound, largestSales: sales, beginning: beginning)
  explorer.run(depth: max(1, depth - 2), largestStates: states)
  if let fault = explorer.report.fault {
    print("FAILED from \(beginning): \(fault.text)\n  by: \(fault.path.joined(separator: ", "))")
    failed += 1
  } else {
    print("from \(beginning): depth \(explorer.report.depth), \(explorer.report.states) states")
    passed += 1
  }
}
for machine in Machine.allCases where machine != .sound {
  var explorer = Explorer(machine, largestSales: 1, beginning: machine.beginning)
  explorer.run(depth: depth, largestStates: states)
  if let fault = explorer.report.fault {
    print("planted \(machine.rawValue): found at depth \(fault.path.count): \(fault.text)")
    passed += 1
  } else {
    print("planted \(machine.rawValue): NOT found in \(explorer.report.states) states")
    failed += 1
  }
}
print("\(passed) passed, \(failed) failed")
exit(failed == 0 ? 0 : 1)
