#!/usr/bin/env python3
"""A page that many clients hang on to: slow ones, silent ones, and those that are served all the while.

    crowd_test.py PROGRAMS
"""
import http.client
import resource
import socket
import time

from programs import ProgramTest, main

SERVING = "ps_herald_d", "serving the page"
SLOW_HEADS, SLOW_BODIES, IDLE = 200, 200, 500


class Crowd(ProgramTest):
    def setUp(self):
        super().setUp()
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4096), most))

    def open(self, port, first=b""):
        client = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.addCleanup(client.close)
        if first:
            client.sendall(first)
        return client

    def ask(self, port):
        begun = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
        connection.close()
        return status, time.monotonic() - begun

    def test_whoever_asks_is_answered_though_hundreds_hang_on(self):
        service = self.start("ps_herald", "--listen", "127.0.0.1:0")
        port = self.port_of(*SERVING)
        slow = [self.open(port, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ") for _ in range(SLOW_HEADS)]
        slow += [self.open(port, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n") for _ in range(SLOW_BODIES)]
        for _ in range(IDLE):
            self.open(port)
        times = []
        for turn in range(300):
            try:
                slow[turn % len(slow)].sendall(b"a")
            except OSError:
                pass  # it was the one that had said nothing for longest
            status, took = self.ask(port)
            self.assertEqual(status, 200)
            times.append(took)
        times.sort()
        print("/healthz beside %d slow and %d idle clients: median %.1f ms, 99 of 100 within %.1f ms" %
              (len(slow), IDLE, 1000 * times[len(times) // 2], 1000 * times[len(times) * 99 // 100]))
        self.assertEqual(service.end(), 0)


if __name__ == "__main__":
    main()
