"""What comes out of the printer beside the first receipt: reports, closings, cash slips, copies, pro formas, notes."""

import re
import time
import threading
import unittest

import morning
import settle
from box import key
from harness import BoxTest
from varlink_client import VarlinkError, wait_until

PRINTER = "io.counterfoil.Printer."
SALE = "io.counterfoil.Sale."
SHIFT = "io.counterfoil.Shift."
OVER = {"done", "unknown", "lost", "expired", "cancelled"}


def slips(box, lane="lane-1"):
    """Those that are whole: behind the last cut stands at most the beginning of another."""
    return [piece for piece in settle.CUT.split(box.paper(lane))[:-1] if piece.strip()]


class Slips(BoxTest):

    def printed(self, cashier, answer):
        """The job of an answer, when it is over."""
        job = answer["job"]["job"]
        found = {}

        def over():
            jobs = cashier.read(PRINTER + "Jobs", {"unfinished": False})["jobs"]
            found.update(next(entry for entry in jobs if entry["job"] == job))
            return found["outcome"] in OVER
        wait_until(over, f"the end of {job}")
        self.assertEqual("done", found["outcome"], found)
        return found

    def test_the_code_names_the_record(self):
        """docs/journal-format.md, The code on a receipt: origin, stub number, sequence, begin of the leaf."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        stub = morning.ring(cashier, morning.Books(), [morning.WATER])
        code = f"[QR] CF1:shop-0042/till-01:{stub['stub']}:{stub['sequence']}:{stub['hash'][:16]}"
        wait_until(lambda: code in box.paper(), code)

    def test_numbers_of_copies_rise(self):
        """The original breaks off, is printed again, then delivered twice: 补打 1, 2, 3. While the original prints, or waits
        for paper, nobody calls it a copy."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        order = box.printers["lane-1"].order
        unfinished = lambda: cashier.read(PRINTER + "Jobs", {"unfinished": True})["jobs"]
        order("paper-out")
        stub = morning.ring(cashier, morning.Books(), [morning.WATER])
        wait_until(lambda: [job.get("needs") for job in unfinished()] == ["paper"], "it waits for paper", 30)
        self.assertEqual(["original"], [job["copy"] for job in unfinished()])
        self.assertNotRegex(box.command("printer", "jobs").stdout, "(?i)reprint|copy *$")
        order("speed 15")
        order("load-paper")
        wait_until(lambda: [job["outcome"] for job in unfinished()] == ["started"], "it is being printed", 30)
        self.assertEqual([("original", 1)], [(job["copy"], job["ordinal"]) for job in unfinished()])
        wait_until(box.paper, "its paper moves")
        order("drop")
        wait_until(lambda: [job.get("needs") for job in unfinished()] == ["decision"], "it broke off", 30)
        self.assertEqual(["reprint"], [job["copy"] for job in unfinished()])
        order("speed 0")
        job = unfinished()[0]["job"]
        cashier.keyed(PRINTER + "Decide", job=job, decision="printAgain")
        self.printed(cashier, {"job": {"job": job}})
        for ordinal in (3, 4):
            answer = cashier.keyed(SALE + "Deliver", stub={"stub": stub["stub"]}, channel="paper",
                                   document="receipt")
            done = self.printed(cashier, answer)
            self.assertEqual(("reprint", ordinal), (done["copy"], done["ordinal"]))
        numbers = [settle.COPY.search(slip) for slip in settle.receipts(box.paper())]
        self.assertEqual([None, "1", "2", "3"], [number and number[1] for number in numbers])
        self.assertEqual([], settle.check_paper(box.paper(), {stub["stub"]}, [stub["stub"]]))

    def test_reports_closings_and_cash(self):
        """X, cash movement, shift close and Z print as jobs; asked for again they come marked."""
        box = self.box()
        cashier = self.cashier(box)
        shift = morning.open_shift(cashier)
        books = morning.Books()
        morning.ring(cashier, books, [morning.NOODLES])
        self.printed(cashier, cashier.keyed(SHIFT + "Print"))
        self.assertIn("盘点 X", slips(box)[-1])
        self.printed(cashier, cashier.keyed(SHIFT + "Print", shift=shift))
        self.assertIn(f"班次 {shift}", slips(box)[-1])
        moved = cashier.keyed(SHIFT + "MoveCash", shift=shift, direction="out", amount=3000, reason="买牛奶",
                              **{"print": True})
        job = self.printed(cashier, moved)
        self.assertEqual(("report", "original", 1), (job["document"], job["copy"], job["ordinal"]))
        self.assertIn("买牛奶", slips(box)[-1])
        self.assertIn("￥30.00", slips(box)[-1])
        closed = cashier.keyed(SHIFT + "Close", shift=shift, carryParked=True, **{"print": True},
                               counts=[{"kind": "cash", "amount": 20000 + 1250 - 3000 - 100}])
        self.printed(cashier, closed)
        self.assertRegex(slips(box)[-1], r"实点\s+￥181\.50")
        self.assertRegex(slips(box)[-1], r"差额\s+-￥1\.00")
        self.assertEqual(3000, closed["report"]["cashOut"])
        day = cashier.keyed(SHIFT + "CloseDay", **{"print": True})
        self.printed(cashier, day)
        self.assertIn("日结 1", slips(box)[-1])
        self.assertFalse(any(settle.REPRINT.search(slip) for slip in slips(box)))
        box.kill()
        box.start()
        self.assertEqual(closed["report"], cashier.read(SHIFT + "Report", {"shift": shift})["report"])
        for again, word in (({"shift": shift}, "交班"), ({"day": 1}, "日结 1"),
                            ({"movement": moved["sequence"]}, "买牛奶")):
            self.printed(cashier, cashier.keyed(SHIFT + "Print", **again))
            self.assertIn(word, slips(box)[-1])
            self.assertRegex(slips(box)[-1], "补打")
        for nobody in ({"shift": "s99"}, {"day": 7}, {"movement": 3}, {"movement": 99999}):
            with self.assertRaises(VarlinkError) as caught:
                cashier.keyed(SHIFT + "Print", **nobody)
            self.assertEqual("NoSuchShift", caught.exception.short)

    def test_slips_that_a_power_cut_left_owed(self):
        """Ordered with the closing and never started: printed once on request, unmarked, the cash slip too."""
        box = self.box()
        cashier = self.cashier(box)
        shift = morning.open_shift(cashier)
        address = box.printers["lane-1"].address
        box.stop_printer("lane-1")
        cashier.keyed(SHIFT + "MoveCash", shift=shift, direction="toSafe", amount=500, reason="夜存", **{"print": True})
        cashier.keyed(SHIFT + "Close", shift=shift, carryParked=True, **{"print": True},
                      counts=[{"kind": "cash", "amount": 19500}])
        box.kill()
        box.restart_printer("lane-1", address)
        box.start()
        self.printed(cashier, cashier.keyed(SHIFT + "Print", shift=shift))
        self.assertEqual(1, settle.settle_prints(box, cashier))
        paper = slips(box)
        self.assertEqual(2, len(paper), paper)
        self.assertIn("交班", paper[0])
        self.assertIn("夜存", paper[1])
        self.assertFalse(any(settle.REPRINT.search(slip) for slip in paper))

    def test_a_second_receipt_is_marked_and_looks_like_its_day(self):
        """Another copy says so, also after a restart; head and foot are those of the day of the sale."""
        box = self.box(settings={"receipt": {"header": ["老店头"], "footer": ["老店尾"]}})
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        books = morning.Books()
        stub = morning.ring(cashier, books, [morning.WATER])
        settle.settle_prints(box, cashier)
        self.printed(cashier, cashier.keyed(SALE + "Deliver", stub={"stub": stub["stub"]}, channel="paper",
                                            document="receipt"))
        self.assertEqual(0, box.stop())
        box.settings["receipt"] = {"header": ["新店头"], "footer": ["新店尾"], "template": "compact"}
        box.write_configuration()
        box.start()
        newer = morning.ring(cashier, books, [morning.WATER])
        settle.settle_prints(box, cashier)
        self.printed(cashier, cashier.keyed(SALE + "Deliver", stub={"stub": stub["stub"]}, channel="paper",
                                            document="receipt"))
        first, second, of_today, third = slips(box)
        self.assertIsNone(settle.REPRINT.search(first))
        for slip in (first, second, third):
            self.assertIn("老店头", slip)
            self.assertIn("老店尾", slip)
        self.assertIn("新店头", of_today)
        self.assertEqual(newer["stub"], settle.stub_on(of_today))
        for slip in (second, third):
            self.assertEqual(2, len(settle.REPRINT.findall(slip)) // 2, slip)
        unmarked = re.sub(r"(?m)^ *\*\*\* .*\n", "", third)
        self.assertEqual(first.strip(), unmarked.strip())

    def test_a_pro_forma(self):
        """An open sale comes on paper as what it is; when it is over, what was not printed is not printed."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        sale = cashier.keyed(SALE + "Open", lane="lane-1", lines=[morning.NOODLES])["change"]["sale"]
        self.printed(cashier, cashier.keyed(SALE + "Deliver", sale=sale, channel="paper", document="proforma"))
        self.assertIn("PRO FORMA", slips(box)[-1])
        self.assertIn("￥12.50", slips(box)[-1])
        self.assertIsNone(settle.stub_on(slips(box)[-1]))
        box.stop_printer("lane-1")
        address = box.printers["lane-1"].address
        late = cashier.keyed(SALE + "Deliver", sale=sale, channel="paper", document="proforma")["job"]["job"]
        cashier.keyed(SALE + "Void", sale=sale, reason="走了")
        box.restart_printer("lane-1", address)
        self.assertEqual("expired", self.ending(cashier, late)["outcome"])

    def ending(self, cashier, job):
        found = {}

        def over():
            jobs = cashier.read(PRINTER + "Jobs", {"unfinished": False})["jobs"]
            found.update(next(entry for entry in jobs if entry["job"] == job))
            return found["outcome"] in OVER
        wait_until(over, f"the end of {job}")
        return found

    def test_a_note_has_its_time(self):
        """liveSeconds: a note that could not start in time does not come out hours later."""
        box = self.box()
        cashier = self.cashier(box)
        address = box.printers["lane-1"].address
        box.stop_printer("lane-1")
        note = {"title": "排队", "elements": [{"text": "A12"}]}
        short = cashier.keyed(PRINTER + "Print", liveSeconds=1, **note)["job"]["job"]
        long = cashier.keyed(PRINTER + "Print", liveSeconds=600, **note)["job"]["job"]
        asked = time.monotonic()
        listed = {job["job"]: job for job in cashier.read(PRINTER + "Jobs", {"unfinished": True})["jobs"]}
        self.assertEqual({short, long}, set(listed))
        wait_until(lambda: time.monotonic() > asked + 1.1, "the end of the note's time")
        box.restart_printer("lane-1", address)
        self.assertEqual("expired", self.ending(cashier, short)["outcome"])
        self.assertEqual("done", self.ending(cashier, long)["outcome"])
        self.assertEqual(1, len(slips(box)))

    def test_a_job_that_ends_before_its_order_is_answered_is_followed_too(self):
        """The printer may be done while the loop is busy with others: the last reply still says how it ended."""
        box = self.box()
        morning.open_shift(self.cashier(box))
        over = threading.Event()

        def ask():
            with box.connect() as asking:
                while not over.is_set():
                    asking.call("io.counterfoil.Sale.List", {"limit": 100})

        others = [threading.Thread(target=ask) for _ in range(3)]
        for other in others:
            other.start()
        try:
            with box.connect() as stream:
                for _ in range(40):
                    replies = list(stream.more(PRINTER + "Print", {
                        "idempotencyKey": key(), "title": "t", "elements": [{"text": "x"}],
                        "printer": "printer-lane-1"}))
                    self.assertEqual("done", replies[-1]["job"]["outcome"], replies)
        finally:
            over.set()
            for other in others:
                other.join()

    def test_jobs_are_followed_to_their_end(self):
        """Print, Decide and Deliver with `more` stream the job; finished jobs are listed, newest first."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        with box.connect() as stream:
            stream.send(PRINTER + "Print", {
                "idempotencyKey": key(), "title": "t", "elements": [{"text": "x"}], "printer": "printer-lane-1"},
                more=True)
            replies = []
            while not replies or replies[-1][1]:
                replies.append(stream.receive())
        outcomes = [reply[0]["job"]["outcome"] for reply in replies]
        # The printer may have begun before the first answer is written.
        self.assertIn(outcomes[0], ("waiting", "started"))
        self.assertIn("started", outcomes)
        self.assertEqual("done", outcomes[-1])
        self.assertEqual(replies[-1][0]["job"]["sentBytes"], replies[-1][0]["job"]["totalBytes"])
        morning.ring(cashier, morning.Books(), [morning.WATER])
        cashier.keyed(SHIFT + "Print")
        settle.settle_prints(box, cashier)
        jobs = cashier.read(PRINTER + "Jobs", {"unfinished": False})["jobs"]
        self.assertEqual([("report", "done"), ("receipt", "done"), ("note", "done")], [(job["document"], job["outcome"]) for job in jobs])
        self.assertEqual([], cashier.read(PRINTER + "Jobs", {"unfinished": True})["jobs"])
        self.assertEqual([], settle.check_keys(cashier))
        self.assertEqual(jobs, cashier.read(PRINTER + "Jobs", {"unfinished": False})["jobs"])
        self.assertEqual(0, box.stop())
        box.start()
        self.assertEqual([], settle.check_keys(cashier))  # a repeated call brings no job back
        self.assertEqual([], cashier.read(PRINTER + "Jobs", {"unfinished": False})["jobs"])
        for method, more in ((PRINTER + "Jobs", {"unfinished": True}), (PRINTER + "Print", {
                "idempotencyKey": key(), "title": "t", "elements": [{"text": "x"}]})):
            with self.assertRaises(VarlinkError) as caught:
                cashier.read(method, {"printer": "nobody", **more})
            self.assertEqual("NoSuchDevice", caught.exception.short)


class AfterRestart(BoxTest):

    def waits(self, box):
        return {wait["code"] for wait in box.call("io.counterfoil.System.Status")["waits"]}

    def order(self, box, words):
        box.printers["lane-1"].order(words)

    def test_repeats_after_the_paper_came_and_the_daemon_was_restarted(self):
        """The order of an owed receipt, and a shift that closed over an open sale: the same key gives the same answer,
        also to a program that asks how it went on, and orders nothing anew."""
        box = self.box()
        cashier = self.cashier(box)
        shift = morning.open_shift(cashier)
        books = morning.Books()
        address = box.printers["lane-1"].address
        box.stop_printer("lane-1")
        stub = morning.ring(cashier, books, [morning.WATER])
        sale = cashier.keyed(SALE + "Open", lane="lane-1", lines=[morning.WATER])["change"]["sale"]
        box.kill()
        box.start()
        box.restart_printer("lane-1", address)
        order = {"idempotencyKey": key(), "stub": {"stub": stub["stub"]}, "channel": "paper", "document": "receipt"}
        first = cashier.read(SALE + "Deliver", order)
        settle.settle_prints(box, cashier)
        close = {"idempotencyKey": key(), "shift": shift, "carryParked": True,
                 "counts": [{"kind": "cash", "currency": "CNY", "amount": 20000 + books.cash}]}
        closed = cashier.read(SHIFT + "Close", close)
        self.assertEqual([0], [difference["amount"] for difference in closed["difference"]])

        def look():
            found = box.call(SALE + "Get", {"sale": sale})["sale"]
            return found["parked"], found["revision"], found["state"]

        before = look()
        self.assertTrue(before[0])
        box.kill()
        box.start()
        # What was not paid when the daemon was cut off goes on at a revision of its own.
        self.assertEqual((True, before[1] + 1000, "open"), look())
        for parameters, method, answer in ((order, SALE + "Deliver", first), (close, SHIFT + "Close", closed)):
            self.assertEqual(settle.comparable(answer, False), settle.comparable(box.call(method, parameters), False))
        with box.connect() as stream:
            stream.send(SALE + "Deliver", order, more=True)
            again, goes_on = stream.receive()
        self.assertFalse(goes_on, "the job is over, and so is the stream")
        self.assertEqual((first["delivery"], first["job"]["job"], stub["stub"]),
                         (again["delivery"], again["job"]["job"], again["job"]["stub"]["stub"]))
        self.assertEqual([], box.call(PRINTER + "Jobs", {"unfinished": True})["jobs"])
        self.assertEqual(1, len(slips(box)))
        self.assertEqual(0, settle.run_reader(box.journal_folder(), "--quiet").returncode)

    def test_a_printer_that_cannot_print_at_the_start_is_heard_again(self):
        """Out of paper when the daemon started: nobody needs to ask, loading paper is enough."""
        box = self.box()
        cashier = self.cashier(box)
        morning.open_shift(cashier)
        self.order(box, "paper-out")
        morning.ring(cashier, morning.Books(), [morning.WATER])
        wait_until(lambda: "paperOut" in self.waits(box), "the printer is out of paper")
        cashier.close()
        self.assertEqual(0, box.stop())
        box.start()
        wait_until(lambda: "paperOut" in self.waits(box), "it still is")
        self.order(box, "load-paper")
        wait_until(lambda: "paperOut" not in self.waits(box), "the paper is seen")


if __name__ == "__main__":
    unittest.main()
