#!/usr/bin/env python3
"""The JSON API as programs use it: against its own description, over a real port.

    api_test.py PROGRAMS
"""
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

from programs import ProgramTest, close, logger_to, main, wait_until

DESCRIPTION = os.path.join(sys.argv[2], "docs", "openapi.json")
DOCUMENTED = os.path.join(sys.argv[2], "docs", "api.md")
# What the programs answer beside the pages' own routes.
OF_THE_BRIDGE = {"/api/v1/forward", "/api/v1/status"}

BASIC = ["'", "\"", "`", "' OR 1=1 --", "\"; DROP TABLE entry; --", "1; DELETE FROM entry", "'; ATTACH 'x' AS y; --", "%", "%%%", "_", "\\", "\\0",
              "\0", "\x1b[31m", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{7*7}}", "${7*7}", "$(id)", "`id`", "; id", "| id", "&& id",
              "../../etc/passwd", "..%2f..%2f", "\r\nSet-Cookie: a=b", "\r\n\r\nHTTP/1.1 200 OK", "\u202e", "\ufeff", "\ud7ff", "a" * 2000, "(" * 40, ")" * 40,
              "-" * 50, "NOT " * 40, "a OR " * 40, "level>=", "level:", ":", "::", "attr.", "attr.a.b.c:1", "attr.\"x\":1", "/", "//", "/(/", "/(a+)+$/",
              "/.*.*.*.*x/", "since:", "since:\"", "until:now", "id:-1", "id:99999999999999999999", "id:1..", "..", "0", "-1", "1e309", "NaN", "null", "true",
              "[]", "{}", "{\"a\":1}", "system:='", "system:=\"a' OR 'a'='a\"", "message:*'*", "?*?*?*", "x'00'", "char(0)", "randomblob(1000000000)",
              "load_extension('x')", "UNION SELECT sql FROM sqlite_schema", "0x41", "+1", "1 ", " 1", "１", "é", "日本語", "😀"]
INJECTIONS = BASIC + [before + text for before in ("system:", "attr.x:\"", "x' ") for text in BASIC]


class Checker:
    """As much of JSON Schema as the description uses. It knows no keyword that it passes over."""

    KNOWN = {"type", "properties", "required", "additionalProperties", "items", "oneOf", "const", "enum", "description", "format", "pattern", "minimum", "maximum", "$ref"}
    TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}

    def __init__(self, document):
        self.document = document

    def is_of(self, value, name):
        if name == "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        return isinstance(value, self.TYPES[name])

    def wrong(self, value, schema, where=""):
        """What does not fit, a line each."""
        unknown = set(schema) - self.KNOWN
        if unknown:
            return ["%s: the checker does not know %s" % (where, unknown)]
        if "$ref" in schema:
            target = self.document
            for part in schema["$ref"].split("/")[1:]:
                target = target[part]
            return self.wrong(value, target, where)
        if "oneOf" in schema:
            fitting = [one for one in schema["oneOf"] if not self.wrong(value, one, where)]
            return [] if len(fitting) == 1 else ["%s: %d of oneOf fit %r" % (where, len(fitting), value)]
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        if types and not any(self.is_of(value, name) for name in types):
            return ["%s: %r is no %s" % (where, value, types)]
        if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
            return ["%s: %r is not allowed" % (where, value)]
        if "pattern" in schema and not re.search(schema["pattern"], value):
            return ["%s: %r does not match %s" % (where, value, schema["pattern"])]
        if schema.get("format") == "date-time" and value is not None and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", value):
            return ["%s: %r is no time" % (where, value)]
        found = []
        if isinstance(value, dict):
            properties, more = schema.get("properties", {}), schema.get("additionalProperties", True)
            found += ["%s: %s is missing" % (where, name) for name in schema.get("required", []) if name not in value]
            for name, member in value.items():
                if name in properties:
                    found += self.wrong(member, properties[name], where + "/" + name)
                elif more is False:
                    found.append("%s: there is no %s in the description" % (where, name))
                elif isinstance(more, dict):
                    found += self.wrong(member, more, where + "/" + name)
        if isinstance(value, list) and "items" in schema:
            for index, element in enumerate(value):
                found += self.wrong(element, schema["items"], "%s/%d" % (where, index))
        return found


RULES = """
[[receiver]]
name = "ops"
log = true

[[rule]]
name = "full"
pattern = '"disk full"'
by = ["system"]
notify = ["ops"]

[[rule]]
name = "alive"
heartbeat = "learn"
by = ["system"]
notify = ["ops"]
"""


def at(path, part="1"):
    """A path of the description, with something in the place of {name} or {id}."""
    return re.sub(r"\{\w+\}", part, path)


class Api(ProgramTest):
    def start_up(self):
        self.service = self.start("psherald", "up", "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0")
        self.port = self.port_of("psherald_d", "serving the page")
        self.bridge = self.port_of("psherald_d", "receiving records")

    def log(self, *texts, **extra):
        logger = logger_to("127.0.0.1", self.bridge)
        for text in texts:
            logger.error(text, extra=dict({"SYSTEM_ID": "test"}, **extra))
        close(logger)
        wait_until(lambda: set(texts) <= set(self.messages("system_id = 'test'")), "the records are stored")

    def ask(self, path, method="GET", body=None, headers=(), **parameters):
        """Status, type and text."""
        if parameters:
            path += "?" + urllib.parse.urlencode(parameters)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type", "").split(";")[0], answer.read().decode()
        finally:
            connection.close()

    def test_every_answer_is_as_the_description_says(self):
        self.start_up()
        self.log("first", "second 2", order_id=4711)
        with open(DESCRIPTION) as file:
            described = json.load(file)
        status, _, text = self.ask("/api/v1/openapi.json")
        self.assertEqual((status, json.loads(text)), (200, described))
        checker = Checker(described)
        asked = {"/api/v1/parse": [{"q": "LEVEL:warn x"}, {"q": "modul:x"}], "/api/v1/values": [{"field": "system"}],
                 "/api/v1/records": [{}, {"limit": 1}, {"q": "order_id:4711 OR attr.order_id:4711"}, {"q": "modul:x"}, {"limit": "x"}, {"what": 1}]}
        for path, operations in described["paths"].items():
            for parameters in asked.get(path, [{}, {"q": "modul:x"}]):
                if "get" not in operations or path.endswith("/tail"):
                    continue
                with self.subTest(path=path, parameters=parameters):
                    status, kind, text = self.ask(at(path), **parameters)
                    answers = operations["get"]["responses"][str(status)]
                    if "$ref" in answers:
                        answers = described["components"]["responses"][answers["$ref"].split("/")[-1]]
                    schema = answers["content"][kind]["schema"]
                    self.assertEqual(checker.wrong(json.loads(text) if kind == "application/json" else text, schema), [])
                    if "Question" in json.dumps(operations.get("post")):
                        posted = self.ask(path, "POST", json.dumps(parameters), {"Content-Type": "application/json"})
                        self.assertEqual(posted[:2], (status, kind))
        for body, expected in ("{\"message\":\"sent\"}", 200), ("nonsense", 400):
            status, kind, text = self.ask("/api/v1/ingest", "POST", body, {"Content-Type": "application/x-ndjson"})
            self.assertEqual(status, expected)
            self.assertEqual(checker.wrong(json.loads(text), described["paths"]["/api/v1/ingest"]["post"]["responses"][str(status)]["content"][kind]["schema"]), [])

    def test_what_a_watchdog_finds_is_as_the_description_says(self):
        self.write("psherald.toml", RULES)
        self.start_up()
        with open(DESCRIPTION) as file:
            described = json.load(file)
        checker = Checker(described)

        def checked(path, method="GET", body=None, described_as=None, **parameters):
            status, kind, text = self.ask(path, method, body and json.dumps(body), {"Content-Type": "application/json"} if body else {}, **parameters)
            self.assertEqual((status, kind), (200, "application/json"), text)
            schema = described["paths"][described_as or path][method.lower()]["responses"]["200"]["content"][kind]["schema"]
            self.assertEqual(checker.wrong(json.loads(text), schema), [])
            return json.loads(text)
        # What came before the watchdog had begun is history to it.
        wait_until(lambda: "full" in [rule["name"] for rule in checked("/api/v1/rules")["rules"]], "the rules are known")
        self.log("disk full")
        wait_until(lambda: checked("/api/v1/deliveries")["deliveries"], "somebody was told")
        incident, = checked("/api/v1/incidents")["incidents"]
        self.assertEqual((incident["rule"], incident["key"], incident["phase"], incident["told"], incident["acknowledged"]), ("full", "test", "firing", ["ops"], None))
        path = "/api/v1/incidents/%d" % incident["id"]
        self.assertEqual(len(checked(path, described_as="/api/v1/incidents/{id}")["deliveries"]), 1)
        taken = checked(path + "/ack", "POST", {"note": "mine"}, described_as="/api/v1/incidents/{id}/ack")
        self.assertEqual(checked("/api/v1/incidents", state="all", rule="full")["incidents"][0]["acknowledged"], taken)
        silence = checked("/api/v1/silences", "POST", {"rule": "full", "for": "1h", "reason": "a new disk"})
        self.assertEqual([(one["id"], one["reason"]) for one in checked("/api/v1/silences")["silences"]], [(silence["id"], "a new disk")])
        checked("/api/v1/silences/%d" % silence["id"], "DELETE", described_as="/api/v1/silences/{id}")
        self.assertEqual([(rule["name"], rule["kind"]) for rule in checked("/api/v1/rules")["rules"] if rule["name"] in ("alive", "full")], [("alive", "heartbeat"), ("full", "pattern")])
        senders = checked("/api/v1/senders")["senders"]
        self.assertIn(("alive", "test", "learn", "learning"), [(sender["rule"], sender["key"], sender["condition"], sender["state"]) for sender in senders])
        checked("/api/v1/senders/retire", "POST", {"rule": "alive", "key": "test"})
        self.assertEqual(self.service.end(), 0)

    def test_the_description_has_every_route_and_no_other(self):
        self.start_up()
        with open(DESCRIPTION) as file:
            described = json.load(file)["paths"]
        for path in described:
            with self.subTest(path):
                methods = {name.upper() for name in described[path]}
                for method in "GET", "POST", "PUT", "DELETE":
                    # Whether a method is taken is decided before anything else.
                    status = self.ask(at(path), method, headers={"Content-Type": "application/json"})[0] if not path.endswith("/tail") else None
                    if status is not None:
                        self.assertEqual(status in (405, 501), method not in methods, (method, status))
        with open(os.path.join(sys.argv[2], "lib", "api", "api.cpp")) as file:
            in_the_table = set(re.findall(r"ActiveRoute\{\{\"([^\"]+)\"", file.read()))
        self.assertEqual(set(described) - {"/api/v1/openapi.json"}, in_the_table)

    def test_what_a_parameter_says_changes_nothing_but_the_answer(self):
        self.start_up()
        self.log("kept")
        with open(DESCRIPTION) as file:
            described = json.load(file)
        before = self.query("SELECT count(*), min(id) FROM log")
        tried = 0
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.addCleanup(connection.close)

        def status_of(path):
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        for path, operations in described["paths"].items():
            if "get" not in operations or path.endswith(("/tail", "openapi.json")):
                continue
            names = [parameter.get("name") or parameter["$ref"].split("/")[-1] for parameter in operations["get"].get("parameters", [])]
            for name in names:
                for text in INJECTIONS:
                    if "{%s}" % name in path:
                        status = status_of(path.replace("{%s}" % name, urllib.parse.quote(text, safe="")))
                    else:
                        status = status_of(at(path) + "?" + urllib.parse.urlencode({name: text}))
                    tried += 1
                    self.assertIn(status, (200, 400, 404), (path, name, text))
        self.assertGreaterEqual(len(INJECTIONS), 300)
        self.assertGreaterEqual(tried, 300 * 40)
        for text in BASIC:
            status, _, answer = self.ask("/api/v1/ingest", "POST", json.dumps({"message": text, "system": text, text or "x": text}), {"Content-Type": "application/json"})
            self.assertEqual((status, json.loads(answer)["stored"]), (200, 1), text)
            stored = json.loads(self.ask("/api/v1/records", limit=1)[2])["records"][0]
            self.assertEqual((stored["message"], stored["system"]), (text, text))
            for path, parameters, statuses in (("/api/v1/silences", {"rule": text, "key": text, "reason": text, "for": "1h"}, (200, 400)),
                                               ("/api/v1/silences", {"query": text, "until": text}, (400,)), ("/api/v1/silences", {"rule": "x", "for": text}, (400,)),
                                               ("/api/v1/senders/retire", {"rule": text, "key": text}, (404,)), ("/api/v1/incidents/1/ack", {"note": text}, (400, 404))):
                status, _, answer = self.ask(path, "POST", json.dumps(parameters), {"Content-Type": "application/json"})
                self.assertIn(status, statuses, (path, parameters, answer))
                if status == 200:
                    made = json.loads(answer)
                    self.assertEqual((made["rule"], made["key"], made["reason"]), (text, text, text))
        after = self.query("SELECT count(*), min(id) FROM log")
        self.assertEqual(after, [(before[0][0] + len(BASIC), before[0][1])])
        self.assertEqual(self.query("PRAGMA integrity_check"), [("ok",)])

    def test_viewers_see_a_record_at_once_and_cost_nobody_else(self):
        self.start_up()
        viewers, arrivals, ready = 100, [], threading.Barrier(101, timeout=60)

        def watch():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            connection.request("GET", "/api/v1/tail?q=system:test")
            answer = connection.getresponse()
            answer.readline()
            ready.wait()
            while "seen by all" not in answer.readline().decode():
                pass
            arrivals.append(time.time())
            connection.close()

        threads = [threading.Thread(target=watch) for _ in range(viewers)]
        for thread in threads:
            thread.start()
        ready.wait()
        begun = time.time()
        self.assertEqual(self.ask("/healthz")[0], 200)
        took = time.time() - begun
        self.assertEqual(self.ask("/api/v1/tail")[0], 503)
        status, _, _ = self.ask("/api/v1/ingest", "POST", "{\"message\":\"seen by all\",\"system\":\"test\"}", {"Content-Type": "application/x-ndjson"})
        committed = time.time()
        self.assertEqual(status, 200)
        for thread in threads:
            thread.join(60)
        self.assertEqual(len(arrivals), viewers)
        print("%d viewers: the last saw the record %.0f ms after its answer; /healthz took %.1f ms beside them" %
              (viewers, 1000 * (max(arrivals) - committed), 1000 * took))
        self.assertEqual(self.service.end(), 0)

    def test_an_export_is_read_as_it_is_made(self):
        self.start_up()
        lines = "".join("{\"message\":\"record %d\",\"system\":\"test\"}\n" % number for number in range(20_000))
        self.assertEqual(self.ask("/api/v1/ingest", "POST", lines, {"Content-Type": "application/x-ndjson"})[0], 200)
        status, kind, text = self.ask("/api/v1/records", format="ndjson", order="asc", q="system:test")
        self.assertEqual((status, kind), (200, "application/x-ndjson"))
        self.assertEqual([json.loads(line)["message"] for line in text.splitlines()], ["record %d" % number for number in range(20_000)])
        # Who leaves in the middle leaves nothing behind.
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            client.sendall(b"GET /api/v1/records?format=csv HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.recv(1000)
        self.assertEqual(self.ask("/healthz")[0], 200)
        self.assertEqual(self.service.end(), 0)

    def test_the_commands_of_the_document_do_what_it_says(self):
        with open(DOCUMENTED) as file:
            commands = re.findall(r"^curl .*$", file.read(), re.M)
        self.assertGreaterEqual(len(commands), 8)
        self.start_up()
        self.log("disk full")
        for command in commands:
            with self.subTest(command):
                command = command.replace("127.0.0.1:9021", "127.0.0.1:%d" % self.port)
                result = subprocess.run(["sh", "-c", "timeout 2 " + command if "tail" in command else command], cwd=self.folder,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=60)
                self.assertIn(result.returncode, (0, 124), result.stderr)
                self.assertFalse(result.stdout.startswith("{\"error\""), result.stdout)
                self.assertNotEqual(result.stdout, "")

if __name__ == "__main__":
    main()
