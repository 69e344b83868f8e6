#!/usr/bin/env python3
"""What `meson install` puts on a machine, and hosts outside the tree: against that, and with psherald as a subproject.

    install_test.py SOURCE BUILD COMPILER...
"""
import json
import os
import shutil
import sys
import tempfile
import unittest

from hosts import ENVIRONMENT, HOST, Installed, need, run

SOURCE, BUILD, COMPILER = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]


class InFolder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="psherald-install-")
        self.addCleanup(shutil.rmtree, self.folder)


class AfterInstallation(InFolder):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp(prefix="psherald-root-")
        cls.addClassCleanup(shutil.rmtree, cls.root)
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", cls.root)
        cls.installed = Installed(cls.root, COMPILER)

    def test_a_host_finds_the_static_library_by_pkg_config(self):
        self.installed.host_by_pkg_config("static", self.folder)

    def test_a_host_finds_the_shared_library_by_pkg_config(self):
        self.installed.host_by_pkg_config("shared", self.folder)

    def test_a_host_finds_the_static_library_by_cmake(self):
        self.installed.host_by_cmake("static", self.folder)

    def test_a_host_finds_the_shared_library_by_cmake(self):
        self.installed.host_by_cmake("shared", self.folder)

    def test_cmake_refuses_what_is_not_there_and_says_why(self):
        need("cmake")
        refused = [("find_package(psherald 0.1 COMPONENTS quick)", "takes one, not \"quick\""),
                   ("find_package(psherald 0.1 COMPONENTS shared static)", "takes one, not \"shared;static\""),
                   ("find_package(psherald 0.0)", "0.1.0"), ("find_package(psherald 0.2)", "0.1.0"),
                   ("find_package(psherald 1)", "0.1.0")]
        script = "cmake_minimum_required(VERSION 3.16)\nproject(none LANGUAGES CXX)\n"
        for line, _ in refused:
            script += line + "\nif(psherald_FOUND)\n message(FATAL_ERROR \"taken\")\nendif()\n"
        with open(os.path.join(self.folder, "CMakeLists.txt"), "w") as file:
            file.write(script)
        said = run("cmake", "-G", "Ninja", "-S", self.folder, "-B", os.path.join(self.folder, "build"),
                   "-DCMAKE_PREFIX_PATH=" + self.installed.prefix)
        for line, why in refused:
            self.assertIn(why, said, line)

    def test_every_public_header_is_installed_and_compiles_there(self):
        names = sorted(os.listdir(os.path.join(SOURCE, "include", "psherald")))
        names.remove("meson.build")
        self.assertEqual(sorted(os.listdir(self.installed.headers)), names)
        source = os.path.join(self.folder, "headers.cpp")
        with open(source, "w") as file:
            file.writelines("#include <psherald/%s>\n" % name for name in names)
        run(*COMPILER, "-fsyntax-only", source, *self.installed.flags("--cflags"))

    def test_the_programs_and_their_pages_are_installed_under_all_their_names(self):
        programs, pages = (os.path.join(self.installed.prefix, *folder) for folder in (["bin"], ["share", "man", "man1"]))
        self.assertLessEqual({"ps_bridge", "ps_herald", "ps.herald", "ps_neelix", "psherald", "ps_shell_log"}, set(os.listdir(programs)))
        for name in os.listdir(programs):
            self.assertTrue(os.access(os.path.join(programs, name), os.X_OK), name)
            self.assertTrue(os.path.exists(os.path.join(pages, name + ".1")), name)
        environment = dict(ENVIRONMENT, LD_LIBRARY_PATH=self.installed.libraries)
        self.assertIn("ps_herald", run(os.path.join(programs, "ps.herald"), "--version", env=environment))
        self.assertIn("emit", run(os.path.join(programs, "ps_shell_log"), "--help", env=environment))


class AsSubproject(InFolder):
    def test_it_is_the_library_and_nothing_else(self):
        shutil.copytree(HOST, self.folder, dirs_exist_ok=True)
        os.makedirs(os.path.join(self.folder, "subprojects"))
        os.symlink(SOURCE, os.path.join(self.folder, "subprojects", "psherald"))
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
