# builds: debug asan
# timeout: 120
"""Every allocation fails in turn while small programs run: each ends with MemoryError or as if nothing had happened, and what it
worked on stays whole. The audit at the end finds what leaked.

    allocations_fail.py [NAME [COUNT [FIRST [LAST]]]]    one program, COUNT failures beginning at its FIRSTth to LASTth allocation
"""

import os
import sys
import tempfile
import threading
import time
import _weft

fail = _weft.fail_allocations
PROGRAMS = []
problems = []


def program(function):
    PROGRAMS.append(function)
    return function


class Thing:
    def __init__(self, x=0, *rest, **named):
        self.x = x
        self.rest = rest
        self.named = named

    def __eq__(self, other):
        return isinstance(other, Thing) and self.x == other.x

    def __hash__(self):
        return hash(self.x)

    def __lt__(self, other):
        return self.x < other.x


@program
def lists():
    a = [1.5, 'x'] * 10
    for i in range(20):
        a.append(i)
    a[3:5] = range(30)
    a.insert(3, None)
    b = a + a * 2
    b.sort(key=str)
    b.reverse()
    del b[::3]
    b.extend(map(str, a))
    sorted([Thing(i % 7) for i in range(30)])
    return len(b), list(zip(a, b))[:3], [*a, *b][-1]


@program
def dicts():
    d = {i: str(i) for i in range(40)}
    d.update(zip('abcdef', range(6)))
    e = {**d, 'more': [d]}
    for k in list(e)[::2]:
        del e[k]
    e.setdefault('list', []).append(1)
    f = d | e
    list(f.items()), list(f.values()), f.popitem(), f.copy() == f
    return sorted(map(str, e)), sorted(map(str, d.keys() & e.keys())), Thing(**{'a': 1, 'b': 2}).named


@program
def sets():
    s = {str(i) for i in range(40)}
    s |= set('abc')
    s.update(['z'], range(5))
    t = frozenset(s) - {'1', '2'}
    return len(s ^ t), t & s == t, t <= s, {t: 1}[t], s.symmetric_difference(range(3)) > set()


@program
def strings():
    s = 'héllo wörld ' * 5
    parts = s.split()
    t = '-'.join(parts).upper().replace('Ö', 'oe')
    u = f'{s!r:>100} {len(t):,} {3.25:10.3f} {10**30:x}' + '%s %5d %r' % ('x', 3, [s]) + '{0[0]}{a.real}'.format(parts, a=3)
    u.encode('utf-8').decode('utf-8'), s.encode('utf-16'), s.translate({104: 'HH', 233: None}), u.partition(' '), u.center(300)
    s.encode('ascii', 'xmlcharrefreplace'), s.casefold(), s.title(), u.splitlines(), u.expandtabs(), '\x80'.join(parts).isidentifier()
    return t, u, str([s, {s: (s,)}]), ascii(s), sys.intern(t + 'q')


@program
def byte_strings():
    b = bytearray(b'abc' * 20)
    b += b'def' * 30
    b[3:9] = b'0123456789' * 3
    m = memoryview(b)[3:40:2]
    bytes(m), m.tolist(), m.hex(), bytes(b).split(b'a'), b.replace(b'a', b'xyz'), b.hex(' '), b' '.join([b'a', m.tobytes()])
    m.release()
    return bytes(b), b.decode('latin-1'), int.from_bytes(b, 'big'), repr(b), b'%d %s' % (3, b'x')


@program
def numbers():
    a = 3 ** 200
    b = a * a - a // 7 + (a << 100) ^ (a >> 3)
    c = str(b), int(str(b)), divmod(b, a), pow(a, 77, b), float(a), hex(b), b.to_bytes(200, 'little'), -b, ~b, abs(-b), round(b, -10)
    return c, 1e300 * 10.0, float('1e-300'), complex(1, 2) ** 3, 1e22.__repr__(), (0.1).hex(), (2.5).as_integer_ratio(), hash(b)


@program
def calls():
    def f(a, b=2, *c, d=4, **e):
        return (a, b, c, d, e)

    def g():
        x = [1]
        def h():
            x.append(len(x))
            return x
        return h

    h = g()
    h()
    return f(1), f(1, 2, 3, d=5, z=6), f(*[1, 2], **{'q': 1}), h(), (lambda *a: a)(*range(20)), list(map(f, 'ab', 'cd'))


@program
def classes():
    class Meta(type):
        def __new__(cls, name, bases, ns, **kw):
            return super().__new__(cls, name, bases, dict(ns, extra=kw))

    class A(metaclass=Meta, option=1):
        slot = 1
        @property
        def p(self):
            return self.q

        def __getattr__(self, name):
            if name == 'q':
                self.q = 5
                return self.q
            raise AttributeError(name)

    class B(A, Thing):
        __slots__ = ('one', 'two')
        def method(self):
            return super().p, self.method

    b = B()
    b.one = [b]
    b.attribute = 'x'
    setattr(b, 'computed' + str(b.p), 3)
    b.__dict__['y'] = 4
    A.slot = 2
    getattr(b, 'nothing', None)
    return B.__mro__, b.method(), vars(b), dir(b), b.__class__, isinstance(b, A), B.__subclasses__(), A.__subclasses__()


@program
def generators():
    def numbers(n):
        try:
            for i in range(n):
                yield i, [i]
        finally:
            [].append(n)

    def outer():
        got = yield from numbers(5)
        yield got

    g = outer()
    next(g)
    g.send(None)
    g.close()
    a = list(outer()), sum(x for x, _ in numbers(10)), {k: v for k, v in numbers(3)}
    try:
        next(iter(outer())), numbers(3).throw(KeyError('x'))
    except KeyError:
        pass

    async def co(n):
        return [n]

    async def main():
        return [await co(i) for i in range(3)], [x async for x in agen()]

    async def agen():
        yield 1
        yield await co(3)

    try:
        main().send(None)
    except StopIteration as end:
        return a, end.value


@program
def exceptions():
    class E(Exception):
        pass

    def deep(n):
        if n == 0:
            raise E('at the bottom', n)
        try:
            deep(n - 1)
        except E as e:
            raise E('again', n) from e

    try:
        deep(5)
    except E as e:
        import traceback
        text = ''.join(traceback.format_exception(e))
    try:
        raise ExceptionGroup('group', [ValueError(1), TypeError(2), ExceptionGroup('inner', [KeyError(3)])])
    except* ValueError as g:
        text += repr(g.exceptions)
    except* (TypeError, KeyError):
        text += 'rest'
    with Manager() as m:
        m.append(1)
    return text


class Manager:
    def __enter__(self):
        return []

    def __exit__(self, *what):
        return False


@program
def compiling():
    source = '''
import sys
class C(object):
    "doc"
    x: int = 3
    def f(self, a, /, b=[1, (2, 3)], *, c, **d) -> "text":
        nonlocal_ = lambda: (a, b)
        try:
            return [i for i in range(10) if i % 2], {**d}, f"{a!r:>{b[0]}}"
        except (ValueError, TypeError) as e:
            raise
        finally:
            del nonlocal_
def g(x):
    match x:
        case {'a': [1, *rest], **more} if more: return rest
        case C(x=1) | str(): return 2
        case _: pass
    while x: x -= 1
    else: x = 2
    return x
result = [g(3), g('s'), g({'a': [1, 2], 'b': 3})]
'''
    ns = {}
    exec(compile(source, 'name', 'exec'), ns)
    try:
        compile('def f(:\n  x', 'name', 'exec')
    except SyntaxError:
        pass
    import ast
    ast.dump(ast.parse(source)[0:0] if False else ast.parse('a = [b.c[1:2] for x in y]\n'))
    return ns['result'], eval('1 + 2 * ("a" < "b")')


@program
def importing():
    for name in ('colorsys', 'bisect', 'sched', '_bisect', '_heapq'):
        sys.modules.pop(name, None)
    import colorsys, sched
    from bisect import bisect
    return bisect([1, 2, 3], 2)


@program
def regular_expressions():
    import re
    re.purge()
    p = re.compile(r'(?P<a>\w+)(?:\s|é)*((?:\d+|[a-fx]){1,3})??(?=.)', re.I)
    s = 'Some text 123 with 45 numbers, äöü é 7a'
    return p.findall(s), p.sub(lambda m: m['a'] + '!', s), re.split('(,)|x', s), p.match(s).groupdict(), [m.span() for m in p.finditer(s)], p.sub(r'<\1>', s)


@program
def modules():
    import collections
    import functools
    import itertools
    import json
    import struct
    d = collections.deque(range(100), 80)
    d.rotate(3)
    d.extendleft('abc')
    o = collections.OrderedDict(zip('abcdef', range(6)))
    o.move_to_end('a')
    c = collections.Counter('abracadabra')
    dd = collections.defaultdict(list)
    dd['x'].append(1)
    N = collections.namedtuple('N', 'a b')
    cached = functools.lru_cache(maxsize=3)(lambda x: [x])
    for i in range(6):
        cached(i)
    text = json.dumps({'a': [1, 2.5, None, 'é'], 'b': {'c': [True]}}, indent=1)
    struct.unpack('<3sHq', struct.pack('<3sHq', b'ab', 1, 2))
    i = itertools
    list(i.chain([1], i.product('ab', repeat=2), i.permutations('abc', 2), i.groupby('aab'), i.accumulate(range(5)), i.tee(range(3))[0]))
    import array, heapq
    a = array.array('d', range(20))
    a.extend(array.array('d', [1.5]))
    h = []
    for k in range(20):
        heapq.heappush(h, (k * 7) % 11)
    return d, o, c.most_common(2), dd, N(1, 2), N(1, 2)._replace(a=2), json.loads(text), functools.partial(int, base=2)('11'), a.tolist(), list(d)


@program
def files():
    import io
    path = os.path.join(folder, 'file')
    with open(path, 'w', encoding='utf-8') as f:
        f.write('line é\n' * 50)
        print('text', 3, file=f)
    with open(path, encoding='utf-8') as f:
        lines = [line.rstrip() for line in f]
    with open(path, 'rb') as f:
        f.read(10), f.seek(3), f.readline(), f.readlines()
    s = io.StringIO('a\nb\n')
    s.write('xyz' * 100)
    b = io.BytesIO(b'abc')
    b.write(b'0' * 5000)
    os.listdir(folder), os.stat(path).st_size, os.path.join('a', 'b'), os.environ.get('HOME'), os.fspath(path)
    return lines[-1], s.getvalue(), len(b.getvalue())


@program
def threads():
    """Without the module threading, whose start() waits for ever for a thread that ends before it said that it began."""
    import _thread
    found = []
    lock = _thread.allocate_lock()

    def body(n):
        with lock:
            found.append([n])

    before = _thread._count()
    try:
        for i in range(3):
            _thread.start_new_thread(body, (i,))
    finally:
        while _thread._count() > before:
            time.sleep(0.0001)
    return len(found) <= 3


@program
def shared_objects():
    """What other threads see: published, with locks, retired when replaced."""
    d = SHARED
    d.clear()
    for i in range(30):
        d[str(i)] = [i]
        d[str(i)].append({i})
    LIST.append(d)
    LIST.extend(range(100))
    LIST[:] = LIST[:3]
    setattr(THING, 'attribute' + str(len(d)), d)
    THING.x = [THING]
    THING.__dict__['more'] = {}
    SET.update(map(str, range(40)))
    SET.clear()
    return len(d), len(LIST)


SHARED, LIST, SET, THING = {}, [], set(), Thing()


@program
def weak():
    import weakref
    w = weakref.WeakValueDictionary()
    t = Thing(3)
    w['x'] = t
    r = weakref.ref(t, lambda r: None)
    p = weakref.proxy(t)
    k = weakref.WeakKeyDictionary({t: 1})
    weakref.finalize(t, len, 'abc')
    x = p.x, k[t], w['x'].x, r().x
    del t
    return x, r()


@program
def contexts():
    import contextvars
    v = contextvars.ContextVar('v', default=1)
    c = contextvars.copy_context()
    c.run(v.set, 3)
    t = v.set(5)
    v.reset(t)
    return c[v], v.get()


@program
def decimals():
    from decimal import Context, Decimal, Inexact, localcontext
    from fractions import Fraction
    with localcontext(prec=60, rounding='ROUND_UP', traps=[]) as c:
        a, b = Decimal(10 ** 57 + 1) / 7, Decimal('-1.' + '123456789' * 12)
        results = [a + b, a - b * b, a.sqrt(), divmod(a, b), b.exp(), a.ln(), a ** Decimal('0.5'), b ** 17, a.quantize(Decimal('1E-3')), a.fma(b, 1), a.rotate(20),
                   pow(Decimal(3), 10 ** 20, 10 ** 15 + 37), a.logical_invert(), Decimal(0.1), Decimal((0, (1, 2, 3) * 30, -9)), c.create_decimal('nan' + '12' * 40)]
        results += [str(a), f'{b:>100,.40f}', a.as_tuple(), (-b).as_integer_ratio(), int(a * 10 ** 20), float(b), a == Fraction(1, 3), hash(a), a.to_eng_string(), c.flags[Inexact]]
    return results, Context(flags=[Inexact]), c.copy().traps.copy(), Context().__reduce__()


@program
def time_zones():
    import datetime, zoneinfo
    zone = zoneinfo.ZoneInfo.no_cache('Europe/Berlin')
    when = datetime.datetime(2040, 10, 28, 1, 30, tzinfo=zone)
    return str(when), zone.fromutc(when), zoneinfo.ZoneInfo('Asia/Tokyo').tzname(when), when.dst()


@program
def copies():
    import copy, pickle
    a = [1, {'x': (2, 'é', b'b', 1.5, 10 ** 30)}, Thing(3)]
    a.append(a)
    return len(copy.deepcopy(a)), len(pickle.loads(pickle.dumps(a)))


@program
def cycles():
    import gc
    class Node:
        def __del__(self):
            [].append(self)
    for i in range(20):
        n = Node()
        n.me = [n, {'n': n}]
    del n
    return gc.collect() >= 0


def expected(work):
    """What it gives when nothing fails; the third of its runs, so that caches are filled."""
    for _ in range(3):
        result = work()
    return repr(result) if work.__name__ not in ('classes', 'modules', 'exceptions') else None


def from_memory(error):
    if str(error) == "can't start new thread":
        return True
    return isinstance(error, MemoryError) or isinstance(error, BaseExceptionGroup) and error.subgroup(MemoryError) is not None


def try_all(work, first, count, deadline):
    whole = expected(work)
    n, runs = first, 0
    while True:
        fail(n, count)
        try:
            result = work()
        except MemoryError:
            fail(-1)
            result = None
        except BaseException as error:
            fail(-1)
            if not from_memory(error):
                problems.append(f'{work.__name__} {n} {count}: {type(error).__name__}: {str(error)[:200]}')
        else:
            left = fail(-1)
            if whole is not None and repr(result) != whole and ' at 0x' not in whole:
                problems.append(f'{work.__name__} {n} {count}: another result: {str(result)[:300]}')
            if left > 0:
                break
        result = None
        runs += 1
        if n >= last or runs % 64 == 0 and time.monotonic() > deadline:
            break
        n += 1 if runs < 400 or deadline is None else 1 + (n * 7919) % max(1, runs // 100)
    try:
        if work() is not None and whole is not None and repr(work()) != whole and ' at 0x' not in whole:
            problems.append(f'{work.__name__}: broken after its failures')
    except BaseException as error:
        problems.append(f'{work.__name__}: broken after its failures: {type(error).__name__}: {error}')
    return n


sys.unraisablehook = lambda *a: None
threading.excepthook = lambda *a: None
wanted = sys.argv[1:2]
counts = [int(sys.argv[2])] if len(sys.argv) > 2 else [1, 5, 1000000]
first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
last = int(sys.argv[4]) if len(sys.argv) > 4 else float('inf')
with tempfile.TemporaryDirectory() as folder:
    for together in (False, True):
        if together:
            threading.Thread(target=lambda: None).start()  # from here on old objects are shared
        for work in PROGRAMS:
            if wanted and work.__name__ not in wanted:
                continue
            if work is threads and not together and not wanted:
                continue
            for count in counts:
                reached = try_all(work, first, count, time.monotonic() + 3)
                if wanted:
                    print(work.__name__, count, reached)
for problem in problems[:40]:
    print('BROKEN:', problem)
print(f'{len(problems)} broken' if problems else 'whole')
sys.exit(1 if problems else 0)
