#!/usr/bin/env python3
"""What docs/operations.md says of the package, on a box.

    Tests/Box/operations.py [--keep FOLDER]
"""

import argparse
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import image as box_image  # noqa: E402
import machine as machines  # noqa: E402
from rig import Findings, install, package, run  # noqa: E402

DISK_MEBIBYTES = 1024
BOOKS = "ls /var/lib/counterfoil/journal 2>&1; ls -d /etc/counterfoil /var/lib/counterfoil 2>&1"


# The actions of a pcscd that was built with polkit, as Debian 13's is; Debian 12's asks nobody.
POLICY = """<policyconfig>
<action id="org.debian.pcsc-lite.access_pcsc"><defaults><allow_any>no</allow_any></defaults></action>
<action id="org.debian.pcsc-lite.access_card"><defaults><allow_any>no</allow_any></defaults></action>
</policyconfig>
"""


def cards(machine: machines.Machine, findings: Findings) -> None:
    """polkit lets the daemon use smart card readers, and no other service."""
    machine.run(f"cat > /usr/share/polkit-1/actions/org.debian.pcsc-lite.policy <<'END'\n{POLICY}END\n"
                "systemctl restart polkit; systemd-run --quiet --unit=other --uid=pos sleep 600")
    answers = []
    for unit in ("counterfoild", "other"):
        process = machine.run(f"systemctl show {unit} -p MainPID --value").strip()
        for action in ("access_pcsc", "access_card"):
            answers.append(machine.run(f"pkcheck --action-id org.debian.pcsc-lite.{action} --process {process} 2>&1",
                                       check=False).strip() or "yes")
    findings.that(answers[:2] == ["yes"] * 2 and all("not authorized" in answer.lower() for answer in answers[2:]),
                  "polkit lets the daemon use card readers, and nobody else", f"{answers}")


def purge(machine: machines.Machine, findings: Findings) -> None:
    """The books go when somebody says yes, and only then."""
    machine.run("cp /dev/disk/by-id/virtio-package /run/package.deb")
    said = machine.run("DEBIAN_FRONTEND=noninteractive dpkg --purge counterfoil 2>&1", deadline=300)
    left = machine.run(BOOKS, check=False)
    kept = ".seg" in left and "\n/etc/counterfoil" not in left and "holds the books of this till and stays" in said
    findings.that(kept, "purged with nobody there: the books stay, and it is said where they are", left + said)
    for answer, stays in (("", True), ("no", True), ("yes", False)):
        machine.run("install -D -g counterfoild -m 0640 /var/lib/counterfoil/counterfoil.toml.purged "
                    "/etc/counterfoil/counterfoil.toml && dpkg -i /run/package.deb 2>&1", deadline=300)
        findings.that("selling" in machine.run("counterfoil status", check=False), "it goes on from the books")
        said = machine.run(f"echo {answer} | DEBIAN_FRONTEND=teletype dpkg --purge counterfoil 2>&1", deadline=300)
        left = machine.run(BOOKS, check=False)
        findings.that("Delete the books of this till as well?" in said, "it asks", said)
        findings.that((".seg" in left) == stays and ("and stays" in said) == stays,
                      f"answered with {answer or 'Enter'}: the books {'stay' if stays else 'are deleted'}", left + said)


def check(_: argparse.Namespace, folder: pathlib.Path, findings: Findings) -> None:
    upper = machines.make_disk(folder / "upper.img", DISK_MEBIBYTES)
    with machines.Machine(box_image.ensure(), folder / "box", upper=upper, disks={"package": package()}) as machine:
        machine.wait_until_up()
        machine.run("systemctl is-system-running --wait", check=False)
        install(machine)
        cards(machine, findings)
        purge(machine, findings)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sys.exit(run(arguments, check))
