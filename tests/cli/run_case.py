#!/usr/bin/env python3
"""Runs one case of the command line: run_case.py PROGRAM CASE [--update]

A case is a folder with `cmd`, a shell script, and what is expected of it: `stdout`, `stderr` (exact
text; an absent file expects nothing, a line `...` stands for any lines) and `exit` (absent: 0). The
script runs in a scratch folder of its own that holds copies of inputs/ and of the case's other files,
with tilewright on the PATH. --update writes down what came out instead."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

EXPECTED = ("cmd", "stdout", "stderr", "exit")
HERE = pathlib.Path(__file__).resolve().parent


def environment(program):
    kept = {name: value for name, value in os.environ.items()
            if name in ("HOME", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")}
    return dict(kept, PATH=f"{program.parent}:{os.defpath}:/usr/local/bin:/usr/bin:/bin",
                LC_ALL="C", TERM="dumb", SCHEMAS=str(HERE.parents[1] / "data" / "schemas"),
                TOOLS=str(HERE))


def fill_scratch(case, scratch):
    for source in [*(HERE / "inputs").iterdir(), *case.iterdir()]:
        if source.name not in EXPECTED:
            shutil.copy(source, scratch / source.name)


def matches(expected, actual):
    """Equal, where a line `...` of the expectation stands for any number of lines."""
    pieces = [re.escape(piece) for piece in re.split(r"^\.\.\.\n", expected, flags=re.M)]
    return re.fullmatch(r"(?:.*\n)*?".join(pieces), actual) is not None


def read(path, default):
    return path.read_text(encoding="utf-8") if path.exists() else default


def run(program, case):
    with tempfile.TemporaryDirectory(prefix="tilewright-cli-") as folder:
        scratch = pathlib.Path(folder)
        fill_scratch(case, scratch)
        done = subprocess.run(["sh", str(case / "cmd")], cwd=scratch, env=environment(program),
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    return {"stdout": done.stdout.decode("utf-8", "replace"),
            "stderr": done.stderr.decode("utf-8", "replace"), "exit": f"{done.returncode}\n"}


def update(case, actual):
    for name, text in actual.items():
        path = case / name
        if text not in ("", "0\n"):
            path.write_text(text, encoding="utf-8")
        elif path.exists():
            path.unlink()


def main():
    program, case = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    actual = run(program, case)
    wrong = [name for name, text in actual.items()
             if not matches(read(case / name, "0\n" if name == "exit" else ""), text)]
    if wrong and "--update" in sys.argv[3:]:
        update(case, actual)
        return 0
    for name in wrong:
        print(f"--- {case.name}: expected {name}:\n{read(case / name, '')}--- got:\n{actual[name]}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
