#!/usr/bin/env python3
"""psherald sql, export and import, as people and scripts call them.

    exchange_test.py PROGRAMS
"""
import contextlib
import csv
import io
import json
import sqlite3

from programs import DEADLINE, ProgramTest, main

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


if __name__ == "__main__":
    main()
