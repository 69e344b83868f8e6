#!/usr/bin/env python3
"""A model of ps.herald 1.4.2's bridge, which takes what psherald forwards: every record once, in order, harmless.

    old_bridge_test.py SENDER [RECORDS]
"""
import io
import os
import pickle
import pickletools
import socket
import struct
import subprocess
import sys
import threading
import time

DEADLINE = 300
COMMIT = 0.004  # seconds: that bridge commits each record by itself, and reads nothing meanwhile
RATE = 1000  # more than it can take: what it does not read has to wait, whole

KEYS = ("name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created msecs relativeCreated thread "
        "threadName processName process PRODUKT_ID SYSTEM_ID SUB_SYSTEM_ID SUB_SUB_SYSTEM_ID USER_SPEC_1 USER_SPEC_2 api_version package_version").split()
ALLOWED = set("EMPTY_DICT MARK SETITEMS STOP NONE BINUNICODE BININT1 BININT2 BININT LONG BINFLOAT".split())


class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        raise AssertionError("a frame names %s.%s" % (module, name))


class OldBridge(threading.Thread):
    """Reads as the original does: one recv() for the length, one for the frame. What that does not bring whole is lost."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "python://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.records, self.lost, self.connections = [], 0, 0

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            self.connections += 1
            with connection:
                self.serve(connection)

    def serve(self, connection):
        while True:
            head = connection.recv(4)
            if len(head) < 4:
                self.lost += len(head) > 0
                return
            (size,) = struct.unpack(">L", head)
            frame = connection.recv(size)
            if len(frame) < size:
                self.lost += 1  # and from here on nothing that it reads means anything
                return
            self.records.append(frame)
            time.sleep(COMMIT)


def check(frame, number):
    foreign = {opcode.name for opcode, _, _ in pickletools.genops(frame)} - ALLOWED
    assert not foreign, "frame %d has opcodes %s" % (number, foreign)
    record = Unpickler(io.BytesIO(frame)).load()
    assert list(record) == KEYS, "frame %d has the keys %s" % (number, list(record))
    assert len(frame) < 60 * 1024, "frame %d has %d bytes" % (number, len(frame))
    assert record["msg"].split(" ", 1)[0] == str(number), "record %d says %r" % (number, record["msg"][:40])


def main():
    sender, count = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    bridge = OldBridge()
    bridge.start()
    began = time.monotonic()
    ended = subprocess.run([sender, bridge.url, str(count), str(RATE)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE, universal_newlines=True)
    took = time.monotonic() - began
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stderr == "", ended.stderr
    assert bridge.lost == 0, "%d frames came in pieces" % bridge.lost
    assert len(bridge.records) == count, "%d records of %d" % (len(bridge.records), count)
    for number, frame in enumerate(bridge.records):
        check(frame, number)
    assert bridge.connections == 1
    print("%d records, each once, in order, whole, in %.0f s" % (count, took))


if __name__ == "__main__":
    main()
