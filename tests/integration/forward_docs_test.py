#!/usr/bin/env python3
"""Sets up the two pictures of docs/forwarding.md with exactly its files, and follows the records to their end. Then lives
through the session of docs/forward-protocol.md.

An ssh tunnel is replaced by the port that it leads to, and ports are those of a network of one's own.

    forward_docs_test.py PROGRAMS SOURCE
"""
import hashlib
import json
import os
import re
import shutil
import unittest
import urllib.error
import urllib.request

from pages import PageTest, SOURCE, page_of
from programs import DEADLINE, close, logger_to, main, needs_own_network, wait_until

SNIPPETS = "docs/snippets/forwarding"
STAGES = {"testing": 9010, "development": 9020, "integration": 9022, "production": 9024}
FORWARD = "/api/v1/forward"
PROBE = FORWARD + "?stream=" + "0" * 32


def snippet(name):
    return page_of("%s/%s.toml" % (SNIPPETS, name))


def ask(port, target=FORWARD, body=None):
    """Status and answer."""
    request = urllib.request.Request("http://127.0.0.1:%d%s" % (port, target), body.encode() if body else None,
                                     {"Content-Type": "application/x-ndjson"})
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


class ForwardDocs(PageTest):
    def machine(self, name, config=None, bridge="127.0.0.1:0"):
        """Starts what runs in a folder of its own, and gives its port."""
        os.makedirs(self.path(name))
        whole, self.folder = self.folder, self.path(name)
        try:
            self.write("psherald.toml", snippet(name) if config is None else config)
            words = ("--listen", bridge, "--web", "127.0.0.1:0") if bridge else ()
            self.start("psherald", "up", *words)
            return self.port_of("psherald")
        finally:
            self.folder = whole

    def log(self, port, level, text, system, **attributes):
        logger = logger_to("127.0.0.1", port)
        logger.log(level, text, extra=dict(attributes, SYSTEM_ID=system))
        close(logger)

    def wait_in(self, database, *texts, condition="system_id = 'shop'"):
        wait_until(lambda: len(self.messages(condition, database)) >= len(texts), "all records are in " + database)
        self.assertEqual(self.messages(condition, database), list(texts))

    # ---- the page

    def test_the_page_quotes_every_file(self):
        page = page_of("docs/forwarding.md")
        quoted = dict(re.findall(r"^`" + SNIPPETS[len("docs/"):] + r"/(\w+)\.toml`[^\n]*\n+```toml\n(.*?)^```$", page, re.M | re.S))
        for file in sorted(os.listdir(os.path.join(SOURCE, SNIPPETS))):
            name = file[:-len(".toml")]
            with self.subTest(name):
                self.assertEqual(quoted.get(name), snippet(name))

    def test_every_file_is_a_configuration(self):
        for file in sorted(os.listdir(os.path.join(SOURCE, SNIPPETS))):
            with self.subTest(file):
                result = self.run_program("psherald", "check", "--config", os.path.join(SOURCE, SNIPPETS, file))
                self.assertIn(result.returncode, (0, 66), result.stdout + result.stderr)  # there is no database yet
                self.assertTrue(result.stdout.startswith("configuration: "), result.stdout)

    # ---- the pictures

    @needs_own_network
    def test_the_warnings_of_four_stages_meet_in_one_place(self):
        self.machine("overview", bridge=None)
        for stage, port in STAGES.items():
            os.makedirs(self.path("stages"), exist_ok=True)
            whole, self.folder = self.folder, self.path("stages")
            self.write(stage + ".toml", snippet(stage))
            self.start("psherald", "up", "--config", stage + ".toml")
            self.folder = whole
        for number in range(1, 4):
            for stage, port in STAGES.items():
                self.log(port, 20, "passed %d" % number, stage)
                self.log(port, 30, "failed %d" % number, stage)
        for stage in STAGES:
            self.wait_in("overview/overview.sqlite", "failed 1", "failed 2", "failed 3", condition="system_id = '%s'" % stage)
        self.assertEqual(self.query("SELECT count(*) FROM log WHERE message LIKE 'passed%'", "overview/overview.sqlite"), [(0,)])
        self.assertEqual(len(self.messages("message LIKE 'passed%'", "stages/herald.sqlite_i")), 3)

    def test_each_level_of_trust_sees_what_the_one_inside_lets_out(self):
        outer = self.machine("outer")
        gateway = self.machine("gateway", snippet("gateway").replace(":9017", ":%d" % outer))
        inner = self.machine("inner", snippet("inner").replace(":9017", ":%d" % gateway))
        self.log(inner, 10, "the cache is warm", "shop")
        self.log(inner, 20, "the backup is done", "shop")
        self.log(inner, 40, "payment refused", "shop", customer="4711")
        self.log(inner, 30, "the disk is at 91 %", "shop")
        self.wait_in("gateway/herald.sqlite", "the backup is done", "the disk is at 91 %")
        self.log(gateway, 40, "the tunnel was down", "shop")
        self.wait_in("outer/herald.sqlite", "the disk is at 91 %", "the tunnel was down")
        self.wait_in("inner/herald.sqlite", "the cache is warm", "the backup is done", "payment refused", "the disk is at 91 %")
        for _ in range(2):  # the second time everything is there
            self.assertEnded(self.run_program("psherald", "replay", "--database", "gateway/herald.sqlite", "--from", "2h",
                                              "--where", "system:shop", "--dest", "http://127.0.0.1:%d" % outer), 0)
            self.wait_in("outer/herald.sqlite", "the disk is at 91 %", "the tunnel was down", "the backup is done")

    # ---- tokens and TLS

    @unittest.skipUnless(shutil.which("openssl"), "openssl makes the certificate")
    def test_a_token_and_a_certificate_let_the_warnings_of_web01_in(self):
        page, here = page_of("docs/forwarding.md"), self.path("")
        command = re.search(r"`(openssl req .*?)`", page, re.S).group(1).replace("\n", " ")
        self.shell(command.replace("central.example.org", "localhost"))
        self.write("central.token", "open sesame\n")
        line = re.search(r"^web01 forward sha256:HEX .*\n", page, re.M).group(0)
        os.chmod(self.write("tokens", line.replace("HEX", hashlib.sha256(b"open sesame").hexdigest())), 0o600)
        central = self.machine("central", snippet("central").replace("/etc/psherald/", here).replace("0.0.0.0", "127.0.0.1"))
        config = snippet("web01").replace("/etc/psherald/", here).replace("central.example.org:9024", "localhost:%d" % central)
        web01 = self.machine("web01", config)
        self.log(web01, 20, "accepted", "shop")
        self.log(web01, 30, "refused", "shop")
        self.wait_in("central/herald.sqlite", "refused")
        self.assertEqual(self.query("SELECT token FROM stream", "central/herald.sqlite"), [("token:web01",)])
        self.assertEqual(ask(central, PROBE)[0], 401)  # from this machine, but without a token

    # ---- the session

    def test_the_session_of_the_protocol_is_lived_through(self):
        told = re.findall(r"^```\n(.*?)^```$", page_of("docs/forward-protocol.md"), re.M | re.S)
        handshake, batch = [text for text in told if " HTTP/1.1\n" in text]
        target = re.search(r"^GET (\S+)", handshake).group(1)
        welcome = json.loads(handshake.splitlines()[-1])
        body = re.search(r"\n\n(\{.*?\n)\nHTTP", batch, re.S).group(1)
        accepted = json.loads(batch.splitlines()[-1])
        head, [mark] = json.loads(body.splitlines()[0]), welcome["marks"]
        self.assertEqual(re.search(r"^Content-Length: (\d+)$", batch, re.M).group(1), str(len(body)))

        port = self.machine("outer")
        self.assertEqual(ask(port, target)[1]["marks"], [])
        self.assertEqual(ask(port, body=body)[0], 409)
        before = dict(head, prev={"run": None, "id": 0, "tag": ""}, to=mark["id"], tag=mark["tag"], n=0, gaps=[])
        self.assertEqual(ask(port, body=json.dumps(before) + "\n")[0], 200)

        status, answer = ask(port, target)
        self.assertEqual((status, set(answer), answer["marks"]), (200, set(welcome), [mark]))
        status, answer = ask(port, body=body)
        self.assertEqual((status, dict(answer, now=0)), (200, dict(accepted, now=0)))
        status, again = ask(port, body=body)
        self.assertEqual((status, again["code"], again["marks"]), (409, "position", [accepted["mark"]]))
        self.wait_in("outer/herald.sqlite", "order 4711 refused", "upstream away", "gap: at most 2 records of errors@web01 are missing (removed)",
                     condition="system_id IN ('ch2eu', 'web01')")


if __name__ == "__main__":
    main()
