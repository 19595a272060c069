"""The wall clock of one daemon: synchronised or not, and set forward as a test wants (Tests/Support/clock)."""

import os

from box import shim


class WallClock:

    def __init__(self, folder, is_set=True):
        self.is_set = is_set
        self.path = os.path.join(folder, "clock-ahead")
        self.seconds = 0
        self.forward()

    @property
    def environment(self):
        """For the daemon's start."""
        unset = {} if self.is_set else {"CLOCK_UNSET": "1"}
        return {"LD_PRELOAD": shim("clock"), "CLOCK_AHEAD": self.path, **unset}

    def forward(self, days=0, hours=0):
        """From now on it is so much later."""
        self.seconds += (days * 24 + hours) * 3600
        with open(self.path + ".new", "w", encoding="ascii") as file:
            file.write(str(self.seconds))
        os.replace(self.path + ".new", self.path)
