"""`counterfoil provider certify`: it passes a connector that keeps the rules, and names the rule that another one breaks."""

import contextlib
import json
import os
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from box import Simulator, program
from provider_line import Cable
from varlink_client import CHUNK

# What breaks a rule, and the check that must say so.
FAULTS = {
    "lenient": "strictWire", "findsUnseen": "queryUnseen", "forgetsClosing": "reverseUnseen", "takesLate": "reverseUnseen",
    "noAmount": "pay", "chargesTwice": "statement", "otherAmount": "query", "closesPaid": "close", "unreverses": "reverse",
    "refundsTwice": "statement", "refundsMore": "refundLimit", "shortStatement": "statement", "samePage": "statement",
    "silentCode": "createQR", "keepsOpen": "createQR",
    "otherAccounts": "account",
}


class Proxy(Cable):
    """Stands before a connector and spoils what the connector cannot be told to spoil."""

    def __init__(self, path, behind, one_at_a_time=False, dies_of_garbage=False):
        super().__init__(path)
        self.behind, self.dies_of_garbage = behind, dies_of_garbage
        self.turn = threading.Lock() if one_at_a_time else contextlib.nullcontext()
        self.start()

    def serve(self, client):
        with self.turn, client, socket.socket(socket.AF_UNIX) as server:
            server.connect(self.behind)
            back = threading.Thread(target=self.forward, args=(server, client), daemon=True)
            back.start()
            self.forward(client, server, looks=self.dies_of_garbage)
            back.join()

    def forward(self, source, target, looks=False):
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                if looks and data.lstrip()[:1] != b"{":
                    self.stop()
                    break
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Certify(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def provider(self, *words):
        path = os.path.join(self.folder, "provider")
        simulator = Simulator(self.folder, [
            "provider", "scripted", "--listen", path, "--ledger", os.path.join(self.folder, "ledger.jsonl"), "--interval",
            "10", "--pay-timeout", "20000", *words], r"unix:(\S+)")
        self.addCleanup(simulator.stop)
        return path

    def certify(self, path, *words, language="C", given=""):
        return subprocess.run(
            [program("counterfoil"), "provider", "certify", path, *words], input=given, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=120, check=False, env={**os.environ, "LANG": language, "LC_ALL": language})

    def outcomes(self, path, *words):
        done = self.certify(path, "--json", "--yes", *words)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        checks = {line["check"]: line["outcome"] for line in lines[:-1]}
        counts = {word: list(checks.values()).count(word) for word in ("passed", "failed", "notRun", "notOffered")}
        self.assertEqual(counts, lines[-1])
        self.assertEqual(0 if counts["failed"] + counts["notRun"] == 0 else 1, done.returncode, done.stderr)
        return checks

    def ledger(self):
        with open(os.path.join(self.folder, "ledger.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def test_a_connector_that_keeps_the_rules(self):
        path = self.provider()
        for amount in ("1", "2", "350"):
            checks = self.outcomes(path, "--amount", amount)
            self.assertEqual({"passed"}, {outcome for check, outcome in checks.items() if check != "account"}, checks)
        book = self.ledger()
        def total(what):
            return sum(line["amount"] for line in book if line["what"] == what)
        self.assertGreater(total("paid"), 0)
        self.assertEqual(total("paid"), total("reversed") + total("refunded"), "what was paid went back")

    def test_the_account_is_checked_where_one_is_named(self):
        self.assertEqual("notOffered", self.outcomes(self.provider())["account"])
        for account, outcome in (("mch-1900000109", "passed"), ("a" * 64, "passed"), ("a" * 65, "failed"), ("a b", "failed")):
            with self.subTest(account):
                self.setUp()
                self.assertEqual(outcome, self.outcomes(self.provider("--account", account))["account"])

    def test_a_customer_who_types_a_password_is_no_fault(self):
        checks = self.outcomes(self.provider("--script", "pending=3"))
        self.assertEqual({"passed"}, {outcome for check, outcome in checks.items() if check != "account"}, checks)

    def test_every_broken_rule_is_found_by_name(self):
        for fault, check in FAULTS.items():
            with self.subTest(fault):
                self.setUp()
                checks = self.outcomes(self.provider("--fault", fault))
                self.assertEqual("failed", checks[check], checks)

    def test_a_connector_that_serves_one_at_a_time(self):
        behind = self.provider()
        Proxy(behind + "-proxy", behind, one_at_a_time=True)
        self.assertEqual("failed", self.outcomes(behind + "-proxy")["parallel"])

    def test_a_connector_that_dies_of_garbage(self):
        behind = self.provider()
        Proxy(behind + "-proxy", behind, dies_of_garbage=True)
        self.assertEqual("failed", self.outcomes(behind + "-proxy")["garbage"])

    def test_an_answer_that_comes_too_late(self):
        checks = self.outcomes(self.provider("--script", "slow=3000", "--pay-timeout", "500"))
        self.assertEqual("failed", checks["pay"], checks)

    def test_a_code_that_is_declined_is_said(self):
        done = self.certify(self.provider("--script", "decline"), "--yes")
        self.assertEqual(1, done.returncode)
        self.assertIn("give one more by --codes", done.stdout)
        self.assertNotIn("FAILED", done.stdout)

    def test_codes_are_never_arguments(self):
        """They come by a pipe, a line each; an argument stands in the list of processes and in the shell's history."""
        path = self.provider()
        self.assertEqual(64, self.certify(path, "--yes", "--code", "134567890123456789").returncode)
        self.assertEqual(64, self.certify(path, "--yes", "--codes").returncode)
        done = self.certify(path, "--yes", "--codes", given="134567890123456789\n" * 4)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_a_long_statement_is_read_page_by_page(self):
        path, now = os.path.join(self.folder, "ledger.jsonl"), int(time.time() * 1000) - 1000
        with open(path, "w", encoding="utf-8") as file:
            for index in range(250):
                for what in ("ordered", "paid"):
                    file.write(json.dumps({"amount": 1, "currency": "CNY", "number": f"OLD{index}", "script": "approve",
                                           "time": now, "what": what}) + "\n")
        self.assertEqual("passed", self.outcomes(self.provider())["statement"])

    def test_nobody_is_charged_without_a_yes(self):
        done = self.certify(self.provider())
        self.assertEqual(64, done.returncode)
        self.assertIn("real money", done.stderr)
        self.assertEqual([], self.ledger())

    def test_chinese_and_nobody_there(self):
        self.assertIn("通过", self.certify(self.provider(), "--yes", language="zh_CN.UTF-8").stdout)
        done = self.certify(os.path.join(self.folder, "nobody"), "--yes")
        self.assertEqual(1, done.returncode)
        self.assertIn("FAILED  capabilities", done.stdout)


if __name__ == "__main__":
    unittest.main()
