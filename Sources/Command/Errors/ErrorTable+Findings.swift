// What `counterfoil doctor` finds, beside the reasons and waits that the daemon knows too.
extension ErrorTable {
  static let findings: [ErrorEntry] = services + installed + devices + disks + clocks

  private static let services: [ErrorEntry] = [
    finding(
      "unitMissing", .unavailable, ("the daemon's unit is not installed", "没有安装守护进程的单元"),
      (
        "install the package again: sudo apt-get install --reinstall counterfoil",
        "重新安装软件包：sudo apt-get install --reinstall counterfoil"
      )),
    finding(
      "unitOutdated", .refused, ("a unit's file changed after systemd read it", "单元文件在 systemd 读取之后有改动"),
      ("sudo systemctl daemon-reload; it counts from the next start on", "sudo systemctl daemon-reload；下次启动起生效")),
    finding(
      "serviceDisabled", .unavailable,
      ("a unit does not start when the box is switched on, or is masked", "单元不会随开机启动，或被屏蔽"),
      ("sudo systemctl unmask UNIT; sudo systemctl enable UNIT", "sudo systemctl unmask 单元；sudo systemctl enable 单元")),
    finding(
      "serviceFailed", .unavailable, ("the daemon ended and systemd does not start it again", "守护进程已退出，systemd 不再启动它"),
      ("its last lines say why: journalctl -u counterfoild -n 20", "最后几行说明原因：journalctl -u counterfoild -n 20")),
    finding(
      "serviceStopped", .unavailable, ("the daemon does not run: somebody stopped it", "守护进程没有运行：有人停掉了它"),
      ("sudo systemctl start counterfoild", "sudo systemctl start counterfoild")),
    finding(
      "serviceRestarting", .unavailable, ("the daemon ends by itself and is started again", "守护进程自行退出并被反复重启"),
      (
        "its last lines say why: journalctl -u counterfoild -n 20; keep them for a report",
        "最后几行说明原因：journalctl -u counterfoild -n 20；上报时附上"
      )),
    finding(
      "twoDaemons", .unavailable,
      (
        "more than one daemon runs with the same configuration; only one can have the journal", "同一份配置有多个守护进程；只有一个能使用账本"
      ),
      ("end the one that systemd did not start: sudo kill PROCESS", "结束不是由 systemd 启动的那个：sudo kill 进程号")),
    finding(
      "daemonSilent", .unavailable,
      ("the daemon does not answer, and nothing around it says why", "守护进程没有应答，周围也查不出原因"),
      (
        "installed: journalctl -u counterfoild -n 20; sudo systemctl restart counterfoild. Run by hand: counterfoild --config FILE; its first lines say what is wrong",
        "已安装：journalctl -u counterfoild -n 20；sudo systemctl restart counterfoild。手动运行：counterfoild --config 文件；最初几行说明原因"
      )),
    finding(
      "socketStopped", .unavailable, ("nothing listens on the control socket", "没有进程监听控制套接字"),
      (
        "sudo systemctl stop counterfoild; sudo systemctl start counterfoild.socket counterfoild",
        "sudo systemctl stop counterfoild；sudo systemctl start counterfoild.socket counterfoild"
      )),
    finding(
      "socketRights", .refused,
      (
        "the control socket has another group or other rights than the package gives, or every user may connect",
        "控制套接字的组或权限与软件包设定的不同，或任何用户都能连接"
      ),
      (
        "sudo chgrp counterfoil /run/counterfoil/control; sudo chmod 0660 /run/counterfoil/control; without the package: sudo chmod o-rwx SOCKET",
        "sudo chgrp counterfoil /run/counterfoil/control；sudo chmod 0660 /run/counterfoil/control；未装软件包：sudo chmod o-rwx 套接字"
      )),
  ]

  private static let installed: [ErrorEntry] = [
    finding(
      "packageChanged", .refused, ("a file of the package is missing or was changed", "软件包的文件缺失或被改动"),
      (
        "bring it back: sudo apt-get install --reinstall counterfoil; own settings go into /etc",
        "恢复它：sudo apt-get install --reinstall counterfoil；自己的设置放在 /etc"
      )),
    finding(
      "udevRulesMissing", .configuration, ("the package's udev rules are gone", "软件包的 udev 规则不在了"),
      ("sudo apt-get install --reinstall counterfoil", "sudo apt-get install --reinstall counterfoil")),
    finding(
      "udevRulesShadowed", .refused,
      (
        "a file of the same name in /etc/udev/rules.d stands in place of the packaged rules",
        "/etc/udev/rules.d 中的同名文件取代了软件包的规则"
      ),
      (
        "move it to 69-counterfoil-local.rules and leave only your own lines in it",
        "改名为 69-counterfoil-local.rules，只保留自己的行"
      )),
    finding(
      "userOutside", .permission, ("the user is not in the group counterfoil", "该用户不在 counterfoil 组中"),
      (
        "sudo usermod -aG counterfoil,counterfoil-technician USER, then log in again",
        "sudo usermod -aG counterfoil,counterfoil-technician 用户，然后重新登录"
      )),
    finding(
      "userGroupsOld", .permission,
      ("the user joined the group after logging in", "该用户登录后才加入这个组"), ("log out and in again", "注销后重新登录")),
    finding(
      "configurationOpen", .refused,
      ("every user can read counterfoil.toml, which holds hashes of PINs", "所有用户都能读取含有 PIN 哈希的 counterfoil.toml"),
      ("sudo chmod 0640 /etc/counterfoil/counterfoil.toml", "sudo chmod 0640 /etc/counterfoil/counterfoil.toml")),
    finding(
      "keyRights", .configuration,
      ("the journal's key does not belong to the daemon's user alone", "账本密钥不是只属于守护进程的用户"),
      (
        "sudo chown counterfoil:counterfoild /var/lib/counterfoil/keys/journal.key; sudo chmod 0600 the same; if others could read it, begin an epoch with a new key",
        "sudo chown counterfoil:counterfoild /var/lib/counterfoil/keys/journal.key；再 chmod 0600；如果别人可能读过它，用新密钥开始新纪元"
      )),
  ]

  private static let devices: [ErrorEntry] = [
    finding(
      "modemManager", .refused,
      ("ModemManager takes a scanner or printer for a modem and writes into it", "ModemManager 把扫描器或打印机当成调制解调器并向它写数据"),
      (
        "name the device in /etc/udev/rules.d/69-counterfoil-local.rules, or: sudo systemctl disable --now ModemManager",
        "在 /etc/udev/rules.d/69-counterfoil-local.rules 中写明该设备，或：sudo systemctl disable --now ModemManager"
      )),
    finding(
      "brltty", .refused, ("brltty takes USB serial bridges for braille displays", "brltty 把 USB 串口转接器当成盲文显示器"),
      ("sudo apt-get purge brltty", "sudo apt-get purge brltty")),
    finding(
      "cupsHoldsPrinter", .refused, ("the printing system may use the receipt printer", "打印系统可能占用小票打印机"),
      (
        "sudo systemctl disable --now cups.service cups.socket cups.path",
        "sudo systemctl disable --now cups.service cups.socket cups.path"
      )),
    finding(
      "usbAutosuspend", .refused, ("the kernel puts a USB device of the till to sleep", "内核会让收银机的 USB 设备休眠"),
      (
        "counterfoil doctor --fix until the next plug; for good a line in 69-counterfoil-local.rules: ATTR{power/control}=\"on\"",
        "counterfoil doctor --fix 在重新插拔前有效；长期有效要在 69-counterfoil-local.rules 中写 ATTR{power/control}=\"on\""
      )),
    finding(
      "pcscdDenied", .refused,
      ("polkit does not let the daemon's user use smart card readers", "polkit 不允许守护进程的用户使用读卡器"),
      (
        "add a rule for org.debian.pcsc-lite in /etc/polkit-1/rules.d",
        "在 /etc/polkit-1/rules.d 中添加 org.debian.pcsc-lite 规则"
      )),
  ]

  private static let disks: [ErrorEntry] = [
    finding(
      "diskNearlyFull", .refused, ("the disk of the journal is nearly full", "账本所在的磁盘快满了"),
      (
        "see what is large: sudo du -xh / | sort -rh | head; old .segz files may be moved to another disk",
        "查看大文件：sudo du -xh / | sort -rh | head；旧的 .segz 文件可移到别的磁盘"
      )),
    finding(
      "inodesNearlyFull", .refused, ("the file system has few file entries left", "文件系统剩余的 inode 不多"),
      (
        "see where the files are: sudo du -x --inodes / | sort -rn | head",
        "查看文件在哪里：sudo du -x --inodes / | sort -rn | head"
      )),
    finding(
      "diskFullSoon", .refused, ("at the pace of the last week the disk is full soon", "按最近一周的速度，磁盘即将写满"),
      ("make room now, or plan a larger disk", "现在清理，或准备更大的磁盘")),
    finding(
      "flashWorn", .inputOutput, ("the flash memory of the box is near the end of its life", "本机的闪存接近寿命终点"),
      (
        "copy the journal now (counterfoil journal copy --to DIR) and replace the disk or the box",
        "现在就复制账本（counterfoil journal copy --to 目录），并更换磁盘或机器"
      )),
    finding(
      "fileSystemErrors", .inputOutput, ("the file system has found errors in itself", "文件系统发现了自身的错误"),
      (
        "copy the journal (counterfoil journal copy --to DIR), then check the disk: fsck at the next boot, journalctl -k",
        "复制账本（counterfoil journal copy --to 目录），再检查磁盘：下次开机 fsck，journalctl -k"
      )),
  ]

  private static let clocks: [ErrorEntry] = [
    finding(
      "noRTC", .refused, ("the box has no clock that runs while it is off", "本机没有关机时走时的时钟"),
      ("give it network at each start, or a clock module with a battery", "每次开机都联网，或加装带电池的时钟模块")),
    finding(
      "clockBehind", .configuration, ("the clock is before the newest record of the journal", "时钟早于账本的最新记录"),
      ("sudo counterfoil clock set \"YYYY-MM-DD HH:MM\"", "sudo counterfoil clock set \"YYYY-MM-DD HH:MM\"")),
    finding(
      "clockStepped", .refused, ("the clock was set since the newest record", "自最新记录以来时钟被调过"),
      ("is it right now? counterfoil clock", "现在对了吗？counterfoil clock")),
  ]

  private static func finding(
    _ code: String, _ exit: Sysexit, _ cause: (String, String), _ cure: (String, String)
  ) -> ErrorEntry {
    ErrorEntry(.finding, code, exit, cause, cure: cure)
  }
}
