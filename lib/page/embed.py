#!/usr/bin/env python3
"""embed.py OUTPUT FILE... : writes a C++ file that holds the files, each with its type and a tag of its bytes.

The ES modules in the folder js become one file, page.js, so that a page is three requests: each behind those that it imports, its import lines and the word `export`
left out. That keeps their meaning as long as no two modules declare the same name, which is checked. Comments that have a line of their own stay behind.
"""
import hashlib
import os
import re
import sys

TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".js": "text/javascript; charset=utf-8", ".json": "application/json; charset=utf-8"}
IMPORT = re.compile(r"^import \{[^}]*\} from '\./([a-z_]+\.js)';\n", re.M)
DECLARED = re.compile(r"^(?:export )?(?:(?:async )?function\*? (\w+)|class (\w+)|(?:const|let) (.*))", re.M)


def literal(data):
    """String literals of at most 64 bytes each; octal escapes have a fixed length, unlike hexadecimal ones."""
    pieces = [data[i : i + 64] for i in range(0, len(data), 64)]
    return "\n".join('"' + "".join(character(byte) for byte in piece) + '"' for piece in pieces) or '""'


def character(byte):
    return chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def bundle(modules):
    """One module of many: {name: text}, without a need to parse more than whole lines."""
    ordered, declared = [], {}

    def add(name, above):
        if name in above:
            raise SystemExit("modules import each other in a circle: " + " ".join([*above, name]))
        if name in ordered:
            return
        for needed in IMPORT.findall(modules[name]):
            add(needed, [*above, name])
        ordered.append(name)

    for name in sorted(modules):
        add(name, [])
    for name in ordered:
        for word in names_of(modules[name]):
            if word in declared:
                raise SystemExit(f"{name} and {declared[word]} both declare {word}: names are unique over all modules")
            declared[word] = name
    return "".join(shortened(modules[name]) for name in ordered)


def names_of(text):
    """What a module declares at its top level. One line of `const` may declare several."""
    for function, kind, constants in DECLARED.findall(text):
        yield from [name for name in (function, kind) if name]
        yield from re.findall(r"(?:^|, )(\w+) =(?![=>])", constants)


def shortened(text):
    text = re.sub(r"^export ", "", IMPORT.sub("", text), flags=re.M)
    lines = (line.strip() for line in text.split("\n"))
    return "".join(line + "\n" for line in lines if line and not line.startswith("//"))


def is_module(path):
    return os.path.basename(os.path.dirname(path)) == "js"


def entry(name, data):
    tag = hashlib.sha256(data).hexdigest()[:16]
    content_type = TYPES[os.path.splitext(name)[1]]
    return f'    {{"/static/{name}", "{content_type}", "\\"{tag}\\"", {{{literal(data)}, {len(data)}}}}},'


def main(output, paths):
    modules = {os.path.basename(path): read(path).decode() for path in paths if is_module(path)}
    files = {os.path.basename(path): read(path) for path in paths if not is_module(path)}
    files["page.js"] = bundle(modules).encode()
    lines = [
        '// Written by embed.py.',
        '#include "page/assets.hpp"',
        '#pragma GCC diagnostic ignored "-Woverlength-strings"',  # GCC and clang take longer ones than they have to
        "namespace psherald::page {",
        "static constexpr Asset table[] = {",
        *(entry(name, data) for name, data in sorted(files.items())),
        "};",
        "std::span<const Asset> assets() noexcept { return table; }",
        "}  // namespace psherald::page",
        "",
    ]
    with open(output, "w", encoding="ascii") as file:
        file.write("\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
