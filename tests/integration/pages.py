"""Following a page of the documentation word for word.

    ..._test.py PROGRAMS SOURCE
"""
import os
import re
import subprocess
import sys

from programs import DEADLINE, ProgramTest

SOURCE = os.path.abspath(sys.argv[2])


def page_of(name):
    with open(os.path.join(SOURCE, name)) as file:
        return file.read()


def blocks(text):
    """(language, code) of each fenced block."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S)


class PageTest(ProgramTest):
    def shell(self, command):
        # Not through a pipe: what runs on in the background would keep it open.
        with open(self.path("said"), "w+") as said:
            done = subprocess.run(command, shell=True, cwd=self.folder, env=self.environment, stdout=said, stderr=subprocess.STDOUT, timeout=DEADLINE)
            said.seek(0)
            text = said.read()
        self.assertEqual(done.returncode, 0, command + text)
        return text
