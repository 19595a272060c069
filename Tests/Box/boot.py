#!/usr/bin/env python3
"""From a bare Debian to the first sale: the package is installed, the box is switched off and on, and sells.

    Tests/Box/boot.py [--keep FOLDER]

Prints the seconds from the start of the kernel to the daemon's READY and to the first sale's stub; the processor is
emulated, so they compare with themselves only.
"""

import argparse
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import image as box_image  # noqa: E402
import machine as machines  # noqa: E402
from rig import CASHIER, OPEN_SHIFT, SALE, UPGRADED, Findings, fetch, install, package, run  # noqa: E402

DISK_MEBIBYTES = 1024


def uptime(machine: machines.Machine) -> float:
    return float(machine.run("cat /proc/uptime").split()[0])


def install_and_switch_off(image: pathlib.Path, folder: pathlib.Path, upper: pathlib.Path, findings: Findings) -> None:
    with machines.Machine(image, folder / "install", upper=upper, disks={"package": package()}) as machine:
        print(f"up after {machine.wait_until_up():.1f} s", flush=True)
        before = machine.run("systemctl is-system-running --wait", check=False).strip()
        findings.that(before == "running", "the bare system runs", before)
        install(machine)
        findings.that(machine.run("dpkg --audit") == "", "the package is configured")
        machine.shut_down()


def first_sale(image: pathlib.Path, folder: pathlib.Path, upper: pathlib.Path, findings: Findings) -> None:
    with machines.Machine(image, folder / "cold", upper=upper, disks={"package": package()}) as machine:
        machine.wait_until_up()
        state = machine.run("systemctl is-system-running --wait", check=False).strip()
        findings.that(state == "running", "a cold boot is not degraded", state + machine.run("systemctl --failed"))
        active = machine.run("systemctl show counterfoild -p ActiveEnterTimestampMonotonic --value").strip()
        findings.that(int(active) > 0, "the daemon is ready by itself", active)
        status = machine.run("systemctl show counterfoild -p StatusText --value").strip()
        findings.that(status.startswith("selling"), "it says that it sells", status)
        machine.run(OPEN_SHIFT)
        sold = machine.run(SALE)
        print(f"READY {int(active) / 1e6:.1f} s after the kernel's start, the first sale {uptime(machine):.1f} s")
        findings.that("stub 1" in sold, "the first sale has its stub", sold)
        doctor(machine, findings)
        refused = machine.run("runuser -u nobody -- counterfoil status; echo code $?", check=False)
        findings.that("code 77" in refused, "who is in no group is refused by the kernel", refused)
        stay(machine, findings)
        leave(machine, findings)


def doctor(machine: machines.Machine, findings: Findings) -> None:
    """A box that was just installed has one fault: no time server has told it the time. Each fault that is made is found,
    and what --fix may mend it mends."""
    found = json.loads(machine.run("counterfoil doctor --json; true"))
    codes = sorted(one["code"] for one in found["findings"])
    findings.that(codes == ["clockUntrusted"], "the doctor finds only that no server told the time", str(found))
    findings.that(found["notSeen"] == [], "as root it sees everything", str(found["notSeen"]))
    machine.run("chmod 0666 /run/counterfoil/control; chmod 0644 /var/lib/counterfoil/keys/journal.key; "
                "systemctl disable counterfoild 2>/dev/null; echo '#' >>/usr/lib/udev/rules.d/70-counterfoil.rules")
    worse = json.loads(machine.run("counterfoil doctor --json; true"))
    codes = sorted(one["code"] for one in worse["findings"])
    findings.that(codes == ["clockUntrusted", "keyRights", "packageChanged", "serviceDisabled", "serviceDisabled",
                            "socketRights"], "what was broken is found", str(codes))
    mended = json.loads(machine.run("counterfoil doctor --fix --yes --json; true"))
    codes = sorted(one["code"] for one in mended["findings"])
    findings.that(codes == ["clockUntrusted", "packageChanged"], "--fix mends what it may", str(mended))
    machine.run("sed -i '$d' /usr/lib/udev/rules.d/70-counterfoil.rules")
    seen = machine.run("runuser -u nobody -- counterfoil doctor --json; true")
    findings.that('"userOutside"' in seen and '"notSeen":[{' in seen, "anybody may ask it and hears what he cannot see",
                  seen)
    clock(machine, findings)


def clock(machine: machines.Machine, findings: Findings) -> None:
    """The clock goes forward and back to the truth, the hardware clock with it; behind the newest record only by force."""
    start = int(machine.run("date +%s"))
    machine.run(f"counterfoil clock set \"$(date -d @{start + 86400} '+%Y-%m-%d %H:%M:%S')\"")
    seconds = int(machine.run("date +%s")) - start
    findings.that(86400 <= seconds < 86500, "clock set sets the clock", str(seconds))
    hardware = int(machine.run("cat /sys/class/rtc/rtc0/since_epoch")) - start
    findings.that(86390 <= hardware < 86510, "and the hardware clock", str(hardware))
    refused = machine.run("counterfoil clock set '2026-01-02 10:00' 2>&1; echo code $?", check=False)
    findings.that("code 1" in refused and "before the newest record" in refused, "not behind the newest record", refused)
    back = f"\"$(date -d @{start + 120} '+%Y-%m-%d %H:%M:%S')\""
    machine.run(f"counterfoil clock set {back} --force --reason 'the test is over'")
    seconds = int(machine.run("date +%s")) - start
    findings.that(120 <= seconds < 220, "by force it goes back", str(seconds))


PID = "systemctl show counterfoild -p MainPID --value"


def stay(machine: machines.Machine, findings: Findings) -> None:
    """An upgrade waits for the open sale; a crash brings the daemon back; the socket is there all the time."""
    opened = machine.run(CASHIER + "counterfoil call io.counterfoil.Sale.Open "
                         """'{"idempotencyKey":"boot-open-sale-01","lane":"lane-1"}'""")
    sale = re.search(r'"sale": ?"([^"]+)"', opened)[1]
    fetch(machine, package(), "package")
    before = machine.run(PID)
    machine.run("dpkg -i /run/package.deb; sleep 3", deadline=300)
    after = machine.run(PID + "; systemctl is-active counterfoil-upgrade", check=False)
    findings.that(after == before + "activating\n", "an upgrade waits while a sale is open", f"{before} {after}")
    machine.run(CASHIER + "counterfoil call io.counterfoil.Sale.Void "
                f"""'{{"idempotencyKey":"boot-void-sale-01","sale":"{sale}","reason":"changed his mind"}}'""")
    machine.until(UPGRADED, seconds=120)
    after = machine.run(PID)
    findings.that(before != after and after != "0\n", "it changes to the new version then", f"{before} {after}")
    machine.run(f"kill -9 $({PID})")
    sale = machine.run(SALE)
    findings.that("stub" in sale, "killed: the next client waits for the restart and is served", sale)
    watch(machine, findings)
    verdict = machine.run("systemd-analyze security counterfoild.service --no-pager | tail -1")
    level = float(re.search(r"([\d.]+) \w+", verdict.split("service:")[1])[1])
    findings.that(level <= 2.0, f"systemd-analyze security: exposure {level}", verdict)
    words = machine.run("systemd-analyze verify counterfoild.service counterfoild.socket counterfoil-firstboot.service "
                        "2>&1 | grep -v 'Command .man'; true")
    findings.that(words == "", "systemd-analyze verify says nothing", words)


def watch(machine: machines.Machine, findings: Findings) -> None:
    """A daemon that does not run any more is found by systemd's watchdog, ended and started anew."""
    asked = machine.run("systemctl show counterfoild -p WatchdogUSec --value").strip()
    findings.that(asked == "30s", "systemd watches the daemon", asked)
    fed = machine.run("sleep 35; systemctl show counterfoild -p NRestarts --value; " + PID, deadline=120)
    before, pid = fed.split()
    machine.run(f"kill -STOP {pid}")
    # Each try waits as long as a client does.
    machine.run(f"until {CASHIER} counterfoil status > /dev/null 2>&1; do sleep 1; done", deadline=240)
    sale = machine.run(SALE)
    findings.that("stub" in sale, "stopped: the next client waits for the watchdog's restart and is served", sale)
    after = machine.run("systemctl show counterfoild -p NRestarts --value").strip()
    findings.that(int(after) == int(before) + 1, "it was systemd that restarted it, once", f"{before} {after}")
    why = machine.run("journalctl -u counterfoild --no-pager | grep -c 'Watchdog timeout'", check=False).strip()
    findings.that(why == "1", "systemd says why, and was content with the daemon before", why)


def leave(machine: machines.Machine, findings: Findings) -> None:
    """Removing keeps the journal."""
    machine.run("dpkg -r counterfoil", deadline=300)
    left = machine.run("ls /var/lib/counterfoil/journal; systemctl is-active counterfoild counterfoild.socket",
                       check=False)
    findings.that(".seg" in left and "\nactive" not in left, "removed: the journal stays, nothing runs", left)
    machine.run("dpkg -i /run/package.deb && systemctl start counterfoild", deadline=300)
    again = machine.run(CASHIER + "counterfoil sale get 1")
    findings.that("Tea" in again, "installed again: the sales are there", again)


def check(_: argparse.Namespace, folder: pathlib.Path, findings: Findings) -> None:
    image = box_image.ensure()
    upper = machines.make_disk(folder / "upper.img", DISK_MEBIBYTES)
    install_and_switch_off(image, folder, upper, findings)
    first_sale(image, folder, upper, findings)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sys.exit(run(arguments, check))
