#!/usr/bin/env python3
"""Debian packages: what is in them, installed into an empty folder, used from there, and removed again.

    package_test.py FOLDER-OF-PACKAGES COMPILER...
"""
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

from hosts import ENVIRONMENT, Installed, need, run

FOLDER, COMPILER = os.path.abspath(sys.argv[1]), sys.argv[2:]
NAMES = ["libpsherald0", "libpsherald-dev", "psherald"]  # in the order of their dependencies


def file_of(name):
    (file,) = glob.glob(os.path.join(FOLDER, name + "_*.deb"))
    return file


def field(name, field):
    return run("dpkg-deb", "-f", file_of(name), field).strip()


def contents(name):
    """(mode, owner, path) of all that is no folder."""
    lines = [line.split(None, 5) for line in run("dpkg-deb", "-c", file_of(name)).splitlines()]
    return [(mode, owner, path.split(" -> ")[0][1:]) for mode, owner, _, _, _, path in lines if not mode.startswith("d")]


class Root:
    """A machine that has what the packages depend on, from this one's list of packages, and nothing else."""

    def __init__(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest("only root can install packages, also into a folder")
        need("dpkg", "dpkg-query", "systemd-sysusers")
        self.path = tempfile.mkdtemp(prefix="psherald-root-")
        self.database = os.path.join(self.path, "var", "lib", "dpkg")
        os.makedirs(os.path.join(self.path, "etc"))
        for folder in "info", "updates", "triggers":
            os.makedirs(os.path.join(self.database, folder))
        needed = {name for package in NAMES for name in re.findall(r"(?:^|, |\| )([a-z0-9.+-]+)", field(package, "Depends"))}
        with open(os.path.join(self.database, "status"), "w") as status:
            for name in sorted(needed):
                here = subprocess.run(["dpkg-query", "-s", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True)
                if here.returncode == 0:
                    status.write(here.stdout + "\n")
                    open(os.path.join(self.database, "info", name + ".list"), "w").close()

    def dpkg(self, *words):
        return run("dpkg", "--root=" + self.path, "--force-script-chrootless", "--force-unsafe-io", *words)

    def files(self):
        """What packages have left here."""
        below = (os.path.join(folder, file) for folder, _, files in os.walk(self.path) for file in files)
        paths = {path[len(self.path):] for path in below}
        return {path for path in paths if not path.startswith("/var/lib/dpkg/") and path != "/var/log/dpkg.log"}

    def remove(self):
        shutil.rmtree(self.path)


class Contents(unittest.TestCase):
    def test_each_file_is_where_debian_wants_it(self):
        places = {"libpsherald0": r"/usr/lib/[^/]+/libpsherald\.so\.\d[.\d]*",
                  "libpsherald-dev": r"/usr/include/psherald/\w+\.hpp|/usr/lib/[^/]+/(libpsherald\.(a|so)|pkgconfig/.*\.pc|cmake/psherald/.*\.cmake)",
                  "psherald": r"/usr/bin/[\w.]+|/usr/share/man/man[15]/[\w.]+\.gz|/usr/lib/systemd/system/\w+\.(service|socket|timer)"
                              r"|/usr/lib/sysusers\.d/psherald\.conf|/etc/psherald/psherald\.toml"
                              r"|/usr/share/bash-completion/completions/psherald|/usr/share/zsh/vendor-completions/_psherald"}
        for name in NAMES:
            documents = r"/usr/share/doc/%s/(copyright|changelog\.gz)" % name
            for mode, owner, path in contents(name):
                with self.subTest(path):
                    self.assertRegex(path, "^(%s|%s)$" % (places[name], documents))
                    self.assertEqual(owner, "root/root")
                    self.assertIn(mode, ["lrwxrwxrwx", "-rwxr-xr-x" if path.startswith("/usr/bin/") else "-rw-r--r--"])

    def test_every_program_has_its_page_and_every_service_its_program(self):
        paths = {path for _, _, path in contents("psherald")}
        programs = {os.path.basename(path) for path in paths if path.startswith("/usr/bin/")}
        self.assertLessEqual({"ps_bridge", "ps_herald", "ps.herald", "ps_neelix", "psherald", "ps_shell_log"}, programs)
        for program in programs:
            self.assertIn("/usr/share/man/man1/%s.1.gz" % program, paths)
        for unit in (path for path in paths if path.endswith(".service")):
            self.assertIn(os.path.basename(unit)[:-len(".service")], programs)

    def test_they_fit_together_only_in_one_version(self):
        version = field("libpsherald0", "Version")
        for name in "libpsherald-dev", "psherald":
            self.assertIn("libpsherald0 (= %s)" % version, field(name, "Depends"))

    def test_the_library_depends_on_what_it_is_made_of(self):
        for name in "libsqlite3-0 (>= 3.37)", "libcpp-httplib", "libtomlplusplus", "libre2":
            self.assertIn(name, field("libpsherald0", "Depends"))
        for name in "libsqlite3-dev", "libcpp-httplib-dev", "libtomlplusplus-dev", "libre2-dev":
            self.assertIn(name, field("libpsherald-dev", "Depends"))


class Installation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = Root()
        cls.addClassCleanup(cls.root.remove)
        cls.root.dpkg("-i", *map(file_of, NAMES))
        cls.installed = Installed(cls.root.path, COMPILER)
        cls.environment = dict(ENVIRONMENT, LD_LIBRARY_PATH=cls.installed.libraries, DEV_STAGE="")

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="psherald-package-")
        self.addCleanup(shutil.rmtree, self.folder)

    def program(self, name):
        return os.path.join(self.root.path, "usr", "bin", name)

    def test_the_services_have_their_user(self):
        with open(os.path.join(self.root.path, "etc", "passwd")) as users:
            self.assertRegex(users.read(), "(?m)^psherald:.*:/var/lib/psherald:")

    def test_a_record_that_is_sent_is_stored_and_found(self):
        config = os.path.join(self.root.path, "etc", "psherald", "psherald.toml")
        database = os.path.join(self.folder, "herald.sqlite")
        up = subprocess.Popen([self.program("psherald"), "up", "--config", config, "--database", database, "--listen", "127.0.0.1:0",
                               "--web", "127.0.0.1:0"], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, universal_newlines=True)
        self.addCleanup(up.stdout.close)
        try:
            bridge = next(line for line in up.stdout if line.startswith("Records go to: ")).split()[-1]
            run(self.program("ps_shell_log"), "--to", bridge, "from a package", env=self.environment)
        finally:
            up.send_signal(signal.SIGTERM)
        self.assertEqual(up.wait(30), 0)
        checked = run(self.program("psherald"), "check", "--config", config, "--database", database, env=self.environment)
        self.assertIn("all is well", checked)
        self.assertRegex(checked, r"(?m), [1-9]\d* records, 0 dead letters$")

    def test_a_host_is_built_with_the_shared_library(self):
        self.installed.host_by_cmake("shared", self.folder)

    def test_a_host_is_built_with_the_static_library(self):
        self.installed.host_by_pkg_config("static", self.folder)


class Removal(unittest.TestCase):
    def setUp(self):
        self.root = Root()
        self.addCleanup(self.root.remove)
        self.before = self.root.files()
        self.root.dpkg("-i", *map(file_of, NAMES))
        self.config = os.path.join(self.root.path, "etc", "psherald", "psherald.toml")

    def test_of_what_is_removed_only_the_configuration_stays_and_of_what_is_purged_nothing(self):
        self.root.dpkg("-r", *NAMES)
        users = {path for path in self.root.files() if re.fullmatch(r"/etc/g?(passwd|shadow|roup)-?|/etc/(group|gshadow)-?|/etc/\.pwd\.lock", path)}
        self.assertEqual(self.root.files() - self.before - users, {"/etc/psherald/psherald.toml"})
        self.root.dpkg("-P", *NAMES)
        self.assertEqual(self.root.files() - self.before - users, set())

    def test_an_upgrade_keeps_a_configuration_that_was_changed(self):
        with open(self.config, "a") as file:
            file.write("# mine\n")
        self.root.dpkg("--force-confdef", "-i", *map(file_of, NAMES))
        with open(self.config) as file:
            self.assertTrue(file.read().endswith("# mine\n"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
