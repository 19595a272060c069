"""Codes that the till shows and the customer scans: shown while they can be paid, kept nowhere, closed when they are over."""

import json
import os
import signal
import subprocess
import unittest

import settle
from box import CASHIER, SUPERVISOR, program
from provider_shop import FAST, SALE, SHIFT, ProviderTest
from varlink_client import VarlinkError, wait_until

TIMES = {**FAST, "code_window": 20_000}

NEVER = "plan;create=pending;query=pending*"


class ShownCodes(ProviderTest):

    def shop(self, script, **provider):
        return super().shop(script, **{**TIMES, **provider})

    def one(self, cashier, sale, tender="t1"):
        tenders = cashier.read(SALE + "Get", {"sale": sale})["tenders"]
        return next((one for one in tenders if one["id"] == tender), {})

    def shown(self, cashier, sale, tender="t1"):
        """What the code says, as soon as there is one."""
        wait_until(lambda: self.one(cashier, sale, tender).get("shownCode"), "the code is known", 30)
        return self.one(cashier, sale, tender)["shownCode"]

    def assert_agree(self, box):
        super().assert_agree(box)
        self.assertEqual(0, settle.run_reader(box.journal_folder(), "--quiet").returncode)

    def assert_kept_nowhere(self, box, content):
        for folder, _, names in os.walk(box.folder):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    with open(path, "rb") as file:
                        self.assertNotIn(content.encode(), file.read(), path)

    def test_it_is_shown_paid_and_kept_nowhere(self):
        box, cashier = self.shop("pending=5", interval=200)
        sale = self.totalled(cashier)
        states, contents = [], set()
        with box.connect(CASHIER) as connection:
            for answer in connection.more(SALE + "AddTender", {
                    "idempotencyKey": "a-code-that-is-shown", "sale": sale, "tender": {"kind": "provider", "show": True}}):
                tender = answer["tender"]
                self.assertTrue(tender["shown"])
                states.append(tender["state"])
                contents.add(tender.get("shownCode"))
        self.assertEqual(["intent", "pending", "approved"], states)
        content = next(iter(contents - {None}))
        self.assertTrue(content.startswith("https://"))
        self.until(cashier, sale, ("approved", "completed"))
        self.assertIsNone(self.one(cashier, sale).get("shownCode"))
        self.assertEqual(1, len(self.lines(box, "ordered")))
        self.assertTrue(self.lines(box, "ordered")[0]["shown"])
        settle.settle_prints(box, cashier)
        number = cashier.read(SALE + "Get", {"sale": sale})["sale"]["stub"]["stub"]
        self.assertEqual([], settle.check_paper(box.paper(), [number], [number]))
        self.assert_agree(box)
        self.assert_kept_nowhere(box, content)

    def remove(self, cashier, sale, tender="t1"):
        return cashier.keyed(SALE + "RemoveTender", sale=sale, tender=tender, reason="customer changed")

    def test_nobody_pays_and_it_is_closed(self):
        box, cashier = self.shop(NEVER + ",approve", code_window=600)
        sale = self.totalled(cashier)
        self.show(cashier, sale)
        self.until(cashier, sale, ("reversed", "tendering"))
        self.assertIsNone(self.one(cashier, sale).get("shownCode"))
        self.assertEqual(["ordered"], [line["what"] for line in box.ledger() if line["what"] in ("ordered", "repeated")])
        self.assertGreaterEqual(len(self.lines(box, "askedClosed")), 1)
        self.assertEqual([], self.lines(box, "askedBack"), "an order that nobody paid is closed, not reversed")
        # Only a question behind Close says so.
        whats = [line["what"] for line in box.ledger()]
        self.assertIn("queried", whats[whats.index("askedClosed"):])
        # The next one has a number of its own.
        self.show(cashier, sale)
        self.until(cashier, sale, ("approved", "completed"), "t2")
        self.assert_agree(box)

    def test_taken_back_by_the_cashier_it_is_closed_at_once(self):
        box, cashier = self.shop(NEVER, window=30_000, code_window=30_000, reverse_not_before=20_000)
        sale = self.totalled(cashier)
        self.show(cashier, sale)
        content = self.shown(cashier, sale)
        removed = self.remove(cashier, sale)["tender"]
        self.assertEqual("reversing", removed["state"])
        self.assertIsNone(removed.get("shownCode"), "nobody is shown what is being closed")
        self.until(cashier, sale, ("reversed", "tendering"))
        self.assertLess(self.lines(box, "askedClosed")[0]["time"] - self.lines(box, "ordered")[0]["time"], 15_000)
        cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
        self.assert_agree(box)
        self.assert_kept_nowhere(box, content)

    def test_what_a_person_says_was_not_paid_is_closed(self):
        box, cashier = self.shop(NEVER, window=30_000, code_window=30_000, settings={"supervisors": [os.geteuid()]})
        sale = self.totalled(cashier)
        self.show(cashier, sale)
        self.shown(cashier, sale)
        self.decided(box, cashier, sale, "--not-paid")
        self.until(cashier, sale, ("declined", "tendering"))
        wait_until(lambda: self.lines(box, "askedClosed"), "nobody can pay it any more", 30)
        wait_until(lambda: not box.call(SHIFT + "Report", {}, uid=SUPERVISOR)["report"]["unresolved"],
                   "its provider says the same", 30)
        cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
        self.assert_agree(box)

    def test_an_answer_to_close_that_is_lost_is_asked_for(self):
        for close in ("reversed:lost", "pending+unknown+pending:lost+reversed", "pending:closed+pending:closed+reversed"):
            with self.subTest(close):
                box, cashier = self.shop(f"plan;create=pending;query=pending+pending;close={close}")
                sale = self.totalled(cashier)
                self.show(cashier, sale)
                self.shown(cashier, sale)
                self.remove(cashier, sale)
                self.until(cashier, sale, ("reversed", "tendering"))
                self.assertEqual(len(close.split("+")), len(self.lines(box, "askedClosed")))
                self.assert_agree(box)

    def test_paid_while_it_is_closed_for_its_time_it_counts(self):
        for close in ("approved", "approved:lost", "approved:closed"):
            with self.subTest(close):
                box, cashier = self.shop(
                    f"plan;create=pending;query=pending*;close={close}" + (";after=approved*" if ":" in close else ""),
                    code_window=500)
                sale = self.totalled(cashier)
                self.show(cashier, sale)
                self.until(cashier, sale, ("approved", "completed"))
                self.assertEqual([], self.lines(box, "reversed"))
                self.assert_agree(box)

    def test_paid_behind_a_cancel_the_sale_waits_for_a_person(self):
        for resolution in ("complete", "refund", "void"):
            with self.subTest(resolution):
                box, cashier = self.shop("plan;create=pending;query=pending*;close=approved")
                sale = self.totalled(cashier)
                self.show(cashier, sale)
                self.shown(cashier, sale)
                self.remove(cashier, sale)
                self.until(cashier, sale, ("manual", "held"))
                hold = cashier.read(SALE + "Get", {"sale": sale})["sale"]["hold"]
                self.assertEqual("paidAfterCancel", hold["why"])
                self.assertEqual({"complete", "refund", "void"}, set(hold["choices"]))
                self.assertEqual([], self.lines(box, "askedBack"), "until a person has decided")
                self.assertEqual(1, box.command("unresolved").stdout.count(sale + "  "), "once")
                self.resolve(box, cashier, sale, resolution)
                if resolution == "complete":
                    self.until(cashier, sale, ("approved", "completed"))
                else:
                    wait_until(lambda box=box: self.lines(box, "reversed"), "the money goes back", 30)
                    wait_until(lambda box=box: "tenderReversed" in [one["kind"] for one in box.entries()], "it is known", 30)
                if resolution == "void":
                    # The stub says how it stood when the sale ended; the answer says how it stands.
                    number = self.one(cashier, sale)["number"]
                    for name in ({"sale": sale}, {"number": number}):
                        self.assertEqual("reversed", cashier.read(SALE + "Get", name)["tenders"][0]["state"])
                self.assert_agree(box)

    def test_paid_behind_other_money_it_goes_back(self):
        box, cashier = self.shop("plan;create=pending;query=pending*;close=pending+pending+approved")
        sale = self.totalled(cashier)
        self.show(cashier, sale)
        self.shown(cashier, sale)
        self.remove(cashier, sale)
        with self.assertRaises(VarlinkError) as refused:
            self.show(cashier, sale)
        self.assertEqual("liveTender", refused.exception.parameters["rule"])
        cashier.keyed(SALE + "AddTender", sale=sale, tender={"kind": "cash"})
        wait_until(lambda: self.lines(box, "reversed"), "the money goes back", 30)
        wait_until(lambda: "tenderReversed" in [one["kind"] for one in box.entries()], "it is known", 30)
        self.assert_agree(box)

    def test_behind_a_restart_the_code_is_gone_and_the_payment_is_not(self):
        box, cashier = self.shop("pending=12")
        sale = self.totalled(cashier)
        self.show(cashier, sale)
        content = self.shown(cashier, sale)
        box.kill()
        cashier.close()
        box.start()
        self.assertIsNone(self.one(cashier, sale).get("shownCode"))
        self.until(cashier, sale, ("approved", "completed"))
        self.assertEqual(1, len(self.lines(box, "ordered")))
        self.assertEqual([], self.lines(box, "repeated") + self.lines(box, "shownAgain"))
        self.assert_agree(box)
        self.assert_kept_nowhere(box, content)

    def test_a_provider_that_can_say_it_again_is_asked(self):
        box, cashier = self.shop("pending=100000,plan;create=pending:lost", repeats_codes=True, code_window=60_000)
        sale = self.totalled(cashier)
        self.show(cashier, sale)
        content = self.shown(cashier, sale)
        box.kill()
        cashier.close()
        box.start()
        self.assertEqual(content, self.shown(cashier, sale))
        cashier.take_up(sale)
        self.remove(cashier, sale)
        self.until(cashier, sale, ("reversed", "tendering"))
        # The same where its answer was lost.
        self.show(cashier, sale)
        self.assertTrue(self.shown(cashier, sale, "t2"))
        self.remove(cashier, sale, "t2")
        self.until(cashier, sale, ("reversed", "tendering"), "t2")
        self.assertEqual([], self.lines(box, "repeated"))
        self.assert_agree(box)

    def test_a_code_that_never_came_is_no_payment(self):
        for script in ("lost", "swallowed", "unknown", "plan;create=pending:lost"):
            with self.subTest(script):
                box, cashier = self.shop(script, code_window=700)
                sale = self.totalled(cashier)
                self.show(cashier, sale)
                self.until(cashier, sale, ("reversed", "tendering"))
                self.assertNotIn("tenderApproved", [one["kind"] for one in box.entries()])
                self.assert_agree(box)

    def test_what_is_declined_or_cannot_be_had_is_said(self):
        box, cashier = self.shop("plan;create=declined,mismatch")
        sale = self.totalled(cashier)
        self.show(cashier, sale)
        self.until(cashier, sale, ("declined", "tendering"))
        with self.assertRaises(VarlinkError) as refused:
            self.show(cashier, sale, code="134567890123456789")
        self.assertIn("not both", refused.exception.parameters["text"])
        self.show(cashier, sale)
        self.until(cashier, sale, ("manual", "held"), "t2")
        self.resolve(box, cashier, sale, "refund", 351)
        self.until(cashier, sale, ("reversed", "tendering"), "t2")
        self.assert_agree(box)

    def test_a_provider_without_codes(self):
        _, cashier = self.shop("approve", no_codes=True)
        sale = self.totalled(cashier)
        with self.assertRaises(VarlinkError) as refused:
            # The box may not have heard yet what the provider can do: then the provider declines.
            self.show(cashier, sale)
            self.until(cashier, sale, ("declined", "tendering"))
            self.show(cashier, sale)
        self.assertIn("makes no codes", refused.exception.parameters["text"])

    def test_nobody_there_is_certain(self):
        box, cashier = self.shop("approve")
        box.providers["wallet"].process.kill()
        box.providers["wallet"].process.wait()
        sale = self.totalled(cashier)
        self.show(cashier, sale)
        self.until(cashier, sale, ("declined", "tendering"))
        self.assertEqual("unreachable", self.one(cashier, sale)["why"])
        self.assert_agree(box)

    def paid_by_notice(self, box, cashier, sale):
        """Somebody scans the code; the provider's schedule alone would not ask for a long time."""
        self.show(cashier, sale)
        self.shown(cashier, sale)
        self.somebody_scans(box)
        self.until(cashier, sale, ("approved", "completed"))

    def test_news_that_is_told_is_asked_for_at_once(self):
        slow = {"interval": 600_000, "window": 3_000_000, "code_window": 3_000_000}
        for notices in ({"notify": 1}, {"notify": 3}, {"notify": 1, "notify_late": 700},
                        {"notify": 40, "notify_strangers": True}):
            with self.subTest(notices):
                box, cashier = self.shop("waits", **slow, **notices)
                # The daemon must have heard what the provider can do, and follow it.
                for _ in range(2):
                    self.paid_by_notice(box, cashier, self.totalled(cashier))
                # No answer is believed but that to a question, and strangers' orders are not asked for.
                queried = self.lines(box, "queried")
                self.assertEqual(2, len({line["number"] for line in queried}))
                self.assertLess(len(queried), 12)
                self.assert_agree(box)

    def test_news_that_is_lost_costs_time_only(self):
        box, cashier = self.shop("waits", notify=0)
        self.paid_by_notice(box, cashier, self.totalled(cashier))
        self.assert_agree(box)

    def at_the_terminal(self, box, *words, language="C.UTF-8"):
        return subprocess.Popen(
            [program("counterfoil"), "sale", *words, "--config", box.configuration], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "LANG": language, "LC_ALL": language})

    def finished(self, process):
        out, errors = process.communicate(timeout=60)
        return process.returncode, out, errors

    def test_the_command_shows_it_and_waits(self):
        box, cashier = self.shop("pending=3,pending=3,waits", settings={"supervisors": [os.geteuid()]})
        for language, paid in (("C.UTF-8", "paid"), ("zh_CN.UTF-8", "已付")):
            sale = self.totalled(cashier)
            code, out, errors = self.finished(self.at_the_terminal(box, "tender", sale, "--show", language=language))
            self.assertEqual((0, ""), (code, errors))
            self.assertIn("https://pay.example/code/", out)
            self.assertIn("▀", out)
            self.assertIn(paid, out.splitlines()[-1])
        # For programs a line for each state; without waiting, until the code is known.
        sale = self.totalled(cashier)
        code, out, _ = self.finished(self.at_the_terminal(box, "tender", sale, "--show", "--no-wait", "--json"))
        tenders = [json.loads(line)["tender"] for line in out.splitlines()]
        self.assertEqual((0, ["intent", "pending"]), (code, [one["state"] for one in tenders]))
        self.assertEqual(self.shown(cashier, sale), tenders[-1]["shownCode"])
        code, out, errors = self.finished(self.at_the_terminal(box, "take-back", sale, "t1", "--reason", "pays in cash"))
        self.assertEqual((0, ""), (code, errors))
        self.assertIn("closed", out)
        self.until(cashier, sale, ("reversed", "tendering"))

    def test_ctrl_c_says_how_to_take_it_back(self):
        box, cashier = self.shop("waits", settings={"supervisors": [os.geteuid()]})
        sale = self.totalled(cashier)
        command = self.at_the_terminal(box, "tender", sale, "--show")
        self.shown(cashier, sale)
        command.send_signal(signal.SIGINT)
        code, _, errors = self.finished(command)
        self.assertEqual(128 + signal.SIGINT, code)
        self.assertIn(f"counterfoil sale take-back {sale} t1", errors)
        self.assertEqual("pending", self.one(cashier, sale)["state"])


if __name__ == "__main__":
    unittest.main()
