#!/usr/bin/env python3
"""Records every write of a box that sells, and looks at the disk as it would be after a power cut at any of them.

    Tests/Box/replay.py [--cuts N] [--answers N] [--seed S] [--jobs J] [--keep FOLDER]

The log of writes comes from QEMU (blklogwrites, the format of dm-log-writes). For each cut point the disk is built
again on this machine: all that was flushed before it, and a random part of what was not. The file system is checked as
at a boot, the daemon starts on the journal, and every call that had been answered by then must be answered alike.
"""

import argparse
import concurrent.futures
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE.parent / "EndToEnd"), str(HERE.parent / "Support/python")]

import machine as machines  # noqa: E402
import morning  # noqa: E402
import settle  # noqa: E402
from box import CASHIER, Box, Died  # noqa: E402
from cashier import Cashier  # noqa: E402
from machine import BOARD  # noqa: E402
from rig import Findings, Rig, Way, mount, run  # noqa: E402
from varlink_client import VarlinkError  # noqa: E402

MAGIC = 0x6A736677736872
FLUSH, FORCED, DISCARD = 1, 2, 4
DISK_MEBIBYTES = 64
# How many of the last answers are asked for again after each cut, beside two earlier ones.
LAST_ANSWERS = 4
CONTROL_CUTS = 5


class Log:
    """Writes in the order in which the disk got them: (sector, count, flags, place of the data, end of the entry)."""

    def __init__(self, path: pathlib.Path):
        self.file = open(path, "rb")
        magic, _, _, self.sector = struct.unpack("<QQQI", self.file.read(28))
        if magic != MAGIC:
            raise ValueError(f"{path} is no log of writes")
        size, place = path.stat().st_size, self.sector
        self.entries: list[tuple[int, int, int, int, int]] = []
        # The head's count lags behind after a kill: entries are walked to the end of the file.
        while place + self.sector <= size:
            self.file.seek(place)
            sector, count, flags, _ = struct.unpack("<QQQQ", self.file.read(32))
            data = place + self.sector
            end = data + (0 if flags & DISCARD else count * self.sector)
            if flags > 31 or end > size:
                break
            self.entries.append((sector, count, flags, data, end))
            place = end

    def put(self, entry: tuple, image, chance: random.Random | None = None) -> None:
        """Writes an entry, or a random part of its sectors."""
        sector, count, flags, data, _ = entry
        if flags & DISCARD:
            return
        self.file.seek(data)
        content = self.file.read(count * self.sector)
        for number in range(count):
            if chance is None or chance.random() < 0.5:
                image.seek((sector + number) * self.sector)
                image.write(content[number * self.sector:(number + 1) * self.sector])


def record(folder: pathlib.Path, answers: int) -> list[tuple[int, str, str, dict, dict]]:
    """Plays mornings until there are so many answers. Leaves base image and log in `folder`; answers for each call the
    length that the log had at most when its answer arrived."""
    rig = Rig(folder / "rig")
    image = machines.make_disk(folder / "data.img", DISK_MEBIBYTES)
    shutil.copy(image, folder / "base.img")
    log = folder / "writes.log"
    log.unlink(missing_ok=True)  # it would be written over from its start, and its length would say nothing
    log.touch()
    way = Way(folder / "control", rig)
    heard: list[tuple[int, str, str, dict, dict]] = []
    with rig.restore() as machine:
        mount(machine, {
            "driver": "blklogwrites", "log-super-update-interval": 64,
            "file": {"driver": "raw", "file": {"driver": "file", "filename": str(image)}},
            "log": {"driver": "file", "filename": str(log)}})
        rig.start_daemon(machine)
        cashier = Heard(str(way.path), heard, log)
        morning.open_shift(cashier)
        books = morning.Books()
        while len(heard) < answers:
            morning.one_of_each(cashier, books)
    way.close()
    return heard


class Heard(Cashier):
    """Notes how long the log was when each answer came."""

    def __init__(self, path: str, heard: list, log: pathlib.Path):
        super().__init__(path, "lane-1", None, name="replay")
        self.heard, self.log = heard, log

    def keyed(self, method, edit=False, **parameters):
        answer = super().keyed(method, edit=edit, **parameters)
        key = list(self.answers)[-1]
        # Edits of a basket live in memory until the next durable record: a cut may take them, by design.
        if not edit and (answer.get("change") or {}).get("sequence", 0) is not None:
            self.heard.append((self.log.stat().st_size, key, method, self.answers[key][1], answer))
        return answer


def look(folder: pathlib.Path, image: pathlib.Path, heard: list, chance: random.Random, verifies: bool) -> list[str]:
    """Starts a daemon on the journal of a disk that was cut and asks what it had answered."""
    checked = subprocess.run(["e2fsck", "-fy", str(image)], capture_output=True)
    if checked.returncode > 2:
        return [f"e2fsck says {checked.returncode}"]
    box = Box(folder=str(folder / "box"), simulators=False)
    board = folder / "board"
    board.mkdir(exist_ok=True)
    (board / "product_uuid").write_text(BOARD + "\n")
    # The journal was written on the emulated machine.
    box.arguments = ["--hardware-id", str(board)]
    try:
        state = os.path.dirname(box.journal_folder())
        for name in ("journal", "keys", "index"):
            shutil.rmtree(os.path.join(state, name), ignore_errors=True)
        os.makedirs(state, exist_ok=True)
        for name in ("journal", "keys"):
            subprocess.run(["debugfs", "-R", f"rdump /{name} {state}", str(image)], capture_output=True)
        if not os.path.isdir(box.journal_folder()):
            return [] if not heard else ["the journal is gone"]
        box.write_configuration()
        try:
            box.start()
        except Died as error:
            return [f"the daemon does not start: {error}"]
        problems = []
        with box.connect(uid=CASHIER) as connection:
            earlier = chance.sample(heard, min(2, len(heard)))
            for _, key, method, parameters, answer in [*earlier, *heard[-LAST_ANSWERS:]]:
                asked = {name: value for name, value in parameters.items() if name != "revision"}
                try:
                    again = connection.call(method, asked)
                except VarlinkError as error:
                    problems.append(f"{key}: answered, then refused: {error}")
                    continue
                if settle.comparable(answer, False) != settle.comparable(again, False):
                    problems.append(f"{key}: {settle.difference(answer, again)}")
        box.kill()
        if verifies and heard:
            done = box.command("journal", "verify", "--journal", box.journal_folder(), check=False)
            problems += [] if done.returncode == 0 else [f"verify: {done.stdout}{done.stderr}"]
        return problems
    finally:
        box.close()


def sweep(folder: pathlib.Path, heard: list, points: list[int], seed: int, worker: int,
          lies: bool = False) -> tuple[int, int, list[str]]:
    """Looks at the cut points in order; each builds on the flushed state of the one before. A disk that `lies` takes a
    flush for done that is not: the control that a loss would be seen."""
    log = Log(folder / "writes.log")
    chance = random.Random(seed + worker)
    own = folder / f"worker-{worker}"
    own.mkdir(exist_ok=True)
    flushed, cut = own / "flushed.img", own / "cut.img"
    shutil.copy(folder / "base.img", flushed)
    problems: list[str] = []
    pending: list[tuple] = []
    done = asked = 0
    with open(flushed, "r+b") as disk:
        for number, point in enumerate(points):
            while done < point:
                entry = log.entries[done]
                done += 1
                if entry[2] & FLUSH and not lies:
                    for waiting in pending:
                        log.put(waiting, disk)
                    pending = [entry] if entry[1] else []
                elif entry[2] & FORCED and not lies:
                    log.put(entry, disk)
                else:
                    pending.append(entry)
            disk.flush()
            subprocess.run(["cp", "--sparse=always", str(flushed), str(cut)], check=True)
            if lies or chance.random() < 0.7:
                with open(cut, "r+b") as torn:
                    for waiting in pending:
                        log.put(waiting, torn, chance)
            end = log.entries[point - 1][4]
            answered = [item for item in heard if item[0] <= end]
            asked += min(len(answered), LAST_ANSWERS)
            problems += [f"cut after write {point}: {text}"
                         for text in look(own, cut, answered, chance, number % 10 == 0)]
    return len(points), asked, problems


def check(options: argparse.Namespace, folder: pathlib.Path, findings: Findings) -> None:
    began = time.monotonic()
    heard = record(folder, options.answers)
    entries = len(Log(folder / "writes.log").entries)
    print(f"{len(heard)} answers, {entries} writes and flushes recorded in {time.monotonic() - began:.0f} s",
          flush=True)
    chance = random.Random(options.seed)
    points = sorted(chance.randrange(1, entries + 1) for _ in range(options.cuts))
    share = -(-len(points) // options.jobs)
    looked = asked = 0
    began = time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        parts = [pool.submit(sweep, folder, heard, points[start:start + share], options.seed, number)
                 for number, start in enumerate(range(0, len(points), share))]
        for part in concurrent.futures.as_completed(parts):
            count, again, found = part.result()
            looked, asked = looked + count, asked + again
            findings.passed += count - len(found)
            findings.wrong += found
            print(f"{looked} of {len(points)} cuts looked at, {asked} answers asked again, "
                  f"{time.monotonic() - began:.0f} s", flush=True)
    last = [entries - 7 * number for number in reversed(range(CONTROL_CUTS))]
    _, _, caught = sweep(folder, heard, last, options.seed, options.jobs, lies=True)
    print(f"control: a disk that lies about its flushes, {CONTROL_CUTS} cuts, {len(caught)} losses seen")
    findings.that(len(caught) >= CONTROL_CUTS, "the disk that lies is caught each time")
    findings.that(asked >= looked, "the answers belong to the log: enough of them were asked again")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cuts", type=int, default=1000, metavar="N", help="default 1000")
    arguments.add_argument("--answers", type=int, default=120, metavar="N", help="calls to record; default 120")
    arguments.add_argument("--seed", type=int, default=1, metavar="S", help="the same cuts again; default 1")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 2, metavar="J", help="default: one a core")
    sys.exit(run(arguments, check))
