// What the commands for a whole box can end with.
extension ErrorTable {
  static let boxErrors: [ErrorEntry] = [
    ErrorEntry(
      .tool, "daemonRuns", .temporary,
      ("the daemon runs, and this needs its files", "守护进程正在运行，而此命令需要它的文件"),
      cure: (
        "sudo systemctl stop counterfoild.socket counterfoild, then repeat",
        "sudo systemctl stop counterfoild.socket counterfoild，然后重试"
      )),
    ErrorEntry(
      .tool, "copyDamaged", .inputOutput,
      ("the copy of the old box's journal is not as it was written", "旧机器账本的副本与写入时不符"),
      cure: (
        "look for a whole copy or the old disk; only without one: counterfoil box replace --accept-loss WHY",
        "请找完整的副本或旧磁盘；实在没有才用：counterfoil box replace --accept-loss 原因"
      )),
  ]
}
