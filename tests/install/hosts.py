"""A host outside the tree, built against an installed psherald and run. For the tests beside this file."""
import os
import shutil
import subprocess
import unittest

HOST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "host")
# A test runs inside a build: what that has set must not reach what it starts.
BUILD_VARIABLES = ("MESON", "NINJA", "DESTDIR", "LD_LIBRARY_PATH")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(BUILD_VARIABLES)}


def run(*command, **options):
    options.setdefault("env", ENVIRONMENT)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, **options)
    if done.returncode != 0:
        raise AssertionError("%s\nended with %d:\n%s" % (" ".join(command), done.returncode, done.stdout))
    return done.stdout


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            raise unittest.SkipTest("there is no %s on this machine" % program)


class Installed:
    """What was installed below `root`, as far as a host cares."""

    def __init__(self, root, compiler):
        self.root, self.compiler = root, compiler
        self.package = self.find("psherald.pc")
        self.libraries = os.path.dirname(os.path.dirname(self.package))
        self.headers = os.path.dirname(self.find("psherald.hpp"))
        self.prefix = os.path.dirname(os.path.dirname(self.headers))

    def find(self, name):
        for folder, _, files in os.walk(self.root):
            if name in files:
                return os.path.join(folder, name)
        raise AssertionError(name + " was not installed")

    def flags(self, *which):
        return run("pkg-config", *which, "--define-variable=prefix=" + self.prefix, self.package).split()

    def need(self, kind):
        name = {"static": "libpsherald.a", "shared": "libpsherald.so"}[kind]
        if not os.path.exists(os.path.join(self.libraries, name)):
            raise unittest.SkipTest("this build has no %s library: -Ddefault_library=both makes it" % kind)

    def run_host(self, program, kind):
        """A static host runs without the library, and a shared one with it."""
        environment = dict(ENVIRONMENT, DEV_STAGE="")
        if kind == "shared":
            environment["LD_LIBRARY_PATH"] = self.libraries
        said = run(program, cwd=os.path.dirname(program), env=environment)
        if said != "psherald 0.1.0, DEVELOPMENT\n":
            raise AssertionError(said)

    def host_by_pkg_config(self, kind, folder):
        self.need(kind)
        need("pkg-config")
        flags = self.flags("--cflags", "--libs", *(["--static"] if kind == "static" else []))
        if kind == "static":  # a linker takes the shared one where both are
            flags = [flag.replace("-lpsherald", "-l:libpsherald.a") for flag in flags]
        program = os.path.join(folder, "host")
        run(*self.compiler, os.path.join(HOST, "host.cpp"), "-o", program, *flags)
        self.run_host(program, kind)

    def host_by_cmake(self, kind, folder):
        self.need(kind)
        need("cmake", "pkg-config")
        build = os.path.join(folder, "build")
        run("cmake", "-G", "Ninja", "-S", HOST, "-B", build, "-DCMAKE_PREFIX_PATH=" + self.prefix, "-DKIND=" + kind,
            "-DCMAKE_CXX_COMPILER=" + ";".join(self.compiler))
        run("cmake", "--build", build)
        self.run_host(os.path.join(build, "host"), kind)
