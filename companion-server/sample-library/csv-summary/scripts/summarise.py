#!/usr/bin/env python3
"""Print one line a column of a CSV file: rows, missing, distinct, smallest, largest."""
import csv
import sys


def main(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    for name in rows[0] if rows else []:
        values = [row[name] for row in rows if row[name] not in ("", None)]
        try:
            ordered = sorted(values, key=float)
        except ValueError:
            ordered = sorted(values)
        low, high = (ordered[0], ordered[-1]) if ordered else ("-", "-")
        print(f"{name}: {len(rows)} rows, {len(rows) - len(values)} missing, {len(set(values))} distinct, {low} to {high}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: summarise.py FILE.csv")
    main(sys.argv[1])
