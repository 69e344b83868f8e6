#!/usr/bin/env python3
"""Makes a database as ps.herald 1.4.2 leaves it, or would if its senders were as odd as they may be.

    make_ps_herald.py FILE ROWS [EVERY]

Its tables and ordinary rows are those of tests/data/ps_herald/herald.sqlite. Every EVERY-th row (10) has an odd value in one
column: each column gets each of them in turn. A few ids are odd, too.
"""
import datetime
import os
import random
import sqlite3
import sys

REFERENCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "ps_herald", "herald.sqlite")


class Text(bytes):
    """A text that Python would not take for one."""


ODD_VALUES = (
    None, "", "None", "NULL", "not_selected", " ", "0", "30", " 12", "1e3", "0x10", "-", "a\0b", Text(b"caf\xe9 \xff\xfe"), Text(b"\xed\xa0\x80"), "\ufffd\u2028",
    "größe \U0001f389", "<b onclick='x'>\"&amp;</b>", "'); DROP TABLE log; --", "{\"a\": [1, null]}", "line\r\nline\ttab\x1b[31m", "x" * 5_000,
    "2026-11-22T09:10:24+01:00", "2026-11-22 09:10:24", "2026-02-30 25:61:61", "1795333824.5", "0000-00-00 00:00:00.000000", 0, 1, -1, 20, 2**31, 2**53 + 1, 2**63 - 1,
    -2**63, 0.0, -0.0, 0.1, 1e-300, 1.7e308, float("inf"), float("-inf"), 1795333824.123456, b"", b"\x00\x01\xff", b"text in a blob")
ODD_IDS = (-2**63, -7, 0, 2**62, 2**62 + 1, 2**63 - 1)


def read_reference():
    """Statements, names of the columns, rows."""
    connection = sqlite3.connect("file:%s?mode=ro&immutable=1" % REFERENCE, uri=True)
    try:
        statements = [sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'")]
        rows = connection.execute("SELECT * FROM log")
        return statements, [column[0] for column in rows.description], [list(row) for row in rows]
    finally:
        connection.close()


class Maker:
    def __init__(self, path, every=10):
        self.statements, self.columns, self.rows = read_reference()
        self.every = every
        self.random = random.Random(1)
        self.time = datetime.datetime(2026, 1, 1)
        self.odd = ((column, value) for _ in iter(int, 1) for value in ODD_VALUES for column in self.columns[1:])
        self.connection = sqlite3.connect(path)

    def ordinary(self, number):
        row = dict(zip(self.columns, self.random.choice(self.rows)))
        self.time += datetime.timedelta(microseconds=self.random.randrange(40_000))
        milliseconds = self.time.microsecond // 1000
        row.update(id=number, created=self.time.strftime("%Y-%m-%d %H:%M:%S.%f"), relativecreated=self.random.uniform(0, 1e7), msecs=float(milliseconds),
                   process=self.random.randrange(1_000, 1_040), message="%s %d" % (row["message"], number))
        return row

    def insert(self, row):
        marks = ["CAST(? AS TEXT)" if isinstance(value, Text) else "?" for value in row.values()]
        self.connection.execute("INSERT INTO log VALUES(%s)" % ", ".join(marks), [bytes(value) if isinstance(value, Text) else value for value in row.values()])

    def run(self, count):
        for statement in self.statements:
            self.connection.execute(statement)
        number = 0
        for index in range(count):
            number += 3 if index % 1_000 == 999 else 1  # ps.herald removed some
            row = self.ordinary(number)
            if index % self.every == 0:
                column, value = next(self.odd)
                row[column] = value
            self.insert(row)
        for number in ODD_IDS:
            self.insert(self.ordinary(number))
        self.connection.executemany("INSERT INTO heartbeat VALUES(?, ?, ?)", [(1, "2026-11-22 09:10:24.318567", "ch2eu"), (2, None, "größe"), (7, 0, None), (9, b"\xff", None)])
        self.connection.commit()
        self.connection.close()


if __name__ == "__main__":
    Maker(sys.argv[1], *map(int, sys.argv[3:])).run(int(sys.argv[2]))
