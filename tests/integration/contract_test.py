#!/usr/bin/env python3
"""Databases of ps.herald 1.4.2: shown, taken over, and answered for as ps.herald did.

    contract_test.py PROGRAMS SOURCE
"""
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

from pages import SOURCE
from programs import DEADLINE, ProgramTest, get, main, program, wait_until

sys.dont_write_bytecode = True
sys.path += [os.path.join(SOURCE, "tests/data/ps_herald"), os.path.join(SOURCE, "tests/bench")]
import contract  # noqa: E402
import make_ps_herald  # noqa: E402

ANY_PORT = "--listen", "127.0.0.1:0"
WRITERS = ("ps_bridge", *ANY_PORT), ("ps_herald", *ANY_PORT), ("psherald", "up", *ANY_PORT, "--web", "127.0.0.1:0")
HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""
COLUMNS = make_ps_herald.read_reference()[1]


def rows_of(path):
    """Every value with its type, as bytes."""
    connection = sqlite3.connect(path, timeout=DEADLINE)
    connection.text_factory = bytes
    try:
        connection.execute("PRAGMA wal_autocheckpoint=0")
        columns = ", ".join("typeof({0}), {0}".format(column) for column in COLUMNS)
        return [[repr(value) for value in row] for row in connection.execute("SELECT %s FROM log ORDER BY id" % columns)]
    finally:
        connection.close()


def by_id(rows):
    return {int(row[1]): row[2:] for row in rows}


LARGEST_ID = 2**62  # what lies beyond it, or below 1, gets the next ids


class LegacyTest(ProgramTest):
    def make(self, count, every=10):
        make_ps_herald.Maker(self.path("herald.sqlite_d"), every).run(count)
        return self.path("herald.sqlite_d")

    def bytes_of(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def show(self, name):
        """The port of a page that shows it."""
        self.start("ps_herald", *ANY_PORT, "--use", name)
        return self.port_of("ps_herald_d", "serving the page")

    def remove_own_records(self, name):
        self.query("DELETE FROM log WHERE id IN (SELECT id FROM entry WHERE flags = 1)", name)

    def version_of(self, name="herald.sqlite_d"):
        [(version,)] = self.query("PRAGMA user_version", name)
        return version


class Contract(LegacyTest):
    """What ps.herald answered over its database."""

    def setUp(self):
        super().setUp()
        shutil.copy(make_ps_herald.REFERENCE, self.path("herald.sqlite_d"))
        with open(os.path.join(SOURCE, "tests/data/ps_herald/answers.json")) as file:
            self.expected = json.load(file)

    def assertAnswers(self, name):
        answers = json.loads(json.dumps(contract.ask("http://127.0.0.1:%d" % self.show(name))))
        self.assertEqual(len(answers), 38)
        for answer, expected in zip(answers, self.expected):
            with self.subTest(expected["q"]):
                self.assertEqual(answer, expected)

    def test_a_database_that_is_only_shown_gives_the_same_answers_and_stays_as_it_is(self):
        before = self.bytes_of("herald.sqlite_d")
        self.assertAnswers("herald.sqlite_d")
        self.assertEqual(self.bytes_of("herald.sqlite_d"), before)
        self.assertFalse([name for name in os.listdir(self.folder) if name.startswith("herald.sqlite_d") and name != "herald.sqlite_d"])

    def test_a_database_that_was_migrated_gives_the_same_answers(self):
        self.assertEqual(self.start("ps_bridge", *ANY_PORT).end(), 0)
        self.assertEqual(self.version_of(), 6)
        self.remove_own_records("herald.sqlite_d")
        self.assertAnswers("herald.sqlite_d")


class TakenOver(LegacyTest):
    def test_each_program_that_writes_takes_it_over_and_keeps_every_value(self):
        original = self.make(3_000, every=2)
        expected = by_id(rows_of(original))
        shutil.copy(original, self.path("original"))
        for number, command in enumerate(WRITERS):
            with self.subTest(command[0]):
                name = "copy%d" % number
                shutil.copy(original, self.path(name))
                service = self.start(*command, "--database", name, "-v")
                self.assertIn("migrating %s, a database of ps.herald 1.4.2: larger pages\n" % name, service.said())
                self.assertIn("migrating %s, a database of ps.herald 1.4.2: records\n" % name, service.said())
                self.assertEqual(service.end(), 0)
                self.remove_own_records(name)
                self.assertTaken(name, expected)

    def assertTaken(self, name, expected):
        found = by_id(rows_of(self.path(name)))
        odd = sorted(number for number in expected if not 0 < number <= LARGEST_ID)
        self.assertEqual(len(odd), 5)
        for number, row in expected.items():
            number = LARGEST_ID + 1 + odd.index(number) if number in odd else number
            self.assertEqual(found.pop(number), row)
        self.assertEqual(found, {})
        result = self.run_program("psherald", "check", "--database", name)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_records_go_on_behind_those_that_were_there(self):
        self.make(500)
        [(last,)] = self.query("SELECT max(id) FROM log WHERE id < %d" % 2**61)
        self.start("ps_bridge", "--listen", "unix:bridge")
        self.assertEqual(self.run_program("psherald", "emit", "--to", "unix:bridge", "--service-name", "test", "one more").returncode, 0)
        self.wait_for_messages(["one more"])
        [(number,)] = self.query("SELECT id FROM log WHERE message = 'one more'")
        self.assertGreater(number, last)

    def test_check_tells_what_it_is_and_changes_nothing(self):
        self.make(500)
        before = self.bytes_of("herald.sqlite_d")
        result = self.run_program("psherald", "check")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("database: herald.sqlite_d, 506 records", result.stdout)
        self.assertIn("remark: it is of ps.herald 1.4.2", result.stdout)
        self.assertEqual(self.bytes_of("herald.sqlite_d"), before)

    def test_a_database_that_ps_herald_is_writing_to_is_left_alone(self):
        path = self.make(20)
        with subprocess.Popen([sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            self.assertEqual(holder.stdout.readline(), b"held\n")
            before = self.bytes_of("herald.sqlite_d")
            for command in WRITERS:
                self.assertEnded(self.run_program(*command), 75, "herald.sqlite_d", "another process is using it")
            self.assertEqual(self.bytes_of("herald.sqlite_d"), before)
            holder.stdin.close()
        self.assertEqual(self.start(*WRITERS[0]).end(), 0)

    def test_what_cannot_be_taken_over_is_left_alone_and_can_be_shown(self):
        self.make(20)
        self.query("ALTER TABLE log ADD COLUMN mood")
        before = self.bytes_of("herald.sqlite_d")
        for command in WRITERS:
            self.assertEnded(self.run_program(*command), 65, "has the column mood", "read the file with --use")
        self.assertEqual(self.bytes_of("herald.sqlite_d"), before)
        self.assertIn("<table", get(self.show("herald.sqlite_d"))[1])


class Killed(LegacyTest):
    """The unit tests end a migration at each of its writes. Here the programs are killed, when it happens to be."""

    def test_a_killed_migration_leaves_the_old_database_or_the_new_one(self):
        original = self.make(3_000)
        expected = {number: row for number, row in by_id(rows_of(original)).items() if 0 < number <= LARGEST_ID}
        chance = random.Random(7)
        ends = set()
        for number in range(12):
            name = "copy%d" % number
            shutil.copy(original, self.path(name))
            bridge = subprocess.Popen([program("ps_bridge"), *ANY_PORT, "--database", name], cwd=self.folder, env=self.environment,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                wait_until(lambda: bridge.poll() is None and os.path.exists(self.path(name + ".psherald.lock")), "it has begun")
                time.sleep(chance.random() * 0.3)  # not for any condition: the kill has to come at a moment that nobody chose
            finally:
                bridge.send_signal(signal.SIGKILL)
                bridge.wait(DEADLINE)
            ends.add(self.version_of(name))
            found = by_id(rows_of(self.path(name)))
            self.assertEqual({number: found.get(number) for number in expected}, expected)
            service = self.start("ps_bridge", *ANY_PORT, "--database", name)
            self.assertEqual(service.end(), 0)
            self.assertEqual(self.version_of(name), 6)
            self.assertEqual(self.run_program("psherald", "check", "--database", name).returncode, 0)
        self.assertLessEqual(ends, {0, 6})


if __name__ == "__main__":
    main()
