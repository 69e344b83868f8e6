#!/usr/bin/env python3
"""Runs the cookbook of docs/alerting.md: each case is a file whose tests pass. Then tries rules on the past.

    alerting_docs_test.py PROGRAMS SOURCE
"""
import datetime
import hashlib
import json
import re
import unittest

from pages import PageTest, page_of
from programs import main

NOW = datetime.datetime.now(datetime.timezone.utc)


def chapter(name):
    return page_of("docs/alerting.md").split("\n## %s\n" % name)[1].split("\n## ")[0]


def cases():
    """Title and file of each."""
    for title, text in re.findall(r"^### (.*?)\n(.*?)(?=^### |\Z)", chapter("Cookbook"), re.M | re.S):
        yield title, re.search(r"^```toml\n(.*?)^```$", text, re.M | re.S).group(1)


class Cookbook(PageTest):
    def check(self, config, *words):
        return self.run_program("psherald", "check", "--config", self.write("case.toml", config), *words)

    def test_every_case_passes_its_tests(self):
        titles = set()
        for title, config in cases():
            with self.subTest(title):
                result = self.check(config)
                self.assertIn("\ntests: %d passed, 0 failed\n" % config.count("[[test]]"), result.stdout, result.stderr)
                self.assertGreaterEqual(config.count("[[test]]"), 1)
                titles.add(title)
        self.assertGreaterEqual(len(titles), 10)

    def test_a_rule_that_is_not_there_is_missed(self):
        config = dict(cases())["The bridge is away"].replace("t_min = \"1h2m\"", "t_min = \"1h3m\"").replace("t_max = \"1h2m30s\"", "t_max = \"1h4m\"")
        result = self.check(config)
        self.assertEnded(result, 1)
        self.assertRegex(result.stdout, r'test "one message about the bridge.*" fails \(\S+case.toml:\d+:1\)\n'
                                        r'    missing: somebody is told open of rule "no data", key "bridge", from t = 3780 \(1 h 3 min\) to t = 3840 \(1 h 4 min\)\n'
                                        r'    not expected: at t = 372\d.* \(1 h 2 min\) ops is told open of rule "no data", key "bridge"\n'
                                        r'tests: 0 passed, 1 failed\n')

    def test_the_form_of_a_test_is_looked_at(self):
        rules = "[[receiver]]\nname = \"ops\"\nlog = true\n[[rule]]\nname = \"alive\"\nheartbeat = \"10m\"\nnotify = [\"ops\"]\n[[test]]\n"
        for test, said in (("nam = \"x\"\n", 'unknown key "nam" of a [[test]]; did you mean "name"?'),
                           ("events = []\n", '[[test]] needs a "name"'),
                           ("name = \"x\"\nrules = [\"alife\"]\n", 'there is no [[rule]] "alife"; did you mean "alive"?'),
                           ("name = \"x\"\nevents = [{ t = 0, recrod = {} }]\n", 'test "x": nobody knows "recrod" of an event'),
                           ("name = \"x\"\nevents = [{ t = \"1x\", record = {} }]\n", 'a number is expected'),
                           ("name = \"x\"\nevents = []\nexpect = [{ kind = \"open\", t_mn = 3 }]\n", 'nobody knows "t_mn" of what is expected')):
            with self.subTest(test):
                result = self.check(rules + test)
                self.assertEnded(result, 78)
                self.assertIn(said, result.stderr)

    # ---- the past

    def fill(self):
        """Two days: a system that is silent for an hour on each, and a full disk that is reported all the time for a while."""
        rows = []

        def add(minutes, system, level, text):
            at = (NOW - datetime.timedelta(days=2) + datetime.timedelta(minutes=minutes)).isoformat()
            rows.append((minutes, json.dumps({"received": at, "created": at, "system": system, "level": level, "message": text})))
        for minute in range(2 * 1440):
            if minute % 1440 not in range(600, 660):
                add(minute, "shop", "INFO", "alive")
            add(minute, "pay", "INFO", "alive")
        for second in range(90):
            add(1000 + second / 60, "pay", "ERROR", "disk full on /var")
        self.write("rows.ndjson", "".join(line + "\n" for _, line in sorted(rows)))
        self.assertEnded(self.run_program("psherald", "import", "--database", "past.sqlite", "rows.ndjson"), 0)

    def digest(self):
        with open(self.path("past.sqlite"), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    def test_rules_are_tried_on_the_past_and_nothing_changes(self):
        self.fill()
        config = """
            [[receiver]]
            name = "ops"
            log = true
            [[rule]]
            name = "alive"
            heartbeat = "10m"
            notify = ["ops"]
            [[rule]]
            name = "disk full"
            pattern = '"disk full"'
            notify = ["ops"]
            report_only = true
            [[rule]]
            name = "disk"
            disk = "> 90%"
            notify = ["ops"]
            """
        before = self.digest()
        result = self.check(config, "--database", "past.sqlite", "--backtest", "47h")
        self.assertEnded(result, 0)
        self.assertRegex(result.stdout, r"\nalive      2 openings of 1 key, 0 damped, longest 5[01] min")
        self.assertIn("messages: 2+2 bare -> 4 after damping -> 4 after grouping -> 4 after silences; 0 reminders\n", result.stdout)
        self.assertEqual(len(re.findall(r"SILENT shop   5\d min.*   #\d+\n", result.stdout)), 2)
        self.assertIn("\ndisk full  1 opening of 1 key, 0 damped", result.stdout)
        self.assertIn("1+1 bare -> 2 after damping -> 2 after grouping -> 0 after silences", result.stdout)
        self.assertIn("\ndisk       is not judged", result.stdout)
        self.assertRegex(result.stdout, r"\nall rules  4 messages in 1 d 23 h to ops, busiest day [234] \(\d+-\d+-\d+\), busiest 10 min 1\n$")
        one = self.check(config, "--database", "past.sqlite", "--backtest", "47h", "--rule", "disk full", "--verbose")
        self.assertEnded(one, 0)
        self.assertRegex(one.stdout, r"\n {11}    \* .* ERROR pay .*disk full on /var\n")
        self.assertNotIn("SILENT", one.stdout)
        self.assertEqual(self.digest(), before)
        self.assertEqual(self.query("SELECT count(*) FROM watch_rule", "past.sqlite"), [(0,)])

    def test_what_cannot_be_tried_is_said(self):
        for words, code, said in ((("--rule", "alive"), 64, "belong to --backtest"),
                                  (("--backtest", "30"), 64, "--backtest: "),
                                  (("--backtest", "1d", "--rebuild"), 64, "--backtest changes nothing"),
                                  (("--backtest", "1d"), 78, "no [[rule]]")):
            with self.subTest(words):
                result = self.check("", *words)
                self.assertEnded(result, code)
                self.assertIn(said, result.stderr)


if __name__ == "__main__":
    main()
