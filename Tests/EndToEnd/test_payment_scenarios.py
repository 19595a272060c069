"""The scenarios of payment-scenarios.json: what a wallet may answer and where a box may die, and what must become of it."""

import unittest

import settle
from box import Box, SUPERVISOR
from harness import BoxTest
from scenario_play import ANSWERS, PLAYS, REFUND_CALLS, SECOND, STEPS, Play, RefundPlay, ShownPlay, load
from provider_shop import SALE, SHIFT
from two_books import disagreements
from varlink_client import VarlinkError, wait_until

DATA = load("payment-scenarios.json")
SCENARIOS = {one["id"]: one for one in DATA["scenarios"]}
NUMBER_OF_SCENARIOS = 34


def left_out(name, what, reason):
    print(f"not run, with a reason: {name}{what and f', {what}'}: {reason}", flush=True)


class PaymentScenarios(BoxTest):

    def made_box(self):
        box = Box()
        self.addCleanup(box.close)
        self.addCleanup(self.show_log, box)
        return box

    def play(self, name):
        scenario = SCENARIOS[name]
        open_points = scenario.get("notYet", {})
        if isinstance(open_points, str):
            return left_out(name, "", open_points)
        gives_back = REFUND_CALLS.keys() & scenario["provider_script"].keys()
        made = RefundPlay if gives_back else ShownPlay if "create" in scenario["provider_script"] else Play
        play = made(self, scenario)
        PLAYS[scenario["crash"]](play)
        for point, wanted in scenario["expect"].items():
            if point in open_points:
                left_out(name, point, open_points[point])
            else:
                with self.subTest(point, wanted=wanted):
                    getattr(self, f"expect_{point}")(play, wanted)
        if (play.tender()[0] or {}).get("state") == "manual":
            return None  # the two books differ until a person has decided
        self.assertEqual([], disagreements(play.box.ledger(), play.box.entries()))
        return self.assertEqual(0, settle.run_reader(play.box.journal_folder(), "--quiet").returncode)

    # ---- expectations, each by its name in the data

    def expect_tender(self, play, wanted):
        tender, _ = play.tender()
        self.assertEqual(None if wanted == "ABSENT" else wanted.lower(), tender and tender["state"])

    def expect_sale(self, play, wanted):
        self.assertEqual(wanted.lower(), play.tender()[1]["state"])

    def expect_pay_calls(self, play, wanted):
        self.assertEqual(wanted, len(play.lines("ordered") + play.lines("repeated")))

    def expect_query_calls(self, play, wanted):
        self.assertEqual(wanted, len(play.lines("queried")))

    def expect_reverse_calls(self, play, wanted):
        self.assertEqual(wanted, len(play.lines("askedBack")))

    expect_cancel_calls = expect_reverse_calls

    def expect_reverse_calls_min(self, play, wanted):
        self.assertGreaterEqual(len(play.lines("askedBack")), wanted)

    def expect_stub_count(self, play, wanted):
        self.assertEqual(wanted, play.kinds().count("stubSealed"))

    def expect_cashier_choice(self, play, wanted):
        hold = play.tender()[1]["hold"]
        self.assertEqual("paidAfterCancel", hold["why"])
        self.assertLessEqual(set(wanted), set(hold["choices"]))

    def expect_kept_by_merchant_minor(self, play, wanted):
        kept = sum(line["amount"] for line in play.lines("paid")) - sum(line["amount"] for line in play.lines("reversed"))
        self.assertEqual(wanted, kept)
        report = play.box.call(SHIFT + "Report", {} if not hasattr(play, "day") else {"day": 1}, uid=SUPERVISOR)["report"]
        self.assertEqual(wanted, report["totals"]["total"], "what the till says that it took")

    def expect_refund_state(self, play, wanted):
        self.assertEqual({"REFUNDED": "approved", "MANUAL": "manual"}[wanted], play.tender()[0]["state"])

    def expect_same_out_refund_no(self, play, _):
        """However often it is asked for: one number, and it is not the order's."""
        tender = play.tender()[0]
        self.assertEqual({tender["number"]}, {line["refund"] for line in play.box.ledger() if "refund" in line})
        self.assertEqual(len(play.scenario["provider_script"]["refund"]),
                         len(play.lines("refundOrdered") + play.lines("refundRepeated")))
        self.assertNotIn(tender["number"], [line["number"] for line in play.box.ledger()])

    expect_same_out_request_no = expect_same_out_refund_no

    def expect_refunded_minor(self, play, wanted):
        self.assertEqual(wanted, sum(line["amount"] for line in play.lines("refunded")))

    def after_the_order(self, play, what):
        return min(line["time"] for line in play.lines(what)) - play.lines("ordered")[0]["time"]

    def expect_reverse_not_before_s(self, play, seconds):
        self.assertGreaterEqual(self.after_the_order(play, "askedBack"), seconds * SECOND)

    def expect_first_query_not_before_s(self, play, seconds):
        self.assertGreaterEqual(self.after_the_order(play, "queried"), seconds * SECOND)

    def expect_poll_window_s(self, play, seconds):
        """It was asked for so long at least, and the box meant to ask no longer than that, how slow it may be."""
        intent = next(one["data"]["tender"] for one in play.box.entries() if one["kind"] == "tenderIntended")
        meant = intent["course"]["askUntil"] - intent["course"]["startedAt"]
        self.assertTrue(seconds[0] * SECOND <= meant <= seconds[1] * SECOND, meant)
        self.assertGreaterEqual(self.after_the_order(play, "askedBack"), seconds[0] * SECOND)

    def expect_query_delays_s(self, play, seconds):
        """Never sooner; how much later a slow machine asks says nothing."""
        times = [play.lines("ordered")[0]["time"]] + [line["time"] for line in play.lines("queried")]
        self.assertEqual(len(seconds), len(times) - 1)
        for wait, before, after in zip(seconds, times, times[1:]):
            self.assertGreaterEqual(after - before, wait * SECOND)

    def expect_last_query_to_cancel_max_s(self, play, _):
        """The last question comes when the time to ask is over, and nothing but the taking back comes behind it."""
        course = next(one["data"]["tender"]["course"] for one in play.box.entries() if one["kind"] == "tenderReversing")
        back = play.lines("askedBack")[0]["time"]
        last = max(line["time"] for line in play.lines("queried") if line["time"] <= back)
        # Two clocks, read in milliseconds.
        self.assertGreaterEqual(last, course["askUntil"] - 5)

    def expect_new_number_for_next_attempt(self, play, _):
        tender = play.cashier.keyed(SALE + "AddTender", sale=play.sale, tender={
            "kind": "provider", "code": "134567890123456780"})["tender"]
        self.assertNotEqual(play.tender()[0]["number"], tender["number"])
        def over():
            tenders = play.cashier.read(SALE + "Get", {"sale": play.sale})["tenders"]
            return [one["state"] for one in tenders] == ["reversed", "reversed"]
        wait_until(over, "the second attempt is over", 40)

    def expect_resend_same_auth_code(self, play, _):
        self.assertEqual([], play.lines("ordered"))

    def unresolved(self, play):
        return play.box.call(SHIFT + "Report", {}, uid=SUPERVISOR)["report"]["unresolved"]

    def expect_alarm(self, play, _):
        """It is on the list of what is not known, and a person must look."""
        self.assertEqual([play.sale], [one["sale"] for one in self.unresolved(play)])

    def slips(self, play):
        settle.settle_prints(play.box, play.cashier)
        number = play.tender()[1]["stub"]["stub"]
        self.assertEqual([], settle.check_paper(play.box.paper(), [number], [number]))
        return [slip for slip in settle.receipts(play.box.paper()) if settle.stub_on(slip) == number]

    def expect_print(self, play, wanted):
        if "when asked for" in wanted:
            jobs = play.cashier.read("io.counterfoil.Printer.Jobs", {"unfinished": True})["jobs"]
            self.assertEqual(["decision" if "marked" in wanted else "request"], [job.get("needs") for job in jobs])
        slips = self.slips(play)
        marked = [bool(settle.REPRINT.search(slip)) for slip in slips]
        if wanted.startswith("once"):
            self.assertEqual([False], marked)
        else:
            self.assertTrue(marked[-1], slips)

    def expect_journal(self, play, _):
        """What was torn is cut off, and the journal says so."""
        recovery = [one["data"] for one in play.box.entries() if one["kind"] == "recovery"][-1]
        self.assertNotEqual({}, recovery)
        self.assertNotIn("tenderIntended", play.kinds())

    def expect_recovery_idempotent(self, play, _):
        before = (play.tender(), len(play.lines("paid")), play.kinds().count("tenderApproved"))
        play.box.kill()
        play.cashier.close()
        play.box.start()
        after = (play.tender(), len(play.lines("paid")), play.kinds().count("tenderApproved"))
        self.assertEqual(before, after)

    def expect_z_number_gap_free(self, play, _):
        self.assertEqual(1, play.day["report"]["number"])
        self.assertEqual(1, play.box.call(SHIFT + "Report", {"day": 1}, uid=SUPERVISOR)["report"]["number"])

    def expect_z_count(self, play, wanted):
        self.assertEqual(wanted, play.kinds().count("dayClosed"))
        with self.assertRaises(VarlinkError):
            play.box.call(SHIFT + "Report", {"day": wanted + 1}, uid=SUPERVISOR)

    def expect_totals_equal_recomputed(self, play, _):
        stubs = [one["data"] for one in play.box.entries() if one["kind"] == "stubSealed"]
        self.assertEqual(sum(stub["totals"]["total"] for stub in stubs), play.day["report"]["totals"]["total"])


class TheData(unittest.TestCase):

    def test_it_is_whole(self):
        """Every scenario is there, every word has its line in the table, every correction belongs to a scenario."""
        self.assertEqual(NUMBER_OF_SCENARIOS, len(SCENARIOS))
        words = {(call, word.removesuffix("*")) for one in SCENARIOS.values()
                 for call, script in one["provider_script"].items() for word in script}
        self.assertEqual(words, set(STEPS))
        self.assertEqual(len(STEPS), len(ANSWERS["answers"]))
        self.assertLessEqual({one["scenario"] for one in DATA["corrections"]}, SCENARIOS.keys())


def method(name):
    def test(self):
        self.play(name)
    test.__doc__ = name
    return test


for scenario_id in SCENARIOS:
    setattr(PaymentScenarios, "test_" + scenario_id.replace("-", "_").replace(":", "_"), method(scenario_id))

if __name__ == "__main__":
    unittest.main()
