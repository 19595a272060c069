import Interfaces
import JSON

/// Events for people, one a line.
package enum EventText {
  package static func lines(_ output: SystemInterface.Watch.Output, _ style: Style) -> [String] {
    let gap = output.gap.map {
      style("-- \(text("events were lost", "有事件丢失")): \(Word.text($0.reason)) --", .notice)
    }
    return (gap.map { [$0] } ?? [])
      + output.events.map { event in
        let place = [event.lane ?? "", event.sequence.map { "#\($0)" } ?? ""].filter { !$0.isEmpty }
        return style(Moment.text(event.at), .faint) + "  "
          + style("\(event.topic.rawValue).\(event.name)", .heading)
          + "  \(([event.subject] + place).joined(separator: " "))  \(facts(event.data))"
      }
  }

  /// The plain facts as `name value`; what is nested stays in `--json`.
  private static func facts(_ data: RawObject) -> String {
    (data.tree?.object ?? []).compactMap { member in
      if let string = member.value.string { return "\(member.key) \(string)" }
      if let number = member.value.integer { return "\(member.key) \(number)" }
      if let bool = member.value.bool { return bool ? member.key : nil }
      return nil
    }.joined(separator: ", ")
  }
}
