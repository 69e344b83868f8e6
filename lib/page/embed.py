#!/usr/bin/env python3
"""embed.py OUTPUT FILE... : writes a C++ file that holds the files, each with its type, a tag of its bytes, and the same as gzip.

An ES module in the folder js that no other imports is the script of a view: one file with all that it needs, so that a page is three requests. What is only reached by
`import('./x.js')` is a second file, NAME-more.js, which imports from the first what both need. In each file a module stands behind those that it imports, its import lines and the
word `export` left out. That keeps their meaning as long as no two modules declare the same name, which is checked.
Comments and what space is not needed stay behind, and private names become short.
"""
import collections
import gzip
import hashlib
import itertools
import json
import os
import re
import string
import sys

TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".js": "text/javascript; charset=utf-8", ".json": "application/json; charset=utf-8"}
IMPORT = re.compile(r"^(?:import|export) \{([^}]*)\} from '\./([a-z_]+\.js)';\n", re.M)
OFFERED = re.compile(r"^export \{([^}]*)\} from", re.M)
STYLE = re.compile(r"^import (\w+) from '\./([a-z_]+\.css)' with \{ type: 'css' \};\n", re.M)
LATER = re.compile(r"import\('\./([a-z_]+\.js)'\)")
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
    """{name: text} of the modules to {name: (text, tag)} of the scripts. Both scripts of a view have one tag, since each knows the other's address."""
    needs = {name: [found[2] for found in IMPORT.finditer(text)] for name, text in modules.items()}
    later = {name: LATER.findall(text) for name, text in modules.items()}
    declared = {}
    for name in sorted(modules):
        for word in names_of(modules[name]):
            if word in declared:
                raise SystemExit(f"{name} and {declared[word]} both declare {word}: names are unique over all modules")
            declared[word] = name
    found = {}
    for view in sorted({name for name in modules if name.endswith(".js")}.difference(*needs.values(), *later.values())):
        first = in_order([view], needs)
        second = [name for name in in_order(later[view], needs) if name not in first]
        used = {word for name in second for word in words_of(IMPORT, modules[name])}
        shared = sorted(word for word in used if declared[word] in first)
        offered = sorted(word for name in later[view] for word in words_of(OFFERED, modules[name]) + exported(modules[name]))
        texts = [bundle(modules, first, shared), bundle(modules, second, offered)]
        tag = tag_of("".join(texts).encode())
        more = view.replace(".js", "-more.js")
        found[view] = LATER.sub(f"import('./{more}?v={tag}')", texts[0]), tag
        found[more] = f"import{{{','.join(shared)}}}from'./{view}?v={tag}';{texts[1]}", tag
    return found


def bundle(modules, names, offered):
    """The modules as one, which exports what is offered."""
    return shortened("".join(plain(modules[name], modules) for name in names)) + f"\nexport{{{','.join(offered)}}}"


def in_order(wanted, needs):
    """The modules behind all that they need, each once."""
    ordered = []

    def add(name, above):
        if name in above:
            raise SystemExit("modules import each other in a circle: " + " ".join([*above, name]))
        if name in ordered:
            return
        for needed in needs[name]:
            add(needed, [*above, name])
        ordered.append(name)

    for name in wanted:
        add(name, [])
    return ordered


def words_of(pattern, text):
    """The names between the braces of what the pattern finds."""
    return [word.strip() for found in pattern.finditer(text) for word in found[1].split(",")]


def exported(text):
    return [word for word in names_of(text) if re.search(rf"^export .*\b{word}\b", text, re.M)]


def names_of(text):
    """What a module declares at its top level. One line of `const` may declare several."""
    for function, kind, constants in DECLARED.findall(text):
        yield from [name for name in (function, kind) if name]
        yield from re.findall(r"(?:^|, )(\w+) =(?![=>])", constants)


def plain(text, modules):
    """Without imports and exports; a style sheet that is imported stands in the text."""
    text = STYLE.sub(lambda found: f"const {found[1]} = new CSSStyleSheet();\n{found[1]}.replaceSync({json.dumps(sheet(modules[found[2]]))});\n", text)
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


def tag_of(data):
    return hashlib.sha256(data).hexdigest()[:16]


def entry(name, data, tag):
    content_type = TYPES[os.path.splitext(name)[1]]
    packed = gzip.compress(data, 9, mtime=0)
    return f'    {{"/static/{name}", "{content_type}", "\\"{tag}\\"", {{{literal(data)}, {len(data)}}}, {{{literal(packed)}, {len(packed)}}}}},'


def main(output, paths):
    modules = {os.path.basename(path): read(path).decode() for path in paths if is_module(path)}
    files = {os.path.basename(path): read(path) for path in paths if not is_module(path)}
    files["page.css"] = sheet(files["page.css"].decode()).encode()
    entries = [(name, data, tag_of(data)) for name, data in files.items()] + [(name, text.encode(), tag) for name, (text, tag) in scripts(modules).items()]
    lines = [
        '// Written by embed.py.',
        '#include "page/assets.hpp"',
        '#pragma GCC diagnostic ignored "-Woverlength-strings"',  # GCC and clang take longer ones than they have to
        "namespace psherald::page {",
        "static constexpr Asset table[] = {",
        *(entry(*each) for each in sorted(entries)),
        "};",
        "std::span<const Asset> assets() noexcept { return table; }",
        "}  // namespace psherald::page",
        "",
    ]
    with open(output, "w", encoding="ascii") as file:
        file.write("\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
