#!/usr/bin/env python3
"""Follows docs/tutorial.md, and the lines of README.md that send a record, word for word.

`./dev run` and what it builds are replaced by the programs that are built already.

    tutorial_test.py PROGRAMS SOURCE
"""
import os
import re
import sys
import unittest

from pages import PageTest, blocks, page_of
from programs import PROGRAMS, get, main, needs_own_network, wait_until


@needs_own_network
class Tutorial(PageTest):
    def setUp(self):
        super().setUp()
        # The folders of the tree that the page names.
        os.makedirs(self.path("build/release"))
        os.makedirs(self.path("build/run"))
        os.symlink(PROGRAMS, self.path("build/release/tools"))

    def dev_run(self):
        folder, self.folder = self.folder, self.path("build/run")
        self.start("psherald", "up")
        self.folder = folder

    def look(self, command):
        """The statement of a command for `sqlite3`, which need not be installed."""
        database, sql = re.fullmatch(r"sqlite3 -header (\S+) \"(.*)\"\n", command).groups()
        return self.query(sql, database)

    def follow(self, text):
        for language, code in blocks(text):
            if code.startswith("./dev run"):
                self.dev_run()
            elif language == "python":
                self.write("hello.py", code)
            elif code.startswith("sqlite3 "):
                self.assertEqual([(system, message) for _, _, _, system, message in self.look(code)][:2],
                                 [("my-program", "that went wrong"), ("my-program", "hello from Python")])
            elif language == "sh":
                self.shell(code)

    def on_page(self, address, *texts):
        wait_until(lambda: all(text in get(9021, address)[1] for text in texts), "%s shows %s" % (address, texts))

    def test_whoever_follows_it_sees_what_it_says(self):
        text = page_of("docs/tutorial.md")
        self.assertIn("http://127.0.0.1:9021/", text)
        self.follow(text)
        self.on_page("/", "the first record", "hello from Python", "that went wrong", "ZeroDivisionError: division by zero")
        page = get(9021, "/?SYSTEM_ID=my-program")[1]
        self.assertIn("hello from Python", page)
        self.assertNotIn("the first record", page)
        [(record,)] = self.query("SELECT id FROM log WHERE message = 'that went wrong'", "build/run/herald.sqlite_d")
        self.on_page("/record/%d" % record, "order", "4711", "Traceback")

    def test_the_readme_s_lines_send_a_record(self):
        text = page_of("README.md")
        self.follow(text)
        self.shell(sys.executable + " hello.py")
        self.on_page("/", "hello, psherald")


class Quotations(unittest.TestCase):
    def test_the_readme_quotes_the_example_that_is_built(self):
        [code] = [code for language, code in blocks(page_of("README.md")) if language == "cpp"]
        example = page_of("examples/embed_in_service.cpp")
        for line in code.splitlines():
            self.assertIn(line.strip(), example)


if __name__ == "__main__":
    main()
