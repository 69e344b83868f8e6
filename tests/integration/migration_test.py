#!/usr/bin/env python3
"""Follows docs/migration.md, command for command, with a database that ps.herald left.

    migration_test.py PROGRAMS SOURCE
"""
import os
import re
import shutil
import subprocess
import sys

from pages import SOURCE, PageTest, blocks, page_of
from programs import PROGRAMS, get, main, needs_own_network, wait_until

REFERENCE = os.path.join(SOURCE, "tests/data/ps_herald/herald.sqlite")
PAGE = 9025
SQLITE3 = """#!{python}
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.executescript(sys.argv[2])
"""


@needs_own_network
class Migration(PageTest):
    def setUp(self):
        super().setUp()
        shutil.copy(REFERENCE, self.path("herald.sqlite"))
        os.mkdir(self.path("bin"))
        # It need not be installed.
        os.chmod(self.write("bin/sqlite3", SQLITE3.format(python=sys.executable)), 0o755)
        self.environment.update(DEV_STAGE="PRODUCTION", PATH=os.pathsep.join([self.path("bin"), PROGRAMS, os.environ["PATH"]]))
        self.running = set()
        self.addCleanup(self.end_all)

    def end_all(self):
        for name in self.running:
            if os.path.exists(self.path(name + "_lock")):
                self.shell("kill $(cat %s_lock)" % name)
        self.wait_for_end(*self.running)

    def wait_for_end(self, *names):
        wait_until(lambda: not any(os.path.exists(self.path(name + "_lock")) for name in names), "they have ended")
        self.running.difference_update(names)

    def start_ps_herald(self):
        """What stands for its programs: something that runs, with its process id in the file."""
        self.old = [subprocess.Popen(["sleep", "600"]) for _ in range(2)]
        for process, name in zip(self.old, ("ps_bridge_lock", "ps_herald_lock")):
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            self.write(name, str(process.pid))

    def run_in_background(self, name, ready):
        before = self.log_of(name).count(ready)
        self.running.add(name)
        self.shell(self.next(name))
        wait_until(lambda: self.log_of(name).count(ready) > before, name + " is ready")

    def next(self, *texts):
        """The next command of the page, which has these texts in it."""
        command = self.commands.pop(0)
        for text in texts:
            self.assertIn(text, command)
        return command

    def stop(self, *names):
        self.shell(self.next("kill", *names))
        self.wait_for_end(*names)

    def test_whoever_follows_it_goes_on_and_can_go_back(self):
        page = re.sub(r"\n## Rules and mail\n.*?(?=\n## )", "", page_of("docs/migration.md"), flags=re.S)  # neelix_test.py follows that
        self.commands = [code for language, code in blocks(page) if language == "sh"]
        original = self.query("SELECT * FROM log ORDER BY id", "herald.sqlite")

        self.start_ps_herald()
        self.shell(self.next("kill"))
        self.assertEqual([process.wait() for process in self.old], [-15, -15])
        self.shell(self.next("before"))

        self.assertIn("it is of ps.herald 1.4.2", self.shell(self.next("psherald check")))
        self.run_in_background("ps_herald", "serving the page")
        self.assertIn(original[-1][15], get(PAGE)[1])
        self.stop("ps_herald")
        self.assertEqual(self.query("SELECT * FROM log ORDER BY id", "herald.sqlite"), original)

        self.run_in_background("ps_bridge", "receiving records on")
        self.run_in_background("ps_herald", "serving the page")
        said = self.shell(self.next("emit", "check"))
        self.assertIn("all is well", said)
        self.assertNotIn("of ps.herald", said)
        wait_until(lambda: "psherald has taken over" in get(PAGE)[1], "the page shows it")
        self.assertIn(original[-1][15], get(PAGE, "/?max_rows=500")[1])

        self.stop("ps_bridge", "ps_herald")
        self.shell(self.next("mv"))
        self.assertEqual(self.query("SELECT * FROM log ORDER BY id", "herald.sqlite"), original)
        self.shell(self.next("sqlite3"))
        rows = self.query("SELECT * FROM log ORDER BY id", "herald.sqlite")
        self.assertEqual(rows[:len(original)], original)
        self.assertIn("psherald has taken over", [row[15] for row in rows[len(original):]])
        self.assertEqual(self.commands, [])


if __name__ == "__main__":
    main()
