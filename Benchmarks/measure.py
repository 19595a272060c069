"""What every measurement needs: the C floors, one-core runs, alternating rounds, and the table at the end."""

import json
import os
import statistics
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOLS = os.path.join(ROOT, ".build", "tools")
WORK = os.path.join(ROOT, ".build", "bench")
PRODUCT = os.path.join(ROOT, ".build", "release")
FLOORS = os.path.join(ROOT, "Benchmarks", "floors")


def build_tools():
    """Compiles the floors and the kill-point shim that are older than their source."""
    os.makedirs(TOOLS, exist_ok=True)
    os.makedirs(WORK, exist_ok=True)
    for name in sorted(os.listdir(FLOORS)):
        if name.endswith(".c"):
            compile_c(os.path.join(FLOORS, name), os.path.join(TOOLS, name[:-2]), ["-lsqlite3", "-lpthread"])
    shim = os.path.join(ROOT, "Tests", "Support", "killpoint", "killpoint.c")
    compile_c(shim, os.path.join(TOOLS, "killpoint.so"), ["-shared", "-fPIC", "-lpthread"])


def compile_c(source, target, options):
    if os.path.exists(target) and os.path.getmtime(target) >= os.path.getmtime(source):
        return
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-o", target, source, *options], check=True)


def tool(name):
    return os.path.join(TOOLS, name)


def product(name):
    return os.path.join(PRODUCT, name)


def run_json(command, **options):
    """Runs a program and reads the last JSON line it printed."""
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr[-800:]}")
    return json.loads([line for line in done.stdout.splitlines() if line.startswith("{")][-1])


def one_core(command, core=0):
    return ["taskset", "-c", str(core), *command]


def paired(rounds, floor, subject):
    """Alternates floor and subject; returns medians and the median of the ratios of the same round."""
    floors, values = [], []
    for number in range(rounds):
        # The order turns from round to round, so that a drift of the machine hits both alike.
        if number % 2 == 0:
            floors.append(floor())
            values.append(subject())
        else:
            values.append(subject())
            floors.append(floor())
    ratio = statistics.median(value / base for value, base in zip(values, floors))
    return statistics.median(values), statistics.median(floors), ratio


class Table:
    """The results, in the order they were made."""

    def __init__(self):
        self.rows = []

    def add(self, name, value, unit, floor=None, ratio=None, bar=None, holds=None):
        row = {"name": name, "value": rounded(value), "unit": unit, "floor": rounded(floor), "ratio": rounded(ratio),
               "bar": bar, "holds": holds}
        self.rows.append(row)
        print("  " + self.line(row), flush=True)

    def missing(self, name, unit, bar, why):
        """A bar that could not be measured does not hold, and says why."""
        self.rows.append({"name": name, "value": None, "unit": unit, "floor": None, "ratio": None, "bar": bar,
                          "holds": False, "why": str(why)})
        print(f"  {name}: NOT MEASURED: {why}", flush=True)

    @staticmethod
    def line(row):
        def cell(value):
            return "" if value is None else f"{value:,.3g}" if isinstance(value, float) else str(value)
        verdict = {True: "holds", False: "DOES NOT HOLD", None: ""}[row["holds"]]
        return (f"{row['name']:<58} {number(row['value']):>12} {row['unit']:<10} {number(row['floor']):>12} "
                f"{cell(row['ratio']):>7} {row['bar'] or '':<14} {verdict}")

    def print(self):
        print(f"\n  {'what':<58} {'value':>12} {'unit':<10} {'floor':>12} {'ratio':>7} {'bar':<14}")
        for row in self.rows:
            print("  " + self.line(row))

    def write(self, path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.rows, file, indent=1, ensure_ascii=False)
            file.write("\n")


def number(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"


def rounded(value):
    return None if value is None else float(f"{value:.5g}")


def fail(text):
    print(f"bench: {text}", file=sys.stderr)
    sys.exit(70)


def run_quiet(command):
    """Runs a helper and shows its output only when it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        fail(f"{command} ended with {done.returncode}: {done.stdout[-400:]}{done.stderr[-400:]}")
