# Time zones: all threads find, drop and use the same zones; a key has one zone as long as somebody holds it.
import datetime
import zoneinfo
from zoneinfo import ZoneInfo

import _stress
from _stress import check, together, turns

keys = "Europe/Berlin America/New_York Asia/Tokyo Australia/Sydney Africa/Cairo Asia/Kolkata Europe/London UTC America/Lima Asia/Seoul Europe/Rome Asia/Dubai".split()
held = ZoneInfo("Europe/Berlin")
summer = datetime.datetime(2024, 7, 1, 12, tzinfo=datetime.timezone.utc)
expected = {key: summer.astimezone(ZoneInfo.no_cache(key)).isoformat() for key in keys}
check(ZoneInfo.__module__ == "zoneinfo" and not hasattr(ZoneInfo, "_weak_cache"), "the module in C")


class Sub(ZoneInfo):
    pass


def work(number, random):
    for i in range(turns(40)):
        key = random.choice(keys)
        zone = ZoneInfo(key)
        check(zone.key == key and summer.astimezone(zone).isoformat() == expected[key], "local time")
        check(str(zone.utcoffset(summer.replace(tzinfo=zone))) != "" and zone.fromutc(summer.replace(tzinfo=zone)).tzinfo is zone, "fromutc")
        sub = Sub(key)
        check(type(sub) is Sub and sub.tzname(summer.replace(tzinfo=sub)) == zone.tzname(summer.replace(tzinfo=zone)), "a subclass's zone")
        if number == 0 and i % 4 == 0:
            ZoneInfo.clear_cache(only_keys=[k for k in keys if k != "Europe/Berlin"])
        check(ZoneInfo("Europe/Berlin") is held, "one zone for a key that is held")


together(work)
_stress.done()
