"""A box in QEMU: started, talked to, cut. Standard library only.

The processor is emulated (TCG): slower than a real one, but the same on every machine that runs the tests.
"""

import base64
import json
import pathlib
import select
import shlex
import signal
import socket
import subprocess
import time

BOOT_DEADLINE = 240.0
COMMAND_DEADLINE = 120.0
MEMORY_MEBIBYTES = 768
# The product UUID that the firmware tells of the box.
BOARD = "5f1c7a0e-93d2-4b68-8a55-0d7be6c41f20"


class Channel:
    """JSON lines over a Unix socket that QEMU serves."""

    def __init__(self, path: pathlib.Path, alive, deadline: float = 30.0):
        self.buffer = b""
        end = time.monotonic() + deadline
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(str(path))
                return
            except OSError:
                self.socket.close()
                if time.monotonic() > end or not alive():
                    raise
                time.sleep(0.02)

    def send(self, message: dict) -> None:
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, deadline: float) -> dict:
        end = time.monotonic() + deadline
        while b"\n" not in self.buffer:
            ready, _, _ = select.select([self.socket], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("no answer from the box")
            part = self.socket.recv(65536)
            if not part:
                raise EOFError("the box is gone")
            self.buffer += part
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)


class CommandFailed(Exception):
    pass


class Machine:
    """One run of the box, from power on to power off. `folder` keeps console log and sockets."""

    def __init__(self, image: pathlib.Path, folder: pathlib.Path, *, upper: pathlib.Path | None = None,
                 disks: dict[str, pathlib.Path] | None = None, arguments: tuple[str, ...] = (), append: str = ""):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.identifier = 0
        self.began = time.monotonic()
        for name in ("qmp", "control"):
            (folder / name).unlink(missing_ok=True)
        disk_arguments: list[str] = []
        if upper:
            append += " box.upper=/dev/vdb"
            disk_arguments += self.disk("upper", upper)
        for name, path in (disks or {}).items():
            disk_arguments += self.disk(name, path)
        command = [
            "qemu-system-x86_64", "-M", "q35,i8042=off", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2",
            "-m", str(MEMORY_MEBIBYTES), "-uuid", BOARD, "-nodefaults", "-no-user-config", "-display", "none",
            "-no-reboot",
            "-kernel", str(image / "vmlinux"), "-initrd", str(image / "initrd.gz"),
            "-append", f"console=ttyS0 quiet panic=-1 mitigations=off systemd.show_status=0 {append}",
            "-serial", f"file:{folder}/console.log",
            "-qmp", f"unix:{folder}/qmp,server=on,wait=off",
            "-blockdev", f"driver=file,filename={image}/root.erofs,node-name=lower,read-only=on",
            "-device", "virtio-blk-pci,drive=lower", *disk_arguments,
            "-device", "virtio-serial-pci", "-chardev", f"socket,id=control,path={folder}/control,server=on,wait=off",
            "-device", "virtserialport,chardev=control,name=box.control",
            "-device", "virtio-rng-pci", "-device", "qemu-xhci,id=xhci", *arguments]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(folder / "qemu.err", "wb"))
        try:
            self.monitor = Channel(folder / "qmp", self.is_running)
            self.monitor.receive(30)
            self.qmp("qmp_capabilities")
            self.control = Channel(folder / "control", self.is_running)
        except BaseException:
            self.cut()
            raise

    @staticmethod
    def disk(name: str, path: pathlib.Path) -> list[str]:
        """`path`: an image, a package or the socket of a CutDisk."""
        if path.is_socket():
            driver = f"driver=nbd,server.type=unix,server.path={path}"
        else:
            driver = f"driver=file,filename={path}" + (",read-only=on" if path.suffix == ".deb" else "")
        return ["-blockdev", f"{driver},node-name={name}",
                "-device", f"virtio-blk-pci,drive={name},serial={name}"]

    def __enter__(self) -> "Machine":
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def is_running(self) -> bool:
        return self.process.poll() is None

    def qmp(self, command: str, **arguments: object):
        self.monitor.send({"execute": command, "arguments": arguments})
        while True:
            message = self.monitor.receive(30)
            if "error" in message:
                raise CommandFailed(f"{command}: {message['error']}")
            if "return" in message:
                return message["return"]

    def wait_until_up(self) -> float:
        """Seconds from power on until the box takes commands."""
        while self.control.receive(BOOT_DEADLINE)["id"] != 0:
            pass
        return time.monotonic() - self.began

    def run(self, command: str, *, check: bool = True, deadline: float = COMMAND_DEADLINE) -> str:
        """Output of a shell command in the box."""
        self.identifier += 1
        self.control.send({"id": self.identifier, "command": command, "timeout": deadline})
        while (answer := self.control.receive(deadline + 30))["id"] != self.identifier:
            pass
        if check and answer["code"]:
            raise CommandFailed(f"{command}\ncode {answer['code']}\n{answer['output']}")
        return answer["output"]

    def until(self, condition: str, *, seconds: float = 60, check: bool = True) -> None:
        """Waits in the box until a shell command succeeds; with `check` it is an error when it does not in time."""
        loop = shlex.quote(f"until {condition}; do sleep 0.05; done")
        self.run(f"timeout {seconds} sh -c {loop}", check=check, deadline=seconds + 30)

    def write(self, path: str, text: str) -> None:
        """Writes a file of the box; one that is there keeps its rights."""
        encoded = base64.b64encode(text.encode()).decode()
        self.run(f"echo {encoded} | base64 -d > {path}")

    def cut(self) -> None:
        """The plug is pulled. What the host's page cache holds survives: only a volatile disk tells more."""
        if self.is_running():
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def shut_down(self, deadline: float = 120.0) -> None:
        """The power button: services stop, file systems are synced."""
        self.control.send({"id": -1, "command": "systemctl poweroff", "timeout": 60})
        self.process.wait(deadline)

    def save(self, path: pathlib.Path) -> None:
        """The whole machine as a file; it stands still afterwards. `-incoming "exec:cat PATH"` and `resume` bring it
        back."""
        self.qmp("stop")
        self.qmp("migrate", uri=f"exec:cat > {path}")
        end = time.monotonic() + 120
        while (state := self.qmp("query-migrate").get("status")) != "completed":
            if state == "failed" or time.monotonic() > end:
                raise CommandFailed(f"the machine cannot be saved: {state}")
            time.sleep(0.02)

    def resume(self) -> None:
        """A restored machine goes on; its clock is set, because it stood still."""
        end = time.monotonic() + 120
        while (state := self.qmp("query-status")["status"]) not in ("paused", "running", "postmigrate"):
            if time.monotonic() > end:
                raise TimeoutError(f"the machine does not come back: {state}")
            time.sleep(0.02)
        if state != "running":
            self.qmp("cont")
        self.run(f"date -s @{time.time():.3f}")


def make_disk(path: pathlib.Path, mebibytes: int, *options: str) -> pathlib.Path:
    """An empty ext4 disk; `options` of mkfs.ext4."""
    with open(path, "wb") as file:
        file.truncate(mebibytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", *options, str(path)], check=True, capture_output=True)
    return path
