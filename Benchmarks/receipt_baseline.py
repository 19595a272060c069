#!/usr/bin/env python3
"""The receipt of ReceiptBenchmark.swift, made by python-escpos: 40 Chinese lines, QR code, cut and drawer pulse.

Runs in the virtual environment of scripts/venv.sh bench. Everything goes into the in-memory Dummy printer, a fresh one
a receipt; CPU time, no I/O. Prints one JSON line; times are microseconds.
    receipt_baseline.py SECONDS
"""

import json
import logging
import statistics
import sys
import time
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

from escpos.printer import Dummy  # noqa: E402: the library warns while it is imported

PROFILE = "TM-T20II"  # 576 dots, 48 columns
WIDTH = 48
LINES = 40
REPEATS = 20
QR = "https://pay.example.test/r/20261120-000123?amt=114.70&sig=9f3c2a7be1"
GOODS = [("宫保鸡丁套餐", 1, 28.00), ("珍珠奶茶(大)", 2, 15.00), ("农夫山泉550ml", 3, 2.00), ("酸辣土豆丝", 1, 16.00),
         ("餐具费", 2, 1.00), ("优惠券", 1, -5.00), ("红烧牛肉面", 1, 32.00), ("米饭", 2, 2.00)]


def line(index):
    name, quantity, price = GOODS[index % len(GOODS)]
    right = f"{quantity:>3} x{price:>8.2f}{quantity * price:>10.2f}"
    return name[: WIDTH - len(right) - 1].ljust(WIDTH - len(right)) + right


def receipt():
    printer = Dummy(profile=PROFILE)
    printer.hw("INIT")
    printer.set(align="center", bold=True, double_height=True, double_width=True)
    printer.textln("POS DEMO STORE")
    printer.set(align="left", bold=False, normal_textsize=True)
    for index in range(LINES):
        printer.textln(line(index))
    printer.set(bold=True)
    printer.textln("TOTAL".ljust(38) + "    114.70")
    printer.set(bold=False, align="center")
    printer.qr(QR, native=True, size=6)
    printer.cut(mode="PART")
    printer.cashdraw(2)
    return printer.output


def main():
    end = time.monotonic() + float(sys.argv[1])
    samples, size = [], len(receipt())
    while time.monotonic() < end:
        began = time.process_time()
        for _ in range(REPEATS):
            receipt()
        samples.append((time.process_time() - began) / REPEATS * 1e6)
    print(json.dumps({"receipts": len(samples) * REPEATS, "bytes": size, "p50": round(statistics.median(samples), 2)}))


if __name__ == "__main__":
    main()
