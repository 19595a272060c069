"""Links between the pages lead somewhere: the file is there, and so is the heading or anchor in it."""

import os
import re

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.M | re.S)
HEADING = re.compile(r"^#+ (.*)$", re.M)
ANCHOR = re.compile(r'<a id="([^"]+)"></a>')


def anchors(text):
    """What `#…` may name in a page, as GitHub makes it from headings, and anchors of our own."""
    plain = FENCED.sub("", text)
    found = set(ANCHOR.findall(plain))
    for heading in HEADING.findall(plain):
        words = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        found.add(re.sub(r"[^\w\- ]", "", words).replace(" ", "-"))
    return found


def broken(root, name, text):
    """Every link of a page that leads nowhere, as a sentence."""
    wrong = []
    for target in LINK.findall(FENCED.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = os.path.normpath(os.path.join(root, os.path.dirname(name), path)) if path else os.path.join(root, name)
        if not os.path.exists(file):
            wrong.append(f"{target}: there is no such file")
        elif anchor and file.endswith(".md"):
            with open(file, encoding="utf-8") as page:
                if anchor not in anchors(page.read()):
                    wrong.append(f"{target}: there is no such heading")
    return wrong
