# Arguments of kinds that methods can't use: the first one that is wrong decides.
import array
import collections
import datetime
import re

union = int | str
match = re.match("(a)(b)", "ab")
for number, attempt in enumerate([
    lambda: datetime.date("2020-01-02"), lambda: datetime.date(1.5), lambda: datetime.date(2020, None), lambda: datetime.date(2020), lambda: datetime.date(),
    lambda: datetime.datetime("x"), lambda: datetime.datetime(2020, 1.5), lambda: datetime.datetime(2020, 1),
    lambda: collections.deque().insert(1), lambda: collections.deque().insert(1, 2, 3), lambda: collections.deque().insert("x", 2), lambda: collections.deque().insert(i=1),
    lambda: (5).__round__(None), lambda: round(5, None), lambda: (5).__round__(), lambda: (15).__round__(-1), lambda: True.__round__(None),
    lambda: array.array("i").__iadd__(1), lambda: b"ab".hex({}), lambda: b"ab".hex({1}), lambda: b"ab".hex([]), lambda: b"ab".hex(5), lambda: bytearray(b"a").__setitem__(slice(1), None),
    lambda: slice(1, 2).indices(True), lambda: slice(None).indices(False), lambda: "a".__mul__(), lambda: [].__rmul__(1, 2), lambda: bytearray().__imul__(),
    lambda: iter(union), lambda: [*union], lambda: 1 in union, lambda: list(union), lambda: max(union), lambda: dict(union), lambda: iter(match), lambda: list(match), lambda: 1 in match,
    lambda: match[0], lambda: len(match), lambda: reversed(match), lambda: (lambda *a: a)(*match), lambda: super(None), lambda: super(1, 2),
]):
    try:
        print(number, attempt())
    except Exception as error:
        print(number, type(error).__name__, error)
