"""The report as text: well formed, self-contained, small, and safe with any name in it."""
import html.parser
import os
import re
import subprocess
import sys

import reports

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(html.parser.HTMLParser):
    """Checks that elements close in order, and collects what the tests ask about."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.scripts = 0
        self.handlers = []
        self.ids = []
        self.links = []
        self.tables = self.captions = self.pictures = self.named = 0

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.scripts += tag == "script"
        self.tables += tag == "table"
        self.captions += tag == "caption"
        if tag == "svg" and attributes.get("aria-hidden") != "true":
            self.pictures += 1
            self.named += attributes.get("role") == "img"
        self.handlers += [name for name in attributes if name.startswith("on")]
        self.links += [attributes[name] for name in ("src", "href") if name in attributes]
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()


def check(name, path):
    size = os.path.getsize(path)
    assert size < 2 << 20, f"{name}: {size} bytes"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text), f"{name}: control characters"
    page = Page()
    page.feed(text)
    page.close()
    assert not page.open, f"{name}: not closed: {page.open}"
    assert page.scripts == 1 and not page.handlers, f"{name}: scripts {page.scripts}"
    assert len(page.ids) == len(set(page.ids)), f"{name}: an id stands twice"
    assert page.tables and page.tables == page.captions, f"{name}: a table without caption"
    assert page.pictures == page.named, f"{name}: a picture without a name"
    for link in page.links:
        assert link.startswith("#") and link[1:] in page.ids or link == "data:,", f"{name}: {link}"


def main():
    program, folder = sys.argv[1:]
    for name, path in reports.make(program, folder).items():
        check(name, path)
    for bad in (os.path.join(folder, "resnet50.html"), "no-such.json", folder):
        ended = subprocess.run([program, "report", bad], capture_output=True, check=False)
        assert ended.returncode in (1, 3) and ended.stderr and not ended.stdout, bad
    print("pages are well formed, self-contained and safe")


main()
