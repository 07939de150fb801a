#!/usr/bin/env python3
"""doc_examples.py PROGRAM PAGE: runs the examples of a page of documentation.

An example is a ```console block: lines that begin with `$ ` are commands, the lines after one are what
it prints on both streams, where a line `...` stands for any lines. All examples of a page run in one
scratch folder that holds copies of inputs/."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import run_case


def examples(text):
    for block in re.findall(r"^```console\n(.*?)^```$", text, flags=re.M | re.S):
        for piece in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, expected = piece.partition("\n")
            while command.endswith("\\") or ("<<EOF" in command and not command.endswith("\nEOF")):
                more, _, expected = expected.partition("\n")
                command += "\n" + more
            yield command, expected


def main():
    program, page = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    wrong = count = 0
    with tempfile.TemporaryDirectory(prefix="tilewright-docs-") as folder:
        for source in (run_case.HERE / "inputs").iterdir():
            shutil.copy(source, folder)
        for command, expected in examples(page.read_text(encoding="utf-8")):
            done = subprocess.run(["sh", "-c", command], cwd=folder, text=True, timeout=120,
                                  env=run_case.environment(program), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            count += 1
            if not run_case.matches(expected, done.stdout):
                wrong += 1
                print(f"{page.name}: $ {command}\n--- expected:\n{expected}--- got:\n{done.stdout}")
    print(f"{page.name}: {count} examples, {wrong} wrong")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
