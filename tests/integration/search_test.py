#!/usr/bin/env python3
"""psherald query and psherald count, as people and scripts call them.

    search_test.py PROGRAMS
"""
import contextlib
import csv
import io
import json
import os
import pty
import signal
import sqlite3
import subprocess

from programs import DEADLINE, ProgramTest, main, program

EVIL = "a\x1b[31mred\x07 \u009b2J \u202eback\tand\nforth"


class Search(ProgramTest):
    def setUp(self):
        super().setUp()
        self.assertEqual(self.start("ps_bridge", "--listen", "127.0.0.1:0").end(), 0)
        self.query("DELETE FROM log")  # what the bridge says of itself
        for number, (system, level, message) in enumerate((
                ("shop", 20, "order 4711 done"), ("shop", 40, "connection refused"), ("box", 30, "disk, nearly \"full\""), ("box", 40, EVIL)), 1):
            self.insert(system, level, {20: "INFO", 30: "WARNING", 40: "ERROR"}[level], message, number)

    def insert(self, *values):
        with contextlib.closing(sqlite3.connect(self.path("herald.sqlite_d"), timeout=DEADLINE)) as connection, connection:
            connection.execute("INSERT INTO log(system_id, levelno, levelname, message, lineno) VALUES(?, ?, ?, ?, ?)", values)

    def search(self, *words, code=0):
        result = self.run_program("psherald", "query", *words)
        self.assertEqual((result.returncode, result.stderr), (code, ""))
        return result.stdout

    def lines(self, *words):
        return [json.loads(line)["line"] for line in self.search("--format=ndjson", *words).splitlines()]

    def test_the_newest_records_come_first_and_as_many_as_are_wanted(self):
        self.assertEqual(self.lines(), [4, 3, 2, 1])
        self.assertEqual(self.lines("--reverse"), [1, 2, 3, 4])
        self.assertEqual(self.lines("--limit", "2"), [4, 3])
        self.assertEqual(self.lines("level>=warning", "not", "system:shop"), [4, 3])
        self.assertEqual(self.lines("--", "-system:shop"), [4, 3])
        self.assertEqual(self.lines("--since=1h", "refused or order"), [2, 1])
        self.assertEqual(self.search("--since=1h", "until:2h", code=1), "")

    def test_a_count_is_a_number_and_no_match_is_told_by_the_exit_code(self):
        for words, code, said in ((("system:shop",), 0, "2\n"), ((), 0, "4\n"), (("nowhere",), 1, "0\n"), (("--since=1h", "*"), 0, "4\n")):
            result = self.run_program("psherald", "count", *words)
            self.assertEqual((result.returncode, result.stdout, result.stderr), (code, said, ""))
        self.assertEqual(self.search("nowhere", code=1), "")
        self.assertEqual(json.loads(self.search("--format=json", "nowhere", code=1)), [])

    def test_each_format_has_the_records(self):
        records = json.loads(self.search("--format=json"))
        self.assertEqual([record["message"] for record in records][1:], ["disk, nearly \"full\"", "connection refused", "order 4711 done"])
        self.assertEqual(records[0]["message"], EVIL)
        self.assertEqual((records[3]["system"], records[3]["level"], records[3]["line"]), ("shop", 20, 1))
        rows = list(csv.DictReader(io.StringIO(self.search("--format=csv"))))
        self.assertEqual([row["message"] for row in rows][1:], ["disk, nearly \"full\"", "connection refused", "order 4711 done"])
        self.assertIn(" ERROR shop connection refused\n", self.search("--format=log"))
        table = self.search("--format=table").splitlines()
        self.assertEqual(table[0].split(), ["RECEIVED", "LEVEL", "SYSTEM", "MESSAGE"])
        self.assertEqual(table[3].split(maxsplit=2)[2], "ERROR     shop              connection refused")

    def test_no_control_character_of_a_record_reaches_the_terminal(self):
        for name in ("table", "json", "ndjson", "csv", "log"):
            with self.subTest(name):
                text = self.search("--format", name, "red")
                self.assertEqual([c for c in text if c != "\n" and c != "\r" and (ord(c) < 32 or 127 <= ord(c) < 160)], [])

    def test_a_mistake_is_marked_in_the_text(self):
        for command in ("query", "count"):
            result = self.run_program("psherald", command, "refused", "sytem:shop")
            self.assertEqual((result.returncode, result.stdout), (64, ""))
            self.assertEqual(result.stderr, "psherald %s: unknown field \"sytem\"; nearest: system; an extra attribute is written attr.sytem, "
                             "a text is put in quotes\n  refused sytem:shop\n          ^~~~~\n" % command)
        self.assertEnded(self.run_program("psherald", "query", "x" * 300 + " a\x1bb"), 64, "\n  ...xxx", "x a?b\n")
        self.assertEnded(self.run_program("psherald", "query", "--since=noon"), 64, "noon\"\" is not a time", "\n  since:\"noon\"\n        ^~~~~~\n")
        self.assertEnded(self.run_program("psherald", "query", "--format=xml"), 64, "\"xml\" is no format; there are table, json, ndjson, csv and log")
        self.assertEnded(self.run_program("psherald", "query", "--database", "none.sqlite"), 66, "none.sqlite")

    def test_a_text_that_may_be_meant_otherwise_gets_a_note(self):
        result = self.run_program("psherald", "query", "--format=ndjson", "order done or refused")
        self.assertEqual(result.returncode, 0)
        self.assertTrue(result.stderr.startswith("note: read as (order done) or refused; "), result.stderr)

    def test_levels_have_colours_on_a_terminal_only(self):
        self.assertNotIn("\x1b", self.search("level:error"))
        for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
            ours, theirs = pty.openpty()
            self.addCleanup(os.close, ours)
            result = self.run_program("psherald", "query", "refused", environment=environment, stdout=theirs)
            os.close(theirs)
            self.assertEqual(result.returncode, 0)
            self.assertEqual("\x1b[31m" in os.read(ours, 10000).decode(), coloured)

    def test_it_ends_quietly_when_nobody_reads_on(self):
        process = subprocess.Popen([program("psherald"), "query"], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.close()
        self.assertEqual(process.stderr.read(), b"")
        process.stderr.close()
        self.assertEqual(process.wait(DEADLINE), -signal.SIGPIPE)


if __name__ == "__main__":
    main()
