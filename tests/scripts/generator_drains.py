# Functions in C that use up a generator: results, errors, tracebacks and what Python code called meanwhile can see.
import sys, gc
def g(n):
    for i in range(n): yield i
print(sum(g(10)), sum(g(10), 5), sum(g(10), 1.5), sum((x*0.5 for x in range(5))))
print(any(x>3 for x in g(10)), all(x<3 for x in g(10)), any(x>30 for x in g(10)), all(g(3)), all([] for _ in g(2)), any([1] for _ in g(2)))
print(list(g(20)), tuple(g(5)), set(g(7)), sorted(-x for x in g(6)), min(g(5)), max(g(5)), max(str(x) for x in g(12)))
print(",".join(str(x) for x in g(5)))
l=[1]; l.extend(g(4)); print(l); l.extend(len(l) for _ in g(4)); print(l)
for f in (sum, min, max, list, set, sorted, tuple, ",".join, any, all):
    def bad():
        yield 1
        raise KeyError('x')
    try: print(f(bad()))
    except Exception as e:
        tb=e.__traceback__
        names=[]
        while tb: names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno)); tb=tb.tb_next
        print(type(e).__name__, e, names)
for f in (min,max):
    try: f(g(0))
    except ValueError as e: print(e)
class S:
    def __init__(s,v): s.v=v
    def __radd__(s,o): print('radd', sys._getframe(1).f_code.co_name, o); return s.v+o
    def __bool__(s): print('bool', sys._getframe(1).f_code.co_name, gg.gi_running, gg.gi_suspended if hasattr(gg,'gi_suspended') else None); return s.v>1
    def __hash__(s): print('hash', sys._getframe(1).f_code.co_name); return s.v
    def __eq__(s,o): print('eq', sys._getframe(1).f_code.co_name); return s is o
    def __lt__(s,o): print('lt', sys._getframe(1).f_code.co_name); return s.v<o.v
gg=(S(x) for x in range(3)); print(any(gg)); print(list(gg))
gg=(S(x) for x in range(3)); print(sum(gg))
gg=iter(()); print(len(set(x if x%2 else S(x) for x in [1,2,2,3])))
print(max((S(x) for x in range(3))).v)
def me():
    yield 1
    yield list(m)
m=me()
try: print(list(m))
except ValueError as e: print(e)
def closes():
    try:
        yield 1
        yield 2
    finally: print('closed')
print(any(closes()))
def frames():
    yield sys._getframe(1).f_code.co_name
    yield sys._getframe(0).f_code.co_name
print(list(frames()))
def h():
    x = yield 1
    print(x)
    y = yield 2
    print(y)
print(list(h()))
try: sum((x for x in 'ab'), '')
except TypeError as e: print(e)
try: sum((x for x in 'ab'))
except TypeError as e: print(e)
def rec(n):
    yield n
    yield from rec(n+1)
try: sum(rec(0))
except RecursionError as e: print(e)
def deep(n): return sum(deep(n-1) for _ in (1,)) if n else 1
print(deep(200))
try: deep(100000)
except RecursionError as e: print(e)
print(sum(sum(y for y in range(x)) for x in range(100)))
try: list(g(3), 1)
except TypeError as e: print(e)
try: any(g(3), 1)
except TypeError as e: print(e)
print([*g(3)], f(g(1)))
def stop():
    yield 1
    raise StopIteration(3)
try: list(stop())
except RuntimeError as e: print(e, repr(e.__cause__))
def exc():
    try: raise ValueError
    except ValueError:
        yield sys.exc_info()[0]
        yield sys.exc_info()[0]
print(list(exc()), sys.exc_info())
print(sum(1 for _ in range(100000)), sum(2**62 for _ in range(4)), sum([2**62 for _ in range(4)]))
print(sum(1e300*10**10 for _ in range(3)), sum((1e-300 for _ in range(3))))
print({}.get(1), {}.get(1,2), "a b c".split(None, 1), "a,b".split(","), "abc".find("c"), [3,1].pop(), "x".ljust(3)+"|")
import random
random.seed(5)
for base in (0, 2**62, -2**62, 2**64-5, 2**128-3, -2**128, 2**64, 2**127):
    for _ in range(200):
        xs=[random.choice([1,-1])*random.getrandbits(random.choice([3,30,61,62,70])) for _ in range(20)]
        a=sum(xs, base); b=sum((x for x in xs), base); c=base
        for x in xs: c+=x
        assert a==b==c, (a,b,c)
big=2**100
assert sum((x for x in range(5)), big)==big+10 and big==2**100
v=[2**64,1,2]
assert sum(x for x in v)==2**64+3 and v==[2**64,1,2] and sum(v)==2**64+3 and v[0]==2**64
