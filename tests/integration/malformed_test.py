#!/usr/bin/env python3
"""Requests that are none, from a raw socket: each is refused or closed, and what follows it is never read as another.

    malformed_test.py PROGRAMS
"""
import socket
import unittest

from programs import ProgramTest, main

SERVING = "ps_herald_d", "serving the page"

# What follows each: another reader of the same bytes may take it for a request of its own.
SMUGGLED = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
TARGETS = ["/", "/hello", "/record/1", "/rm_logs", "/angular/list?num_records=1", "/healthz", "/login", "/nothing", "/static/page.css",
           "/?pattern=%00", "/%2e%2e/etc/passwd", "/angular/options"]
METHODS = ["GET", "POST"]


def breaks(method, target):
    """Names and bytes of requests to this target that are wrong in one way each."""
    line = "%s %s HTTP/1.1\r\n" % (method, target)
    host = "Host: localhost\r\n"
    body = "pattern=a"

    def with_headers(*headers, body=body):
        return line + host + "".join(header + "\r\n" for header in headers) + "\r\n" + body
    size = "Content-Length: %d" % len(body)
    yield "two lengths", with_headers(size, "Content-Length: 3")
    yield "a list of lengths", with_headers("Content-Length: 9, 3")
    yield "a length and an encoding", with_headers(size, "Transfer-Encoding: chunked", body="0\r\n\r\n")
    yield "an encoding and a length", with_headers("Transfer-Encoding: chunked", size, body="0\r\n\r\n")
    yield "an encoding", with_headers("Transfer-Encoding: chunked", body="9\r\npattern=a\r\n0\r\n\r\n")
    yield "an encoding that is hidden", with_headers("Transfer-Encoding : chunked", body="0\r\n\r\n")
    yield "an encoding in other letters", with_headers("tRANSFER-eNCODING: \tchunked", body="0\r\n\r\n")
    yield "an encoding of two", with_headers("Transfer-Encoding: gzip, chunked", body="0\r\n\r\n")
    yield "an unknown encoding", with_headers("Transfer-Encoding: xchunked", body="0\r\n\r\n")
    for length in "-1", "+9", "0x9", "9 ", "", "9a", "1e1", "18446744073709551617", "99999999999", "９", "9,", "9;9":
        if length != "9 ":  # space around a value is no part of it
            yield "the length %r" % length, with_headers("Content-Length: " + length)
    yield "a folded line", with_headers("X: a\r\n b")
    yield "a space before the colon", with_headers("X : a")
    yield "no colon", with_headers("X")
    yield "no name", with_headers(": a")
    yield "a name with a space", with_headers("X Y: a")
    yield "NUL in a value", with_headers("X: a\0b")
    yield "a control in a value", with_headers("X: a\x01b")
    yield "a carriage return in a value", with_headers("X: a\rb")
    yield "a line feed alone", (line + host).replace("\r\n", "\n") + "\n"
    yield "one line feed alone", line + "X: a\n" + host + "\r\n"
    yield "no host", line + "\r\n"
    yield "two hosts", with_headers("Host: other")
    yield "an unknown version", "%s %s HTTP/1.2\r\n%s\r\n" % (method, target, host)
    yield "a version of long ago", "%s %s HTTP/0.9\r\n%s\r\n" % (method, target, host)
    yield "no version", "%s %s\r\n%s\r\n" % (method, target, host)
    yield "two spaces", "%s  %s HTTP/1.1\r\n%s\r\n" % (method, target, host)
    yield "a tab", "%s\t%s\tHTTP/1.1\r\n%s\r\n" % (method, target, host)
    yield "a space in the target", "%s %s x HTTP/1.1\r\n%s\r\n" % (method, target, host)
    yield "a fragment", "%s %s#x HTTP/1.1\r\n%s\r\n" % (method, target, host)
    yield "a relative target", "%s %s HTTP/1.1\r\n%s\r\n" % (method, target[1:] or "x", host)
    yield "a method that is no word", "%s( %s HTTP/1.1\r\n%s\r\n" % (method, target, host)
    yield "too many headers", with_headers(*["X: a"] * 100)
    yield "a long header", with_headers("X: " + "a" * 16384)


class Malformed(ProgramTest):
    def ask(self, port, request):
        """All that comes back until the other side closes; nothing when it closed without a word."""
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            try:
                client.sendall(request)
                client.shutdown(socket.SHUT_WR)
                return b"".join(iter(lambda: client.recv(65536), b""))
            except ConnectionError:
                return b""

    def test_each_gets_one_refusal_or_a_close(self):
        service = self.start("ps_herald", "--listen", "127.0.0.1:0")
        port = self.port_of(*SERVING)
        self.assertEqual(self.ask(port, SMUGGLED).count(b"HTTP/1.1 200"), 1)
        tried = 0
        for method in METHODS:
            for target in TARGETS:
                for name, request in breaks(method, target):
                    with self.subTest(name, method=method, target=target):
                        answer = self.ask(port, request.encode("utf-8") + SMUGGLED)
                        tried += 1
                        self.assertLessEqual(answer.count(b"\r\nDate: "), 1, answer)
                        if answer:
                            self.assertIn(int(answer.split()[1]), [*range(400, 500), 501, 505], answer)
        self.assertGreaterEqual(tried, 1000)
        self.assertEqual(self.ask(port, SMUGGLED).count(b"HTTP/1.1 200"), 1)
        self.assertEqual(service.end(), 0)


if __name__ == "__main__":
    main()
