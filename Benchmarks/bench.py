#!/usr/bin/env python3
"""Measures the product beside C floors in alternating rounds; prints what it does, a table, and writes bench.json.

    bench.py [--rounds N] [--seconds S] [PART…]      parts: append receipt quote ring start memory idle flash (default: all)

Ratios are medians over the ratios of each round, so a machine with other work on it still compares like with like.
Microseconds belong to this machine; ratios and bytes travel. A bar that does not hold says so and the exit code stays 0:
figures are for people to judge, `holds` is for machines. bench.json holds the rows of this run.
"""

import argparse
import os
import shutil
import signal
import statistics
import sys
import time
import traceback

import measure
from measure import ROOT, Table, one_core, paired, product, run_json, tool

sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))

import daemon  # noqa: E402
from daemon import refuse_errors  # noqa: E402

# A memory file system: what is left of a time when the disk costs nothing.
MEMORY = "/dev/shm"
# The segment before is durable, the next one's header, its name, STATE with BOOT.
STARTS_FLUSHES = 4


class Bench:

    def __init__(self, arguments):
        self.rounds, self.seconds, self.table = arguments.rounds, arguments.seconds, Table()

    # ---- floors

    def floor_append(self, gap=0.0):
        """`gap`: microseconds of computing between two records, for a floor at the pace of the program."""
        return run_json([tool("append"), measure.WORK, str(self.seconds), "512", "512", f"{gap:.1f}"])

    def product_append(self, clients, work=None):
        folder = os.path.join(work or measure.WORK, "journal")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        try:
            return run_json([product("counterfoil-bench"), "append", folder, str(self.seconds), str(clients)])
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    # ---- parts

    def append(self):
        rate = lambda result: result["per_second"]
        for clients, bar in ((1, 0.9), (8, 5.0)):
            value, floor, ratio = paired(self.rounds, lambda: rate(self.floor_append()),
                                         lambda: rate(self.product_append(clients)))
            self.table.add(f"durable append, 512 B, {clients} client{'s' * (clients > 1)}", value, "records/s", floor, ratio,
                           f">= {bar} x", ratio >= bar)
            # What the journal computes for a commit: the same without a disk.
            gap = self.product_append(clients, MEMORY)["p50"]
            value, floor, ratio = paired(self.rounds, lambda: rate(self.floor_append(gap)),
                                         lambda: rate(self.product_append(clients)))
            self.table.add(f"  the same beside a floor that computes {gap:.0f} us between records", value, "records/s",
                           floor, ratio)

    def receipt(self):
        # The only part that needs a package from the network, and only the first time.
        measure.run_quiet([os.path.join(ROOT, "scripts", "venv.sh"), "bench"])
        python = os.path.join(ROOT, ".venv", "bin", "python")
        time_of = lambda command: run_json(one_core([*command, str(self.seconds)]))["p50"]
        value, floor, ratio = paired(
            self.rounds, lambda: time_of([python, os.path.join(ROOT, "Benchmarks", "receipt_baseline.py")]),
            lambda: time_of([product("counterfoil-bench"), "receipt"]))
        self.table.add("40-line Chinese receipt to bytes (floor: python-escpos 3.1)", value, "us CPU", floor, ratio,
                       "<= 1/3 x", ratio <= 1 / 3)

    def quote(self):
        with daemon.Selling(measure.WORK, core=0) as box, daemon.Echo(core=0) as echo:
            load = lambda path, request: run_json(one_core(
                [tool("udsload"), "-s", path, "-f", request, "-d", str(self.seconds)]), user=box.user)
            request = box.request_file("quote", daemon.quote_request())
            size = os.path.getsize(request)
            value, floor, ratio = paired(self.rounds, lambda: refuse_errors(load(echo.path, request))["p50"],
                                         lambda: refuse_errors(load(box.control, request))["p50"])
            self.table.add(f"Sale.Quote, {size} B, one core, p50 (floor: C echo)", value, "us", floor, ratio,
                           "<= 2.2 x", ratio <= 2.2)
            request = box.request_file("nothing", daemon.nothing_request())
            value, floor, ratio = paired(self.rounds, lambda: load(echo.path, request)["p50"],
                                         lambda: load(box.control, request)["p50"])
            self.table.add("  the same of a method that is not there: event loop and framing alone", value, "us", floor, ratio)

    def ring(self):
        with daemon.Selling(measure.WORK, core=daemon.OTHER_CORES) as box, daemon.Echo(core=daemon.OTHER_CORES) as echo:
            request = box.request_file("ring", daemon.ring_request(lines=3))
            # The client has a core of its own, so both ways cross cores, as they do for a real app.
            load = lambda path, clients=1: refuse_errors(run_json(
                [*daemon.CLIENT_CORE, tool("udsload"), "-s", path, "-f", request, "-d", str(self.seconds),
                 "-c", str(clients)], user=box.user))
            floor = lambda: self.floor_append()["p50"] + load(echo.path)["p50"]
            value, base, ratio = paired(self.rounds, floor, lambda: load(box.control)["p50"])
            self.table.add("Sale.Ring, 3 lines, cash, p50 (floor: append + C echo, two cores)", value, "us", base, ratio,
                           "<= 1.3 x", ratio <= 1.3)
            gap = self.ring_without_disk()
            floor = lambda: self.floor_append(gap)["p50"] + load(echo.path)["p50"]
            value, base, ratio = paired(self.rounds, floor, lambda: load(box.control)["p50"])
            self.table.add(f"  the same beside a floor that computes {gap:.0f} us between records", value, "us", base,
                           ratio)
            value, base, ratio = paired(self.rounds, lambda: self.floor_append()["per_second"],
                                        lambda: load(box.control, 64)["per_second"])
            self.table.add("Sale.Ring, 64 clients (floor: one client's append rate)", value, "sales/s", base, ratio,
                           ">= 8 x", ratio >= 8)
        syncs = daemon.syncs_of_one_ring(measure.WORK)
        self.table.add("fdatasync of one Sale.Ring before its answer", syncs, "calls", 1, syncs / 1, "= 1", syncs == 1)

    def ring_without_disk(self):
        """Microseconds of a Ring on a memory file system: everything but the disk."""
        with daemon.Selling(MEMORY, core=daemon.OTHER_CORES) as box:
            request = box.request_file("ring", daemon.ring_request(lines=3))
            value = refuse_errors(run_json([*daemon.CLIENT_CORE, tool("udsload"), "-s", box.control, "-f", request, "-d",
                                    str(self.seconds)], user=box.user))["p50"]
        self.table.add("Sale.Ring, 3 lines, cash, p50 without a disk (journal on tmpfs)", value, "us")
        return value

    def start(self):
        self.table.add(f"one flush of this disk after 1 ms of rest (a start waits for {STARTS_FLUSHES})",
                       self.floor_append(gap=1000)["p50"] / 1000, "ms")
        clean = lambda sales, work=measure.WORK: daemon.start_after(
            work, lambda box: box.sell(sales, lines=3, clients=64), clean=True, starts=max(11, self.rounds))
        value = statistics.median(clean(20))
        self.table.add("exec to ready after a clean stop", value, "ms", None, None, "<= 15 ms", value <= 15)
        value = statistics.median(clean(20_000))
        self.table.add("  the same with 20,000 sales in the journal", value, "ms")
        value = statistics.median(clean(20, MEMORY))
        self.table.add("  the same without a disk (journal on tmpfs)", value, "ms")
        for name, prepare in (("1,000 sales", lambda box: box.sell(1000, lines=3)), ("a full segment", daemon.fill_segment)):
            value = statistics.median(daemon.start_after(measure.WORK, prepare, clean=False, starts=3))
            self.table.add(f"exec to ready after kill -9 with {name}", value, "ms")

    def memory(self):
        value = daemon.resident_after_a_sale(measure.WORK)
        self.table.add("resident memory, journal open, after 20 sales", value, "MiB", None, None, "<= 20 MiB", value <= 20)

    def idle(self):
        value, woken = daemon.idle_wakeups(measure.WORK, settle=65, seconds=60)
        self.table.add("wake-ups a minute when idle, no device that needs polling", value, "1/min", None, None, "<= 1",
                       value <= 1)
        if woken:
            print(f"  woken threads: {woken}")

    def flash(self):
        for row in daemon.flash(measure.WORK):
            self.table.add(*row)


# What a part owes when it cannot be measured (name, unit, bar), and the seconds after which it is given up.
PARTS = {
    "append": ("durable append", "records/s", ">= 0.9 x / 5 x", 120),
    "receipt": ("receipt to bytes", "us CPU", "<= 1/3 x", 120), "quote": ("Sale.Quote", "us", "<= 2.2 x", 60),
    "ring": ("Sale.Ring", "us", "<= 1.3 x / 8 x", 120), "start": ("exec to ready", "ms", "<= 15 ms", 120),
    "memory": ("resident memory", "MiB", "<= 20 MiB", 60), "idle": ("wake-ups", "1/min", "<= 1", 180),
    "flash": ("device bytes", "B", "printed", 240)}


class TooLong(Exception):
    """A part took longer than it may."""


def give_up(number, _):
    if number == signal.SIGTERM:
        raise KeyboardInterrupt
    raise TooLong("given up: it took longer than it may")


def needs():
    """Says what is missing before anything is measured."""
    if os.geteuid() != 0:
        measure.fail("run it as root: the clients are users of their own, and bytes are counted on a loop device")
    for name in ("gcc", "taskset", "losetup", "mkfs.ext4"):
        if not shutil.which(name):
            measure.fail(f"{name} is missing; scripts/install-deps.sh installs it")
    for name in ("counterfoild", "counterfoil", "counterfoil-bench"):
        if not os.access(product(name), os.X_OK):
            measure.fail(f"{product(name)} is missing; `make build` makes it")
    if (os.cpu_count() or 1) < 2:
        measure.fail("two cores are needed: client and daemon have one each")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.7)
    parser.add_argument("parts", nargs="*", metavar="PART", help=" ".join(PARTS))
    arguments = parser.parse_args()
    unknown = [part for part in arguments.parts if part not in PARTS]
    if unknown:
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    needs()
    measure.build_tools()
    signal.signal(signal.SIGALRM, give_up)
    signal.signal(signal.SIGTERM, give_up)
    bench = Bench(arguments)
    began = time.monotonic()
    try:
        for part in arguments.parts or PARTS:
            *owed, limit = PARTS[part]
            print(f"{part} (after {time.monotonic() - began:.0f} s, at most {limit} s)", flush=True)
            signal.alarm(limit)
            try:
                getattr(bench, part)()
            except Exception as error:
                traceback.print_exc()
                bench.table.missing(*owed, error)
            finally:
                signal.alarm(0)
    finally:
        shutil.rmtree(measure.WORK, ignore_errors=True)
    bench.table.print()
    path = os.path.join(ROOT, "bench.json")
    bench.table.write(path)
    broken = [row["name"] for row in bench.table.rows if row["holds"] is False]
    print(f"\n{path} written after {time.monotonic() - began:.0f} s; load average {os.getloadavg()[0]:.1f}; "
          + ("every bar holds" if not broken else f"{len(broken)} bars do not hold: " + "; ".join(broken)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
