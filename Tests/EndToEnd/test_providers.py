"""A payment provider behind the box: what it says, what it does not say, and two books that agree whatever dies."""

import functools
import itertools
import json
import os
import signal
import socket
import subprocess
import time
import unittest

import settle
from box import CASHIER, SUPERVISOR, killpoint_library, program
from cashier import goods
from provider_line import Garbler, Line, method_of, result
from provider_shop import CODE, FAST, SALE, SHIFT, ProviderTest
from two_books import disagreements
from varlink_client import VarlinkError, wait_until


class Providers(ProviderTest):

    def test_approved_and_declined(self):
        box, cashier = self.shop("approve,decline,approve")
        sale = self.totalled(cashier)
        answer = self.tender(cashier, sale)
        self.assertEqual("intent", answer["tender"]["state"])
        self.assertRegex(answer["tender"]["number"], "^[0-9A-Z]{32}$")
        self.until(cashier, sale, ("approved", "completed"))
        second = self.totalled(cashier, 1200)
        self.tender(cashier, second)
        self.until(cashier, second, ("declined", "tendering"))
        self.tender(cashier, second)
        self.until(cashier, second, ("approved", "completed"), "t2")
        self.assert_agree(box)
        self.assertEqual([350, 1200], [line["amount"] for line in box.ledger() if line["what"] == "paid"])
        self.assertNotIn(CODE, json.dumps(box.entries()) + box.log())

    def test_a_window_shorter_than_the_wait_for_the_order_asks_once(self):
        """The answer to the order stays away for longer than the box means to ask; the money moved."""
        box, cashier = self.shop("plan;pay=approved:held", pay_timeout=1500, window=200, reverse_not_before=0)
        sale = self.totalled(cashier)
        self.tender(cashier, sale)
        self.until(cashier, sale, ("approved", "completed"))
        self.assert_agree(box)

    def test_an_order_number_finds_its_sale(self):
        """Of an open sale, of a finished one, and behind a stop, when its part of the journal is sealed."""
        box, cashier = self.shop("decline,approve")
        sale = self.totalled(cashier)
        numbers = [self.tender(cashier, sale)["tender"]["number"]]
        self.until(cashier, sale, ("declined", "tendering"))
        found = lambda: [cashier.read(SALE + "Get", {"number": number})["sale"]["id"] for number in numbers]
        self.assertEqual([sale], found())
        numbers.append(self.tender(cashier, sale)["tender"]["number"])
        self.until(cashier, sale, ("approved", "completed"), "t2")
        self.assertEqual([sale, sale], found())
        cashier.close()
        box.stop()
        box.start()
        wait_until(lambda: found() == [sale, sale], "both numbers find the sealed sale")
        answer = subprocess.run(
            [program("counterfoil"), "sale", "get", "--order", numbers[1], "--json", "--config", box.configuration],
            stdout=subprocess.PIPE, check=True)
        self.assertEqual(sale, json.loads(answer.stdout)["sale"]["id"])
        for wrong, error in (({"number": "Z" * 32}, "NoSuchSale"), ({"number": numbers[0], "sale": sale}, "Refused")):
            with self.assertRaisesRegex(VarlinkError, error):
                cashier.read(SALE + "Get", wrong)

    def test_an_order_number_finds_a_sale_that_was_reopened_and_voided(self):
        """Before a second total, with lines or without any: the provider knows the number, so it leads somewhere."""
        box, cashier = self.shop("decline,decline")
        for empties in (False, True):
            sale = self.totalled(cashier)
            number = self.tender(cashier, sale)["tender"]["number"]
            self.until(cashier, sale, ("declined", "tendering"))
            cashier.keyed(SALE + "Reopen", sale=sale)
            if empties:
                cashier.keyed(SALE + "RemoveLine", sale=sale, line="1")
            cashier.keyed(SALE + "Void", sale=sale, reason="gone")
            for wanted in ({"number": number}, {"sale": sale}):
                found = cashier.read(SALE + "Get", wanted)
                self.assertEqual((sale, "voided"), (found["sale"]["id"], found["sale"]["state"]))
                self.assertEqual([(number, "declined")], [(one["number"], one["state"]) for one in found["tenders"]])
            self.assertTrue(found["sale"]["stub"])
        self.assert_agree(box)

    def test_a_scan_pays_and_the_code_passes_through_nobody(self):
        box, cashier = self.shop("approve", scanners=True)
        sale = self.totalled(cashier)
        with box.connect() as reader:
            def listens():
                devices = box.call("io.counterfoil.Device.List", {"all": False})["devices"]
                return all(device["power"] == 2001 for device in devices if device["class"] == "scanner")
            wait_until(listens, "the scanner", 10)
            reader.send("io.counterfoil.Scanner.Read", {"lane": "lane-1"}, more=True)
            reader.receive(10)
            box.scan("lane-1", CODE)
            scans = []
            while not scans:
                scans = reader.receive(10)[0].get("scans", [])
        self.assertEqual(("payment", None), (scans[0]["kind"], scans[0].get("data")))
        self.assertNotIn(CODE, json.dumps(scans))
        handle = scans[0]["handle"]
        with self.assertRaises(VarlinkError) as caught:
            cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "provider", "scan": "s" + "0" * 16})
        self.assertEqual("tender", caught.exception.parameters["rule"])
        for code in {"scan": handle}, {"code": CODE}:
            with self.assertRaises(VarlinkError) as caught:
                cashier.keyed(
                    SALE + "AddTender", sale=sale, tender={"kind": "provider", "reference": f"no {CODE}", **code})
            self.assertEqual("personalData", caught.exception.parameters["rule"])
        cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "provider", "scan": handle})
        self.until(cashier, sale, ("approved", "completed"))
        self.assert_agree(box)
        self.assertNotIn(CODE, json.dumps(box.entries()) + box.log())

    def test_at_the_command_line(self):
        box, cashier = self.shop("pending=2,waits", window=20000, settings={"supervisors": [os.geteuid()]})

        def tender(sale):
            return subprocess.Popen(
                [program("counterfoil"), "sale", "tender", sale, "--config", box.configuration], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "LANG": "C"})
        sale = self.totalled(cashier)
        done = tender(sale).communicate(CODE + "\n", timeout=30)[0]
        self.assertRegex(done, f"{sale}  t1  .*(\n.*)*{sale}  t1  approved", "every state")
        self.assertIn("every payment is known", box.command("unresolved").stdout)
        second = self.totalled(cashier, 1200)
        waiting = tender(second)
        try:
            waiting.stdin.write(CODE + "\n")
            waiting.stdin.close()
            self.until(cashier, second, ("pending", "tendering"))
            shown = box.command("unresolved").stdout
            self.assertRegex(shown, second + ".* wallet .*12.00.* pending")
            self.assertIn("wait", shown)
            self.assertIn(second + "  t1  ", waiting.stdout.readline())
            waiting.send_signal(signal.SIGINT)
            self.assertIn("the box goes on with the payment by itself", waiting.stderr.read())
            self.assertEqual(128 + signal.SIGINT, waiting.wait(30))
        finally:
            waiting.kill()
            waiting.wait(10)
            waiting.stdout.close()
            waiting.stderr.close()
        cashier.keyed(SALE + "RemoveTender", sale=second, tender="t1", reason="customer changed")
        self.until(cashier, second, ("reversed", "tendering"))
        self.assert_agree(box)

    def test_every_change_is_told_with_more(self):
        box, cashier = self.shop("pending=2")
        sale = self.totalled(cashier)
        with box.connect() as connection:
            states = [reply["tender"]["state"] for reply in connection.more(SALE + "AddTender", {
                "idempotencyKey": "pending-with-more-1", "sale": sale, "tender": {"kind": "provider", "code": CODE}})]
        self.assertEqual(["intent", "pending", "approved"], states)
        self.assert_agree(box)

    def test_a_lost_answer_is_asked_for(self):
        for script in ("lost", "unknown", "dark=3", "slow=2500"):
            with self.subTest(script):
                box, cashier = self.shop(script)
                sale = self.totalled(cashier)
                self.tender(cashier, sale)
                self.until(cashier, sale, ("approved", "completed"))
                self.assert_agree(box)

    def test_what_stays_unknown_is_taken_back_and_cash_takes_its_place(self):
        for script, last in (("waits", "closed"), ("swallowed", "closed"), ("dark=400", "reversed"), ("stubborn=2", "closed")):
            with self.subTest(script):
                box, cashier = self.shop(script, window=1000)
                sale = self.totalled(cashier)
                self.tender(cashier, sale)
                with self.assertRaises(VarlinkError) as caught:
                    cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
                self.assertEqual(("Refused", "liveTender"), (caught.exception.short, caught.exception.parameters["rule"]))
                wait_until(lambda: self.state(cashier, sale)[0] in ("reversing", "reversed"), "it is taken back", 20)
                paid = cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
                self.assertEqual("completed", paid["change"]["state"])
                # 400 questions take longer than anybody waits; the reversal needs none.
                wait_until(lambda: any(line["what"] == last for line in box.ledger()), f"{script}: {last}")
                if script != "dark=400":
                    self.settled(box, cashier)
                    self.assert_agree(box)

    def settled(self, box, cashier):
        def nothing():
            report = box.call(SHIFT + "Report", {}, uid=SUPERVISOR)["report"]
            return not report.get("unresolved")
        wait_until(nothing, "no tender is unresolved", 30)

    def test_another_amount_is_for_a_person(self):
        """The sale is held, over a restart too, and nothing else is; a person decides at the command line."""
        for resolution, wanted, due in (("--complete", "tendering", 1), ("--refund", "tendering", 350),
                                        ("--void", "voided", 350)):
            with self.subTest(resolution):
                box, cashier = self.shop("plan;pay=approved=349", settings={"supervisors": [os.geteuid()]})
                sale = self.totalled(cashier)
                self.tender(cashier, sale)
                self.until(cashier, sale, ("manual", "held"))
                hold = cashier.read(SALE + "Get", {"sale": sale})["sale"]["hold"]
                self.assertEqual(("otherAmount", "t1", 349, "CNY"),
                                 tuple(hold[name] for name in ("why", "tender", "amount", "currency")))
                self.assertEqual(["complete", "refund", "void"], hold["choices"])
                with self.assertRaises(VarlinkError) as refused:
                    cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
                self.assertEqual("WrongState", refused.exception.short)
                cashier.keyed(SALE + "Ring", lane="lane-1", lines=[goods("茶", 350)], tender={"kind": "cash"})
                cashier.sale = None
                box.kill()
                box.start()
                self.assertEqual(("manual", "held"), self.state(cashier, sale))
                held = [wait for wait in box.call("io.counterfoil.System.Status")["waits"] if wait["subject"] == sale]
                self.assertEqual(["saleHeld"], [wait["code"] for wait in held])
                self.assertIn(f"counterfoil sale resolve {sale} --complete|--refund|--void", held[0]["command"])
                for told in (box.command("unresolved"), box.command("sale", "list")):
                    self.assertIn(f"counterfoil sale resolve {sale}", told.stdout)
                out = self.resolved(box, cashier, sale, resolution)
                self.assertIn(wanted, out)
                whole = cashier.read(SALE + "Get", {"sale": sale})
                self.assertEqual((wanted, due), (whole["sale"]["state"], whole["sale"]["totals"]["due"]))
                self.assertIsNone(whole["sale"].get("hold"))
                if resolution == "--complete":
                    cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
                self.settled(box, cashier)
                paid, back = (sum(line["amount"] for line in box.ledger() if line["what"] == what)
                              for what in ("paid", "reversed"))
                self.assertEqual((349, 0 if resolution == "--complete" else 349), (paid, back))

    def test_a_held_sale_has_a_line_of_its_own(self):
        """On X, at the end of the shift and on Z, on paper and in words, and in no sum; gone when it is decided."""
        box, cashier = self.shop("plan;pay=approved=349")
        held = self.totalled(cashier)
        self.tender(cashier, held)
        self.until(cashier, held, ("manual", "held"))
        cashier.keyed(SALE + "Ring", lane="lane-1", lines=[goods("茶", 200)], tender={"kind": "cash"})
        line = {"count": 1, "amount": 350}
        shift = cashier.read(SHIFT + "Current")["shifts"][0]["shift"]

        def report(**of):
            return box.call(SHIFT + "Report", of, uid=SUPERVISOR)["report"]

        for one in (report(), report(shift=shift)):
            self.assertEqual((line, 200), (one["held"], one["totals"]["total"]))
        self.assertIn("sales held, in no sum", box.command("shift", "report").stdout)
        cashier.keyed(SHIFT + "Print")
        cashier.keyed(SHIFT + "Print", shift=shift)
        wait_until(lambda: box.paper().count("待决定销售 × 1") == 2, "both X")
        cashier.keyed(SHIFT + "Close", shift=shift, carryParked=True, print=True,
                      counts=[{"kind": "cash", "currency": "CNY", "amount": 200}])
        day = cashier.keyed(SHIFT + "CloseDay", print=True)
        self.assertEqual((line, 200), (day["report"]["held"], day["report"]["totals"]["total"]))
        self.assertEqual(line, report(shift=shift)["held"])
        wait_until(lambda: box.paper().count("待决定销售 × 1") == 4, "the end of the shift, and Z")
        self.assertEqual([line], [one["data"]["held"] for one in box.entries("dayClosed")])

    def test_an_approval_for_less_lets_nothing_go(self):
        """Asked 3.50, taken 999.99: whatever a person decides about it is about that."""
        box, cashier = self.shop("plan;pay=approved=99999", settings={"supervisors": [os.geteuid()]})
        sale = self.totalled(cashier)
        self.tender(cashier, sale)
        self.until(cashier, sale, ("manual", "held"))
        revision = cashier.read(SALE + "Get", {"sale": sale})["sale"]["revision"]
        approval = box.approve("decideTender", sale, amount=350, revision=revision)
        for method, parameters in (("Resolve", {"resolution": "refund", "evidence": "looked up"}),
                                   ("DecideTender", {"tender": "t1", "verdict": "notPaid", "reason": "handed back"})):
            with self.assertRaises(VarlinkError) as refused:
                cashier.keyed(SALE + method, sale=sale, **parameters, approval=approval)
            self.assertEqual(("ApprovalRefused", 350, 99999),
                             (refused.exception.short, *(refused.exception.parameters[name] for name in ("approved", "amount"))))
            with self.assertRaises(VarlinkError) as refused:
                cashier.keyed(SALE + method, sale=sale, **parameters)
            self.assertEqual(("ApprovalRequired", 99999), (refused.exception.short, refused.exception.parameters["amount"]))
        self.decided(box, cashier, sale, "--not-paid", amount=99999)
        self.assertEqual(("declined", "tendering"), self.state(cashier, sale))

    def resolved(self, box, cashier, sale, resolution):
        return self.by_person(box, cashier, sale, "resolve", resolution, "--evidence", "looked up", amount=350)

    def test_killed_while_a_person_decides(self):
        """SIGKILL at every act between DecideTender and its answer: the decision stands once, or is made again by a new yes."""
        box, cashier = self.shop("swallowed", window=600_000)
        armed = os.path.join(box.folder, "armed")
        shim = {"LD_PRELOAD": killpoint_library(), "KILLPOINT_DIR": box.journal_folder(), "KILLPOINT_ARMED": armed,
                "KILLPOINT_CLASSES": "journal,sync,client"}
        kept = again = 0
        for when in ("before", "after"):
            for point in itertools.count(1):
                cashier.close()
                box.stop()
                box.start({**shim, "KILLPOINT_AT": str(point), "KILLPOINT_WHEN": when})
                starts, sale = box.starts, self.totalled(cashier)
                self.tender(cashier, sale)
                self.until(cashier, sale, ("unknown", "tendering"))
                cashier.sale = None
                granted = self.granted(box, cashier, sale)
                open(armed, "w", encoding="ascii").close()
                try:
                    self.decide(cashier, sale, granted)
                    kept += box.starts > starts
                except VarlinkError as error:
                    # It was not durable: the sale is another one since, and the yes was to the one before.
                    self.assertGreater(box.starts, starts, error)
                    self.assertEqual("ApprovalRefused", error.short)
                    self.decide(cashier, sale, self.granted(box, cashier, sale))
                    again += 1
                os.unlink(armed)
                self.assertEqual(["declined"], [one["state"] for one in cashier.read(SALE + "Get", {"sale": sale})["tenders"]])
                decided = [one for one in box.entries("tenderDeclined") if one["data"]["sale"] == sale]
                self.assertEqual(["notPaid"], [one["data"]["tender"]["course"]["verdict"] for one in decided])
                cashier.take_up(sale)
                cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
                if box.starts == starts:
                    break
        self.assertTrue(kept and again, f"{kept} kept, {again} decided again")
        self.assertEqual([], settle.check_keys(cashier))
        self.assert_agree(box)

    def granted(self, box, cashier, sale):
        revision = cashier.read(SALE + "Get", {"sale": sale})["sale"]["revision"]
        return box.approve("decideTender", sale, revision=revision, amount=350)

    def decide(self, cashier, sale, granted):
        cashier.keyed(SALE + "DecideTender", sale=sale, tender="t1", verdict="notPaid", reason="looked up", approval=granted)

    def test_one_at_a_time(self):
        box, cashier = self.shop("waits", window=20000)
        sale = self.totalled(cashier)
        self.tender(cashier, sale, amount=100)
        with self.assertRaises(VarlinkError) as caught:
            self.tender(cashier, sale, amount=50)
        self.assertEqual("liveTender", caught.exception.parameters["rule"])
        self.until(cashier, sale, ("pending", "tendering"))
        cashier.keyed(SALE + "RemoveTender", sale=sale, tender="t1", reason="customer changed")
        self.until(cashier, sale, ("reversed", "tendering"))
        self.assert_agree(box)

    def test_the_daemon_dies_before_the_answer(self):
        for script in ("slow=1200", "lost", "swallowed", "pending=3", "waits"):
            with self.subTest(script):
                box, cashier = self.shop(script, window=1500)
                sale = self.totalled(cashier)
                self.tender(cashier, sale)
                # The sale belongs to the resolver now; an app that takes it up meanwhile is another matter.
                cashier.sale = None
                box.kill()
                box.start()
                wait_until(lambda: self.state(cashier, sale)[0] in ("approved", "reversed"), "it is known")
                self.settled(box, cashier)
                self.assert_agree(box)

    def test_a_power_cut_longer_than_the_time_to_ask(self):
        """What the box knew last is an intent, and its time to ask was over before it came back: it asks once all the
        same, and what it learns counts."""
        for arrives, wanted in ((True, ("approved", "completed")), (False, ("reversed", "tendering"))):
            with self.subTest(arrives=arrives):
                self.assertEqual(wanted, self.after_a_long_cut(arrives))

    def after_a_long_cut(self, arrives):
        """How the sale stands after it. What does not arrive never left: its provider says nothing, not even who it is."""
        box, cashier = self.shop("plan;pay=approved:held", window=1000, pay_timeout=60000)
        wallet = box.providers["wallet"].process
        if not arrives:
            wallet.send_signal(signal.SIGSTOP)
        sale = self.totalled(cashier)
        self.tender(cashier, sale)
        asked, cashier.sale = time.time(), None
        if arrives:
            wait_until(lambda: any(line["what"] == "paid" for line in box.ledger()), "the money moved")
        self.assertEqual("intent", self.state(cashier, sale)[0])
        box.kill()
        wallet.send_signal(signal.SIGCONT)
        wait_until(lambda: time.time() > asked + 1.5, "the time to ask is over")
        box.start()
        wait_until(lambda: self.state(cashier, sale)[0] in ("approved", "reversed"), "it is known")
        self.settled(box, cashier)
        self.assert_agree(box)
        return self.state(cashier, sale)

    def test_a_provider_that_left_the_configuration_holds_no_sale(self):
        """Nobody is left to ask: a person takes it back, and cash takes its place."""
        box, cashier = self.shop("lost", pay_timeout=60000)
        box.providers["wallet"].process.send_signal(signal.SIGSTOP)
        sale = self.totalled(cashier)
        self.tender(cashier, sale)
        cashier.sale = None
        box.kill()
        wallet = box.providers.pop("wallet")
        self.addCleanup(wallet.stop)
        self.addCleanup(wallet.process.send_signal, signal.SIGCONT)
        self.assertNotIn("[[provider]] wallet is missing", box.command("config", "check").stderr)
        box.write_configuration()
        self.assertIn("[[provider]] wallet is missing", box.command("config", "check").stderr)
        box.start()
        self.until(cashier, sale, ("unknown", "tendering"))
        cashier.keyed(SALE + "RemoveTender", sale=sale, tender="t1", reason="the wallet is gone")
        paid = cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
        self.assertEqual("completed", paid["change"]["state"])
        report = box.call(SHIFT + "Report", {}, uid=SUPERVISOR)["report"]
        self.assertEqual([sale], [one["sale"] for one in report["unresolved"]])

    def test_the_provider_dies(self):
        box, cashier = self.shop("slow=800")
        sale = self.totalled(cashier)
        self.tender(cashier, sale)
        wait_until(lambda: any(line["what"] == "paid" for line in box.ledger()), "the money moved", 10)
        box.providers["wallet"].process.send_signal(signal.SIGKILL)
        box.providers["wallet"].process.wait(10)
        box.providers["wallet"].stop()
        self.until(cashier, sale, ("unknown", "tendering"))
        box.start_provider(**FAST)
        self.until(cashier, sale, ("approved", "completed"))
        self.assert_agree(box)

    def test_garbage_moves_no_money_and_stops_nobody(self):
        """Whatever comes back for the order: nothing of it counts, the box sells, and the payment ends by the provider's
        word when it speaks sense again."""
        reply = lambda **more: result(**{"outcome": "approved", "amount": 350, "currency": "CNY", **more})  # noqa: E731
        garbage = [
            b"\xff\xfe\0", b"{}\0", b"{" * 100_000 + b"\0", b"x" * 300_000, reply(amount="350"), reply(amount=350.0),
            reply(outcome="paid"), reply(amount=None), reply(currency=None), b'{"parameters":{"result":{}}}\0',
            b'{"error":"com.example.Wrong","parameters":{}}\0', reply()[:-1], b"",
            reply()[:-2] + b',"continues":true}\0', reply(reference="9" * 200_000),
        ]
        box, cashier = self.shop("approve", between=Garbler, window=400)
        self.line.repeats = 2
        for number, said in enumerate(garbage):
            self.line.said = said
            sale = self.totalled(cashier)
            self.tender(cashier, sale)
            wait_until(lambda: self.state(cashier, sale)[0] in ("reversed", "declined", "approved"), f"garbage {number}", 30)
            self.assertEqual("reversed", self.state(cashier, sale)[0], (number, said[:60]))
        # What speaks sense twice has said it once.
        self.line.said = None
        sale = self.totalled(cashier)
        self.tender(cashier, sale)
        self.until(cashier, sale, ("approved", "completed"))
        cashier.keyed(SALE + "Ring", lane="lane-1", lines=[goods("茶", 350)], tender={"kind": "cash"})
        self.assert_agree(box)

    def test_a_person_decides(self):
        """Where the box cannot know: a decision needs an approval, counts at once, and the provider's word is kept beside
        it; what it denies is named until the next Z, what came all the same goes back."""
        # What is decided; whether the order came to the provider; its later word, null: its own; what becomes of it.
        cases = [
            ("--paid", True, None, ["tenderApproved", "tenderTested"], "agrees"),
            ("--paid", False, result(outcome="declined"), ["tenderApproved", "tenderTested"], "contrary"),
            ("--not-paid", True, None, ["tenderDeclined", "tenderReversing", "tenderReversed"], "contrary"),
            ("--not-paid", False, result(outcome="declined"), ["tenderDeclined", "tenderTested"], "agrees"),
        ]
        box, cashier = self.shop("approve", between=Silent, window=600_000, settings={"supervisors": [os.geteuid()]})
        sales = []
        for verdict, arrives, word, _, _ in cases:
            self.line.mute, self.line.word = "delivers" if arrives else "drops", word
            sale = self.totalled(cashier)
            self.tender(cashier, sale)
            self.until(cashier, sale, ("unknown", "tendering"))
            with self.assertRaises(VarlinkError) as refused:
                cashier.keyed(SALE + "DecideTender", sale=sale, tender="t1", verdict="paid", reason="looked up")
            self.assertEqual(("ApprovalRequired", 350), (refused.exception.short, refused.exception.parameters["amount"]))
            self.decided(box, cashier, sale, verdict)
            settled = "completed" if verdict == "--paid" else "tendering"
            self.assertEqual(settled, self.state(cashier, sale)[1])
            # It survives the box.
            box.kill()
            box.start()
            self.line.mute = None

            def records():
                found = [entry for entry in box.entries() if entry["data"].get("sale") == sale
                         and entry["kind"].startswith("tender")]
                return [(entry["kind"], entry["data"]["tender"]["course"].get("test")) for entry in found
                        if "verdict" in entry["data"]["tender"]["course"]]
            wanted, test = cases[len(sales)][3:]
            wait_until(lambda: len(records()) >= len(wanted), "the provider's word on it", 60)
            self.assertEqual((wanted, test), ([kind for kind, _ in records()], records()[-1][1]))
            sales.append(sale)
        decided = [entry["data"] for entry in box.entries() if entry["data"].get("reason") == "looked up"
                   and entry["kind"] in ("tenderApproved", "tenderDeclined")]
        self.assertEqual(sales, [data["sale"] for data in decided])
        self.assertTrue(all(data["approval"] for data in decided))
        denied = sales[1]
        status = box.call("io.counterfoil.System.Status")
        self.assertEqual([denied], [wait["subject"] for wait in status["waits"] if wait["code"] == "tenderUnknown"])
        self.assertEqual(1, status["unresolved"])
        self.assertIn("settle it with the provider", box.command("unresolved").stdout)
        problems = disagreements(box.ledger(), box.entries())
        self.assertEqual(1, len(problems), problems)
        self.assertIn("the provider kept 0, the journal counts 350", problems[0])

    def test_a_decision_behind_the_end_says_how_its_sale_ended(self):
        """Paid by other means, or void: it is not tendering any more."""
        box, cashier = self.shop("approve", between=Silent, window=400, settings={"supervisors": [os.geteuid()]})
        self.line.mute = "drops"
        for ends, state in ((lambda sale: cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"}), "completed"),
                            (lambda sale: cashier.keyed(SALE + "Void", sale=sale, reason="gone"), "voided")):
            sale = self.totalled(cashier)
            self.tender(cashier, sale)
            self.until(cashier, sale, ("reversing", "tendering"))
            ends(sale)
            self.assertEqual(("reversing", state), self.state(cashier, sale))
            approval = box.approve("decideTender", sale, revision=self.revision(cashier, sale), amount=350)
            said = {"sale": sale, "tender": "t1", "verdict": "notPaid", "reason": "looked up", "approval": approval}
            first = cashier.keyed(SALE + "DecideTender", **said)
            self.assertEqual(("reversed", state), (first["tender"]["state"], first["change"]["state"]))

    def revision(self, cashier, sale):
        return cashier.read(SALE + "Get", {"sale": sale})["sale"]["revision"]

    def test_a_provider_that_repeats_the_code_gets_it_nowhere(self):
        box, cashier = self.shop("approve", between=Garbler, window=400)
        self.line.repeats = 2
        said = {"outcome": "declined", "why": f"auth_code={CODE} is invalid", "reference": CODE}
        for more, state in ((said, "declined"), ({**said, "outcome": "unknown"}, "reversed"),
                            ({"outcome": "approved", "amount": 350, "currency": "CNY", "reference": CODE}, "approved")):
            self.line.said = result(**more)
            sale = self.totalled(cashier)
            self.tender(cashier, sale)
            self.until(cashier, sale, (state, "completed" if state == "approved" else "tendering"))
        self.line.said = None
        self.assertNotIn(CODE, json.dumps(box.entries()) + box.log())

    def test_a_connector_outlives_a_box_that_dies_before_it_has_asked(self):
        """What the tests put between box and provider goes on: the next box is answered."""
        box, cashier = self.shop("approve", between=Line)
        for said in (b"", b'{"method":"io.counterfoil.Pay'):
            with socket.socket(socket.AF_UNIX) as gone:
                gone.connect(self.line.address)
                gone.sendall(said)
        sale = self.totalled(cashier)
        self.tender(cashier, sale)
        self.until(cashier, sale, ("approved", "completed"))

    def test_ring_says_how_a_provider_is_paid(self):
        box, cashier = self.shop("approve")
        with self.assertRaises(VarlinkError) as caught:
            cashier.keyed(SALE + "Ring", lane="lane-1", lines=[goods("茶", 350)],
                          tender={"kind": "provider", "provider": "wallet", "code": CODE})
        self.assertEqual("tender", caught.exception.parameters["rule"])
        self.assertIn("AddTender", caught.exception.parameters["text"])
        self.assertEqual([], box.ledger())

    def test_nobody_there(self):
        box, cashier = self.shop("approve")
        box.providers["wallet"].stop()
        sale = self.totalled(cashier)
        self.tender(cashier, sale)
        self.until(cashier, sale, ("declined", "tendering"))

    def test_a_dead_connector_is_named(self):
        """Since when, and why; by the status, the doctor, the log and an event; once, and until it is back."""
        box, cashier = self.shop("approve")
        provider = box.providers["wallet"]

        def gone():
            return [wait for wait in box.call("io.counterfoil.System.Status")["waits"] if wait["code"] == "providerOffline"]

        with box.connect(uid=CASHIER) as watcher:
            watcher.send("io.counterfoil.System.Watch", {"topics": ["device"]}, more=True)
            watcher.receive()
            self.assertEqual([], gone())
            before = int(time.time() * 1000)
            provider.stop()
            wait_until(gone, "the wait for the connector", 30)
            (wait,) = gone()
            self.assertEqual(("wallet", "counterfoil doctor"), (wait["subject"], wait["command"]))
            self.assertTrue(before <= wait["since"] <= time.time() * 1000)
            self.assertIn("cannot be reached", wait["text"])
            self.assertIn("providerOffline", box.command("status", check=False).stdout)
            self.assertIn("无法连接支付方 wallet",
                          box.command("status", check=False, environment={"LC_ALL": "zh_CN.UTF-8"}).stdout)
            self.assertIn("start its service", box.command("doctor", check=False).stdout)
            # Cash goes on, and another try at the wallet is declined.
            sale = self.totalled(cashier)
            self.tender(cashier, sale)
            self.until(cashier, sale, ("declined", "tendering"))
            box.start_provider(script="approve", **FAST)
            wait_until(lambda: not gone(), "the connector is back", 60)
            told = []
            while len(told) < 2:
                told += [event["data"] for event in watcher.receive(30)[0]["events"] if event["name"] == "providerStatus"]
        self.assertEqual([False, True], [one["online"] for one in told])
        self.assertIn(told[0]["why"], ("missing", "refused"))
        log = box.log()
        self.assertEqual((1, 1), (log.count("provider wallet cannot be reached"), log.count("provider wallet can be reached")))

    def test_a_connector_that_starts_anew_is_no_alarm(self):
        box, cashier = self.shop("approve")
        for _ in range(3):
            box.providers["wallet"].stop()
            box.start_provider(script="approve", **FAST)
            sale = self.totalled(cashier)
            self.tender(cashier, sale)
            self.until(cashier, sale, ("approved", "completed"))
        self.assertNotIn("cannot be reached", box.log())

    def test_a_connector_that_never_was_there(self):
        """Or at whose address nobody listens: named with its reason, while the box sells."""
        box = self.box(start=False)
        with socket.socket(socket.AF_UNIX) as deaf:
            path = os.path.join(box.folder, "deaf")
            deaf.bind(path)
            with open(box.configuration, "a", encoding="utf-8") as file:
                file.write(f'[[provider]]\nname = "gone"\naddress = "unix:{box.folder}/nobody"\n')
                file.write(f'[[provider]]\nname = "deaf"\naddress = "unix:{path}"\n')
            box.start()

            def named():
                waits = box.call("io.counterfoil.System.Status")["waits"]
                return {wait["subject"]: wait["text"] for wait in waits if wait["code"] == "providerOffline"}

            wait_until(lambda: len(named()) == 2, "both are named", 60)
            self.assertIn("no socket", named()["gone"])
            self.assertIn("nobody listens", named()["deaf"])

    def test_an_order_leaves_nothing_of_its_thread(self):
        """Each has one of its own; a stack that stays mapped would end the box after some ten thousand payments."""
        box, cashier = self.shop("approve")

        def stacks():
            with open(f"/proc/{box.daemon.pid}/maps", encoding="utf-8") as maps:
                return sum(1 for line in maps)

        def pay():
            sale = self.totalled(cashier)
            self.tender(cashier, sale)
            self.until(cashier, sale, ("approved", "completed"))

        for _ in range(4):
            pay()
        before = stacks()
        for _ in range(40):
            pay()
        self.assertLess(stacks() - before, 20)

    def test_the_check_finds_a_resolver_that_orders_again(self):
        """The control: the same check finds whoever sends the order again, under the old number or a new one."""
        for fault, wrong in (("repeats", "was ordered a second time"), ("resends", "without an intent in the journal")):
            with self.subTest(fault):
                box, cashier = self.shop("lost,approve", between=functools.partial(Line, fault=fault))
                sale = self.totalled(cashier)
                self.tender(cashier, sale)
                wait_until(lambda: self.state(cashier, sale)[0] in ("approved", "manual"), "it is known", 20)
                found = disagreements(box.ledger(), box.entries())
                self.assertTrue([one for one in found if wrong in one], found)


class Silent(Line):
    """A connector that is told what to say of an order, and may say nothing at all (`mute`)."""

    word = None

    def answer(self, call):
        if self.word and not self.mute and method_of(call) != "Capabilities":
            return self.word
        return super().answer(call)


if __name__ == "__main__":
    unittest.main()
