#!/usr/bin/env python3
"""Writes the manual pages and the HTML manual from what the programs say of themselves.

    scripts/generate-manual.py --programs .build/release-stripped --to .build/manual

counterfoil(1) and counterfoil-simulator(1) come from the command line's own description, counterfoil-errors(7) from its table of errors,
counterfoild(8) from the daemon's help, counterfoil.toml(5) from the annotated default file. Pandoc sets the pages, so one
text serves `man` and the browser; the chapters of docs/ join the HTML.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
GROUPS = {
    "error": "Errors of calls", "mode": "Modes", "reason": "Reasons of modes", "rule": "Rules of a sale",
    "wait": "What waits for a person", "finding": "What the doctor finds", "tool": "Errors of the command line",
}


def output(*command: object) -> str:
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, env=environment).stdout


def escaped(text: str) -> str:
    """Text as Markdown that shows exactly this."""
    return re.sub(r"([\\`*_\[\]<>#|~$^])", r"\\\1", text)


def spelled(argument: dict) -> str:
    names = [("--" if name["kind"] == "long" else "-") + name["name"] for name in argument.get("names") or []]
    names.sort(key=len)
    value = argument.get("valueName", "value")
    if argument["kind"] == "positional":
        return f"*{escaped(value)}*"
    shown = ", ".join(f"**{escaped(name)}**" for name in names)
    return shown + (f" *{escaped(value)}*" if argument["kind"] == "option" else "")


def arguments(command: dict) -> list[str]:
    lines = []
    for argument in command.get("arguments", []):
        if not argument.get("shouldDisplay", True) or argument.get("valueName") in ("help", "version"):
            continue
        abstract = escaped(argument.get("abstract", ""))
        if argument.get("defaultValue"):
            abstract += f" Default: {escaped(argument['defaultValue'])}."
        lines += [spelled(argument), f":   {abstract}", ""]
    return lines


def discussion(command: dict) -> list[str]:
    """Prose as prose; what is set in (examples, tables) as it stands."""
    lines: list[str] = []
    is_set_in = False
    for line in (command.get("discussion") or "").split("\n"):
        if line.startswith("  "):
            if not is_set_in:
                lines.append("")
            lines.append("  " + line)
            is_set_in = True
            continue
        if is_set_in:
            lines.append("")
        is_set_in = False
        if re.fullmatch(r"[A-Z][A-Z ]+", line):
            lines += ["", f"**{line.capitalize()}**", ""]
        else:
            lines.append(escaped(line))
    return lines + [""]


def commands(command: dict, path: str) -> list[str]:
    lines = []
    for sub in command.get("subcommands", []):
        if sub["commandName"] == "help" or not sub.get("shouldDisplay", True):
            continue
        name = f"{path} {sub['commandName']}"
        lines += [f"## {name}", "", escaped(sub.get("abstract", "")), ""]
        lines += arguments(sub) + discussion(sub) + commands(sub, name)
    return lines


def title(name: str, section: int, version: str) -> list[str]:
    return [f"% {name.upper()}({section}) Counterfoil {version} | Counterfoil", "", "# NAME", ""]


def command_page(program: pathlib.Path, version: str, see: str) -> list[str]:
    command = json.loads(output(program, "--experimental-dump-help"))["command"]
    name = command["commandName"]
    return (
        title(name, 1, version) + [f"{name} - {escaped(command['abstract'])}", ""]
        + ["# SYNOPSIS", "", f"**{name}** \\[*command*\\] \\[*options*\\]", "", "# DESCRIPTION", ""]
        + discussion(command) + ["# COMMANDS", ""] + commands(command, name)
        + ["# SEE ALSO", "", see, ""])


def help_page(program: pathlib.Path, section: int, what: str, version: str) -> list[str]:
    name = program.name
    text = output(program, "--help").rstrip("\n").split("\n")
    return (
        title(name, section, version) + [f"{name} - {what}", "", "# DESCRIPTION", ""]
        + ["    " + line for line in text]
        + ["", "# SEE ALSO", "", "**counterfoil**(1), **counterfoil.toml**(5)", ""])


def errors_page(program: pathlib.Path, version: str) -> list[str]:
    entries = [json.loads(line) for line in output(program, "explain", "--json").splitlines()]
    lines = title("counterfoil-errors", 7, version)
    lines += ["counterfoil-errors - every error, mode, reason and rule with cause and cure", ""]
    for group in dict.fromkeys(entry["group"] for entry in entries):
        lines += [f"# {GROUPS.get(group, group).upper()}", ""]
        for entry in (entry for entry in entries if entry["group"] == group):
            lines += [f"**{escaped(entry['code'])}**", ""]
            for language in ("en", "zh"):
                cause, cure = entry["cause"][language], entry["cure"][language]
                lines += [f":   {escaped(cause)}. → {escaped(cure)}" if language == "en"
                          else f"    {escaped(cause)}。→ {escaped(cure)}", ""]
    return lines


def configuration_page(version: str) -> list[str]:
    text = (ROOT / "packaging/counterfoil.toml").read_text().rstrip("\n").split("\n")
    return (
        title("counterfoil.toml", 5, version) + ["counterfoil.toml - configuration of a point-of-sale box", ""]
        + ["# DESCRIPTION", "", "The file with every key, its default or an example, and what it means:", ""]
        + ["    " + line for line in text]
        + ["", "# SEE ALSO", "", "**counterfoil**(1), **counterfoild**(8)", ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, required=True, metavar="FOLDER", help="where the programs are")
    parser.add_argument("--to", type=pathlib.Path, required=True, metavar="FOLDER", help="where the pages go")
    options = parser.parse_args()
    program = options.programs / "counterfoil"
    version = output(program, "--version").strip()
    pages = {
        "counterfoil.1":
            command_page(program, version, "**counterfoild**(8), **counterfoil.toml**(5), **counterfoil-errors**(7)"),
        "counterfoil-errors.7": errors_page(program, version),
        "counterfoil.toml.5": configuration_page(version),
        "counterfoild.8": help_page(options.programs / "counterfoild", 8, "daemon of a point-of-sale box", version),
        "counterfoil-simulator.1":
            command_page(options.programs / "counterfoil-simulator", version, "**counterfoil**(1), **counterfoild**(8)"),
    }
    html = options.to / "html"
    html.mkdir(parents=True, exist_ok=True)
    chapters = {name: "\n".join(lines) for name, lines in pages.items()}
    for name, text in chapters.items():
        pandoc(text, "man", options.to / name)
        pandoc(text, "html5", html / f"{name}.html")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        pandoc(path.read_text(), "html5", html / f"{path.stem.lower()}.html", title=path.stem)
        chapters[path.stem.lower()] = ""
    index = "\n".join(f"- [{name}]({name}.html)" for name in chapters)
    pandoc(f"% Counterfoil {version}\n\n{index}\n", "html5", html / "index.html")
    print(f"{len(pages)} manual pages and {len(chapters) + 1} HTML pages in {options.to}")


def pandoc(text: str, to: str, path: pathlib.Path, title: str | None = None) -> None:
    command = ["pandoc", "--standalone", "--from", "markdown-smart", "--to", to, "--output", str(path)]
    if to == "html5":
        command += ["--toc", "--toc-depth=2"]
    else:
        # Long words of code leave nothing to spread over a line: pages are set flush left.
        command += ["--variable", "adjusting=l"]
    if title:
        command += ["--metadata", f"title={title}"]
    subprocess.run(command, input=text, text=True, check=True)


if __name__ == "__main__":
    main()
