#!/usr/bin/env python3
"""ps_herald as its users meet it.

    herald_test.py PROGRAMS
"""
import hashlib
import os
import signal
import socket
import unittest

from programs import ProgramTest, get, main, mode, needs_own_network, wait_until

ANY_PORT = "--listen", "127.0.0.1:0"
SERVING = "ps_herald_d", "serving the page"


class Herald(ProgramTest):
    def make_database(self, name="herald.sqlite_d"):
        self.start("ps_bridge", "--database", name, "--listen", "127.0.0.1:0").end()
        self.query("INSERT INTO log(system_id, levelno, message) VALUES('test', 30, 'to be seen')", name)

    def files(self):
        """Names and contents."""
        contents = {}
        for name in os.listdir(self.folder):
            if os.path.isfile(self.path(name)):
                with open(self.path(name), "rb") as file:
                    contents[name] = hashlib.sha256(file.read()).hexdigest()
        return contents

    @needs_own_network
    def test_the_page_is_on_the_stage_s_web_port(self):
        for stage, port in ("", 9021), ("TESTING", 9011), ("INTEGRATION", 9023), ("PRODUCTION", 9025):
            service = self.start("ps_herald", environment={"DEV_STAGE": stage})
            self.assertEqual(service.said(), "ps_herald. Debug mode is off\n")
            self.assertEqual(get(port, "/hello"), (200, "Hello, World!"))
            self.assertEqual(service.end(), 0)

    def test_records_are_on_the_page_at_once(self):
        self.make_database()
        self.start("ps_herald", *ANY_PORT)
        port = self.port_of(*SERVING)
        self.assertIn("to be seen", get(port)[1])
        self.query("INSERT INTO log(system_id, message) VALUES('test', 'a later one')")
        self.assertIn("a later one", get(port)[1])

    def test_without_a_database_it_makes_one(self):
        self.start("ps_herald", *ANY_PORT)
        self.assertEqual(get(self.port_of(*SERVING))[0], 200)
        self.assertEqual(oct(mode(self.path("herald.sqlite_d"))), oct(0o640))

    def test_hello_to_the_logger_is_logged(self):
        self.start("ps_herald", *ANY_PORT)
        self.assertEqual(get(self.port_of(*SERVING), "/hello_to_ps_basic_logger"), (200, "Hello, World!"))
        wait_until(lambda: "Hello World called" in self.messages(), "the record is stored")

    def test_its_own_records_are_in_the_store_and_d_logs_requests(self):
        service = self.start("ps_herald", *ANY_PORT, "-d")
        self.assertEqual(get(self.port_of(*SERVING), "/nothing-here")[0], 404)
        self.assertEqual(service.end(), 0)
        own = self.messages("system_id = 'ps_herald'")
        self.assertTrue(any(text.startswith("serving the page on 127.0.0.1:") for text in own), own)
        self.assertTrue(any(text.endswith(" GET /nothing-here: 404") for text in own), own)

    def test_a_second_start_leaves_quietly(self):
        first = self.start("ps_herald", *ANY_PORT)
        result = self.run_program("ps_herald", *ANY_PORT)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (75, "ps_herald. Debug mode is off\n", ""))
        self.assertIn("is running already and holds ./ps_herald_lock_d", self.log_of("ps_herald_d"))
        self.assertEqual(get(self.port_of(*SERVING), "/hello")[0], 200)
        self.assertEqual(first.end(), 0)

    def test_it_runs_beside_a_bridge(self):
        self.start("ps_bridge", "--listen", "127.0.0.1:0")
        self.start("ps_herald", *ANY_PORT)
        page = self.port_of(*SERVING)
        self.assertIn("nobody has sent a record yet", get(page)[1])
        self.assertIn("receiving records on", get(page, "/?max_rows=50")[1])

    def test_use_shows_another_database_and_changes_nothing(self):
        self.make_database("old.sqlite")
        before = self.files()
        service = self.start("ps_herald", *ANY_PORT, "--use", "old.sqlite")
        port = self.port_of(*SERVING)
        self.assertIn("to be seen", get(port)[1])
        self.assertEqual(get(port, "/hello_to_ps_basic_logger")[0], 409)
        self.assertEqual(service.end(), 0)
        self.assertEqual({name: text for name, text in self.files().items() if name in before}, before)
        self.assertFalse(os.path.exists(self.path("herald.sqlite_d")))

    def test_use_of_what_is_not_there_is_an_error(self):
        result = self.run_program("ps_herald", *ANY_PORT, "--use", "nothing.sqlite")
        self.assertEnded(result, 66, "ps_herald: cannot read the database nothing.sqlite: there is none")
        self.assertFalse(os.path.exists(self.path("nothing.sqlite")))

    def test_a_port_in_use_is_an_error_that_says_what_to_do(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            result = self.run_program("ps_herald", "--listen", "127.0.0.1:%d" % taken.getsockname()[1])
        self.assertEnded(result, 69, ": another program listens there; give another address with --listen, or web.listen in psherald.toml\n")

    @needs_own_network
    def test_the_port_that_testing_uses_twice_is_named(self):
        with socket.create_server(("127.0.0.1", 9011)):
            result = self.run_program("ps_herald", environment={"DEV_STAGE": "TESTING"})
        self.assertEnded(result, 69, "cannot listen on 127.0.0.1:9011: another program listens there; give another address with --listen",
                         "; in TESTING port 9011 is both the page's and the one that ps.herald forwards to, where a tunnel may listen")

    def test_the_page_may_be_served_on_a_unix_socket(self):
        self.start("ps_herald", "--listen", "unix:page")
        self.assertEqual(oct(mode(self.path("page"))), oct(0o600))
        with socket.socket(socket.AF_UNIX) as browser:
            browser.connect(self.path("page"))
            browser.sendall(b"GET /hello HTTP/1.0\r\nHost: localhost\r\n\r\n")
            with browser.makefile() as answer:
                self.assertIn("Hello, World!", answer.read())

    def test_systemd_s_sockets_serve_the_page(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            service = self.start_with_sockets("ps_herald", sockets=[server], names=["ps_herald.socket"])
            self.assertIsNone(service.process.returncode, service.said())
            self.assertEqual(get(server.getsockname()[1], "/hello")[0], 200)

    def test_a_socket_of_systemd_that_others_can_reach_is_refused(self):
        with socket.create_server(("0.0.0.0", 0)) as server:
            service = self.start_with_sockets("ps_herald", sockets=[server], names=["web"])
        self.assertCannotStart(service, 78, "the inherited socket 0.0.0.0:", "would open the page to everybody", "psherald token create")

    def test_signals_end_it_or_make_it_read_its_configuration(self):
        service = self.start("ps_herald", *ANY_PORT)
        self.write("psherald.toml", "[web]\ncros = []\n")
        service.send(signal.SIGHUP)
        wait_until(lambda: "keeping the old configuration: psherald.toml:2:1: unknown key \"web.cros\"" in self.log_of("ps_herald_d"), "the log says why")
        self.write("psherald.toml", "[web]\ncors = [\"https://example.org\"]\n")
        service.send(signal.SIGHUP)
        wait_until(lambda: "web.cors has changed: it takes effect at the next start" in self.log_of("ps_herald_d"), "the log says when")
        self.assertEqual(service.end(signal.SIGINT), 0)


if __name__ == "__main__":
    main()
