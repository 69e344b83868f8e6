#!/usr/bin/env python3
"""kill -9 of a bridge that forwards, of the store that it forwards to, and of both, at random moments under load.

A record counts as sent when it is in the first one's database. In the end both databases have to tell the same story:
the same records under the same names, in the same order.

    forward_kill_test.py PS_BRIDGE COLLECTOR [ROUNDS]
"""
import contextlib
import http.client
import itertools
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from kill_test import Sender, ask, listens, wait_until  # noqa: E402

PATIENCE = 60  # seconds without any progress: the longest pause between two tries is half a minute
OWN = """SELECT (SELECT hex(run) FROM run WHERE from_id <= e.id ORDER BY from_id DESC LIMIT 1), id, message
         FROM entry e WHERE origin_no = 0 AND id <= ? ORDER BY id"""
FOREIGN = "SELECT hex(run), origin_id, message FROM entry JOIN origin ON no = origin_no WHERE origin_id <= ? ORDER BY id"


class Program:
    """One of the two: killed and started again on the same file and the same socket."""

    def __init__(self, folder, name, command):
        self.folder = os.path.join(folder, name)
        os.mkdir(self.folder)
        self.database, self.socket = os.path.join(self.folder, "log.sqlite"), os.path.join(self.folder, "socket")
        self.command = command(self.database, "unix:" + self.socket)
        self.process = None

    def start(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.socket)
        self.process = subprocess.Popen(self.command, cwd=self.folder, stdout=subprocess.DEVNULL, env=dict(os.environ, DEV_STAGE="TESTING"))
        wait_until(lambda: listens(self.socket) or self.process.poll() is not None, "it listens")
        assert self.process.poll() is None, "%s ended with %d" % (self.command, self.process.returncode)

    def end(self, number):
        self.process.send_signal(number)
        return self.process.wait(60)


class UnixConnection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(5)
        self.sock.connect(self.host)


def takes_forwarding(program):
    """Whether it answers the handshake of a forwarder."""
    connection = UnixConnection(program.socket)
    try:
        connection.request("GET", "/api/v1/forward?stream=%032x&name=x&after=0" % 1, headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def make_receiver(folder, bridge, collector):
    """The bridge itself, as soon as it takes what others forward on its port."""
    receiver = Program(folder, "bridge", lambda database, listen: [bridge, "--database", database, "--listen", listen])
    receiver.start()
    if takes_forwarding(receiver):
        return receiver
    receiver.end(signal.SIGTERM)
    receiver = Program(folder, "collector", lambda database, listen: [collector, database, listen])
    receiver.start()
    return receiver


@contextlib.contextmanager
def load_on(program, numbers):
    senders = [Sender(program.socket, numbers) for _ in range(2)]
    for each in senders:
        each.start()
    yield
    for each in senders:
        each.going = False
    for each in senders:
        each.join()


def newest_of(sender):
    ((newest,),) = ask(sender.database, "SELECT max(id) FROM entry")
    return newest


def catch_up(receiver, newest):
    reached, end = 0, time.monotonic() + PATIENCE
    while reached < newest:
        assert time.monotonic() < end, "the receiver stays at %d of %d" % (reached, newest)
        time.sleep(0.05)
        ((now,),) = ask(receiver.database, "SELECT coalesce(max(origin_id), 0) FROM entry")
        if now > reached:
            reached, end = now, time.monotonic() + PATIENCE


def rows(program, sql, newest):
    with contextlib.closing(sqlite3.connect(program.database)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint=0")
        yield from connection.execute(sql, (newest,))


def compare(sender, receiver, newest):
    """In step: a name comes once in the first one's database, so it does in the other."""
    count = 0
    for sent, received in itertools.zip_longest(rows(sender, OWN, newest), rows(receiver, FOREIGN, newest)):
        assert sent == received, "behind %d records %s was sent, and %s is there" % (count, sent, received)
        count += 1
    assert ask(receiver.database, "SELECT count(*) FROM entry WHERE flags & 2") == [(0,)], "something was declared missing"
    for program in (sender, receiver):
        assert ask(program.database, "PRAGMA integrity_check") == [("ok",)]
    return count


def main():
    bridge, collector = map(os.path.abspath, sys.argv[1:3])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 6
    rnd = random.Random(4711)
    numbers = itertools.count()
    with tempfile.TemporaryDirectory(prefix="psherald-forward-kill-") as folder:
        receiver = make_receiver(folder, bridge, collector)
        sender = Program(folder, "sender", lambda database, listen: [
            bridge, "--database", database, "--listen", listen, "--forward", "http:unix:" + receiver.socket])
        sender.start()
        for number in range(rounds):
            victims = ([sender], [receiver], [sender, receiver])[number % 3]
            with load_on(sender, numbers):
                time.sleep(rnd.uniform(0.05, 0.6))  # not for any condition: the kill has to come at a moment that nobody chose
                for victim in victims:
                    victim.end(signal.SIGKILL)
            for victim in reversed(victims):
                victim.start()
        with load_on(sender, numbers):
            time.sleep(0.1)
        newest = newest_of(sender)  # as it ends, it says so in its log: that stays for the next start
        catch_up(receiver, newest)
        assert sender.end(signal.SIGTERM) == 0
        assert receiver.end(signal.SIGTERM) == 0
        count = compare(sender, receiver, newest)
        print("%d kills, %d records in both databases, by %s" % (rounds, count, os.path.basename(receiver.command[0])))


if __name__ == "__main__":
    main()
