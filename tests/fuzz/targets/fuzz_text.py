"""Parsers of numbers and of formats: the first byte chooses one, the rest is what it is to read."""
import binascii
import codecs
import datetime
import json
import math
import string
import struct
import _string

from common import TooSlow, text

VALUES = [0, -1, 255, 10 ** 30, 1.5, -0.0, float("inf"), float("nan"), 1e300, 2 - 3j, "text", "\u65e5\u672c", b"bytes", None, True, [1, "x"], {"a": 1, "b": 2.5}]


def small(s, limit=4):
    """Whether no number in it is so long that the result would be huge."""
    run = 0
    for c in s:
        run = run + 1 if c in ("0123456789" if isinstance(s, str) else b"0123456789") else 0
        if run > limit:
            return False
    return True


def numbers(s):
    for base in 10, 0, 2, 16, 36:
        for what in s, s.encode("utf-8", "surrogatepass"):
            try:
                n = int(what, base)
            except ValueError:
                continue
            assert int(str(n)) == n and int(hex(n), 16) == n and int(f"{n:_}") == n


def floats(s):
    for what in s, s.encode("utf-8", "surrogatepass"):
        try:
            x = float(what)
        except ValueError:
            continue
        assert float(repr(x)) == x or math.isnan(x)
        assert float.fromhex(x.hex()) == x or math.isnan(x)
    float.fromhex(s)


def complexes(s):
    z = complex(s)
    assert complex(repr(z)) == z or z != z


def spec(s):
    if small(s):
        for value in VALUES:
            try:
                format(value, s)
            except (ValueError, TypeError, OverflowError):
                pass


def percent(s):
    if small(s):
        for values in *VALUES, tuple(VALUES), (1, 2), (3, "x", 1.5), (b"x", 5):
            for pattern in s, s.encode("utf-8", "surrogatepass"):
                try:
                    pattern % values
                except (ValueError, TypeError, OverflowError, KeyError):
                    pass


def str_format(s):
    if small(s):
        for part in _string.formatter_parser(s):
            pass
        s.format(*VALUES, a=1, b="x", c={"k": [1]})
        string.Formatter().vformat(s, VALUES, {"a": 1})
        s.format_map({"a": 5})


def structs(s):
    if small(s):
        size = struct.calcsize(s)
        if size < 100000:
            values = struct.unpack(s, bytes(size))
            struct.pack(s, *values)
            for value in struct.iter_unpack(s, bytes(size * 3)):
                pass


def hexes(s):
    raw = s.encode("utf-8", "surrogatepass")
    for read in (lambda: bytes.fromhex(s), lambda: bytearray.fromhex(s), lambda: binascii.unhexlify(raw), lambda: binascii.a2b_base64(raw),
                 lambda: binascii.a2b_base64(raw, strict_mode=True), lambda: binascii.a2b_uu(raw), lambda: binascii.a2b_qp(raw)):
        try:
            read()
        except ValueError:
            pass


def jsons(s):
    value = json.loads(s)
    assert json.loads(json.dumps(value)) == value or "NaN" in s
    json.loads(s.encode("utf-8", "surrogatepass"), parse_float=str, object_pairs_hook=list)
    json.dumps(value, indent=1, sort_keys=True)


def escapes(s):
    raw = s.encode("utf-8", "surrogatepass")
    for encoding in "unicode_escape", "raw_unicode_escape", "utf-7", "utf-8", "utf-16", "utf-32", "utf-16-le", "idna", "punycode", "ascii", "cp1252", "gb18030", "iso2022_jp_3", \
                    "shift_jis", "euc_kr", "big5hkscs", "hz":
        for errors in "strict", "replace", "backslashreplace", "surrogateescape", "surrogatepass", "ignore":
            try:
                raw.decode(encoding, errors)
            except (ValueError, IndexError):
                pass
            try:
                s.encode(encoding, errors)
            except ValueError:
                pass
    try:
        codecs.escape_decode(raw)
    except ValueError:
        pass


def dates(s):
    for kind in datetime.date, datetime.datetime, datetime.time:
        try:
            value = kind.fromisoformat(s)
        except ValueError:
            continue
        assert kind.fromisoformat(value.isoformat()) == value
    if small(s):
        datetime.datetime(2000, 1, 2).strftime(s)


KINDS = [numbers, floats, complexes, spec, percent, str_format, structs, hexes, jsons, escapes, dates]


def one(data):
    if data:
        try:
            KINDS[data[0] % len(KINDS)](text(data[1:]))
        except (ValueError, TypeError, OverflowError, KeyError, IndexError, AttributeError, RecursionError, MemoryError, struct.error, TooSlow):
            pass
