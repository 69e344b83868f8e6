#!/usr/bin/env python3
"""What the programs say to their command lines, environments and configuration files before they do anything.

    options_test.py PROGRAMS
"""
import os
import re

from programs import ProgramTest, main, program

SERVICES = "ps_bridge", "ps_herald"
COMMON = {"--extra", "--verbose", "--debug", "--config", "--database", "--listen", "--help", "--version"}
SELECTING = {"--config", "--database", "--since", "--help", "--version"}
ON_STORE = {"--config", "--database", "--help", "--version"}
OPTIONS = {
    ("ps_bridge",): COMMON | {"--seconds", "--rounds", "--bridge", "--forward"},
    ("ps_herald",): COMMON | {"--use"},
    ("ps_neelix",): COMMON - {"--listen"} | {"--test-only", "--watch"},
    ("psherald",): {"--help", "--version"},
    ("psherald", "up"): COMMON - {"--extra"} | {"--web", "--forward"},
    ("psherald", "emit"): {"--verbose", "--level", "--service-name", "--to", "--help", "--version"},
    ("psherald", "query"): {"--config", "--database", "--since", "--limit", "--format", "--fields", "--reverse", "--around", "--help", "--version"},
    ("psherald", "tail"): SELECTING | {"--follow", "--limit", "--format", "--fields"},
    ("psherald", "count"): SELECTING,
    ("psherald", "top"): SELECTING | {"--limit", "--format"},
    ("psherald", "histogram"): SELECTING | {"--bars", "--format"},
    ("psherald", "patterns"): SELECTING | {"--limit", "--format"},
    ("psherald", "values"): SELECTING | {"--limit"},
    ("psherald", "systems"): SELECTING | {"--format"},
    ("psherald", "status"): {"--config", "--database", "--help", "--version"},
    ("psherald", "incidents"): ON_STORE | {"--all", "--rule", "--limit", "--format"},
    ("psherald", "ack"): ON_STORE | {"--note", "--by"},
    ("psherald", "silence"): ON_STORE | {"--rule", "--key", "--where", "--for", "--until", "--reason", "--by", "--end", "--format"},
    ("psherald", "senders"): ON_STORE | {"--retire", "--rule", "--format"},
    ("psherald", "rules"): ON_STORE | {"--format"},
    ("psherald", "test-notify"): ON_STORE,
    ("psherald", "import-rules"): ON_STORE,
    ("psherald", "complete"): {"--help", "--version"},
    ("psherald", "backup"): {"--config", "--database", "--help", "--version"},
    ("psherald", "check"): ON_STORE | {"--rebuild", "--backtest", "--rule", "--verbose"},
    ("psherald", "export"): {"--config", "--database", "--since", "--format", "--output", "--around", "--help", "--version"},
    ("psherald", "import"): {"--config", "--database", "--pattern", "--date-format", "--help", "--version"},
    ("psherald", "sql"): {"--config", "--database", "--limit", "--seconds", "--format", "--help", "--version"},
}


class Options(ProgramTest):
    def test_help_shows_every_option_and_examples(self):
        for command, options in OPTIONS.items():
            with self.subTest(command):
                result = self.run_program(*command, "--help")
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertTrue(result.stdout.startswith("Usage: " + " ".join(command) + " "), result.stdout)
                self.assertEqual(set(re.findall(r"^  (?:-.,|   ) (--[a-z-]+)", result.stdout, re.M)), options)
                self.assertIn("\nExamples:\n  " + " ".join(command), result.stdout)
                self.assertLessEqual(max(map(len, result.stdout.splitlines())), 120)

    def test_help_is_a_command_too(self):
        self.assertEqual(self.run_program("psherald", "help").stdout, self.run_program("psherald", "--help").stdout)
        self.assertEqual(self.run_program("psherald", "help", "emit").stdout, self.run_program("psherald", "emit", "--help").stdout)

    def test_the_version_is_one_line(self):
        for command in OPTIONS:
            result = self.run_program(*command, "--version")
            self.assertEqual((result.returncode, result.stdout), (0, " ".join(command) + " 0.1.0\n"))

    def test_x_prints_the_debug_mode_and_ends_before_anything_is_touched(self):
        for name in (*SERVICES, "ps_neelix"):
            for words, text in ((["-x"], "off"), (["--extra"], "off"), (["-xd"], "on"), (["-v", "--debug", "--extra"], "on")):
                result = self.run_program(name, *words, environment={"DEV_STAGE": "whatever"})
                self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "%s. Debug mode is %s\n" % (name, text), ""))
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_misuse_ends_with_64_and_says_what_was_meant(self):
        for command, text in (
                (["ps_bridge", "--lisen", "x"], "ps_bridge: unknown option --lisen; did you mean --listen?\nTry \"ps_bridge --help\".\n"),
                (["ps_herald", "--usr=x"], "ps_herald: unknown option --usr; did you mean --use?\nTry \"ps_herald --help\".\n"),
                (["ps_bridge", "-q"], "unknown option -q"),
                (["ps_bridge", "text"], "\"text\" is no option"),
                (["ps_bridge", "--database"], "--database needs FILE"),
                (["ps_bridge", "-s", "60"], "--seconds and --rounds only work together"),
                (["ps_bridge", "-s", "60*60", "-r", "5"], "--seconds needs a whole number above 0, not \"60*60\""),
                (["psherald"], "there is no command"),
                (["psherald", "emti"], "psherald: unknown command emti; did you mean emit?\n"),
                (["psherald", "help", "chekc"], "unknown command chekc; did you mean check?"),
                (["psherald", "up", "--wbe", "x"], "psherald up: unknown option --wbe; did you mean --web?\n"),
                (["psherald", "emit"], "there is no text to send"),
                (["psherald", "emit", "--level=LOUD", "x"], "\"LOUD\" is no level"),
                (["psherald", "emit", "--to", "nowhere", "x"], "\"nowhere\" is no address: expected HOST:PORT or unix:PATH"),
        ):
            with self.subTest(command):
                result = self.run_program(*command)
                self.assertEnded(result, 64, text)
        self.assertEqual(os.listdir(self.folder), [])

    def test_an_unknown_stage_ends_with_78_and_lists_the_four(self):
        for command in (["ps_bridge"], ["ps_herald"], ["psherald", "up"], ["psherald", "check"], ["psherald", "emit", "x"]):
            with self.subTest(command):
                result = self.run_program(*command, environment={"DEV_STAGE": "production"})
                self.assertEnded(result, 78, "DEV_STAGE", "\"production\"", "TESTING, DEVELOPMENT, INTEGRATION and PRODUCTION")
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_wrong_configuration_ends_with_78_and_names_file_line_and_column(self):
        for text, complaint in (
                ("[bridge]\n\nlisen = \"x\"\n", ":3:1: unknown key \"bridge.lisen\"; did you mean \"bridge.listen\"?"),
                ("[brige]\n", ":1:2: unknown section \"brige\"; did you mean \"bridge\"?"),
                ("[bridge]\nlisten = \"9020\"\n", ":2:1: \"bridge.listen\": cannot listen on 9020: expected HOST:PORT or unix:PATH"),
                ("[bridge]\nmax_frame = \"1 MB\"\n", ":2:1: \"bridge.max_frame\": \"1 MB\" is no size"),
                ("[web]\nlisten = \"0.0.0.0:9021\"\n", ":2:1: \"web.listen\": listening on 0.0.0.0:9021 would open the page to everybody"),
                ("stage = DEVELOPMENT\n", ":1:9: "),
        ):
            self.write("psherald.toml", text)
            for command in (["ps_bridge"], ["ps_herald"], ["psherald", "up"], ["psherald", "check"], ["psherald", "emit", "x"]):
                with self.subTest(text=text, command=command):
                    self.assertEnded(self.run_program(*command), 78, ": psherald.toml" + complaint)
        self.assertEqual(os.listdir(self.folder), ["psherald.toml"])

    def test_another_configuration_file_may_be_named(self):
        self.write("other.toml", "[store]\npth = \"x\"\n")
        self.assertEnded(self.run_program("ps_bridge", "--config", "other.toml"), 78, "other.toml:2:1: unknown key \"store.pth\"")
        self.assertEnded(self.run_program("ps_bridge", "--config", "none.toml"), 78, "none.toml: cannot be read: No such file")

    def test_file_and_environment_must_agree_about_the_stage(self):
        self.write("psherald.toml", "stage = \"TESTING\"\n")
        self.assertEnded(self.run_program("ps_bridge", environment={"DEV_STAGE": "PRODUCTION"}), 78, "psherald.toml:1:1: \"stage\" is TESTING, but DEV_STAGE is PRODUCTION")

    def test_the_page_is_not_opened_to_other_machines(self):
        for command in (["ps_herald", "--listen"], ["psherald", "up", "--web"]):
            result = self.run_program(*command, "0.0.0.0:0")
            self.assertEnded(result, 78, command[-1] + ": ", "listening on 0.0.0.0:0 would open the page", "psherald token create")

    def test_what_is_wrong_in_an_option_or_a_variable_is_told_with_its_name(self):
        self.assertEnded(self.run_program("ps_bridge", "--listen", "9020"), 78, "ps_bridge: --listen: \"bridge.listen\": cannot listen on 9020")
        self.assertEnded(self.run_program("ps_bridge", environment={"PSHERALD_STORE_PAGE_CACHE": "much"}), 78, "PSHERALD_STORE_PAGE_CACHE: ")

    def test_the_reference_s_names_lead_to_the_same_programs(self):
        for link, name, text in (("ps.herald", "ps_herald", "ps_herald 0.1.0\n"), ("ps_shell_log", "psherald", "psherald emit 0.1.0\n")):
            os.symlink(program(name), self.path(link))
            self.assertEqual(self.run_program(self.path(link), "--version").stdout, text)


if __name__ == "__main__":
    main()
