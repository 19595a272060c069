#!/usr/bin/python3
"""Runs commands for the tests: one JSON request a line on a virtio-serial port, one JSON answer a line."""
import json
import subprocess
import threading

PORT = "/dev/virtio-ports/box.control"
port = open(PORT, "r+b", buffering=0)
lock = threading.Lock()


def say(answer: dict) -> None:
    line = json.dumps(answer).encode() + b"\n"
    with lock:
        while line:
            line = line[port.write(line):]


def run(request: dict) -> None:
    try:
        done = subprocess.run(
            ["/bin/bash", "-c", request["command"]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=request["timeout"])
        code, out = done.returncode, done.stdout
    except subprocess.TimeoutExpired as error:
        code, out = 124, error.stdout or b""
    say({"id": request["id"], "code": code, "output": out.decode("utf-8", "replace")})


say({"id": 0, "code": 0, "output": open("/proc/uptime").read().split()[0]})
for line in port:
    threading.Thread(target=run, args=(json.loads(line),), daemon=True).start()
