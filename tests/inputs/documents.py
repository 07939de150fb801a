"""The YAML documents of the repository: data files and examples in the pages."""

import re

SCHEMAS = {"hierarchy": "accelerator", "network": "network", "mapping": "mapping",
           "constraints": "constraints", "tiled": "tiled"}


def kind_of(text):
    found = re.search(r"^kind: (\w+)$", text, re.MULTILINE)
    return found.group(1) if found else None


def data_files(root):
    for path in sorted(root.glob("data/*/*.yaml")):
        yield str(path.relative_to(root)), path.read_text(encoding="utf-8")


def examples(root):
    """Every fenced YAML block with a `kind:` in the Markdown pages, and where it stands."""
    for page in sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")]):
        text = page.read_text(encoding="utf-8")
        for block in re.finditer(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            if kind_of(block.group(1)):
                line = text.count("\n", 0, block.start()) + 2
                yield f"{page.relative_to(root)}:{line}", block.group(1)
