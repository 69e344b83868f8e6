#!/usr/bin/env python3
"""psherald: up, emit and check, as their users meet them.

    up_test.py PROGRAMS
"""
import os
import socket
import sqlite3
import subprocess
import unittest

from programs import DEADLINE, ProgramTest, close, get, logger_to, main, needs_own_network, program, wait_until

ANY_PORTS = "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0"


class Up(ProgramTest):
    def test_it_prints_where_the_page_is_and_a_line_to_paste(self):
        service = self.start("psherald", "up", *ANY_PORTS)
        lines = dict(line.split(":", 1) for line in service.said().splitlines() if ":" in line)
        page, address, line = lines["The page"].strip(), lines["Records go to"].strip(), lines["Send one"].strip()
        port = int(page.rstrip("/").rpartition(":")[2])
        self.assertIn("emit --to %s" % address, get(port)[1] + line)
        done = subprocess.run(line, shell=True, cwd="/", env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE)
        self.assertEqual((done.returncode, done.stdout), (0, b""))
        self.wait_for_messages(["hello, psherald"], "name = 'psherald' AND module = 'psherald'")
        self.assertIn("hello, psherald", get(port)[1])
        self.assertEqual(service.end(), 0)

    @needs_own_network
    def test_it_is_bridge_and_page_of_the_stage(self):
        service = self.start("psherald", "up")
        self.assertIn("listening on 127.0.0.1 only; remote senders need --listen 0.0.0.0:9020\n", service.said())
        self.assertIn("The page:      http://127.0.0.1:9021/\nRecords go to: 127.0.0.1:9020\n", service.said())
        logger = logger_to("127.0.0.1", 9020)
        logger.info("hello", extra={"SYSTEM_ID": "test"})
        close(logger)
        self.wait_for_messages(["hello"])
        self.assertIn("hello", get(9021)[1])
        for name in "ps_bridge", "ps_herald":
            result = self.run_program(name)
            self.assertEqual((result.returncode, result.stderr), (75, ""))
        self.assertEqual(service.end(), 0)
        self.assertIn("stopping: storing what has arrived", self.messages("system_id = 'psherald'"))

    @needs_own_network
    def test_the_port_that_testing_uses_twice_is_named(self):
        with socket.create_server(("127.0.0.1", 9011)):
            result = self.run_program("psherald", "up", environment={"DEV_STAGE": "TESTING"})
        self.assertEnded(result, 69, "give another address with --web, or web.listen in psherald.toml; in TESTING port 9011 is both")

    def test_systemd_s_sockets_are_told_apart_by_name(self):
        with socket.create_server(("127.0.0.1", 0)) as records, socket.create_server(("127.0.0.1", 0)) as page:
            service = self.start_with_sockets("psherald", "up", sockets=[records, page], names=["records", "web"])
            self.assertIsNone(service.process.returncode, service.said())
            logger = logger_to(*records.getsockname())
            logger.info("hello", extra={"SYSTEM_ID": "test"})
            close(logger)
            self.wait_for_messages(["hello"])
            self.assertIn("hello", get(page.getsockname()[1])[1])


class Emit(ProgramTest):
    def setUp(self):
        super().setUp()
        self.start("ps_bridge", "--listen", "127.0.0.1:0", "--listen", "unix:socket")
        self.to = "--to=127.0.0.1:%d" % self.port_of()

    def emitted(self, columns, count=1):
        """Of the records that emit has sent."""
        sql = "SELECT %s FROM log WHERE funcname = 'emit' ORDER BY id" % columns
        wait_until(lambda: len(self.query(sql)) >= count, "the records are stored")
        return self.query(sql)

    def emit(self, *words, **options):
        result = self.run_program("psherald", "emit", self.to, *words, **options)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def test_a_record_has_text_level_and_name(self):
        self.emit("backup", "done")
        self.emit("--level=error", "--service-name=backup", "the disk is full")
        self.emit("--level", "25", "--", "-5 degrees")
        self.assertEqual(self.emitted("system_id, name, levelno, levelname, message", 3), [
            ("psherald", "psherald", 20, "INFO", "backup done"), ("backup", "backup", 40, "ERROR", "the disk is full"),
            ("psherald", "psherald", 25, "Level 25", "-5 degrees")])

    def test_names_come_from_the_environment(self):
        self.emit("x", "--service-name=backup", environment={"SYSTEM_ID": "shop", "USER_SPEC_1": "night"})
        self.assertEqual(self.emitted("system_id, name, user_spec_1, user_spec_2, sub_system_id"), [("shop", "backup", "night", "None", socket.gethostname())])

    def test_a_dash_reads_the_text_from_stdin(self):
        self.emit("-", input="two\nlines\n\n")
        self.assertEqual(self.emitted("message"), [("two\nlines",)])

    def test_text_that_is_no_utf8_is_sent_all_the_same(self):
        self.emit(b"caf\xe9")
        self.assertEqual(self.emitted("message"), [("caf\ufffd",)])

    def test_it_says_nothing_unless_it_is_asked_to(self):
        self.assertEqual(self.emit("x"), "")
        self.assertEqual(self.emit("-v", "x"), "sent to %s\n" % self.to[5:])

    def test_a_unix_socket_is_an_address_too(self):
        self.to = "--to=unix:socket"
        self.emit("through a file")
        self.assertEqual(self.emitted("message"), [("through a file",)])

    def test_what_a_bridge_would_not_take_is_not_sent(self):
        result = self.run_program("psherald", "emit", self.to, "-", input="x" * 2_000_000)
        self.assertEnded(result, 65, "the text is too long")
        self.assertEqual(self.query("SELECT * FROM dead_letter"), [])

    def test_without_a_bridge_it_says_so(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            nobody = "127.0.0.1:%d" % server.getsockname()[1]
        self.assertEnded(self.run_program("psherald", "emit", "--to", nobody, "x"), 69,
                         "psherald emit: no bridge answers on %s: Connection refused; is ps_bridge running, and DEV_STAGE the same there?\n" % nobody)
        self.assertEnded(self.run_program("psherald", "emit", "--to", "unix:nobody", "x"), 69, "no bridge answers on unix:nobody: No such file")

    @needs_own_network
    def test_the_stage_and_direct_herald_host_name_the_bridge(self):
        self.start("ps_bridge", "--listen", "127.0.0.2:9010", environment={"DEV_STAGE": "TESTING"})
        result = self.run_program("psherald", "emit", "-v", "x", environment={"DEV_STAGE": "TESTING", "DIRECT_HERALD_HOST": "127.0.0.2"})
        self.assertEqual((result.returncode, result.stdout), (0, "sent to 127.0.0.2:9010\n"))
        self.write("psherald.toml", "stage = \"TESTING\"\n")
        result = self.run_program("psherald", "emit", "-v", "y", environment={"DIRECT_HERALD_HOST": "127.0.0.2"})
        self.assertEqual((result.returncode, result.stdout), (0, "sent to 127.0.0.2:9010\n"))
        wait_until(lambda: self.messages("funcname = 'emit'", "herald.sqlite_t") == ["x", "y"], "both are stored")

    def test_ps_shell_log_is_the_same_under_its_old_name(self):
        os.symlink(program("psherald"), self.path("ps_shell_log"))
        result = self.run_program(self.path("ps_shell_log"), self.to, "-v", "--level=WARNING", "--service_name=nightly", "it is late")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.run_program(self.path("ps_shell_log"), self.to, "without a name")
        self.assertEqual(self.emitted("system_id, levelno, message", 2), [("nightly", 30, "it is late"), ("ps_shell_log", 20, "without a name")])


class Check(ProgramTest):
    def test_all_is_well(self):
        self.start("ps_bridge", "--listen", "127.0.0.1:0").end()
        records = len(self.messages())
        result = self.run_program("psherald", "check")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertTrue(result.stdout.startswith("configuration: defaults, stage DEVELOPMENT\ndatabase: herald.sqlite_d, %d records, 0 dead letters\n" % records))
        self.assertTrue(result.stdout.endswith("\nall is well\n"))
        if sqlite3.sqlite_version_info < (3, 44, 6):
            self.assertIn("\nremark: SQLite ", result.stdout)

    def test_a_running_bridge_may_be_looked_at(self):
        self.write("psherald.toml", "stage = \"TESTING\"\n")
        bridge = self.start("ps_bridge", "--listen", "127.0.0.1:0")
        result = self.run_program("psherald", "check")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("configuration: psherald.toml, stage TESTING\n", result.stdout)
        self.assertEqual(bridge.end(), 0)

    def test_faults_are_told_and_counted(self):
        self.start("ps_bridge", "--listen", "127.0.0.1:0").end()
        self.query("UPDATE entry SET source = 4711 WHERE id = 1")
        result = self.run_program("psherald", "check")
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("\nfault: ", result.stdout)
        self.assertRegex(result.stdout, r"\n(1 fault|[2-9] faults)\n$")

    def test_it_lists_where_records_are_passed_on_to_with_the_filter_as_it_was_understood(self):
        self.start("ps_bridge", "--listen", "127.0.0.1:0").end()
        self.write("psherald.toml", """
[[forward]]
name = "errors"
to = "https://central:9024"
where = "Level>=ERROR  and (product:shop or product:mill)"

[[forward]]
to = "python:unix:old"
where = "a or b c"
""")
        result = self.run_program("psherald", "check")
        self.assertEqual(result.returncode, 0)
        self.assertIn("forward: errors, https://central:9024, where level>=error", result.stdout)
        self.assertIn("forward: python:unix:old, where a or (b c)\nremark: ", result.stdout)

    def test_without_a_database_there_is_nothing_to_check(self):
        self.assertEnded(self.run_program("psherald", "check"), 66, "cannot read the database herald.sqlite_d: there is none; start a bridge that writes it")
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    main()
