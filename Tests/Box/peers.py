#!/usr/bin/env python3
"""Every method by real users of every kind: allowed or PermissionDenied, as docs/interfaces.md says.

    Tests/Box/peers.py [--keep FOLDER]

A role comes from a group; each is tried as a user's primary group and as a supplementary one. Beside them: a user that
the configuration names, root, a user without a role, and one who may not even open the socket.
"""

import argparse
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from rig import CONFIGURED, ROOT, Findings, Rig, run  # noqa: E402

ROLES = ("app", "cashier", "supervisor", "technician", "auditor")
CLIENT = r"""
import json, socket, sys
kinds = {}
for method in sys.argv[1:]:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(60)
    try:
        client.connect("/run/counterfoil/control")
    except PermissionError:
        kinds[method] = "refused by the kernel"
        continue
    client.sendall(json.dumps({"method": "io.counterfoil." + method, "parameters": {}}).encode() + b"\0")
    heard = b""
    while b"\0" not in heard:
        heard += client.recv(65536)
    answer = json.loads(heard.split(b"\0")[0])
    denied = answer.get("error") == "io.counterfoil.System.PermissionDenied"
    kinds[method] = "denied " + str(answer["parameters"].get("role")) if denied else "allowed"
    client.close()
print(json.dumps(kinds))
"""


def documented() -> dict[str, set[str]]:
    """Roles by method, from the reference."""
    rows = re.findall(r"(?m)^\| \[(\w+\.\w+)\]\(#method-[^)]*\) \| ([^|]+) \|",
                      (ROOT / "docs/interfaces.md").read_text(encoding="utf-8"))
    return {method: set(ROLES) if roles == "all" else set(roles.split(", ")) for method, roles in rows}


def people() -> dict[str, tuple[str, str | None]]:
    """`useradd` arguments and role of each user."""
    users: dict[str, tuple[str, str | None]] = {}
    for role in ROLES:
        users[f"{role}-primary"] = (f"--gid till-{role} --groups counterfoil", role)
        users[f"{role}-member"] = (f"--groups counterfoil,till-{role}", role)
    users["nobodys"] = ("--groups counterfoil", None)
    users["stranger"] = ("", "stranger")
    # The name counts before the group.
    users["named"] = ("--groups counterfoil,till-auditor", "supervisor")
    return users


def check(_: argparse.Namespace, folder: pathlib.Path, findings: Findings) -> None:
    table = documented()
    findings.that(len(table) > 30, f"the reference lists {len(table)} methods")
    rig = Rig(folder / "rig")
    roles = "".join(f'[[role]]\nrole = "{role}"\ngroups = ["till-{role}"]\n' for role in ROLES)
    roles += '[[role]]\nrole = "supervisor"\nusers = ["named"]\n'
    with rig.restore() as machine:
        users = people()
        machine.run("".join(f"groupadd till-{role}; " for role in ROLES)
                    + "".join(f"useradd {arguments} {name}; " for name, (arguments, _) in users.items()))
        machine.write("/run/client.py", CLIENT)
        machine.write(CONFIGURED, rig.configuration + roles)
        machine.run("systemctl start counterfoild.socket counterfoild")
        for name, role in [("root", "technician"), *((name, role) for name, (_, role) in users.items())]:
            said = machine.run(f"runuser -u {name} -- python3 /run/client.py {' '.join(table)}")
            kinds = json.loads(said.splitlines()[-1])
            wrong = []
            for method, allowed in table.items():
                if role == "stranger":
                    wanted = "refused by the kernel"
                else:
                    wanted = "allowed" if role in allowed else f"denied {role}"
                if kinds[method] != wanted:
                    wrong.append(f"{method}: {kinds[method]}, not {wanted}")
            findings.that(not wrong, f"{name}: {sum(kind == 'allowed' for kind in kinds.values())} of {len(kinds)} "
                          "methods allowed, as the reference says", "; ".join(wrong))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sys.exit(run(arguments, check))
