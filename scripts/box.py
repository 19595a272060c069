#!/usr/bin/env python3
"""`make box`: a box in .build/box with a virtual printer and an open shift, to write programs against, until Ctrl-C.

Whoever runs this may do what a supervisor may. What was sold stays: the next `make box` goes on with the same journal.
"""

import os
import signal
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))

from box import Box, key  # noqa: E402

FOLDER = os.path.join(ROOT, ".build", "box")


def main():
    os.makedirs(FOLDER, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Box(FOLDER, settings={"supervisors": [os.geteuid()]}) as box:
        box.write_configuration()
        if not box.segments():
            box.init()
        box.start()
        box_is_mine = {"uid": os.geteuid()}
        if not box.call("io.counterfoil.Shift.Current", **box_is_mine)["shifts"]:
            box.call("io.counterfoil.Shift.Open", {
                "idempotencyKey": key("make-box"), "operator": "1001", "opening": [{"kind": "cash", "amount": 20000}]},
                **box_is_mine)
        where = os.path.relpath(FOLDER)
        print(f"""the box runs; a shift is open on lane-1. Ctrl-C ends it.
  socket    {where}/run/control
  paper     {where}/printer-lane-1/paper.txt
  commands  .build/release/counterfoil status --config {where}/counterfoil.toml""", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
