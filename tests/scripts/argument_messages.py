# What is said of calls with the wrong number of arguments, or keywords, where functions parse them differently.
import array, collections, datetime, functools, gc, json, math, posix, re, socket, time


def say(*calls):
    for call in calls:
        try:
            print("gives", call())
        except Exception as error:
            print(type(error).__name__, error)


NONES = [None] * 20
# methods that CPython calls with a tuple: bare names when bound before, the class's when called as methods
for thing, names in (("a", "count endswith find index rfind rindex startswith"), (b"a", "count endswith find index rfind rindex startswith"),
                     (bytearray(b"a"), "count find rindex"), ({1}, "difference intersection union update"), (frozenset(), "union"),
                     (datetime.date(2020, 1, 1), "fromordinal __format__"), (datetime.time(1), "__format__"),
                     (datetime.datetime(2020, 1, 1), "strptime utcfromtimestamp fromordinal"), (re.match("a", "a"), "group"),
                     (array.array("i"), "extend fromfile tofile append"), (memoryview(b"a"), "__exit__"), (property(), "__set_name__"), ((x for x in ()), "throw"),
                     (collections.deque(), "index")):
    for name in names.split():
        bound = getattr(thing, name)
        say(lambda: bound(zz=1), lambda: bound(*NONES), lambda: getattr(type(thing), name)(thing, zz=1))
        if name not in ("union", "update", "intersection", "difference", "group", "__exit__"):
            say(bound)
say(lambda: "a".count(x=1), lambda: b"a".find(x=1), lambda: {1}.union(x=1))
for function in (functools.reduce, math.log, gc.set_threshold, time.asctime, time.gmtime, time.ctime, time.clock_gettime, socket.htons, socket.inet_aton, socket.inet_ntop,
                 socket.getservbyname, posix.waitpid, posix.setpgid, json.decoder.scanstring):
    say(lambda: function(zz=1), lambda: function(*NONES))
say(math.log, gc.set_threshold, socket.htons, lambda: posix.waitpid(1), lambda: socket.inet_ntop(1))
say(lambda: datetime.date.fromisocalendar("a"), lambda: datetime.date.fromisocalendar(2020), lambda: datetime.date.fromisocalendar(2020, None), lambda: datetime.date.fromisocalendar(2020, 1),
    lambda: datetime.date.fromisocalendar(2020, day=1, week=2), lambda: datetime.datetime.combine(1), lambda: datetime.datetime.combine(datetime.date(2020, 1, 1)))

# every exception type says its own name, and has its own methods where CPython's have them
say(ValueError.__new__, lambda: ValueError.__new__(1), lambda: ValueError.__new__(KeyError), lambda: IndexError.__new__(ValueError), lambda: KeyError.__new__(int))
import builtins
print([(name, "__new__" in vars(kind), "__init__" in vars(kind)) for name, kind in sorted(vars(builtins).items()) if isinstance(kind, type) and issubclass(kind, BaseException) and name != "ExceptionGroup"])

# bytearray() empties itself first
for source in -1, 1.5, "a", None, [1, 300], [5]:
    b = bytearray(b"abc")
    say(lambda: b.__init__(source))
    print(b if source != [1, 300] else "")


# coroutines and asynchronous generators
async def co():
    pass


async def agen():
    yield


c = co()
say(lambda: c.throw(zz=1), lambda: agen().athrow(zz=1), lambda: agen().asend(zz=1), lambda: agen().asend(1).throw(zz=1), lambda: c.__await__().throw(zz=1), lambda: c.throw(), lambda: c.throw(1, 2, 3, 4))
c.close()


# methods that a class inherits from a built-in one, called and bound
class Integer(int):
    pass


class Sequence(list):
    pass


i, s = Integer(5), Sequence()
bound = i.bit_length
say(lambda: i.bit_length(1), lambda: i.bit_length(x=1), lambda: bound(1), lambda: i.bit_length(*[1]), lambda: s.append(), lambda: s.copy(1), lambda: Integer(2).conjugate(3))
i.bit_length = lambda: "its own"
print(i.bit_length(), i.real)
