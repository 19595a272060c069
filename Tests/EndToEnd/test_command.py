"""The command line on a real box: who may do what, secrets, paper, drawers, and errors that say what to do."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import unittest

import morning
import settle
from box import CASHIER, NOBODY, SUPERVISOR, program
from harness import BoxTest

PIN = "4711"
DEADLINE = 30
SALE = "io.counterfoil.Sale."


class Command(BoxTest):

    def test_stream_ends_with_its_reader(self):
        """`call ... --more | head -2` ends, though the box has nothing more to say."""
        caller = subprocess.Popen(
            [program("counterfoil"), "call", "io.counterfoil.System.Watch", '{"topics":[]}', "--more", "--config",
             self.daemon.configuration], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(caller.kill)
        caller.stdout.readline()
        caller.stdout.close()
        self.assertEqual(0, caller.wait(timeout=5))
        caller.stderr.close()

    def run_as(self, uid, *arguments, given=None, box=None, language="C", terminal="xterm"):
        box = box or self.daemon
        return subprocess.run(
            [program("counterfoil"), *arguments, "--config", box.configuration], input=given,
            stdin=subprocess.DEVNULL if given is None else None, capture_output=True, text=True, timeout=DEADLINE,
            user=uid, group=uid, extra_groups=[os.stat(box.control).st_gid] if os.path.exists(box.control) else [],
            env={"LANG": language, "TERM": terminal, "TZ": "Asia/Shanghai", "PATH": "/usr/bin:/bin"})

    def setUp(self):
        made = subprocess.run([program("counterfoil"), "pin"], input=PIN + "\n", capture_output=True, text=True, check=True)
        self.pin = json.loads(made.stdout.split("=", 1)[1].strip())
        self.daemon = self.box(settings={
            "operator": [{"id": "01", "name": "王芳", "role": "cashier", "pin": self.pin},
                         {"id": "09", "name": "Chief", "role": "supervisor", "pin": self.pin}],
            "limits": {"no_sale_needs_approval": True, "cash_out": 1000}})
        os.chmod(self.daemon.configuration, 0o644)
        self.cashier_app = self.cashier(self.daemon)
        self.shift = morning.open_shift(self.cashier_app)

    def test_pins(self):
        """A PIN comes by a pipe or a silent terminal; wrong ones cost time; the text for the configuration is salted."""
        good = self.run_as(CASHIER, "sign-in", "01", given=PIN + "\n")
        self.assertEqual((0, ""), (good.returncode, good.stderr))
        self.assertIn("sell", good.stdout)
        self.assertIn("10.00", good.stdout)  # cash_out
        wrong = self.run_as(CASHIER, "sign-in", "01", "--json", given="0000\n")
        self.assertEqual((77, "io.counterfoil.System.SignInFailed"),
                         (wrong.returncode, json.loads(wrong.stdout)["error"]))
        self.assertEqual("wrong", json.loads(wrong.stdout)["parameters"]["why"])
        second = self.run_as(CASHIER, "sign-in", "09", given="0000\n")  # the first wrong one of this operator
        self.assertIn("the PIN of operator 09 is wrong", second.stderr)
        locked = self.run_as(CASHIER, "sign-in", "09", given=PIN + "\n")  # right, but too early
        self.assertEqual(77, locked.returncode)
        self.assertIn("not looked at", locked.stderr)
        none = self.run_as(CASHIER, "sign-in", "01")
        self.assertEqual(64, none.returncode)
        self.assertIn("PIN", none.stderr)
        again = subprocess.run([program("counterfoil"), "pin"], input=PIN + "\n", capture_output=True, text=True)
        self.assertNotEqual(self.pin, json.loads(again.stdout.split("=", 1)[1].strip()))
        self.assertEqual(64, subprocess.run([program("counterfoil"), "pin"], input="12\n", text=True,
                                            capture_output=True).returncode)

    def test_a_terminal_shows_no_pin(self):
        """What is typed is not echoed, a slip of the finger can be taken back, Ctrl-C leaves the terminal as it was."""
        for typed, code in ((b"47111\x7f\r", 0), (b"47\x03", 64)):
            pid, terminal = pty.fork()
            if pid == 0:
                os.execv(program("counterfoil"), [
                    "counterfoil", "sign-in", "09", "--config", self.daemon.configuration])
            try:
                shown = b""
                while b"PIN" not in shown:
                    shown += os.read(terminal, 1024)
                os.write(terminal, typed)
                while True:
                    try:
                        part = os.read(terminal, 1024)
                    except OSError:
                        break
                    if not part:
                        break
                    shown += part
            finally:
                _, status = os.waitpid(pid, 0)
                os.close(terminal)
            # Root is technician and may not sign in: what matters here is that it came as far as the daemon.
            self.assertEqual({0: 77}.get(code, code), os.waitstatus_to_exitcode(status), shown)
            self.assertNotIn(b"47", shown)

    def test_an_approval_opens_the_drawer(self):
        """noSale needs an approval; a supervisor's PIN gives one for one use; a supervisor's user needs no PIN."""
        refused = self.run_as(CASHIER, "drawer", "open", "--reason", "noSale")
        self.assertEqual(1, refused.returncode)
        self.assertIn("counterfoil approve noSale LANE ", refused.stderr)
        lane = self.run_as(CASHIER, "approve", "noSale", "lane-9", "--operator", "09", "--reason", "r")
        self.assertIn("NoSuchLane: there is no lane lane-9", lane.stderr)
        cashiers = self.run_as(CASHIER, "approve", "noSale", "lane-1", "--operator", "01", "--reason", "r",
                               given=PIN + "\n")
        self.assertEqual(77, cashiers.returncode, cashiers.stdout)
        self.assertIn("operator 01 may not do this", cashiers.stderr)
        self.assertNotIn("users =", cashiers.stderr)  # the program's user may; it is the operator who may not
        granted = self.run_as(CASHIER, "approve", "noSale", "lane-1", "--operator", "09", "--reason", "r", "--json",
                              given=PIN + "\n")
        self.assertEqual(0, granted.returncode, granted.stderr)
        approval = json.loads(granted.stdout)["approval"]
        opened = self.run_as(CASHIER, "drawer", "open", "--reason", "noSale", "--approval", approval, "--as", "01",
                             given=PIN + "\n")
        self.assertEqual(0, opened.returncode, opened.stderr)
        twice = self.run_as(CASHIER, "drawer", "open", "--reason", "noSale", "--approval", approval)
        self.assertEqual(1, twice.returncode)
        self.assertIn("used already", twice.stderr)
        never = self.run_as(CASHIER, "drawer", "open", "--reason", "noSale", "--approval", "nothing")
        self.assertIn("nobody granted", never.stderr)
        self.assertEqual(0, self.run_as(SUPERVISOR, "approve", "noSale", "lane-1", "--operator", "boss", "--reason",
                                        "r").returncode)
        entry = self.run_as(SUPERVISOR, "journal", "show", "--kind", "drawerOrdered", "--json").stdout
        self.assertEqual(("01", "daemon"), tuple(json.loads(entry)["data"][name] for name in ("operator", "verifiedBy")))

    def test_an_approval_is_for_an_amount(self):
        """The refusal names the amount; who approves reads it before the PIN; more than that is refused."""
        refused = self.run_as(CASHIER, "shift", "cash", self.shift, "--out", "20.00", "--reason", "milk")
        self.assertIn("counterfoil approve cashOut LANE --amount 20.00 ", refused.stderr)
        approve = ("approve", "cashOut", "lane-1", "--operator", "09", "--reason", "r")
        bare = self.run_as(CASHIER, *approve, given=PIN + "\n")
        self.assertEqual(64, bare.returncode)
        self.assertIn("cashOut is approved up to an amount: --amount", bare.stderr)
        shown = self.typed(approve, ((b"amount", b"20.00\n"), (b"PIN of 09", PIN.encode() + b"\r")))
        self.assertIn("PIN of 09 for cashOut of at most 20.00: ", shown)
        approval = next(line.split()[1] for line in shown.splitlines() if line.startswith("approval "))
        more = self.run_as(CASHIER, "shift", "cash", self.shift, "--out", "30.00", "--reason", "milk", "--approval", approval)
        self.assertEqual(1, more.returncode)
        self.assertIn("20.00 was approved, and the call comes to 30.00", more.stderr)
        self.assertIn("counterfoil approve … --amount 30.00", more.stderr)
        done = self.run_as(CASHIER, "shift", "cash", self.shift, "--out", "20.00", "--reason", "milk", "--approval", approval)
        self.assertEqual(0, done.returncode, done.stderr)
        told = self.run_as(SUPERVISOR, "journal", "show", "--kind", "approvalGranted", "--json").stdout
        self.assertEqual(2000, json.loads(told)["data"]["amount"])

    def typed(self, words, answers):
        """What a cashier's terminal shows of a command that asks; `answers`: what it asks and what is typed then."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.setgroups([os.stat(self.daemon.control).st_gid])
            os.setgid(CASHIER)
            os.setuid(CASHIER)
            os.execve(program("counterfoil"), ["counterfoil", *words, "--config", self.daemon.configuration],
                      {"LANG": "C", "TERM": "dumb", "TZ": "UTC", "PATH": "/usr/bin:/bin"})
        shown, seen, waiting = b"", 0, list(answers)
        try:
            while True:
                if not select.select([terminal], [], [], DEADLINE)[0]:
                    os.kill(pid, signal.SIGKILL)
                try:
                    part = os.read(terminal, 1024)
                except OSError:
                    break
                if not part:
                    break
                shown += part
                if waiting and waiting[0][0] in shown[seen:]:
                    seen = len(shown)
                    os.write(terminal, waiting.pop(0)[1])
        finally:
            _, status = os.waitpid(pid, 0)
            os.close(terminal)
        text = shown.decode()
        self.assertEqual(0, os.waitstatus_to_exitcode(status), text)
        return text

    def test_paper_by_hand(self):
        """Notes, jobs, decisions, slips: what is asked for comes out, and the exit code says whether it did."""
        note = self.run_as(CASHIER, "printer", "print", "外卖", "--text", "7 号桌", "--barcode", "A1", "--wait")
        self.assertEqual(0, note.returncode, note.stderr)
        self.assertRegex(note.stdout, r"note 外卖.*done")
        self.assertIn("7 号桌", self.daemon.paper())
        piped = self.run_as(CASHIER, "printer", "print", "list", "--wait", "--json", given="one\ntwo\n")
        self.assertEqual("done", json.loads(piped.stdout)["job"]["outcome"])
        moved = self.run_as(CASHIER, "shift", "cash", self.shift, "--out", "9.00", "--reason", "牛奶", "--print", "--json")
        self.assertEqual(0, moved.returncode, moved.stderr)
        settle.settle_prints(self.daemon, self.cashier_app)
        self.assertIn("取出现金", self.daemon.paper())
        again = self.run_as(CASHIER, "shift", "print", "--movement", str(json.loads(moved.stdout)["sequence"]), "--wait")
        self.assertEqual(0, again.returncode, again.stderr)
        self.assertIn("reprint", again.stdout)
        jobs = self.run_as(CASHIER, "printer", "jobs", "--all")
        self.assertEqual(5, len(jobs.stdout.splitlines()), jobs.stdout)
        self.assertEqual("no print jobs\n", self.run_as(CASHIER, "printer", "jobs").stdout)
        self.daemon.stop_printer("lane-1")
        self.assertEqual(0, self.run_as(CASHIER, "printer", "print", "t", "--text", "x").returncode)
        waiting = json.loads(self.run_as(CASHIER, "printer", "jobs", "--json").stdout)["jobs"][0]
        gone = self.run_as(CASHIER, "printer", "decide", waiting["job"], "cancel", "--json")
        self.assertEqual("cancelled", json.loads(gone.stdout)["job"]["outcome"], gone.stdout)
        self.assertEqual(1, self.run_as(CASHIER, "printer", "decide", waiting["job"], "itPrinted").returncode)

    def test_closing_by_hand(self):
        closed = self.run_as(CASHIER, "shift", "close", self.shift, "--cash", "200.00", "--print", "--as", "01",
                             "--no-pin")
        self.assertEqual(0, closed.returncode, closed.stderr)
        self.assertEqual(0, self.run_as(CASHIER, "shift", "day", "--print").returncode)
        settle.settle_prints(self.daemon, self.cashier_app)
        self.assertIn("交班", self.daemon.paper())
        self.assertIn("日结 1", self.daemon.paper())
        self.assertEqual(0, self.run_as(CASHIER, "shift", "report", "--shift", self.shift).returncode)

    def test_a_shift_closes_over_open_sales(self):
        """The refusal names the sales and a command that works: it parks them, and they go on in the next shift."""
        opened = self.cashier_app.keyed(SALE + "Open", lane="lane-1", lines=[morning.WATER])["change"]["sale"]
        paying = self.cashier_app.keyed(SALE + "Open", lane="lane-1", lines=[morning.WATER])["change"]["sale"]
        self.cashier_app.keyed(SALE + "Total", sale=paying)
        self.cashier_app.keyed(SALE + "AddTender", sale=paying, tender={"kind": "cash", "amount": 100, "tendered": 100})
        close = ("shift", "close", self.shift, "--cash", "201.00")
        refused = self.run_as(CASHIER, *close)
        self.assertEqual(1, refused.returncode)
        for sale in (opened, paying):
            self.assertIn(sale, refused.stderr)
        self.assertIn("counterfoil shift close SHIFT --cash AMOUNT --carry", refused.stderr)
        closed = self.run_as(CASHIER, *close, "--carry")
        self.assertEqual(0, closed.returncode, closed.stderr)
        self.assertRegex(closed.stdout, r"cash +201\.00 +0\.00")
        self.assertEqual(2, self.run_as(CASHIER, "sale", "list").stdout.count("parked"))
        self.daemon.kill()
        self.daemon.start()
        none = self.run_as(CASHIER, "sale", "unpark", paying)
        self.assertIn("ShiftClosed", none.stderr)
        self.assertEqual(0, self.run_as(CASHIER, "shift", "open", "--operator", "01", "--cash", "201.00").returncode)
        again = self.run_as(CASHIER, "sale", "unpark", paying)
        self.assertEqual((0, f"{paying}  tendering\n"), (again.returncode, again.stdout), again.stderr)
        aside = self.run_as(CASHIER, "sale", "park", paying, "--label", "table 4")
        self.assertEqual((0, f"{paying}  tendering parked\n"), (aside.returncode, aside.stdout), aside.stderr)
        self.assertIn("WrongState", self.run_as(CASHIER, "sale", "park", paying).stderr)

    def test_every_line_is_in_one_language(self):
        """Chinese where locale and terminal say so, English otherwise; times have their offset from UTC."""
        sold = self.run_as(CASHIER, "sale", "ring", "--line", "T,3.50", "--cash", "5.00")
        self.assertEqual(0, sold.returncode, sold.stderr)
        settle.settle_prints(self.daemon, self.cashier_app)
        commands = (
            ("status",), ("sale", "list"), ("sale", "get", "1"), ("shift", "current"), ("shift", "report"), ("printer",),
            ("printer", "jobs", "--all"), ("devices",), ("drawer",), ("drawer", "open", "--reason", "noSale"),
            ("sale", "get", "9"), ("sale", "ring", "--line", "T,3.50", "--cash", "1.00"), ("sale", "ring", "--line", "T,3"),
            ("sale", "list", "--state", "x"), ("sale", "deliver", "1", "--document", "x"), ("journal", "head"),
            ("shift", "cash", "s1", "--out", "20.00", "--reason", "milk"), ("approve", "noSale", "lane-1", "--operator",
                                                                          "01", "--reason", "r"))
        names = {
            "lane", "printer", "counterfoil", "CNY", "PIN", "approve", "noSale", "cashOut", "status", "sale", "ring", "X",
            "state", "document", "approval", "open", "tendering", "paid", "completed", "voiding", "voided", "held", "T",
            "receipt", "giftReceipt", "merchantCopy", "io", "Sale", "Get", "Ring", "Drawer", "Open", "Shift", "MoveCash",
            "Refused", "amount", "drawer", "operator", "reason", "NoSuchStub", "ApprovalRequired", "tcp", "shop", "till"}
        for command in commands:
            chinese = self.run_as(CASHIER, *command, language="zh_CN.UTF-8")
            for line in (chinese.stdout + chinese.stderr).splitlines():
                with self.subTest(command=command, line=line):
                    if re.search("[一-鿿]", line):
                        words = re.findall("(?<![0-9A-Za-z])[A-Za-z]{2,}(?![0-9A-Za-z])", line)  # no ids
                        self.assertLessEqual(set(words), names)
            for language, terminal in (("C", "xterm"), ("zh_CN.UTF-8", "linux")):
                english = self.run_as(CASHIER, *command, language=language, terminal=terminal)
                self.assertNotRegex((english.stdout + english.stderr).replace("王芳", ""), "[一-鿿]", command)
        short = self.run_as(CASHIER, "sale", "ring", "--line", "T,3.50", "--cash", "1.00")
        self.assertIn("1.00 is less than the 3.50 to pay", short.stderr)
        much = self.run_as(CASHIER, "shift", "cash", "s1", "--out", "20.00", "--reason", "milk")
        self.assertIn("cashOut of 20.00 is more than the 10.00", much.stderr)
        for command in (("sale", "list"), ("sale", "get", "1"), ("shift", "current")):
            self.assertRegex(self.run_as(CASHIER, *command).stdout, r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \+08:00")

    def test_jobs_that_wait_after_a_restart_show_the_way_on(self):
        """What was ordered before a power cut and never printed is named by status and printer, with the command."""
        address = self.daemon.printers["lane-1"].address
        self.daemon.stop_printer("lane-1")
        sold = self.run_as(CASHIER, "sale", "ring", "--line", "Tea,3.50", "--json")
        self.assertEqual(0, sold.returncode, sold.stderr)
        job = json.loads(sold.stdout)["job"]["job"]
        self.daemon.kill()
        self.daemon.start()
        self.assertIn("never printed on printer-lane-1: 1", self.run_as(CASHIER, "status").stdout)
        shown = self.run_as(CASHIER, "printer").stdout
        self.assertIn("1 print jobs wait for you", shown)
        self.assertIn(f"counterfoil printer decide {job} printAgain", shown)
        self.assertNotIn("wait for you", self.run_as(CASHIER, "printer", "--json").stdout)
        self.daemon.restart_printer("lane-1", address)
        again = self.run_as(CASHIER, "printer", "decide", job, "printAgain", "--wait")
        self.assertEqual(0, again.returncode, again.stderr)
        self.assertNotIn("wait for you", self.run_as(CASHIER, "printer").stdout)

    def test_deliver_says_what_becomes_of_the_paper(self):
        """A receipt that is owed names its job too, and a program gets it in the answer."""
        address = self.daemon.printers["lane-1"].address
        self.daemon.stop_printer("lane-1")
        stubs = []
        for _ in range(2):
            sold = json.loads(self.run_as(CASHIER, "sale", "ring", "--line", "Tea,3.50", "--json").stdout)
            stubs.append((sold["change"]["stub"]["stub"], sold["job"]["job"]))
        self.daemon.kill()
        self.daemon.start()
        self.daemon.restart_printer("lane-1", address)
        (first, job), (second, other) = stubs
        owed = self.run_as(CASHIER, "sale", "deliver", first)
        self.assertEqual(0, owed.returncode, owed.stderr)
        self.assertRegex(owed.stdout, f"^receipt {first}: ordered as job {job} on printer-lane-1, ")
        asked = json.loads(self.run_as(CASHIER, "sale", "deliver", second, "--json").stdout)["job"]
        self.assertEqual((other, second, "receipt", "original"),
                         (asked["job"], asked["stub"]["stub"], asked["document"], asked["copy"]))
        settle.settle_prints(self.daemon, self.cashier_app)
        again = self.run_as(CASHIER, "sale", "deliver", first).stdout
        self.assertRegex(again, rf"^receipt {first} \(reprint\): ordered as job j\d+ on printer-lane-1, ")
        none = self.run_as(CASHIER, "sale", "deliver", first, "--none")
        self.assertRegex(none.stdout, rf"^recorded that stub {first} needs no paper: delivery v\d+\n$")

    def test_a_report_adds_up(self):
        """Sales and refunds make the total, and so do net, taxes and deposits below it; adjustments stand apart."""
        self.cashier_app.keyed(
            SALE + "Ring", lane="lane-1", lines=[morning.WATER, morning.NOODLES, {**morning.APPLES, "kind": "deposit"}],
            adjustments=[{"kind": "manual", "label": "off", "amount": -100}], tender={"kind": "cash"})
        for command in (("shift", "report"), ("shift", "report", "--shift", self.shift)):
            rows = {}
            for line in self.run_as(CASHIER, *command).stdout.splitlines()[2:]:
                found = re.match(r"( *\S.*?)(?:  +\d+)?  +(-?\d+\.\d\d)$", line)
                self.assertTrue(found, line)
                rows[found[1]] = round(float(found[2]) * 100)
            self.assertEqual(-100, rows.pop("adjustments, taken off already"))
            self.assertEqual(rows["total"], rows["sales"] + rows["refunds"])
            self.assertEqual(rows["total"], sum(amount for name, amount in rows.items() if name.startswith("  ")))
            self.assertGreater(rows["  deposits, prepaid"], 0)
            self.assertEqual(rows["total"] + rows["cash rounding"], rows["cash"])

    def test_errors_say_what_to_do(self):
        """Wrong input, no permission, no daemon: an exit code that tells them apart, and a cure."""
        for arguments, code in (
                (("printer", "decide", "j99", "itPrinted"), 1), (("printer", "decide", "j1", "burnt"), 64),
                (("printer", "status", "nobody"), 1), (("printer", "print", "t"), 64),
                (("drawer", "open", "--reason", "fun"), 64), (("drawer", "open", "--reason", "change"), 64),
                (("drawer", "status", "nobody"), 1), (("approve", "fun", "lane-1", "--operator", "1", "--reason", "r"), 64),
                (("shift", "cash", self.shift, "--reason", "r"), 64), (("shift", "print", "--day", "9"), 1),
                (("shift", "cash", self.shift, "--out", "1,5", "--reason", "r"), 64),
                (("sale", "get", "999"), 1), (("sale", "get", "nosuchsale"), 1), (("shift", "report", "--day", "99"), 1),
                (("shift", "print", "--movement", "99999"), 1), (("shift", "open", "--operator", ""), 1), (("sale", "void", "nobody", "--reason", "r", "--no-pin"), 64)):
            done = self.run_as(CASHIER, *arguments)
            self.assertEqual(code, done.returncode, (arguments, done.stdout, done.stderr))
            self.assertTrue(done.stderr.strip(), arguments)
            if code == 1:
                # The message, then the cure.
                self.assertGreater(len(done.stderr.strip().splitlines()), 1, (arguments, done.stderr))
        nobody = self.run_as(NOBODY, "printer", "jobs")
        self.assertEqual(77, nobody.returncode, nobody.stderr)
        self.assertIn("[[role]]", nobody.stderr)
        self.assertEqual(0, self.daemon.stop())
        for arguments in (("printer",), ("drawer",), ("sign-in", "01"), ("shift", "print"), ("devices",)):
            done = self.run_as(CASHIER, *arguments, given=PIN + "\n")
            self.assertEqual(69, done.returncode, (arguments, done.stderr))
            self.assertIn("systemctl", done.stderr)


if __name__ == "__main__":
    unittest.main()
