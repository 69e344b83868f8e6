#!/usr/bin/env python3
"""add_settings.py PAGE.IN CONFIGURATION.md OUT: puts the settings that the table in CONFIGURATION.md has into a page."""
import re
import sys

ROW = re.compile(r"\| `([a-z_.]+)` \| (\w+) \| (?:`(.*?)`)? *\| (.*) \|$")


def roff(text):
    """Plain text, one sentence a line, whatever it begins with."""
    text = text.replace("\\", "\\e").replace("`", "")
    return "\n".join(re.sub(r"^(?=[.'])", r"\\&", sentence) for sentence in re.split(r"(?<=\.) (?=[A-Z])", text))


def settings(text):
    """The rows of the chapter's one table that begins with the names of settings."""
    chapter = text.split("\n## Settings\n")[1].split("\n## ")[0]
    for line in filter(lambda line: line.startswith("| `"), chapter.splitlines()):
        row = ROW.match(line)
        if not row:
            sys.exit("add_settings.py: this row is not | `name` | type | `default` | help |:\n" + line)
        yield row.groups()


def item(name, kind, default, help_text):
    default = " , default Li " + roff(default) if default else ""
    return ".It Li %s Pq %s%s\n%s" % (name, kind, default, roff(help_text))


if __name__ == "__main__":
    page, table, out = sys.argv[1:]
    with open(page) as page, open(table) as table, open(out, "w") as out:
        out.write(page.read().replace("@SETTINGS@", "\n".join(item(*row) for row in settings(table.read()))))
