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
    ErrorEntry(
      .tool, "copyInsideJournal", .refused,
      (
        "the folder of the copy is the journal's folder, or lies in it; nothing was copied",
        "副本的文件夹就是账本的文件夹，或在其中；什么都没有复制"
      ),
      cure: (
        "name a folder on another disk: counterfoil journal copy --to FOLDER",
        "请用另一块磁盘上的文件夹：counterfoil journal copy --to 文件夹"
      )),
    ErrorEntry(
      .tool, "copyFolder", .inputOutput,
      ("the folder that the copy is to stand in is not there; nothing was copied", "放副本的文件夹不存在；什么都没有复制"),
      cure: (
        "is the stick or disk mounted (findmnt)? else make the folder first: mkdir",
        "U 盘或磁盘挂载了吗（findmnt）？否则先建立文件夹：mkdir"
      )),
    ErrorEntry(
      .tool, "rootOnly", .permission,
      ("this is for root alone", "此操作只限 root"), cure: ("repeat it with sudo", "请用 sudo 重试")),
    ErrorEntry(
      .tool, "otherName", .refused,
      ("what was typed is not this till's name; nothing was done", "输入的不是本收银机的名称；什么都没有做"),
      cure: ("is this the right box? type shop/till exactly as the command shows it", "是这台机器吗？请按显示的样子输入 门店/收银机")),
    ErrorEntry(
      .tool, "imageHasSales", .refused,
      ("there are sales on this box: no image is made of them", "本机有销售记录：不能做成镜像"),
      cure: (
        "archive them first: sudo counterfoil factory-reset; then move the archive off this disk",
        "先归档：sudo counterfoil factory-reset；然后把归档移出本盘"
      )),
  ]
}
