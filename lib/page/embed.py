#!/usr/bin/env python3
"""embed.py OUTPUT FILE... : writes a C++ file that holds the files, each with its type, a tag of its bytes, and the same as gzip.

An ES module in the folder js that no other imports is the script of a view. It becomes one file with all that it needs, so that a page is three requests: each module
behind those that it imports, its import lines and the word `export` left out. That keeps their meaning as long as no two modules declare the same name, which is checked.
Comments and what space is not needed stay behind, and private names become short.
"""
import collections
import gzip
import hashlib
import itertools
import os
import re
import string
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


def scripts(modules):
    """{name: text} of the modules to {name: text} of the scripts."""
    needs = {name: IMPORT.findall(text) for name, text in modules.items()}
    declared = {}
    for name in sorted(modules):
        for word in names_of(modules[name]):
            if word in declared:
                raise SystemExit(f"{name} and {declared[word]} both declare {word}: names are unique over all modules")
            declared[word] = name
    views = sorted(set(modules).difference(*needs.values()))
    return {view: shortened("".join(plain(modules[name]) for name in in_order(view, needs))) for view in views}


def in_order(view, needs):
    """The view behind all that it needs, each once."""
    ordered = []

    def add(name, above):
        if name in above:
            raise SystemExit("modules import each other in a circle: " + " ".join([*above, name]))
        if name in ordered:
            return
        for needed in needs[name]:
            add(needed, [*above, name])
        ordered.append(name)

    add(view, [])
    return ordered


def names_of(text):
    """What a module declares at its top level. One line of `const` may declare several."""
    for function, kind, constants in DECLARED.findall(text):
        yield from [name for name in (function, kind) if name]
        yield from re.findall(r"(?:^|, )(\w+) =(?![=>])", constants)


def plain(text):
    return re.sub(r"^export ", "", IMPORT.sub("", text), flags=re.M)


TOKEN = re.compile(r"(?P<space>(?:\s|//[^\n]*|/\*.*?\*/)+)|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|(?P<private>#\w+)|[\w$]+|=>|[^\s\w]", re.S)
REGULAR = re.compile(r"/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*")
ENDS_VALUE = re.compile(r"[\w$)\]}'\"`]$")
BEFORE_REGULAR = {"return", "typeof", "case", "of", "in"}


class Shortener:
    """Tells words, signs, texts and regular expressions apart, and understands nothing more."""

    def __init__(self, names):
        self.names = names  # {"#private": "#a"}
        self.private = collections.Counter()

    def tokens(self, text, at=0, in_template=False):
        """The tokens from `at` on, space as a newline or a blank, and where they end: in a template's ${ at its brace."""
        found, last, depth = [], "", 0
        while at < len(text):
            regular = None if ENDS_VALUE.search(last) and last not in BEFORE_REGULAR else REGULAR.match(text, at)
            if text[at] == "`":
                last, at = self.template(text, at)
            elif regular:
                last, at = regular[0], regular.end()
            else:
                token = TOKEN.match(text, at)
                at = token.end()
                if token["space"]:
                    found.append("\n" if "\n" in token[0] else " ")
                    continue
                last = token[0]
                if token["private"]:
                    self.private[last] += 1
                    last = self.names.get(last, last)
                depth += {"{": 1, "}": -1}.get(last, 0)
                if in_template and depth < 0:
                    return found, at
            found.append(last)
        return found, at

    def template(self, text, at):
        """A template from its first sign on, and where it ends."""
        out, at = "`", at + 1
        while text[at] != "`":
            if text.startswith("${", at):
                inner, at = self.tokens(text, at + 2, True)
                out += "${" + joined(inner) + "}"
            else:
                size = 2 if text[at] == "\\" else 1
                out, at = out + text[at : at + size], at + size
        return out + "`", at + 1


def joined(found):
    """As one text. A newline stays where a statement might end by it, a blank between words and between equal signs."""
    out = []
    for i, token in enumerate(found):
        if token not in " \n":
            out.append(token)
        elif out and i + 1 < len(found):
            before, after = out[-1][-1], found[i + 1][0]
            if token == "\n" and before not in ";{,([:=+-*&|?>!" and after not in "})],;.:?&|=":
                out.append("\n")
            elif re.match(r"[\w$#]{2}|\+\+|--", before + after):
                out.append(" ")
    return "".join(out)


def shortened(text):
    first = Shortener({})
    first.tokens(text)
    letters = ("#" + "".join(word) for size in (1, 2) for word in itertools.product(string.ascii_letters, repeat=size))
    found, _ = Shortener(dict(zip((name for name, _ in first.private.most_common()), letters))).tokens(text)
    return joined(found)


def is_module(path):
    return os.path.basename(os.path.dirname(path)) == "js"


def sheet(text):
    """A style sheet without comments and needless space."""
    text = re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", text, flags=re.S))
    # An empty value keeps its blank.
    text = re.sub(r"(?<!:) ?; ?", ";", re.sub(r" ?([{},]) ?", r"\1", text))
    return re.sub(r": (?!;)", ":", text).replace(";}", "}").strip()


def entry(name, data):
    tag = hashlib.sha256(data).hexdigest()[:16]
    content_type = TYPES[os.path.splitext(name)[1]]
    packed = gzip.compress(data, 9, mtime=0)
    return f'    {{"/static/{name}", "{content_type}", "\\"{tag}\\"", {{{literal(data)}, {len(data)}}}, {{{literal(packed)}, {len(packed)}}}}},'


def main(output, paths):
    modules = {os.path.basename(path): read(path).decode() for path in paths if is_module(path)}
    files = {os.path.basename(path): read(path) for path in paths if not is_module(path)}
    files.update((name, text.encode()) for name, text in scripts(modules).items())
    files["page.css"] = sheet(files["page.css"].decode()).encode()
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
