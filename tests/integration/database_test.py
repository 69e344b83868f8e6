#!/usr/bin/env python3
"""Databases that the programs cannot or must not use: each gets a clear error and stays as it was.

    database_test.py PROGRAMS
"""
import hashlib
import logging
import logging.handlers
import os
import shutil
import socket
import sqlite3
import subprocess
import sys

from programs import DEADLINE, ProgramTest, close, get, logger_to, main, program, wait_until

BRIDGE = "ps_bridge", "--listen", "127.0.0.1:0"
PAGE = "ps_herald", "--listen", "127.0.0.1:0"
UP = "psherald", "up", "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0"
WRITERS = BRIDGE, UP
PROGRAMS = BRIDGE, PAGE, UP
LOOKERS = (*PAGE, "--use"), ("psherald", "check", "--database")
NOBODY = 65534


HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in ("PRAGMA locking_mode = EXCLUSIVE", "PRAGMA wal_autocheckpoint = 0", "BEGIN EXCLUSIVE", "INSERT INTO heartbeat(system_id) VALUES('x')", "COMMIT"):
    connection.execute(statement)
print("held", flush=True)
sys.stdin.read()
"""


class DatabaseTest(ProgramTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("data"))

    def contents(self):
        """What lies in the database's folder, but for what opening may leave there: SQLite's index, and empty files."""
        contents = {}
        for name in os.listdir(self.path("data")):
            if os.path.getsize(self.path("data/" + name)) > 0 and not name.endswith("-shm"):
                with open(self.path("data/" + name), "rb") as file:
                    contents[name] = hashlib.sha256(file.read()).hexdigest()
        return contents

    def make(self, records=1):
        service = self.start(*BRIDGE, "--database", "data/log.sqlite")
        for number in range(records):
            self.query("INSERT INTO log(system_id, message) VALUES('test', 'record %d')" % number, "data/log.sqlite")
        self.assertEqual(service.end(), 0)
        return self.path("data/log.sqlite")

    def assertRefused(self, code, *texts, commands=PROGRAMS):
        before = self.contents()
        for command in commands:
            with self.subTest(command):
                words = (*command, "data/log.sqlite") if command in LOOKERS else (*command, "--database", "data/log.sqlite")
                self.assertEnded(self.run_program(*words), code, "data/log.sqlite", *texts)
                self.assertEqual(self.contents(), before)


class Together(DatabaseTest):
    def test_programs_that_start_at_the_same_time_share_a_new_database(self):
        for number in range(10):
            together = []
            for stage in ("TESTING", "DEVELOPMENT", "INTEGRATION", "PRODUCTION"):
                environment = dict(self.environment, DEV_STAGE=stage, PSHERALD_STORE_PATH="data/new%d" % number)
                together.append(subprocess.Popen([program("ps_herald"), "--listen", "127.0.0.1:0"], cwd=self.folder, env=environment,
                                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, universal_newlines=True))
                self.addCleanup(together[-1].kill)
            for process, suffix in zip(together, ("_t", "_d", "_i", "")):
                wait_until(lambda: process.poll() is not None or self.log_of("ps_herald" + suffix).count("serving the page") == number + 1, "it runs")
                process.kill()
                self.assertEqual(process.communicate(timeout=DEADLINE)[1], "")


class Database(DatabaseTest):
    def test_a_file_that_is_no_database(self):
        self.write("data/log.sqlite", "[store]\npath = \"x\"\n" * 100)
        self.assertRefused(65, "it is not an SQLite database; choose another file", commands=PROGRAMS + LOOKERS)

    def test_the_database_of_another_program(self):
        with sqlite3.connect(self.path("data/log.sqlite")) as connection:
            connection.execute("CREATE TABLE bookmarks(title)")
        connection.close()
        self.assertRefused(65, "it is a database of another program; choose another file", commands=PROGRAMS + LOOKERS)

    def test_a_newer_database(self):
        with sqlite3.connect(self.make()) as connection:
            connection.execute("PRAGMA user_version = 4711")
        connection.close()
        self.assertRefused(65, "its schema is version 4711 and this psherald knows up to", "use the newer psherald", commands=PROGRAMS + LOOKERS)

    def test_a_damaged_database(self):
        path = self.make(50)
        with open(path, "r+b") as file:
            file.seek(100)
            file.write(b"\xee" * 16_000)  # the first page, but for its header
        self.assertRefused(65, "damaged", commands=PROGRAMS + LOOKERS)

    def test_a_database_that_another_program_has_for_itself(self):
        # In a process of its own: this one would let go of the lock as soon as it looks into the file.
        with subprocess.Popen([sys.executable, "-c", HOLDER, self.make()], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            self.assertEqual(holder.stdout.readline(), b"held\n")
            self.assertRefused(75, "locked; another process is using it", commands=(BRIDGE,))
            holder.stdin.close()

    def test_a_directory(self):
        os.mkdir(self.path("data/log.sqlite"))
        for command in PROGRAMS:
            self.assertEnded(self.run_program(*command, "--database", "data/log.sqlite"), 73, "it is a directory; name a file in it")

    def test_a_directory_that_is_not_there(self):
        for command in PROGRAMS:
            self.assertEnded(self.run_program(*command, "--database", "none/log.sqlite"), 73, "none/log.sqlite", "No such file or directory")


class Rights(DatabaseTest):
    """As a user who may not do everything."""

    def setUp(self):
        super().setUp()
        self.rights = {}
        if os.geteuid() == 0:
            self.rights = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            os.chown(self.folder, NOBODY, NOBODY)
            try:
                subprocess.run([program("ps_bridge"), "-x"], stdout=subprocess.DEVNULL, check=True, **self.rights)
            except (OSError, subprocess.CalledProcessError, TypeError) as reason:
                self.skipTest("the programs cannot be run as another user: %s" % reason)

    def make_read_only(self, *names):
        self.make()
        for name in names:
            os.chmod(self.path(name), 0o555)
        self.addCleanup(os.chmod, self.path("data"), 0o755)

    def run_program(self, *words, **options):
        return super().run_program(*words, **dict(self.rights, **options))

    def test_a_file_that_may_not_be_written(self):
        os.chmod(self.path("data"), 0o777)
        self.make_read_only("data/log.sqlite")
        self.assertRefused(73, "cannot write to data/log.sqlite: Permission denied; give this user the right", commands=WRITERS)

    def test_a_directory_that_may_not_be_written(self):
        self.make_read_only("data")
        os.chmod(self.path("data/log.sqlite"), 0o666)
        self.assertRefused(73, "data/log.sqlite", "Permission denied", commands=WRITERS)

    def test_the_page_shows_what_may_not_be_written(self):
        self.make_read_only("data", "data/log.sqlite")
        before = self.contents()
        service = self.start(*PAGE, "--database", "data/log.sqlite", "-v", **self.rights)
        self.assertIn("cannot write to data/log.sqlite: its directory data may not be written", service.said())
        port = int(service.said().rpartition("serving the page on 127.0.0.1:")[2].split()[0])
        self.assertIn("record 0", get(port)[1])
        self.assertEqual(get(port, "/hello_to_ps_basic_logger")[0], 409)
        self.assertEqual(self.contents(), before)

    def test_to_look_at_it_takes_no_right_to_write(self):
        self.make_read_only("data", "data/log.sqlite")
        before = self.contents()
        result = self.run_program("psherald", "check", "--database", "data/log.sqlite")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.contents(), before)

    def test_a_file_that_may_not_be_read(self):
        self.make()
        os.chmod(self.path("data/log.sqlite"), 0)
        for command in LOOKERS:
            self.assertEnded(self.run_program(*command, "data/log.sqlite"), 66, "Permission denied; give this user the right to read it")


class SmallDisk(DatabaseTest):
    SIZE = "2m"

    def setUp(self):
        super().setUp()
        mount = shutil.which("mount")
        if mount is None or subprocess.run([mount, "-t", "tmpfs", "-o", "size=" + self.SIZE, "none", self.path("data")], stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("a small disk can be mounted by root only")
        self.addCleanup(subprocess.run, ["umount", "-l", self.path("data")])


class FullDisk(SmallDisk):
    def fill(self):
        with open(self.path("data/filling"), "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass

    def test_a_new_database_needs_room(self):
        self.fill()
        for command in PROGRAMS:
            self.assertEnded(self.run_program(*command, "--database", "data/log.sqlite"), 74, "data/log.sqlite", "full")

    def test_a_database_that_is_there_needs_room_too(self):
        self.make()
        self.fill()
        self.assertRefused(74, "No space left on device", "make room on that disk; nothing that was stored is lost")

    def test_records_that_have_no_room_are_counted_and_the_others_stay(self):
        self.make(10)
        service = self.start(*BRIDGE, "--database", "data/log.sqlite")
        self.fill()
        logger = logger_to("127.0.0.1", self.port_of())
        for _ in range(20):
            logger.info("x" * 10_000)
        close(logger)
        wait_until(lambda: "WARNING" in self.log_of(), "the log tells")
        self.assertIn("full", self.log_of())
        self.assertEqual(service.end(), 0)
        self.assertRegex(self.log_of(), r"20 records received over 1 connections, [1-9][0-9]* dropped")
        os.unlink(self.path("data/filling"))
        service = self.start(*BRIDGE, "--database", "data/log.sqlite")
        logger = logger_to("127.0.0.1", self.port_of())
        logger.info("there is room again")
        close(logger)
        wait_until(lambda: "there is room again" in self.messages("name = 'test'", "data/log.sqlite"), "it goes on")
        self.assertEqual(self.messages("system_id = 'test'", "data/log.sqlite"), ["record %d" % number for number in range(10)])
        self.assertEqual(service.end(), 0)
        self.assertEqual(self.run_program("psherald", "check", "--database", "data/log.sqlite").returncode, 0)

    def test_it_goes_on_by_itself_and_can_be_read_meanwhile(self):
        self.make(10)
        service = self.start(*BRIDGE, "--database", "data/log.sqlite")
        self.assertIn("log.sqlite-ballast", os.listdir(self.path("data")))
        self.fill()
        logger = logger_to("127.0.0.1", self.port_of())
        for _ in range(20):
            logger.info("x" * 10_000)
        wait_until(lambda: "full" in self.log_of(), "the log tells")
        self.assertNotIn("log.sqlite-ballast", os.listdir(self.path("data")))
        self.assertIn("record 9", self.messages("system_id = 'test'", "data/log.sqlite"))
        self.assertEqual(self.run_program("psherald", "check", "--database", "data/log.sqlite").returncode, 0)
        os.unlink(self.path("data/filling"))
        logger.info("there is room again")
        close(logger)
        wait_until(lambda: "there is room again" in self.messages("name = 'test'", "data/log.sqlite"), "it goes on")
        self.assertIn("log.sqlite-ballast", os.listdir(self.path("data")))
        self.assertEqual(service.end(), 0)

    def test_what_another_log_sends_is_neither_lost_nor_doubled_by_a_full_disk(self):
        self.start(*BRIDGE, "--database", "data/log.sqlite", environment={"DEV_STAGE": "TESTING"})
        to = "http://127.0.0.1:%d" % self.port_of("ps_bridge_t")
        self.write("psherald.toml", "[[forward]]\nto = \"%s\"\nname = \"there\"\n" % to)
        self.start(*BRIDGE)
        logger = logger_to("127.0.0.1", self.port_of())
        arrived = lambda: self.messages("name = 'test'", "data/log.sqlite")
        logger.info("before")
        wait_until(lambda: arrived() == ["before"], "the first is there")
        self.fill()
        expected = ["before", *("%d %s" % (number, "x" * 10_000) for number in range(20))]
        for text in expected[1:]:
            logger.info(text)
        wait_until(lambda: len(self.messages("name = 'test'")) == len(expected), "the sender has them")
        wait_until(lambda: "it answers 507" in self.log_of(), "the sender is told")
        self.assertEqual(arrived(), ["before"])
        os.unlink(self.path("data/filling"))
        logger.info("after")
        close(logger)
        expected.append("after")
        wait_until(lambda: len(arrived()) >= len(expected), "it goes on")
        self.assertEqual(arrived(), expected)
        self.assertEqual(self.query("SELECT count(*) FROM dead_letter", "data/log.sqlite"), [(0,)])


class BoundedStore(SmallDisk):
    SIZE = "144m"

    def test_a_store_with_a_bound_never_fills_its_disk(self):
        self.write("psherald.toml", "[retention]\nmax_size = \"64M\"\n")
        service = self.start(*BRIDGE, "--database", "data/log.sqlite")
        record = logging.makeLogRecord({"name": "flood", "levelno": 20, "msg": "x" * 1_000})
        frames = logging.handlers.SocketHandler("", None).makePickle(record) * 1_000
        with socket.create_connection(("127.0.0.1", self.port_of())) as sender:
            for stored in range(2_000, 150_001, 2_000):  # no faster than it is stored, or some would be dropped
                for _ in range(2):
                    sender.sendall(frames)
                wait_until(lambda: self.query("SELECT id FROM newest", "data/log.sqlite") >= [(stored,)], "they are stored")
        wait_until(lambda: sum(os.stat(self.path("data/" + name)).st_size for name in os.listdir(self.path("data"))) < 72 << 20, "it has its size")
        self.assertEqual(service.end(), 0)
        self.assertRegex(self.log_of(), r"150000 records received over 1 connections, 0 dropped, 0 faults")
        self.assertEqual(self.run_program("psherald", "check", "--database", "data/log.sqlite").returncode, 0)


if __name__ == "__main__":
    main()
