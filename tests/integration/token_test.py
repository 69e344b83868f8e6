#!/usr/bin/env python3
"""Who may do what, as whoever runs the programs sets it up.

    token_test.py PROGRAMS
"""
import http.cookiejar
import json
import signal
import urllib.error
import urllib.parse
import urllib.request

from programs import ProgramTest, main, mode, wait_until

SERVING = "ps_herald_d", "serving the page"


class Tokens(ProgramTest):
    def create(self, name, roles, *options):
        made = self.run_program("psherald", "token", "create", name, "--role", roles, "--file", "tokens", *options)
        self.assertEnded(made, 0, "the only time", "SIGHUP")
        [token] = made.stdout.split()
        return token

    def read(self, name="tokens"):
        with open(self.path(name)) as file:
            return file.read()

    def start_herald(self):
        self.write("psherald.toml", "[web]\ntokens = \"tokens\"\nlisten = \"127.0.0.1:0\"\n")
        self.service = self.start("ps_herald")
        return "http://127.0.0.1:%d" % self.port_of(*SERVING)

    def ask(self, url, token=None, data=None, opener=None):
        request = urllib.request.Request(url, data=data, headers={"Authorization": "Bearer " + token} if token else {})
        try:
            with (opener or urllib.request.build_opener()).open(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def reload(self):
        told = self.log_of("ps_herald_d").count("was read again")
        self.service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.log_of("ps_herald_d").count("was read again") > told, "the tokens are read again")

    def test_a_token_is_printed_once_and_its_digest_kept_where_nobody_else_reads(self):
        token = self.create("anna", "viewer,ingest")
        self.assertRegex(token, "^psh_[0-9a-f]{64}$")
        self.assertRegex(self.read(), "^anna viewer,ingest sha256:[0-9a-f]{64}\n$")
        self.assertNotIn(token, self.read())
        self.assertEqual(mode(self.path("tokens")), 0o600)
        self.create("gateway", "forward", "--own-origins")
        listed = self.run_program("psherald", "token", "list", "--file", "tokens", "--format", "ndjson").stdout
        self.assertEqual([json.loads(line) for line in listed.splitlines()],
                         [{"name": "anna", "roles": "viewer,ingest", "origins": "all"}, {"name": "gateway", "roles": "forward", "origins": "own"}])

    def test_other_lines_stay_as_people_wrote_them(self):
        self.create("anna", "viewer")
        with open(self.path("tokens"), "a") as file:
            file.write("# our gateway\n\n")
        self.create("bert", "editor")
        self.assertEqual(self.run_program("psherald", "token", "revoke", "anna", "--file", "tokens").returncode, 0)
        self.assertRegex(self.read(), "^# our gateway\n\nbert editor sha256:[0-9a-f]{64}\n$")
        self.assertEqual(mode(self.path("tokens")), 0o600)

    def test_what_cannot_be_is_told(self):
        self.create("anna", "viewer")
        before = self.read()
        for words, code, texts in (
                (["create", "anna", "--role", "viewer"], 64, ["there is a token \"anna\"", "revoke it first"]),
                (["create", "bert"], 64, ["--role"]),
                (["create", "bert", "--role", "boss"], 78, ["\"boss\" is no role"]),
                (["create", "two words", "--role", "viewer"], 64, ["is no name"]),
                (["create", "#x", "--role", "viewer"], 64, ["is no name"]),
                (["create", "", "--role", "viewer"], 64, ["is no name"]),
                (["revoke", "bert"], 66, ["there is no token \"bert\""]),
                (["rename", "anna"], 64, ["say create NAME"]),
                ([], 64, ["say create NAME"])):
            with self.subTest(words):
                self.assertEnded(self.run_program("psherald", "token", *words, "--file", "tokens"), code, *texts)
                self.assertEqual(self.read(), before)
        self.assertEnded(self.run_program("psherald", "token", "list"), 64, "--file", "[web]")

    def test_a_program_gets_what_its_token_may_until_it_is_revoked(self):
        viewer, editor = self.create("anna", "viewer"), self.create("bert", "editor")
        url = self.start_herald()
        log = "/hello_to_ps_basic_logger"
        self.assertEqual(self.ask(url + "/hello", viewer)[0], 200)
        self.assertEqual(self.ask(url + log, viewer)[0], 403)
        self.assertEqual(self.ask(url + log, editor)[0], 200)
        self.assertEqual(self.ask(url + log)[0], 403)
        self.assertEqual(self.ask(url + "/hello", "guess")[0], 401)
        self.assertEqual(self.run_program("psherald", "token", "revoke", "bert").returncode, 0)
        self.reload()
        self.assertEqual(self.ask(url + log, editor)[0], 401)
        self.assertEqual(self.ask(url + "/hello", viewer)[0], 200)

    def test_a_browser_logs_in_and_out(self):
        token = self.create("bert", "editor")
        url = self.start_herald()
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self.assertNotIn("/rm_logs", self.ask(url + "/?max_rows=1", opener=browser)[1])
        form = urllib.parse.urlencode({"token": token, "to": "/?max_rows=1"}).encode()
        status, text = self.ask(url + "/login", data=form, opener=browser)
        self.assertEqual(status, 200)
        self.assertIn("/rm_logs", text)
        self.assertIn("Log out", text)
        [cookie] = jar
        self.assertTrue(cookie.has_nonstandard_attr("HttpOnly"))
        self.ask(url + "/logout", data=b"", opener=browser)
        self.assertNotIn("/rm_logs", self.ask(url + "/?max_rows=1", opener=browser)[1])

    def test_with_tokens_the_page_may_be_open_to_other_machines(self):
        self.create("anna", "viewer")
        self.write("psherald.toml", "[web]\ntokens = \"tokens\"\n")
        service = self.start("ps_herald", "--listen", "0.0.0.0:0")
        self.assertIn("reach the page in the clear", self.log_of("ps_herald_d"))
        self.assertEqual(service.end(), 0)


if __name__ == "__main__":
    main()
