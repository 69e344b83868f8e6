#!/usr/bin/env python3
"""ps_bridge as its users meet it: unmodified SocketHandlers, cron, signals, systemd.

    bridge_test.py PROGRAMS
"""
import os
import pickle
import pty
import signal
import socket
import struct
import subprocess
import threading
import unittest

from programs import DEADLINE, ProgramTest, close, logger_to, main, mode, needs_own_network, program, wait_until

ANY_PORT = "--listen", "127.0.0.1:0"
STAGES = {"TESTING": ("_t", 9010), "DEVELOPMENT": ("_d", 9020), "INTEGRATION": ("_i", 9022), "PRODUCTION": ("", 9024), "": ("_d", 9020)}


class Senders(ProgramTest):
    """Records of Python programs, as the bridge stores them."""

    def setUp(self):
        super().setUp()
        self.start("ps_bridge", *ANY_PORT, "--listen", "unix:socket")
        self.port = self.port_of()

    def logger(self, *address):
        logger = logger_to(*(address or ("127.0.0.1", self.port)))
        self.addCleanup(close, logger)
        return logger

    def stored(self, columns, count=1):
        sql = "SELECT %s FROM log WHERE name = 'test' ORDER BY id" % columns
        wait_until(lambda: len(self.query(sql)) >= count, "the records are stored")
        return self.query(sql)

    def test_a_record_keeps_what_python_knows_of_it(self):
        self.logger().warning("%d of %s", 3, "four")
        self.assertEqual(self.stored("levelno, levelname, message, args, module, funcname, process, threadname, exc_text, system_id"), [
            (30, "WARNING", "3 of four", "", "bridge_test", "test_a_record_keeps_what_python_knows_of_it", os.getpid(), "MainThread", "None", "None")])

    def test_an_exception_and_a_stack_come_with_their_text(self):
        try:
            raise KeyError("lost")
        except KeyError:
            self.logger().exception("that went wrong", stack_info=True)
        [(exc_text, stack)] = self.stored("exc_text, stack_info")
        self.assertTrue(exc_text.startswith("Traceback (most recent call last):"))
        self.assertTrue(exc_text.endswith("KeyError: 'lost'"))
        self.assertTrue(stack.startswith("Stack (most recent call last):"))

    def test_names_have_columns_and_other_extras_are_kept(self):
        self.logger().info("x", extra={"SYSTEM_ID": "shop", "PRODUKT_ID": "till", "SUB_SYSTEM_ID": "ch2eu", "SUB_SUB_SYSTEM_ID": "a",
                                       "USER_SPEC_1": "b", "USER_SPEC_2": "c", "package_version": "1.2", "order": 4711, "paid": True, "lines": {1, 2}})
        self.assertEqual(self.stored("system_id, produkt_id, sub_system_id, sub_sub_system_id, user_spec_1, user_spec_2, package_version"),
                         [("shop", "till", "ch2eu", "a", "b", "c", "1.2")])
        [(order, paid, kinds)] = self.query("SELECT json_extract(extra, '$.order'), json_extract(extra, '$.paid'), json_type(extra, '$.order') FROM entry "
                                            "WHERE message = 'x'")
        self.assertEqual((order, paid, kinds), (4711, 1, "integer"))

    def test_text_of_any_kind_is_stored_as_it_is(self):
        texts = ["", "'quotes\" and -- comments", "two\nlines", "h\u00e4llo \u4f60\u597d \U0001f600", "<script>alert(1)</script>", "tab\tand nul\0end"]
        for text in texts:
            self.logger().info(text)
        self.assertEqual(self.stored("CAST(message AS BLOB)", len(texts)), [(text.encode(),) for text in texts])

    def test_a_unix_socket_is_as_good(self):
        self.logger(self.path("socket"), None).info("through a file")
        self.assertEqual(self.stored("message"), [("through a file",)])

    def test_many_threads_share_one_handler_and_one_connection_each(self):
        shared, each = self.logger(), 50
        loggers = [shared] * 8 + [self.logger() for _ in range(8)]
        threads = [threading.Thread(target=lambda logger=logger: [logger.info("%d", i) for i in range(each)]) for logger in loggers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        total = each * len(threads)
        self.assertEqual(len(self.stored("id", total)), total)

    def test_a_big_message_is_stored_whole(self):
        text = "0123456789" * 90_000
        self.logger().info(text)
        self.assertEqual(self.stored("message"), [(text,)])

    def test_what_is_too_big_or_no_record_costs_nobody_else(self):
        logger = self.logger()
        logger.info("before")
        logger.info("x" * 2_000_000)
        handler = logger.handlers[0]
        handler.send(struct.pack(">L", 5) + b"hello")
        handler.send(struct.pack(">L", 4) + pickle.dumps(4711, 1)[:4])
        logger.info("after")
        self.assertEqual(self.stored("message", 2), [("before",), ("after",)])
        self.assertEqual(len(self.query("SELECT reason FROM dead_letter")), 3)
        wait_until(lambda: "WARNING" in self.log_of(), "the log tells")


class Starting(ProgramTest):
    @needs_own_network
    def test_each_stage_has_its_port_and_names(self):
        for stage, (suffix, port) in STAGES.items():
            with self.subTest(stage):
                service = self.start("ps_bridge", environment={"DEV_STAGE": stage})
                self.assertEqual(service.said(), "ps_bridge. Debug mode is off\n"
                                 "listening on 127.0.0.1 only; remote senders need --listen 0.0.0.0:%d\n" % port)
                logger = logger_to("127.0.0.1", port)
                logger.info("to " + stage, extra={"SYSTEM_ID": "test"})
                close(logger)
                with open(self.path("ps_bridge_lock" + suffix)) as lock:
                    self.assertEqual(lock.read(), "%d\n" % service.process.pid)
                self.assertEqual(service.end(), 0)
                self.assertIn("to " + stage, self.messages(database="herald.sqlite" + suffix))
                self.assertIn("stage " + (stage or "DEVELOPMENT"), self.log_of("ps_bridge" + suffix))
                self.assertFalse(os.path.exists(self.path("ps_bridge_lock" + suffix)))

    def test_files_can_be_read_by_the_group_and_sockets_by_nobody(self):
        self.start("ps_bridge", "--listen", "unix:socket", preexec_fn=lambda: os.umask(0))
        for name in "herald.sqlite_d", "herald.sqlite_d-wal", "herald.sqlite_d-shm", "LOG/ps_bridge_d.log", "ps_bridge_lock_d", "herald.sqlite_d.bridge.lock":
            wait_until(lambda: os.path.exists(self.path(name)), name + " is there")
            self.assertEqual((name, oct(mode(self.path(name)))), (name, oct(0o640)))
        self.assertEqual(oct(mode(self.path("socket"))), oct(0o600))

    def test_it_tells_of_itself_in_its_log_and_in_the_store(self):
        service = self.start("ps_bridge", *ANY_PORT)
        self.assertEqual(service.end(), 0)
        said = self.query("SELECT levelname, name, message FROM log WHERE system_id = 'ps_bridge'")
        for text in ("receiving records on 127.0.0.1:", "stopping: storing what has arrived", "0 records received"):
            self.assertTrue(any(message.startswith(text) and rest == ["INFO", "ps_bridge"] for *rest, message in said), said)
        self.assertEqual(self.query("SELECT DISTINCT flags FROM entry"), [(1,)])
        for text in ("starting version 0.1.0, stage DEVELOPMENT, database herald.sqlite_d", "receiving records on", "stopping", "ended"):
            self.assertIn(" INFO ps_bridge[%d] %s" % (service.process.pid, text), self.log_of())

    def test_its_names_may_come_from_the_environment(self):
        self.start("ps_bridge", *ANY_PORT, environment={"SYSTEM_ID": "my-bridge", "PRODUKT_ID": "logs"}).end()
        self.assertEqual(self.query("SELECT DISTINCT system_id, produkt_id, sub_system_id, user_spec_1 FROM log"),
                         [("my-bridge", "logs", socket.gethostname(), "None")])

    def test_v_shows_the_log_and_d_says_more(self):
        service = self.start("ps_bridge", *ANY_PORT, "-vd")
        self.assertIn("ps_bridge. Debug mode is on\n", service.said())
        wait_until(lambda: "DEBUG" in service.said(), "it says more")
        service.end()
        self.assertIn("] ended\n", service.said())

    def test_the_log_is_rotated_and_the_oldest_goes(self):
        os.mkdir(self.path("LOG"))
        for number in range(1, 11):
            self.write("LOG/ps_bridge_d.log.%d" % number, "old %d" % number)
        self.write("LOG/ps_bridge_d.log", "x" * 1_999_999 + "\n")
        self.start("ps_bridge", *ANY_PORT).end()
        self.assertEqual(os.path.getsize(self.path("LOG/ps_bridge_d.log.1")), 2_000_000)
        with open(self.path("LOG/ps_bridge_d.log.10")) as file:
            self.assertEqual(file.read(), "old 9")
        self.assertEqual(len(os.listdir(self.path("LOG"))), 11)
        self.assertIn("ended", self.log_of())

    def test_options_are_stronger_than_variables_and_these_than_the_file(self):
        self.write("psherald.toml", "stage = \"TESTING\"\n[store]\npath = \"from-file\"\n[bridge]\nlisten = \"unix:from-file\"\n")
        self.start("ps_bridge", "--database", "from-option", environment={"PSHERALD_STORE_PATH": "from-variable", "PSHERALD_BRIDGE_LISTEN": "unix:a,unix:b"})
        there = set(os.listdir(self.folder))
        self.assertLessEqual({"from-option", "a", "b", "ps_bridge_lock_t"}, there)
        self.assertFalse({"from-variable", "from-file"} & there)

    def test_a_port_in_use_is_an_error_that_says_what_to_do(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            result = self.run_program("ps_bridge", "--listen", address)
        self.assertEnded(result, 69, "ps_bridge: cannot listen on %s: another program listens there; "
                         "give another address with --listen, or bridge.listen in psherald.toml\n" % address)
        self.assertIn("CRITICAL", self.log_of())
        self.assertFalse(os.path.exists(self.path("ps_bridge_lock_d")))

    def test_a_unix_socket_that_was_left_behind_is_replaced_and_a_live_one_is_not(self):
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(self.path("socket"))
        self.start("ps_bridge", "--listen", "unix:socket")
        other = self.path("other")
        os.mkdir(other)
        result = self.run_program("ps_bridge", "--listen", "unix:../socket", cwd=other)
        self.assertEnded(result, 69, "cannot listen on unix:../socket: another program listens there; give another")
        close(logger_to(self.path("socket"), None))


class SecondStart(ProgramTest):
    """Cron starts it again and again."""

    def setUp(self):
        super().setUp()
        self.first = self.start("ps_bridge", *ANY_PORT)

    def assertFirstGoesOn(self):
        logger = logger_to("127.0.0.1", self.port_of())
        logger.info("still there", extra={"SYSTEM_ID": "test"})
        close(logger)
        self.wait_for_messages(["still there"])
        self.assertEqual(self.first.end(), 0)

    def test_it_is_quiet_and_leaves_a_line_in_the_log(self):
        result = self.run_program("ps_bridge", *ANY_PORT)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (75, "ps_bridge. Debug mode is off\n", ""))
        line = self.log_of().splitlines()[-1]
        self.assertIn("INFO ps_bridge", line)
        self.assertTrue(line.endswith("] process %d is running already and holds ./ps_bridge_lock_d" % self.first.process.pid), line)
        self.assertFirstGoesOn()

    def test_on_a_terminal_it_says_why(self):
        terminal, other_end = pty.openpty()
        result = self.run_program("ps_bridge", *ANY_PORT, stderr=other_end)
        os.close(other_end)
        said = os.read(terminal, 1000).decode()
        os.close(terminal)
        self.assertEqual(result.returncode, 75)
        self.assertEqual(said, "ps_bridge: process %d is running already and holds ./ps_bridge_lock_d\r\n" % self.first.process.pid)
        self.assertFirstGoesOn()

    def test_another_bridge_on_the_same_database_is_no_other(self):
        other = self.path("other")
        os.mkdir(other)
        result = self.run_program("ps_bridge", *ANY_PORT, "--database", "../herald.sqlite_d", cwd=other)
        self.assertEqual((result.returncode, result.stderr), (75, ""))
        self.assertFirstGoesOn()

    def test_up_is_a_bridge_too(self):
        self.assertEnded(self.run_program("psherald", "up", *ANY_PORT, "--web", "127.0.0.1:0"), 75)
        self.assertFirstGoesOn()

    def test_another_stage_is_another_bridge(self):
        self.start("ps_bridge", *ANY_PORT, environment={"DEV_STAGE": "TESTING"})

    def test_one_that_was_killed_holds_nothing(self):
        self.first.end(signal.SIGKILL)
        self.assertTrue(os.path.exists(self.path("ps_bridge_lock_d")))
        self.first = self.start("ps_bridge", *ANY_PORT)
        self.assertFirstGoesOn()


class Signals(ProgramTest):
    def test_the_end_stores_what_has_arrived(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            service = self.start("ps_bridge", *ANY_PORT)
            loggers = [logger_to("127.0.0.1", self.port_of()) for _ in range(4)]
            for logger in loggers:
                for i in range(50):  # no more than the kernel takes before they are read
                    logger.info("%d", i, extra={"SYSTEM_ID": str(number)})
            self.assertEqual(service.end(number), 0)  # with all connections open
            for logger in loggers:
                close(logger)
            self.assertEqual(len(self.messages("system_id = '%d'" % number)), 200)
            self.assertIn("200 records received over 4 connections, 0 dropped, 0 faults", self.log_of())

    def test_bridge_alive_says_from_when_to_when_it_heard(self):
        for starts in (1, 2):
            service = self.start("ps_bridge", *ANY_PORT)
            wait_until(lambda: len(self.query("SELECT 1 FROM bridge_alive")) == starts, "the bridge says that it hears")
            [(first,)] = self.query("SELECT max(until_us) FROM bridge_alive")
            service.end()
            [(last,)] = self.query("SELECT max(until_us) FROM bridge_alive")
            self.assertGreater(last, first)
        rows = self.query("SELECT from_us, until_us, boot_id FROM bridge_alive ORDER BY 1")
        self.assertTrue(rows[0][0] < rows[0][1] < rows[1][0] < rows[1][1], rows)
        with open("/proc/sys/kernel/random/boot_id") as file:
            self.assertEqual({boot for _, _, boot in rows}, {file.read().strip()})

    def start_with_an_old_record(self):
        self.write("psherald.toml", "")
        service = self.start("ps_bridge", *ANY_PORT)
        self.query("INSERT INTO log(created, system_id, message) VALUES('2020-02-02', 'test', 'old')")
        self.query("INSERT INTO log(system_id, message) VALUES('test', 'new')")
        return service

    def reload(self, service, text, answer):
        self.write("psherald.toml", text)
        service.send(signal.SIGHUP)
        wait_until(lambda: answer in self.log_of(), "the log says: " + answer)

    def test_it_ends_before_all_summaries_of_a_long_log_are_made(self):
        self.start("ps_bridge", *ANY_PORT).end()
        [(first,)] = self.query("SELECT id + 1 FROM newest")
        self.query("WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < 600000) "
                   "INSERT INTO entry(id, received, source, site, proc, level, message) SELECT i, 1795000000000000, 1, 1, 1, 20, 'number ' || i FROM n" % first)
        self.assertEqual(self.start("ps_bridge", *ANY_PORT).end(), 0)
        self.assertLess(self.query("SELECT count(*) FROM segment"), [(600000 >> 12,)])
        self.assertEqual(self.run_program("psherald", "check").returncode, 0)

    def test_hangup_reads_the_configuration_again(self):
        service = self.start_with_an_old_record()
        self.reload(service, "[retention]\nmax_age = \"30d\"\n[bridge]\nmax_frame = \"2M\"\n", "INFO ps_bridge[%d] the configuration was read again" % service.process.pid)
        wait_until(lambda: self.messages("system_id = 'test'") == ["new"], "what is too old is removed")
        self.assertIn("bridge.max_frame has changed: it takes effect at the next start", self.log_of())
        self.assertEqual(service.end(), 0)

    def test_a_wrong_new_configuration_changes_nothing(self):
        service = self.start_with_an_old_record()
        self.reload(service, "[retention]\nmax_age = \"30d\"\nmx_age = \"1d\"\n",
                    "keeping the old configuration: psherald.toml:3:1: unknown key \"retention.mx_age\"; did you mean \"retention.max_age\"?")
        self.reload(service, "", "the configuration was read again")
        self.assertEqual(self.messages("system_id = 'test'"), ["old", "new"])
        self.assertEqual(service.end(), 0)


class Retention(ProgramTest):
    def test_s_and_r_remove_what_is_old_after_so_many_records(self):
        self.start("ps_bridge", *ANY_PORT, "-s", "86400", "-r", "3")
        self.query("INSERT INTO log(created, system_id, message) VALUES('2020-02-02', 'test', 'old')")
        logger = logger_to("127.0.0.1", self.port_of())
        self.addCleanup(close, logger)
        for text in "1", "2":
            logger.info(text, extra={"SYSTEM_ID": "test"})
        self.wait_for_messages(["old", "1", "2"])
        logger.info("3", extra={"SYSTEM_ID": "test"})
        wait_until(lambda: self.messages("system_id = 'test'") == ["1", "2", "3"], "what is too old is removed")


class Inherited(ProgramTest):
    def listening(self):
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        return server

    def send(self, server, text):
        logger = logger_to("127.0.0.1", server.getsockname()[1])
        logger.info(text, extra={"SYSTEM_ID": "test"})
        close(logger)

    def test_systemd_s_sockets_are_used_instead_of_the_stage_s_port(self):
        server = self.listening()
        self.send(server, "before it is there")
        service = self.start_with_sockets("ps_bridge", sockets=[server], names=["ps_bridge.socket"])
        self.assertIsNone(service.process.returncode, service.said())
        self.wait_for_messages(["before it is there"])
        self.assertEqual(self.log_of().count("receiving records on"), 1)
        self.assertNotIn("only", service.said())
        self.assertEqual(service.end(), 0)
        self.send(server, "while it is away")
        self.start_with_sockets("ps_bridge", sockets=[server], names=["web"])  # whatever it is named
        self.wait_for_messages(["before it is there", "while it is away"])

    def test_a_descriptor_that_does_not_listen_is_an_error(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.bind(("127.0.0.1", 0))
            service = self.start_with_sockets("ps_bridge", sockets=[datagrams], names=["udp"])
        self.assertCannotStart(service, 69, "descriptor 3: it is not a listening stream socket")


@needs_own_network
class Crontab(ProgramTest):
    """The lines of the reference, as bash runs them; those of ps_bridge and ps.herald."""

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("bin"))
        for name, target in (("ps_bridge", "ps_bridge"), ("ps.herald", "ps_herald")):
            os.symlink(program(target), self.path("bin/" + name))
        self.environment["PATH"] = self.path("bin") + ":" + self.environment["PATH"]

    def cron(self, line):
        process = subprocess.Popen(["/bin/bash", "-c", "export DEV_STAGE=PRODUCTION; cd %s && %s" % (self.folder, line)], env=self.environment)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_started_twice_each_runs_once(self):
        lines = "exec ps_bridge -s 1309600 -r 1024 > bridge.log 2>&1", "exec ps.herald > herald.log 2>&1"
        first = [self.cron(line) for line in lines]
        for name, text in (("ps_bridge", "receiving records on 127.0.0.1:9024"), ("ps_herald", "serving the page on 127.0.0.1:9025")):
            wait_until(lambda: text in self.log_of(name), name + " runs")
        logger = logger_to("127.0.0.1", 9024)
        self.addCleanup(close, logger)
        logger.info("before", extra={"SYSTEM_ID": "test"})
        for line in lines:
            self.assertEqual(self.cron(line.replace(".log", "-again.log")).wait(DEADLINE), 75)
        self.assertEqual([process.poll() for process in first], [None, None])
        for name in "bridge", "herald":
            with open(self.path(name + "-again.log")) as file:
                self.assertRegex(file.read(), r"^ps_(bridge|herald)\. Debug mode is off\n$")
        logger.info("after", extra={"SYSTEM_ID": "test"})
        wait_until(lambda: self.messages("system_id = 'test'", "herald.sqlite") == ["before", "after"], "all records are stored")
        for process in first:
            process.terminate()
        self.assertEqual([process.wait(DEADLINE) for process in first], [0, 0])


if __name__ == "__main__":
    main()
