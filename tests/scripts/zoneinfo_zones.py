# zoneinfo: real zones around their transitions, TZ strings, made-up files, caches, messages.
import copy
import datetime as dt
import io
import pickle
import struct
import weakref
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HOUR = dt.timedelta(hours=1)


def show(f, *args, **kwargs):
    try:
        print(repr(f(*args, **kwargs)))
    except Exception as e:
        print(type(e).__name__, e)


for key in "Europe/Berlin America/New_York Europe/Dublin Australia/Lord_Howe Africa/Casablanca Asia/Kolkata America/St_Johns UTC Pacific/Apia Africa/Abidjan".split():
    z = ZoneInfo(key)
    print(z, repr(z), z.utcoffset(None), z.dst(None), z.tzname(None))
    for year in (1, 1883, 1911, 1945, 1969, 1995, 2011, 2024, 2037, 2038, 2100, 9999):
        for month in range(1, 13, 2):
            d = dt.datetime(year, month, 17, 1, 30, tzinfo=z)
            print(d, d.dst(), d.tzname(), end="; ")
    print()
    when = dt.datetime(2024, 1, 1, tzinfo=z)
    while when.year < 2025:  # every change of a year, from both sides
        later = when.replace(tzinfo=None) + 6 * HOUR
        utc = z.fromutc(later.replace(tzinfo=z))
        previous = z.fromutc((later - 6 * HOUR).replace(tzinfo=z))
        if utc.utcoffset() != previous.utcoffset():
            for minutes in range(-120, 600, 30):
                moment = z.fromutc((later - 6 * HOUR + dt.timedelta(minutes=minutes)).replace(tzinfo=z))
                local = (later - 6 * HOUR + dt.timedelta(minutes=minutes)).replace(tzinfo=z)
                print(moment, moment.fold, local.utcoffset(), local.replace(fold=1).utcoffset(), end="; ")
            print()
        when = later.replace(tzinfo=z)


def tzif(text, kinds=((0, 0, b"AAA"),), transitions=()):
    names, records = b"", b""
    for offset, summer, name in kinds:
        records += struct.pack(">lbb", offset, summer, len(names))
        names += name + b"\0"
    head = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 0, 0, 0) + struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, len(transitions), len(kinds), len(names))
    times = b"".join(struct.pack(">q", when) for when, _ in transitions) + bytes(i for _, i in transitions)
    return io.BytesIO(head + times + records + names + b"\n" + text + b"\n")


rules = """PST8PDT +11 GMT,M3.2.0/2,M11.1.0/3 GMT0+11,M3.2.0/2,M11.1.0/3 PST8PDT,M3.2.0/2 STD+25 STD-25 STD+374 STD+23DST+25,M3.2.0/2,M11.1.0/3 AAA4BBB,M1443339,M11.1.0/3
    AAA4BBB,M3.2.0/2,0349309483959c AAA4BBB,M13.1.1/2,M1.1.1/2 AAA4BBB,M1.6.1/2,M1.1.1/2 AAA4BBB,M1.1.7/2,M1.1.1/2 AAA4BBB,-1/2,20/2 AAA4BBB,367,20/2 AAA4BBB,J0/2,J20/2
    AAA4BBB,J20/2,J366/2 AAA AAA4 AA4 <A1>4 <AAA4 <AA-A>4 <>4 AAA+4 AAA-4:30 AAA4:3 AAA4:30:15 AAA4:60 AAA24 AAA023 AAA04 AAA4BBB3 AAA4BBB3,J1/0,J365/25 AAA4BBB,0/0,J365/25
    AAA4BBB,59,60 AAA4BBB,J59,J60 AAA4BBB,M3.2.0/-2,M11.1.0/+3:30 AAA4BBB,M3.2.0/167,M11.1.0 AAA4BBB,M3.2.0,M11.1.0x AAA4BBB,, AAA4BBB,M3.2.0, AAA4BBB3,M03.2.0,M11.1.0
    AAA4BBB-3:15:01,M10.5.0/00:00:01,M3.5.6/24 A:A4 AAA+-4 AAA4<BBB>,J1,J2 AAA4BBB,M3.2.0/1:99,M11.1.0 AAA4BBB,M3.2.0/,M11.1.0 AAA4BBB,365,364 AAA4BBB,J001,J3650
    IST-1GMT0,M10.5.0,M3.5.0/1 EST5EDT4:30,M3.2.0,M11.1.0""".split()
for rule in rules:
    try:
        z = ZoneInfo.from_file(tzif(rule.encode()), key=rule)
    except ValueError as e:
        print(rule, e)
        continue
    for d in (dt.datetime(2023, 1, 1, 0, 30), dt.datetime(2024, 2, 29, 12), dt.datetime(2024, 3, 10, 2, 30), dt.datetime(2024, 3, 31), dt.datetime(2023, 11, 5, 1, 30), dt.datetime(2024, 12, 31)):
        for hours in (-3, -1, 0, 1, 2, 5):
            d = d.replace(tzinfo=z) + hours * HOUR
            try:
                print(d.utcoffset(), d.replace(fold=1).utcoffset(), d.dst(), d.tzname(), z.fromutc(d), z.fromutc(d).fold, end="; ")
            except ValueError as e:
                print(e, end="; ")
    print(rule)
for kinds, transitions in (
    (((0, 0, b"A"),), ((0, 0),)),
    (((0, 0, b"A"), (3600, 1, b"B")), ((0, 1), (100, 0), (86400, 1))),
    (((0, 0, b"A"), (3600, 1, b"B"), (7200, 1, b"C"), (7200, 0, b"D")), ((0, 0), (100000, 1), (200000, 2), (300000, 3), (400000, 2), (500000, 0))),
    (((0, 0, b"A"),), ((0, 3),)),
    (((0, 0, b"LMT"), (-3600, 0, b"X")), ((-(2**62), 0), (0, 1), (2**62, 0))),
):
    for text in (b"", b"AAA3", b"AAA4BBB,J1,J200"):
        try:
            z = ZoneInfo.from_file(tzif(text, kinds, transitions))
        except ValueError as e:
            print(text, e)
            continue
        print(z.utcoffset(None), z.tzname(None))
        for seconds in (-(10**9), -1, 0, 50, 100, 3599, 86400, 90000, 103600, 200000, 203600, 300000, 396400, 400000, 10**9):
            d = (dt.datetime(1970, 1, 1) + dt.timedelta(seconds=seconds)).replace(tzinfo=z)
            e = d.replace(fold=1)
            print(d.utcoffset(), e.utcoffset(), d.dst(), d.tzname(), z.fromutc(d), z.fromutc(d).fold, end="; ")
        print()
show(ZoneInfo.from_file, tzif(b"", (), ()))

# caches, pickles, subclasses
berlin = ZoneInfo("Europe/Berlin")
print(berlin is ZoneInfo("Europe/Berlin"), ZoneInfo.no_cache("Europe/Berlin") is berlin, berlin == ZoneInfo.no_cache("Europe/Berlin"), weakref.ref(berlin)() is berlin)
keep = [ZoneInfo(key) for key in ("Asia/Tokyo", "Asia/Kolkata", "Europe/Paris")]
ZoneInfo.clear_cache(only_keys=["Asia/Tokyo", "Europe/Berlin", "nothing"])
print([ZoneInfo(z.key) is z for z in keep], ZoneInfo("Europe/Berlin") is berlin)
berlin = ZoneInfo("Europe/Berlin")
ZoneInfo.clear_cache()
print(ZoneInfo("Europe/Berlin") is berlin)
print(pickle.loads(pickle.dumps(ZoneInfo("UTC"))) is ZoneInfo("UTC"), pickle.loads(pickle.dumps(ZoneInfo.no_cache("UTC"))) is ZoneInfo("UTC"), copy.copy(ZoneInfo("UTC")) is ZoneInfo("UTC"))


class Sub(ZoneInfo):
    pass


sub = Sub("Europe/Berlin")
sub.note = 1
print(sub is berlin, sub is Sub("Europe/Berlin"), repr(sub), sub, hasattr(Sub, "_weak_cache"), hasattr(ZoneInfo, "_weak_cache"), type(Sub.no_cache("UTC")))
data = open("/usr/share/zoneinfo/Europe/Berlin", "rb").read()
print(ZoneInfo.from_file(io.BytesIO(data), key="k"), repr(ZoneInfo.from_file(io.BytesIO(data))).split("<")[0], ZoneInfo.from_file(io.BytesIO(data)).key)
for f in (
    lambda: ZoneInfo(), lambda: ZoneInfo(1), lambda: ZoneInfo("x/y"), lambda: ZoneInfo("a", "b"), lambda: ZoneInfo(zz=1), lambda: ZoneInfo("../x"),
    lambda: ZoneInfo("/etc/passwd"), lambda: ZoneInfo("a\0b"), lambda: ZoneInfo("\ud800"), lambda: ZoneInfo.no_cache(), lambda: ZoneInfo.clear_cache(1),
    lambda: ZoneInfo.clear_cache(only_keys=1), lambda: ZoneInfo.clear_cache(zz=1), lambda: ZoneInfo.from_file(), lambda: ZoneInfo.from_file(1),
    lambda: ZoneInfo.from_file(1, 2, 3), lambda: ZoneInfo.from_file(io.BytesIO(b"")), lambda: pickle.dumps(ZoneInfo.from_file(io.BytesIO(data))),
    lambda: ZoneInfo._unpickle("UTC"), lambda: ZoneInfo._unpickle("UTC", 1), lambda: berlin.utcoffset(), lambda: berlin.utcoffset(1), lambda: berlin.fromutc(1),
    lambda: berlin.fromutc(dt.datetime(2020, 1, 1)), lambda: berlin.utcoffset(dt.date(2020, 1, 1)), lambda: berlin.utcoffset(dt.time(1)),
    lambda: setattr(berlin, "key", 1), lambda: setattr(berlin, "zz", 1), lambda: delattr(berlin, "key"), lambda: berlin.fromutc(dt.datetime(2020, 7, 1, tzinfo=berlin)),
):  # fmt: skip
    show(f)


class Moment(dt.datetime):
    pass


m = Moment(2024, 10, 27, 0, 30, tzinfo=berlin)
print(berlin.fromutc(m), type(berlin.fromutc(m)), m.utcoffset(), Moment(2024, 10, 27, 1, 30, tzinfo=dt.timezone.utc).astimezone(berlin).fold, issubclass(ZoneInfoNotFoundError, KeyError))
