#!/usr/bin/env python3
"""kill -9 of ps_bridge under load, many times: what was stored stays, nothing is stored twice, the file is always whole.

    kill_test.py PS_BRIDGE [ROUNDS]
"""
import contextlib
import itertools
import logging.handlers
import os
import random
import signal
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


def start_bridge(program, directory, socket_path, database):
    bridge = subprocess.Popen([program, "--database", database, "--listen", "unix:" + socket_path], cwd=directory,
                              stdout=subprocess.DEVNULL, env=dict(os.environ, DEV_STAGE="TESTING"))
    wait_until(lambda: os.path.exists(socket_path) or bridge.poll() is not None, "the bridge listens")
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
    assert ask(database, "PRAGMA integrity_check") == [("ok",)]
    assert after[:len(before)] == before, "records of earlier rounds are gone or changed"
    assert after[:len(seen)] == seen, "records that had been read are gone"
    assert len(set(after)) == len(after), "a record is stored twice"
    return after


def main():
    program, rounds = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20
    rnd = random.Random(4711)
    numbers = itertools.count()
    with tempfile.TemporaryDirectory(prefix="psherald-kill-") as directory:
        stored = []
        for _ in range(rounds):
            stored = one_round(program, directory, numbers, stored, rnd.uniform(0, 0.15))
        print("%d kills, %d records stored, none twice, none lost once stored" % (rounds, len(stored)))


if __name__ == "__main__":
    main()
