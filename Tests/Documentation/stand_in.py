#!/usr/bin/env python3
"""Stand-ins for `systemctl` and `journalctl` in the box that the documentation's commands run in.

systemctl reads the installed unit
for the user and the folders, and starts, stops and kills counterfoild as the service manager would; it waits for READY=1.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time

# Beside the folder of this program, for who runs it without the variables of its caller.
BOX = os.environ.get("COUNTERFOIL_DOCS_BOX") or os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
UNIT = "/etc/systemd/system/counterfoild.service"
SOCKET_UNIT = "/etc/systemd/system/counterfoild.socket"
PID, LOG = f"{BOX}/daemon.pid", f"{BOX}/daemon.log"
READY_SECONDS = 30


def setting(name, unit=UNIT):
    with open(unit, encoding="utf-8") as unit:
        match = re.search(rf"^{name}=(.*)$", unit.read(), re.M)
    return match[1] if match else ""


def running():
    try:
        with open(PID, encoding="ascii") as file:
            pid = int(file.read())
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            ended = file.read().rsplit(")", 1)[1].split()[0] == "Z"
        # The first thread may be a zombie while others still hold the socket and the journal.
        return None if ended and len(os.listdir(f"/proc/{pid}/task")) == 1 else pid
    except (FileNotFoundError, ValueError):
        return None


def start():
    if running():
        return 0
    user, group = setting("User"), setting("Group")
    folder = "/var/lib/" + setting("StateDirectory")
    if not os.path.isdir(folder):
        os.makedirs(folder)
        os.chmod(folder, int(setting("StateDirectoryMode"), 8))
        subprocess.run(["chown", f"{user}:{group}", folder], check=True)
    path = f"{BOX}/notify"
    if os.path.exists(path):
        os.unlink(path)
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(path)
    os.chmod(path, 0o777)
    notify.settimeout(0.1)
    with open(LOG, "ab") as log:
        process = subprocess.Popen(
            ["setpriv", "--reuid", user, "--regid", group, "--init-groups", *setting("ExecStart").split()], stdout=log,
            stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, cwd="/",
            env={"PATH": "/usr/bin:/bin", "NOTIFY_SOCKET": path}, preexec_fn=lambda: os.umask(0o077))
    with open(PID, "w", encoding="ascii") as file:
        file.write(str(process.pid))
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        try:
            if b"READY=1" in notify.recv(4096):
                # The service manager makes the socket, with this group.
                control = setting("ListenStream", SOCKET_UNIT)
                subprocess.run(["chgrp", setting("SocketGroup", SOCKET_UNIT), control], check=True)
                return 0
        except TimeoutError:
            if process.poll() is not None:
                print(f"Job for counterfoild.service failed (exit {process.returncode}).", file=sys.stderr)
                return 1
    print("counterfoild was not ready in time", file=sys.stderr)
    return 1


def stop(number=signal.SIGTERM):
    pid = running()
    if pid:
        os.kill(pid, number)
        end = time.monotonic() + READY_SECONDS
        while running() and time.monotonic() < end:
            time.sleep(0.01)
    return 1 if running() else 0


def systemctl(arguments):
    words = [word for word in arguments if not word.startswith("-")]
    verb, units = words[0], words[1:]
    if not any(unit.startswith("counterfoild") for unit in units) and verb != "daemon-reload":
        print(f"Unit {' '.join(units)} not found.", file=sys.stderr)
        return 5
    if verb in ("daemon-reload", "disable"):
        return 0
    if verb == "start" or (verb == "enable" and "--now" in arguments):
        return start()
    if verb == "stop":
        return stop()
    if verb == "kill":
        return stop(signal.SIGKILL)
    if verb == "restart":
        return stop() or start()
    if verb == "is-active":
        print("active" if running() else "inactive")
        return 0 if running() else 3
    print(f"the stand-in for systemctl cannot {verb}", file=sys.stderr)
    return 1


def journalctl(_):
    if os.path.exists(LOG):
        with open(LOG, encoding="utf-8") as log:
            # The number in front is the priority, which the service manager takes away.
            sys.stdout.write(re.sub(r"^<\d>", "", log.read(), flags=re.M))
    return 0


if __name__ == "__main__":
    name = os.path.basename(sys.argv[0])
    sys.exit({"systemctl": systemctl, "journalctl": journalctl}[name](sys.argv[1:]))
