#!/usr/bin/python3
"""test_tutorial.py PROGRAM PAGE: runs the commands of the tutorial in order, in one scratch folder.

Each must succeed and print what the page says. Exit status 77: python3-onnx is not installed."""

import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
sys.dont_write_bytecode = True
import doc_examples
import run_case


def main():
    try:
        import onnx  # noqa: F401
    except ImportError:
        print("SKIPPED: python3-onnx is not installed")
        return 77
    program, page = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    wrong = count = 0
    with tempfile.TemporaryDirectory(prefix="tilewright-tutorial-") as folder:
        for command, expected in doc_examples.examples(page.read_text(encoding="utf-8")):
            done = subprocess.run(["sh", "-c", command], cwd=folder, text=True, timeout=300,
                                  env=run_case.environment(program), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            count += 1
            if done.returncode != 0 or not run_case.matches(expected, done.stdout):
                wrong += 1
                print(f"$ {command}\n--- exit status {done.returncode}; expected:\n{expected}"
                      f"--- got:\n{done.stdout}")
    print(f"{page.name}: {count} commands, {wrong} wrong")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
