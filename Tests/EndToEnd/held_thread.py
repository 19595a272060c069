"""Holds one thread of a running program, as a fault would: the others go on. No hook in the program is needed."""

import ctypes
import os
import platform
import struct

# ptrace(2)
SEIZE, INTERRUPT, DETACH, SYSCALL, SYSCALL_INFO = 0x4206, 0x4207, 17, 24, 0x420E
MARKED_CALLS = 1  # PTRACE_O_TRACESYSGOOD
# In ptrace_syscall_info: the kind of stop, and the call's number behind 24 bytes.
ENTRY, NUMBER = 1, struct.Struct("=24xQ")
READ = {"x86_64": 0, "aarch64": 63}
# waitpid(2): threads that are not our children by fork.
ALL = 0x40000000


class HeldThread:
    """Stops the thread of that name until `release`; use it from one thread only, which ptrace wants."""

    def __init__(self, pid, name):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self.libc.ptrace.restype = ctypes.c_long
        self.thread = find(pid, name)
        self.ask(SEIZE, None, MARKED_CALLS)
        self.ask(INTERRUPT)
        os.waitpid(self.thread, ALL)

    def read_begins(self):
        """Lets the thread go on until it is about to read(2): it has work then, and does not get on with it."""
        info = ctypes.create_string_buffer(88)
        while True:
            self.ask(SYSCALL)
            os.waitpid(self.thread, ALL)
            self.ask(SYSCALL_INFO, ctypes.sizeof(info), info)
            if info.raw[0] == ENTRY and NUMBER.unpack_from(info.raw)[0] == READ[platform.machine()]:
                return

    def ask(self, request, address=None, data=None):
        if self.libc.ptrace(request, self.thread, address, data) < 0:
            number = ctypes.get_errno()
            raise OSError(number, f"ptrace {request:#x} of thread {self.thread}: {os.strerror(number)}")

    def release(self):
        self.ask(DETACH)


def find(pid, name):
    """The id of the only thread whose name begins so."""
    found = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/comm", encoding="utf-8") as comm:
            if comm.read().startswith(name):
                found.append(int(thread))
    if len(found) != 1:
        raise LookupError(f"{len(found)} threads begin with {name}")
    return found[0]
