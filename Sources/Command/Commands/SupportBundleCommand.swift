import ArgumentParser
import Configuration
import Glibc
import JSON

struct SupportBundleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "support-bundle", abstract: "One tar file for whoever helps from afar, without anybody's secrets.",
    discussion: """
      Status, devices, configuration, the journal's end and whether it verifies, the unit's log, what the kernel says of
      disks and USB, versions, room on the disks. Works without the daemon, and as far as possible without root.
      LEFT OUT: PINs and their hashes, keys, payment codes, phone and card numbers, customers, people's names, what was
      sold, records of the journal, print jobs, the environment. What was not available is listed in contents.txt.
      Look into it before it goes out: tar -xOf FILE | less
      EXAMPLES
        sudo counterfoil support-bundle
        counterfoil support-bundle --to /media/usb/till-1.tar
      """)
  @OptionGroup var connection: Connection
  @Option(
    help: ArgumentHelp("The tar file; must not be there. Default: a name with shop, till and time.", valueName: "file"))
  var to: String?
  @Flag(help: "Leaves names of goods in the log, where there are any.") var itemNames = false

  func run() throws {
    let configuration = try? connection.settings()
    let origin = configuration.map { [$0.shop.shop, $0.shop.till].filter { !$0.isEmpty } } ?? []
    let name = (["counterfoil-support"] + origin + [Folders.timeStamp()]).joined(separator: "-")
    let file = to ?? name + ".tar"
    var bundle = SupportBundle(connection: connection, configuration: configuration, keepsItemNames: itemNames)
    bundle.collect()
    try Archive.write(bundle.files, name: name, to: file)
    show(bundle, file)
  }

  private func show(_ bundle: SupportBundle, _ file: String) {
    guard connection.json else {
      Terminal.writeLine(file)
      for part in bundle.files { Terminal.writeLine("  \(part.name)  \(part.bytes.count)") }
      for part in bundle.missing { Terminal.writeLine("  \(text("not there", "缺少"))  \(part.name): \(part.why)") }
      if !bundle.knowsNames { Terminal.writeLine(SupportBundle.unknownNames.text) }
      Terminal.writeLine(text("left out: ", "未包含：") + SupportBundle.leftOut(keepsItemNames: itemNames).text)
      Terminal.writeLine(
        text("look into it before it goes out: tar -xOf \(file) | less", "发出前请查看：tar -xOf \(file) | less"))
      return
    }
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("file")
    writer.string(file)
    writer.key("missing")
    writer.beginArray()
    for part in bundle.missing { writer.string("\(part.name): \(part.why)") }
    writer.endArray()
    writer.key("parts")
    writer.beginArray()
    for part in bundle.files { writer.string(part.name) }
    writer.endArray()
    writer.endObject()
    Terminal.writeLine(String(decoding: writer.bytes, as: UTF8.self))
  }
}
