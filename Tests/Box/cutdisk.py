"""A disk with a volatile write cache and a power switch: a Python plugin of nbdkit.

    nbdkit -f -U SOCKET python cutdisk.py image=FILE control=SOCKET

Writes stay in this process until a flush (or a write that forces itself through); only then they reach FILE. The
control socket takes one line a connection:

    stat                 -> "writes flushes forced pending"
    arm N SEED KEEP PID  -> before the N-th next write or flush is carried out: kills PID (the machine), then cuts
    cut SEED KEEP        -> cuts now
    break                -> from now on every write and flush fails (EIO)

KEEP: `none` loses every sector that was not flushed, `some` keeps a random part of the 512-byte sectors (writes
reordered and torn), `all` keeps them. A machine that was killed first cannot acknowledge anything after the cut, so a
correct program is never blamed. What the cut did is written into FILE.cut.
"""

import errno
import io
import os
import random
import signal
import socket
import threading

import nbdkit

API_VERSION = 2
SECTOR = 512
# A file system's superblock is written in place and is no business of the program: ext4 does not mount with a torn one, and
# e2fsck -p does not mend it. Real media write the 4 KiB that it is in at once; so it is kept or lost as a whole.
FIRST_BLOCK = range(4096 // SECTOR)

settings: dict[str, str] = {}
cache: dict[int, bytes] = {}
counts = {"writes": 0, "flushes": 0, "forced": 0}
lock = threading.Lock()
image = -1
armed: list | None = None
broken = False


def config(key: str, value: str) -> None:
    if key not in ("image", "control"):
        raise RuntimeError(f"unknown parameter {key}")
    settings[key] = value


def thread_model() -> int:
    return nbdkit.THREAD_MODEL_SERIALIZE_ALL_REQUESTS


def after_fork() -> None:
    global image
    image = os.open(settings["image"], os.O_RDWR)
    threading.Thread(target=serve_control, daemon=True).start()


def open(readonly: int) -> int:
    return 1


def get_size(handle: int) -> int:
    return os.fstat(image).st_size


def can_write(handle: int) -> bool:
    return True


def can_flush(handle: int) -> bool:
    return True


def can_fua(handle: int) -> int:
    return nbdkit.FUA_NATIVE


def can_trim(handle: int) -> bool:
    return False


def block_size(handle: int) -> tuple[int, int, int]:
    return (SECTOR, 4096, 1 << 20)


def sectors(offset: int, length: int) -> range:
    return range(offset // SECTOR, (offset + length) // SECTOR)


def pread(handle: int, buffer: bytearray, offset: int, flags: int) -> None:
    with lock:
        data = bytearray(os.pread(image, len(buffer), offset))
        for number in sectors(offset, len(buffer)) if cache else ():
            if number in cache:
                start = number * SECTOR - offset
                data[start:start + SECTOR] = cache[number]
        buffer[:] = data


def pwrite(handle: int, buffer: bytes, offset: int, flags: int) -> None:
    with lock:
        meet("write")
        counts["writes"] += 1
        data = bytes(buffer)
        if flags & nbdkit.FLAG_FUA:
            counts["forced"] += 1
            os.pwrite(image, data, offset)
            for number in sectors(offset, len(data)):
                cache.pop(number, None)
            return
        for place, number in enumerate(sectors(offset, len(data))):
            cache[number] = data[place * SECTOR:(place + 1) * SECTOR]


def flush(handle: int, flags: int) -> None:
    with lock:
        meet("flush")
        counts["flushes"] += 1
        store(cache)
        cache.clear()


def store(items: dict[int, bytes]) -> None:
    for number in sorted(items):
        os.pwrite(image, items[number], number * SECTOR)


def meet(request: str) -> None:
    if broken:
        nbdkit.set_error(errno.EIO)
        raise OSError(errno.EIO, "the disk is broken")
    if not armed:
        return
    armed[0] -= 1
    if armed[0] <= 0:
        os.kill(armed[3], signal.SIGKILL)
        cut(request, armed[1], armed[2])


def cut(request: str, seed: int, keep: str) -> None:
    chance = random.Random(seed)
    part = {"none": 0.0, "all": 1.0, "some": chance.random()}[keep]
    kept = {number: data for number, data in sorted(cache.items()) if chance.random() < part}
    if any(number in cache and number not in kept for number in FIRST_BLOCK):
        kept = {number: data for number, data in kept.items() if number not in FIRST_BLOCK}
    store(kept)
    os.fsync(image)
    with io.open(settings["image"] + ".cut", "w") as file:
        file.write(f"at a {request}: {len(cache)} sectors pending, {len(kept)} kept; {counts}")
    os._exit(0)


def serve_control() -> None:
    global armed, broken
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(settings["control"])
    listener.listen(4)
    while True:
        connection, _ = listener.accept()
        words = connection.recv(200).decode().split()
        with lock:
            if words[0] == "stat":
                answer = f"{counts['writes']} {counts['flushes']} {counts['forced']} {len(cache)}"
            elif words[0] == "arm":
                armed = [int(words[1]), int(words[2]), words[3], int(words[4])]
                answer = "armed"
            elif words[0] == "break":
                broken = True
                answer = "broken"
            else:
                cut("command", int(words[1]), words[2])
        connection.sendall(answer.encode())
        connection.close()
