#!/usr/bin/env python3
"""The man pages against the programs and the rest of the documentation.

    man_test.py SOURCE BUILD
"""
import glob
import os
import re
import subprocess
import sys
import unittest

from hosts import need, run

SOURCE, BUILD = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
PAGES = sorted(page for page in glob.glob(os.path.join(SOURCE, "docs", "man", "*.1"))
               if os.path.exists(os.path.join(BUILD, "tools", os.path.basename(page)[:-2])))
SETTINGS_PAGE = os.path.join(BUILD, "docs", "man", "psherald.toml.5")


def read(*path):
    with open(os.path.join(SOURCE, *path)) as file:
        return file.read()


def help_of(*command):
    return run(os.path.join(BUILD, "tools", command[0]), *command[1:], "--help")


def options_of_help(text):
    """(letter, name, operand) of each option, None where there is none."""
    return [match.groups() for match in re.finditer(r"(?m)^  (?:-(\w), |    )--([\w-]+)(?:=(\S+))? ", text)]


def options_of_page(text):
    item = r"(?m)^\.It (?:Fl (\w) , )?Fl Fl ([\w-]+)(?: Ns = Ns Ar (\S+))?$"
    return [match.groups() for match in re.finditer(item, text)]


def commands_of_help(text):
    return re.findall(r"(?m)^  ([\w-]+)  +\w", text.split("Commands:\n")[1].split("\n\n")[0])


class Man(unittest.TestCase):
    maxDiff = None

    def test_each_program_has_a_page_with_its_options_and_no_others(self):
        self.assertGreaterEqual(len(PAGES), 4)
        for page in PAGES:
            program = os.path.basename(page)[:-2]
            if program != "psherald":
                with self.subTest(program):
                    self.assertEqual(options_of_page(read(page)), options_of_help(help_of(program)))

    def test_psherald_has_a_part_for_each_command_with_its_options_and_no_others(self):
        general = options_of_help(help_of("psherald"))
        page = read("docs", "man", "psherald.1").split("\n.Sh COMMANDS\n")[1].split("\n.Sh ")[0]
        parts = dict(re.findall(r"(?ms)^\.Ss psherald ([\w-]+)\n(.*?)(?=^\.Ss |\Z)", page))
        self.assertEqual(list(parts), commands_of_help(help_of("psherald")))
        for command, part in parts.items():
            with self.subTest(command):
                own = [option for option in options_of_help(help_of("psherald", command)) if option not in general]
                self.assertEqual(options_of_page(part), own)

    def test_the_exit_codes_are_those_of_the_configuration_page(self):
        page = read("docs", "man", "psherald.1").split("\n.Sh EXIT STATUS\n")[1].split("\n.Sh ")[0]
        codes = dict(re.findall(r"(?m)^\.It (\d+)\n([^.].*)\.$", page))
        table = read("docs", "configuration.md").split("\n## Exit codes\n")[1]
        for code, meaning in re.findall(r"(?m)^\| (\d+) \| (.*) \|$", table):
            self.assertEqual(codes.get(code, "").lower(), meaning.lower(), code)

    def test_no_formatter_has_anything_to_say_about_them(self):
        for page in PAGES + [SETTINGS_PAGE]:
            with self.subTest(page):
                need("man", "groff")
                shown = subprocess.run(["man", "-l", "--warnings", "-Tutf8", page], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       universal_newlines=True)
                self.assertEqual((shown.returncode, shown.stderr), (0, ""))
                self.assertNotEqual(shown.stdout, "")

    def test_mandoc_has_nothing_to_say_about_them(self):
        need("mandoc")
        for page in PAGES + [SETTINGS_PAGE]:
            with self.subTest(page):
                self.assertEqual(run("mandoc", "-Tlint", "-Wwarning", page), "")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
