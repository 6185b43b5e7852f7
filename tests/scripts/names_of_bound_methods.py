# Messages name a bound method by its object's class, one that is called at once by the class that has it.
import collections
import datetime


class L(list):
    class Inner(dict):
        pass


for function in (collections.Counter().clear, L().append, L.Inner().keys, True.bit_length, [].__format__, str.maketrans, datetime.date.today, datetime.datetime.now().weekday,
                 L.__class_getitem__, collections.deque.__class_getitem__, dict.fromkeys, L.Inner.fromkeys, ValueError().with_traceback, len, "".join, b"".hex):
    for arguments in (), (1,), (1, 2, 3):
        try:
            function(*arguments)
        except Exception as error:
            print(type(error).__name__, error)
    try:
        function(nothing=1)
    except Exception as error:
        print(type(error).__name__, error)
for attempt in (lambda: collections.Counter().clear(1), lambda: L().append(), lambda: True.bit_length(1), lambda: L.Inner().keys(1), lambda: L.append(), lambda: list.append([]),
                lambda: datetime.datetime(1, 1, 1).weekday(5), lambda: [].__format__(), lambda: L().sort(1), lambda: b"a".replace(0, 0, [1]), lambda: b"a".replace(b"", b"", [1])):
    try:
        print(attempt())
    except Exception as error:
        print(type(error).__name__, error)


def apply(function, *arguments):
    return function(*arguments)


try:
    apply(next, iter([]))
except StopIteration as error:
    print(error.args)
