import Glibc
import Varlink

// The org.varlink.certification service and client, built on the Varlink module only. Used by Tests/Foreign/certify.sh.
//
//   varlink-certification-server --varlink ADDRESS --definition FILE
//   varlink-certification-server --client ADDRESS

let arguments = CommandLine.arguments.dropFirst()
do throws(VarlinkError) {
  switch (arguments.first, arguments.count) {
  case ("--varlink", 4): try CertificationService.serve(CommandLine.arguments[2], definition: CommandLine.arguments[4])
  case ("--client", 2): try CertificationClient.run(CommandLine.arguments[2])
  default:
    print("usage: varlink-certification-server --varlink ADDRESS --definition FILE | --client ADDRESS")
    exit(2)
  }
} catch {
  print("Certification failed: \(error)")
  exit(1)
}
