#!/usr/bin/env python3
"""The commands of psherald that look at the log, as people and scripts call them.

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
        self.assertEqual(table[0].split(), ["received", "level", "system", "message"])
        self.assertEqual(table[3].split(maxsplit=2)[2], "ERROR     shop              connection refused")

    def test_no_control_character_of_a_record_reaches_the_terminal(self):
        for name in ("table", "json", "ndjson", "csv", "log"):
            with self.subTest(name):
                text = self.search("--format", name, "red")
                self.assertEqual([c for c in text if c not in "\n\r\t" and (ord(c) < 32 or 127 <= ord(c) < 160)], [])

    def rows(self, *words, code=0):
        result = self.run_program("psherald", words[0], "--format=ndjson", *words[1:])
        self.assertEqual((result.returncode, result.stderr), (code, ""))
        return [json.loads(line) for line in result.stdout.splitlines()]

    def test_fields_are_chosen_by_name(self):
        self.assertEqual(self.rows("query", "--fields=line,system_id", "--limit=2"), [{"line": 4, "system": "box"}, {"line": 3, "system": "box"}])
        self.assertEqual(self.search("--fields=line,level,message", "system:shop"),
                         "line  level  message\n   2     40  connection refused\n   1     20  order 4711 done\n")
        self.assertEnded(self.run_program("psherald", "query", "--fields=line,sytem"), 64, "unknown field \"sytem\"; nearest: system", "\n  sytem\n  ^~~~~\n")
        self.assertEnded(self.run_program("psherald", "query", "--fields=line", "--format=log"), 64, "\"log\" is no format; there are table, json, ndjson and csv\n")

    def test_records_around_one(self):
        first = self.rows("query", "--reverse")[0]["id"]
        self.assertEqual([row["line"] for row in self.rows("query", "--around", str(first + 1), "--limit=1")], [1, 2, 3])
        self.assertEqual([row["line"] for row in self.rows("query", "--around", str(first + 1), "system:box")], [2, 3, 4])
        self.assertEqual(self.rows("query", "--around=999", code=1), [])
        self.assertEnded(self.run_program("psherald", "query", "--around=x"), 64, "--around: \"x\" is not the id of a record")

    def test_statistics(self):
        for words, expected in (
                (("top", "system"), [{"records": 2, "system": "box"}, {"records": 2, "system": "shop"}]),
                (("top", "level", "system:shop"), [{"records": 1, "level": "error"}, {"records": 1, "level": "info"}]),
                (("top", "product"), [{"records": 4}]),
                (("top", "--limit=1", "attr.x", "system:shop"), [{"records": 2}])):
            self.assertEqual(self.rows(*words), expected)
        histogram = self.rows("histogram")
        self.assertEqual([sum(row[name] for row in histogram) for name in ("records", "warnings", "errors")], [4, 1, 2])
        self.assertEqual(sum(row["levels"].get("ERROR", 0) for row in histogram), 2)
        patterns = {row["message"]: row["records"] for row in self.rows("patterns", "system:shop")}
        self.assertEqual(patterns, {"connection refused": 1, "order <num> done": 1})
        systems = self.rows("systems")
        self.assertEqual([(row["system"], row["records"]) for row in systems], [("box", 2), ("shop", 2)])
        self.assertEqual(self.run_program("psherald", "values", "system").stdout, "box\nshop\n")
        self.assertEqual(self.run_program("psherald", "values", "line", "--", "-system:box").stdout, "1\n2\n")
        for words in (("top", "system"), ("histogram",), ("patterns",), ("systems",), ("values", "system"), ("tail",)):
            result = self.run_program("psherald", *words, "nowhere")
            self.assertEqual((result.returncode, result.stdout, result.stderr), (1, "", ""), words)
            self.assertIn("unknown field", self.run_program("psherald", *words, "sytem:x").stderr)

    def test_statistics_are_tables_for_people(self):
        self.assertEqual(self.run_program("psherald", "top", "system").stdout, "records  system\n      2  box\n      2  shop\n")
        self.assertEqual(self.run_program("psherald", "top", "product").stdout, "records  product\n      4  (absent)\n")
        note = self.run_program("psherald", "top", "line", "--limit=3").stderr
        self.assertEqual(note, "note: 1 records have values that are not listed; --limit lists more\n")
        self.assertEnded(self.run_program("psherald", "top"), 64, "name a field, such as system")
        self.assertEnded(self.run_program("psherald", "top", "message"), 64, "\"message\" has no values to count by")
        self.assertEnded(self.run_program("psherald", "top", "system", "--format=log"), 64, "\"log\" is no format; there are table, json, ndjson and csv\n")

    def test_tail_prints_the_newest_and_follows_what_comes(self):
        self.assertEqual([row["line"] for row in self.rows("tail", "-n", "2")], [3, 4])
        self.assertEqual([row["line"] for row in self.rows("tail", "-n1", "system:shop")], [2])
        process = subprocess.Popen([program("psherald"), "tail", "-f", "-n1", "--format=ndjson", "level>=error"], cwd=self.folder, env=self.environment,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        self.assertEqual(json.loads(process.stdout.readline())["line"], 4)
        for number in range(5, 9):
            self.insert("shop", 40 if number % 2 else 20, "ERROR", "again", number)
        self.assertEqual([json.loads(process.stdout.readline())["line"] for _ in range(2)], [5, 7])
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE), -signal.SIGINT)

    def test_a_formula_in_csv_is_a_text(self):
        for number, message in enumerate(("=1+1", "+x", "-x", "@x", "a=b"), 10):
            self.insert("shop", 20, "INFO", message, number)
        rows = list(csv.DictReader(io.StringIO(self.search("--format=csv", "--reverse", "line>=10"))))
        self.assertEqual([row["message"] for row in rows], ["'=1+1", "'+x", "'-x", "'@x", "a=b"])

    def test_a_word_is_completed_with_what_the_database_has(self):
        for words, expected in (
                (["qu"], ["query "]),
                (["query", "--for"], ["--format="]),
                (["query", "--format=nd"], ["--format=ndjson "]),
                (["query", "--fields=id,syst"], ["--fields=id,system"]),
                (["tail", "subs"], ["subsystem:", "subsubsystem:"]),
                (["query", "refused", "system:B"], ["system:box "]),
                (["count", "-system:s"], ["-system:shop "]),
                (["query", "level>=w"], ["level>=warning "]),
                (["query", "since"], ["since:"]),
                (["top", "syst"], ["system "]),
                (["top", "system", "level:e"], ["level:emergency ", "level:error "]),
                (["backup", "f"], []),
                (["query", "sytem:"], []),
                (["nothing", "x"], [])):
            self.assertEqual(self.run_program("psherald", "complete", "--", *words).stdout.splitlines(), expected, words)

    def test_bash_completes_quoted_and_unquoted_words(self):
        script = os.path.join(os.path.dirname(__file__), "..", "..", "tools", "completion", "psherald.bash")
        for line, words, expected in (
                ("psherald query system:s", ["psherald", "query", "system", ":", "s"], "shop"),
                ("psherald query 'level>=w", ["psherald", "query", "'level>=w"], "level>=warning"),
                ("psherald que", ["psherald", "que"], "query"),
                ("psherald query ", ["psherald", "query", ""], "id:")):
            command = "compopt() { :; }; source %s; psherald() { %s \"$@\"; }; COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=(\"${@:2}\") COMP_CWORD=$(($# - 2)); " \
                "_psherald; printf '%%s\\n' \"${COMPREPLY[@]}\"" % (script, program("psherald"))
            result = subprocess.run(["bash", "-c", command, "bash", line, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=DEADLINE)
            self.assertEqual(result.stderr, "")
            self.assertIn(expected, result.stdout.splitlines(), line)

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
