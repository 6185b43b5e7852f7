# builds: ft gil debug asan
"""Wrappers of wrappers of wrappers, deeper than any stack: RecursionError, or the right result, never a crash. (python3.11 crashes.)"""
# timeout: 180
import collections
import contextvars
import functools
import itertools
import sys
import threading
import types

DEPTH = 100_000
problems = []


def deep(wrap, core):
    for _ in range(DEPTH):
        core = wrap(core)
    return core


def attempt(what, *actions):
    for number, action in enumerate(actions):
        try:
            action()
        except (RecursionError, TypeError, AttributeError, StopIteration):
            pass
        except BaseException as error:
            problems.append(f"{what} {number}: {type(error).__name__}: {str(error)[:100]}")


ITERATORS = {
    "chain": itertools.chain, "from_iterable": lambda m: itertools.chain.from_iterable([m]), "islice": lambda m: itertools.islice(m, 1),
    "takewhile": lambda m: itertools.takewhile(bool, m), "dropwhile": lambda m: itertools.dropwhile(lambda x: False, m),
    "filter": lambda m: filter(None, m), "filterfalse": lambda m: itertools.filterfalse(lambda x: 0, m), "enumerate": enumerate, "zip": zip,
    "cycle": itertools.cycle, "accumulate": itertools.accumulate, "starmap": lambda m: itertools.starmap(int, m),
    "tee": lambda m: itertools.tee(m, 1)[0], "groupby": itertools.groupby, "compress": lambda m: itertools.compress(m, [1]),
    "pairwise": itertools.pairwise, "zip_longest": itertools.zip_longest, "map": lambda m: map(int, m),
    "callable": lambda m: iter(m.__next__, 5), "generator": lambda m: (x for x in m),
}


def iterators():
    for name, wrap in ITERATORS.items():
        m = deep(wrap, iter([1, 2, 3]))
        attempt(name, lambda: next(m), lambda: repr(m))


def objects():
    m = deep(lambda m: types.MethodType(m, 1), lambda *a: None)
    attempt("method", lambda: m(), lambda: repr(m), lambda: hash(m), lambda: m.foo, lambda: m.__doc__)
    for kind in (staticmethod, classmethod, property):
        m = deep(kind, len)
        attempt(kind.__name__, lambda: m.__get__(1), lambda: m.__isabstractmethod__, lambda: m.__doc__)
    for kind in (slice, lambda x: types.SimpleNamespace(a=x), lambda x: collections.OrderedDict(a=x), lambda x: collections.defaultdict(int, a=x),
                 lambda x: collections.deque([x]), lambda x: list[x], types.CellType, lambda x: {1: x}.items(), ValueError):
        m, n = deep(kind, 1), deep(kind, 1)
        attempt("wrapper", lambda: m == n, lambda: hash(m), lambda: m < n, lambda: m.__parameters__, lambda: m.foo)
    m = deep(types.MappingProxyType, {1: 2})
    attempt("mappingproxy", lambda: m[1], lambda: len(m), lambda: m == 1, lambda: list(m), lambda: 1 in m, lambda: m | m, lambda: m.keys())
    m = deep(lambda x: types.GenericAlias(x, int), list)
    attempt("alias", lambda: hash(m), lambda: m(), lambda: m.foo)
    m = deep(functools.partial, int)
    attempt("partial", lambda: m())
    m = deep(lambda x: ExceptionGroup("a", [x]), ValueError(1))
    attempt("group", lambda: m.split(ValueError), lambda: m.subgroup(KeyError))


def calls():
    def run(n):
        return contextvars.copy_context().run(run, n - 1) if n else 0

    @functools.lru_cache
    def cached(n):
        return cached(n + 1)

    class Called:
        __call__ = property(lambda self: self)

    attempt("calls", lambda: run(DEPTH), lambda: cached(0), lambda: Called()())


def everything():
    iterators()
    objects()
    calls()


everything()
threading.stack_size(1 << 18)
thread = threading.Thread(target=everything)
thread.start()
thread.join()
for problem in problems:
    print("BROKEN:", problem)
sys.exit(1 if problems else 0)
