// swift-tools-version: 6.2
import PackageDescription

/// Every warning in our own code is an error; dependencies keep their own rules.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

func module(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}
/// Release programs carry the Swift runtime inside themselves: a box has no Swift packages, and a static program starts
/// faster and needs less memory. Only the link differs, so programs and tests (which need the shared Testing library)
/// come out of one build; `--static-swift-stdlib` would compile everything a second time.
let staticRuntime: LinkerSetting = .unsafeFlags(
  [
    "-static-stdlib", "-lFoundationInternationalization", "-lCoreFoundation", "-l_FoundationCollections",
    "-l_FoundationCShims", "-l_FoundationICU", "-lswiftSynchronization",
    // Nobody links to a program: without exported names a third of its relocations and tables is not there to be read,
    // and packed relocations (glibc 2.36, Debian 12) are a tenth of the others. Both are memory and time of every start.
    "-use-ld=lld", "-Xlinker", "--no-export-dynamic", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
  ],
  .when(configuration: .release))

func program(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: path, swiftSettings: strict, linkerSettings: [staticRuntime])
}
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func support(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, path: "Tests/Support/\(name)", swiftSettings: strict)
}

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "counterfoil",
  products: [
    .executable(name: "counterfoild", targets: ["counterfoild"]),
    .executable(name: "counterfoil", targets: ["counterfoil"]),
    .executable(name: "counterfoil-simulator", targets: ["counterfoil-simulator"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    // C, wrapped once at the edge. No logic in here.
    .target(name: "CLinux"),
    .target(name: "CEncodingTables"),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CQRencode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CUdev", pkgConfig: "libudev", providers: [.apt(["libudev-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // Pure modules: no I/O, no clock, no random source.
    module("JSON"),
    module("Money"),
    module("Till", ["Money"]),
    module("Records", ["Till", "JSON"]),
    module("Document"),
    module("Receipt", ["Till", "Document"]),
    module("EscPos", ["Document", "CEncodingTables"]),
    module("Symbology"),

    // The journal and its disposable lookup file.
    module("Journal", ["JSON", "CLinux", "COpenSSL", "CZlib"]),
    module("Index", ["Journal", "CSQLite"]),

    // The control protocol.
    module("Varlink", ["JSON", "CLinux", nioCore, nioPosix]),
    module("Interfaces", ["Varlink", "Money"], exclude: ["IDL"]),

    // Devices.
    module("Devices", ["Document"]),
    module("Transports", ["Devices", "CLinux", "CUdev"]),
    module("Drivers", ["Devices", "EscPos", "Symbology"]),
    module("Configuration", ["Devices"]),
    module("TillSettings", ["Till", "Configuration"]),

    // Printers and scanners without hardware, for the simulator and for tests.
    module("VirtualDevices", ["EscPos", "CLinux"]),

    // The register and what stands before it.
    module("Engine", ["Records", "Receipt", "Journal", "Index", "Devices"]),
    module("Control", ["Interfaces", "Engine"]),

    module("Payments", ["Interfaces", "Engine"]),
    // A payment provider without money, for the simulator and for tests.
    module("VirtualProvider", ["Interfaces"]),

    program(
      "counterfoild", ["Control", "Payments", "TillSettings", "Transports", "Drivers", "Symbology", "COpenSSL"]),
    // A library, so that tests can link it: a test of a program would inherit the program's static link.
    module("Command", ["Interfaces", "Engine", "TillSettings", "CQRencode", arguments]),
    program("counterfoil", ["Command"]),
    program("counterfoil-simulator", ["VirtualDevices", "VirtualProvider", arguments]),

    // What several test targets share.
    support("SimulatedDisk", ["Journal"]),
    program("counterfoil-bench", ["EscPos", "Journal", "CLinux"], path: "Benchmarks/counterfoil-bench"),

    .executableTarget(
      name: "varlink-certification-server", dependencies: ["Varlink"], path: "Tests/Support/CertificationServer",
      exclude: ["org.varlink.certification.varlink"], swiftSettings: strict),

    // The seeded simulator of a whole box, and the program that runs it.
    support("Simulation", ["Engine", "SimulatedDisk", "TillShop"]),
    program("counterfoil-seeds", ["Simulation"], path: "Tests/Support/counterfoil-seeds"),

    // Every state of the till's machine that a small alphabet reaches.
    program("counterfoil-explorer", ["Records", "TillShop"], path: "Tests/Support/counterfoil-explorer"),

    tests("JSONTests", ["JSON"], exclude: ["conformance.txt"]),
    tests("MoneyTests", ["Money"], exclude: ["money-rounding.json"]),
    .target(
      name: "TillShop", dependencies: ["Till"], path: "Tests/Support/TillShop", swiftSettings: strict),
    tests("TillTests", ["Till", "TillShop"]),
    tests("RecordsTests", ["Records", "TillShop"]),
    tests("DocumentTests", ["Document"]),
    tests("ReceiptTests", ["Receipt", "TillShop"]),
    tests("EscPosTests", ["EscPos"]),
    tests("SymbologyTests", ["Symbology"], exclude: ["Vectors"]),
    tests("JournalTests", ["Journal", "SimulatedDisk"], exclude: ["Vectors"]),
    tests("IndexTests", ["Index"]),
    tests("VarlinkTests", ["Varlink"]),
    tests("InterfacesTests", ["Interfaces"]),
    tests("DevicesTests", ["Devices"]),
    tests("TransportsTests", ["Transports", "VirtualDevices"]),
    tests("DriversTests", ["Drivers", "Transports", "VirtualDevices"]),
    tests("ConfigurationTests", ["Configuration"]),
    tests("EngineTests", ["Engine", "Simulation", "SimulatedDisk", "TillShop"], exclude: ["Golden"]),
    tests("SimulatedDiskTests", ["SimulatedDisk"]),
    tests("ControlTests", ["Control", "Engine", "Interfaces", "Till", "Money"]),
    tests("CounterfoilTests", ["Command"]),
  ],
  swiftLanguageModes: [.v6]
)
