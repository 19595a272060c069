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
BOX_BYTES = 16e9
CLIENT_CORE = ["taskset", "-c", "0"]
OTHER_CORES = f"1-{max(1, (os.cpu_count() or 2) - 1)}"


def lines(count):
    return [goods(NAMES[index % len(NAMES)], 1250, code="6903252002501") for index in range(count)]


def quote_request():
    """A Quote of about 600 bytes."""
    return {"method": "io.counterfoil.Sale.Quote", "parameters": {"lane": "lane-1", "lines": lines(4)}}


def ring_request(lines=3):
    total = 1250 * lines
    return {"method": "io.counterfoil.Sale.Ring", "parameters": {
        "idempotencyKey": "@KEY@", "lane": "lane-1", "lines": globals()["lines"](lines),
        "tender": {"kind": "cash", "tendered": total}}}


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
        self.write_configuration()
        self.init()
        self.start(environment=self.environment, prefix=self.prefix)
        self.cashier = Cashier(self.control, "lane-1", CASHIER, name=f"bench{os.getpid()}")
        self.shift = morning.open_shift(self.cashier)
        return self

    def __exit__(self, *_):
        self.cashier.close()
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def request_file(self, name, request):
        path = os.path.join(self.folder, f"{name}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(request, file, ensure_ascii=False, separators=(",", ":"))
        return path

    def sell(self, count, lines=20):
        """Rings `count` sales one after the other."""
        request = self.request_file("sell", ring_request(lines))
        done = 0
        with self.connect() as connection, open(request, encoding="utf-8") as file:
            text = json.load(file)
            for _ in range(count):
                text["parameters"]["idempotencyKey"] = f"sell-{os.getpid()}-{time.monotonic_ns():020d}"
                connection.call(text["method"], text["parameters"])
                done += 1
        return done

    def segments(self):
        folder = os.path.join(self.state, "journal")
        return sorted(name for name in os.listdir(folder) if name.endswith((".seg", ".segz")))


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


def start_after(work, sales, clean):
    """Ready time after a clean stop or a kill, with so many sales since the segment began (None: nearly a full one)."""
    with Selling(work) as box:
        if sales is None:
            fill_segment(box)
        else:
            box.sell(sales, lines=5)
        if clean:
            box.stop()
        else:
            box.kill()
        box.cashier.close()
        return ready_milliseconds(box)


def fill_segment(box):
    """Sells until the next sale would nearly switch the segment: stops at nine tenths of its room."""
    size = os.path.getsize(os.path.join(box.state, "journal", box.segments()[-1]))
    probe = 50
    before = head_offset(box)
    box.sell(probe)
    each = max(1, (head_offset(box) - before) // probe)
    # A segment ends when less than one full batch (4 MiB) is left.
    room = size - 4 * 2**20 - head_offset(box)
    box.sell(max(0, int(room * 0.95 / each)))


def head_offset(box):
    """Where the newest segment's data ends."""
    path = os.path.join(box.state, "journal", [name for name in box.segments() if name.endswith(".seg")][-1])
    with open(path, "rb") as file:
        data = file.read()
    return len(data.rstrip(b"\0"))


def resident_after_a_sale(work):
    with Selling(work) as box:
        box.sell(20)
        with open(f"/proc/{box.daemon.pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                if line.startswith("Rss:"):
                    return int(line.split()[1]) / 1024
    raise RuntimeError("no Rss in smaps_rollup")


def idle_wakeups(work, seconds):
    """Times that any thread of the daemon ran while nothing happened, a minute."""
    def switches(pid):
        total = 0
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/status", encoding="ascii") as file:
                total += sum(int(line.split()[1]) for line in file if "ctxt_switches" in line)
        return total
    with Selling(work) as box:
        box.sell(5)
        box.cashier.close()
        time.sleep(65)  # the checkpoint of the sales is news; after it the box has nothing to do
        before = switches(box.daemon.pid)
        time.sleep(seconds)
        return (switches(box.daemon.pid) - before) * 60 / seconds


def flash(work):
    """Rows about bytes that reach the device over one whole segment, and SQLite's for the same sales."""
    rows = []
    for sales_lines in (1, 20):
        sold, ours, flushes, kept = flash_of_the_product(work, sales_lines)
        theirs = flash_of_sqlite(work, sold, sales_lines)
        what = "commit (a 1-line sale)" if sales_lines == 1 else f"{sales_lines}-line sale"
        rows.append((f"device bytes a {what}, whole life of a segment (floor: SQLite WAL FULL)", ours, "B", theirs,
                     ours / theirs))
        rows.append((f"device flushes a {what}, preparation and switch included", flushes, "flushes"))
    rows.append((f"journal kept a {sales_lines}-line sale once its segment is sealed", kept / sold, "B"))
    rows.append((f"days until 16 GB are full at {SALES_A_DAY} sales a day", BOX_BYTES / (kept / sold * SALES_A_DAY), "days"))
    return rows


def flash_of_the_product(work, sales_lines):
    """(sales, device bytes a sale, flushes a sale, bytes kept) from init to the end of the first sealed segment."""
    with flash_device.device(work) as device:
        start = device.snapshot()
        with Selling(device.folder) as box:
            sold = 0
            while len(box.segments()) < 2:
                sold += box.sell(20, lines=sales_lines)
            box.stop()
            end = device.snapshot()
            folder = os.path.join(box.state, "journal")
            kept = sum(os.path.getsize(os.path.join(folder, name)) for name in box.segments() if name.endswith(".segz"))
    return sold, (end[0] - start[0]) / sold, (end[2] - start[2]) / sold, kept


def flash_of_sqlite(work, sales, sales_lines):
    with flash_device.device(work) as device:
        start = device.snapshot()
        run_json([tool("sqlite"), os.path.join(device.folder, "till.db"), str(sales), str(sales_lines)])
        return (device.snapshot()[0] - start[0]) / sales
