#!/usr/bin/env python3
"""Passing records on, as whoever runs the programs meets it. The other end is a bridge of the stage TESTING.

    forwarding_test.py PROGRAMS
"""
import hashlib
import json
import os
import signal
import urllib.error
import urllib.request

from programs import ProgramTest, close, logger_to, main, needs_own_network, wait_until

ANY_PORT = "--listen", "127.0.0.1:0"
ANY_PORTS = (*ANY_PORT, "--web", "127.0.0.1:0")
ELSEWHERE = "herald.sqlite_t"


class Forwarding(ProgramTest):
    def start_elsewhere(self, *options):
        self.start("ps_bridge", *(options or ANY_PORT), environment={"DEV_STAGE": "TESTING"})
        return "python://127.0.0.1:%d" % self.port_of("ps_bridge_t")

    def log_some(self, port, *texts):
        logger = logger_to("127.0.0.1", port)
        for text in texts:
            logger.info(text, extra={"SYSTEM_ID": "test"})
        close(logger)

    def wait_elsewhere(self, *texts):
        wait_until(lambda: self.messages("system_id = 'test'", ELSEWHERE) == list(texts), "the records are there")

    def told(self, log, text):
        return [line for line in self.log_of(log).splitlines() if text in line]

    def test_up_passes_on_as_ps_bridge_does(self):
        url = self.start_elsewhere()
        for name, ports in (("ps_bridge",), ANY_PORT), (("psherald", "up"), ANY_PORTS):
            with self.subTest(name):
                log = name[0] + "_d"
                service = self.start(*name, *ports, "--forward", url)
                self.log_some(self.port_of(log), "by " + name[0])
                wait_until(lambda: "by " + name[0] in self.messages("system_id = 'test'", ELSEWHERE), "the record is there")
                self.assertEqual(service.end(), 0)
                [begin], end = self.told(log, url + ", best effort: "), self.told(log, " forwarded to " + url)[-1]
                self.assertIn("best effort: ps.herald 1.4.2 cannot acknowledge. Records of the last 5 s before a break", begin)
                self.assertIn("100 records a second at most", begin)
                self.assertIn(" 0 were skipped, 0 refused", end)

    def test_the_file_and_the_command_line_both_name_destinations_and_each_is_one_once(self):
        url = self.start_elsewhere()
        self.write("psherald.toml", "[[forward]]\nto = \"%s\"\nname = \"there\"\nrate = 1000\nconfirm_window = \"2s\"\n" % url)
        away = "python:unix:nobody"
        service = self.start("ps_bridge", *ANY_PORT, "--forward", url, "--forward", away, "--forward", away)
        self.log_some(self.port_of(), "one", "two")
        self.wait_elsewhere("one", "two")
        wait_until(lambda: self.told("ps_bridge_d", "No such file or directory"), "the trouble is told")
        self.assertEqual(service.end(), 0)
        self.assertEqual(self.query("SELECT name, url FROM cursor ORDER BY name"), [("python:unix:nobody", away), ("there", url)])
        [begin] = self.told("ps_bridge_d", " forwarding to there at " + url + ", best effort: ")
        self.assertIn("last 2 s before a break", begin)
        self.assertIn("gets 1000 records a second", begin)
        end = self.told("ps_bridge_d", " forwarded to " + away)[-1]
        self.assertIn("; it is away; the last error", end)

    def test_how_long_the_backlog_takes_is_told_at_the_start(self):
        bridge = self.start("ps_bridge", *ANY_PORT, "--forward", "python:unix:nobody")
        self.log_some(self.port_of(), *map(str, range(300)))
        wait_until(lambda: len(self.messages("system_id = 'test'")) == 300, "the records are stored")
        self.assertEqual(bridge.end(), 0)
        self.start("ps_bridge", *ANY_PORT, "--forward", "python:unix:nobody")
        self.assertRegex(self.told("ps_bridge_d", ", best effort: ")[-1], r"100 records a second at most: the 3[01]\d that wait take 4 s$")

    def ask(self, port, path, method="GET"):
        request = urllib.request.Request("http://127.0.0.1:%d%s" % (port, path), method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def test_the_bridges_port_answers_in_http_too(self):
        self.start("ps_bridge", *ANY_PORT, "--forward", "http:unix:nobody")
        port = self.port_of()
        self.log_some(port, "one")
        wait_until(lambda: self.messages("system_id = 'test'") == ["one"], "the record is stored")
        self.assertEqual(self.ask(port, "/healthz"), (200, "ok\n"))
        status = json.loads(self.ask(port, "/api/v1/status")[1])
        self.assertEqual(status["received"]["records"], 1)
        self.assertEqual([destination["url"] for destination in status["destinations"]], ["http:unix:nobody"])
        self.assertEqual(status["forwarded"]["batches"], 0)
        for path, method, code, said in (("/", "GET", 404, "/healthz"), ("/healthz", "POST", 405, "GET"), ("/api/v1/forward", "GET", 400, "stream"),
                                         ("/api/v1/forward", "PUT", 405, "POST"), ("/api/v1/forward", "POST", 400, "head")):
            with self.subTest(path + " " + method):
                self.assertEqual(self.ask(port, path, method)[0], code)
                self.assertIn(said, self.ask(port, path, method)[1])

    def test_tokens_say_who_may_and_are_read_again(self):
        self.write("tokens", "# nobody yet\n")
        os.chmod(self.path("tokens"), 0o600)
        self.write("psherald.toml", "[web]\ntokens = \"tokens\"\n")
        bridge = self.start("ps_bridge", *ANY_PORT)
        port = self.port_of()
        self.assertEqual(self.ask(port, "/api/v1/status")[0], 200)  # from this machine one may look
        self.assertEqual(self.ask(port, "/api/v1/forward?stream=" + "0" * 32)[0], 401)
        secret = "swordfish"
        self.write("tokens", "there forward sha256:%s\n" % hashlib.sha256(secret.encode()).hexdigest())
        bridge.send(signal.SIGHUP)
        wait_until(lambda: self.told("ps_bridge_d", "the configuration was read again"), "it is read again")
        request = urllib.request.Request("http://127.0.0.1:%d/api/v1/forward?stream=%s" % (port, "0" * 32), headers={"Authorization": "Bearer " + secret})
        with urllib.request.urlopen(request, timeout=30) as answer:
            self.assertEqual(json.loads(answer.read())["marks"], [])

    def test_the_status_is_read_from_the_database_alone(self):
        self.assertEnded(self.run_program("psherald", "status"), 66, "cannot read the database")
        bridge = self.start("ps_bridge", *ANY_PORT)
        result = self.run_program("psherald", "status")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"^database: herald.sqlite_d, \d+\.\d MiB on the disk\nrecords: \d+; the newest is \d+\n\npassed on to: nobody\n\nreceived from: nobody\n$")
        self.log_some(self.port_of(), *map(str, range(100)))
        wait_until(lambda: len(self.messages("system_id = 'test'")) == 100, "the records are stored")
        self.assertEqual(bridge.end(), 0)
        newest = self.query("SELECT id FROM newest")[0][0]
        self.query("INSERT INTO cursor(name, stream, url, start, id, skipped, refused, at) VALUES"
                   "('a', x'01', 'http://a:1', 1, 10, 3, NULL, 1795344000240100), ('b', x'02', 'python:unix:\x1b[2J', 1, %d, 0, 1, NULL)" % newest)
        self.query("DELETE FROM log WHERE id BETWEEN 6 AND 20")
        self.query("INSERT INTO stream(no, stream, name, token, peer, at) VALUES(7, x'03', 'shop', 'token:gw', '10.0.0.1:5', 1795344000000000)")
        self.query("INSERT INTO mark(stream_no, run, id, at) VALUES(7, x'04', 900, 1795344000000000), (7, x'05', 17, 1795344001000000)")
        result = self.run_program("psherald", "status", environment={"TZ": "UTC"})
        lines = [line.split() for line in result.stdout.splitlines()]
        self.assertIn(["name", "url", "position", "lag", "skipped", "refused", "written"], lines)
        self.assertIn(["a", "http://a:1", "10", str(newest - 20), "3", "0", "2026-11-22", "10:40:00.240100"], lines)
        self.assertNotIn("\x1b", result.stdout)
        self.assertIn(["shop", "10.0.0.1:5", "token:gw", "17", "2026-11-22", "10:40:01.000000"], lines)

    @needs_own_network
    def test_b_is_the_bridge_port_of_the_stage(self):
        self.start_elsewhere("--listen", "127.0.0.1:9019")
        self.start("ps_bridge", *ANY_PORT, "-b")
        self.log_some(self.port_of(), "one")
        self.wait_elsewhere("one")
        self.assertTrue(self.told("ps_bridge_d", " forwarding to bridge at python://localhost:9019, best effort"))

    def test_what_is_no_destination_ends_with_78_before_anything_is_received(self):
        for name in (("ps_bridge",), ("psherald", "up")):
            self.assertEnded(self.run_program(*name, "--forward", "central:9024"), 78, "cannot forward to \"central:9024\": there is no such kind",
                             "http://HOST:PORT")
        self.write("psherald.toml", "[[forward]]\nto = \"http://central:9024\"\nwhere = \"level>\"\n")
        self.assertEnded(self.run_program("psherald", "up"), 78, "psherald.toml:3:1: \"forward.where\": column ")

    def test_a_change_takes_effect_at_the_next_start(self):
        text = "[[forward]]\nto = \"python:unix:nobody\"\n"
        self.write("psherald.toml", text)
        service = self.start("ps_bridge", *ANY_PORT, "--forward", "python:unix:nobody_else")
        for fresh, expected in (text, 0), (text + "where = \"level>=error\"\n", 1), (text + text.replace("nobody", "x"), 2):
            before = len(self.told("ps_bridge_d", "the configuration was read again"))
            self.write("psherald.toml", fresh)
            service.send(1)
            wait_until(lambda: len(self.told("ps_bridge_d", "the configuration was read again")) > before, "it is read again")
            self.assertEqual(len(self.told("ps_bridge_d", "[[forward]] has changed: it takes effect at the next start")), expected)


if __name__ == "__main__":
    main()
