"""What the journal knows of the configuration: what would change, what was in force when."""

import json
import os
import re
import shutil
import subprocess
import unittest

import morning
from cashier import goods
from harness import BoxTest


class Settings(BoxTest):

    def setUp(self):
        self.daemon = self.box()

    def look(self, *arguments):
        done = self.daemon.command("config", *arguments, "--json", check=False)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def edit(self, before, after):
        with open(self.daemon.configuration, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(before, text)
        with open(self.daemon.configuration, "w", encoding="utf-8") as file:
            file.write(text.replace(before, after))

    def restart(self):
        self.daemon.stop()
        self.daemon.start()

    def test_a_change_is_seen_before_and_after_it_counts(self):
        code, (same,) = self.look("diff")
        self.assertEqual((0, [], False), (code, same["changes"], same["fileChanged"]))
        first = same["record"]
        self.edit('price_override = "10%"', 'price_override = "12.5%"')
        change = {"setting": "limits.price_override", "from": '"10%"', "to": '"12.5%"'}
        self.assertEqual((1, [{"changes": [change], "fileChanged": True, "fixed": [], "record": first}]),
                         self.look("diff"))
        self.restart()
        code, (same,) = self.look("diff")
        self.assertEqual((0, [], False), (code, same["changes"], same["fileChanged"]))
        self.assertGreater(same["record"], first)
        # A clean stop switched the segment; the configuration stands at its beginning again.
        self.restart()
        code, (same,) = self.look("diff")
        self.assertEqual((0, []), (code, same["changes"]))
        code, records = self.look("history")
        self.assertEqual([[], [change]], [record["changes"] for record in records])
        self.assertEqual([first, "start"], [records[0]["record"], records[1]["reason"]])
        code, (back,) = self.look("diff", "--record", str(first))
        self.assertEqual((1, [change], False), (code, back["changes"], back["fileChanged"]))
        refused = self.daemon.command("config", "diff", "--record", "0", check=False)
        self.assertEqual(1, refused.returncode)
        self.assertIn("config history", refused.stderr)

    def test_what_no_record_holds_is_told_as_such(self):
        """Roles are not in the journal: that the file is another one is known, where it differs is not."""
        self.edit('role = "supervisor"', 'role = "auditor"')
        code, (told,) = self.look("diff")
        self.assertEqual((1, [], True), (code, told["changes"], told["fileChanged"]))
        done = self.daemon.command("config", "diff", check=False)
        self.assertIn("in nothing that records hold", done.stdout)

    def test_what_the_journal_settled_for_good(self):
        """Another till, currency or time zone is named before a restart locks the box; also when only a state record is
        left to tell it."""
        self.restart()
        os.unlink(self.daemon.segments()[0])
        for before, after in (('till = "till-01"', 'till = "till-02"'), ('currency = "CNY"', 'currency = "EUR"')):
            self.edit(before, after)
        code, (told,) = self.look("diff")
        self.assertEqual((1, [], True), (code, told["changes"], told["fileChanged"]))
        self.assertEqual([("shop.till", '"till-01"', '"till-02"'), ("shop.currency", '"CNY"', '"EUR"')],
                         [(one["setting"], one["from"], one["to"]) for one in told["fixed"]])
        done = self.daemon.command("config", "diff", check=False)
        self.assertIn("for good", done.stdout)
        self.assertNotIn("restart counterfoild", done.stdout)

    def check(self):
        """What `config check` says of the file."""
        done = self.daemon.command("config", "check", check=False)
        return done.returncode, done.stdout + done.stderr

    def doctor(self):
        """What the doctor finds, by code; of the configuration one of each."""
        report = json.loads(self.daemon.command("doctor", "--json", check=False).stdout)
        codes = [one["code"] for one in report["findings"] if one["area"] in ("configuration", "journal")]
        self.assertEqual(len({*codes}), len(codes), codes)
        return {one["code"]: one for one in report["findings"]}

    def refused_start(self):
        """The daemon's exit code and what it said, started with the file as it is."""
        before = len(self.daemon.log())
        with open(self.daemon.log_path, "ab") as log:
            daemon = subprocess.run(self.daemon.daemon_command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                    timeout=60)
        return daemon.returncode, self.daemon.log()[before:]

    def test_what_the_start_refuses_the_check_refuses_in_the_same_words(self):
        """Also what only the till minds; the doctor says it too, and with the file put right the daemon starts again."""
        with open(self.daemon.configuration, encoding="utf-8") as file:
            good = file.read()
        self.assertEqual(0, self.daemon.stop())
        users = re.search(r"users = \[\d+\]", good)[0]
        for before, after, words in (
                (users, users.replace("[", '["').replace("]", '"]'), "a number has no quotes"),
                (users, 'uid = "1000"', "unknown field"),
                ('price_override = "10%"', 'price_override = "10%"\ncash_out = "5"', "must be a whole number"),
                ("[receipt]", f"[receipt]\nheader = [{json.dumps('店' * 70, ensure_ascii=False)}]", "200 bytes"),
                ("[tax]", "[tax]\nrates = 1", "unknown field")):
            with self.subTest(after=after[:40]):
                self.edit(before, after)
                code, said = self.check()
                self.assertEqual(78, code, said)
                self.assertIn(words, said)
                line = next(line for line in said.splitlines() if words in line).removeprefix("counterfoil: ")
                code, log = self.refused_start()
                self.assertEqual(78, code, log)
                self.assertIn(line, log)
                report = json.loads(self.daemon.command("doctor", "--json", check=False).stdout)
                self.assertTrue(any(words in one["text"] for one in report["findings"]
                                    if one["code"] == "configuration"), report["findings"])
                with open(self.daemon.configuration, "w", encoding="utf-8") as file:
                    file.write(good)
        self.daemon.start()
        self.assertEqual("selling", self.daemon.call("io.counterfoil.System.Status")["mode"])

    def test_a_lane_with_an_open_shift_cannot_go(self):
        """The box sells on as before and says why; once the shift is closed the same file is taken."""
        cashier = self.cashier(self.daemon)
        shift = morning.open_shift(cashier)
        before = 'name = "lane-1"'
        self.edit(before, 'name = "lane-9"')
        code, said = self.check()
        self.assertEqual(78, code, said)
        refusal = "lane lane-1 has an open shift and cannot go"
        self.assertIn(refusal, said)
        self.assertIn(refusal, self.doctor()["configurationRefused"]["text"], "before the start that it would harm")
        self.restart()
        status = self.daemon.call("io.counterfoil.System.Status")
        self.assertEqual(("selling", ["configurationRefused"]), (status["mode"], status["reasons"]))
        told = [one for one in status["waits"] if one["code"] == "configurationRefused"]
        self.assertIn(refusal, told[0]["text"])
        self.assertEqual(["lane-1"], [lane["name"] for lane in status["lanes"]])
        self.assertEqual("configuration", self.doctor()["configurationRefused"]["area"])
        cashier.connected()
        rung = cashier.keyed(morning.SALE + "Ring", lane="lane-1", lines=[goods("tea", 500)],
                             tender={"kind": "cash", "tendered": 500})
        self.assertEqual("completed", rung["change"]["state"])
        counted = [{"kind": "cash", "currency": "CNY", "amount": 20_500}]
        cashier.keyed(morning.SHIFT + "Close", shift=shift, counts=counted, leave=[], carryParked=False)
        cashier.close()
        self.restart()
        status = self.daemon.call("io.counterfoil.System.Status")
        self.assertEqual(("selling", [], ["lane-9"]),
                         (status["mode"], status["reasons"], [lane["name"] for lane in status["lanes"]]))
        self.assertEqual(0, self.check()[0])

    def test_the_check_sees_what_the_journal_settled_for_good(self):
        """Another till would lock the box: refused. Another currency is no more than ignored: a warning."""
        for settings in ('currency = "CNY"', 'currency = "EUR"'), ('"Asia/Shanghai"', '"Europe/Berlin"'):
            self.edit(*settings)
        code, said = self.check()
        self.assertEqual(0, code, said)
        self.assertIn('! shop.currency: the journal keeps "CNY" for good', said)
        self.assertIn('! shop.time_zone: the journal keeps "Asia/Shanghai" for good', said)
        self.edit('till = "till-01"', 'till = "till-02"')
        code, said = self.check()
        self.assertEqual(78, code, said)
        words = "the configuration names shop-0042/till-02, the journal is of shop-0042/till-01"
        self.assertIn(words, said)
        self.assertIn(words, self.doctor()["journalOtherTill"]["text"])
        self.restart()
        status = self.daemon.call("io.counterfoil.System.Status")
        self.assertEqual(["journalOtherTill"], status["reasons"])
        self.assertIn(words, status["waits"][0]["text"])
        # Without a journal the file is judged alone.
        self.daemon.stop()
        shutil.rmtree(self.daemon.journal_folder())
        self.assertEqual(0, self.check()[0])

    def test_the_doctor_reads_the_journal_of_a_daemon_that_stands(self):
        """The newest record is read from the folder, also when nothing answers; the machine is the same."""
        self.daemon.stop()
        done = self.daemon.command("doctor", "--json", check=False)
        report = json.loads(done.stdout)
        codes = {one["code"] for one in report["findings"]}
        self.assertFalse(codes & {"machineChanged", "journalMissing", "keyMissing", "clockBehind", "clockStepped"}, codes)
        self.assertNotIn("journal", {one["area"] for one in report["notSeen"]})
        clock = json.loads(self.daemon.command("clock", "--json").stdout)
        self.assertLess(abs(clock["now"] - clock["newest"]), 60_000)
        self.assertIsNone(clock["daemon"])


if __name__ == "__main__":
    unittest.main()
