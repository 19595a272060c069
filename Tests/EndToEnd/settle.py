"""What must be true after a morning, whatever was killed in it: the books, the paper, the keys and the journal agree."""

import base64
import collections
import hashlib
import json
import os
import re
import subprocess
import sys
import time

from box import ROOT, SHOP
from varlink_client import VarlinkError

PRINTER = "io.counterfoil.Printer."
SALE = "io.counterfoil.Sale."
REPRINT = re.compile(r"补打|REPRINT")
COPY = re.compile(r"REPRINT (\d+)")
KIND = re.compile(r"GIFT RECEIPT|MERCHANT COPY")
CUT = re.compile(r"^.*\[cut\].*$", re.M)
HEADING = re.compile(rf"^ *{SHOP} *$", re.M)
NUMBER = re.compile(r"^单号 (\S+)", re.M)
PRINT_SECONDS = 20


def settle_prints(box, cashier):
    """Waits until every job is final; asks for what is owed, as a cashier would. Returns how many it had to ask for."""
    asked = 0
    end = time.monotonic() + PRINT_SECONDS
    while True:
        jobs = cashier.read(PRINTER + "Jobs", {"unfinished": True})["jobs"]
        for job in jobs:
            if job.get("needs") in ("request", "decision"):
                asked += 1
                cashier.keyed(PRINTER + "Decide", job=job["job"], decision="printAgain")
        if not jobs:
            return asked
        if time.monotonic() > end:
            raise TimeoutError(f"print jobs do not end: {json.dumps(jobs, ensure_ascii=False)[:600]}")
        time.sleep(0.01)


def receipts(paper):
    """The slips on the paper. A slip ends at its cut, or where the next one begins: one that was broken off has no cut,
    and what follows it must not be taken for its end."""
    slips = []
    for piece in CUT.split(paper):
        starts = [match.start() for match in HEADING.finditer(piece)]
        slips += [piece[start:end] for start, end in zip(starts, [*starts[1:], None])]
    return slips


def stub_on(slip, numbers=None):
    """The stub number on a slip; None when it is no receipt, was broken off before its number, or is not in `numbers`."""
    match = NUMBER.search(slip)
    return match[1] if match and (numbers is None or match[1] in numbers) else None


def check_paper(paper, numbers, printed):
    """No stub has two slips without the reprint mark; the numbers behind the mark rise; every printed stub has at least one
    slip."""
    problems = []
    plain, any_copy = collections.Counter(), collections.Counter()
    copies = collections.defaultdict(list)
    for slip in receipts(paper):
        number = stub_on(slip, numbers)
        if number is None:
            continue
        any_copy[number] += 1
        if not REPRINT.search(slip):
            plain[number] += 1
            continue
        kind = KIND.search(slip)
        copies[number, kind[0] if kind else ""].append(int(COPY.search(slip)[1]))
    problems += [f"stub {number} has copies numbered {found}" for (number, _), found in copies.items()
                 if found != sorted(set(found)) or found[0] < 1]
    problems += [f"stub {number} has {count} unmarked receipts" for number, count in plain.items() if count > 1]
    problems += [f"stub {number} has no receipt" for number in printed if not any_copy[number]]
    return problems


def check_reports(paper):
    """The slips that close a morning: each is there, and none twice without the reprint mark."""
    problems = []
    for name, title in (("cash slip", "投入保险柜"), ("shift report", "交班"), ("Z", "日结 1")):
        found = [slip for slip in receipts(paper) if re.search(rf"^ *{title} *$", slip, re.M)]
        unmarked = sum(not REPRINT.search(slip) for slip in found)
        if unmarked > 1:
            problems.append(f"the {name} came {unmarked} times unmarked")
        if not found:
            problems.append(f"the {name} did not come")
    return problems


def comparable(answer, edit):
    """An answer without what may rightly differ: where a print stands by now, and, for an edit that was answered from
    memory and done again after a crash, its place."""
    answer = json.loads(json.dumps(answer))
    if isinstance(answer.get("job"), dict):
        answer["job"] = {"job": answer["job"]["job"]}
    if edit and isinstance(answer.get("change"), dict):
        answer["change"].pop("sequence", None)
        answer["change"].pop("revision", None)
    return answer


def difference(one, two, path=""):
    """Where two answers differ, in words."""
    if isinstance(one, dict) and isinstance(two, dict):
        found = [difference(one.get(name), two.get(name), f"{path}.{name}") for name in sorted({*one, *two})
                 if one.get(name) != two.get(name)]
        return "; ".join(found)
    return f"{path} {json.dumps(one, ensure_ascii=False)[:200]}, then {json.dumps(two, ensure_ascii=False)[:200]}"


def check_keys(cashier):
    """Every key gives again what it gave the first time."""
    problems = []
    for name, (method, parameters, first) in list(cashier.answers.items()):
        edit = method.rsplit(".", 1)[-1] in ("AddLines", "ChangeLine", "RemoveLine", "SetAdjustments", "SetParty")
        try:
            again = cashier.read(method, {k: v for k, v in parameters.items() if k != "revision"})
        except VarlinkError as error:
            problems.append(f"{name}: answered first, then refused: {error}")
            continue
        if comparable(first, edit) != comparable(again, edit):
            problems.append(f"{name}: answered {difference(comparable(first, edit), comparable(again, edit))}")
    return problems


def check_books(cashier, books):
    """Stubs are all there, dense, and worth what the prices say; lines were applied once."""
    problems = []
    digits = sorted(int(number) for number in books.numbers)
    if digits != list(range(digits[0], digits[0] + len(digits))):
        problems.append(f"stub numbers are not dense: {digits}")
    for number, total in books.stubs.items():
        try:
            found = cashier.read(SALE + "Get", {"stub": {"stub": number}})
        except VarlinkError as error:
            problems.append(f"stub {number} is lost: {error}")
            continue
        if found["sale"]["totals"]["total"] != total:
            problems.append(f"stub {number} is worth {found['sale']['totals']['total']}, not {total}")
        wanted = books.sales.get(found["sale"]["id"])
        lines = [(line["input"]["name"], line["input"]["quantity"]) for line in found["lines"] if not line.get("removed")]
        if wanted is not None and sorted(wanted) != sorted(lines):
            problems.append(f"stub {number} has the lines {lines}, not {wanted}")
    return problems


def run_reader(folder, *options):
    """The second reader on a journal folder."""
    return subprocess.run(
        [sys.executable, os.path.join(ROOT, "Tests", "journal_reader", "journal_reader.py"), *options, folder],
        capture_output=True, text=True)


def read_journal(folder, *options):
    """The second reader's view: one object a record. Raises with what it refuses."""
    done = run_reader(folder, *options)
    if done.returncode:
        raise ValueError(f"the second reader refuses {folder}: {done.stdout[-300:]}{done.stderr[-300:]}")
    return [json.loads(line) for line in done.stdout.splitlines()[:-1]]


def public_key(data):
    """The public key as text that a first record's data names (docs/journal-format.md, section 8)."""
    key = bytes([1]) + bytes.fromhex(data["publicKey"])
    identity = hashlib.sha256(data["origin"].encode("ascii") + b"\n" + key).hexdigest()[:8]
    return f"{data['origin']}+{identity}+{base64.b64encode(key).decode('ascii')}"


def check_journal(box, cashier, books):
    """The second reader accepts the journal and finds in it, with the same hashes, what was answered."""
    try:
        records = {record["sequence"]: record for record in read_journal(box.journal_folder())}
    except ValueError as error:
        return [str(error)]
    problems = []
    stubs = sum(record["kind"] == "stubSealed" for record in records.values())
    if stubs != len(books.numbers):
        problems.append(f"the journal holds {stubs} stubs, the books {len(books.numbers)}")
    for name, (_, _, answer) in cashier.answers.items():
        change = answer.get("change") or {}
        stub = change.get("stub")
        if stub and records.get(stub["sequence"], {}).get("leaf") != stub["hash"]:
            problems.append(f"{name}: the stub's hash is not in the journal at {stub['sequence']}")
        if change.get("sequence") is not None and change["sequence"] not in records:
            problems.append(f"{name}: record {change['sequence']} is not in the journal")
    return problems


def check_report(day, books):
    """The Z report holds every sale once, and no bill that another has replaced."""
    report = day["report"]
    wanted = sum(books.stubs.values()) - books.replaced
    found = report["totals"]["total"]
    return [] if found == wanted else [f"the Z report says {found}, the books say {wanted}"]


def check_tenders(closed, day, books):
    """Shift and Z have the money where the books have it, and the drawer was expected to hold what was counted."""
    problems = []
    wanted = {"cash": books.cash, "external": books.external}
    for name, report in (("shift", closed["report"]), ("Z", day["report"])):
        found = dict.fromkeys(wanted, 0)
        for row in report["totals"]["tenders"]:
            found[row["kind"]] = found.get(row["kind"], 0) + row["amount"]
        if found != wanted:
            problems.append(f"the {name} report says {found}, the books say {wanted}")
    problems += [f"the drawer is {row['amount']} off" for row in closed["difference"]
                 if row["kind"] == "cash" and row["amount"]]
    return problems
