# for loops whose body begins with unpacking a pair, and loops over dicts: what they see, when they end, what they say.
import sys


def run(f):
    try:
        print(f.__name__, f())
    except Exception as e:
        tb = e.__traceback__
        while tb.tb_next:
            tb = tb.tb_next
        print(f.__name__, type(e).__name__, e, tb.tb_lineno - f.__code__.co_firstlineno)


def items():
    d = {i: str(i) for i in range(5)}
    out = []
    for k, v in d.items():
        out.append((k, v))
        d[k] = v + "!"
    return out, d


def grows():
    d = {1: 2, 3: 4}
    for k, v in d.items():
        d[k + 10] = v


def grows_keys():
    d = {1: 2, 3: 4}
    for k in d:
        d[k + 10] = 1


def swaps_keys():
    d = {1: 2, 3: 4}
    for k in d:
        del d[k]
        d[k + 10] = 1


def again():
    d = {1: 2}
    it = iter(d.items())
    for k, v in it: pass
    d[2] = 3
    for k, v in it: print("never")
    return list(it)


def pairs():
    out = []
    for i, (a, b) in enumerate(zip("abc", (1, 2, 3))): out.append((i, a, b))
    for i, x in enumerate("xy", 2**62 - 1): out.append((i, x))
    for i, x in enumerate(iter("xy"), 2**63 - 1): out.append((i, x))
    for a, b in zip([1, 2, 3], "ab"): out.append((a, b))
    it = iter([1, 2, 3])
    for a, b in zip(it, "a"): out.append((a, b))
    out.append(list(it))
    for a, b in zip(it): out.append("never")
    for a, *b in zip([1], [2]): out.append((a, b))
    for a, in zip([1]): out.append(a)
    for d in ({}, {1: 2}):
        for k, v in d.items(): out.append((k, v))
        else: out.append("else")
    return out


def three():
    for a, b in zip([1], [2], [3]): pass


def one():
    for a, b in zip([1]): pass


def strict():
    for a, b in zip([1, 2], [3], strict=True): pass


def strict_fine():
    return [(a, b) for a, b in zip([1, 2], [3, 4], strict=True)]


def enumerate_three():
    for a, b, c in enumerate("ab"): pass


def source_raises():
    def g():
        yield 1
        raise KeyError("in source")
    out = []
    try:
        for a, b in zip(g(), "ab"): out.append((a, b))
    except KeyError as e: out.append(str(e))
    for i, x in enumerate(g()): out.append((i, x))


def stops():
    class S:
        n = 0
        def __iter__(self): return self
        def __next__(self):
            self.n += 1
            if self.n > 2: raise StopIteration("x")
            return self.n
    out = [x for x in S()]
    for i, x in enumerate(S()): out.append((i, x))
    for x in S(): out.append(x)
    return out


def sub():
    class E(enumerate): pass
    class Z(zip):
        def __next__(self): return "pq"
    out = [(i, x) for i, x in E("ab")]
    for a, b in Z("ab", "cd"):
        out.append((a, b))
        if len(out) > 4: break
    return out


def same_tuple():
    kept = []
    for t in {1: 2, 3: 4}.items(): kept.append(t)
    for t in enumerate("ab"): kept.append(t)
    for t in zip("ab", "cd"): kept.append(t)
    return kept


def into_attributes():
    class O: pass
    o, l = O(), [0, 0]
    for o.a, l[1] in {1: 2, 3: 4}.items(): pass
    return o.a, l


def comprehension(): return {v: k for k, v in {1: "a", 2: "b"}.items()}, [i * x for i, x in enumerate([5, 6])], {a + b for a, b in zip([1, 2], [3, 4])}


def nested_generator():
    def g():
        for i, x in enumerate("abc"): yield i, x
    return [x * i for i, x in g()], sum(i for i, x in g())


for f in (items, grows, grows_keys, swaps_keys, again, pairs, three, one, strict, strict_fine, enumerate_three, source_raises, stops, sub, same_tuple,
          into_attributes, comprehension, nested_generator):
    run(f)

# tuples in order
import heapq
rows = [(3, "b"), (1, "z"), (3, "a"), (2.5, "q"), (1, "a"), (True, "b"), ((1, 2), ), (("a", 1), 2)]
for a in rows:
    for b in rows:
        try: print(a < b, end=" ")
        except TypeError as e: print(e)
print()
h = []
for r in rows[:6]: heapq.heappush(h, r)
print([heapq.heappop(h) for _ in range(len(h))], sorted(rows[:6]))
nan = float("nan")
print((nan, 1) < (nan, 2), (float("nan"), 1) < (float("nan"), 2), sorted([(2**70, 1), (2**69, 2), (1, 3)]))
