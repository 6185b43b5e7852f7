"""Types that a module makes when it starts have __module__ in their dict, and so their instances have it."""
import array, collections, functools, itertools, operator, re, struct, threading, zlib

for value in (functools.partial(len), functools.lru_cache(len), re.compile("a"), re.match("a", "a"), struct.Struct("i"), array.array("i"), zlib.compressobj(), operator.itemgetter(1),
              threading.Lock(), threading.RLock(), itertools.count(), collections.deque(), collections.defaultdict(), 1, "", object()):
    print(type(value), getattr(value, "__module__", None), type(value).__module__, "__module__" in vars(type(value)))


@functools.wraps(functools.partial(len))
def wrapper():
    pass


print(wrapper.__module__)
