#!/usr/bin/env python3
"""psherald sql, export and import, as people and scripts call them.

    exchange_test.py PROGRAMS
"""
import contextlib
import csv
import io
import json
import os
import resource
import signal
import sqlite3
import subprocess

from programs import DEADLINE, ProgramTest, close, logger_to, main, program, wait_until

EVIL = "a\x1b[31mred\x07 \u009b2J \u202eback\tand\nforth"


class Exchange(ProgramTest):
    def setUp(self):
        super().setUp()
        self.assertEqual(self.start("ps_bridge", "--listen", "127.0.0.1:0").end(), 0)
        self.query("DELETE FROM log")  # what the bridge says of itself
        for number, (system, level, message) in enumerate((
                ("shop", 20, "order 4711 done"), ("shop", 40, "=1+1"), ("box", 30, "disk, nearly \"full\""), ("box", 40, EVIL)), 1):
            self.insert(system, level, {20: "INFO", 30: "WARNING", 40: "ERROR"}[level], message, number)

    def insert(self, *values):
        with contextlib.closing(sqlite3.connect(self.path("herald.sqlite_d"), timeout=DEADLINE)) as connection, connection:
            connection.execute("INSERT INTO log(system_id, levelno, levelname, message, lineno) VALUES(?, ?, ?, ?, ?)", values)

    def said(self, *words, code=0, stderr="", **options):
        result = self.run_program("psherald", *words, **options)
        self.assertEqual((result.returncode, result.stderr), (code, stderr))
        return result.stdout


class Sql(Exchange):
    SELECT = "SELECT lineno, system_id, message, NULL AS absent, x'00ff' AS bytes FROM log ORDER BY lineno"

    def test_each_format_has_the_rows(self):
        rows = json.loads(self.said("sql", "--format=json", self.SELECT))
        self.assertEqual(rows[1], {"lineno": 2, "system_id": "shop", "message": "=1+1", "absent": None, "bytes": "00ff"})
        self.assertEqual(rows[3]["message"], EVIL)
        self.assertEqual([json.loads(line) for line in self.said("sql", "--format", "ndjson", self.SELECT).splitlines()], rows)
        cells = list(csv.DictReader(io.StringIO(self.said("sql", "--format=csv", self.SELECT))))
        self.assertEqual([row["message"] for row in cells][:3], ["order 4711 done", "'=1+1", "disk, nearly \"full\""])
        table = self.said("sql", self.SELECT).splitlines()
        self.assertEqual(table[0].split(), ["lineno", "system_id", "message", "absent", "bytes"])
        self.assertEqual(table[1].split(), ["1", "shop", "order", "4711", "done", "00ff"])

    def test_no_row_still_has_its_form(self):
        for form, text in (("json", "[]\n"), ("ndjson", ""), ("csv", "id,message\n"), ("table", "id  message\n")):
            self.assertEqual(self.said("sql", "--format", form, "SELECT id, message FROM log WHERE 0"), text)

    def test_no_control_character_of_a_value_reaches_the_terminal(self):
        for form in ("table", "json", "ndjson", "csv"):
            text = self.said("sql", "--format", form, "SELECT message, message AS \"a\x1bb\" FROM log WHERE lineno = 4")
            self.assertEqual([c for c in text if c not in "\n\r\t" and (ord(c) < 32 or 127 <= ord(c) < 160)], [])

    def test_a_mistake_says_what_was_wrong_and_more_rows_are_told(self):
        self.assertEqual(self.said("sql", "--limit=2", "--format=csv", "SELECT lineno FROM log", stderr="there are more rows than 2; --limit=N shows more of them\n"),
                         "lineno\n1\n2\n")
        for words, code, text in ((["SELEC 1"], 64, "psherald sql: cannot run the SQL: near \"SELEC\": syntax error\n"),
                                  (["DELETE FROM log"], 64, "psherald sql: cannot run the SQL: DELETE is refused: one SELECT that reads is all it may be\n"),
                                  ([], 64, "there is no SQL"),
                                  (["--format=xml", "SELECT 1"], 64, "\"xml\" is no format; there are table, json, ndjson and csv"),
                                  (["--database=none.sqlite", "SELECT 1"], 66, "none.sqlite")):
            self.assertEnded(self.run_program("psherald", "sql", *words), code, text)
        self.assertEnded(self.run_program("psherald", "sql", "--seconds=1", "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM c) SELECT count(*) FROM c"),
                         64, "it took longer than 1000 ms")
        self.assertEqual(len(self.messages()), 4)
        self.query("CREATE VIEW odd AS SELECT * FROM \"a\x1b[31mb\"")
        self.assertEnded(self.run_program("psherald", "sql", "SELECT * FROM odd"), 64, "no such table: main.a\ufffd[31mb\n")


class Export(Exchange):
    def lines(self, *words):
        return [json.loads(line) for line in self.said("export", *words).splitlines()]

    def test_ndjson_has_all_of_each_record_the_oldest_first(self):
        records = self.lines()
        self.assertEqual([record["line"] for record in records], [1, 2, 3, 4])
        self.assertEqual((records[3]["message"], records[3]["level"], records[3]["level_name"], records[3]["system"]), (EVIL, 40, "ERROR", "box"))
        self.assertRegex(records[0]["received"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertEqual(set(records[0]), {"id", "received", "level", "level_name", "system", "line", "message", "origin", "origin_id"})
        self.assertEqual([record["line"] for record in self.lines("--since=1h", "system:shop")], [1, 2])
        self.assertEqual(self.lines("nowhere"), [])

    def test_records_around_a_match_come_once(self):
        for words, expected in ((["--around=1", "line:2"], [1, 2, 3]), (["--around", "1", "line:(1 or 2)"], [1, 2, 3]), (["--around=9", "line:4"], [1, 2, 3, 4]),
                                (["--around=1", "line:1 or line:4"], [1, 2, 3, 4])):
            with self.subTest(words):
                self.assertEqual([record["line"] for record in self.lines(*words)], expected)

    def test_csv_is_safe_in_a_spreadsheet_and_on_a_terminal(self):
        self.insert("box", -5, "LOW", "-minus", -6)
        text = self.said("export", "--format=csv")
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual([row["message"] for row in rows][:3], ["order 4711 done", "'=1+1", "disk, nearly \"full\""])
        self.assertEqual((rows[4]["message"], rows[4]["level"], rows[4]["line"]), ("'-minus", "-5", "-6"))
        for name in ("ndjson", "csv"):
            text = self.said("export", "--format", name)
            self.assertEqual([c for c in text if c not in "\n\r\t" and (ord(c) < 32 or 127 <= ord(c) < 160)], [])

    def test_a_database_of_their_own_has_them_as_they_were(self):
        self.assertEqual(self.said("export", "--format=sqlite", "--output=incident.sqlite", "--around=1", "line:3"), "incident.sqlite: 3 records\n")
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("incident")], ["incident.sqlite"])
        self.assertIn("all is well", self.said("check", "--database=incident.sqlite"))
        ours = {record["id"]: record for record in self.lines()}
        theirs = self.lines("--database=incident.sqlite")
        self.assertEqual([record["line"] for record in theirs], [2, 3, 4])
        for record in theirs:
            del record["id"]
            self.assertEqual(dict(record, id=record["origin_id"]), ours[record["origin_id"]])

    def test_a_file_appears_when_it_is_whole(self):
        self.write("out.ndjson.part", "what an interrupted export left")
        self.write("out.ndjson", "an older one")
        self.assertEqual(self.said("export", "--output=out.ndjson", "line:1"), "out.ndjson: 1 records\n")
        with open(self.path("out.ndjson")) as file:
            self.assertEqual([json.loads(line)["line"] for line in file], [1])
        self.assertNotIn("out.ndjson.part", os.listdir(self.folder))

    def test_an_export_that_was_killed_goes_on(self):
        with open(self.path("many.ndjson"), "w") as file:
            for number in range(60_000):
                file.write('{"message": "record %d\\nof many", "system": "many", "line": %d}\n' % (number, number))
        self.run_program("psherald", "import", "many.ndjson")
        for form in ("ndjson", "csv"):
            words = ("export", "--format", form, "system:many since:9000d")
            whole = self.said(*words)
            output = "out." + form
            killed = subprocess.run([program("psherald"), *words, "--output", output], cwd=self.folder, env=self.environment, capture_output=True, timeout=DEADLINE,
                                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (6 << 20, 6 << 20)))
            self.assertEqual(killed.returncode, -signal.SIGXFSZ)
            with open(self.path(output + ".part"), "ab") as file:
                file.write(b"half a rec")
            result = self.run_program("psherald", *words, "--output", output)
            self.assertRegex(result.stderr, r"^out\.%s\.part: going on behind [1-9]\d* records that are there\n$" % form)
            self.assertEqual((result.returncode, result.stdout), (0, "%s: 60000 records\n" % output))
            with open(self.path(output)) as file:
                self.assertEqual(file.read(), whole)
            self.assertEqual([name for name in os.listdir(self.folder) if ".part" in name], [])

    def test_an_export_of_something_else_begins_anew(self):
        self.write("out.ndjson.part", "{}\n")
        for state in ("", "3 1 1 1795000000000000\n", "3 1 1 1795000000000000\nndjson\nelsewhere\nline:2", "x"):
            self.write("out.ndjson.part", "{}\n")
            self.write("out.ndjson.part-state", state)
            self.assertEqual(self.said("export", "--output=out.ndjson", "line:1"), "out.ndjson: 1 records\n")

    def test_a_mistake_is_told_before_anything_is_written(self):
        left = lambda: sorted(name for name in os.listdir(self.folder) if not name.startswith("herald"))
        before = left()
        for words, code, text in ((["--format=xml"], 64, "\"xml\" is no format; there are ndjson, csv and sqlite"),
                                  (["--format=sqlite"], 64, "--output=FILE"),
                                  (["--output=herald.sqlite_d"], 64, "herald.sqlite_d is the database itself"),
                                  (["--output=LOG"], 73, "LOG is a directory"),
                                  (["--output=nowhere/x"], 73, "nowhere/x.part cannot be created"),
                                  (["--around=99999"], 64, "--around is at most 10000"),
                                  (["sytem:shop"], 64, "unknown field"),
                                  (["--database=none.sqlite"], 66, "none.sqlite")):
            with self.subTest(words):
                self.assertEnded(self.run_program("psherald", "export", *words), code, text)
        self.assertEqual(left(), before)


class Import(Exchange):
    def imported(self, *words, database="other.sqlite", **options):
        return self.said("import", "--database", database, *words, **options)

    def records(self, database="other.sqlite"):
        return [json.loads(line) for line in self.said("export", "--database", database).splitlines()]

    def test_ndjson_and_databases_give_the_same_records_back_each_once(self):
        self.said("export", "--output=all.ndjson")
        self.said("export", "--format=sqlite", "--output=all.sqlite")
        self.assertEqual(self.imported("all.ndjson"), "all.ndjson: 4 records stored, 0 were here already\n")
        self.assertEqual(self.imported("all.sqlite", "herald.sqlite_d"), "all.sqlite: 0 records stored, 4 were here already\n"
                         "herald.sqlite_d: 0 records stored, 4 were here already\n")
        ours, theirs = self.records("herald.sqlite_d"), self.records()
        for one, other in zip(ours, theirs):
            other["id"] = other["origin_id"]
            self.assertEqual(other, one)
        self.assertEqual(self.imported("all.ndjson", "all.sqlite", database="herald.sqlite_d"),
                         "all.ndjson: 0 records stored, 4 were here already\nall.sqlite: 0 records stored, 4 were here already\n")
        self.assertIn("all is well", self.said("check", "--database=other.sqlite"))

    def test_what_was_deleted_comes_back(self):
        self.said("export", "--output=all.ndjson")
        self.query("DELETE FROM log WHERE lineno = 2")
        self.assertEqual(self.imported("all.ndjson", database="herald.sqlite_d"), "all.ndjson: 1 records stored, 3 were here already\n")
        self.assertEqual(self.imported("all.ndjson", database="herald.sqlite_d"), "all.ndjson: 0 records stored, 4 were here already\n")
        self.assertEqual(self.messages("lineno = 2"), ["=1+1"])

    def test_a_log_that_has_grown_gives_what_is_new(self):
        path = self.write("app.log", "2026-11-22 09:10:24,318 INFO shop: one\n2026-11-22 09:10:25,318 ERROR shop: two\n"
                          "Traceback (most recent call last):\nValueError: x\n2026-11-22 09:10:26,318 INF")
        half = "app.log: its last line is not whole yet, and was left for the next time\n"
        self.assertEqual(self.imported("app.log", stderr=half), "app.log: 2 records stored, 0 were here already\n")
        self.assertEqual(self.imported("app.log", stderr=half), "app.log: 0 records stored, 2 were here already\n")
        with open(path, "a") as file:
            file.write("O shop: three\n")
        os.rename(path, self.path("app.log.1"))
        self.assertEqual(self.imported("app.log.1"), "app.log.1: 1 records stored, 2 were here already\n")
        self.assertEqual([(record["message"], record.get("exception")) for record in self.records()],
                         [("one", None), ("two", "Traceback (most recent call last):\nValueError: x"), ("three", None)])

    def test_stdin_and_a_pattern(self):
        self.assertEqual(self.imported("--pattern=%(levelname)s|%(message)s", "-", input="INFO|one\nERROR|two"), "-: 2 records stored, 0 were here already\n")
        self.assertEqual(self.imported("-", input='{"msg": "three", "levelname": "ERROR", "order": 7}'), "-: 1 records stored, 0 were here already\n")
        self.assertEqual([(record["message"], record["level"], record.get("attr")) for record in self.records()],
                         [("one", 20, None), ("two", 40, None), ("three", 40, {"order": 7})])

    def test_a_database_of_ps_herald_stays_as_it_is_and_gives_each_row_once(self):
        columns = self.query("SELECT group_concat(name) FROM pragma_table_info('log') WHERE name <> 'sender_created'")[0][0].split(",")
        def grow(rows):
            with contextlib.closing(sqlite3.connect(self.path("old.sqlite"))) as connection, connection:
                connection.execute("CREATE TABLE IF NOT EXISTS log(id INTEGER PRIMARY KEY, %s)" % ", ".join(columns[1:]))
                for message in rows:
                    connection.execute("INSERT INTO log(created, levelno, levelname, system_id, message) VALUES('2026-11-22 09:10:24.318567', 30, 'WARNING', 'old', ?)", (message,))
        grow(["one", "two"])
        with open(self.path("old.sqlite"), "rb") as file:
            before = file.read()
        self.assertEqual(self.imported("old.sqlite"), "old.sqlite: 2 records stored, 0 were here already\n")
        with open(self.path("old.sqlite"), "rb") as file:
            self.assertEqual(file.read(), before)
        grow(["three"])
        self.assertEqual(self.imported("old.sqlite"), "old.sqlite: 1 records stored, 2 were here already\n")
        self.said("export", "--database=old.sqlite", "--output=old.ndjson")
        self.said("export", "--database=old.sqlite", "--format=sqlite", "--output=new.sqlite")
        self.assertEqual(self.imported("old.ndjson", "new.sqlite"), "old.ndjson: 0 records stored, 3 were here already\nnew.sqlite: 0 records stored, 3 were here already\n")
        self.assertEqual(self.query("SELECT created, levelno, system_id, message FROM log", "other.sqlite"),
                         [("2026-11-22 09:10:24.318567", 30, "old", message) for message in ("one", "two", "three")])

    def test_what_cannot_be_read_is_told_and_the_rest_is_stored(self):
        self.write("bad.ndjson", '{"message": "good"}\n' + "nonsense\n" * 9 + '{"message": "also good"}\n')
        self.write("other.db", "SQLite format 3\0 and nothing that follows")
        result = self.run_program("psherald", "import", "--database=other.sqlite", "none.log", "bad.ndjson", "other.db", "-", input='{"message": "good too"}\n')
        self.assertEqual(result.returncode, 65)
        self.assertEqual(result.stdout, "bad.ndjson: 2 records stored, 0 were here already\n-: 1 records stored, 0 were here already\n")
        said = result.stderr.splitlines()
        self.assertEqual(said[0], "none.log: cannot be opened: No such file or directory")
        self.assertEqual(said[1:6], ["bad.ndjson:%d: it is no JSON object: see its byte 1" % number for number in range(2, 7)])
        self.assertEqual(said[6], "bad.ndjson: 4 more lines cannot be read")
        self.assertIn("other.db", said[7])
        self.assertEqual(len(said), 8)

    def test_a_misuse_is_told_before_anything_is_stored(self):
        for words, code, text in (([], 64, "name the files to import, or - for stdin"),
                                  (["--pattern=%(levelname)s", "x"], 64, "there is no %(message)s in it"),
                                  (["herald.sqlite_d"], 64, "herald.sqlite_d is the database that it would be imported into")):
            with self.subTest(words):
                self.assertEnded(self.run_program("psherald", "import", *words), code, text)

    def test_an_import_that_was_killed_goes_on_while_a_bridge_writes(self):
        lines = "".join(json.dumps({"message": "m %d" % number, "system_id": "bulk", "filler": "x" * 200}) + "\n" for number in range(60000))
        self.write("bulk.ndjson", lines)
        bridge = self.start("ps_bridge", "--listen", "127.0.0.1:0")
        logger = logger_to("127.0.0.1", self.port_of())
        self.addCleanup(close, logger)
        process = subprocess.Popen([program("psherald"), "import", "bulk.ndjson"], cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL)
        stored = lambda: self.query("SELECT count(*) FROM entry JOIN source ON source.id = entry.source WHERE system_id = 'bulk'")[0][0]
        wait_until(lambda: stored() > 0 or process.poll() is not None, "the import has begun")
        process.kill()
        process.wait(DEADLINE)
        before = stored()
        logger.warning("meanwhile", extra={"SYSTEM_ID": "test"})
        said = self.said("import", "bulk.ndjson")
        self.assertEqual(said, "bulk.ndjson: %d records stored, %d were here already\n" % (60000 - before, before))
        self.wait_for_messages(["meanwhile"])
        self.assertEqual(bridge.end(), 0)
        self.assertEqual(self.query("SELECT count(DISTINCT message), count(*) FROM log WHERE system_id = 'bulk'"), [(60000, 60000)])
        self.assertIn("all is well", self.said("check"))


if __name__ == "__main__":
    main()
