import Glibc

exit(SeedsProgram.run(Array(CommandLine.arguments.dropFirst())))
