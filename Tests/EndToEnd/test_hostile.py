"""Clients that mean harm, or know no better: each gets a clear error, and the box goes on selling."""

import hashlib
import json
import resource
import socket
import subprocess
import threading
import unittest

import morning
from box import SUPERVISOR, key
from cashier import goods
from harness import BoxTest
from varlink_client import VarlinkError, wait_until

LARGEST = 2**64 - 1
SYSTEM, SALE, PRINTER, SCANNER = ("io.counterfoil." + name for name in ("System.", "Sale.", "Printer.", "Scanner."))


class Numbers(BoxTest):

    def test_the_largest_cursor(self):
        """A cursor of the largest number is nothing to count on from, and no end of the daemon."""
        box = self.box()
        instance = box.call(SYSTEM + "Hello", {"application": "t", "version": "1"})["instance"]
        for method in (SYSTEM + "Watch", SCANNER + "Read"):
            with box.connect() as connection:
                more = {"topics": []} if method.endswith("Watch") else {}
                connection.send(method, {**more, "after": f"{instance}-{LARGEST}"}, more=True)
                reply, _ = connection.receive()
                self.assertIsNone(reply.get("gap"), method)
        self.assertEqual("selling", box.call(SYSTEM + "Status")["mode"])

    def test_a_number_that_is_too_large_is_a_wrong_parameter(self):
        """Too large for 64 bits or a double is said of the parameter; the connection goes on."""
        box = self.box()
        with box.connect() as connection:
            for number in ("9223372036854775808", "1e400", "-0", "18446744073709551616", "1.5"):
                connection.socket.sendall(
                    b'{"method":"%sList","parameters":{"limit":%s}}\0' % (SALE.encode(), number.encode()))
                with self.assertRaises(VarlinkError) as refused:
                    connection.receive()
                self.assertEqual(("InvalidParameter", {"parameter": "limit"}),
                                 (refused.exception.short, refused.exception.parameters), number)
            self.assertEqual("selling", connection.call(SYSTEM + "Status", {})["mode"])

    def test_a_quote_is_no_larger_than_a_sale(self):
        """Lines, adjustments, taxes and their product are bounded before anything is computed."""
        box = self.box()
        line = goods("x", 100)
        for lines, adjustments, limit in (
                ([line] * 2001, [], "lines"),
                ([line], [{"kind": "manual", "label": "", "amount": -1}] * 201, "adjustments"),
                ([{**line, "taxes": ["A"] * 1000}], [], "taxes"),
                ([{**line, "unitPrice": 10**12 + 1}], [], "amount"),
                ([{**line, "unitPrice": 6 * 10**8}] * 2, [], "saleTotal"),
                ([line] * 2000, [{"kind": "manual", "label": "", "amount": -1}] * 100, "openState")):
            with self.assertRaises(VarlinkError) as refused:
                box.call(SALE + "Quote", {"lines": lines, "adjustments": adjustments})
            self.assertEqual(("LimitExceeded", limit), (refused.exception.short, refused.exception.parameters["limit"]))
        quoted = box.call(SALE + "Quote", {"lines": [line, {**line, "quantity": -1000}]})
        self.assertEqual(0, quoted["totals"]["total"])


class Streams(BoxTest):

    def test_who_leaves_takes_only_himself_away(self):
        """Two callers follow one job, by the same key; the first hangs up, the second still hears the end."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        address = box.printers["lane-1"].address
        box.stop_printer("lane-1")
        ring = {"idempotencyKey": key("follow"), "lane": "lane-1", "lines": [morning.WATER], "tender": {"kind": "cash"}}
        first, second = box.connect(), box.connect()
        self.addCleanup(second.close)
        for connection in (first, second):
            connection.send(SALE + "Ring", ring, more=True)
            self.assertTrue(connection.receive()[1])
        descriptors = box.descriptors()
        first.close()
        wait_until(lambda: box.descriptors() < descriptors, "the daemon to notice that the first left")
        box.restart_printer("lane-1", address)
        continues = True
        while continues:
            reply, continues = second.receive(deadline=60)
        self.assertEqual("done", reply["job"]["outcome"])

    def test_what_a_watcher_missed_fits_into_a_reply(self):
        """Who comes back to more than a reply holds is told the gap and goes on; nothing is left out in silence."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        with box.connect() as watcher:
            watcher.send(SYSTEM + "Watch", {"topics": []}, more=True)
            cursor = watcher.receive()[0]["events"][-1]["cursor"]
        sale = cashier.keyed(SALE + "Open", lane="lane-1")["change"]["sale"]
        lines = [goods("长" * 60, 100, code="c" * 60) for _ in range(50)]
        for _ in range(330):
            cashier.keyed(SALE + "AddLines", sale=sale, lines=lines)
            cashier.keyed(SALE + "Void", sale=sale, reason="t")
            sale = cashier.keyed(SALE + "Open", lane="lane-1")["change"]["sale"]
        with box.connect() as watcher:
            watcher.send(SYSTEM + "Watch", {"topics": [], "after": cursor}, more=True)
            reply, _ = watcher.receive()
        self.assertEqual(cursor, reply["gap"]["from"])
        self.assertEqual(reply["events"][0]["cursor"], reply["gap"]["to"])
        self.assertEqual(sale, reply["events"][-1]["subject"])

    def test_a_journal_of_large_entries_is_read_in_parts(self):
        """However large the entries, a reply holds some of them and says that more follow."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        lines = [goods("长" * 60, 100, code=f"{number:060}", listPrice=100) for number in range(1500)]
        for _ in range(24):
            morning_total = len(lines) * 100
            cashier.keyed(SALE + "Ring", lane="lane-1", lines=lines, tender={"kind": "cash", "tendered": morning_total})
        found, after, replies, more = [], None, 0, True
        with box.connect(SUPERVISOR) as reader:
            while more:
                reply = reader.call("io.counterfoil.Journal.Read", {"limit": 1000, "after": after}, deadline=60)
                found += [entry["sequence"] for entry in reply["entries"]]
                after, more, replies = reply["next"], reply["more"], replies + 1
        self.assertEqual(list(range(len(found))), found)
        self.assertGreater(replies, 1)
        self.assertGreaterEqual(len(found), box.call("io.counterfoil.Journal.Head")["head"]["sequence"])


class Doors(BoxTest):

    def test_connections_leave_the_journal_its_files(self):
        """Somebody takes every connection that he gets; the journal still begins its next segments."""
        box = self.box(start=False)
        box.start(prefix=("prlimit", "--nofile=1024:1024"))
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, max(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
        greedy = []
        self.addCleanup(lambda: [connection.close() for connection in greedy])
        for _ in range(1100):
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
            greedy.append(connection)
            connection.connect(box.control)
        books = morning.Books()
        while len(box.segments()) < 4:
            morning.ring(cashier, books, [goods("x" * 150, 100, code=f"{n:060}") for n in range(1000)])
        self.assertEqual("selling", cashier.read(SYSTEM + "Status")["mode"])

    def box_with_a_chief(self):
        """A box whose operator `chief` approves with the PIN 2468."""
        box = self.box(start=False)
        salt = bytes(16)
        proof = hashlib.pbkdf2_hmac("sha256", b"2468", salt, 200000)
        with open(box.configuration, "a", encoding="utf-8") as file:
            pin = f"pbkdf2-sha256$200000${salt.hex()}${proof.hex()}"
            file.write(f'[[operator]]\nid = "chief"\nname = "Chief"\nrole = "supervisor"\npin = {json.dumps(pin)}\n')
        return box.start()

    def test_the_journal_does_not_tell_a_pin(self):
        """No PIN of four digits can be found by trying all of them against what the journal keeps of an approval."""
        box = self.box_with_a_chief()
        asked = {"action": "noSale", "operator": "chief", "proof": "2468", "reason": "r", "subject": "lane-1"}
        box.call(SYSTEM + "Approve", {"idempotencyKey": key("approve"), **asked})
        entries = box.call("io.counterfoil.Journal.Read", {"limit": 1000, "kinds": ["approvalGranted"]}, SUPERVISOR)
        kept = json.loads(entries["entries"][0]["entry"])["call"]["requestHash"]
        def digest(parameters):
            text = json.dumps({"method": SYSTEM + "Approve", "parameters": parameters}, separators=(",", ":"))
            return hashlib.sha256(text.encode()).hexdigest()
        tried = [digest({**asked, "proof": f"{number:04}"}) for number in range(10000)]
        self.assertNotIn(kept, tried)
        self.assertEqual(kept, digest({name: value for name, value in asked.items() if name != "proof"}))

    def test_a_technicians_reason_is_not_for_sellers(self):
        """Who sells does not get around the approval of an opening without sale by calling himself a technician."""
        box = self.box()
        open_drawer = {"lane": "lane-1", "reason": "technician"}
        with self.assertRaises(VarlinkError) as refused:
            box.call("io.counterfoil.Drawer.Open", {"idempotencyKey": key("drawer"), **open_drawer})
        self.assertEqual("PermissionDenied", refused.exception.short)
        self.assertIn("technician", refused.exception.parameters["setting"])
        box.call("io.counterfoil.Drawer.Open", {"idempotencyKey": key("drawer"), **open_drawer}, uid=0)

    def test_a_wrong_pin_is_waited_for_on_every_connection(self):
        """A new connection does not forget the wrong PINs of the last one."""
        box = self.box_with_a_chief()
        for _ in range(2):
            with self.assertRaises(VarlinkError) as refused:
                box.call(SYSTEM + "SignIn", {"operator": "chief", "proof": "0000"})
            self.assertEqual("SignInFailed", refused.exception.short)
        with self.assertRaises(VarlinkError) as refused:
            box.call(SYSTEM + "SignIn", {"operator": "chief", "proof": "2468"})
        self.assertEqual("SignInFailed", refused.exception.short)
        # Another user has tried nothing, and the application may still vouch for a name.
        self.assertIn("approve", box.call(SYSTEM + "SignIn", {"operator": "chief", "proof": "2468"}, SUPERVISOR)["rights"])
        self.assertEqual(["sell"], box.call(SYSTEM + "SignIn", {"operator": "chief"})["rights"])


class Devices(BoxTest):

    def test_nothing_is_ordered_of_a_device_that_is_not_there(self):
        """A printer or drawer that nobody configured is named, and leaves no order behind."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        stub = morning.ring(cashier, morning.Books(), [morning.WATER])["stub"]
        for method, parameters in (
                (PRINTER + "Print", {"printer": "nobody", "title": "t", "elements": [{"text": "t"}]}),
                (SALE + "Deliver", {"printer": "nobody", "stub": {"stub": stub}, "channel": "paper",
                                    "document": "receipt"}),
                ("io.counterfoil.Drawer.Open", {"drawer": "nobody", "reason": "noSale"})):
            with self.assertRaises(VarlinkError) as refused:
                cashier.keyed(method, **parameters)
            self.assertEqual(("NoSuchDevice", "nobody", ["printer-lane-1"]), (
                refused.exception.short, refused.exception.parameters["device"],
                refused.exception.parameters["similar"]), method)


class Paper(BoxTest):

    def test_a_note_that_nobody_wants_any_more(self):
        """A note that waited longer than it lives is not printed when the printer comes back."""
        box = self.box()
        cashier = self.cashier(box)
        address = box.printers["lane-1"].address
        box.stop_printer("lane-1")
        with box.connect() as watcher:
            watcher.send(SYSTEM + "Watch", {"topics": ["print"]}, more=True)
            watcher.receive()
            short = cashier.keyed(PRINTER + "Print", printer="printer-lane-1", title="KURZ",
                                  elements=[{"text": "OUTLIVED"}], liveSeconds=1)["job"]["job"]
            cashier.keyed(PRINTER + "Print", printer="printer-lane-1", title="LANG", elements=[{"text": "LASTING"}],
                          liveSeconds=600)
            subprocess.run(["sleep", "1.1"], check=True)
            box.restart_printer("lane-1", address)
            ended = {}
            while len(ended) < 2:
                for event in watcher.receive(deadline=60)[0]["events"]:
                    if event["name"] == "jobEnded":
                        ended[event["subject"]] = event["data"]["outcome"]
        self.assertEqual("expired", ended[short])
        self.assertIn("LASTING", box.paper())
        self.assertNotIn("OUTLIVED", box.paper())


    def test_a_code_holds_no_command(self):
        """A printer obeys a real-time pulse wherever it stands: it does not get into a note as the data of a code."""
        box = self.box()
        note = {"printer": "printer-lane-1", "title": "t"}
        for code in ("\x10\x14\x01\x00\x01", "a\x7f", "\x1bp"):
            with self.assertRaises(VarlinkError) as refused:
                box.call(PRINTER + "Print", {"idempotencyKey": key("note"), **note, "elements": [{"qr": code}]})
            self.assertEqual(("Refused", "text"), (refused.exception.short, refused.exception.parameters["rule"]))
        card = "BEGIN:VCARD\r\nFN:王芳\r\nEND:VCARD"
        box.call(PRINTER + "Print", {"idempotencyKey": key("note"), **note, "elements": [{"qr": card}]})


class Lists(BoxTest):

    def test_a_sale_is_never_nowhere(self):
        """Who asks for a sale while it ends finds it: open before, closed after, in between one of the two; no list has it twice."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        present, wrong, looks = {}, [], [0]

        def look():
            with box.connect() as connection:
                while sale := present.get("sale", "none yet"):
                    if sale == "none yet":
                        continue
                    looks[0] += 1
                    try:
                        connection.call(SALE + "Get", {"sale": sale})
                    except VarlinkError as error:
                        wrong.append(str(error))
                    listed = [each["id"] for each in connection.call(SALE + "List", {"limit": 5})["sales"]]
                    if len(listed) != len(set(listed)):
                        wrong.append(f"twice in {listed}")

        lookers = [threading.Thread(target=look) for _ in range(3)]
        for looker in lookers:
            looker.start()
        try:
            # A loaded machine looks less often while a sale ends: it sells until enough was seen.
            while looks[0] < 150 and not wrong and any(looker.is_alive() for looker in lookers):
                present["sale"] = cashier.keyed(SALE + "Open", lane="lane-1", lines=[morning.WATER])["change"]["sale"]
                cashier.keyed(SALE + "Total", sale=present["sale"])
                cashier.keyed(SALE + "AddTender", sale=present["sale"], tender={"kind": "cash"})
        finally:
            present["sale"] = None
            for looker in lookers:
                looker.join()
        self.assertEqual([], wrong)
        self.assertGreaterEqual(looks[0], 150)

    def test_pages_of_every_size_hold_every_sale_once(self):
        """However small the page: open sales first, then closed ones, none twice and none left out."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        for _ in range(7):
            morning.ring(cashier, books, [morning.WATER])
        for _ in range(5):
            cashier.keyed(SALE + "Open", lane="lane-1", lines=[morning.WATER])
        whole = cashier.read(SALE + "List", {"limit": 1000})
        self.assertEqual(12, len(whole["sales"]))
        for limit in (1, 2, 5, 6, 12):
            for states in (None, ["open"], ["completed"]):
                found, after = [], None
                while True:
                    page = cashier.read(SALE + "List", {"limit": limit, "after": after, "states": states})
                    self.assertLessEqual(len(page["sales"]), limit)
                    found += [sale["id"] for sale in page["sales"]]
                    after = page.get("next")
                    if after is None:
                        break
                wanted = [sale["id"] for sale in whole["sales"] if states is None or sale["state"] in states]
                self.assertEqual(wanted, found, (limit, states))


class Reading(BoxTest):

    def test_checks_of_the_whole_journal_wait_for_each_other(self):
        """Many ask for a check at once: one runs, the others are told to come again, sales go on."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        lines = [goods("x" * 150, 100, code=f"{n:060}") for n in range(1000)]
        box.fill_segments(1, lambda: morning.ring(cashier, books, lines))
        before = box.threads()
        auditors = [box.connect(SUPERVISOR) for _ in range(40)]
        for auditor in auditors:
            self.addCleanup(auditor.close)
            auditor.send("io.counterfoil.Journal.Verify")
        morning.ring(cashier, books, [morning.WATER])
        most, outcomes = 0, []
        for auditor in auditors:
            most = max(most, box.threads())
            try:
                outcomes.append("good" if auditor.receive(deadline=60)[0]["good"] else "bad")
            except VarlinkError as error:
                outcomes.append(error.short)
        self.assertLessEqual(most, before + 1)
        self.assertIn("good", outcomes)
        self.assertLessEqual(set(outcomes), {"good", "Busy"})


class Returns(BoxTest):

    def test_another_box_has_the_same_number(self):
        """What comes back to another box's stub takes nothing off ours of the same number."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        stub = morning.ring(cashier, morning.Books(), [morning.WATER])["stub"]
        approval = box.call(SYSTEM + "Approve", {
            "idempotencyKey": key("approve"), "operator": "chief", "action": "returnWithoutOriginal",
            "subject": "lane-1", "amount": morning.WATER["unitPrice"], "reason": "other shop"}, SUPERVISOR)["approval"]
        line = {**morning.WATER, "quantity": -1000, "original": {
            "reference": {"box": "shop-0099/till-07", "stub": stub}, "line": "1", "proof": "none"}}
        sale = cashier.keyed(SALE + "Open", lane="lane-1", kind="return", lines=[line], approval=approval)["change"]["sale"]
        cashier.keyed(SALE + "Total", sale=sale)
        cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
        left = cashier.read(SALE + "Returnable", {"stub": {"stub": stub}})["lines"]
        self.assertEqual([(1000, 200)], [(line["quantity"], line["amount"]) for line in left])


if __name__ == "__main__":
    unittest.main()
