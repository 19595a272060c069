"""The golden journals by the second reader: all epochs of each are as they were written, and say what their story was."""

import json
import os
import unittest

import other_box
import settle
from box import ROOT

GOLDEN = os.path.join(ROOT, "Tests", "EngineTests", "Golden")


class Golden(unittest.TestCase):

    def test_each_is_read(self):
        names = [name for name in sorted(os.listdir(GOLDEN)) if not name.endswith(".txt")]
        self.assertIn("shown-1", names)
        for name in names:
            done = settle.run_reader(os.path.join(GOLDEN, name), "--quiet")
            self.assertEqual((0, ""), (done.returncode, done.stderr), name)

    def test_codes_accounts_refunds_and_a_proof(self):
        """What shown-1 is kept for stands in its records."""
        records = settle.read_journal(os.path.join(GOLDEN, "shown-1"), "--data")
        tenders = [record["data"]["tender"] for record in records if isinstance(record["data"].get("tender"), dict)]
        # How each order ended, the newest word of each number.
        last = {tender["number"]: tender for tender in tenders if tender.get("number")}

        def ends(wanted):
            return [(tender["asked"], tender["state"], tender.get("why")) for tender in last.values() if wanted(tender)]
        self.assertEqual(
            [(2000, "approved", None), (600, "approved", None), (350, "reversed", "noAnswer"), (350, "approved", None),
             (360, "approved", None), (370, "reversed", "lateSuccess"), (380, "manual", "approved 380 CNY"),
             (150, "approved", None), (160, "pending", None), (900, "pending", None)],
            ends(lambda tender: tender["course"].get("shown")))
        self.assertEqual(
            [(-500, "approved", None), (-700, "approved", None), (-410, "declined", "otherAccount"),
             (-430, "declined", "decided"), (-440, "approved", "decided")], ends(lambda tender: tender["asked"] < 0))
        self.assertEqual({("wallet", "mch-1"), ("wallet", "mch-2"), ("bank", "bank-1"), ("practice", None)},
                         {(tender["provider"], tender["course"].get("account")) for tender in last.values()})
        self.assertEqual({"final"}, {tender["course"]["test"] for tender in tenders if "test" in tender.get("course", {})})
        lines = [line["input"] for record in records if record["kind"] == "stubSealed" for line in record["data"]["lines"]]
        proven = [line["original"] for line in lines if "provenBy" in line.get("original", {})]
        self.assertEqual([("signature", other_box.ORIGIN, "1"), ("signature", other_box.ORIGIN, "2")], [
            (one["proof"], one["reference"]["box"], one["line"]) for one in proven])
        self.assertTrue(all(one["provenBy"].startswith(other_box.ORIGIN + "+") for one in proven))
        # No code is in it: what one says begins so.
        self.assertNotIn("pay.example", json.dumps(records))


if __name__ == "__main__":
    unittest.main()
