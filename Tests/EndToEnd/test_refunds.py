"""Money back through the provider that took it: whatever is lost or dies on the way, it goes back once, under one number."""

import functools
import json
import os
import subprocess
import unittest

from box import SUPERVISOR, program
from cashier import goods, returned
from provider_line import Garbler, Line, Unasked, method_of
from provider_shop import FAST, SALE, SHIFT, ProviderTest
from test_epoch import batches, damage
from two_books import disagreements
from varlink_client import VarlinkError, wait_until
from wall_clock import WallClock

# A provider whose refund takes long is given long.
LONG = 60


class Refunds(ProviderTest):

    def left(self, cashier, stub):
        tenders = cashier.read(SALE + "Returnable", {"stub": {"stub": stub["stub"]}})["tenders"]
        return [(one["tender"], one["kind"], one.get("provider"), one["amount"]) for one in tenders]

    def numbers(self, box):
        return {line["refund"] for line in box.ledger() if "refund" in line}

    def test_it_goes_back_and_is_counted(self):
        box, cashier = self.shop("approve")
        stub = self.sold(cashier)
        self.assertEqual([("t1", "provider", "wallet", 700)], self.left(cashier, stub))
        paid = cashier.read(SALE + "Get", {"stub": {"stub": stub["stub"]}})["tenders"][0]
        sale = self.returning(cashier, stub)
        tender = self.refund(cashier, sale, refundOf={"stub": {"stub": stub["stub"]}, "tender": "t1"})
        self.assertEqual(-700, tender["asked"])
        self.assertEqual(("t1", stub["stub"]), (tender["refundOf"]["tender"], tender["refundOf"]["stub"]["stub"]))
        self.until(cashier, sale, ("approved", "completed"))
        self.assertEqual([("t1", "provider", "wallet", 0)], self.left(cashier, stub))
        line = next(line for line in box.ledger() if line["what"] == "refunded")
        self.assertEqual((paid["number"], tender["number"], 700), (line["number"], line["refund"], line["amount"]))
        report = box.call(SHIFT + "Report", {}, uid=SUPERVISOR)["report"]
        self.assertEqual([("wallet", 2, 0)], [(one["provider"], one["count"], one["amount"])
                                              for one in report["totals"]["tenders"] if one["kind"] == "provider"])
        self.assertEqual([], report["unresolved"])
        # No drawer for it, and its slip says what went where.
        self.assertEqual([], [one for one in box.entries() if one["kind"] == "drawerOrdered"])
        wait_until(lambda: tender["number"] in box.paper() and "退款" in box.paper(), "the slip names the refund")
        # The number finds the sale, as that of a payment does.
        self.assertEqual(sale, cashier.read(SALE + "Get", {"number": tender["number"]})["sale"]["id"])
        self.assert_agree(box)

    def test_a_refund_under_way_outlives_the_daemon(self):
        """The provider is at it for many questions: the box dies, and asks on under the same number."""
        box, cashier = self.shop("approve", refunds="processing=4")
        stub = self.sold(cashier)
        sale = self.returning(cashier, stub)
        number = self.refund(cashier, sale)["number"]
        self.until(cashier, sale, ("pending", "tendering"))
        cashier.keyed(SALE + "Park", sale=sale, label="退款中")
        box.kill()
        cashier.close()
        box.start()
        wait_until(lambda: self.state(cashier, sale) == ("approved", "completed"), "the refund is known", LONG)
        self.assertEqual({number}, self.numbers(box))
        self.assertEqual([1, 0, 1], self.counts(box, "refundOrdered", "refundRepeated", "refunded"))
        self.assertEqual(1, [one["kind"] for one in box.entries()].count("jobQueued") - 1, "its slip is ordered once")
        self.assert_agree(box)

    def test_the_same_number_goes_out_until_it_is_answered(self):
        """Lost on the way there, lost on the way back, not known: one number, and the money goes back once."""
        for script, repeats in (("swallowed,approve", 0), ("lost", 1), ("unknown", 1)):
            with self.subTest(script):
                box, cashier = self.shop("approve", refunds=script)
                stub = self.sold(cashier)
                sale = self.returning(cashier, stub)
                number = self.refund(cashier, sale)["number"]
                wait_until(lambda: self.state(cashier, sale) == ("approved", "completed"), "it went back", LONG)
                self.assertEqual({number}, self.numbers(box))
                self.assertEqual([1, repeats, 1], self.counts(box, "refundOrdered", "refundRepeated", "refunded"))
                self.assert_agree(box)
                cashier.close()

    def test_the_daemon_dies_while_the_refund_is_on_its_way(self):
        """Nobody was told that the money went back: after the start the same number says so."""
        box, cashier = self.shop("approve", refunds="plan;refund=approved:held+approved")
        stub = self.sold(cashier)
        sale = self.returning(cashier, stub)
        number = self.refund(cashier, sale)["number"]
        wait_until(lambda: self.counts(box, "refunded") == [1], "the provider gave it back")
        box.kill()
        cashier.close()
        box.start()
        wait_until(lambda: self.state(cashier, sale) == ("approved", "completed"), "it is known", LONG)
        self.assertEqual({number}, self.numbers(box))
        self.assertEqual([1], self.counts(box, "refunded"))
        self.assert_agree(box)

    def test_declined_is_paid_out_in_cash(self):
        box, cashier = self.shop("approve", refunds="decline,approve")
        stub = self.sold(cashier)
        sale = self.returning(cashier, stub)
        self.refund(cashier, sale)
        self.until(cashier, sale, ("declined", "tendering"))
        self.assertEqual([("t1", "provider", "wallet", 700)], self.left(cashier, stub))
        answer = cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
        self.assertEqual("completed", answer["change"]["state"])
        self.assert_agree(box)

    def test_nobody_there(self):
        """Nothing was sent, which is certain: by other means at once. Were it ever on its way, it is not."""
        box, cashier = self.shop("approve", refunds="unknown")
        stub = self.sold(cashier, lines=[goods("茶", 700, 2000)])
        first = self.returning(cashier, stub)
        self.refund(cashier, first)
        self.until(cashier, first, ("unknown", "tendering"))
        box.providers["wallet"].stop()
        second = self.returning(cashier, stub)
        self.assertEqual("intent", self.refund(cashier, second)["state"])
        self.until(cashier, second, ("declined", "tendering"))
        cashier.keyed(SALE + "AddTender", sale=second, tender={"kind": "cash"})
        for refused, parameters in (("RemoveTender", {"tender": "t1", "reason": "迟"}), ("Void", {"reason": "迟"}),
                                    ("Reopen", {}), ("AddTender", {"tender": {"kind": "cash"}})):
            with self.assertRaises(VarlinkError) as error:
                cashier.keyed(SALE + refused, sale=first, **parameters)
            self.assertEqual("Refused", error.exception.short)
        # The day is closed over it, names it, and it is known when the provider is back.
        shift = box.call(SHIFT + "Report", {}, uid=SUPERVISOR)["report"]
        self.assertEqual([(first, -700)], [(one["sale"], one["asked"]) for one in shift["unresolved"]])
        box.start_provider(script="approve", **FAST)
        wait_until(lambda: self.state(cashier, first) == ("approved", "completed"), "it went back", LONG)
        self.assertEqual([1, 1], self.counts(box, "refundOrdered", "refunded"))
        self.assert_agree(box)

    def test_no_more_goes_back_than_was_paid(self):
        """Across two returns and two lanes, one of them finished, one on its way."""
        box, cashier = self.shop("approve", refunds="approve,plan;refund=pending*;query=pending*", lanes=("lane-1", "lane-2"))
        cashier.keyed(SHIFT + "Open", lane="lane-2", operator="02", opening=[])
        # 10.00 by wallet, the rest of 14.00 in cash.
        sale = cashier.totalled([goods("茶", 700, 2000)])
        cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash", "amount": 400})
        self.tender(cashier, sale)
        self.until(cashier, sale, ("approved", "completed"), "t2")
        stub = cashier.read(SALE + "Get", {"sale": sale})["sale"]["stub"]
        first = self.returning(cashier, stub)
        self.refund(cashier, first)
        self.until(cashier, first, ("approved", "completed"))
        second, third = self.returning(cashier, stub, 500), self.returning(cashier, stub, 500, lane="lane-2")

        def refused(sale, left, **more):
            with self.assertRaises(VarlinkError) as error:
                self.refund(cashier, sale, **more)
            self.assertEqual(("OverRefund", {"tender": "t2", "left": left}),
                             (error.exception.short, error.exception.parameters))
        refused(second, 300)
        self.refund(cashier, second, amount=-200)
        self.until(cashier, second, ("pending", "tendering"))
        self.assertEqual(("t2", "provider", "wallet", 100), self.left(cashier, stub)[1])
        refused(third, 100)
        refused(third, 100, amount=-101)
        cashier.keyed(SALE + "AddTender", sale=third, tender={"kind": "cash"})
        self.assertEqual([700], [line["amount"] for line in box.ledger() if line["what"] == "refunded"])

    def test_what_did_not_arrive_is_a_persons_matter(self):
        for script, verdict in (("abnormal", "notPaid"), ("mismatch", "paid"), ("mismatch", "notPaid")):
            with self.subTest(script, verdict=verdict):
                box, cashier = self.shop("approve", refunds=script, settings={"supervisors": [os.geteuid()]})
                stub = self.sold(cashier)
                sale = self.returning(cashier, stub)
                self.refund(cashier, sale)
                self.until(cashier, sale, ("manual", "tendering"))
                status = box.call("io.counterfoil.System.Status", {}, uid=SUPERVISOR)
                self.assertIn(("refundStuck", sale), [(one["code"], one["subject"]) for one in status["waits"]])
                self.decided(box, cashier, sale, "--paid" if verdict == "paid" else "--not-paid", amount=700)
                if verdict == "paid":
                    # What moved counts, and the rest is paid out by other means.
                    self.assertEqual(("approved", "tendering"), self.state(cashier, sale))
                    cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
                    self.assertEqual(("approved", "completed"), self.state(cashier, sale))
                else:
                    self.assertEqual(("declined", "tendering"), self.state(cashier, sale))
                    if script == "mismatch":
                        # Its provider says that money went back.
                        wait_until(lambda: box.entries("tenderTested"), "the provider's word", LONG)
                        with self.assertRaises(VarlinkError):
                            cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
                        cashier.keyed(SALE + "Void", sale=sale, reason="settled with the provider")
                    else:
                        cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
                cashier.close()

    def test_a_provider_that_gives_nothing_back(self):
        box, cashier = self.shop("approve", no_refunds=True)
        stub = self.sold(cashier)
        sale = self.returning(cashier, stub)

        def refused():
            try:
                self.refund(cashier, sale)
            except VarlinkError as error:
                return error.short == "Refused" and "gives no refunds" in json.dumps(error.parameters)
            self.fail("taken")
        wait_until(refused, "the box knows what its provider cannot do")
        self.assertEqual([0], self.counts(box, "refundOrdered"))

    def test_what_a_provider_would_not_take_is_not_sent(self):
        """So soon behind another one, and behind the days in which it takes any; in words for the cashier, too."""
        box, cashier = self.shop("approve", clock=WallClock, refund_interval=3600, refund_days=30,
                                 settings={"supervisors": [os.geteuid()]})
        stub = self.sold(cashier, lines=[goods("茶", 700, 3000)])
        first, second = self.returning(cashier, stub), self.returning(cashier, stub, 2000)
        self.refund(cashier, first)
        self.until(cashier, first, ("approved", "completed"))
        paid, given = (one["data"]["tender"]["course"]["startedAt"] for one in box.entries("tenderIntended"))

        def refused(sale, **more):
            with self.assertRaises(VarlinkError) as error:
                self.refund(cashier, sale, **more)
            self.assertEqual(("RefundNotNow", "t1"), (error.exception.short, error.exception.parameters["tender"]))
            return error.exception.parameters.get("from"), error.exception.parameters.get("until")
        again, until = refused(second)
        self.assertIsNone(until)
        self.assertEqual(given + 3_600_000, again)
        for language, words in (("C.UTF-8", "takes no refund of this payment now"), ("zh_CN.UTF-8", "现在不受理")):
            done = box.command("sale", "tender", second, "--refund", "--stub", stub["stub"], "--tender", "t1", check=False,
                               environment={"LANG": language, "LC_ALL": language})
            self.assertNotEqual(0, done.returncode)
            self.assertIn(words, done.stderr)
        self.clock.forward(hours=1)
        self.refund(cashier, second, amount=-700)
        self.until(cashier, second, ("approved", "tendering"))
        self.clock.forward(days=30)
        again, until = refused(second)
        self.assertIsNone(again)
        self.assertEqual(paid + 30 * 86_400_000, until)
        # What was refused was never said, and the money goes back by other means.
        self.assertEqual([2, 2], self.counts(box, "refundOrdered", "refunded"))
        cashier.keyed(SALE + "AddTender", sale=second, tender={"kind": "cash"})
        self.assert_agree(box)

    def test_by_a_clock_that_nobody_set_nothing_is_over(self):
        """Whether it takes it then says the provider itself."""
        box, cashier = self.shop(
            "approve", clock=functools.partial(WallClock, is_set=False), refund_interval=3600)
        stub = self.sold(cashier, lines=[goods("茶", 700, 2000)])
        for _ in range(2):
            sale = self.returning(cashier, stub)
            self.refund(cashier, sale)
            self.until(cashier, sale, ("approved", "completed"))
        self.assertEqual([2], self.counts(box, "refunded"))

    def test_a_persons_word_is_the_last_where_nobody_can_be_asked(self):
        """A provider that answers no questions about refunds: the next Z names what was decided, and it is over."""
        box, cashier = self.shop("approve", between=Unasked, refunds="plan;refund=unknown*",
                                 settings={"supervisors": [os.geteuid()]})
        sale = self.returning(cashier, self.sold(cashier))
        self.refund(cashier, sale)
        self.until(cashier, sale, ("unknown", "tendering"))
        self.decided(box, cashier, sale, "--not-paid", amount=700)
        cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
        wait_until(lambda: box.entries("tenderTested"), "nobody can be asked", LONG)
        self.assertEqual(["final"], [one["data"]["tender"]["course"]["test"] for one in box.entries("tenderTested")])
        asked = self.counts(box, "refundRepeated", "refundQueried")
        for wanted in ([sale], []):
            report = box.call(SHIFT + "Report", {}, uid=SUPERVISOR)["report"]
            self.assertEqual(wanted, [one["sale"] for one in report["unresolved"]])
            cashier.keyed(SHIFT + "CloseDay")
        self.assertEqual(asked, self.counts(box, "refundRepeated", "refundQueried"))

    def test_a_connector_without_the_method(self):
        """It says that it can, and cannot: nothing was done, which is certain the first time only."""
        box, cashier = self.shop("approve", between=Without)
        sale = self.returning(cashier, self.sold(cashier))
        self.refund(cashier, sale)
        self.until(cashier, sale, ("declined", "tendering"))
        why = cashier.read(SALE + "Get", {"sale": sale})["tenders"][0]["why"]
        self.assertEqual("notSupported", why)

    def test_garbage_ends_no_refund(self):
        """Whatever a connector says that nobody understands, the same number goes out again."""
        for said in (b"\0", b"{}\0", b"[]\0", b'{"parameters":{"result":{"outcome":"perhaps"}}}\0', b"\xff\0",
                     b'{"parameters":{"result":{"outcome":"approved","amount":700.0,"currency":"CNY"}}}\0',
                     b'{"parameters":{"result":{"outcome":"approved","currency":"CNY"}}}\0',
                     b'{"error":"org.varlink.service.InvalidParameter","parameters":{"parameter":"total"}}\0', b""):
            with self.subTest(said):
                box, cashier = self.shop("approve", between=Garbler)
                self.line.order, self.line.said = "Refund", said
                sale = self.returning(cashier, self.sold(cashier))
                number = self.refund(cashier, sale)["number"]
                self.until(cashier, sale, ("unknown", "tendering"))
                self.line.said = None
                wait_until(lambda: self.state(cashier, sale) == ("approved", "completed"), "it went back", LONG)
                self.assertEqual({number}, self.numbers(box))
                self.assertEqual([1], self.counts(box, "refunded"))
                self.assert_agree(box)
                cashier.close()

    def test_what_went_back_against_a_persons_word_does_not_go_back_again(self):
        """The refund arrived, its answer did not, and a person says that nothing went back: the provider's word is known
        to whoever pays out next, in that sale and behind it, and behind a Z and a start too."""
        box, cashier = self.shop("approve", between=Line, settings={"supervisors": [os.geteuid()]})
        stub = self.sold(cashier, lines=[goods("茶", 700, 2000)])

        def unsure():
            self.line.mute = "delivers"
            sale = self.returning(cashier, stub)
            self.refund(cashier, sale)
            self.until(cashier, sale, ("unknown", "tendering"))
            self.decided(box, cashier, sale, "--not-paid", amount=700)
            return sale

        def denied(sale):
            tested = [one["data"]["tender"]["course"]["test"] for one in box.entries("tenderTested")
                      if one["data"]["sale"] == sale]
            return tested == ["contrary"]
        sale = unsure()
        self.line.mute = None
        wait_until(lambda: denied(sale), "the provider's word", LONG)
        self.assertEqual([("t1", "provider", "wallet", 700)], self.left(cashier, stub))
        for kind in ("provider", "cash"):
            with self.assertRaises(VarlinkError) as refused:
                cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": kind})
            self.assertIn("decide it as paid", refused.exception.parameters["text"])
        self.decided(box, cashier, sale, "--paid", amount=700)
        self.assertEqual(("approved", "completed"), self.state(cashier, sale))
        self.assertEqual([1], self.counts(box, "refunded"))
        # Paid out in cash before the provider can be asked.
        other = unsure()
        cashier.keyed(SALE + "AddTender", sale=other, tender={"kind": "cash"})
        self.line.mute = None
        wait_until(lambda: denied(other), "the provider's word behind the end", LONG)
        for _ in range(2):
            self.assertEqual([("t1", "provider", "wallet", 0)], self.left(cashier, stub))
            cashier.keyed(SHIFT + "CloseDay")
            cashier.close()
            box.stop()
            box.start()

    def unsure(self, box, cashier, stub, *cash):
        """A return of one bottle: the refund arrives, its answer does not, and a person says that nothing went back."""
        self.line.mute = "delivers"
        sale = self.returning(cashier, stub)
        self.refund(cashier, sale)
        self.until(cashier, sale, ("unknown", "tendering"))
        self.decided(box, cashier, sale, "--not-paid", amount=700)
        for amount in cash:
            cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash", "amount": amount})
        return sale

    def word(self, box, sale):
        """The provider can be asked again, and says that it went back."""
        self.line.mute = None
        wait_until(lambda: [one["data"]["tender"]["course"]["test"] for one in box.entries("tenderTested")
                            if one["data"]["sale"] == sale] == ["contrary"], "the provider's word", LONG)

    def void(self, box, cashier, sale, amount=700):
        revision = cashier.read(SALE + "Get", {"sale": sale})["sale"]["revision"]
        approval = box.approve("voidTotalled", sale, amount=amount, revision=revision)
        return cashier.keyed(SALE + "Void", sale=sale, reason="settled", approval=approval)

    def test_the_rest_is_not_paid_out_beside_what_went_back(self):
        """However little went out by other means before the provider spoke. Reopened, it is totalled before it is decided."""
        box, cashier = self.shop("approve", between=Line, settings={"supervisors": [os.geteuid()]})
        stub = self.sold(cashier, lines=[goods("茶", 700, 2000)])
        sale = self.unsure(box, cashier, stub, -10)
        self.word(box, sale)
        for tender in ({"kind": "cash"}, {"kind": "cash", "amount": -10}, {"kind": "provider"}, {"kind": "external"}):
            with self.assertRaises(VarlinkError) as refused:
                cashier.keyed(SALE + "AddTender", sale=sale, tender=tender)
            self.assertIn("decide it as paid", refused.exception.parameters["text"])
        self.void(box, cashier, sale)
        sale = self.unsure(box, cashier, stub)
        self.word(box, sale)
        cashier.keyed(SALE + "Reopen", sale=sale)
        revision = cashier.read(SALE + "Get", {"sale": sale})["sale"]["revision"]
        approval = box.approve("decideTender", sale, amount=700, revision=revision)
        with self.assertRaises(VarlinkError) as refused:
            cashier.keyed(SALE + "DecideTender", sale=sale, tender="t1", verdict="paid", reason="they say so", approval=approval)
        self.assertEqual("WrongState", refused.exception.short)
        cashier.keyed(SALE + "Total", sale=sale)
        self.decided(box, cashier, sale, "--paid", amount=700)
        self.assertEqual(("approved", "completed"), self.state(cashier, sale))
        self.assertEqual([0], [amount for *_, amount in self.left(cashier, stub)])
        self.assertEqual([2], self.counts(box, "refunded"))

    def corrected(self, box, cashier, stub):
        """The same bill again; its sale."""
        approval = box.approve("correctSale", stub["stub"], amount=700, revision=0)
        kept = {**returned(stub), "quantity": 1000}
        sale = cashier.keyed(SALE + "Open", lane="lane-1", kind="correction", corrects={"stub": stub["stub"]}, lines=[kept],
                             approval=approval)["change"]["sale"]
        cashier.keyed(SALE + "Total", sale=sale)
        return sale

    def test_a_corrected_bill_knows_what_went_back(self):
        """The refund names the bill that was paid, and the bill in its place has the payment: behind the Z, a kill, a clean
        stop and a new epoch nothing of it is left, neither to go back nor to be carried over once more."""
        box, cashier = self.shop("approve", between=Line, settings={"supervisors": [os.geteuid()]})
        new = self.corrected(box, cashier, self.sold(cashier))
        stub = cashier.read(SALE + "Get", {"sale": new})["sale"]["stub"]
        self.assertEqual([700], [amount for *_, amount in self.left(cashier, stub)])
        sale = self.unsure(box, cashier, stub)
        self.void(box, cashier, sale)
        self.word(box, sale)
        cashier.keyed(SHIFT + "CloseDay")

        def nothing_left():
            self.assertEqual([0], [amount for *_, amount in self.left(cashier, stub)])
            again = self.returning(cashier, stub)
            with self.assertRaises(VarlinkError) as refused:
                self.refund(cashier, again)
            self.assertEqual("OverRefund", refused.exception.short)
            self.void(box, cashier, again)
            with self.assertRaises(VarlinkError) as refused:
                self.corrected(box, cashier, stub)
            self.assertIn("given back through its provider", refused.exception.parameters["text"])
            self.assertEqual([1], self.counts(box, "refunded"))
        nothing_left()
        for stop in (box.kill, box.stop):
            stop()
            cashier.close()
            box.start()
            nothing_left()
        self.rot(box, cashier)
        nothing_left()

    def rot(self, box, cashier):
        """A disk that rots, and the new epoch behind it."""
        wait_until(lambda: not cashier.read("io.counterfoil.Printer.Jobs", {"unfinished": True})["jobs"], "all paper")
        good = len(batches(box.segments()[-1]))
        for _ in range(2):
            cashier.keyed(SALE + "Ring", lane="lane-1", lines=[goods("茶", 350)], tender={"kind": "cash"})
        box.kill()
        damage(box.segments()[-1], batches(box.segments()[-1])[good])
        cashier.close()
        box.start()
        begun = box.call("io.counterfoil.Journal.BeginEpoch", {"idempotencyKey": "epoch-of-the-refunds", "reason": "rot"}, SUPERVISOR)
        self.assertEqual(1, begun["epoch"])

    def test_the_check_finds_a_second_number(self):
        """A connector that makes numbers of its own gives money back twice, and the two books say so."""
        box, cashier = self.shop("approve", between=Renumbers, refunds="lost,approve")
        sale = self.returning(cashier, self.sold(cashier, lines=[goods("茶", 700, 2000)]))
        self.refund(cashier, sale)
        wait_until(lambda: self.state(cashier, sale) == ("approved", "completed"), "it went back", LONG)
        self.assertEqual([2], self.counts(box, "refunded"))
        self.assertNotEqual([], disagreements(box.ledger(), box.entries()))

    def test_at_the_command_line(self):
        box, cashier = self.shop("approve", refunds="plan;refund=pending;query=pending*",
                                 settings={"supervisors": [os.geteuid()]})
        stub = self.sold(cashier)
        sale = self.returning(cashier, stub)

        def counterfoil(*words, language="zh_CN.UTF-8"):
            return subprocess.Popen(
                [program("counterfoil"), *words, "--config", box.configuration], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                env={**os.environ, "LANG": language, "LC_ALL": language})

        def said(*words, language="zh_CN.UTF-8"):
            return counterfoil(*words, language=language).communicate(timeout=30)[0]
        waiting = counterfoil("sale", "tender", sale, "--refund", "--stub", stub["stub"], "--tender", "t1")
        try:
            self.until(cashier, sale, ("pending", "tendering"))
            self.assertRegex(said("unresolved"), sale + ".*-7.00.*退款处理中")
            self.assertRegex(said("unresolved", language="C.UTF-8"), "refund under way(.|\n)*refund of stub")
            self.assertIn("待核实退款", said("shift", "report"))
        finally:
            waiting.kill()
            waiting.wait(10)
            waiting.stdout.close()
        self.decided(box, cashier, sale, "--paid", amount=700)
        self.assertRegex(said("sale", "get", "--sale", sale), "已退款.*-7.00.*退款 原单 " + stub["stub"])
        self.assertEqual("", said("sale", "tender", sale, "--stub", stub["stub"]))


class Without(Line):
    """A connector of an older make."""

    def answer(self, call):
        if method_of(call) == "Refund":
            return b'{"error":"org.varlink.service.MethodNotImplemented","parameters":{"method":"Refund"}}\0'
        return super().answer(call)


class Renumbers(Line):
    """A connector that gives each order of a refund another number."""

    orders = 0

    def answer(self, call):
        if method_of(call) == "Refund":
            self.orders += 1
            call["parameters"]["refund"] = f"{self.orders:030d}"
        return super().answer(call)


if __name__ == "__main__":
    unittest.main()
