"""Bytes that reach the device, measured on a private loop device with ext4: metadata and its journal included.

This is what wears an SD card or an eMMC out, and it is the same for every disk.
"""

import contextlib
import os
import subprocess

IMAGE_MEGABYTES = 1024


def quiet(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


class Device:
    """A mounted loop device and its counters."""

    def __init__(self, folder, name):
        self.folder = folder
        self.statistics = f"/sys/block/{os.path.basename(name)}/stat"

    def snapshot(self):
        """(bytes written, write requests, flushes) after everything on the way has arrived."""
        quiet("sync", "-f", self.folder)
        with open(self.statistics, encoding="ascii") as file:
            values = [int(value) for value in file.read().split()]
        return values[6] * 512, values[4], values[15]


@contextlib.contextmanager
def device(work):
    """Makes and mounts the device; takes it away again whatever happens. Needs root."""
    image, folder = os.path.join(work, "flash.img"), os.path.join(work, "flash")
    os.makedirs(folder, exist_ok=True)
    quiet("truncate", "-s", f"{IMAGE_MEGABYTES}M", image)
    quiet("mkfs.ext4", "-q", "-F", image)
    name = quiet("losetup", "--find", "--show", image)
    try:
        quiet("mount", name, folder)
        try:
            yield Device(folder, name)
        finally:
            quiet("umount", folder)
    finally:
        quiet("losetup", "-d", name)
        os.unlink(image)
