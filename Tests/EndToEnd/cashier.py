"""A cashier's app that never loses its place: every call has a key, and a call whose answer did not come is asked again.

This is what README's example does in small, and what the kill matrix drives: whatever dies, the same key is repeated
until it is answered, and what it answered is remembered.
"""

import time

from varlink_client import Connection, ConnectionLost, VarlinkError

PATIENCE_SECONDS = 30


def returned(stub, quantity=1000, line="1", name="茶"):
    """Thousandths of a stub's line that come back."""
    return {"name": name, "listPrice": 0, "unitPrice": 0, "taxes": [], "quantity": -quantity,
            "original": {"reference": {"stub": stub["stub"]}, "line": line}}


def goods(name, price, quantity=1000, **more):
    """A line as an app sends it: price in fen, quantity in thousandths."""
    return {"name": name, "quantity": quantity, "unitPrice": price, "taxes": ["A"], **more}


def line_amount(line):
    """What a line costs, computed here independently of the daemon (half up, as quantity times price)."""
    product = line["quantity"] * line["unitPrice"]
    per = line.get("pricePer", 1000)
    sign = -1 if product < 0 else 1
    return sign * ((abs(product) * 2 + per) // (2 * per))


def approval_of(action, subject, **more):
    """What a supervisor says yes to."""
    return {"operator": "chief", "reason": "looked up", "action": action, "subject": subject, **more}


class Cashier:
    """Calls with keys on one lane. `revive` is called when the daemon is gone and must bring it back."""

    def __init__(self, path, lane, uid, name="morning", revive=None, groups=None):
        self.path, self.lane, self.uid, self.name, self.groups = path, lane, uid, name, groups
        self.revive = revive
        self.connection = None
        self.answers = {}  # key -> (method, parameters, answer), in the order of the answers
        self.sale = None  # the unfinished sale that the app has in its hands
        self.basket = []  # keys of its edits, which may live in the daemon's memory only
        self.counter = 0
        self.lost = 0  # calls whose answer was lost at least once

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def connected(self):
        if self.connection is None:
            self.connection = Connection(self.path, uid=self.uid, groups=self.groups)
            self.connection.call("io.counterfoil.System.Hello", {
                "application": "end-to-end", "version": "1", "lane": self.lane})
        return self.connection

    def fresh_key(self, method):
        self.counter += 1
        return f"{self.name}-{self.counter:05d}-{method.rsplit('.', 1)[-1]}".ljust(16, "-")

    def read(self, method, parameters=None):
        """A call that changes nothing: asked again until it is answered."""
        return self.persist(method, parameters or {})

    def keyed(self, method, edit=False, **parameters):
        """A call that changes something. `edit`: a basket edit, which a crash may take back and which is then repeated."""
        key = self.fresh_key(method)
        parameters = {"idempotencyKey": key, **{k: v for k, v in parameters.items() if v is not None}}
        answer = self.persist(method, parameters)
        self.answers[key] = (method, parameters, answer)
        change = answer.get("change")
        if change:
            open_still = change["state"] in ("open", "tendering")
            self.sale = change["sale"] if open_still else None
            if edit and open_still:
                self.basket.append(key)
            elif change.get("sequence") is not None:
                self.basket.clear()  # a durable record of a sale stands behind all its edits
        return answer

    def open_shift(self, operator="01", opening=None):
        """`opening`: cash in the drawer, if it was counted."""
        counted = [] if opening is None else [{"kind": "cash", "currency": "CNY", "amount": opening}]
        return self.keyed("io.counterfoil.Shift.Open", lane=self.lane, operator=operator, opening=counted)["shift"]

    def totalled(self, lines, **more):
        """A sale that waits for its payment; `more` of a return, an exchange or a correction."""
        sale = self.keyed("io.counterfoil.Sale.Open", lane=self.lane, lines=lines, **more)["change"]["sale"]
        self.keyed("io.counterfoil.Sale.Total", sale=sale)
        return sale

    def approve(self, action, subject, **more):
        """A supervisor's yes, where this app is one's."""
        return self.keyed("io.counterfoil.System.Approve", **approval_of(action, subject, **more))["approval"]

    def persist(self, method, parameters):
        end = time.monotonic() + PATIENCE_SECONDS
        died, parked = False, None
        while True:
            try:
                if self.connection is None and died:
                    self.recover()
                if parked:
                    self.take_up(parked)
                    parked = None
                return self.connected().call(method, parameters)
            except VarlinkError as error:
                # After a crash an expectation from before it conflicts on purpose; the app looks and asks without it.
                if died and error.short == "RevisionConflict" and "revision" in parameters:
                    parameters.pop("revision")
                    continue
                # The sale came back parked, and the app did not know yet that the sale was its own.
                if self.lost and error.short == "WrongState" and error.parameters.get("parked"):
                    parked = parameters["sale"]
                    continue
                # A daemon that stops took nothing: it is asked again when it is back.
                if "shutdown" in error.parameters.get("reasons", []) and self.revive:
                    died = True
                    self.close()
                    self.revive()
                    continue
                # Only the mode that a restart passes through is waited for.
                if error.short != "NotSelling" or error.parameters.get("mode") != "recovering":
                    raise
            except (ConnectionLost, OSError):
                self.lost += 0 if died else 1
                died = True
                self.close()
                if self.revive:
                    self.revive()
            if time.monotonic() > end:
                raise TimeoutError(f"{method} was not answered within {PATIENCE_SECONDS} s")

    def recover(self):
        """What an app does after a restart, before it goes on: it takes up its sale, should it have come back parked, and
        repeats the edits that were answered from memory. The same keys bring back exactly what is missing."""
        connection = self.connected()
        if self.sale:
            self.take_up(self.sale)
        for key in self.basket:
            method, parameters, _ = self.answers[key]
            connection.call(method, {k: v for k, v in parameters.items() if k != "revision"})

    def take_up(self, sale):
        """With an untrusted clock a restart parks every open sale; the cashier looks at it and goes on with it."""
        connection = self.connected()
        found = connection.call("io.counterfoil.Sale.Get", {"sale": sale})["sale"]
        if found["parked"]:
            connection.call("io.counterfoil.Sale.Unpark", {
                "idempotencyKey": self.fresh_key("Unpark"), "sale": sale, "revision": found["revision"],
                "lane": self.lane})
