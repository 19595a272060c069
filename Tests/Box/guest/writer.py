#!/usr/bin/python3
"""A program that acknowledges what a power cut can take: the negative control of the power-cut tests.

    writer.py write FILE nosync|direct|sync    appends numbered records, acknowledges each on the serial port
    writer.py count FILE                       how many records from the first on are whole
"""
import mmap
import os
import struct
import sys
import zlib

SIZE = 4096
PORT = "/dev/virtio-ports/box.acknowledged"


def record(number: int) -> bytes:
    body = struct.pack("<Q", number) + bytes(SIZE - 12)
    return body + struct.pack("<I", zlib.crc32(body))


def write(path: str, how: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | (os.O_DIRECT if how == "direct" else 0), 0o644)
    if how != "nosync":
        # Place and length are durable, so that what is tested is the data alone.
        os.posix_fallocate(descriptor, 0, SIZE * 4096)
        os.fsync(descriptor)
    port = os.open(PORT, os.O_WRONLY)
    page = mmap.mmap(-1, SIZE)
    for number in range(4096):
        page[:] = record(number)
        os.pwrite(descriptor, page, number * SIZE)
        if how == "sync":
            os.fdatasync(descriptor)
        os.write(port, f"{number}\n".encode())


def count(path: str) -> int:
    number = 0
    if os.path.exists(path):
        with open(path, "rb") as file:
            while file.read(SIZE) == record(number):
                number += 1
    return number


if sys.argv[1] == "write":
    write(sys.argv[2], sys.argv[3])
else:
    print(count(sys.argv[2]))
