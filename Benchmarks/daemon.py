"""The parts of the benchmark that need the real daemon: a box that sells, and what is read from it."""

import json
import os
import shutil
import subprocess
import time

import flash as flash_device
import measure
from box import CASHIER, Box, killpoint_library
from cashier import Cashier, goods
from measure import run_json, tool
from varlink_client import wait_until
import morning

NAMES = ["农夫山泉饮用天然水 550ml", "红烧牛肉面 五连包", "烟台富士苹果", "天堂伞 三折", "蒙牛纯牛奶 250ml"]
SALES_A_DAY = 500
LONGEST_BATCH = 4 * 2**20
SPARES = 2
# Between two sales, so that the MARK that follows 30 ms after a sale is always written.
PACE_MICROSECONDS = 35_000
BOX_BYTES = 16e9
CLIENT_CORE = ["taskset", "-c", "0"]
OTHER_CORES = f"1-{max(1, (os.cpu_count() or 2) - 1)}"


def lines(count):
    return [goods(NAMES[index % len(NAMES)], 1250, code="6903252002501") for index in range(count)]


def quote_request():
    """A Quote of about 600 bytes."""
    basket = [{**line, "listPrice": 1250, "unit": "ea"} for line in lines(4)]
    return {"method": "io.counterfoil.Sale.Quote", "parameters": {"lane": "lane-1", "lines": basket}}


def nothing_request():
    """A call that is framed, parsed and refused: what the server costs before any method does something."""
    return {"method": "io.counterfoil.Sale.Nothing"}


def ring_request(lines=3):
    total = 1250 * lines
    return {"method": "io.counterfoil.Sale.Ring", "parameters": {
        "idempotencyKey": "@KEY@", "lane": "lane-1", "lines": globals()["lines"](lines),
        "tender": {"kind": "cash", "tendered": total}}}


def refuse_errors(result):
    """A load in which calls were refused measures nothing."""
    if result["errors"]:
        raise RuntimeError(f"{result['errors']} of {result['calls']} calls were answered with an error")
    return result


class Echo:
    """The C echo floor on a socket of its own."""

    def __init__(self, core=None):
        self.path = os.path.join(measure.WORK, "echo.sock")
        self.prefix = ["taskset", "-c", str(core)] if core is not None else []

    def __enter__(self):
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.process = subprocess.Popen([*self.prefix, tool("echo"), self.path])
        wait_until(lambda: os.path.exists(self.path), "the echo floor's socket")
        os.chmod(self.path, 0o666)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Selling(Box):
    """A box with an open shift and no printer, so that paper does not slow the measurement."""

    user = CASHIER

    def __init__(self, work, core=None, settings=None, environment=None):
        folder = os.path.join(work, f"box-{os.getpid()}-{time.monotonic_ns()}")
        os.makedirs(folder)
        super().__init__(folder=folder, simulators=False, settings={"storage": {"segment_mib": 16}, **(settings or {})})
        self.prefix = ["taskset", "-c", str(core)] if core is not None else []
        self.environment = environment

    def __enter__(self):
        self.cashier = Cashier(self.control, "lane-1", CASHIER, name=f"bench{os.getpid()}")
        try:
            self.write_configuration()
            self.init()
            self.start(environment=self.environment, prefix=self.prefix)
            self.shift = morning.open_shift(self.cashier)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.cashier.close()
        try:
            self.close()
        finally:
            # Whatever went wrong, no daemon outlives its measurement.
            if self.alive():
                self.kill()
            shutil.rmtree(self.folder, ignore_errors=True)

    def request_file(self, name, request):
        path = os.path.join(self.folder, f"{name}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(request, file, ensure_ascii=False, separators=(",", ":"))
        return path

    def sell(self, count, lines=20, clients=1, think=0):
        """Rings `count` sales: one after the other, or by several clients at once; `think`: microseconds in between."""
        if count > 0:
            request = self.request_file(f"sell-{lines}", ring_request(lines))
            refuse_errors(run_json([tool("udsload"), "-s", self.control, "-f", request, "-n", str(count), "-c", str(clients),
                                    "-i", str(think)], user=self.user))
        return count

    def newest_segment(self):
        return self.segments()[-1]

    def has_spares(self):
        names = os.listdir(self.journal_folder())
        return sum(name.startswith("spare-") and name.endswith(".tmp") for name in names) >= SPARES

    def is_settled(self):
        """All but the newest segment are compressed and the spares are made again."""
        return self.has_spares() and all(path.endswith(".segz") for path in self.segments()[:-1])


def syncs_of_one_ring(work):
    """fdatasync calls between the call and its answer, counted by the preload shim; the journal rests before it."""
    log = os.path.join(work, "syncs.log")
    armed = os.path.join(work, "armed")
    for path in (log, armed):
        if os.path.exists(path):
            os.unlink(path)
    environment = {"LD_PRELOAD": killpoint_library(), "KILLPOINT_LOG": log, "KILLPOINT_CLASSES": "sync",
                   "KILLPOINT_ARMED": armed}
    with Selling(work, environment=environment) as box:
        box.sell(3, lines=3)
        time.sleep(0.5)  # a MARK 30 ms after the last sale belongs to that sale
        open(armed, "w", encoding="ascii").close()
        box.sell(1, lines=3)
        os.unlink(armed)
    with open(log, encoding="ascii") as file:
        return len(file.readlines())


def ready_milliseconds(box):
    """Starts the box's daemon by a C program that waits for READY=1; returns the milliseconds. The daemon runs on."""
    result = run_json([tool("startup"), os.path.join(box.run, "notify"), *box.daemon_command()])
    box.adopt(result["pid"])
    return result["ready_ms"]


def start_after(work, prepare, clean, starts):
    """Ready times in milliseconds, each after a clean stop or a kill, of a box that `prepare` has made its history for."""
    times = []
    with Selling(work) as box:
        prepare(box)
        box.cashier.close()
        for _ in range(starts):
            # A box that has run for a while has its spare segments; making one is no part of a start.
            wait_until(box.has_spares, "the spare segments", 30)
            if clean:
                box.stop()
            else:
                box.kill()
            times.append(ready_milliseconds(box))
            box.sell(1, lines=3)
    return times


def fill_segment(box):
    """Sells until the next sales would nearly switch the segment: stops at nine tenths of its room.

    By many clients at once: then a batch holds many sales, the segment fills in a second, and it holds more records than
    a quiet shop would ever bring into it, which is the longest replay there is.
    """
    probe, clients = 640, 64
    before = head_offset(box)
    box.sell(probe, lines=3, clients=clients)
    each = (head_offset(box) - before) / probe
    # A segment ends when less than one longest batch is left.
    room = segment_size(box) - LONGEST_BATCH - head_offset(box)
    box.sell(int(room * 0.9 / each), lines=3, clients=clients)


def segment_size(box):
    return os.path.getsize(box.newest_segment())


def head_offset(box):
    """Where the newest segment's data ends."""
    with open(box.newest_segment(), "rb") as file:
        return len(file.read().rstrip(b"\0"))


def resident_after_a_sale(work):
    with Selling(work) as box:
        box.sell(20)
        with open(f"/proc/{box.daemon.pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                if line.startswith("Rss:"):
                    return int(line.split()[1]) / 1024
    raise RuntimeError("no Rss in smaps_rollup")


def idle_wakeups(work, settle, seconds):
    """Times that any thread of the daemon ran while nothing happened, a minute; and how often each thread did."""
    with Selling(work) as box:
        box.sell(5, lines=3)
        box.cashier.close()
        # The checkpoint of the sales comes a minute after them; behind it the box has nothing to do.
        time.sleep(settle)
        before = switches(box.daemon.pid)
        time.sleep(seconds)
        after = switches(box.daemon.pid)
    woken = {name: count - before.get(name, 0) for name, count in after.items() if count != before.get(name, 0)}
    return sum(woken.values()) * 60 / seconds, woken


def switches(pid):
    """Context switches of each thread so far."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status", encoding="ascii") as file:
            fields = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
        found[f"{fields['Name']}-{thread}"] = (
            int(fields["voluntary_ctxt_switches"]) + int(fields["nonvoluntary_ctxt_switches"]))
    return found


def flash(work):
    """Rows about bytes that reach the device over one whole segment, and SQLite's for the same sales."""
    for sales_lines in (1, 20):
        sold, ours, flushes, kept = flash_of_the_product(work, sales_lines)
        theirs = flash_of_sqlite(work, sold, sales_lines)
        what = "commit (a 1-line sale)" if sales_lines == 1 else f"{sales_lines}-line sale"
        yield (f"device bytes a {what}, a segment's whole life (floor: SQLite WAL FULL)", ours, "B", theirs,
               ours / theirs)
        yield f"  its flushes, MARK, preparation and switch included", flushes, "flushes"
        yield f"  kept of it for good once its segment is compressed", kept, "B"
        yield f"  days until 16 GB are full at {SALES_A_DAY} such sales a day", BOX_BYTES / (kept * SALES_A_DAY), "days"


def flash_of_the_product(work, sales_lines):
    """(sales, device bytes a sale, flushes a sale, bytes kept a sale) from one switch of segments to the next.

    So there is in it what a segment costs in its whole life, once: its preparation (that of the spare made meanwhile),
    its commits, a MARK behind each sale, as in a shop where sales do not follow one upon the other within 30 ms, its
    checkpoints, its seal, its compressed copy and its rows of the index.
    """
    with flash_device.device(work) as device, Selling(device.folder) as box:
        while len(box.segments()) < 2:
            box.sell(256, lines=sales_lines, clients=64)
        wait_until(box.is_settled, "the first segment to be compressed", 30)
        begun, sold = device.snapshot(), 0
        while len(box.segments()) < 3:
            sold += box.sell(10, lines=sales_lines, think=PACE_MICROSECONDS)
        wait_until(box.is_settled, "the second segment to be compressed", 30)
        end = device.snapshot()
        kept = os.path.getsize(box.segments()[-2])
    return sold, (end[0] - begun[0]) / sold, (end[2] - begun[2]) / sold, kept / sold


def flash_of_sqlite(work, sales, sales_lines):
    with flash_device.device(work) as device:
        start = device.snapshot()
        run_json([tool("sqlite"), os.path.join(device.folder, "till.db"), str(sales), str(sales_lines)])
        return (device.snapshot()[0] - start[0]) / sales
