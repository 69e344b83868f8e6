#!/usr/bin/env python3
"""The units for systemd, as `meson install` leaves them. What needs systemd's own tools is skipped without them.

    units_test.py SOURCE BUILD
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from hosts import ENVIRONMENT, Installed, need, run

SOURCE, BUILD = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
EXPOSURE = 20  # tenths, of 100: what `systemd-analyze security` calls OK


class Units(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp(prefix="psherald-root-")
        cls.addClassCleanup(shutil.rmtree, cls.root)
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", cls.root)
        cls.installed = Installed(cls.root, [])
        cls.units = os.path.dirname(cls.installed.find("psherald.service"))

    def services(self):
        return sorted(glob.glob(os.path.join(self.units, "*.service")))

    def test_they_lie_below_the_prefix(self):
        self.assertEqual(self.units, os.path.join(self.installed.prefix, "lib", "systemd", "system"))
        for name in "psherald.service", "ps_bridge.service", "ps_bridge.socket", "ps_herald.service", "ps_herald.socket", "ps_neelix.service", "ps_neelix.timer":
            self.assertTrue(os.path.exists(os.path.join(self.units, name)), name)

    def test_systemd_finds_nothing_wrong_with_them(self):
        need("systemd-analyze")
        folder = tempfile.mkdtemp(prefix="psherald-units-")
        self.addCleanup(shutil.rmtree, folder)
        names = sorted(os.listdir(self.units))
        for name in names:  # as if what they name were installed where they say
            with open(os.path.join(self.units, name)) as unit, open(os.path.join(folder, name), "w") as copy:
                copy.write(unit.read().replace(self.installed.prefix[len(self.root):] + "/bin/", self.installed.prefix + "/bin/"))
        said = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *names, cwd=folder,
                   env=dict(ENVIRONMENT, SYSTEMD_UNIT_PATH=folder + ":"))
        self.assertEqual([line for line in said.splitlines() if "ps" in line], [])

    def test_a_service_that_is_taken_over_can_do_little(self):
        need("systemd-analyze")
        for service in self.services():
            with self.subTest(service):
                run("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=%d" % EXPOSURE, service)

    def test_all_services_work_for_the_user_that_sysusers_makes(self):
        need("systemd-sysusers")
        root = tempfile.mkdtemp(prefix="psherald-users-")
        self.addCleanup(shutil.rmtree, root)
        os.mkdir(os.path.join(root, "etc"))
        run("systemd-sysusers", "--root=" + root, os.path.join(self.installed.prefix, "lib", "sysusers.d", "psherald.conf"))
        with open(os.path.join(root, "etc", "passwd")) as users:
            user = next(line for line in users if line.startswith("psherald:")).split(":")
        self.assertEqual((user[5], user[6].strip()), ("/var/lib/psherald", "/usr/sbin/nologin"))
        for service in self.services():
            with open(service) as unit:
                text = unit.read()
            for line in "User=psherald", "Group=psherald", "StateDirectory=psherald", "WorkingDirectory=%S/psherald":
                self.assertIn("\n" + line + "\n", text, service)

    def test_their_sockets_have_the_ports_of_production(self):
        with open(os.path.join(SOURCE, "docs", "configuration.md")) as page:
            row = re.search(r"\| PRODUCTION \| none \| (\d+) \| (\d+) \|", page.read())
        for name, port in ("ps_bridge", row[1]), ("ps_herald", row[2]):
            with open(os.path.join(self.units, name + ".socket")) as unit:
                self.assertIn("\nListenStream=127.0.0.1:%s\n" % port, unit.read())

    def test_their_configuration_is_right_with_and_without_what_it_proposes(self):
        file = os.path.join(self.root, "psherald.toml")
        check = [os.path.join(self.installed.prefix, "bin", "psherald"), "check", "--config", file, "--database", "/nowhere"]
        environment = dict(ENVIRONMENT, LD_LIBRARY_PATH=self.installed.libraries, DEV_STAGE="")
        with open(self.installed.find("psherald.toml")) as proposal:
            text = proposal.read()
        for name, text in ("as installed", text), ("all of it", re.sub(r"(?m)^#(\w+ = )", r"\1", text)):
            with self.subTest(name):
                with open(file, "w") as config:
                    config.write(text)
                checked = subprocess.run(check, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, env=environment)
                self.assertIn("stage PRODUCTION", checked.stdout)
                self.assertIn("cannot read the database /nowhere", checked.stderr)

    def test_a_second_installation_keeps_a_configuration_that_was_changed(self):
        path = self.installed.find("psherald.toml")
        with open(path, "a") as config:
            config.write("# mine\n")
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", self.root)
        with open(path) as config:
            self.assertTrue(config.read().endswith("# mine\n"))

    def test_without_systemd_there_are_none(self):
        build = os.path.join(self.root, "build-without")
        run("meson", "setup", "--wrap-mode=nodownload", "-Dsystemd=disabled", "-Dtests=disabled", build, SOURCE)
        targets = json.loads(run("meson", "introspect", "--installed", build))
        self.assertTrue(any(path.endswith("/bin/psherald") for path in targets.values()))
        self.assertEqual([path for path in targets.values() if "systemd" in path or "sysusers" in path], [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
