# -*- coding: utf-8 -*-
"""Pickles values of many types with the running Python, and says how psherald has to write each in `extra`.

    for python in python2.7 python3.6 ... python3.13; do $python make_values.py values.jsonl; done

Adds its lines to the file, but for pickles that stand there already, written by an older Python. A line is a JSON object:
  case      what it is
  python    the interpreter that wrote it first
  protocol  the pickle protocol
  pickle    in hexadecimal: the dict {"msg": "m", "value": VALUE}
  value     what the member "value" of `extra` has to be

How people read a datetime, Decimal, UUID, path, complex, bytes ... is what str() or repr() of this Python says. What has no
such form stands in the list below with the text that is to come out.
"""
from __future__ import unicode_literals

import binascii
import collections
import datetime
import decimal
import fractions
import io
import json
import math
import os
import pickle
import sys
import uuid

PY2 = sys.version_info[0] == 2
text = type("")
long_int = int if not PY2 else long  # noqa: F821


def readable(value):
    """What stands in `extra` for the value."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, long_int)):
        if -(2**63) <= value < 2**63:
            return value
        return text(value) if abs(value) < 10**4300 else "<int of %d digits>" % len(text(abs(value)))
    if isinstance(value, float):
        return value if not math.isnan(value) and not math.isinf(value) else text(value)
    if isinstance(value, text):
        return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in value)
    if isinstance(value, bytes) and PY2:
        return value.decode("ascii")
    if isinstance(value, (bytes, bytearray)):
        return text(repr(bytes(value))) if not PY2 else "b" + text(repr(bytes(value)))
    if isinstance(value, (list, tuple, set, frozenset, collections.deque)):
        return [readable(v) for v in value]
    if isinstance(value, dict):
        return collections.OrderedDict((key(k), readable(v)) for k, v in value.items())
    return text(value)  # datetime, Decimal, UUID, path, complex


def key(value):
    return value if isinstance(value, text) else text(repr(value))


class Plain(object):
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slots(object):
    __slots__ = ("a", "b")


class Text(text):
    pass


class List(list):
    pass


class Dict(dict):
    pass


class Error(Exception):
    pass


Point = collections.namedtuple("Point", "x y")


def with_state(made, **attributes):
    made.__dict__.update(attributes)
    return made


def slots():
    made = Slots()
    made.a, made.b = 1, "two"
    return made


def loops():
    """A list and a dict within themselves."""
    a = [1]
    a.append(a)
    d = {"d": None}
    d["d"] = d
    return a, d


def cases():
    """(name, value) for what readable() knows, (name, value, expected) for the rest; with further expectations for protocols
    0 and 1, and 2, where they differ."""
    yield "none", None
    yield "true", True
    yield "false", False
    for n in (0, 1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, -1, -128, -(2**31), -(2**31) - 1, 2**32, 2**62, -(2**62),
              2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, -(2**64), 10**30, -(10**30), 255 * 256**8, 256**9 - 1,
              -(256**9), 2**2040 - 1, -(2**2039), 2**2048):
        yield "int of %d bits" % n.bit_length(), n
    yield "int of 4300 digits", 10**4299
    yield "int of 4301 digits", 10**4300
    yield "negative int of 4301 digits", -(10**4300)
    for f in (0.0, -0.0, 1.0, 0.1, -2.5, 1e16, 1e-7, 1e300, 5e-324, 1.7976931348623157e308, float("nan"), float("inf"),
              -float("inf")):
        yield "float %r" % f, f
    for name, t in (("empty", ""), ("plain", "plain"), ("quotes", "'\"\\"), ("controls", "\x00\x01\t\r\n\x1a\x1b\x7f"),
                    ("latin", "Z\xfcrich \x80\xff"), ("euro", "\u20ac\ufffd\uffff"), ("rocket", "\U0001f680"),
                    ("escapes", "\\u0041 \\\\u0041 \\x41 \\n"), ("300 characters", "x" * 300)):
        yield "text, " + name, t
    if not PY2:
        yield "text, lone surrogate", "a\udc80z"
        yield "text, surrogates", "\udc80\udc81"
    for name, b in (("empty", b""), ("plain", b"plain"), ("every byte", bytes(bytearray(range(256)))),
                    ("quotes", b"it's \"quoted\""), ("apostrophe", b"it's"), ("300 bytes", b"\xfe" * 300)):
        if not PY2:
            yield "bytes, " + name, b
        yield "bytearray, " + name, bytearray(b)
    if PY2:
        yield "str", b"plain"
        yield "str with quotes", b"it's \"quoted\"\n\t\\"
        yield "str of UTF-8", "Z\xfcrich".encode("utf-8"), "Z\xfcrich"
        yield "str of Latin-1", "Z\xfcrich".encode("latin-1"), "Z\ufffdrich"
        yield "str of 300 bytes", b"\xff" * 300, "\ufffd" * 300

    yield "list", [1, "two", 3.5, None, [True, []]]
    yield "tuples", [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)]
    yield "list of 1001", list(range(1001))
    yield "dict", {"a": {"b": {}}}
    yield "key int", {1: "one"}
    yield "key none", {None: 1}
    yield "key bool", {True: 1}
    yield "key float", {1.5: 1}
    yield "key tuple", {(1, (2, None)): 1}
    yield "key frozenset", {frozenset([1]): 1}, {"frozenset({1})": 1}
    yield "key date", {datetime.date(2024, 2, 29): 1}, {"2024-02-29": 1}
    yield "set", {1}
    yield "empty set", set()
    yield "frozenset", frozenset([2])
    yield "empty frozenset", frozenset()
    yield "deque", collections.deque([1, 2])
    yield "deque with bound", collections.deque([1, 2], 5)
    yield "OrderedDict", collections.OrderedDict([("x", 1), ("y", [2])])
    yield "empty OrderedDict", collections.OrderedDict()
    yield "Counter", collections.Counter("a")
    yield "defaultdict", collections.defaultdict(list, {"a": [1]})
    same = ["same"]
    yield "shared", [same, same, {"s": same}]
    a, d = loops()
    yield "list within itself", a, [1, "..."]
    yield "dict within itself", d, {"d": "..."}

    yield "datetime", datetime.datetime(2024, 2, 29, 12, 30, 45, 123456)
    yield "datetime without microseconds", datetime.datetime(1, 1, 1)
    yield "datetime, last", datetime.datetime.max
    yield "date", datetime.date(2024, 2, 29)
    yield "date, last", datetime.date.max
    yield "time", datetime.time(23, 59, 59, 999999)
    yield "time, midnight", datetime.time()
    for t in ((0, 0, 0), (1, 2, 0), (-1, 0, 0), (2, 3661, 7), (0, 59, 999999), (-999999999, 0, 0), (999999999, 86399, 999999)):
        yield "timedelta", datetime.timedelta(*t)
    for t in ("12.50", "-0", "1E+10", "NaN", "-Infinity", "0.00", "123456789012345678901234567890.5"):
        yield "Decimal", decimal.Decimal(t)
    for n in (0, 1, 2**128 - 1, 0x12345678123456781234567812345678):
        yield "UUID", uuid.UUID(int=n)
    for c in (1 + 2j, 0j, -1.5j, complex(1, -2.5), complex(-0.0, 1), complex(float("nan"), float("-inf"))):
        yield "complex", c
    yield ("Fraction", fractions.Fraction(1, 3),
           "<fractions.Fraction 1 3>" if sys.version_info >= (3, 11) else "<fractions.Fraction '1/3'>")
    if sys.version_info >= (3, 2):
        utc, plus = datetime.timezone.utc, datetime.timezone(datetime.timedelta(hours=2))
        minus = datetime.timezone(-datetime.timedelta(hours=3, minutes=30))
        named = datetime.timezone(datetime.timedelta(hours=1), "CET")
        for zone in (utc, plus, minus, named):
            yield "datetime with zone", datetime.datetime(2024, 2, 29, 12, 30, tzinfo=zone)
            yield "time with zone", datetime.time(12, 30, tzinfo=zone)
            yield "timezone", zone
        yield "datetime, fold", datetime.datetime(2024, 10, 27, 2, 30, fold=1)
        yield "time, fold", datetime.time(2, 30, fold=1)
    if sys.version_info >= (3, 7):
        yield "timezone of seconds", datetime.timezone(datetime.timedelta(seconds=-3661))
    if sys.version_info >= (3, 9):
        import zoneinfo
        zone = zoneinfo.ZoneInfo("UTC")
        yield "ZoneInfo", zone, "<zoneinfo.ZoneInfo._unpickle 'UTC' 1>"
        yield "datetime with ZoneInfo", datetime.datetime(2024, 7, 1, 12, tzinfo=zone), "2024-07-01 12:00:00 UTC"
    if sys.version_info >= (3, 4):
        import pathlib
        for p in (pathlib.PurePosixPath("/srv/a b/c.txt"), pathlib.PurePosixPath("a/b"), pathlib.PurePosixPath(),
                  pathlib.PurePosixPath("/"), pathlib.PureWindowsPath("c:/x", "y"), pathlib.PureWindowsPath("//host/share/f"),
                  pathlib.PurePosixPath("a", "/b", "c"), pathlib.PurePath("a"), pathlib.Path("/tmp")):
            yield "path", p
        import ipaddress
        import types
        yield "IPv4Address", ipaddress.ip_address("10.0.0.1"), "<ipaddress.IPv4Address 167772161>"
        yield "SimpleNamespace", types.SimpleNamespace(a=1), "<types.SimpleNamespace a=1>"

    if sys.version_info >= (3, 6):
        for e in (Color.RED, Color.GREEN, Number.TWO, Access.READ, Access.READ | Access.WRITE):
            yield "Enum", e, "<__main__.%s %r>" % (type(e).__name__, e.value)

    yield "object", with_state(Plain(), a=1), "<__main__.Plain a=1>"
    yield "object without state", Plain(), "<__main__.Plain>"
    yield "object with a container", with_state(Plain(), a=["x", {"k": (1,)}]), "<__main__.Plain a=['x', {'k': (1,)}]>"
    yield "object in a list", [with_state(Plain(), t="it's")], ["<__main__.Plain t=\"it's\">"]
    yield "exception", ValueError("no", 1), "<builtins.ValueError 'no' 1>"
    yield "exception of its own", Error("no"), "<__main__.Error 'no'>"
    yield "exception with attributes", with_state(Error("no"), code=7), "<__main__.Error 'no' code=7>"
    yield "list with a class", List([1, 2]), "<__main__.List 1 2>", "<__main__.List [1, 2]>"
    yield "dict with a class", Dict({"a": 1}), "<__main__.Dict a=1>", "<__main__.Dict {'a': 1}>"
    yield "class", Plain, "<__main__.Plain>"
    yield "function", len, "<builtins.len>"
    yield "type", float, "<builtins.float>"
    if not PY2:
        name = "<builtins.%srange 1 5 1>"  # for Python 2 a range of Python 3 has another name
        yield "range", range(1, 5), name % "", name % "x", name % "x"
        yield "text with a class", Text("t"), "<__main__.Text 't'>"
        yield "nested class", Nested.Inner, "<__main__.Nested.Inner>"
        yield "object of a nested class", Nested.Inner(), "<__main__.Nested.Inner>"
        yield "method", "x".join, "<builtins.getattr 'x' 'join'>"


def protocols_of(name, value):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        try:
            yield protocol, pickle.dumps({"msg": "m", "value": value}, protocol)
        except (TypeError, pickle.PicklingError):
            pass  # before protocol 2 there is no way to write some


def expected_of(case, protocol):
    if len(case) == 2:
        return readable(case[1])
    if protocol == 2 and len(case) == 5:
        return case[4]
    return case[3] if protocol < 2 and len(case) > 3 else case[2]


class Nested(object):
    class Inner(object):
        pass


if sys.version_info >= (3, 6):
    import enum

    class Color(enum.Enum):
        RED = 1
        GREEN = "green"

    class Number(enum.IntEnum):
        TWO = 2

    class Access(enum.Flag):
        READ = 4
        WRITE = 8


def main(path):
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    seen = set()
    if os.path.exists(path):
        with io.open(path, encoding="ascii") as lines:
            seen.update((line["case"], line["protocol"], line["pickle"]) for line in map(json.loads, lines))
    with io.open(path, "a", encoding="ascii", newline="\n") as out:
        for case in cases():
            name, value = case[:2]
            for protocol, pickled in protocols_of(name, value):
                pickled = binascii.hexlify(pickled).decode("ascii")
                if (name, protocol, pickled) in seen:
                    continue
                expected = expected_of(case, protocol)
                line = collections.OrderedDict([("case", name), ("python", "%d.%d.%d" % sys.version_info[:3]),
                                                ("protocol", protocol), ("pickle", pickled), ("value", expected)])
                out.write(text(json.dumps(line)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
