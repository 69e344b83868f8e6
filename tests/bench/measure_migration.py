#!/usr/bin/env python3
"""Prints what it costs to take over, or to show, a database of ps.herald 1.4.2.

    measure_migration.py PROGRAMS FILE

make_ps_herald.py makes a FILE, which stays as it is.
"""
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

PROGRAMS, FILE = map(os.path.abspath, sys.argv[1:3])
MIB = 1 << 20


def size_of(folder):
    return sum(os.path.getsize(os.path.join(root, name)) for root, _, names in os.walk(folder) for name in names if os.path.exists(os.path.join(root, name)))


def rows_of(path):
    connection = sqlite3.connect("file:%s?mode=ro&immutable=1" % path, uri=True)
    try:
        return connection.execute("SELECT count(*) FROM log").fetchone()[0]
    finally:
        connection.close()


def run(folder, ready, *command):
    """Runs it until its log says that it is ready: seconds, its usage of resources, and the most that lay in the folder."""
    environment = dict(os.environ, DEV_STAGE="PRODUCTION", TMPDIR=folder, SQLITE_TMPDIR=folder)
    begin, most = time.monotonic(), 0
    process = subprocess.Popen([os.path.join(PROGRAMS, command[0]), "--listen", "127.0.0.1:0", *command[1:]], cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    log = os.path.join(folder, "LOG", command[0] + ".log")
    while not (os.path.exists(log) and ready in open(log).read()):
        if process.poll() is not None:
            sys.exit("%s ended with %d" % (command[0], process.returncode))
        most = max(most, size_of(folder))
        time.sleep(0.05)
    if command[0] == "ps_herald":
        address = open(log).read().rpartition(ready)[2].split()[0]
        urllib.request.urlopen("http://%s/" % address).read()
    seconds = time.monotonic() - begin
    process.terminate()
    usage = os.wait4(process.pid, 0)[2]
    return seconds, usage, most


def tell(what, rows, size, seconds, usage, most):
    cpu = usage.ru_utime + usage.ru_stime
    print("%s: %d rows, %d MiB, in %.1f s (%.1f s of a processor): %d rows/s (%d); memory %d MiB; on the disk at most %d MiB"
          % (what, rows, size / MIB, seconds, cpu, rows / seconds, rows / cpu, usage.ru_maxrss / 1024, most / MIB))


def main():
    rows, size = rows_of(FILE), os.path.getsize(FILE)
    with tempfile.TemporaryDirectory() as folder:
        tell("first page by --use", rows, size, *run(folder, "serving the page on ", "ps_herald", "--use", FILE))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "herald.sqlite")
        shutil.copy(FILE, path)
        tell("migrated", rows, size, *run(folder, "receiving records on ", "ps_bridge"))
        print("the file: %d MiB before, %d MiB after" % (size / MIB, os.path.getsize(path) / MIB))


if __name__ == "__main__":
    main()
