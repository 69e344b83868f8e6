#!/usr/bin/env python3
"""ps_neelix and `psherald up` against a database that a real bridge writes, and a mail server on loopback.

    neelix_test.py PROGRAMS SOURCE
"""
import email
import email.policy
import logging
import logging.handlers
import os
import re
import signal
import socket
import socketserver
import ssl
import subprocess
import threading

from pages import blocks, page_of
from programs import DEADLINE, PROGRAMS, ProgramTest, main, program, wait_until

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")

# As ps.herald's documentation shows them; its first line, an ssh tunnel, apart.
CRONTAB = """\
4 */2 * * 0-7                      export DEV_STAGE=PRODUCTION; cd {folder}; source venv/bin/activate && ps_neelix                      > neelix.log 2>&1
04,16,36,44,51,01  * * * 0-7       export DEV_STAGE=PRODUCTION; cd {folder}; source venv/bin/activate && ps.herald                      > herald.log 2>&1
05,15,21,34,46,50,02  * * * 0-7    export DEV_STAGE=PRODUCTION; cd {folder}; source venv/bin/activate && ps_bridge -s 1309600 -r 1024   > bridge.log 2>&1
"""


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail, or answers as `script(stage, line)` says: a reply, "hold" (until `release` is set), "drop", or None."""
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
        elif self.server.script("content", "") in ("hold", "drop"):
            self.server.mails.append(mail)  # it has it, but its answer comes too late, or never
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
        if reply == "drop":
            raise ConnectionAbortedError
        self.wfile.write(reply.encode() + b"\r\n")
        return reply


class Hook(socketserver.ThreadingTCPServer):
    """Takes what is posted, and keeps its Idempotency-Key. Holds at a stage, "connect" or "answer", until `release` is set, and then only closes."""
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        self.stage, self.keys, self.reached, self.release = None, [], threading.Event(), threading.Event()
        super().__init__(("127.0.0.1", 0), HookSession)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def hold_at(self, stage):
        self.stage, self.keys = stage, []
        self.reached.clear()
        self.release.clear()

    def stop(self):
        self.release.set()
        self.shutdown()
        self.server_close()


class HookSession(socketserver.StreamRequestHandler):
    def handle(self):
        if self.is_held("connect"):
            return
        head = [line.decode("latin-1").rstrip("\r\n") for line in iter(self.rfile.readline, b"\r\n")]
        headers = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
        self.rfile.read(int(headers["Content-Length"]))
        self.server.keys.append(headers["Idempotency-Key"])
        if not self.is_held("answer"):
            self.wfile.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    def is_held(self, stage):
        if self.server.stage != stage:
            return False
        self.server.reached.set()
        self.server.release.wait()
        return True


def dict_of_blocks(text):
    """The fenced blocks of each language."""
    by_language = {}
    for language, code in blocks(text):
        by_language.setdefault(language, []).append(code)
    return by_language


class NeelixTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.environment.pop("BASIC_CONFIGFILE_DIR", None)
        self.server = self.start_server()
        self.write_config()

    # ---- the world

    def start_server(self, **options):
        server = MailServer(**options)
        self.addCleanup(server.stop)
        return server

    def write_config(self, server=None, further=""):
        self.write("psherald.toml", '[bridge]\nlisten = "unix:%s"\n[web]\nlisten = "unix:%s"\n[mail]\nserver = "%s"\nfrom = "neelix@herald1"\n%s\n'
                   % (self.path("bridge.socket"), self.path("web.socket"), server or "smtp://127.0.0.1:%d" % self.server.port, further))

    def write_rules(self, text, suffix="_d"):
        self.write("ps_neelix%s.cfg" % suffix, text)

    def log(self, system, *messages, database="herald.sqlite_d"):
        """Sends records as a Python program does, and waits until they are stored."""
        before = len(self.messages("name = 'test'", database))
        handler = logging.handlers.SocketHandler(self.path("bridge.socket"), None)
        handler.createSocket()
        for message in messages:
            handler.sock.sendall(handler.makePickle(logging.makeLogRecord(
                {"name": "test", "levelno": 20, "levelname": "INFO", "msg": message, "SYSTEM_ID": system})))
        handler.close()
        wait_until(lambda: len(self.messages("name = 'test'", database)) >= before + len(messages), "the records are stored")

    def neelix(self, *words, expected=0):
        result = self.run_program("ps_neelix", *words)
        self.assertEqual(result.returncode, expected, result.stdout + result.stderr)
        return result

    def begin_neelix(self):
        process = subprocess.Popen([program("ps_neelix")], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def neelix_until(self, condition, what):
        def run():
            self.neelix()
            return condition()
        wait_until(run, what)

    def subjects(self, server=None):
        return [mail["Subject"] for mail in (server or self.server).mails]

    def tables(self):
        names = [name for (name,) in self.query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: self.query("SELECT * FROM " + name) for name in names}

    # ---- one run

    def test_a_silent_system_is_told_once_and_that_it_is_back(self):
        self.write_rules("[shop]\nMAIL_TO = a@example.org,b@example.org\nAGE = 60/30 - 1\n")
        self.start("ps_bridge")
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
            for fact in "shop", "SYSTEM HEARTBEAT FAILURE", "AGE = 60/30 - 1 (ps_neelix_d.cfg, line 3)", socket.gethostname():
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
        self.start("ps_bridge")
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
        self.write_config("smtp://127.0.0.1:1")
        self.start("ps_bridge")
        self.neelix()
        self.log("shop", "disk full")
        done = self.neelix(expected=69)
        self.assertIn("1 message waits for the next run", done.stderr)
        self.write_config()
        self.neelix()
        self.assertEqual(self.subjects(), ["neelix  shop  PATTERN FOUND"])
        self.neelix()
        self.assertEqual(len(self.server.mails), 1)

    def test_an_address_that_is_refused_fails_alone_and_one_that_has_to_wait_is_tried_again(self):
        replies = {"gone@example.org": "550 no such user", "full@example.org": "452 mailbox full"}
        self.server.script = lambda stage, line: replies.get(line[len("RCPT TO:<"):-1]) if stage == "rcpt" else None
        self.write_rules("[shop]\nMAIL_TO = gone@example.org, full@example.org, good@example.org\nMSG = disk full\n")
        self.start("ps_bridge")
        self.neelix()
        self.log("shop", "disk full")
        self.neelix(expected=69)
        self.assertEqual([mail.recipient for mail in self.server.mails], ["good@example.org"])
        replies.clear()
        self.neelix()
        self.assertEqual([mail.recipient for mail in self.server.mails], ["good@example.org", "full@example.org"])
        self.assertEqual(self.server.mails[0]["Message-ID"], self.server.mails[1]["Message-ID"])
        self.assertEqual(self.query("SELECT state FROM watch_message"), [("sent",)])

    def test_test_only_prints_and_does_nothing(self):
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = disk full\n")
        bridge = self.start("ps_bridge")
        self.neelix()
        self.log("shop", "disk full on db1")
        self.assertEqual(bridge.end(), 0)
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
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = disk full\n")
        self.start("ps_bridge")
        self.neelix()
        for stage in "connect", "ehlo", "mail", "rcpt", "data", "content":
            with self.subTest(stage=stage):
                self.server = self.start_server(script=lambda now, line: "hold" if now == stage else None)
                self.write_config()
                self.log("shop", "disk full")
                run = self.begin_neelix()
                wait_until(lambda: stage in self.server.reached, "the mail has come to that stage")
                run.kill()
                run.wait()
                self.server.script = lambda now, line: None
                self.server.release.set()
                self.neelix()
                self.neelix()
                self.assertEqual(len(self.server.mails), 2 if stage == "content" else 1)
                self.assertEqual(len({mail["Message-ID"] for mail in self.server.mails}), 1)
                self.assertEqual(self.query("SELECT count(*) FROM watch_delivery WHERE detail LIKE 'uncertain%'"), [(1,)])
                self.assertEqual(self.query("SELECT state FROM watch_message"), [("sent",)])
                for table in "watch_delivery", "watch_message", "watch_notice", "watch_told", "watch_incident":
                    self.query("DELETE FROM " + table)

    def tell_by(self, channel):
        """One rule, whose messages go one way."""
        self.write_config(further='[[receiver]]\nname = "ops"\n%s\n[[rule]]\nname = "full"\npattern = \'"disk full"\'\nby = ["system"]\nnotify = ["ops"]\n' % channel)
        self.start("ps_bridge")
        self.neelix()

    def assert_sent_again(self, keys, times):
        self.neelix()
        self.neelix()
        self.assertEqual(len(keys()), times)
        self.assertEqual(len(set(keys())), 1)
        self.assertEqual(self.query("SELECT uid FROM watch_message"), [(keys()[0],)])
        self.assertEqual(self.query("SELECT count(*) FROM watch_delivery WHERE detail LIKE 'uncertain%'"), [(1,)])
        self.assertEqual(self.query("SELECT state FROM watch_message"), [("sent",)])
        for table in "watch_delivery", "watch_message", "watch_notice", "watch_told", "watch_incident":
            self.query("DELETE FROM " + table)

    def test_killed_while_a_webhook_is_asked_it_is_asked_again_under_the_same_key(self):
        hook = Hook()
        self.addCleanup(hook.stop)
        self.tell_by('webhook = "http://127.0.0.1:%d/"' % hook.server_address[1])
        for stage, times in ("connect", 1), ("answer", 2):
            with self.subTest(stage=stage):
                hook.hold_at(stage)
                self.log("shop", "disk full")
                run = self.begin_neelix()
                self.assertTrue(hook.reached.wait(DEADLINE))
                run.kill()
                run.wait()
                hook.stage = None
                hook.release.set()
                self.assert_sent_again(lambda: hook.keys, times)

    def test_killed_while_a_command_runs_it_runs_again_with_the_same_uid(self):
        told = self.path("told")
        script = self.write("tell.sh", """#!/bin/sh
stage=$(cat {folder}/stage)
echo > {folder}/stage
[ "$stage" = begun ] && kill -9 $PPID && exit 0
cat > /dev/null
echo "$PSHERALD_UID" >> {told}
[ "$stage" = done ] && kill -9 $PPID
exit 0
""".format(folder=self.folder, told=told))
        os.chmod(script, 0o700)
        self.write("stage", "")
        self.tell_by('command = ["%s"]' % script)
        for stage, times in ("begun", 1), ("done", 2):
            with self.subTest(stage=stage):
                self.write("told", "")
                self.write("stage", stage)
                self.log("shop", "disk full")
                self.assertEqual(self.begin_neelix().wait(DEADLINE), -signal.SIGKILL)

                def keys():
                    with open(told) as file:
                        return file.read().split()

                self.assert_sent_again(keys, times)

    def test_what_a_message_says_to_quiet_it_can_be_copied_into_a_shell_whatever_the_key_holds(self):
        self.tell_by('mail = ["a@example.org"]')
        self.log("rack/7 50%; 'x' $(id)", "disk full")
        self.neelix()
        key = "rack%2F7 50%25; 'x' $(id)"
        self.assertEqual(self.subjects(), ["[psherald] MATCH %s (full)" % key])
        text = self.server.mails[0].get_body(("plain",)).get_content()
        environment = dict(self.environment, PATH=os.path.dirname(program("psherald")) + ":" + self.environment["PATH"])
        for command in re.findall(r"^(?:Quiet it|or) +(psherald [^\r\n]*)", text, re.M):
            done = subprocess.run(["/bin/sh", "-c", command], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=DEADLINE)
            self.assertEqual(done.returncode, 0, command)
        self.assertEqual(self.query("SELECT rule, key FROM watch_silence"), [("full", key)])
        self.assertEqual(self.query("SELECT count(*) FROM watch_incident WHERE acked_by IS NOT NULL AND key = '%s'" % key.replace("'", "''")), [(1,)])
        shown = self.run_program("psherald", "incidents", "--format", "json")
        self.assertIn(key, shown.stdout)

    def test_a_second_run_leaves_quietly(self):
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = disk full\n")
        self.start("ps_bridge")
        self.neelix()
        self.log("shop", "disk full")
        self.server.script = lambda stage, line: "hold" if stage == "rcpt" else None
        first = self.begin_neelix()
        wait_until(lambda: "rcpt" in self.server.reached, "the first run sends")
        second = self.neelix(expected=75)
        self.assertEqual(second.stderr, "")
        self.server.release.set()
        self.assertEqual(first.wait(DEADLINE), 0)
        self.assertEqual(len(self.server.mails), 1)

    def test_encryption_is_used_where_it_is_offered_and_its_certificate_matters_where_it_is_demanded(self):
        self.server = self.start_server(tls=True)
        self.write_config()
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = disk full\n")
        self.start("ps_bridge")
        self.neelix()
        self.log("shop", "disk full")
        self.neelix()
        self.assertEqual([mail.encrypted for mail in self.server.mails], [True])
        self.query("UPDATE watch_message SET state = 'queued', next_tau = 0")
        self.query("DELETE FROM watch_delivery")
        demanding = "smtp+starttls://127.0.0.1:%d" % self.server.port
        self.write_config(demanding)
        self.assertIn("certificate", self.neelix(expected=69).stderr)
        self.write_config(demanding, "verify = false")
        self.neelix()
        self.assertEqual([mail.encrypted for mail in self.server.mails], [True, True])

    def test_a_server_that_goes_away_behind_an_encrypted_mail_gets_the_same_mail_again(self):
        self.server = self.start_server(tls=True, script=lambda stage, line: "drop" if stage == "content" else None)
        self.write_config("smtp+starttls://127.0.0.1:%d" % self.server.port, "verify = false")
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = disk full\n")
        self.start("ps_bridge")
        self.neelix()
        self.log("shop", "disk full")
        self.assertIn("did not say whether it has the mail", self.neelix(expected=69).stderr)
        self.assertEqual(self.query("SELECT count(*) FROM watch_delivery WHERE detail LIKE 'uncertain: %'"), [(1,)])
        self.server.script = lambda stage, line: None
        self.neelix()
        self.neelix()
        self.assertEqual([mail.encrypted for mail in self.server.mails], [True, True])
        self.assertEqual(len({mail["Message-ID"] for mail in self.server.mails}), 1)

    def test_what_is_wrong_is_told_with_its_place(self):
        self.assertIn("there is no ps_neelix_d.cfg", self.neelix(expected=78).stderr)
        self.write_rules("[shop]\nMSG = x\n")
        self.assertIn("ps_neelix_d.cfg:1: section [shop] has no MAIL_TO", self.neelix(expected=78).stderr)
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = x\n")
        self.assertIn("cannot read the database herald.sqlite_d: there is none", self.neelix("-t", expected=66).stderr)
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nAGE = __import__('os').system('touch evil')\n")
        self.assertIn("ps_neelix_d.cfg:3: AGE of [shop]", self.neelix(expected=78).stderr)
        self.assertFalse(os.path.exists(self.path("evil")))
        self.assertEqual(self.neelix("-x").stdout, "ps_neelix. Debug mode is off\n")
        self.assertEqual(self.neelix("-xd").stdout, "ps_neelix. Debug mode is on\n")
        self.neelix("--nonsense", expected=64)

    # ---- within psherald up

    def test_up_judges_too_reads_its_rules_again_and_ends_while_a_mail_hangs(self):
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = disk full\n")
        up = self.start("psherald", "up")
        wait_until(lambda: self.query("SELECT count(*) FROM watch_rule")[0][0] == 1, "it has judged")
        self.log("shop", "disk full", "network down")
        self.neelix(expected=75)  # it is watched already
        up.send(signal.SIGHUP)  # begins at once, rather than after a minute
        wait_until(lambda: self.server.mails, "the mail comes")
        self.assertEqual(self.subjects(), ["neelix  shop  PATTERN FOUND"])

        self.write_rules("[shop]\nMAIL_TO = nobody\nMSG = disk full\n")
        up.send(signal.SIGHUP)
        wait_until(lambda: "keeping the old configuration" in self.log_of("psherald_d"), "the mistake is noted")

        self.server.script = lambda stage, line: "hold" if stage == "rcpt" else None
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = network\n")
        up.send(signal.SIGHUP)
        self.server.reached.clear()
        wait_until(lambda: "rcpt" in self.server.reached, "the end of the old rule is told")
        self.assertEqual(up.end(), 0)
        self.server.release.set()
        self.assertEqual(self.query("SELECT count(*) FROM watch_message WHERE state = 'queued'"), [(1,)])
        self.server.script = lambda stage, line: None
        self.neelix()
        self.assertEqual(self.subjects(), ["neelix  shop  PATTERN FOUND", "neelix  shop  OVER PATTERN FOUND"])

    def test_up_leaves_the_watch_to_others_when_its_rules_are_gone(self):
        rules = "[shop]\nMAIL_TO = a@example.org\nMSG = disk full\n"
        self.write_rules(rules)
        up = self.start("psherald", "up")
        wait_until(lambda: self.run_program("ps_neelix").returncode == 75, "it watches")
        os.remove(self.path("ps_neelix_d.cfg"))
        up.send(signal.SIGHUP)
        wait_until(lambda: "read again" in self.log_of("psherald_d"), "it has noticed")
        self.write_rules(rules)
        wait_until(lambda: self.run_program("ps_neelix").returncode == 0, "others may watch")
        self.assertEqual(up.end(), 0)

    def test_up_without_rules_judges_nothing(self):
        up = self.start("psherald", "up")
        self.log("shop", "disk full")
        self.assertEqual(up.end(), 0)
        self.assertEqual(self.query("SELECT count(*) FROM watch_run"), [(0,)])

    # ---- as the documentation says

    def part_of(self, page, title):
        return dict_of_blocks(page_of(page).split("\n## %s\n" % title)[1].split("\n## ")[0])

    def shell(self, line):
        done = subprocess.run(line, shell=True, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=dict(self.environment, PATH=PROGRAMS + ":" + os.environ["PATH"]), universal_newlines=True, timeout=DEADLINE)
        self.assertEqual(done.returncode, 0, line + done.stdout)
        return done.stdout

    def write_mail_settings(self, text):
        """The page's, but for the server's address."""
        self.write_config(further=re.sub(r"(?m)^(#.*|\[mail\]|(server|from) = .*)$", "", text))

    def test_the_example_of_the_page_on_rules_tells_what_it_says(self):
        example = self.part_of("docs/alerting.md", "An example")
        self.write_rules(*example["ini"])
        self.write_mail_settings(*example["toml"])
        self.start("ps_bridge")
        self.log("shop", "alive")
        for column in "bridge_alive SET from_us = from_us", "entry SET received = received":
            self.query("UPDATE %s - 3 * 3600 * 1000000" % column)
        look, run = example["sh"][0].splitlines()
        self.assertIn("would send to ops@example.org, boss@example.org: neelix  shop  SYSTEM HEARTBEAT FAILURE\n", self.shell(look))
        self.assertEqual(self.server.mails, [])
        self.shell(run)
        self.log("shop", "disk full")
        self.shell(run)
        told = ["neelix  shop  " + cause for cause in ("SYSTEM HEARTBEAT FAILURE", "PATTERN FOUND", "OVER SYSTEM HEARTBEAT FAILURE")]
        self.assertEqual(self.subjects(), [subject for subject in told for _ in range(2)])
        self.assertEqual({mail.recipient for mail in self.server.mails}, {"ops@example.org", "boss@example.org"})
        for subject in told:
            self.assertIn("`%s`" % subject, " ".join(page_of("docs/alerting.md").split("\n")))

    def test_who_comes_from_ps_herald_can_follow_the_page_word_for_word(self):
        steps = self.part_of("docs/migration.md", "Rules and mail")
        self.write_rules("[shop]\nMSG = disk full\n")
        self.write_mail_settings(*steps["toml"])
        self.start("ps_bridge")
        self.neelix()
        self.log("shop", "disk full")
        before = self.tables()
        for line in [line for code in steps["sh"] for line in code.splitlines()]:
            self.assertEqual(self.server.mails, [])
            said = self.shell(line)
            if line != "ps_neelix":
                self.assertEqual(self.tables()["watch_message"], before["watch_message"])
                self.assertIn({"psherald check": "rules: ps_neelix_d.cfg, 1", "ps_neelix --test_only": "would send to ops@example.org"}[line], said)
        self.assertEqual([mail.recipient for mail in self.server.mails], ["ops@example.org"])

    # ---- from cron

    def test_the_crontab_of_ps_herald_works_as_it_stands(self):
        for name, target in ("ps_neelix", "ps_neelix"), ("ps.herald", "ps_herald"), ("ps_bridge", "ps_bridge"):
            os.makedirs(self.path("venv/bin"), exist_ok=True)
            os.symlink(program(target), self.path("venv/bin/" + name))
        self.write("venv/bin/activate", 'PATH="%s:$PATH"\n' % self.path("venv/bin"))
        self.write_rules("[shop]\nMAIL_TO = a@example.org\nMSG = disk full\n", suffix="")
        neelix, herald, bridge = [line.split(None, 5)[5].format(folder=self.folder) for line in CRONTAB.splitlines()]

        def cron(line):  # its SHELL is bash
            process = subprocess.Popen(["/bin/bash", "-c", line], env=self.environment, stdin=subprocess.DEVNULL)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            return process

        running = [cron(herald), cron(bridge)]
        wait_until(lambda: all(os.path.exists(self.path(name)) for name in ("bridge.socket", "web.socket")), "both serve")
        self.assertEqual(cron(neelix).wait(DEADLINE), 0)
        self.log("shop", "disk full", database="herald.sqlite")
        for line, code in (neelix, 0), (herald, 75), (bridge, 75):
            self.assertEqual(cron(line).wait(DEADLINE), code)
        self.assertEqual(self.subjects(), ["neelix  shop  PATTERN FOUND"])
        for name in "herald.log", "bridge.log":  # what the second start has to say stands in its log file
            with open(self.path(name)) as file:
                self.assertEqual(len(file.read().splitlines()), 1, name)
        for service in "ps_herald", "ps_bridge":
            with open(self.path(service + "_lock")) as file:
                os.kill(int(file.read()), signal.SIGTERM)
        self.assertEqual([process.wait(DEADLINE) for process in running], [0, 0])


if __name__ == "__main__":
    main()
