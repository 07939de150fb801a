#!/usr/bin/env python3
"""same_costs.py A B: the layers of two results cost the same, to the bit, with the same mappings."""

import json
import sys

ONLY_SEARCHED = ("status", "lower_bound", "gap", "search", "same_as", "pareto")


def layers(path):
    with open(path, encoding="utf-8") as file:
        result = json.load(file)
    kept = [{key: value for key, value in layer.items() if key not in ONLY_SEARCHED}
            for layer in result["layers"]]
    return kept, result["total"]


def main():
    first, second = layers(sys.argv[1]), layers(sys.argv[2])
    print("equal" if first == second else "different")
    return first != second


if __name__ == "__main__":
    sys.exit(main())
