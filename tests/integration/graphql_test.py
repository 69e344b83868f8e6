#!/usr/bin/env python3
"""GraphQL as clients use it: over a real port, against what the reference implementation makes of the same requests.

Those answers are recorded in tests/data/graphql. Where PSHERALD_GRAPHQL_JS names a folder in which `npm install graphql@16.8.2`
was run, and there is node, they are made anew and have to be the same.

    graphql_test.py PROGRAMS SOURCE
"""
import json
import os
import re
import shutil
import subprocess
import unittest
import urllib.error
import urllib.parse
import urllib.request

from pages import SOURCE, blocks, page_of
from programs import DEADLINE, ProgramTest, close, logger_to, main

DATA = os.path.join(SOURCE, "tests/data/graphql")
REFERENCE = os.path.join(SOURCE, "tests/data/ps_herald/herald.sqlite")
INSTALLED = os.environ.get("PSHERALD_GRAPHQL_JS", "")
SAME_SCHEMA = """
const graphql = require("graphql");
const { introspection, language } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const print = (schema) => graphql.printSchema(graphql.lexicographicSortSchema(schema));
const [ours, expected] = [graphql.buildClientSchema(introspection), graphql.buildSchema(language)].map(print);
if (ours !== expected) { console.log(ours); process.exit(1); }
"""


def read(name):
    with open(os.path.join(DATA, name), encoding="utf-8") as file:
        return file.read()


def recorded(schema="herald"):
    return [request for request in json.loads(read("answers.json")) if request["schema"] == schema]


def introspection_request():
    [request] = [one for one in recorded() if "query IntrospectionQuery" in one["query"]]
    return request


def in_any_order(answer):
    """Errors and the types of introspection may come in any order."""
    errors = sorted(answer.get("errors", []), key=json.dumps)
    for error in errors:
        error["locations"] = sorted(error.get("locations", []), key=json.dumps)
        if error["message"].startswith("Syntax Error"):
            error["message"] = "Syntax Error"
    data = answer.get("data")
    if data and "types" in (data.get("__schema") or {}):
        data["__schema"]["types"].sort(key=lambda one: one["name"])
    return errors, data


class GraphQlTest(ProgramTest):
    port = None

    def post(self, body, address="/graph_ql", content_type="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request("http://127.0.0.1:%d%s" % (self.port, address), data=data, headers={"Content-Type": content_type})
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
                return answer.status, json.loads(answer.read().decode())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read().decode())


class OverTheReference(GraphQlTest):
    def setUp(self):
        super().setUp()
        shutil.copy(REFERENCE, self.path("herald.sqlite_d"))
        self.start("ps_herald", "--listen", "127.0.0.1:0", "--use", "herald.sqlite_d")
        self.port = self.port_of("ps_herald_d", "serving the page")

    def test_requests_are_answered_as_the_reference_implementation_answers_them(self):
        requests = recorded()
        self.assertGreater(len(requests), 40)
        for request in requests:
            with self.subTest(request["query"]):
                body = {name: request[name] for name in ("query", "variables", "operationName") if name in request}
                status, answer = self.post(body)
                self.assertEqual(in_any_order(answer), in_any_order(request))
                self.assertEqual(status, request["status"])

    def test_all_that_is_there_is_listed_to_who_asks_for_all(self):
        body = {"query": "{ __schema { types { name } } }"}
        usual, everything = ({one["name"] for one in self.post(body, "/graph_ql" + more)[1]["data"]["__schema"]["types"]} for more in ("", "?schema=all"))
        self.assertEqual(everything - usual, {"LogConnection", "LogEdge", "LogOrder", "PageInfo"})
        self.assertEqual(usual - everything, set())

    def test_the_connection_comes_to_all_records_and_each_once(self):
        [example] = [code for language, code in blocks(page_of("docs/graphql.md")) if language == "graphql"]
        query = example.replace("level>=warning -module:health", "level>=warning").replace("first: 2", "first: 7")
        found, after = [], None
        while True:
            status, answer = self.post({"query": query, "variables": {"after": after}})
            self.assertEqual((status, answer.get("errors")), (200, None))
            page = answer["data"]["logs"]
            found += [edge["node"] for edge in page["edges"]]
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
        status, answer = self.post({"query": "{ getLogs { id created levelno levelname systemId message } }"})
        expected = [{name: log[name] for name in log if name != "levelno"} for log in answer["data"]["getLogs"] if log["levelno"] >= 30]
        self.assertEqual(found, expected[::-1])

    @unittest.skipUnless(INSTALLED and shutil.which("node"), "PSHERALD_GRAPHQL_JS names no folder with npm's graphql, or there is no node")
    def test_the_reference_implementation_still_says_what_is_recorded(self):
        environment = dict(os.environ, NODE_PATH=os.path.join(INSTALLED, "node_modules"))
        made = subprocess.run(["node", os.path.join(DATA, "record.js")], env=environment, stdout=subprocess.PIPE, timeout=DEADLINE, check=True).stdout
        self.assertEqual(json.loads(made.decode()), json.loads(read("answers.json")))
        _, answer = self.post({"query": introspection_request()["query"]})
        question = json.dumps({"introspection": answer["data"], "language": read("herald.graphql")})
        printed = subprocess.run(["node", "-e", SAME_SCHEMA], env=environment, input=question.encode(), stdout=subprocess.PIPE, timeout=DEADLINE)
        self.assertEqual((printed.returncode, printed.stdout.decode()), (0, ""))


class WithAWriter(GraphQlTest):
    def setUp(self):
        super().setUp()
        self.start("psherald", "up", "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0")
        self.port = self.port_of("psherald_d", "serving the page")

    def test_the_commands_of_the_document_do_what_it_says(self):
        logger = logger_to("127.0.0.1", self.port_of("psherald_d"))
        logger.error("a timeout", extra={"SYSTEM_ID": "test"})
        close(logger)
        self.wait_for_messages(["a timeout"])
        commands = re.findall(r"^curl .*$", page_of("docs/graphql.md"), re.M)
        self.assertEqual(len(commands), 4)
        for command in commands:
            with self.subTest(command):
                command = command.replace("127.0.0.1:9021", "127.0.0.1:%d" % self.port)
                result = subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=DEADLINE)
                answer = json.loads(result.stdout)
                self.assertEqual(list(answer), ["data"], result.stdout)
                [value] = answer["data"].values()
                self.assertTrue(value)
        self.wait_for_messages(["backup done"], "system_id = 'backup'")

    def test_what_is_added_by_a_mutation_is_found_by_a_query(self):
        text = "größe \"<b>\" \\ \u2028 日本"
        mutation = "mutation Add($input: AddGLogFields!) { addLog(input: $input) { log { id message systemId } } }"
        status, answer = self.post({"query": mutation, "variables": {"input": {"message": text, "systemId": "adder", "levelno": "50"}}})
        self.assertEqual(status, 200)
        added = answer["data"]["addLog"]["log"]
        self.assertEqual((added["message"], added["systemId"]), (text, "adder"))
        status, answer = self.post({"query": "{ getBySystemId(systemId: \"adder\") { id message systemId } }"})
        self.assertEqual((status, answer), (200, {"data": {"getBySystemId": [added]}}))


if __name__ == "__main__":
    main()
