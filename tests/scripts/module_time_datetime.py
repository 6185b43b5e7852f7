# time and datetime: what doesn't depend on now.
import datetime as dt
import time

print(
    time.monotonic() <= time.monotonic(),
    time.perf_counter_ns() > 0,
    time.time() > 1.6e9,
    time.gmtime(0),
    time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(86400)),
    time.strptime("2024-02-29", "%Y-%m-%d")[:3],
    time.asctime(time.gmtime(0)),
)
begin = time.monotonic()
time.sleep(0.02)
print(0.02 <= time.monotonic() - begin < 2)
for bad in (
    lambda: time.sleep(-1),
    lambda: time.sleep("x"),
    lambda: time.strptime("x", "%Y"),
    lambda: time.gmtime(1e30),
):
    try:
        bad()
    except (ValueError, TypeError, OverflowError) as error:
        print(type(error).__name__, error)
d = dt.date(2024, 2, 29)
t = dt.datetime(2024, 2, 29, 12, 30, 15, 250000, tzinfo=dt.timezone.utc)
print(
    d,
    d + dt.timedelta(days=366),
    d.weekday(),
    d.isocalendar(),
    d.strftime("%A %d %B %j"),
    t,
    t.isoformat(),
    t.timestamp(),
    t - dt.timedelta(hours=13),
    t.astimezone(dt.timezone(dt.timedelta(hours=2))),
    repr(t),
    dt.datetime.fromisoformat("2011-11-04T00:05:23.283"),
    dt.datetime.strptime("04/11/11 00:05", "%d/%m/%y %H:%M"),
    dt.timedelta(days=-1, seconds=5),
    str(dt.timedelta(hours=100)),
    dt.timedelta(1) / 2,
    t > t - dt.timedelta(1),
    dt.time(1, 2, 3),
    d.replace(day=1),
    dt.date.fromordinal(738000),
    dt.datetime.min,
)
for bad in (
    lambda: dt.date(2023, 2, 29),
    lambda: dt.datetime(1, 1, 1) - dt.timedelta(1),
    lambda: d < 5,
    lambda: t - dt.datetime(2024, 1, 1),
    lambda: dt.timedelta(10**10),
):
    try:
        bad()
    except (ValueError, TypeError, OverflowError) as error:
        print(type(error).__name__, error)
