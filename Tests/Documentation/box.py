"""The box a page's commands run in. Started by run_blocks.py inside namespaces of its own; reads the plan from standard
input and writes one line of JSON for each command.

/etc and /usr are copies-on-write of the machine's, /run and /var/lib are empty, the working folder is a copy-on-write
of this tree with the built programs where a release build puts them. Commands run as `tech`, an ordinary user; `sudo` is a
stand-in that asks for no password, `systemctl` one that runs counterfoild as its unit's user.
"""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER, ROOT, PROGRAMS = sys.argv[1:4]
COMMAND_SECONDS = 150
USER = "tech"
PRINTER = "192.168.1.87"
NAMES = ("counterfoil", "counterfoild", "counterfoil-simulator")
TOOLS = ("counterfoil-seeds",)


def run(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def overlay(lower, target, name):
    upper, work = (os.path.join(FOLDER, "layers", name, part) for part in ("upper", "work"))
    os.makedirs(upper)
    os.makedirs(work)
    run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={lower},upperdir={upper},workdir={work}", target)


def make_box():
    os.makedirs(f"{FOLDER}/layers")
    run("mount", "-t", "tmpfs", "tmpfs", f"{FOLDER}/layers")
    checkout = f"{FOLDER}/counterfoil"
    os.makedirs(checkout)
    overlay("/etc", "/etc", "etc")
    overlay("/usr", "/usr", "usr")
    overlay(ROOT, checkout, "checkout")
    for empty in ("/run", "/var/lib", "/media", "/mnt"):
        os.makedirs(empty, exist_ok=True)
        run("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", empty)
    run("useradd", "--create-home", "--home-dir", f"{FOLDER}/home", USER)
    run("hostname", "box")
    with open("/etc/machine-id", "w", encoding="ascii") as file:
        file.write("6d616368696e65206f6620646f637300\n")
    build = f"{checkout}/.build"
    os.makedirs(build, exist_ok=True)
    run("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", build)
    stripped, release = f"{build}/release-stripped", f"{build}/release"
    os.makedirs(stripped)
    os.makedirs(release)
    for folder in (checkout, build, stripped, release):
        run("chown", f"{USER}:", folder)
    for name in NAMES + TOOLS:
        shutil.copy(os.path.join(PROGRAMS, name), f"{release}/{name}")
    for name in NAMES:
        os.link(f"{release}/{name}", f"{stripped}/{name}")
        for folder in ("/usr/bin", "/usr/local/bin"):
            if os.path.lexists(f"{folder}/{name}"):
                os.unlink(f"{folder}/{name}")
    run("ip", "link", "set", "lo", "up")
    run("ip", "address", "add", f"{PRINTER}/32", "dev", "lo")
    bin_folder = f"{FOLDER}/bin"
    os.makedirs(bin_folder)
    run("mount", "-t", "tmpfs", "-o", "suid,mode=0755", "tmpfs", bin_folder)
    run("gcc", "-O1", "-Wall", "-Wextra", "-o", f"{bin_folder}/sudo", os.path.join(HERE, "sudo.c"))
    os.chmod(f"{bin_folder}/sudo", 0o4755)
    for stand_in in ("systemctl", "journalctl"):
        shutil.copy(os.path.join(HERE, "stand_in.py"), f"{bin_folder}/{stand_in}")
        os.chmod(f"{bin_folder}/{stand_in}", 0o755)
    return checkout


def environment():
    return {"PATH": f"{FOLDER}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
            "HOME": f"{FOLDER}/home", "COUNTERFOIL_DOCS_BOX": FOLDER, "TERM": "dumb", "PYTHONDONTWRITEBYTECODE": "1"}


def start_printer():
    """The virtual printer at the address that the pages use, with `printer ORDER` for bench comments."""
    paper = f"{FOLDER}/paper"
    os.makedirs(paper)
    process = subprocess.Popen(
        [os.path.join(PROGRAMS, "counterfoil-simulator"), "printer", "--listen", f"{PRINTER}:9100", "--paper", paper,
         "--control", f"{FOLDER}/printer"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sys.stderr)
    process.stdout.readline()
    with open(f"{FOLDER}/bin/printer", "w", encoding="utf-8") as script:
        script.write(f'#!/bin/sh\necho "$*" | socat -t 2 - UNIX-CONNECT:{FOLDER}/printer\n')
    os.chmod(f"{FOLDER}/bin/printer", 0o755)
    return process


class Shell:
    """Runs one command after the other; the working folder goes on from one to the next."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, text, user=USER):
        """Returns the exit code and all that was printed, in the order it was."""
        where = f"{FOLDER}/home/.folder"
        script = f"cd {self.folder}\n{text}\ncode=$?\npwd > {where}\nexit $code\n"
        prefix = [] if user is None else ["setpriv", "--reuid", user, "--regid", user, "--init-groups"]
        process = subprocess.Popen([*prefix, "bash", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, env=environment(), start_new_session=True)
        try:
            output, _ = process.communicate(timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            output += f"\nkilled after {COMMAND_SECONDS} s\n".encode()
        if os.path.exists(where):
            with open(where, encoding="utf-8") as file:
                self.folder = file.read().strip() or self.folder
        return process.returncode, output.decode(errors="replace")


def write(shell, entry):
    options = entry["options"]
    path = os.path.join(shell.folder, options.get("file") or options["append"])
    with open(path, "a" if "append" in options else "w", encoding="utf-8") as file:
        file.write(("\n" if "append" in options else "") + entry["text"])
    if "file" in options and path.startswith(FOLDER):
        user = pwd.getpwnam(USER)
        os.chown(path, user.pw_uid, user.pw_gid)


def report(**result):
    print(json.dumps(result), flush=True)


def main():
    plan = json.load(sys.stdin)
    shell = Shell(make_box())
    printer = start_printer()
    try:
        for entry in plan:
            if entry["kind"] == "write":
                write(shell, entry)
                report(place=entry["place"], text=f"written: {list(entry['options'].values())[0]}", code=0, wanted=0,
                       expected=None, output="")
            elif entry["kind"] == "bench":
                code, output = shell.run(entry["text"], user=None)
                if code:
                    report(place=entry["place"], text=entry["text"], code=code, wanted=0, expected=None, output=output)
            else:
                for command in entry["commands"]:
                    code, output = shell.run(command["text"])
                    report(**command, code=code, wanted=int(entry["options"].get("exits", 0)), output=output)
    finally:
        subprocess.run([f"{FOLDER}/bin/systemctl", "stop", "counterfoild"], env=environment(), stdout=sys.stderr)
        printer.terminate()
        printer.wait()


if __name__ == "__main__":
    main()
