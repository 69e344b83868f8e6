#!/usr/bin/env python3
"""kill -9 of ps_bridge under load, many times: what was stored stays, nothing is stored twice, the file is always whole.

Where strace can do it, the bridge is also killed at its first write to a file, at its second, and so on: at each place of
opening, of a commit and of a checkpoint.

    kill_test.py PS_BRIDGE [ROUNDS]
"""
import contextlib
import itertools
import logging.handlers
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

DEADLINE = 30  # seconds for anything that has to happen at all


def wait_until(condition, what):
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain until " + what)
        time.sleep(0.005)


def listens(path):
    """Its name in the folder is there a moment before."""
    with contextlib.suppress(OSError), contextlib.closing(socket.socket(socket.AF_UNIX)) as connection:
        connection.connect(path)
        return True
    return False


class Sender(threading.Thread):
    """Sends numbered records as fast as it can, over an unmodified SocketHandler, until the bridge is gone."""

    def __init__(self, path, numbers):
        super().__init__(daemon=True)
        self.path, self.numbers = path, numbers
        self.going = True

    def run(self):
        handler = logging.handlers.SocketHandler(self.path, None)
        handler.createSocket()
        try:
            while self.going and handler.sock is not None:
                record = logging.makeLogRecord({"name": "kill", "levelno": 20, "levelname": "INFO", "msg": "record %d" % next(self.numbers)})
                handler.sock.sendall(handler.makePickle(record))
        except OSError:
            pass  # the bridge was killed: that is the point
        finally:
            handler.close()


def ask(database, sql, *values):
    with contextlib.closing(sqlite3.connect(database, timeout=DEADLINE)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint=0")
        return connection.execute(sql, values).fetchall()


def stored_messages(database, behind=0):
    return [text for (text,) in ask(database, "SELECT message FROM log WHERE id > ? AND name = 'kill' ORDER BY id", behind)]


def run_bridge(program, directory, socket_path, database, under=()):
    return subprocess.Popen([*under, program, "--database", database, "--listen", "unix:" + socket_path], cwd=directory,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL if under else None, env=dict(os.environ, DEV_STAGE="TESTING"))


def start_bridge(program, directory, socket_path, database):
    bridge = run_bridge(program, directory, socket_path, database)
    wait_until(lambda: listens(socket_path) or bridge.poll() is not None, "the bridge listens")
    if bridge.poll() is not None:
        raise AssertionError("ps_bridge ended with %d instead of listening" % bridge.returncode)
    return bridge


def one_round(program, directory, numbers, before, pause):
    database, socket_path = os.path.join(directory, "herald.sqlite"), os.path.join(directory, "bridge.socket")
    if os.path.exists(socket_path):
        os.unlink(socket_path)
    bridge = start_bridge(program, directory, socket_path, database)
    ((newest,),) = ask(database, "SELECT coalesce(max(id), 0) FROM log")
    senders = [Sender(socket_path, numbers) for _ in range(4)]
    for sender in senders:
        sender.start()
    wait_until(lambda: ask(database, "SELECT 1 FROM log WHERE id > ? AND name = 'kill' LIMIT 1", newest), "the first records of this round are stored")
    time.sleep(pause)  # not for any condition: the kill has to come at a moment that nobody chose
    seen = before + stored_messages(database, newest)
    bridge.send_signal(signal.SIGKILL)
    bridge.wait()
    for sender in senders:
        sender.going = False
        sender.join()
    after = stored_messages(database)
    check(database, before, after)
    assert after[:len(seen)] == seen, "records that had been read are gone"
    return after


def check(database, before, after):
    assert ask(database, "PRAGMA integrity_check") == [("ok",)]
    assert after[:len(before)] == before, "records of earlier rounds are gone or changed"
    assert len(set(after)) == len(after), "a record is stored twice"


def killed_at(number, program, directory, numbers, before):
    database, socket_path = os.path.join(directory, "herald.sqlite"), os.path.join(directory, "bridge.socket")
    if os.path.exists(socket_path):
        os.unlink(socket_path)
    calls = "pwrite64,fdatasync,ftruncate"
    bridge = run_bridge(program, directory, socket_path, database,
                        ("strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=" + calls, "-e", "inject=%s:signal=KILL:when=%d" % (calls, number)))
    wait_until(lambda: listens(socket_path) or bridge.poll() is not None, "the bridge listens or is killed")
    senders = []
    if bridge.poll() is None:
        senders = [Sender(socket_path, numbers) for _ in range(2)]
        for sender in senders:
            sender.start()
    bridge.wait(DEADLINE)
    for sender in senders:
        sender.going = False
        sender.join()
    if not os.path.exists(database) or ask(database, "SELECT count(*) FROM sqlite_master") == [(0,)]:
        assert not before, "the database is gone"
        return before
    after = stored_messages(database)
    check(database, before, after)
    return after


def strace_can_kill():
    return shutil.which("strace") and subprocess.run(["strace", "-qq", "-o", os.devnull, "-e", "inject=uname:signal=KILL", "true"],
                                                     stderr=subprocess.DEVNULL).returncode == 0


def main():
    program, rounds = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20
    rnd = random.Random(4711)
    numbers = itertools.count()
    with tempfile.TemporaryDirectory(prefix="psherald-kill-") as directory:
        stored = []
        for _ in range(rounds):
            stored = one_round(program, directory, numbers, stored, rnd.uniform(0, 0.15))
        print("%d kills, %d records stored, none twice, none lost once stored" % (rounds, len(stored)))
    if not strace_can_kill():
        return print("no strace here that may kill: not killed at each write")
    with tempfile.TemporaryDirectory(prefix="psherald-kill-") as directory:
        stored = []
        for number in range(1, rounds + 1):  # a database has some fifty writes behind it before it has a record
            stored = killed_at(3 * number, program, directory, numbers, stored)
        stored = one_round(program, directory, numbers, stored, 0)
        for number in range(1, 2 * rounds + 1):
            stored = killed_at(number, program, directory, numbers, stored)
        print("killed at %d writes, %d records stored, none twice, none lost once stored" % (3 * rounds, len(stored)))


if __name__ == "__main__":
    main()
