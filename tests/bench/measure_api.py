#!/usr/bin/env python3
"""What the JSON API takes, over a database that is there already.

    measure_api.py PROGRAMS DATABASE

Prints the whole requests as a client sees them, on loopback. A record of the database is never changed; some are added.
"""
import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM = os.path.join(sys.argv[1], "psherald")
DATABASE = os.path.abspath(sys.argv[2])


def resident_mib(pid):
    with open("/proc/%d/status" % pid) as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) / 1024


class Client:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def get(self, path):
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status, body)
        return body


def times_of(client, path, times):
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        client.get(path)
        taken.append(1000 * (time.perf_counter() - begun))
    taken.sort()
    return "median %.2f ms, 99 of 100 within %.2f ms" % (statistics.median(taken), taken[len(taken) * 99 // 100])


def load(port, path, seconds, clients):
    """Requests in a second, by processes of their own: one of Python cannot ask as fast as it is answered."""
    code = ("import socket,sys,time\n"
            "s=socket.create_connection(('127.0.0.1',%d)); r=b'GET %s HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n'\n"
            "end=time.time()+%f; n=0\n"
            "while time.time()<end:\n"
            "  s.sendall(r); d=s.recv(65536); h=d.index(b'\\r\\n\\r\\n'); k=d.lower().index(b'content-length: ')\n"
            "  left=int(d[k+16:d.index(b'\\r',k)])-(len(d)-h-4)\n"
            "  while left>0: left-=len(s.recv(1<<20))\n"
            "  n+=1\n"
            "print(n)\n") % (port, path, seconds)
    processes = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(clients)]
    return sum(int(process.communicate()[0]) for process in processes) / seconds


def main():
    folder = tempfile.mkdtemp(prefix="psherald-api-")
    service = subprocess.Popen([PROGRAM, "up", "--database", DATABASE, "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0"], cwd=folder,
                               stdout=subprocess.PIPE, text=True)
    port = 0
    for line in service.stdout:
        if line.startswith("The page:"):
            port = int(line.rstrip("/\n").rpartition(":")[2])
        if line.startswith("Ctrl-C"):
            break
    client = Client(port)
    print("records:", client.get("/api/v1/stats").decode())
    client.get("/api/v1/records")
    idle = resident_mib(service.pid)
    for name, path in (("newest 50", "/api/v1/records"), ("newest 50 errors", "/api/v1/records?q=level>=error"), ("a text", "/api/v1/records?q=4711382"),
                       ("count of errors", "/api/v1/count?q=level>=error"), ("histogram", "/api/v1/histogram"), ("facets", "/api/v1/facets"),
                       ("patterns", "/api/v1/patterns"), ("around", "/api/v1/around/5000")):
        print("%-18s %s" % (name, times_of(client, path, 20 if name == "patterns" else 200)), flush=True)
    for clients in 1, 2, 4:
        print("newest 50, %d at once: %.0f requests a second" % (clients, load(port, "/api/v1/records", 3, clients)), flush=True)
    highest = [0.0]
    watching = True

    def watch_memory():
        while watching:
            highest[0] = max(highest[0], resident_mib(service.pid))
            time.sleep(0.05)

    watcher = threading.Thread(target=watch_memory)
    watcher.start()
    begun = time.perf_counter()
    client.connection.request("GET", "/api/v1/records?format=ndjson")
    answer = client.connection.getresponse()
    lines = bytes_read = 0
    for piece in iter(lambda: answer.read(1 << 20), b""):
        lines += piece.count(b"\n")
        bytes_read += len(piece)
    took = time.perf_counter() - begun
    watching = False
    watcher.join()
    print("export: %d records, %.0f a second, %.0f MB; memory %.0f MiB idle, at most %.0f" % (lines, lines / took, bytes_read / 1e6, idle, highest[0]))
    service.terminate()
    service.wait()


main()
