// What is installed, and who looks.
extension Doctor {
  static let rules = "70-counterfoil.rules"

  mutating func lookAtPackage() {
    guard isInstalled else {
      return report.skip(.package, text("files of the package", "软件包的文件"), text("it is not installed", "没有安装"))
    }
    lookAtRules()
    guard let answer = view.run(["dpkg", "--verify", "counterfoil"]), answer.exit == 0 || !answer.output.isEmpty,
      !answer.output.contains("not installed")
    else {
      return report.skip(
        .package, text("files of the package", "软件包的文件"), text("dpkg does not know the package", "dpkg 不认识这个软件包"))
    }
    var changed: [String] = []
    for line in answer.output.split(separator: "\n") {
      let words = line.split { $0.isWhitespace }.map(String.init)
      // A path stands last; `c` before it marks a configuration file, which is the owner's.
      guard let path = words.last, path.hasPrefix("/"), !words.dropLast().contains("c"),
        !path.hasPrefix("/usr/share/doc/"),
        !path.hasPrefix("/usr/share/man/"), !path.hasPrefix("/usr/share/locale/"),
        !path.hasPrefix("/usr/share/lintian/"), !line.contains("ermission denied")
      else { continue }
      changed.append(path)
    }
    for path in changed {
      report.find(
        .package, .packageChanged, .warning, path,
        text("it is not as the package brought it", "与软件包提供的不同"), "sudo apt-get install --reinstall counterfoil")
    }
    if changed.isEmpty { report.fact(.package, text("files as packaged", "文件与软件包一致")) }
  }

  private mutating func lookAtRules() {
    guard view.exists("/usr/lib/udev/rules.d/\(Self.rules)") || view.exists("/lib/udev/rules.d/\(Self.rules)") else {
      return report.find(
        .package, .udevRulesMissing, .error, Self.rules,
        text(
          "the rules of udev are gone: scanners lose their names and their group at the next plug",
          "udev 规则不在了：扫描器下次插入后会失去名称和组"),
        "sudo apt-get install --reinstall counterfoil")
    }
    let own = "/etc/udev/rules.d/\(Self.rules)"
    guard view.exists(own) else { return }
    report.find(
      .package, .udevRulesShadowed, .warning, own,
      text(
        "it stands in place of the packaged rules, which new versions change; own rules go into 69-counterfoil-local.rules",
        "它取代了软件包的规则，升级不会生效；自己的规则应写在 69-counterfoil-local.rules"),
      "sudo mv \(own) /etc/udev/rules.d/69-counterfoil-local.rules; sudo udevadm control --reload")
  }

  mutating func lookAtUser() {
    let name = view.isRoot ? view.sudoUser : view.userName(view.userID)
    guard let name, name != "root" else { return report.fact(.user, "root") }
    guard let group = view.number("counterfoil", in: "/etc/group") else {
      return report.skip(
        .user, text("groups of \(name)", "\(name) 的组"), text("there is no group counterfoil", "没有 counterfoil 组"))
    }
    let isMember = view.members("counterfoil").contains(name)
    let has = !view.isRoot && view.groupIDs.contains(group)
    if has || (view.isRoot && isMember) { return report.fact(.user, "\(name): counterfoil") }
    guard isMember else {
      return report.find(
        .user, .userOutside, .warning, name,
        text("this user may not open the control socket", "该用户不能打开控制套接字"),
        "sudo usermod -aG counterfoil,counterfoil-technician \(Shell.word(name))")
    }
    report.find(
      .user, .userGroupsOld, .warning, name,
      text("joined the group counterfoil after this login", "在本次登录之后才加入 counterfoil 组"), "exec su - \(Shell.word(name))"
    )
  }
}
