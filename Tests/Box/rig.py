"""The box with its package, ready to be restored in a second: for everything that need not see a boot."""

import argparse
import contextlib
import hashlib
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable

import image as box_image
from machine import Machine

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STATES = ROOT / ".build/box-state"
CASHIER_PORT = 7001
STATE = "/var/lib/counterfoil"
CONFIGURED = "/etc/counterfoil/counterfoil.toml"
CASHIER = "runuser -u pos -- "
OPEN_SHIFT = CASHIER + "counterfoil shift open --operator 1"
SALE = CASHIER + 'counterfoil sale ring --line "Tea,3.50" --cash 5.00'
# The upgrade has ended, well or not: while it waits it is `activating`.
UPGRADED = "! systemctl show counterfoil-upgrade -p ActiveState --value | grep -q ing$"
CONFIGURATION = """
[shop]
name = "存根便利店"
shop = "shop-0042"
till = "till-01"
currency = "CNY"
time_zone = "Asia/Shanghai"
[storage]
segment_mib = 8
[[tax.rate]]
code = "A"
rate = "13%"
included = true
[limits]
price_override = "10%"
void_totalled_needs_approval = false
no_sale_needs_approval = false
[[role]]
role = "cashier"
users = ["pos"]
[[lane]]
name = "lane-1"
{printer}
"""
PRINTER = """
printer = "front"
drawer = "front"
[[printer]]
name = "front"
profile = "generic-gbk-80"
address = "tcp://10.0.2.2:{port}"
"""


def package() -> pathlib.Path:
    """The Debian package that `make deb` made."""
    found = sorted((ROOT / ".build/package").glob("counterfoil_*.deb"))
    if not found:
        raise SystemExit("no package in .build/package: run make deb")
    return found[-1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def devices(folder: pathlib.Path, port: int) -> tuple[str, ...]:
    """A network whose other end is this host, a slot for a disk, a port for acknowledgements."""
    return ("-netdev", f"user,id=net,restrict=off,hostfwd=tcp:127.0.0.1:{port}-:{CASHIER_PORT}",
            "-device", "virtio-net-pci,netdev=net",
            "-device", "pcie-root-port,id=dataport,slot=0,chassis=1",
            "-chardev", f"socket,id=acknowledged,path={folder}/acknowledged,server=on,wait=off",
            "-device", "virtserialport,chardev=acknowledged,name=box.acknowledged")


def fetch(machine: Machine, file: pathlib.Path, name: str) -> None:
    """Brings the package that is plugged in as the disk `name` to /run/NAME.deb."""
    machine.run(f"head -c {file.stat().st_size} /dev/disk/by-id/virtio-{name} > /run/{name}.deb", deadline=300)


def install(machine: Machine) -> None:
    """The package, as a technician installs it, and somebody to sell."""
    fetch(machine, package(), "package")
    machine.run("dpkg -i /run/package.deb && rm /run/package.deb", deadline=300)
    machine.run("useradd --groups counterfoil,counterfoil-cashier pos")


def installed(start: Callable[[], Machine]) -> pathlib.Path:
    """The saved state of a box with the package, which all tests of this package restore: made by the first of them."""
    digest = hashlib.sha256((box_image.STANDARD / "fingerprint").read_bytes())
    for path in (package(), HERE / "rig.py", HERE / "machine.py"):
        digest.update(path.read_bytes())
    state = STATES / digest.hexdigest()
    with box_image.alone(STATES):
        if not state.exists():
            for old in STATES.iterdir():
                old.unlink()
            unfinished = state.with_suffix(".unfinished")
            save_installed(start, unfinished)
            unfinished.rename(state)
    return state


def save_installed(start: Callable[[], Machine], path: pathlib.Path) -> None:
    with start() as machine:
        machine.wait_until_up()
        machine.run("systemctl is-system-running --wait")
        install(machine)
        # A disk that will be cut brings its own state.
        machine.run("systemctl stop counterfoild.socket counterfoild counterfoil-firstboot && "
                    f"rm -rf {STATE}/*")
        machine.run("ip address add 10.0.2.15/24 dev eth0; ip link set eth0 up; ip route add default via 10.0.2.2")
        machine.run("mkdir -p /data; modprobe ext4; sync")
        machine.save(path)


class Rig:
    """Restores an installed box as often as it is asked. `printer_port`: of a printer on this host.

    A restored machine repeats its kernel's random numbers and has the boot id of the one before: harder on the daemon
    than a boot, on purpose.
    """

    def __init__(self, folder: pathlib.Path, printer_port: int | None = None):
        self.folder = folder
        self.image = box_image.ensure()
        folder.mkdir(parents=True, exist_ok=True)
        printer = PRINTER.format(port=printer_port) if printer_port else ""
        self.configuration = CONFIGURATION.format(printer=printer)
        # Of the machine that runs; before the first nothing listens there.
        self.port = free_port()
        self.state = installed(self.start)

    def start(self, *more: str) -> Machine:
        folder = self.folder / "run"
        folder.mkdir(exist_ok=True)
        self.port = free_port()
        return Machine(self.image, folder, disks={"package": package()}, append="net.ifnames=0",
                       arguments=(*devices(folder, self.port), *more))

    def restore(self) -> Machine:
        machine = self.start("-incoming", f"exec:cat {self.state}")
        try:
            machine.resume()
            machine.write(CONFIGURED, self.configuration)
        except BaseException:
            machine.cut()
            raise
        return machine

    def start_daemon(self, machine: Machine) -> None:
        """The daemon, and the cashier's way to it."""
        machine.run("systemctl start counterfoild")
        machine.run("systemctl is-active -q bridge || systemd-run --quiet --unit=bridge --uid=pos "
                    f"--property=SupplementaryGroups='counterfoil counterfoil-cashier' "
                    f"python3 /usr/local/sbin/bridge.py {CASHIER_PORT}")
        end = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
                    connection.settimeout(20)
                    connection.sendall(b'{"method":"org.varlink.service.GetInfo"}\0')
                    if connection.recv(1):
                        return
            if time.monotonic() > end:
                raise TimeoutError("the control socket does not answer through the bridge")
            time.sleep(0.05)


def mount(machine: Machine, block_device: dict, folder: str = STATE) -> None:
    """Plugs the data disk into a restored machine, checks it as a boot does, and mounts it; as the daemon's state it
    belongs to the daemon. Without the check a commit block of ext4 of which half was kept ends the mount (Linux 6.1)."""
    machine.qmp("blockdev-add", **block_device, **{"node-name": "data"})
    machine.qmp("device_add", **{"driver": "virtio-blk-pci", "drive": "data", "bus": "dataport", "id": "datadisk",
                                 "serial": "data", "write-cache": "on"})
    machine.until("[ -b /dev/disk/by-id/virtio-data ]")
    machine.run("e2fsck -p /dev/disk/by-id/virtio-data || [ $? -eq 1 ]")
    machine.run(f"mount /dev/disk/by-id/virtio-data {folder}")
    if folder == STATE:
        machine.run(f"chown counterfoil:counterfoild {folder} && chmod 0700 {folder}")


class CutDisk:
    """The disk of cutdisk.py, for one life of a machine."""

    def __init__(self, image: pathlib.Path, folder: pathlib.Path):
        self.image, self.control, self.data = image, folder / "disk.control", folder / "disk.data"
        for path in (self.control, self.data, self.note):
            path.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            ["nbdkit", "-f", "-U", str(self.data), "python", str(ROOT / "Tests/Box/cutdisk.py"),
             f"image={image}", f"control={self.control}"], stderr=open(folder / "disk.err", "wb"))
        end = time.monotonic() + 20
        while not self.control.exists():
            if time.monotonic() > end or self.process.poll() is not None:
                raise TimeoutError("nbdkit does not start")
            time.sleep(0.01)

    @property
    def note(self) -> pathlib.Path:
        return self.image.with_name(self.image.name + ".cut")

    def ask(self, words: str) -> str:
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(self.control))
            control.sendall(words.encode())
            return control.recv(300).decode()

    def arm(self, requests: int, seed: int, keep: str, machine: Machine) -> None:
        """The plug is pulled at one of the next requests."""
        with contextlib.suppress(OSError):
            self.ask(f"arm {requests} {seed} {keep} {machine.process.pid}")

    @property
    def block_device(self) -> dict:
        """As QEMU's blockdev-add takes it."""
        return {"driver": "nbd", "server": {"type": "unix", "path": str(self.data)}}

    def close(self) -> str:
        """What the cut did."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(20)
        return self.note.read_text() if self.note.exists() else "not cut"


class Way:
    """A Unix socket here that leads to the box's control socket, whichever machine runs at the moment."""

    def __init__(self, path: pathlib.Path, rig: Rig):
        self.path, self.rig = path, rig
        path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(16)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                inner, _ = self.listener.accept()
            except OSError:
                return
            try:
                outer = socket.create_connection(("127.0.0.1", self.rig.port), 5)
            except OSError:
                inner.close()
                continue
            outer.settimeout(None)
            for source, sink in ((inner, outer), (outer, inner)):
                threading.Thread(target=self.pump, args=(source, sink), daemon=True).start()

    @staticmethod
    def pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.listener.close()


class Findings:
    """What a check found: counts what held, keeps what did not."""

    def __init__(self):
        self.passed = 0
        self.wrong: list[str] = []

    def that(self, holds: bool, what: str, seen: str = "") -> None:
        print(f"{'ok   ' if holds else 'WRONG'} {what}", flush=True)
        if holds:
            self.passed += 1
        else:
            self.wrong.append(f"{what}: {seen.strip()[:800]}" if seen else what)


def run(parser: argparse.ArgumentParser, check: Callable[[argparse.Namespace, pathlib.Path, Findings], None]) -> int:
    """Runs a check in a folder of its own and ends with `N passed, N failed`. A run that failed leaves its folder
    (console log, disks, paper) and the command that repeats it."""
    parser.add_argument("--keep", type=pathlib.Path, metavar="FOLDER", help="where disks, logs and paper stay")
    options = parser.parse_args()
    folder = options.keep or pathlib.Path(tempfile.mkdtemp(prefix="counterfoil-box-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # clients of other users reach the sockets in it
    findings = Findings()
    try:
        check(options, folder, findings)
    except Exception as error:  # an answer that never came is told like any other problem
        traceback.print_exc()
        findings.wrong.append(f"{type(error).__name__}: {error}")
    for problem in findings.wrong[:20]:
        print(f"WRONG: {problem}")
    if findings.wrong:
        print(f"kept in {folder}; again: {' '.join(sys.argv)}")
    elif not options.keep:
        shutil.rmtree(folder)
    print(f"{findings.passed} passed, {len(findings.wrong)} failed")
    return 1 if findings.wrong else 0
