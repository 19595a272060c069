"""What the journal knows of the configuration: what would change, what was in force when."""

import json
import os
import unittest

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
