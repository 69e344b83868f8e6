#!/usr/bin/env python3
"""Plays systemd for the programs: hands sockets over, listens to what they notify, sends signals.

    systemd_test.py FOLDER-OF-PROGRAMS
"""
import fcntl
import logging.handlers
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAMS = os.path.abspath(sys.argv[1])
DEADLINE = 30  # seconds for anything that has to happen at all
SERVICES = {"ps_bridge": ["ps_bridge", "--listen", "127.0.0.1:0"],
            "ps_herald": ["ps_herald", "--listen", "127.0.0.1:0"],
            "psherald up": ["psherald", "up", "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0"]}
# What systemd does between fork and exec: the process id is known there only, and the sockets begin at 3.
LAUNCH = """
import os, sys
pid = os.environ.pop("PRETEND_PID", str(os.getpid()))
sockets, command = [int(word) for word in sys.argv[1].split()], sys.argv[2:]
for at, descriptor in enumerate(sockets):
    os.dup2(descriptor, 3 + at)
os.execve(command[0], command, {**os.environ, "LISTEN_PID": pid, "WATCHDOG_PID": pid})
"""


class Manager:
    """Starts one program as systemd would."""

    def __init__(self, folder, notify_address):
        self.folder, self.notify_address = folder, notify_address
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(notify_address)
        self.notify.settimeout(DEADLINE)
        self.process = None

    def start(self, command, sockets=(), stderr=subprocess.DEVNULL, **variables):
        handed = [fcntl.fcntl(s, fcntl.F_DUPFD, 10) for s in sockets]  # behind all that they are moved to
        address = self.notify_address
        environment = {**os.environ, "DEV_STAGE": "TESTING", "NOTIFY_SOCKET": address.replace("\0", "@"), **variables}
        words = [" ".join(map(str, handed)), os.path.join(PROGRAMS, command[0])] + command[1:]
        self.process = subprocess.Popen([sys.executable, "-c", LAUNCH] + words, cwd=self.folder, env=environment,
                                        stdout=subprocess.DEVNULL, stderr=stderr, pass_fds=handed)
        for descriptor in handed:
            os.close(descriptor)

    def next(self):
        """The next message, but for the watchdog's."""
        while True:
            message = self.notify.recv(4096).decode()
            if message != "WATCHDOG=1":
                return message

    def wait_until_it_catches(self, number):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end and self.process.poll() is None:
            with open("/proc/%d/status" % self.process.pid) as status:
                caught = next(line for line in status if line.startswith("SigCgt"))
            if int(caught.split()[1], 16) >> (number - 1) & 1:
                return
            time.sleep(0.005)
        raise AssertionError("it never handled signal %d" % number)

    def stop(self):
        """Sends SIGTERM; returns the exit code, and everything that was still said."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(DEADLINE)
        self.notify.settimeout(0)
        messages = []
        try:
            while True:
                messages.append(self.notify.recv(4096).decode())
        except BlockingIOError:
            return code, messages

    def close(self):
        self.notify.close()
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class WithManager(unittest.TestCase):
    def manager(self, address=None):
        folder = tempfile.TemporaryDirectory(prefix="psherald-systemd-")
        self.addCleanup(folder.cleanup)
        manager = Manager(folder.name, address or os.path.join(folder.name, "notify"))
        self.addCleanup(manager.close)
        return manager

    def listener(self, family=socket.AF_INET, address=("127.0.0.1", 0)):
        listener = socket.socket(family, socket.SOCK_STREAM)
        self.addCleanup(listener.close)
        listener.bind(address)
        listener.listen()
        return listener


class Notify(WithManager):
    def test_every_service_says_when_it_is_ready_and_when_it_stops(self):
        for name, command in SERVICES.items():
            for address in None, "\0psherald-test-%d-%s" % (os.getpid(), name):
                with self.subTest(name, address=address):
                    manager = self.manager(address)
                    manager.start(command)
                    self.assertEqual(manager.next(), "READY=1")
                    self.assertEqual(manager.stop(), (0, ["STOPPING=1"]))

    def test_who_cannot_start_is_never_ready(self):
        manager = self.manager()
        manager.start(["ps_bridge", "--listen", "nowhere"])
        self.assertEqual(manager.process.wait(DEADLINE), 78)
        manager.notify.settimeout(0)
        self.assertRaises(BlockingIOError, manager.notify.recv, 4096)

    def test_a_manager_that_is_gone_does_no_harm(self):
        for address in "/nowhere/notify", "@", "@nobody", "", "x" * 200:
            with self.subTest(address):
                manager = self.manager()
                manager.start(SERVICES["ps_bridge"], NOTIFY_SOCKET=address)
                manager.wait_until_it_catches(signal.SIGTERM)
                self.assertEqual(manager.stop(), (0, []))

    def test_a_reload_has_a_beginning_and_an_end_also_when_the_new_file_is_wrong(self):
        manager = self.manager()
        manager.start(SERVICES["psherald up"])
        self.assertEqual(manager.next(), "READY=1")
        for text in '[retention]\nmax_age = "90d"\n', "wrong":
            with open(os.path.join(manager.folder, "psherald.toml"), "w") as file:
                file.write(text)
            before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            manager.process.send_signal(signal.SIGHUP)
            state, at = manager.next().split("\n")
            self.assertEqual(state, "RELOADING=1")
            name, microseconds = at.split("=")
            self.assertEqual(name, "MONOTONIC_USEC")
            self.assertLessEqual(before, int(microseconds))
            self.assertLessEqual(int(microseconds), time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)
            self.assertEqual(manager.next(), "READY=1")
        self.assertEqual(manager.stop(), (0, ["STOPPING=1"]))


class Watchdog(WithManager):
    def test_it_hears_of_every_service_again_and_again(self):
        for name, command in SERVICES.items():
            with self.subTest(name):
                manager = self.manager()
                manager.start(command, WATCHDOG_USEC="20000")
                self.assertEqual(manager.notify.recv(4096), b"READY=1")
                for _ in range(5):
                    self.assertEqual(manager.notify.recv(4096), b"WATCHDOG=1")
                code, messages = manager.stop()
                self.assertEqual(code, 0)
                self.assertEqual([m for m in messages if m != "WATCHDOG=1"], ["STOPPING=1"])

    def test_it_hears_nothing_that_was_not_asked_for(self):
        for variables in ({}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "1000", "PRETEND_PID": "1"}):
            with self.subTest(variables):
                manager = self.manager()
                manager.start(SERVICES["ps_bridge"], **variables)
                self.assertEqual(manager.notify.recv(4096), b"READY=1")
                self.assertEqual(manager.stop(), (0, ["STOPPING=1"]))


class Sockets(WithManager):
    def send(self, to, text):
        handler = logging.handlers.SocketHandler(*(to if isinstance(to, tuple) else (to, None)))
        handler.emit(logging.makeLogRecord({"name": "systemd", "levelno": 20, "levelname": "INFO", "msg": text}))
        handler.close()

    def stored(self, manager):
        with sqlite3.connect(os.path.join(manager.folder, "herald.sqlite_t")) as connection:
            return [text for (text,) in connection.execute("SELECT message FROM log WHERE name = 'systemd'")]

    def get(self, listener):
        with socket.create_connection(listener.getsockname(), DEADLINE) as connection:
            connection.sendall(b"GET /hello HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % listener.getsockname()[1])
            return b"".join(iter(lambda: connection.recv(4096), b""))

    def test_a_record_that_came_before_the_bridge_was_there_is_stored(self):
        manager = self.manager()
        inet, path = self.listener(), os.path.join(manager.folder, "bridge")
        unix = self.listener(socket.AF_UNIX, path)
        self.send(inet.getsockname(), "over inet")
        self.send(path, "over unix")
        manager.start(["ps_bridge"], [inet, unix], LISTEN_FDS="2")
        self.assertEqual(manager.next(), "READY=1")
        self.assertEqual(manager.stop()[0], 0)
        self.assertEqual(sorted(self.stored(manager)), ["over inet", "over unix"])

    def test_the_socket_named_web_serves_the_page_and_the_other_takes_records(self):
        manager = self.manager()
        web, bridge = self.listener(), self.listener()
        manager.start(["psherald", "up"], [web, bridge], LISTEN_FDS="2", LISTEN_FDNAMES="web:ps_bridge.socket")
        self.assertEqual(manager.next(), "READY=1")
        self.assertIn(b"Hello, World!", self.get(web))
        self.send(bridge.getsockname(), "beside the page")
        self.assertEqual(manager.stop()[0], 0)
        self.assertEqual(self.stored(manager), ["beside the page"])

    def test_ps_herald_serves_the_page_on_its_socket(self):
        manager = self.manager()
        web = self.listener()
        manager.start(["ps_herald"], [web], LISTEN_FDS="1", LISTEN_FDNAMES="web")
        self.assertEqual(manager.next(), "READY=1")
        self.assertIn(b"Hello, World!", self.get(web))
        self.assertEqual(manager.stop()[0], 0)

    def test_sockets_for_another_process_are_left_alone(self):
        manager = self.manager()
        stranger = self.listener()
        manager.start(["ps_bridge", "--listen", "unix:own"], [stranger], LISTEN_FDS="1", PRETEND_PID="1")
        self.assertEqual(manager.next(), "READY=1")
        self.send(stranger.getsockname(), "not for us")
        self.send(os.path.join(manager.folder, "own"), "for us")
        self.assertEqual(manager.stop()[0], 0)
        self.assertEqual(self.stored(manager), ["for us"])


class Journal(WithManager):
    def lines(self, is_journal):
        manager = self.manager()
        with open(os.path.join(manager.folder, "stderr"), "w+") as stderr:
            file = os.fstat(stderr.fileno())
            stream = "%d:%d" % (file.st_dev, file.st_ino if is_journal else file.st_ino + 1)
            manager.start(SERVICES["ps_bridge"] + ["--verbose"], stderr=stderr, JOURNAL_STREAM=stream)
            self.assertEqual(manager.next(), "READY=1")
            with open(os.path.join(manager.folder, "psherald.toml"), "w") as config:
                config.write("wrong")
            manager.process.send_signal(signal.SIGHUP)
            self.assertTrue(manager.next().startswith("RELOADING=1"))
            self.assertEqual(manager.next(), "READY=1")
            self.assertEqual(manager.stop()[0], 0)
            stderr.seek(0)
            return stderr.read().splitlines()

    def test_lines_for_the_journal_begin_with_their_priority(self):
        lines = self.lines(True)
        self.assertRegex(lines[0], "^<6>starting version ")
        self.assertRegex("\n".join(lines), "(?m)^<3>keeping the old configuration: ")

    def test_lines_for_a_person_begin_with_their_time(self):
        for line in self.lines(False):
            self.assertRegex(line, r"^\d{4}-\d\d-\d\d ")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
