"""What the interfaces promise beyond the morning: quotes, lists, drawers, devices, notes, the state of the box."""

import subprocess
import unittest

import morning
import settle
from box import SUPERVISOR, key, program
from cashier import goods
from harness import BoxTest
from varlink_client import VarlinkError, wait_until

DEVICE = "io.counterfoil.Device."
DRAWER = "io.counterfoil.Drawer."
PRINTER = "io.counterfoil.Printer."
SALE = "io.counterfoil.Sale."
SYSTEM = "io.counterfoil.System."


class Promises(BoxTest):

    def refused(self, cashier, method, short, **parameters):
        with self.assertRaises(VarlinkError) as caught:
            cashier.read(method, parameters)
        self.assertEqual(short, caught.exception.short, (method, parameters))
        return caught.exception.parameters

    def test_a_quote_is_rounded_as_cash(self):
        box = self.box(settings={"cash": {"step": 10}})
        cashier = self.cashier(box)
        totals = cashier.read(SALE + "Quote", {"lines": [goods("茶", 123)]})["totals"]
        self.assertEqual((123, 120, -3), (totals["total"], totals["due"], totals["cashRounding"]))
        self.refused(cashier, SALE + "Quote", "NoSuchLane", lane="lane-9", lines=[goods("茶", 123)])

    def test_a_total_is_named_by_what_it_freezes(self):
        """The hash of Total follows the lines, not the sum alone, and a repeat gives it again, also after a restart."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        sale = cashier.keyed(SALE + "Open", lane="lane-1", lines=[goods("甲", 100)])["change"]["sale"]
        first = cashier.keyed(SALE + "Total", sale=sale)
        self.assertRegex(first["hash"], "^[0-9a-f]{64}$")
        cashier.keyed(SALE + "Reopen", sale=sale)
        cashier.keyed(SALE + "ChangeLine", sale=sale, line="1", replacement=goods("乙", 100))
        second = cashier.keyed(SALE + "Total", sale=sale)
        self.assertEqual(first["change"]["totals"], second["change"]["totals"])
        self.assertNotEqual(first["hash"], second["hash"])
        box.kill()
        box.start()
        self.assertEqual([], settle.check_keys(cashier))

    def test_every_sale_is_found_on_some_page(self):
        """Open ones first, then closed and voided ones; small pages leave nothing out and name nothing twice."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        ids = []
        for number in range(5):
            ids.append(cashier.keyed(SALE + "Ring", lane="lane-1", lines=[goods("甲", 100 + number)],
                                     tender={"kind": "cash"})["change"]["sale"])
        voided = cashier.keyed(SALE + "Open", lane="lane-1", lines=[goods("丁", 7)])["change"]["sale"]
        cashier.keyed(SALE + "Void", sale=voided, reason="r")
        ids.append(voided)
        ids += [cashier.keyed(SALE + "Open", lane="lane-1", label=str(number))["change"]["sale"] for number in range(4)]
        for limit in (1, 2, 4, 100):
            found, after = [], None
            for _ in range(20):
                page = cashier.read(SALE + "List", {"limit": limit, **({"after": after} if after else {})})
                self.assertLessEqual(len(page["sales"]), limit)
                found += [sale["id"] for sale in page["sales"]]
                after = page.get("next")
                if not after:
                    break
            self.assertEqual(sorted(ids), sorted(found), f"pages of {limit}")
            self.assertEqual(set(ids[6:]), set(found[:4]))
        self.assertEqual([voided], [sale["id"] for sale in cashier.read(SALE + "List", {"states": ["voided"]})["sales"]])
        self.assertEqual("voided", cashier.read(SALE + "Get", {"sale": voided})["sale"]["state"])
        self.refused(cashier, SALE + "List", "Refused", after="o.x.y")

    def test_a_reference_is_right_in_all_it_says(self):
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        stub = morning.ring(cashier, morning.Books(), [morning.WATER])
        self.assertEqual(stub, cashier.read(SALE + "Get", {"stub": stub})["sale"]["stub"])
        # As many digits of the hash as a receipt's code has will do.
        printed = f"CF1:shop-0042/till-01:{stub['stub']}:{stub['sequence']}:{stub['hash'][:16]}"
        for right in ({"hash": stub["hash"][:16]}, {"hash": stub["hash"][:40]}, {"box": "shop-0042/till-01", "hash": stub["hash"][:16]}):
            self.assertEqual(stub, cashier.read(SALE + "Get", {"stub": {**stub, **right}})["sale"]["stub"])
            cashier.read(SALE + "Returnable", {"stub": {**stub, **right}})
        for words in (("get",), ("return",)):
            box.command("sale", *words, printed)
        for code, words in ((1, ("get", printed[:-1] + ("0" if printed[-1] != "0" else "1"))), (64, ("get", printed[:24]))):
            self.assertEqual(code, box.command("sale", *words, check=False).returncode, words)
        self.refused(cashier, SALE + "Returnable", "NoSuchStub", stub={**stub, "hash": stub["hash"][:15]})
        for wrong in ({"hash": "0" * 64}, {"hash": stub["hash"][:15]}, {"hash": stub["hash"][1:17]}, {"sequence": 1}, {"epoch": 9}, {"box": "other/1"}):
            self.refused(cashier, SALE + "Get", "NoSuchStub", stub={**stub, **wrong})
        self.refused(cashier, DRAWER + "Open", "NoSuchStub", idempotencyKey=key(), lane="lane-1", reason="change",
                     stub={"stub": stub["stub"], "box": "other/1"})

    def open_drawer(self, box, key):
        """All replies of an opening with `more`."""
        with box.connect() as stream:
            stream.send(DRAWER + "Open", {"idempotencyKey": key, "lane": "lane-1", "reason": "count"}, more=True)
            replies = [stream.receive()]
            while replies[-1][1]:
                replies.append(stream.receive())
        return [reply["outcome"] for reply, _ in replies]

    def test_an_external_reference_is_unique_while_open(self):
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        opened = cashier.keyed(SALE + "Open", lane="lane-1", lines=[goods("茶", 100)], externalReference="table-7")
        for method, more in (("Open", {}), ("Ring", {"tender": {"kind": "cash"}})):
            self.assertEqual("reference", self.refused(
                cashier, SALE + method, "Refused", idempotencyKey=key(), lane="lane-1", lines=[goods("茶", 100)],
                externalReference="table-7", **more)["rule"])
        cashier.keyed(SALE + "Void", sale=opened["change"]["sale"], reason="r")
        rung = [cashier.keyed(SALE + "Ring", lane="lane-1", lines=[goods("茶", 100)], externalReference="table-7",
                              tender={"kind": "cash"})["change"]["sale"] for _ in range(2)]
        self.assertEqual(rung[-1], cashier.read(SALE + "Get", {"externalReference": "table-7"})["sale"]["id"])
        for wrong in ({"externalReference": "x" * 65}, {"label": "x" * 65}, {"lines": [goods("茶", 1, code="x" * 65)]}):
            refused = self.refused(cashier, SALE + "Open", "LimitExceeded", idempotencyKey=key(), lane="lane-1", **wrong)
            self.assertEqual(64, refused["maximum"])

    def test_an_original_is_right_in_all_it_says(self):
        """Also the second of two lines that name one stub."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        stub = morning.ring(cashier, morning.Books(), [{**morning.WATER, "quantity": 5000}])

        def back(**wrong):
            return {**morning.WATER, "quantity": -1000, "original": {"reference": {**stub, **wrong}, "line": "1"}}
        for wrong in ({"hash": "0" * 64}, {"hash": "0" * 16}, {"sequence": stub["sequence"] + 1}, {"epoch": 9}):
            for lines in ([back(**wrong)], [back(), back(**wrong)]):
                self.refused(cashier, SALE + "Open", "OriginalNotHere", idempotencyKey=key(), lane="lane-1",
                             kind="return", lines=lines)
        opened = cashier.keyed(
            SALE + "Open", lane="lane-1", kind="return",
            lines=[back(), back(hash=None, epoch=None), back(hash=stub["hash"][:16])])
        # Of the digits on paper the record keeps the whole.
        self.assertEqual([stub["hash"], None, stub["hash"]],
                         [line["input"]["original"]["reference"].get("hash") for line in opened["lines"]])

    def test_a_drawer_tells_how_it_ended(self):
        """The answer is the order, also for a repeated key after the end and after a restart; with `more` the end
        follows."""
        box = self.box()
        cashier = self.cashier(box)
        first = key()
        for _ in range(2):
            ordered, ended = self.open_drawer(box, first)
            self.assertEqual("ordered", ordered)
            self.assertIn(ended, ("sent", "opened"))
        plain = cashier.keyed(DRAWER + "Open", lane="lane-1", reason="count")
        self.assertEqual("ordered", plain["outcome"])
        settle.settle_prints(box, cashier)
        self.assertEqual([], settle.check_keys(cashier))
        box.kill()
        box.start()
        self.assertEqual([], settle.check_keys(cashier))
        self.assertEqual(["ordered", "ordered"], self.open_drawer(box, first))
        devices = {device["name"] + "/" + device["class"]: device
                   for device in cashier.read(DEVICE + "List", {"all": True})["devices"]}
        drawer = devices["printer-lane-1/drawer"]
        self.assertEqual(["lane-1/drawer"], drawer["roles"])
        named = cashier.read(DRAWER + "Status", {"drawer": drawer["id"]})["drawers"]
        self.assertEqual(["printer-lane-1"], [entry["drawer"] for entry in named])
        box.stop_printer("lane-1")
        # No pulse left, and none does when the printer is back.
        wait_until(lambda: self.open_drawer(box, key()) == ["ordered", "notSent"], "a drawer whose printer is away")
        told = box.command("drawer", "open", "--reason", "count", "--lane", "lane-1", check=False)
        self.assertEqual(1, told.returncode, told.stdout + told.stderr)
        self.assertIn("no pulse left", told.stderr)
        self.assertIn("counterfoil printer", told.stderr)

    def test_devices_count_and_name_who_holds_them(self):
        box = self.box(scanners=True)
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        morning.ring(cashier, morning.Books(), [morning.WATER])
        settle.settle_prints(box, cashier)
        with box.connect() as reader:
            reader.call(SYSTEM + "Hello", {"application": "kiosk", "version": "1"})
            reader.send("io.counterfoil.Scanner.Read", {}, more=True)
            reader.receive()
            devices = {device["class"]: device for device in cashier.read(DEVICE + "List", {"all": False})["devices"]}
        self.assertEqual("kiosk", devices["scanner"]["owner"])
        self.assertGreater(devices["printer"]["counters"]["ReceiptLinePrintedCount"], 5)
        by_id = cashier.keyed(PRINTER + "Print", printer=devices["printer"]["id"], title="t", elements=[{"text": "x"}])
        self.assertEqual("printer-lane-1", by_id["job"]["printer"])

    def test_notes_are_what_they_say(self):
        """A barcode is printed; what cannot be printed is refused, never left out."""
        box = self.box()
        cashier = self.cashier(box)
        cashier.keyed(PRINTER + "Print", title="t", elements=[
            {"barcode": {"kind": "code128", "data": "ABC-123"}}, {"text": "x", "style": {"width": 2}}, {"rule": "="},
            {"columns": [{"text": "a"}, {"text": "b", "align": "right"}]}, {"qr": "q"}, {"feed": 1}])
        settle.settle_prints(box, cashier)
        self.assertIn("ABC-123", box.paper())
        for element, short in (
                ({}, "Refused"), ({"text": "x", "qr": "y"}, "Refused"), ({"imagePng": "aGk="}, "Refused"),
                ({"text": "x", "style": {"reversed": True}}, "Refused"), ({"feed": 21}, "LimitExceeded"),
                ({"text": "x", "style": {"height": 3}}, "LimitExceeded"), ({"cut": False}, "Refused"),
                ({"rule": "-", "style": {"bold": True}}, "Refused"), ({"qr": "y" * 1001}, "LimitExceeded"),
                ({"barcode": {"kind": "ean13", "data": "中"}}, "Refused")):
            self.refused(cashier, PRINTER + "Print", short, idempotencyKey=key(), title="t", elements=[element])
        for elements, limit in (
                ([{"text": "x" * 30_000}] * 2, "noteBytes"), ([{"text": "\n" * 1_001}], "noteLines"),
                ([{"feed": 20}] * 51, "noteLines"), ([{"qr": "q"}] * 101, "noteLines"),
                ([{"columns": [{"text": "x" * 2_000, "width": 1}]}], "noteLines"),
                ([{"text": "x" * 10_000, "style": {"width": 2, "height": 2}}], "noteLines")):
            refused = self.refused(cashier, PRINTER + "Print", "LimitExceeded", idempotencyKey=key(), title="t",
                                   elements=elements)
            self.assertEqual(limit, refused["limit"])

    def test_a_tender_is_followed_to_its_end(self):
        """AddTender with `more` tells what becomes of a tender that nobody could settle at once."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        for outcome, state in (("yes", "approved"), ("no", "declined")):
            sale = cashier.keyed(SALE + "Open", lane="lane-1", lines=[morning.NOODLES])["change"]["sale"]
            cashier.keyed(SALE + "Total", sale=sale)
            asked = {"idempotencyKey": key(), "sale": sale, "tender": {"kind": "external", "provider": "pos"}}
            with box.connect() as stream:
                stream.send(SALE + "AddTender", asked, more=True)
                first, more = stream.receive()
                self.assertEqual(("unknown", "notReported", True),
                                 (first["tender"]["state"], first["tender"].get("why"), more))
                report = {"sale": sale, "tender": first["tender"]["id"]}
                cashier.keyed(SALE + "ReportTender", **report, result={"outcome": "unknown", "why": "no answer"})
                second, more = stream.receive()
                self.assertEqual(("unknown", "no answer", True),
                                 (second["tender"]["state"], second["tender"]["why"], more))
                cashier.keyed(SALE + "ReportTender", **report, result={"outcome": outcome, "tip": 50})
                last, more = stream.receive()
                self.assertEqual((state, False), (last["tender"]["state"], more))
                self.assertTrue(last["tender"]["reported"])
                self.assertEqual(1300 if outcome == "yes" else 0, last["tender"]["approved"])
            with box.connect() as again:  # repeated when all is over: it ends, and says what its record says
                again.send(SALE + "AddTender", asked, more=True)
                replies = [again.receive()]
                while replies[-1][1]:
                    replies.append(again.receive())
                self.assertEqual("unknown", replies[-1][0]["tender"]["state"])

    def test_the_state_of_the_box(self):
        """Status names what waits with a code that is explained, and the newest signed note."""
        box = self.box(settings={"limits": {"cash_out": 5000}})
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        morning.ring(cashier, morning.Books(), [morning.WATER])
        sale = cashier.keyed(SALE + "Open", lane="lane-1", lines=[morning.NOODLES])["change"]["sale"]
        cashier.keyed(SALE + "Total", sale=sale)
        cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "external", "provider": "pos"})
        waits = {wait["code"]: wait for wait in cashier.read(SYSTEM + "Status")["waits"]}
        self.assertEqual(sale, waits["tenderUnknown"]["subject"])
        explained = subprocess.run([program("counterfoil"), "explain", "tenderUnknown"], capture_output=True, text=True).stdout
        self.assertIn("tenderUnknown", explained)
        signed_in = cashier.read(SYSTEM + "SignIn", {"operator": "01"})
        self.assertEqual(5000, signed_in["limits"]["cashOut"])
        self.assertEqual(100_000, signed_in["limits"]["priceOverrideMillionths"])
        self.assertEqual(0, box.stop())  # a clean stop signs a checkpoint
        box.start()
        head = cashier.read(SYSTEM + "Status")["journal"]
        self.assertIn("shop-0042/till-01", head["checkpoint"])
        with box.connect(SUPERVISOR) as watch:
            watch.send(SYSTEM + "Watch", {"topics": [], "lane": "lane-9"}, more=True)
            with self.assertRaises(VarlinkError) as caught:
                watch.receive()
            self.assertEqual("NoSuchLane", caught.exception.short)


if __name__ == "__main__":
    unittest.main()
