"""The built programs as people start them: what the tests of this folder share.

Every test has a folder of its own, and ports that the system chose. Where the kernel allows it, a test program also has a
network of its own, so that it may use the ports of the stages whatever else runs on this machine.
"""
import ctypes
import fcntl
import logging
import logging.handlers
import os
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

PROGRAMS = os.path.abspath(sys.argv[1])  # the folder that they were built in
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # no test here is about the disk: kill_test.py is
DEADLINE = 60  # seconds for anything that has to happen at all

# What a shell may have set and a test must not see.
OURS = ("DEV_STAGE", "PSHERALD_", "LISTEN_", "NOTIFY_", "DIRECT_HERALD_HOST", "PRODUKT_ID", "SYSTEM_ID", "SUB_S", "USER_SPEC_")
LAUNCHER = "import os, sys; os.dup2({0}, 3); os.dup2({1}, 4); os.environ['LISTEN_PID'] = str(os.getpid()); os.execv(sys.argv[1], sys.argv[1:])"


def enter_own_network():
    """True: this process and its children have a loopback interface that nobody else uses."""
    new_user, new_network, set_flags, up = 0x10000000, 0x40000000, 0x8914, 1
    unshare = ctypes.CDLL(None).unshare
    if unshare(new_network) != 0 and unshare(new_user | new_network) != 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", up))
    return True


try:
    OWN_NETWORK = enter_own_network()
except (AttributeError, OSError):
    OWN_NETWORK = False
needs_own_network = unittest.skipUnless(OWN_NETWORK, "the ports of the stages need a network of one's own")


def wait_until(condition, what):
    end = time.monotonic() + DEADLINE
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError("waited in vain until " + what)
        time.sleep(0.01)


def program(name):
    return os.path.join(PROGRAMS, name)


def mode(path):
    return os.stat(path).st_mode & 0o7777


class Service:
    """A program that runs until it is told to end. It is ready when the constructor returns, or has ended."""

    def __init__(self, folder, command, environment, **options):
        self.folder = folder
        self.number = sum(name.startswith("ready") for name in os.listdir(folder))
        self.output = os.path.join(folder, "output%d" % self.number)
        notify = os.path.join(folder, "ready%d" % self.number)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready, open(self.output, "wb") as output:
            ready.bind(notify)
            os.chmod(notify, 0o666)  # the program may run as another user
            ready.settimeout(0.05)
            self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                            env=dict(environment, NOTIFY_SOCKET=notify), **options)
            wait_until(lambda: self.process.poll() is not None or self._is_ready(ready), "the program is ready")

    @staticmethod
    def _is_ready(ready):
        try:
            return ready.recv(100) == b"READY=1"
        except socket.timeout:
            return False

    def said(self):
        with open(self.output) as file:
            return file.read()

    def send(self, number):
        self.process.send_signal(number)

    def end(self, number=signal.SIGTERM):
        """The exit code."""
        self.send(number)
        return self.process.wait(DEADLINE)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class ProgramTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="psherald-programs-", dir=MEMORY)
        self.addCleanup(shutil.rmtree, self.folder)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}

    # ---- programs

    def run_program(self, name, *words, environment=(), **options):
        """Runs to the end; the result has returncode, stdout and stderr."""
        settings = {"cwd": self.folder, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "universal_newlines": True, "timeout": DEADLINE}
        settings.update(options, env=dict(self.environment, **dict(environment)))
        if "input" not in settings:
            settings["stdin"] = subprocess.DEVNULL
        return subprocess.run([program(name), *words], **settings)

    def try_start(self, name, *words, environment=(), **options):
        service = Service(self.folder, [program(name), *words], dict(self.environment, **dict(environment)), **options)
        self.addCleanup(service.kill)
        return service

    def start(self, name, *words, **options):
        service = self.try_start(name, *words, **options)
        self.assertIsNone(service.process.returncode, service.said())
        return service

    def start_with_sockets(self, name, *words, sockets, names):
        """As systemd starts it: with open sockets. One socket stands for two."""
        code = LAUNCHER.format(sockets[0].fileno(), sockets[-1].fileno())
        environment = dict(self.environment, LISTEN_FDS=str(len(sockets)), LISTEN_FDNAMES=":".join(names))
        service = Service(self.folder, [sys.executable, "-c", code, program(name), *words], environment,
                          pass_fds=[each.fileno() for each in sockets])
        self.addCleanup(service.kill)
        return service

    def assertEnded(self, result, code, *texts):
        self.assertEqual(result.returncode, code, result.stderr)
        for text in texts:
            self.assertIn(text, result.stderr)

    def assertCannotStart(self, service, code, *texts):
        self.assertEqual(service.process.returncode, code, service.said())
        for text in texts:
            self.assertIn(text, service.said())

    # ---- what they leave behind

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def log_of(self, name="ps_bridge_d"):
        path = self.path("LOG/" + name + ".log")
        if not os.path.exists(path):
            return ""
        with open(path) as file:
            return file.read()

    def port_of(self, log="ps_bridge_d", what="receiving records"):
        """The port that the system chose, as the log tells it."""
        return int(self.log_of(log).rpartition(what + " on 127.0.0.1:")[2].split()[0])

    def query(self, sql, database="herald.sqlite_d"):
        connection = sqlite3.connect(self.path(database), timeout=DEADLINE)
        try:
            connection.execute("PRAGMA wal_autocheckpoint=0")
            with connection:
                return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def messages(self, condition="1", database="herald.sqlite_d"):
        return [text for (text,) in self.query("SELECT message FROM log WHERE %s ORDER BY id" % condition, database)]

    def wait_for_messages(self, expected, condition="system_id = 'test'"):
        wait_until(lambda: len(self.messages(condition)) >= len(expected), "the records are stored")
        self.assertEqual(self.messages(condition), expected)


def logger_to(host, port, name="test"):
    """A logger with an unmodified SocketHandler."""
    logger = logging.Logger(name)
    logger.addHandler(logging.handlers.SocketHandler(host, port))
    return logger


def close(logger):
    for handler in logger.handlers:
        handler.close()


def get(port, path="/"):
    """Status and text."""
    try:
        with urllib.request.urlopen("http://127.0.0.1:%d%s" % (port, path), timeout=DEADLINE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def main():
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
