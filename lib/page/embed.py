#!/usr/bin/env python3
"""embed.py OUTPUT FILE... : writes a C++ file that holds the files, each with its type and a tag of its bytes."""
import hashlib
import os
import sys

TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".js": "text/javascript; charset=utf-8"}


def literal(data):
    """String literals of at most 64 bytes each; octal escapes have a fixed length, unlike hexadecimal ones."""
    pieces = [data[i : i + 64] for i in range(0, len(data), 64)]
    return "\n".join('"' + "".join(character(byte) for byte in piece) + '"' for piece in pieces) or '""'


def character(byte):
    return chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"


def entry(path):
    with open(path, "rb") as file:
        data = file.read()
    name = os.path.basename(path)
    tag = hashlib.sha256(data).hexdigest()[:16]
    content_type = TYPES[os.path.splitext(name)[1]]
    return f'    {{"/static/{name}", "{content_type}", "\\"{tag}\\"", {{{literal(data)}, {len(data)}}}}},'


def main(output, paths):
    lines = [
        '// Written by embed.py.',
        '#include "page/assets.hpp"',
        "namespace psherald::page {",
        "static constexpr Asset table[] = {",
        *(entry(path) for path in sorted(paths)),
        "};",
        "std::span<const Asset> assets() noexcept { return table; }",
        "}  // namespace psherald::page",
        "",
    ]
    with open(output, "w", encoding="ascii") as file:
        file.write("\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
