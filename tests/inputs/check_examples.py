#!/usr/bin/env python3
"""check_examples.py ROOT PROGRAM: the program takes the examples of the pages, alone and together:
the mapping and the constraints of docs/inputs.md are for its accelerator and its network."""

import pathlib
import subprocess
import sys
import tempfile

import documents


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(" ".join(command), "->", done.returncode, done.stderr[-2000:])
    return done.returncode == 0


def main():
    root, program = pathlib.Path(sys.argv[1]), sys.argv[2]
    good = True
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for number, (where, text) in enumerate(documents.examples(root)):
            path = pathlib.Path(folder) / f"{number}.yaml"
            path.write_text(text, encoding="utf-8")
            if where.startswith("docs/inputs.md"):
                files[documents.kind_of(text)] = str(path)
        arch, net = files["hierarchy"], files["network"]
        good &= run(program, "show", arch)
        good &= run(program, "show", net)
        good &= run(program, "eval", arch, net, files["mapping"], "--layer", "conv1")
        good &= run(program, "map", arch, net, "--layer", "conv1", "--constraints",
                    files["constraints"])
        good &= run(program, "map", arch, net, "--layer", "conv1", "--partial", files["mapping"])
    sys.exit(not good)


if __name__ == "__main__":
    main()
