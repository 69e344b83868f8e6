#!/usr/bin/env python3
"""A host outside the tree, two ways: against the installed library, and with psherald as a Meson subproject.

    install_test.py SOURCE BUILD COMPILER...
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE, BUILD, COMPILER = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]
HOST = os.path.join(SOURCE, "tests", "install", "host.cpp")
# The test runs inside a build: what that has set must not reach the builds that it starts.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("MESON", "NINJA"))}


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, env=ENVIRONMENT, **options)
    if done.returncode != 0:
        raise AssertionError("%s\nended with %d:\n%s" % (" ".join(command), done.returncode, done.stdout))
    return done.stdout


class Hosts(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="psherald-install-")
        self.addCleanup(shutil.rmtree, self.folder)

    def find(self, name):
        for folder, _, files in os.walk(self.folder):
            if name in files:
                return os.path.join(folder, name)
        raise AssertionError(name + " was not installed")

    def install(self):
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", self.folder)
        package = self.find("psherald.pc")
        prefix = os.path.dirname(os.path.dirname(self.find("ps_bridge")))
        self.flags = ("--define-variable=prefix=" + prefix, package)
        return prefix

    def build_and_run_host(self, *pkg_config):
        program = os.path.join(self.folder, "host")
        flags = run("pkg-config", *pkg_config, *self.flags).split()
        run(*COMPILER, HOST, "-o", program, *flags)
        libraries = os.path.dirname(os.path.dirname(self.flags[1]))
        done = subprocess.run([program], cwd=self.folder, stdout=subprocess.PIPE, universal_newlines=True,
                              env=dict(ENVIRONMENT, LD_LIBRARY_PATH=libraries, DEV_STAGE=""))
        self.assertEqual((done.returncode, done.stdout), (0, "psherald 0.1.0, DEVELOPMENT\n"))

    def test_a_host_builds_and_runs_against_the_installed_library(self):
        self.install()
        self.build_and_run_host("--cflags", "--libs")

    def test_a_host_links_statically_too(self):
        self.install()
        self.build_and_run_host("--static", "--cflags", "--libs")

    def test_the_programs_are_installed_under_all_their_names(self):
        programs = os.path.join(self.install(), "bin")
        for name in "ps_bridge", "ps_herald", "ps.herald", "psherald", "ps_shell_log":
            self.assertTrue(os.access(os.path.join(programs, name), os.X_OK), name)
        self.assertIn("ps_herald", run(os.path.join(programs, "ps.herald"), "--version"))
        self.assertIn("emit", run(os.path.join(programs, "ps_shell_log"), "--help"))

    def test_as_a_subproject_it_is_the_library_and_nothing_else(self):
        os.makedirs(os.path.join(self.folder, "subprojects"))
        os.symlink(SOURCE, os.path.join(self.folder, "subprojects", "psherald"))
        shutil.copy(HOST, self.folder)
        with open(os.path.join(self.folder, "meson.build"), "w") as file:
            file.write("project('host', 'cpp', default_options: ['cpp_std=c++20'])\n"
                       "subproject('psherald')\n"
                       "executable('host', 'host.cpp', dependencies: dependency('psherald'))\n")
        build = os.path.join(self.folder, "build")
        run("meson", "setup", "--wrap-mode=nodownload", "-Doptimization=0", "-Ddebug=false", build, self.folder)
        targets = {target["name"] for target in json.loads(run("meson", "introspect", "--targets", build))}
        self.assertLessEqual({"host", "psherald"}, targets)
        for name in "ps_bridge", "ps_herald", "psherald-tests", "cli", "headers-alone":
            self.assertNotIn(name, targets)
        run("meson", "compile", "-C", build)
        self.assertIn("psherald 0.1.0", run(os.path.join(build, "host"), cwd=self.folder))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
