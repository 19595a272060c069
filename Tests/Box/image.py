#!/usr/bin/env python3
"""Builds the box that the tests boot: a Debian 12 with its own kernel, from Debian's packages.

    Tests/Box/image.py [--to FOLDER]

Makes vmlinux (uncompressed, so that an emulated processor need not unpack it), initrd.gz and root.erofs. The folder
is a cache: it is built again when this file, the guest's files or Debian's kernel package have changed. Needs root.
"""

import argparse
import contextlib
import fcntl
import hashlib
import lzma
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
STANDARD = HERE.parent.parent / ".build" / "box-image"
SUITE = "bookworm"
PACKAGES = [
    "systemd-sysv", "udev", "dbus", "kmod", "procps", "iproute2", "e2fsprogs", "usbutils", "tzdata",
    "libqrencode4", "libsqlite3-0", "libssl3", "zlib1g", "libstdc++6", "libudev1", "libusb-1.0-0",
    "python3-minimal", "libpython3-stdlib", "strace", "sudo", "polkitd",
]
# What the booted system may load: its own devices, and those that the tests plug.
MODULES = """virtio_pci virtio_blk virtio_net virtio_console virtio_rng overlay erofs ext4 loop
    xhci_pci xhci_hcd ehci_pci uhci_hcd usbhid hid_generic evdev uhid uinput usblp cdc_acm ftdi_sio pl2303 usb_storage
    dummy_hcd libcomposite usb_f_printer usb_f_hid usb_f_acm usb_f_serial
    dm_mod dm_flakey i6300esb softdog sd_mod nbd autofs4 efi_pstore""".split()
EARLY_MODULES = "virtio_pci virtio_blk erofs lz4 overlay ext4 crc32c_generic".split()
# Units that a test machine has no use for, or that would report missing hardware.
MASKED = """getty@tty1.service serial-getty@ttyS0.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer
    e2scrub_reap.service fstrim.timer dpkg-db-backup.timer systemd-timesyncd.service remote-fs.target
    systemd-binfmt.service proc-sys-fs-binfmt_misc.automount""".split()
AGENT_UNIT = """[Unit]
Description=Commands of the tests
DefaultDependencies=no
After=sysinit.target dbus.socket
[Service]
ExecStartPre=/bin/sh -c 'until [ -e /dev/virtio-ports/box.control ]; do sleep 0.05; done'
ExecStart=/usr/bin/python3 -S -u /usr/local/sbin/agent.py
Restart=on-failure
KillMode=process
"""


def run(*command: object, **options) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"image: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def kernel_package() -> str:
    for line in run("apt-cache", "depends", "linux-image-amd64").splitlines():
        if "Depends: linux-image-" in line:
            return line.split()[-1]
    sys.exit("image: Debian's kernel package is not known here; run apt-get update")


def fingerprint(kernel: str) -> str:
    digest = hashlib.sha256(kernel.encode())
    for path in [pathlib.Path(__file__), *sorted((HERE / "guest").iterdir())]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def uncompressed(vmlinuz: bytes) -> bytes:
    """The ELF kernel inside a bzImage (Linux x86 boot protocol: setup_sects, payload_offset, payload_length)."""
    start = ((vmlinuz[0x1F1] or 4) + 1) * 512 + int.from_bytes(vmlinuz[0x248:0x24C], "little")
    payload = vmlinuz[start:start + int.from_bytes(vmlinuz[0x24C:0x250], "little")]
    if payload[:6] != b"\xfd7zXZ\0":
        sys.exit("image: the kernel is not packed with xz any more")
    return lzma.LZMADecompressor().decompress(payload)


class Builder:
    def __init__(self, work: pathlib.Path, kernel: str):
        self.work, self.kernel = work, kernel
        self.root = work / "root"

    def build(self) -> None:
        for step in (self.make_root, self.fetch_kernel, self.configure, self.pack_root, self.make_initrd):
            began = time.monotonic()
            step()
            print(f"image: {step.__name__.replace('_', ' ')}, {time.monotonic() - began:.0f} s", flush=True)

    def make_root(self) -> None:
        sources = next((path for path in ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list")
                        if os.path.exists(path)), None)
        excludes = [f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("man", "doc", "locale", "info")]
        run("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", "--components=main",
            "--include=" + ",".join(PACKAGES), '--aptopt=APT::Install-Recommends "false"', *excludes,
            SUITE, self.root, *([sources] if sources else []))

    def fetch_kernel(self) -> None:
        """Unpacked only: its installation scripts would build an initrd of their own."""
        run("apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", self.kernel, cwd=self.work)
        package, = self.work.glob("linux-image-*.deb")
        self.tree = self.work / "kernel"
        run("dpkg-deb", "-x", package, self.tree)
        self.version, = (path.name for path in (self.tree / "lib/modules").iterdir())
        run("depmod", "-b", self.tree, self.version)

    def modules(self, names: list[str]) -> list[pathlib.Path]:
        found: dict[str, None] = {}
        for name in names:
            listed = subprocess.run(
                ["modprobe", "-q", "-d", self.tree, "-S", self.version, "--show-depends", name],
                capture_output=True, text=True).stdout
            for line in listed.splitlines():
                if line.startswith("insmod "):
                    found[line.split()[1]] = None
        return [pathlib.Path(path) for path in found]

    def configure(self) -> None:
        for path in self.modules(MODULES):
            target = self.root / path.relative_to(self.tree)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        for name in ("modules.builtin", "modules.order", "modules.builtin.modinfo"):
            shutil.copy(self.tree / "lib/modules" / self.version / name, self.root / "lib/modules" / self.version)
        run("depmod", "-b", self.root, self.version)
        etc = self.root / "etc"
        (etc / "hostname").write_text("box\n")
        (etc / "fstab").write_text("")
        (etc / "machine-id").write_text("")
        run("sed", "-i", "s/^root:[^:]*:/root::/", etc / "shadow")
        for program in ("agent.py", "bridge.py", "writer.py"):
            shutil.copy(HERE / "guest" / program, self.root / "usr/local/sbin" / program)
        units = etc / "systemd/system"
        (units / "sysinit.target.wants").mkdir(parents=True, exist_ok=True)
        (units / "agent.service").write_text(AGENT_UNIT)
        (units / "sysinit.target.wants/agent.service").symlink_to("../agent.service")
        for unit in MASKED:
            (units / unit).unlink(missing_ok=True)
            (units / unit).symlink_to("/dev/null")

    def pack_root(self) -> None:
        run("mkfs.erofs", "-zlz4", self.work / "root.erofs", self.root)
        image = next((self.tree / "boot").glob("vmlinuz-*"))
        (self.work / "vmlinux").write_bytes(uncompressed(image.read_bytes()))

    def make_initrd(self) -> None:
        tree = self.work / "initrd"
        for folder in ("bin", "proc", "sys", "dev", "modules", "lower", "upper", "new"):
            (tree / folder).mkdir(parents=True)
        shutil.copy("/bin/busybox", tree / "bin/busybox")
        for number, path in enumerate(self.modules(EARLY_MODULES)):
            shutil.copy(path, tree / "modules" / f"{number:02}-{path.name}")
        shutil.copy(HERE / "guest/init", tree / "init")
        (tree / "init").chmod(0o755)
        run("sh", "-c", f"find . | cpio --quiet -o -H newc | gzip -1 > '{self.work}/initrd.gz'", cwd=tree)


@contextlib.contextmanager
def alone(folder: pathlib.Path):
    """Makes the folder; of several programs that would fill it at once the others wait, and find it filled."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder.with_name(folder.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ensure(folder: pathlib.Path = STANDARD) -> pathlib.Path:
    """The folder with an image that is up to date."""
    kernel = kernel_package()
    mark = fingerprint(kernel)
    stamp = folder / "fingerprint"
    with alone(folder):
        if not stamp.exists() or stamp.read_text() != mark:
            build(folder, kernel)
            stamp.write_text(mark)
    return folder


def build(folder: pathlib.Path, kernel: str) -> None:
    if os.geteuid() != 0:
        sys.exit("image: building the box needs root (mmdebstrap makes devices and owners)")
    (folder / "fingerprint").unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        os.chmod(work, 0o755)
        Builder(pathlib.Path(work), kernel).build()
        for name in ("vmlinux", "initrd.gz", "root.erofs"):
            os.replace(pathlib.Path(work) / name, folder / name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=pathlib.Path, default=STANDARD, metavar="FOLDER", help=f"default {STANDARD}")
    print(ensure(parser.parse_args().to))
