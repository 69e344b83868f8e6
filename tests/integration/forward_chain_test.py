#!/usr/bin/env python3
"""Three bridges in a row, each trusted as far as its token goes: first -> middle -> last.

Where ip can make them, each lives in a network of its own, and first cannot reach last; else all are on loopback.

    forward_chain_test.py PROGRAMS
"""
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
from programs import ProgramTest, Service, close, logger_to, main, program, wait_until  # noqa: E402

NAMES = "first", "middle", "last"
PORT = 9024


def run(*command):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Networks:
    """A network for each name, and a cable between neighbours. `there` is False where that cannot be."""

    def __init__(self):
        self.spaces = {name: "psherald-%d-%s" % (os.getpid(), name) for name in NAMES}
        self.there = bool(shutil.which("ip")) and self._make()
        if not self.there:
            self.remove()

    def _make(self):
        for space in self.spaces.values():
            if not (run("ip", "netns", "add", space) and run("ip", "-n", space, "link", "set", "lo", "up")):
                return False
        for number, pair in enumerate(zip(NAMES, NAMES[1:])):
            ends = [("ps%d%s" % (number, end), self.spaces[name]) for end, name in zip("ab", pair)]
            if not run("ip", "link", "add", ends[0][0], "netns", ends[0][1], "type", "veth", "peer", "name", ends[1][0], "netns", ends[1][1]):
                return False
            for host, (device, space) in enumerate(ends, 1):
                if not (run("ip", "-n", space, "addr", "add", "10.213.%d.%d/24" % (number, host), "dev", device) and
                        run("ip", "-n", space, "link", "set", device, "up")):
                    return False
        return True

    def remove(self):
        for space in self.spaces.values():
            if shutil.which("ip"):
                run("ip", "netns", "del", space)

    def prefix(self, name):
        return ["ip", "netns", "exec", self.spaces[name]] if self.there else []

    def address(self, name):
        """By which its left neighbour reaches it."""
        return "10.213.%d.2:%d" % (NAMES.index(name) - 1, PORT) if self.there else "127.0.0.1:%d" % free_port()


class Node:
    def __init__(self, test, name, networks, address):
        self.test, self.name, self.networks, self.address = test, name, networks, address
        self.folder = os.path.join(test.folder, name)
        os.mkdir(self.folder)
        self.socket = os.path.join(self.folder, "senders")
        self.listen, self.forward, self.tokens, self.tls = ["unix:" + self.socket], "", "", ""
        if address:
            self.listen.append(address)

    def trust(self, sender, secret, rights=""):
        """Who knows the secret may forward."""
        with open(os.path.join(self.folder, "tokens"), "a") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write("%s forward sha256:%s%s\n" % (sender, hashlib.sha256(secret.encode()).hexdigest(), rights))
        self.tokens = "[web]\ntokens = \"tokens\"\n"

    def forward_to(self, other, secret):
        with open(os.path.join(self.folder, "secret"), "w") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(secret + "\n")
        self.forward = "[[forward]]\nto = \"http://%s\"\nname = \"%s\"\ntoken_file = \"secret\"\n" % (other.address, other.name)

    def forward_by_certificate_to(self, other):
        """Over TLS: each side knows the other one's certificate, or who has signed it, and there is no token."""
        def make(name, subject, *more):
            command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", subject]
            subprocess.run([*command, "-keyout", name + ".key", "-out", name + ".pem", *more], cwd=self.test.folder, check=True, stderr=subprocess.DEVNULL)
        make("server", "/CN=last", "-addext", "subjectAltName=IP:" + other.address.split(":")[0])
        make("authority", "/CN=authority")
        make("client", "/O=Shop/CN=gateway", "-CA", "authority.pem", "-CAkey", "authority.key")
        other.tls = "[tls]\ncertificate = \"../server.pem\"\nkey = \"../server.key\"\nclient_ca = \"../authority.pem\"\n"
        self.forward = ("[[forward]]\nto = \"https://%s\"\nname = \"%s\"\nca = \"../server.pem\"\ncertificate = \"../client.pem\"\nkey = \"../client.key\"\n"
                        % (other.address, other.name))

    def start(self):
        with open(os.path.join(self.folder, "psherald.toml"), "w") as file:
            file.write("[bridge]\nlisten = [%s]\n%s%s%s" % (", ".join("\"%s\"" % each for each in self.listen), self.tokens, self.tls, self.forward))
        environment = dict(self.test.environment, DEV_STAGE="DEVELOPMENT")
        self.service = Service(self.folder, [*self.networks.prefix(self.name), program("ps_bridge")], environment)
        self.test.addCleanup(self.service.kill)
        self.test.assertIsNone(self.service.process.returncode, self.service.said())

    def log(self, *texts):
        logger = logger_to(self.socket, None)
        for text in texts:
            logger.warning(text, extra={"SYSTEM_ID": "test"})
        close(logger)

    def database(self):
        return os.path.join(self.name, "herald.sqlite_d")

    def messages(self):
        return self.test.messages("system_id = 'test'", self.database())

    def said_in_log(self):
        with open(os.path.join(self.folder, "LOG", "ps_bridge_d.log")) as file:
            return file.read()

    def query(self, sql):
        return self.test.query(sql, self.database())


class Chain(ProgramTest):
    def setUp(self):
        super().setUp()
        networks = Networks()
        self.addCleanup(networks.remove)
        self.first, self.middle, self.last = [
            Node(self, name, networks, networks.address(name) if name != "first" else None) for name in NAMES]
        self.networks = networks

    def start_all(self, secret_of_middle="middle's", rights_of_middle=""):
        self.middle.trust("first", "first's", " origins=own")
        self.last.trust("middle", "middle's", rights_of_middle)
        self.first.forward_to(self.middle, "first's")
        self.middle.forward_to(self.last, secret_of_middle)
        for node in self.last, self.middle, self.first:
            node.start()

    def log_everywhere(self, count=20):
        expected = []
        for node in self.first, self.middle, self.last:
            texts = ["%s %d" % (node.name, number) for number in range(count)]
            node.log(*texts)
            expected += texts
        return expected

    def test_what_the_first_one_logs_reaches_the_last_one_under_its_name(self):
        self.start_all()
        expected = self.log_everywhere()
        wait_until(lambda: sorted(self.last.messages()) == sorted(expected), "all is at the last one")
        self.assertEqual([text for text in self.last.messages() if text.startswith("first")], expected[:20])
        ((run_of_first,),) = self.first.query("SELECT hex(run) FROM run WHERE from_id <= (SELECT min(id) FROM log WHERE system_id = 'test') ORDER BY from_id DESC LIMIT 1")
        rows = self.last.query("SELECT DISTINCT hex(o.run) FROM entry e JOIN origin o ON o.no = e.origin_no WHERE message LIKE 'first %'")
        self.assertEqual(rows, [(run_of_first,)])
        self.assertEqual(self.first.messages(), expected[:20])
        self.assertEqual([text for text in self.middle.messages() if text.startswith("last")], [])
        if self.networks.there:
            self.assertFalse(run(*self.networks.prefix("first"), sys.executable, "-c",
                                 "import socket; socket.create_connection((%r, %d), 1)" % tuple([self.last.address.split(":")[0], PORT])))

    @unittest.skipUnless(shutil.which("openssl"), "there is no openssl to make certificates with")
    def test_a_link_may_be_encrypted_and_go_by_certificates_instead_of_tokens(self):
        self.middle.trust("first", "first's")
        self.first.forward_to(self.middle, "first's")
        self.middle.forward_by_certificate_to(self.last)
        for node in self.last, self.middle, self.first:
            node.start()
        expected = self.log_everywhere()
        wait_until(lambda: sorted(self.last.messages()) == sorted(expected), "all is at the last one")
        ((owner,),) = self.last.query("SELECT token FROM stream")
        self.assertEqual(owner, "certificate:CN=gateway,O=Shop")
        wait_until(lambda: self.middle.query("SELECT refused, skipped FROM cursor WHERE name = 'last'") in ([(0, 0)], [(None, None)]), "nothing is left out")

    def test_who_may_send_only_what_he_received_first_cannot_speak_for_others(self):
        self.start_all(rights_of_middle=" origins=own")
        expected = self.log_everywhere()
        own = [text for text in expected if not text.startswith("first")]
        wait_until(lambda: sorted(self.last.messages()) == sorted(own), "what is the middle one's own is at the last one")
        wait_until(lambda: self.last.query("SELECT count(*) >= 20 FROM dead_letter") == [(1,)], "the others' records are dead letters there")
        wait_until(lambda: self.middle.query("SELECT refused >= 20 FROM cursor WHERE name = 'last'") == [(1,)], "the sender knows of it")

    def test_who_has_no_token_stores_nothing(self):
        self.start_all(secret_of_middle="a guess")
        self.log_everywhere()
        wait_until(lambda: "it answers 40" in self.middle.said_in_log(), "it is refused")
        self.assertEqual([text for text in self.last.messages() if not text.startswith("last")], [])
        self.assertEqual(self.last.query("SELECT count(*) FROM stream"), [(0,)])
        wait_until(lambda: len([text for text in self.middle.messages() if text.startswith("first")]) == 20, "the first link works all the same")


if __name__ == "__main__":
    main()
