"""`counterfoil provider compare`: the provider's own statement against the journal, and each way in which they differ."""

import json
import os
import subprocess
import unittest

from box import SUPERVISOR, program
from cashier import returned
from provider_line import Line, method_of
from provider_shop import SALE, ProviderTest
from test_epoch import ORDER, batches, damage
from varlink_client import wait_until

HOUR = 3_600_000
# Exit codes of sysexits.h.
DIFFER, USAGE, UNAVAILABLE, FILE = 1, 64, 69, 74


class NoStatement(Line):
    """A connector that does not say its books."""

    def answer(self, call):
        said = super().answer(call)
        return said.replace(b'"statement"', b'"query"') if method_of(call) == "Capabilities" else said


class Compare(ProviderTest):

    def compare(self, box, *words, exits=0, language="C", name="wallet"):
        """The findings, and the line behind them."""
        done = box.command("provider", "compare", *([name] if name else []), "--json", *words, check=False,
                           environment={"LANG": language, "LC_ALL": language})
        self.assertEqual(exits, done.returncode, done.stdout + done.stderr)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return lines[:-1], lines[-1]

    def books(self, script="approve", **more):
        """A box whose provider was asked for one of everything; the numbers of what was paid and of the refund."""
        box, cashier = self.shop(script, **more)
        stubs = []
        for price in (350, 700):
            sale = self.totalled(cashier, price)
            self.tender(cashier, sale)
            self.until(cashier, sale, ("approved", "completed"))
            stubs.append(cashier.read(SALE + "Get", {"sale": sale}))
        back = self.totalled(cashier, 900)
        self.tender(cashier, back, amount=400)
        self.until(cashier, back, ("approved", "tendering"))
        cashier.keyed(SALE + "RemoveTender", sale=back, tender="t1", reason="customer changed")
        self.until(cashier, back, ("reversed", "tendering"))
        cashier.keyed(SALE + "AddTender", sale=back, tender={"kind": "cash"})
        returning = cashier.keyed(SALE + "Open", lane="lane-1", kind="return",
                                  lines=[returned(stubs[1]["sale"]["stub"])])["change"]["sale"]
        cashier.keyed(SALE + "Total", sale=returning)
        refund = cashier.keyed(SALE + "AddTender", sale=returning, tender={"kind": "provider"})["tender"]["number"]
        self.until(cashier, returning, ("approved", "completed"))
        return box, cashier, [one["tenders"][0]["number"] for one in stubs], refund

    def saved(self, box, *words):
        """The statement, kept in a file: what it says of itself, and its entries."""
        path = os.path.join(box.folder, "statement.json")
        self.compare(box, "--margin", "0", "--save", path, *words)
        with open(path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        return lines[0], [entry for line in lines[1:] for entry in line["entries"]]

    def write(self, box, head, entries, end=None):
        path = os.path.join(box.folder, "spoiled.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(json.dumps(head) + "\n" + json.dumps({"entries": entries, "next": end}) + "\n")
        return path

    def test_books_that_agree(self):
        """With the daemon, without it, from a file: the same."""
        box, _, _, _ = self.books()
        findings, end = self.compare(box, "--margin", "0")
        self.assertEqual([], findings)
        self.assertEqual((True, 0, 5, 0, "CNY", "wallet"), tuple(
            end[name] for name in ("agree", "differences", "same", "others", "currency", "provider")))
        sums = {"payment": {"amount": 1450, "count": 3}, "refund": {"amount": 700, "count": 1},
                "reversal": {"amount": 400, "count": 1}}
        self.assertEqual((sums, sums), (end["journal"], end["statement"]))
        for language, words in (("C", "the books agree"), ("zh_CN.UTF-8", "账目一致")):
            done = box.command("provider", "compare", environment={"LANG": language, "LC_ALL": language})
            self.assertIn(words, done.stdout)
        path = os.path.join(box.folder, "statement.json")
        self.saved(box)
        again = box.command("provider", "compare", "wallet", "--save", path, check=False)
        self.assertEqual(FILE, again.returncode, "a statement is never written over another file")
        self.assertEqual(0, box.stop())
        for provider in box.providers.values():
            provider.stop()
        self.compare(box, exits=UNAVAILABLE)
        findings, later = self.compare(box, "--statement", path, "--margin", "0", "--journal", box.journal_folder())
        self.assertEqual([], findings)
        self.assertEqual((sums, sums), (later["journal"], later["statement"]))
        # Of an auditor, who has nothing else.
        done = subprocess.run([program("counterfoil"), "provider", "compare", "--statement", path, "--journal",
                               box.journal_folder()], capture_output=True, text=True, check=False)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_each_difference_has_its_name(self):
        box, _, (first, second), refund = self.books()
        head, entries = self.saved(box)
        strange = first[:-1] + ("0" if first[-1] != "0" else "1")
        now = entries[-1]["time"]

        def without(kind, number=None):
            return [one for one in entries if one["kind"] != kind or number not in (None, one["number"])]

        def changed(kind, **values):
            return [{**one, **values} if one["kind"] == kind and one["number"] in (first, second) else one
                    for one in entries if one["kind"] != kind or one["number"] != first]

        def more(kind, number, amount=350, **values):
            return entries + [{"number": number, "kind": kind, "amount": amount, "currency": "CNY", "time": now, **values}]

        cases = {
            "paid, and not in the statement": (without("payment", first), [("journalOnly", "payment", 350, None)]),
            "no reversal": (without("reversal"), [("journalOnly", "reversal", 400, None)]),
            "no refund": (without("refund"), [("journalOnly", "refund", 700, None)]),
            "an order that the journal never made": (more("payment", strange), [("statementOnly", "payment", None, 350)]),
            "taken back at the provider": (more("reversal", first), [("statementOnly", "reversal", None, 350)]),
            "given back at the provider": (more("refund", first, refund="BYHAND1"), [("statementOnly", "refund", None, 350)]),
            "another refund amount": (changed("refund", amount=699), [("differs", "refund", 700, 699)]),
            "paid twice": (more("payment", first), [("twice", "payment", 350, 350)]),
            "refunded twice": (more("refund", second, 700, refund=refund), [("twice", "refund", 700, 700)]),
        }
        for name, (spoiled, wanted) in cases.items():
            with self.subTest(name):
                findings, end = self.compare(box, "--statement", self.write(box, head, spoiled), "--margin", "0",
                                             exits=DIFFER)
                self.assertEqual(wanted, [(one["finding"], one["kind"], one.get("journal", {}).get("amount"),
                                           one.get("statement", {}).get("amount")) for one in findings])
                self.assertEqual((False, len(wanted)), (end["agree"], end["differences"]))
        for values in ({"amount": 699}, {"currency": "USD"}):
            spoiled = [{**one, **values} if one["number"] == second and one["kind"] == "payment" else one for one in entries]
            findings, _ = self.compare(box, "--statement", self.write(box, head, spoiled), "--margin", "0", exits=DIFFER)
            self.assertEqual(["differs"], [one["finding"] for one in findings])
        # For people: the stub, both amounts, and the way on.
        path = self.write(box, head, without("payment", first))
        done = box.command("provider", "compare", "wallet", "--statement", path, "--margin", "0", check=False,
                           environment={"LC_ALL": "zh_CN.UTF-8"})
        self.assertEqual(DIFFER, done.returncode)
        self.assertIn("仅账本有", done.stdout)
        self.assertIn(first, done.stdout)
        self.assertIn("3.50", done.stdout)

    def test_what_is_no_difference(self):
        """Other boxes' orders, the edge of the time, and another time."""
        box, _, (first, _), _ = self.books()
        head, entries = self.saved(box)
        now = entries[-1]["time"]
        foreign = [{"number": "0123456789AB" + first[12:], "kind": "payment", "amount": 1, "currency": "CNY", "time": now},
                   {"number": "no-number-of-ours", "kind": "payment", "amount": 1, "currency": "CNY", "time": now}]
        findings, end = self.compare(box, "--statement", self.write(box, head, entries + foreign), "--margin", "0")
        self.assertEqual(([], 2), (findings, end["others"]))
        spoiled = [one for one in entries if one["number"] != first]
        findings, end = self.compare(box, "--statement", self.write(box, head, spoiled), "--margin", "600")
        self.assertEqual([("boundary", False)], [(one["finding"], one["alarm"]) for one in findings])
        self.assertTrue(end["agree"])
        findings, end = self.compare(box, "--from", "2020-01-01 00:00 Z", "--to", "2020-01-03T00:00:00+08:00")
        self.assertEqual(([], 0), (findings, end["same"]))
        for words in (("--day", "2020-01-01"), ("--day", "20200101"), ("--to", "2020-01-01"), ("--from", "soon")):
            self.assertEqual(USAGE, box.command("provider", "compare", "wallet", *words, check=False).returncode, words)
        self.assertEqual(USAGE, box.command("provider", "compare", "nobody", check=False).returncode)

    def test_an_older_order_is_looked_for(self):
        """A refund given at the provider's desk for a payment that was long before the time that is compared."""
        box, cashier, (first, _), _ = self.books()
        head, entries = self.saved(box)
        # So long that the reading of the journal begins behind it.
        begin = entries[-1]["time"] + 72 * HOUR
        later = {"counterfoilStatement": {**head["counterfoilStatement"], "from": begin, "to": begin + HOUR}}
        given = [{"number": first, "kind": "refund", "refund": "DESK", "amount": 350, "currency": "CNY", "time": begin}]
        cashier.close()
        findings, _ = self.compare(box, "--statement", self.write(box, later, given), "--margin", "0", exits=DIFFER)
        self.assertEqual([("statementOnly", "approved", "1")],
                         [(one["finding"], one["journal"]["state"], one["journal"]["stub"]) for one in findings])

    def test_what_the_box_does_not_know_yet(self):
        """The money moved and the answers say nothing: open, until a person decides otherwise."""
        box, cashier = self.shop("dark=1000", window=600_000, settings={"supervisors": [os.geteuid()]})
        sale = self.totalled(cashier)
        self.tender(cashier, sale)
        self.until(cashier, sale, ("unknown", "tendering"))
        findings, _ = self.compare(box, "--margin", "0", exits=DIFFER)
        self.assertEqual([("open", "unknown", 350)], [(one["finding"], one["journal"]["state"], one["statement"]["amount"])
                                                      for one in findings])
        self.decided(box, cashier, sale, "--not-paid")
        findings, _ = self.compare(box, "--margin", "0", exits=DIFFER)
        self.assertEqual([("statementOnly", "declined", "notPaid")],
                         [(one["finding"], one["journal"]["state"], one["journal"]["decided"]) for one in findings])

    def test_a_person_who_is_wrong(self):
        """Decided as paid, and the statement has nothing."""
        box, cashier = self.shop("plan;pay=unknown;query=unknown*", window=600_000, settings={"supervisors": [os.geteuid()]})
        sale = self.totalled(cashier)
        self.tender(cashier, sale)
        self.until(cashier, sale, ("unknown", "tendering"))
        _, end = self.compare(box, "--margin", "0")
        self.assertEqual((0, 1), (end["same"], end["waiting"]))
        self.decided(box, cashier, sale, "--paid")
        findings, _ = self.compare(box, "--margin", "0", exits=DIFFER)
        self.assertEqual([("journalOnly", "approved", "paid")],
                         [(one["finding"], one["journal"]["state"], one["journal"]["decided"]) for one in findings])

    def test_what_the_journal_lost(self):
        """A disk that rots takes a paid sale, and a new epoch goes on without it: the statement still knows it, and its
        number says that it was this box's."""
        box, cashier = self.shop("approve")

        def sold(cashier):
            sale = self.totalled(cashier)
            self.tender(cashier, sale)
            self.until(cashier, sale, ("approved", "completed"))
            return cashier.read(SALE + "Get", {"sale": sale})["tenders"][0]["number"]

        sold(cashier)
        wait_until(lambda: not cashier.read("io.counterfoil.Printer.Jobs", {"unfinished": True})["jobs"], "paper")
        good = len(batches(box.segments()[-1]))
        lost = sold(cashier)
        cashier.close()
        box.kill()
        segment = box.segments()[-1]
        damage(segment, batches(segment)[good])
        box.start()
        box.call("io.counterfoil.Journal.BeginEpoch", ORDER, uid=SUPERVISOR)
        cashier = self.cashier(box, name="after")
        sold(cashier)
        folder = ("--journal", box.journal_folder())
        for words in ((), folder):
            findings, end = self.compare(box, "--margin", "0", *words, exits=DIFFER)
            self.assertEqual([("statementOnly", lost, None)],
                             [(one["finding"], one["number"], one.get("journal")) for one in findings])
            self.assertEqual(2, end["same"])

    def test_long_statements_and_bad_ones(self):
        box, cashier = self.shop("approve")
        sale = self.totalled(cashier)
        self.tender(cashier, sale)
        self.until(cashier, sale, ("approved", "completed"))
        provider = box.providers["wallet"]
        provider.stop()
        line = next(line for line in box.ledger() if line["what"] == "paid")
        with open(os.path.join(provider.folder, "ledger.jsonl"), "a", encoding="utf-8") as file:
            for index in range(1_050):
                file.write(json.dumps({**line, "number": f"OLD{index}"}) + "\n")
        box.start_provider(script="approve")
        _, end = self.compare(box, "--margin", "0")
        self.assertEqual((1, 1_050), (end["same"], end["others"]))
        box.providers["wallet"].stop()
        box.start_provider(script="approve", fault="samePage")
        self.compare(box, exits=UNAVAILABLE)
        for text in ("", "{}", "no json", '{"entries":[],"next":"more"}', '{"entries":[{"number":"1"}]}'):
            path = os.path.join(box.folder, "bad.json")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            done = box.command("provider", "compare", "wallet", "--statement", path, check=False)
            self.assertEqual(FILE, done.returncode, (text, done.stdout, done.stderr))

    def test_a_connector_without_books(self):
        box, cashier = self.shop("approve", between=NoStatement)
        done = box.command("provider", "compare", check=False)
        self.assertEqual(UNAVAILABLE, done.returncode)
        self.assertIn("--statement FILE", done.stderr)
        cashier.close()


if __name__ == "__main__":
    unittest.main()
