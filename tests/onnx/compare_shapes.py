#!/usr/bin/python3
"""Shapes that the import infers equal those of onnx's own shape inference, on every model of
Debian's libonnx-testdata.

Both sides see the model without the shapes that its outputs and value_info declare. Whatever onnx
knows, the import must know, and equally; where onnx knows nothing, the import's shape is held
against the one that the model declares for its output.

usage: compare_shapes.py ONNX_DUMP [FOLDER]     exit status 77: python3-onnx is not installed
"""
import glob
import os
import subprocess
import sys
import tempfile

try:
    import onnx
    from onnx import shape_inference
except ImportError:
    print("SKIPPED: python3-onnx is not installed")
    sys.exit(77)


# Where onnx 1.12 itself is wrong: (model, value) -> why.
EXCEPTIONS = {
    ("data/node/test_loop13_seq/model.onnx", "seq_res"):
        "onnx keeps the shape [] of the empty sequence that goes in; what the body adds is [n]",
}


def shape_of(value_type):
    """(kind, dims) with dims None for an unknown rank and None for an unknown dimension."""
    optional = value_type.WhichOneof("value") == "optional_type"
    if optional:
        value_type = value_type.optional_type.elem_type
    kind = value_type.WhichOneof("value")
    if kind == "sequence_type":
        value_type = value_type.sequence_type.elem_type
        if value_type.WhichOneof("value") != "tensor_type":
            return None
    elif kind != "tensor_type":
        return None
    name = ("optional " if optional else "") + ("sequence" if kind == "sequence_type" else "tensor")
    tensor = value_type.tensor_type
    if not tensor.HasField("shape"):
        return name, None
    return name, [d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim]


def clear_shape(value_type):
    kind = value_type.WhichOneof("value")
    if kind == "optional_type":
        clear_shape(value_type.optional_type.elem_type)
    elif kind == "sequence_type":
        clear_shape(value_type.sequence_type.elem_type)
    elif kind == "tensor_type":
        value_type.tensor_type.ClearField("shape")


def expectations(path, stripped_path):
    """Writes the model without declared shapes; returns (inferred, declared) by value name."""
    model = onnx.load(path, load_external_data=False)
    declared = {v.name: shape_of(v.type) for v in model.graph.output}
    del model.graph.value_info[:]
    for value in model.graph.output:
        clear_shape(value.type)
    with open(stripped_path, "wb") as file:
        file.write(model.SerializeToString())
    inferred = shape_inference.infer_shapes(model)
    known = {}
    for value in list(inferred.graph.value_info) + list(inferred.graph.output):
        known[value.name] = shape_of(value.type)
    return known, declared


def parse_dump(text):
    models, current = {}, None
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "model":
            current = models.setdefault(rest, {"values": {}, "status": None, "account": None})
        elif word == "value":
            name, kind, dims = rest.split("\t")
            current["values"][name] = (kind, None if dims == "-" else
                                       [None if d == "?" else int(d) for d in dims.split()])
        elif word == "status":
            current["status"] = int(rest)
        elif word == "account":
            current["account"] = [int(n) for n in rest.split()]
    return models


def compare(ours, expected, declared):
    """Texts of what differs."""
    problems = []
    for name, want in expected.items():
        have = ours.get(name)
        if want is None or have is None or want[1] is None:
            continue
        if have[0] != want[0]:
            problems.append(f"{name}: {have[0]}, onnx says {want[0]}")
        elif have[1] is None or len(have[1]) != len(want[1]):
            problems.append(f"{name}: {have[1]}, onnx says {want[1]}")
        elif any(w is not None and h != w for h, w in zip(have[1], want[1])):
            problems.append(f"{name}: {have[1]}, onnx says {want[1]}")
    for name, want in declared.items():
        have = ours.get(name)
        if want is None or have is None or want[1] is None or have[1] is None:
            continue
        if len(have[1]) != len(want[1]) or any(
                None not in (w, h) and h != w for h, w in zip(have[1], want[1])):
            problems.append(f"{name}: {have[1]}, the model declares {want[1]}")
    return problems


def main():
    dump = sys.argv[1]
    folder = sys.argv[2] if len(sys.argv) > 2 else "/usr/share/libonnx-testdata"
    paths = sorted(glob.glob(os.path.join(folder, "**", "*.onnx"), recursive=True))
    if not paths:
        print(f"SKIPPED: no models under {folder} (Debian's libonnx-testdata)")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as scratch:
        cases = {}
        for index, path in enumerate(paths):
            stripped = os.path.join(scratch, f"{index}.onnx")
            cases[stripped] = (path, *expectations(path, stripped))
        result = subprocess.run([dump, "--infer", *cases], capture_output=True, check=False)
        models = parse_dump(result.stdout.decode("utf-8", "replace"))
    failures = values = known = more = 0
    totals = [0, 0, 0]
    for stripped, (path, expected, declared) in cases.items():
        model = models.get(stripped)
        name = os.path.relpath(path, folder)
        if model is None or model["status"] != 0:
            failures += 1
            print(f"NOT READ {name}: status {model and model['status']}")
            continue
        totals = [a + b for a, b in zip(totals, model["account"])]
        for value, shape in model["values"].items():
            values += 1
            want = expected.get(value)
            full = want and want[1] is not None and None not in want[1]
            known += bool(full)
            more += bool(not full and shape[1] is not None and None not in shape[1])
        for value in [v for v in expected if (name, v) in EXCEPTIONS]:
            print(f"EXCEPTION {name}: {value}: {EXCEPTIONS[name, value]}")
            del expected[value]
        for problem in compare(model["values"], expected, declared):
            failures += 1
            print(f"DIFFERS {name}: {problem}")
    print(result.stderr.decode("utf-8", "replace")[-2000:] if failures else "", end="")
    print(f"{len(paths)} models, {len(paths) - failures} read and equal; {values} tensors: "
          f"{known} known to onnx, {more} known only here; nodes: {totals[0]} mapped, "
          f"{totals[1]} folded, {totals[2]} not modelled")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
