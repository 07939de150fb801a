#!/usr/bin/env python3
"""validate.py SCHEMA FILE...: checks JSON files against a schema, and that none holds NaN or Infinity."""

import json
import sys

import jsonschema


def refuse(word):
    raise ValueError(f"{word} is not JSON")


def main():
    with open(sys.argv[1], encoding="utf-8") as schema:
        validator = jsonschema.Draft7Validator(json.load(schema))
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            validator.validate(json.load(file, parse_constant=refuse))
        print(f"{path}: valid")


if __name__ == "__main__":
    main()
