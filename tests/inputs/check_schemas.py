#!/usr/bin/env python3
"""check_schemas.py ROOT: every data file and every example of the pages is valid by the schema of its
kind, and examples that were spoilt are not."""

import json
import pathlib
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

import documents

# Changes of the example of a kind in docs/inputs.md that its schema may not let pass.
SPOILS = (
    ("hierarchy", lambda d: d.pop("word_bits")),
    ("hierarchy", lambda d: d.update(clok=1)),
    ("hierarchy", lambda d: d.update(levels=[])),
    ("hierarchy", lambda d: d.update(clock="1 Hertz")),
    ("hierarchy", lambda d: d["levels"][1].update(capacity="12 parsecs")),
    ("hierarchy", lambda d: d["levels"][1].update(capacity=12)),
    ("hierarchy", lambda d: d["levels"][1]["fanout"].update(x=0)),
    ("hierarchy", lambda d: d["levels"][1]["fanout"].update(dims_x=["Z"])),
    ("hierarchy", lambda d: d["levels"][1].update(keeps=["input", "input"])),
    ("hierarchy", lambda d: d["levels"][2].update(constraints={"stationery": "input"})),
    ("network", lambda d: d.update(layers=[])),
    ("network", lambda d: d.update(batch=0)),
    ("network", lambda d: d["layers"][0].update(op="convolution")),
    ("network", lambda d: d["layers"][0].update(dims={"X": 1})),
    ("network", lambda d: d["layers"][0].update(stride=[1, 2, 3])),
    ("mapping", lambda d: d["layers"][0]["mapping"][0].pop("level")),
    ("mapping", lambda d: d["layers"][0]["mapping"][0].update(temporal=[["K", 0]])),
    ("constraints", lambda d: d["levels"]["BUFFER"].update(temporal={"K": 0})),
    ("constraints", lambda d: d.pop("levels")),
)


def load_validators(root):
    schemas = {path.name: json.loads(path.read_text(encoding="utf-8"))
               for path in (root / "data" / "schemas").glob("*.schema.json")}
    validators = {}
    for name, schema in schemas.items():
        jsonschema.Draft7Validator.check_schema(schema)
        store = {**schemas, "https://schemas/" + name: schema}
        store.update({"https://schemas/" + other: schemas[other] for other in schemas})
        resolver = jsonschema.RefResolver("https://schemas/" + name, schema, store=store)
        validators[name.split(".")[0]] = jsonschema.Draft7Validator(
            {key: value for key, value in schema.items() if key != "$id"}, resolver=resolver)
    return validators


def main():
    root = pathlib.Path(sys.argv[1])
    validators = load_validators(root)
    bad = checked = 0
    samples = {}
    for where, text in [*documents.data_files(root), *documents.examples(root)]:
        kind = documents.kind_of(text)
        validator = validators.get(documents.SCHEMAS.get(kind, ""))
        if validator is None:
            print(f"{where}: no schema of kind {kind}")
            bad += 1
            continue
        errors = list(validator.iter_errors(yaml.safe_load(text)))
        for error in errors:
            print(f"{where}: {error.json_path}: {error.message[:200]}")
        bad += bool(errors)
        checked += 1
        if where.startswith("docs/inputs.md"):
            samples[kind] = text
    for number, (kind, spoil) in enumerate(SPOILS, 1):
        document = yaml.safe_load(samples[kind])
        spoil(document)
        if validators[documents.SCHEMAS[kind]].is_valid(document):
            print(f"spoilt example {number}, of kind {kind}, passes its schema")
            bad += 1
    print(f"{checked} documents, {len(SPOILS)} spoilt ones, {bad} bad")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
