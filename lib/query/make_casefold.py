#!/usr/bin/env python3
"""Makes casefold_table.cpp from Unicode's CaseFolding.txt (Debian: package unicode-data).

    python3 make_casefold.py /usr/share/unicode/CaseFolding.txt > casefold_table.cpp

Simple case folding, status C and S. Neighbours that move by the same distance, one after the other or each second one,
become one row.
"""
import re
import sys


def foldings(lines):
    for line in lines:
        match = re.match(r"([0-9A-F]+); ([CS]); ([0-9A-F]+);", line)
        if match:
            yield int(match[1], 16), int(match[3], 16)


def rows(pairs):
    runs = []  # [first, last, step, distance]
    for code, folded in pairs:
        distance = folded - code
        if runs and runs[-1][3] == distance:
            run = runs[-1]
            step = code - run[1]
            if step in (1, 2) and run[2] in (0, step):
                run[1], run[2] = code, step
                continue
        runs.append([code, code, 0, distance])
    return runs


def main():
    lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
    version = re.search(r"CaseFolding-([0-9.]+)\.txt", lines[0])[1]
    table = rows(sorted(pair for pair in foldings(lines) if pair[0] >= 0x80))
    print("// Made by make_casefold.py: do not edit.")
    print('#include "query/casefold.hpp"\n')
    print("namespace psherald::query::detail {\n")
    print(f'const char* const unicode_version = "{version}";\n')
    print("// clang-format off")
    print("const FoldRow fold_rows[] = {")
    for first, last, step, distance in table:
        print(f"    {{0x{first:x}, 0x{last:x}, {max(step, 1)}, {distance}}},")
    print("};")
    print("// clang-format on")
    print(f"const std::size_t fold_row_count = {len(table)};\n")
    print("}  // namespace psherald::query::detail")


main()
