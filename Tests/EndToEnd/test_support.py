"""A support bundle says how the box is, and holds nothing that must not leave the shop."""

import json
import os
import subprocess
import tarfile
import unittest

import morning
import settle
from box import CASHIER, SUPERVISOR, program
from cashier import goods
from harness import BoxTest

SALE = "io.counterfoil.Sale."
PIN = "741388"
PHONE, CARD, CODE = "13800138000", "4111 1111 1111 1111", "134912345678901234"
SECRETS = {
    "operator's name": "欧阳小红", "receipt line": "Hotline 0571-88886666", "goods": "秘制凤凰单丛", "code of goods": "2100135",
    "member": "m-handle-zhang", "label": "table of Mr Huang", "order": "order-of-huang", "terminal": "TX-REF-9981",
    "reason": "guest Zhao left angry", "phone": PHONE, "card": CARD, "card without gaps": CARD.replace(" ", ""),
    "payment code": CODE, "PIN in the log": PIN, "token": "tok_5e884898da28047151d0e56f8dc62927", "bare": "hunter2hunter2",
    "environment": "environment-of-the-caller", "daemon's environment": "environment-of-the-daemon",
}


class Support(BoxTest):

    def setUp(self):
        made = subprocess.run([program("counterfoil"), "pin"], input=PIN + "\n", capture_output=True, text=True, check=True)
        self.hash = json.loads(made.stdout.split("=", 1)[1].strip())
        self.daemon = self.box(start=False, settings={
            "operator": [{"id": "01", "name": SECRETS["operator's name"], "role": "cashier", "pin": self.hash}],
            "receipt": {"header": [SECRETS["receipt line"]]}})
        self.daemon.start({"COUNTERFOIL_TEST": SECRETS["daemon's environment"]})
        with open(os.path.join(self.daemon.state, "keys", "journal.key"), encoding="ascii") as file:
            self.key = file.read().strip()
        self.secrets = {**SECRETS, "PIN's hash": self.hash, "key": self.key, **{
            f"part {place} of the hash": part for place, part in enumerate(self.hash.split("$")) if len(part) > 10}}
        cashier = self.cashier(self.daemon)
        morning.open_shift(cashier, operator="01")
        self.sell(cashier)
        settle.settle_prints(self.daemon, cashier)
        cashier.close()
        self.tools = os.path.join(self.daemon.folder, "tools")
        self.log()

    def sell(self, cashier):
        secret = self.secrets
        line = goods(secret["goods"], 500, code=secret["code of goods"])
        books = morning.Books()
        morning.ring(cashier, books, [line])
        sale = cashier.keyed(SALE + "Open", lane="lane-1", lines=[line], label=secret["label"], member=secret["member"],
                             externalReference=secret["order"])["change"]["sale"]
        cashier.keyed(SALE + "Total", sale=sale)
        tender = cashier.keyed(SALE + "AddTender", sale=sale, tender={
            "kind": "external", "amount": 500, "provider": "pos-1", "reference": secret["terminal"]})["tender"]["id"]
        cashier.keyed(SALE + "ReportTender", sale=sale, tender=tender, result={"outcome": "unknown", "why": "no answer"})
        cashier.keyed(SALE + "Park", sale=sale)
        other = cashier.keyed(SALE + "Open", lane="lane-1", lines=[line])["change"]["sale"]
        cashier.keyed(SALE + "Total", sale=other)
        cashier.keyed(SALE + "Void", sale=other, reason=secret["reason"])

    def log(self):
        """A journalctl whose log has every secret in some line."""
        os.makedirs(self.tools)
        secret = self.secrets
        with open(os.path.join(self.tools, "log"), "w", encoding="utf-8") as file:
            file.write("2026-11-21T11:44:38+0800 box counterfoild[812]: ready: mode selling\n")
            file.write("2026-11-21T11:44:39+0800 box kernel: EXT4-fs (sda1): I/O error, sector 1953525168\n")
            file.write("2026-11-21T11:44:39+0800 box kernel: wlan0: associated\n")
            for name, text in secret.items():
                text = {"PIN in the log": f"pin={text}", "bare": f"password: {text}",
                        "environment": f"TOKEN={text}", "daemon's environment": f"TOKEN={text}"}.get(name, text)
                file.write(f"2026-11-21T11:44:40+0800 box counterfoild[812]: usb heard {text} there\n")
        journalctl = os.path.join(self.tools, "journalctl")
        with open(journalctl, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nexec cat {self.tools}/log\n")
        os.chmod(journalctl, 0o755)
        os.chmod(self.tools, 0o755)

    def bundle(self, name, *more, uid=0, code=0, **options):
        target = os.path.join(self.daemon.folder, "out-" + name)
        os.makedirs(target)
        os.chmod(target, 0o777)
        file = os.path.join(target, "bundle.tar")
        environment = {"PATH": f"{self.tools}:/usr/bin:/bin", "COUNTERFOIL_SECRET": SECRETS["environment"], "TMPDIR": target}
        who = {"user": uid, "group": uid, "extra_groups": [os.stat(self.daemon.control).st_gid]} if uid else {}
        done = subprocess.run(
            [program("counterfoil"), "support-bundle", "--to", file, "--json", *more, "--config",
             self.daemon.configuration], capture_output=True, text=True, env=environment, **who, **options)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        if code:
            return done
        self.assertEqual(["bundle.tar"], os.listdir(target), "nothing is left beside it")
        self.assertEqual(0o600, os.stat(file).st_mode & 0o777)
        parts = {}
        with tarfile.open(file) as tar:
            for member in tar.getmembers():
                if member.isfile():
                    parts[os.path.basename(member.name)] = tar.extractfile(member).read().decode()
        for part, text in parts.items():
            for secret, value in self.secrets.items():
                self.assertNotIn(value, text, f"{secret} is in {part} of {name}")
        answer = json.loads(done.stdout)
        self.assertEqual(sorted(parts), sorted(answer["parts"]))
        for part in parts:
            if part != "contents.txt":
                self.assertIn(f"  {part}  ", parts["contents.txt"])
        return parts, answer["missing"]

    def assert_log(self, parts):
        self.assertIn("2026-11-21T11:44:38+0800 box counterfoild[812]: ready: mode selling", parts["log.txt"])
        self.assertEqual(len(self.secrets), parts["log.txt"].count("[removed]"))
        self.assertIn("sector 1953525168", parts["kernel.txt"])
        self.assertNotIn("wlan0", parts["kernel.txt"])

    def test_secrets_stay(self):
        """A secret in every place that a bundle is made from; none is in it, with the daemon and without, and what helps is."""
        parts, missing = self.bundle("up")
        self.assertEqual([], missing)
        self.assertEqual("selling", json.loads(parts["status.json"])["mode"])
        self.assertIn("tenderUnknown", parts["status.json"])
        self.assertEqual("printer-lane-1", json.loads(parts["devices.json"])["devices"][0]["name"])
        head = self.daemon.call("io.counterfoil.Journal.Head", uid=SUPERVISOR)["head"]
        self.assertIn(f"journal {head['journal']}", parts["journal.txt"])
        self.assertIn("verify good", parts["journal.txt"])
        self.assertIn('shop.till = "till-01"', parts["configuration.txt"])
        self.assertIn("operator[0].pin = [removed]", parts["configuration.txt"])
        self.assertIn("operator[0].role", parts["configuration.txt"])
        self.assertIn("stubSealed", parts["records.txt"])
        self.assertIn("journal.key", parts["files.txt"])
        self.assertIn("/proc/diskstats", parts["disks.txt"])
        self.assertIn("counterfoil 0.1.0", parts["versions.txt"])
        self.assertIn("Left out on purpose", parts["contents.txt"])
        self.assertNotIn("not looked for", parts["contents.txt"])
        self.assert_log(parts)
        self.assertEqual(0, self.daemon.stop())
        parts, missing = self.bundle("down")
        self.assertEqual(["devices.json", "status.json"], sorted(line.split(":")[0] for line in missing))
        self.assertIn("daemonNotRunning", parts["contents.txt"])
        self.assertIn("verify good", parts["journal.txt"])
        self.assert_log(parts)

    def test_names_of_goods_when_asked(self):
        """They stay in the log only when somebody asks for them; nothing else does."""
        goods_name = self.secrets["goods"]
        with open(os.path.join(self.tools, "log"), encoding="utf-8") as file:
            self.assertIn(goods_name, file.read())
        del self.secrets["goods"]
        parts, _ = self.bundle("asked", "--item-names")
        self.assertIn(goods_name, parts["log.txt"])

    def test_without_root(self):
        """Somebody who may read neither the configuration nor the journal gets what the daemon tells, and no more."""
        os.chmod(self.daemon.configuration, 0o644)
        for folder in (self.daemon.state, self.daemon.journal_folder()):
            os.chmod(folder, 0o700)
        # What the log says of goods and people nobody can know who may not read the journal.
        with open(os.path.join(self.tools, "log"), "w", encoding="utf-8") as file:
            file.write("2026-11-21T11:44:38+0800 box counterfoild[812]: ready: mode selling\n"
                       f"2026-11-21T11:44:38+0800 box counterfoild[812]: phone {PHONE}, card {CARD}, {CODE}\n")
        for uid in (CASHIER, SUPERVISOR):
            parts, missing = self.bundle(f"user-{uid}", uid=uid)
            self.assertIn("status.json", parts)
            self.assertIn("records.txt", [line.split(":")[0] for line in missing])
            self.assertEqual(3, parts["log.txt"].count("[removed]"))
            self.assertIn("names of people and goods were not looked for", parts["contents.txt"])
        self.assertIn("verify good", parts["journal.txt"])

    def test_what_is_there_stays(self):
        """A file that is there is never written over; a configuration that is no TOML shows no line of it."""
        first, _ = self.bundle("first")
        os.makedirs(os.path.join(self.daemon.folder, "out-again.d"))
        target = os.path.join(self.daemon.folder, "out-first", "bundle.tar")
        with open(target, "rb") as file:
            before = file.read()
        done = self.daemon.command("support-bundle", "--to", target, check=False)
        self.assertEqual(74, done.returncode)
        with open(target, "rb") as file:
            self.assertEqual(before, file.read())
        with open(self.daemon.configuration, "a", encoding="utf-8") as file:
            file.write('broken = "unfinished ' + SECRETS["token"] + "\n")
        parts, missing = self.bundle("broken")
        self.assertIn("no TOML: line", "".join(missing))
        self.assertIn("log.txt", parts)


if __name__ == "__main__":
    unittest.main()
