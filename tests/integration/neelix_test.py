#!/usr/bin/env python3
"""ps_neelix and `psherald up` against a database that a real ps_bridge writes, and a mail server on loopback.

    neelix_test.py TOOLS        the folder with the built programs
"""
import email
import email.policy
import logging
import logging.handlers
import os
import shutil
import signal
import socket
import socketserver
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

TOOLS = os.path.abspath(sys.argv[1])
DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")
DEADLINE = 10

# As ps.herald's documentation shows them; its first line, an ssh tunnel, apart.
CRONTAB = """\
4 */2 * * 0-7                      export DEV_STAGE=PRODUCTION; cd {folder}; source venv/bin/activate && ps_neelix                      > neelix.log 2>&1
04,16,36,44,51,01  * * * 0-7       export DEV_STAGE=PRODUCTION; cd {folder}; source venv/bin/activate && ps.herald                      > herald.log 2>&1
05,15,21,34,46,50,02  * * * 0-7    export DEV_STAGE=PRODUCTION; cd {folder}; source venv/bin/activate && ps_bridge -s 1309600 -r 1024   > bridge.log 2>&1
"""


def wait_until(condition, what):
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
                raise AssertionError("waited in vain until " + what)
        time.sleep(0.01)


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail, or answers as `script(stage, line)` says: a reply, "hold" (until `release` is set), or None."""
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port=0, script=None, tls=False):
        self.mails, self.reached, self.release = [], [], threading.Event()
        self.script, self.tls = script or (lambda stage, line: None), tls
        super().__init__(("127.0.0.1", port), MailSession)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a client that was killed

    def stop(self):
        self.shutdown()
        self.server_close()


class MailSession(socketserver.StreamRequestHandler):
    def handle(self):
        self.encrypted = False
        self.answer("connect", "", "220 test")
        while True:
            line = self.rfile.readline().decode("latin-1").rstrip("\r\n")
            if not line:
                return
            word = line.split(":")[0].split(" ")[0].upper()
            if word == "EHLO":
                extensions = ["250-test"] + (["250-STARTTLS"] if self.server.tls and not self.encrypted else []) + ["250 SIZE 1000000"]
                self.answer("ehlo", line, "\r\n".join(extensions))
            elif word == "STARTTLS":
                self.answer("starttls", line, "220 go on")
                self.start_tls()
            elif word == "MAIL":
                self.answer("mail", line, "250 ok")
            elif word == "RCPT":
                self.recipient = line[len("RCPT TO:<"):-1]
                self.answer("rcpt", line, "250 ok")
            elif word == "DATA" and self.answer("data", line, "354 go on").startswith("354"):
                self.take()
            elif word == "QUIT":
                return self.answer("quit", line, "221 bye")

    def take(self):
        lines = []
        for line in iter(self.rfile.readline, b".\r\n"):
            if not line:
                return
            lines.append(line[1:] if line.startswith(b".") else line)
        mail = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        mail.recipient, mail.encrypted, mail.raw = self.recipient, self.encrypted, b"".join(lines)
        if self.server.script("content", "") is None:
            self.server.mails.append(mail)
        elif self.server.script("content", "") == "hold":
            self.server.mails.append(mail)  # it has it, but its answer comes too late
        self.answer("content", "", "250 taken")

    def start_tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(DATA, "smtp", "certificate.pem"), os.path.join(DATA, "smtp", "key.pem"))
        self.request = context.wrap_socket(self.request, server_side=True)
        self.setup()
        self.encrypted = True

    def answer(self, stage, line, usual):
        self.server.reached.append(stage)
        reply = self.server.script(stage, line) or usual
        if reply == "hold":
            self.server.release.wait()
            reply = usual
        self.wfile.write(reply.encode() + b"\r\n")
        return reply


class NeelixTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="psherald-neelix-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.database = os.path.join(self.folder, "herald.sqlite")
        self.bridge_socket = os.path.join(self.folder, "bridge.socket")
        self.processes = []
        self.addCleanup(self.end_processes)
        self.server = self.start_server()
        self.write_config()

    # ---- the world

    def start_server(self, **options):
        server = MailServer(**options)
        self.addCleanup(server.stop)
        return server

    def write_config(self, mail="", port=None):
        with open(os.path.join(self.folder, "psherald.toml"), "w") as file:
            file.write('[bridge]\nlisten = "unix:%s"\n[web]\nlisten = "unix:%s/web.socket"\n'
                       '[mail]\nserver = "smtp://127.0.0.1:%d"\nfrom = "neelix@herald1"\n%s\n'
                       % (self.bridge_socket, self.folder, port or self.server.port, mail))

    def write_rules(self, text):
        with open(os.path.join(self.folder, "ps_neelix.cfg"), "w") as file:
            file.write(text)

    def environment(self):
        unwanted = ("PSHERALD_", "BASIC_", "DIRECT_", "SYSTEM_ID")
        return dict({name: value for name, value in os.environ.items() if not name.startswith(unwanted)}, DEV_STAGE="PRODUCTION")

    def start(self, *words, **options):
        process = subprocess.Popen([os.path.join(TOOLS, words[0])] + list(words[1:]), cwd=self.folder, env=self.environment(),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, **options)
        self.processes.append(process)
        return process

    def end_processes(self):
        self.server.release.set()
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def start_bridge(self, *words):
        bridge = self.start(*(words or ["ps_bridge"]))
        wait_until(lambda: os.path.exists(self.bridge_socket) or bridge.poll() is not None, "the bridge listens")
        self.assertIsNone(bridge.poll())
        return bridge

    def stop(self, process):
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 0)

    def log(self, system, *messages):
        """Sends records as a Python program does, and waits until they are stored."""
        before = self.count()
        handler = logging.handlers.SocketHandler(self.bridge_socket, None)
        handler.createSocket()
        for message in messages:
            handler.sock.sendall(handler.makePickle(logging.makeLogRecord(
                {"name": "test", "levelno": 20, "levelname": "INFO", "msg": message, "SYSTEM_ID": system})))
        handler.close()
        wait_until(lambda: self.count() >= before + len(messages), "the records are stored")

    def query(self, sql):
        connection = sqlite3.connect(self.database, timeout=DEADLINE)
        try:
            connection.execute("PRAGMA wal_autocheckpoint=0")
            with connection:
                return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def count(self):
        return self.query("SELECT count(*) FROM log WHERE name = 'test'")[0][0]

    def neelix(self, *words, expected=0):
        done = subprocess.run([os.path.join(TOOLS, "ps_neelix")] + list(words), cwd=self.folder, env=self.environment(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=DEADLINE)
        self.assertEqual(done.returncode, expected, done.stdout + done.stderr)
        return done

    def neelix_until(self, condition, what):
        def run():
            self.neelix()
            return condition()
        wait_until(run, what)

    def subjects(self, server=None):
        return [mail["Subject"] for mail in (server or self.server).mails]

    def tables(self):
        names = [name for (name,) in self.query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: self.query("SELECT * FROM " + name) for name in names if name != "bridge_alive"}

    def retry_now(self):
        self.query("UPDATE watch_message SET next_tau = 0")

    # ---- one run

    def test_a_silent_system_is_told_once_and_that_it_is_back(self):
        self.write_rules("[shop]\nMAIL_TO = a@example.org,b@example.org\nAGE = 60/30 - 1\n")
        self.start_bridge()
        self.log("shop", "alive")
        self.neelix_until(lambda: self.server.mails, "the silence is told")
        self.assertEqual(self.subjects(), ["neelix  shop  SYSTEM HEARTBEAT FAILURE"] * 2)
        self.assertEqual([mail.recipient for mail in self.server.mails], ["a@example.org", "b@example.org"])
        mail = self.server.mails[0]
        self.assertEqual(mail["From"], "neelix@herald1")
        self.assertEqual(mail["To"], "a@example.org, b@example.org")
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")
        text, html = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
        for part in text, html:
            for fact in "shop", "SYSTEM HEARTBEAT FAILURE", "AGE = 60/30 - 1 (ps_neelix.cfg, line 3)", socket.gethostname():
                self.assertIn(fact, part)
        self.neelix()
        self.assertEqual(len(self.server.mails), 2)
        self.assertEqual(self.query("SELECT message, levelno FROM log WHERE system_id = 'shop' AND levelno = 30"),
                         [("Neelix added Notification SYSTEM HEARTBEAT FAILURE for shop", 30)])
        self.assertEqual([row[0] for row in self.query("SELECT system_id FROM heartbeat WHERE system_id = 'shop'")], ["shop"])
        self.log("shop", "alive again")
        self.neelix()
        self.assertEqual(self.subjects()[2:], ["neelix  shop  OVER SYSTEM HEARTBEAT FAILURE"] * 2)
        self.assertEqual(self.server.mails[2]["In-Reply-To"], mail["Message-ID"])

    def test_one_mail_holds_all_matching_lines_and_hostile_ones_harm_nobody(self):
        self.write_rules('[shop]\nMAIL_TO = "a@example.org"\nMSG = "disk full"\n')
        self.start_bridge()
        self.log("shop", "disk full long ago")
        self.neelix()
        self.assertEqual(self.server.mails, [])
        self.log("shop", "disk full\r\nBcc: evil@example.org\r\n.\r\nQUIT", "disk full \0\x1b[31m", "disk full <script>alert(1)</script>",
                 "disk full \U0001F525", "disk full \u05e9\u05dc\u05d5\u05dd \u202egpj.exe", "DISK FULL " + "x" * 100_000)
        self.log("other", "disk full elsewhere")
        self.neelix()
        self.assertEqual(self.subjects(), ["neelix  shop  PATTERN FOUND"])
        mail = self.server.mails[0]
        self.assertIsNone(mail["Bcc"])
        self.assertEqual(mail.defects, [])
        text, html = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
        self.assertIn("6 times", text)
        self.assertIn("disk full \U0001F525", text)
        self.assertIn("\u05e9\u05dc\u05d5\u05dd", text)
        for hidden in "\0", "\x1b", "\u202e":
            self.assertNotIn(hidden, text + html)
        self.assertNotIn("<script", html)
        self.assertIn("&lt;script&gt;", html)
        self.assertLess(len(text), 20_000)
        self.neelix()
        self.assertEqual(len(self.server.mails), 1)

    def test_a_run_while_the_server_is_away_loses_nothing(self):
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = disk full\n")
        self.write_config(port=1)
        self.start_bridge()
        self.neelix()
        self.log("shop", "disk full")
        done = self.neelix(expected=69)
        self.assertIn("1 message waits for the next run", done.stderr)
        self.write_config()
        self.neelix()  # not yet time
        self.assertEqual(self.server.mails, [])
        self.retry_now()
        self.neelix()
        self.assertEqual(self.subjects(), ["neelix  shop  PATTERN FOUND"])
        self.retry_now()
        self.neelix()
        self.assertEqual(len(self.server.mails), 1)

    def test_an_address_that_is_refused_fails_alone_and_one_that_has_to_wait_is_tried_again(self):
        replies = {"gone@example.org": "550 no such user", "full@example.org": "452 mailbox full"}
        self.server.script = lambda stage, line: replies.get(line[len("RCPT TO:<"):-1]) if stage == "rcpt" else None
        self.write_rules("[shop]\nMAIL_TO = gone@example.org, full@example.org, good@example.org\nMSG = disk full\n")
        self.start_bridge()
        self.neelix()
        self.log("shop", "disk full")
        self.neelix(expected=69)
        self.assertEqual([mail.recipient for mail in self.server.mails], ["good@example.org"])
        replies.clear()
        self.retry_now()
        self.neelix()
        self.assertEqual([mail.recipient for mail in self.server.mails], ["good@example.org", "full@example.org"])
        self.assertEqual(self.server.mails[0]["Message-ID"], self.server.mails[1]["Message-ID"])
        self.assertEqual(self.query("SELECT state FROM watch_message"), [("sent",)])

    def test_test_only_prints_and_does_nothing(self):
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = disk full\n")
        bridge = self.start_bridge()
        self.neelix()
        self.log("shop", "disk full on db1")
        self.stop(bridge)
        before = self.tables()
        for option in "-t", "--test_only":
            printed = self.neelix(option).stdout
            self.assertTrue(printed.startswith("ps_neelix. Debug mode is off\n"))
            self.assertIn("would send to a@example.org: neelix  shop  PATTERN FOUND", printed)
            self.assertIn("disk full on db1", printed)
        self.assertEqual(self.tables(), before)
        self.assertEqual(self.server.mails, [])
        self.neelix()
        self.assertEqual(len(self.server.mails), 1)
        self.assertIn("there is nothing new to tell", self.neelix("-t").stdout)

    def test_killed_at_any_stage_of_a_mail_it_is_sent_once_but_for_the_one_moment_that_nobody_can_know(self):
        for stage in "connect", "ehlo", "mail", "rcpt", "data", "content":
            with self.subTest(stage=stage):
                self.setUp()
                self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = disk full\n")
                self.start_bridge()
                self.neelix()
                self.log("shop", "disk full")
                self.server.script = lambda now, line: "hold" if now == stage else None
                run = self.start("ps_neelix")
                wait_until(lambda: stage in self.server.reached, "the mail has come to that stage")
                run.kill()
                run.communicate()
                self.server.script = lambda now, line: None
                self.server.release.set()
                self.neelix()
                self.neelix()
                taken = self.server.mails
                self.assertEqual(len(taken), 2 if stage == "content" else 1)
                self.assertEqual(len({mail["Message-ID"] for mail in taken}), 1)
                self.assertEqual(self.query("SELECT count(*) FROM watch_delivery WHERE detail LIKE 'uncertain%'"), [(1,)])
                self.assertEqual(self.query("SELECT state FROM watch_message"), [("sent",)])
                self.end_processes()

    def test_a_second_run_leaves_quietly(self):
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = disk full\n")
        self.start_bridge()
        self.neelix()
        self.log("shop", "disk full")
        self.server.script = lambda stage, line: "hold" if stage == "rcpt" else None
        first = self.start("ps_neelix")
        wait_until(lambda: "rcpt" in self.server.reached, "the first run sends")
        second = self.neelix(expected=75)
        self.assertEqual(second.stderr, "")
        self.server.release.set()
        first.communicate(timeout=DEADLINE)
        self.assertEqual(first.returncode, 0)
        self.assertEqual(len(self.server.mails), 1)

    def test_encryption_is_used_where_it_is_offered_and_its_certificate_matters_where_it_is_demanded(self):
        self.server = self.start_server(tls=True)
        self.write_config()
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = disk full\n")
        self.start_bridge()
        self.neelix()
        self.log("shop", "disk full")
        self.neelix()
        self.assertEqual([mail.encrypted for mail in self.server.mails], [True])
        self.query("UPDATE watch_message SET state = 'queued', next_tau = 0")
        self.query("DELETE FROM watch_delivery")
        demanding = 'server = "smtp+starttls://127.0.0.1:%d"' % self.server.port
        path = os.path.join(self.folder, "psherald.toml")
        with open(path) as file:
            config = file.read().replace('server = "smtp://127.0.0.1:%d"' % self.server.port, demanding)
        with open(path, "w") as file:
            file.write(config)
        self.assertIn("certificate", self.neelix(expected=69).stderr)
        with open(path, "a") as file:
            file.write("verify = false\n")
        self.retry_now()
        self.neelix()
        self.assertEqual([mail.encrypted for mail in self.server.mails], [True, True])

    def test_what_is_wrong_is_told_with_its_place(self):
        self.assertIn("there is no ps_neelix.cfg", self.neelix(expected=78).stderr)
        self.write_rules("[shop]\nMSG = x\n")
        self.assertIn("ps_neelix.cfg:1: section [shop] has no MAIL_TO", self.neelix(expected=78).stderr)
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nAGE = __import__('os').system('touch evil')\n")
        self.assertIn("ps_neelix.cfg:3: AGE of [shop]", self.neelix(expected=78).stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "evil")))
        self.assertEqual(self.neelix("-x").stdout, "ps_neelix. Debug mode is off\n")
        self.assertEqual(self.neelix("-xd").stdout, "ps_neelix. Debug mode is on\n")
        self.neelix("--nonsense", expected=64)

    # ---- within psherald up

    def test_up_judges_too_reads_its_rules_again_and_ends_while_a_mail_hangs(self):
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = disk full\n")
        up = self.start_bridge("psherald", "up", "-d")
        wait_until(lambda: self.query("SELECT count(*) FROM watch_rule")[0][0] == 1, "it has judged")
        self.log("shop", "disk full", "network down")
        self.neelix(expected=75)  # it is watched already
        up.send_signal(signal.SIGHUP)  # begins at once, rather than after a minute
        wait_until(lambda: self.server.mails, "the mail comes")
        self.assertEqual(self.subjects(), ["neelix  shop  PATTERN FOUND"])

        self.write_rules("[shop]\nMAIL_TO = nobody\nMSG = disk full\n")
        up.send_signal(signal.SIGHUP)
        log = os.path.join(self.folder, "LOG", "psherald.log")
        wait_until(lambda: "keeping the old configuration" in open(log).read(), "the mistake is noted")

        self.server.script = lambda stage, line: "hold" if stage == "rcpt" else None
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = network\n")
        up.send_signal(signal.SIGHUP)
        self.server.reached.clear()
        wait_until(lambda: "rcpt" in self.server.reached, "the end of the old rule is told")
        self.stop(up)
        self.server.release.set()
        self.assertEqual(self.query("SELECT count(*) FROM watch_message WHERE state = 'queued'"), [(1,)])
        self.server.script = lambda stage, line: None
        self.retry_now()
        self.neelix()
        self.assertEqual(self.subjects(), ["neelix  shop  PATTERN FOUND", "neelix  shop  OVER PATTERN FOUND"])

    def test_up_without_rules_judges_nothing(self):
        up = self.start_bridge("psherald", "up", "-d")
        self.log("shop", "disk full")
        self.stop(up)
        self.assertEqual(self.query("SELECT count(*) FROM watch_run"), [(0,)])

    # ---- from cron

    def test_the_crontab_of_ps_herald_works_as_it_stands(self):
        programs = os.path.join(self.folder, "venv", "bin")
        os.makedirs(programs)
        for name, program in ("ps_neelix", "ps_neelix"), ("ps.herald", "ps_herald"), ("ps_bridge", "ps_bridge"):
            os.symlink(os.path.join(TOOLS, program), os.path.join(programs, name))
        with open(os.path.join(programs, "activate"), "w") as file:
            file.write('PATH="%s:$PATH"\n' % programs)
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = disk full\n")
        lines = [line.split(None, 5)[5].format(folder=self.folder) for line in CRONTAB.splitlines()]
        environment = {name: value for name, value in self.environment().items() if name != "DEV_STAGE"}

        def cron(line):  # its SHELL is bash
            process = subprocess.Popen(["/bin/bash", "-c", line], env=environment, start_new_session=True)
            self.processes.append(process)
            return process

        def pid(program):
            with open(os.path.join(self.folder, program + "_lock")) as file:
                return int(file.read())

        neelix, herald, bridge = lines
        running = [cron(herald), cron(bridge)]
        wait_until(lambda: all(os.path.exists(os.path.join(self.folder, name)) for name in ("bridge.socket", "web.socket")), "both serve")
        self.assertEqual(cron(neelix).wait(DEADLINE), 0)
        self.log("shop", "disk full")
        for line, code in (neelix, 0), (herald, 75), (bridge, 75):
            self.assertEqual(cron(line).wait(DEADLINE), code)
        self.assertEqual(self.subjects(), ["neelix  shop  PATTERN FOUND"])
        for name in "herald.log", "bridge.log":  # the second start says nothing but its first line
            with open(os.path.join(self.folder, name)) as file:
                self.assertEqual(len(file.read().splitlines()), 1, name)
        for program in "ps_herald", "ps_bridge":
            os.kill(pid(program), signal.SIGTERM)
        self.assertEqual([process.wait(DEADLINE) for process in running], [0, 0])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
