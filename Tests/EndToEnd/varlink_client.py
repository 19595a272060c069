"""A small Varlink client: one socket, JSON objects that end in NUL. Standard library only."""

import json
import os
import socket
import threading
import time

# Far more than anything takes: only what never comes waits so long.
DEADLINE_SECONDS = 60
CHUNK = 65536
# Peer credentials are those of the moment of connect(), and Python's seteuid changes every thread: one at a time.
_identity = threading.Lock()


class VarlinkError(Exception):
    """A typed error reply: its full name and its parameters."""

    def __init__(self, name, parameters):
        super().__init__(f"{name} {json.dumps(parameters, ensure_ascii=False)}")
        self.name, self.parameters = name, parameters or {}

    @property
    def short(self):
        return self.name.rsplit(".", 1)[-1]


class ConnectionLost(Exception):
    """The peer closed or died: the outcome of the call is unknown."""


class Connection:
    """One connection. `uid`, `gid` and `groups` are whom the daemon sees; root may be anybody.

    The socket is mode 0660: by default the client is a member of the group that owns it.
    """

    def __init__(self, path, uid=None, gid=None, groups=None, deadline=DEADLINE_SECONDS):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self.socket.settimeout(deadline)
        self.buffer = bytearray()
        try:
            if uid is None:
                with _identity:
                    self.socket.connect(path)
            else:
                self.connect_as(path, uid, uid if gid is None else gid, groups)
        except BaseException:
            self.socket.close()
            raise

    def connect_as(self, path, uid, gid, groups):
        with _identity:
            own_groups, own_gid, own_uid = os.getgroups(), os.getegid(), os.geteuid()
            if uid == own_uid:
                self.socket.connect(path)
                return
            os.setgroups([os.stat(path).st_gid] if groups is None else list(groups))
            os.setegid(gid)
            os.seteuid(uid)
            try:
                self.socket.connect(path)
            finally:
                os.seteuid(own_uid)
                os.setegid(own_gid)
                os.setgroups(own_groups)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, method, parameters=None, **flags):
        message = {"method": method, "parameters": parameters or {}, **{k: True for k, v in flags.items() if v}}
        self.send_bytes(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\0")

    def send_bytes(self, data):
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise ConnectionLost(str(error)) from error

    def receive(self, deadline=None):
        """The next reply as (parameters, continues); raises VarlinkError, ConnectionLost or TimeoutError."""
        if deadline is not None:
            self.socket.settimeout(deadline)
        while True:
            end = self.buffer.find(0)
            if end >= 0:
                text = bytes(self.buffer[:end])
                del self.buffer[: end + 1]
                reply = json.loads(text)
                if reply.get("error"):
                    raise VarlinkError(reply["error"], reply.get("parameters"))
                return reply.get("parameters", {}), bool(reply.get("continues"))
            try:
                data = self.socket.recv(CHUNK)
            except TimeoutError:
                raise
            except OSError as error:
                raise ConnectionLost(str(error)) from error
            if not data:
                raise ConnectionLost("the daemon closed the connection")
            self.buffer += data

    def call(self, method, parameters=None, deadline=None):
        self.send(method, parameters)
        return self.receive(deadline)[0]

    def more(self, method, parameters=None):
        """Calls with `more` and yields every reply until the last."""
        self.send(method, parameters, more=True)
        while True:
            parameters, continues = self.receive()
            yield parameters
            if not continues:
                return


def wait_until(condition, what, seconds=DEADLINE_SECONDS, pause=0.005):
    """Polls an outside state that cannot be subscribed to (a file, a process) until it holds, or fails loudly."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(pause)
