#!/usr/bin/env python3
"""Runs every command that README.md and docs/ show, and compares what they print with what the pages show.

usage: run_blocks.py [PAGE…]

Each page gets a box of its own: namespaces with an empty /etc, /var/lib and /run of their own, no network but a virtual
printer at 192.168.1.87, the built programs and a copy of this tree. `sudo` and `systemctl` are stand-ins that do what
the page needs; everything else is what a reader would run. Ends with `N passed, N failed`; a block that is not run needs
a reason in its info string, and all reasons are printed.
"""

import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib

import blocks
import links
import words

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROGRAMS = os.environ.get("COUNTERFOIL_PROGRAMS", os.path.join(ROOT, ".build", "release"))
# Pages whose blocks with only=box another program runs: Tests/Box/operations.py.
ON_THE_BOX = {os.path.join("docs", "operations.md")}
PAGE_SECONDS = 500
MOST_LINES = 20
MOST_DETAILS = 4  # failures of a page that are shown with what was printed; the rest follows from them


def pages():
    return ["README.md"] + sorted(os.path.relpath(path, ROOT) for path in
                                  glob.glob(os.path.join(ROOT, "docs", "**", "*.md"), recursive=True))


class Count:
    def __init__(self):
        self.passed = self.failed = 0
        self.left_out = []

    def good(self, place, what):
        self.passed += 1
        print(f"ok    {place}: {what}", flush=True)

    def bad(self, place, what, details=""):
        self.failed += 1
        print(f"FAIL  {place}: {what}", flush=True)
        lines = details.rstrip().split("\n") if details else []
        for line in lines[:MOST_LINES] + (["…"] if len(lines) > MOST_LINES else []):
            print(f"      {line}", flush=True)


def run_page(name, text, count):
    """Checks what needs no box here, and runs the rest in one."""
    wrong = links.broken(ROOT, name, text)
    if wrong:
        count.bad(name, "links that lead nowhere", "\n".join(wrong))
    else:
        count.good(name, "every link leads somewhere")
    try:
        found = blocks.read_blocks(name, text)
    except blocks.BadBlock as problem:
        return count.bad(name, str(problem))
    steps = []
    for block in found:
        reason = block.options.get("not-run")
        if reason:
            count.left_out.append(f"{block.place}: {reason}")
            continue
        if block.options.get("only") == "box":
            if name not in ON_THE_BOX:
                count.bad(block.place, "only=box, and nothing runs this page on the box")
            continue
        if not {"file", "append"} & block.options.keys():
            if block.language in blocks.DATA:
                check_data(block, count)
            if block.language in blocks.DATA | blocks.PICTURES:
                continue
        steps.append(block)
    if any(block.language in blocks.COMMANDS or block.options for block in steps):
        run_in_box(name, steps, count)


def check_data(block, count):
    try:
        (json if block.language == "json" else tomllib).loads(block.text)
        count.good(block.place, f"{block.language} that can be read")
    except ValueError as problem:
        count.bad(block.place, f"no {block.language}: {problem}")


def run_in_box(name, steps, count):
    plan = []
    for block in steps:
        kind = "bench" if block.language == "bench" else "write" if {"file", "append"} & block.options.keys() else "run"
        entry = {"kind": kind, "place": block.place, "text": block.text, "options": block.options}
        if kind == "run":
            try:
                shown = blocks.commands(block)
            except blocks.BadBlock as problem:
                count.bad(block.place, str(problem))
                continue
            entry["commands"] = [{"place": f"{block.page}:{one.line}", "text": block.options.get("as", one.text),
                                  "expected": one.expected} for one in shown]
        plan.append(entry)
    folder = tempfile.mkdtemp(prefix="counterfoil-docs-", dir=os.environ.get("COUNTERFOIL_SCRATCH"))
    os.chmod(folder, 0o755)
    try:
        done = subprocess.run(
            ["unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation",
             "private", sys.executable,
             os.path.join(HERE, "box.py"), folder, ROOT, PROGRAMS],
            input=json.dumps(plan), capture_output=True, text=True, timeout=PAGE_SECONDS)
        results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    except subprocess.TimeoutExpired:
        return count.bad(name, f"not done within {PAGE_SECONDS} s")
    finally:
        if not os.environ.get("COUNTERFOIL_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)
    before = count.failed
    for result in results:
        judge(result, count, details=count.failed - before < MOST_DETAILS)
    if done.returncode:
        count.bad(name, f"the box ended with {done.returncode}", done.stderr[-3000:])
    unused = [entry for entry in plan if entry["kind"] == "write" and not is_used(entry, plan)]
    for entry in unused:
        count.bad(entry["place"], "the file is written and no later command names it")


def is_used(entry, plan):
    name = os.path.basename(entry["options"].get("file") or entry["options"]["append"])
    stem = os.path.splitext(name)[0]
    after = plan[plan.index(entry) + 1:]
    # A configuration is used by starting what reads it.
    return name == "counterfoil.toml" or any(stem in command["text"] for each in after
                                             for command in each.get("commands", ()))


def judge(result, count, details=True):
    shown = result["output"] if details else ""
    what = result["text"].strip().split("\n")[0][:90]
    if result["code"] != result["wanted"]:
        return count.bad(result["place"], f"{what}: ended with {result['code']}, not {result['wanted']}", shown)
    if result["expected"] is None:
        return count.good(result["place"], what)
    expected = [line for line in result["expected"]]
    printed = result["output"].split("\n")
    while printed and not printed[-1].strip():
        printed.pop()
    while expected and not expected[-1].strip():
        expected.pop()
    if expected and not blocks.fits(expected, printed):
        return count.bad(result["place"], f"{what}: prints something else", shown)
    count.good(result["place"], what)


# ---- the runner itself: each of these pages is wrong, and must be found so

WRONG = {
    "a command that fails": "```console\n$ false\n```\n",
    "a command that does not exist": "```sh\ncounterfoil-no-such-program\n```\n",
    "output that is not so": "```console\n$ echo 12\n13\n```\n",
    "output with a line too many": "```console\n$ printf '1\\n2\\n'\n1\n```\n",
    "a block without a language": "```\nls\n```\n",
    "a program that nobody runs": "```python file=never.py\nprint(1)\n```\n",
    "a program without a file": "```python\nprint(1)\n```\n",
    "a block left out without a reason": "```sh not-run=\nls\n```\n",
    "a block for the box that nobody runs": "```console only=box\n$ true\n```\n",
    "a block for a place that there is not": "```console only=moon\n$ true\n```\n",
    "TOML that is none": "```toml\n[a\n```\n",
    "a block that is never closed": "```sh\nls\n",
    "a link to no file": "[x](no-such-file.md)\n",
    "a link to no heading": "# There\n[x](#not-there)\n",
}


def check_itself(count):
    for name, text in WRONG.items():
        quiet = Count()
        quiet.good = lambda *_: None
        quiet.bad = lambda *_, found=quiet: setattr(found, "failed", found.failed + 1)
        run_page("wrong.md", text, quiet)
        if quiet.failed:
            count.good("runner", f"finds {name}")
        else:
            count.bad("runner", f"does not find {name}")


def main():
    if os.geteuid() != 0:
        print("run_blocks.py makes namespaces and users: it needs root", file=sys.stderr)
        return 77
    if not os.path.exists(os.path.join(PROGRAMS, "counterfoild")):
        print(f"no programs in {PROGRAMS}: build first, or set COUNTERFOIL_PROGRAMS", file=sys.stderr)
        return 69
    count = Count()
    names = sys.argv[1:] or pages()
    if not sys.argv[1:]:
        check_itself(count)
        words.check(ROOT, os.path.join(PROGRAMS, "counterfoil"), names, count)
    for name in names:
        with open(os.path.join(ROOT, name), encoding="utf-8") as page:
            run_page(os.path.relpath(os.path.join(ROOT, name), ROOT), page.read(), count)
    print(f"not run, with a reason: {len(count.left_out)}")
    for reason in count.left_out:
        print(f"      {reason}")
    print(f"{count.passed} passed, {count.failed} failed", flush=True)
    return 1 if count.failed else 0


if __name__ == "__main__":
    sys.exit(main())
