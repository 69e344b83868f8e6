#!/usr/bin/env python3
"""Writes COUNT frames of logging.handlers.SocketHandler to FILE: what 20 systems with 200 places that log would send.

    make_frames.py FILE COUNT

Messages of about 90 bytes, a traceback of 1 to 2 KB in one of twenty, the six names of ps.basic. The same COUNT gives the
same records but for the interpreter's own pickling.
"""
import logging
import logging.handlers
import random
import sys

WORDS = ("order payment customer invoice batch worker queue retry cache index document upload session token user account "
         "request response database connection transaction commit rollback timeout schedule import export parse template "
         "mail report archive lock state machine service endpoint partner delivery stock price catalog search result page "
         "limit threshold failed finished started received waiting skipped duplicate missing unknown invalid expired").split()
START = 1_790_000_000.0
DAYS = 10

PARAMETERS = [
    ("order=%d", lambda r: r.randint(10_000_000, 99_999_999)),
    ("user=%s", lambda r: "user%04d" % r.randint(0, 4999)),
    ("took %.3f ms", lambda r: r.expovariate(0.01)),
    ("request=%s", lambda r: "%012x" % r.getrandbits(48)),
    ("from %s", lambda r: "10.%d.%d.%d" % (r.randint(0, 9), r.randint(0, 255), r.randint(1, 254))),
    ("status=%d", lambda r: r.choice((200, 201, 204, 302, 400, 404, 500))),
]


def make_sites(rnd):
    files = ["/srv/apps/%s/%s/%s.py" % tuple(rnd.choices(WORDS, k=3)) for _ in range(60)]
    for number in range(200):
        parameters = rnd.sample(PARAMETERS, rnd.randint(1, 4))
        text = " ".join(rnd.choices(WORDS, k=rnd.randint(3, 9))).capitalize()
        yield {
            "name": ".".join(rnd.choices(WORDS, k=2)),
            "level": rnd.choices((10, 20, 30, 40, 50), (45, 40, 9, 5, 1))[0],
            "pathname": files[number % len(files)],
            "lineno": rnd.randint(5, 900),
            "msg": text + " " + " ".join(p[0] for p in parameters),
            "args": [p[1] for p in parameters],
            "func": "_".join(rnd.choices(WORDS, k=2)),
            "version": "%d.%d.%d" % (rnd.randint(0, 4), rnd.randint(0, 20), rnd.randint(0, 9)),
        }


def make_systems(rnd):
    for number in range(20):
        hosts = ["%s_%d" % (rnd.choice(WORDS).upper(), i) for i in range(rnd.randint(1, 4))]
        yield {"id": "SYS_%02d" % number, "hosts": hosts, "thread": 140_000_000_000_000 + rnd.getrandbits(30), "product": "PROD_%d" % (number % 4)}


def traceback(rnd, sites):
    lines = ["Traceback (most recent call last):"]
    for _ in range(rnd.randint(8, 20)):
        lines.append('  File "%s", line %d, in %s' % (rnd.choice(sites)["pathname"], rnd.randint(1, 900), "_".join(rnd.choices(WORDS, k=2))))
        lines.append("    %s = self.%s(%s, %s)" % tuple(rnd.choices(WORDS, k=4)))
    lines.append("ValueError: %s %s %d" % (*rnd.choices(WORDS, k=2), rnd.randint(1, 10**6)))
    return "\n".join(lines)


def make_record(rnd, site, system, created, sites):
    record = logging.LogRecord(site["name"], site["level"], site["pathname"], site["lineno"], site["msg"],
                               tuple(make(rnd) for make in site["args"]), None, site["func"])
    record.created = created
    record.msecs = created % 1 * 1000
    record.relativeCreated = (created - START) * 1000 % 1e8
    record.process = 1000 + int(system["id"][4:]) * 37
    record.thread = system["thread"]
    record.threadName = "MainThread" if rnd.random() < 0.8 else "Thread-%d" % rnd.randint(1, 8)
    record.PRODUKT_ID = system["product"]
    record.SYSTEM_ID = system["id"]
    record.SUB_SYSTEM_ID = rnd.choice(system["hosts"])
    record.SUB_SUB_SYSTEM_ID = "None"
    record.USER_SPEC_1 = "None" if rnd.random() < 0.9 else "tenant_%d" % rnd.randint(1, 10)
    record.USER_SPEC_2 = "None"
    record.package_version = site["version"]
    if rnd.random() < 0.05:
        record.exc_text = traceback(rnd, sites)
    return record


def main(path, count):
    rnd = random.Random(7)
    sites, systems = list(make_sites(rnd)), list(make_systems(rnd))
    site_weights = [1 / (1 + i) ** 0.7 for i in range(len(sites))]
    system_weights = [1 / (1 + i) ** 0.8 for i in range(len(systems))]
    handler = logging.handlers.SocketHandler("127.0.0.1", 1)
    step = DAYS * 86400 / count
    with open(path, "wb", buffering=1 << 20) as out:
        chosen = zip(rnd.choices(sites, site_weights, k=count), rnd.choices(systems, system_weights, k=count))
        for number, (site, system) in enumerate(chosen):
            out.write(handler.makePickle(make_record(rnd, site, system, START + number * step, sites)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
