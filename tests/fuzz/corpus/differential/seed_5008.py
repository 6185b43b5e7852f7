show('e0', lambda a=[1, 2], b='text', c={'k': 1}: (x := bytes(f'<{a!s:5}>')))
def f1():
    a = b = c = 1
    a = b
    b = '%^7' % (type(b''),)
    c = (a.pop(b'a b', False) == [] is (lambda x, y=b, *z, w=2, **k: (Text('t'), x, y, z, w, k))())
    match ('{:#o} {}'.format(3, Number) > str):
        case [*_] if ' x\t\n':
            c -= ('%n' % ('%s',) < ['ß', float('inf')] is (b'abc' < b'' is c))
            with Thing(format(list, 'e')) as b:
                pass
                try:
                    print((len.insert(1e+16) or {256, 0.0}))
                finally:
                    print('finally')
            for n in range(5):
                if not ((lambda x, y=a, *z, w=2, **k: (0.1, x, y, z, w, k))(ValueError, b)[[(x, a) for x in a if None]]):
                    break
                try:
                    break
                    b = sorted(str(x) for x in [0.0 for x in c])[0]
                finally:
                    print('finally')
                break
                class C(list):
                    z = range(5)['12']
                    def m(self, *q):
                        print((format(type, 'x') if 1j else (10 % 3)))
                print(C().m(format(4611686018427387904, 'r')))
        case int() | None | [*_]:
            with Thing((object != ValueError)) as a:
                raise KeyError
                for b in ((len % 255) == (lambda x, y=(2-3j), *z, w=2, **k: (' x\t\n', x, y, z, w, k))(c, 2147483648, bytearray(b'xyz'), w=1) is (a % b'a')):
                    a, *b = [*{1e+16: a()}, '{:#x} {}'.format(('\x00' % (2-3j)), (b % 0.1))]
                    break
                else:
                    assert Sequence(NotImplemented), -2.25
        case [*_]:
            for n in range(5):
                if not (map([])):
                    break
                pass
                {int: {x: y for x, y in enumerate(0.0.insert)}, '%s': (1e-300.__class__(7, b'a') & (lambda x, y=(2-3j), *z, w=2, **k: (object, x, y, z, w, k))(-717897987691852588770249, object, 256)), generator(): (x := a)[0]}
                [a, (b, c)] = {x: y for x, y in enumerate(b(0, c))}
    return a, b, c


show('f1', f1)


def f2():
    a = b = c = 1
    a = {x: y for x, y in enumerate(0.0.add(1.152921504606847e+18))}
    b = iter('1.5')
    c = iter([x for x in 1.5])
    b[:] = (lambda x, y=list(b), *z, w=2, **k: (f'<{c!s:>10}>', x, y, z, w, k))([1j, b], {**b'a', 'k': a}, 10(), w=1)
    print('%<5' % ((float('nan') != None),))
    c.x = ({x: y for x, y in enumerate(dict)}.issubset >= (lambda x, y=[*1e-300, 1.152921504606847e+18], *z, w=2, **k: (a.setdefault, x, y, z, w, k))(f'<{1e+16!s:>10}>', (1j % a)))
    return a, b, c


show('f2', f2)


def f3():
    a = b = c = 1
    a = sorted(str(x) for x in 1j)
    b = {str: '%d' % (b,)}
    c = ({} and str(b'12'))
    c = ({**Text('t'), 'k': a} >> 7)
    return a, b, c


show('f3', f3)


def f4():
    a = b = c = 1
    a = b'abc'.throw.values()
    b = (isinstance(b) - c)
    c = [c.isidentifier, int]
    a = Number()
    return a, b, c


show('f4', f4)


def f5():
    a = b = c = 1
    a = f'<{b!s:<8}>'
    b = format(sum('ß'), '-5d')
    c = ((b'a' if -2.25 else str) < (b'\xff\x00' or float('nan')) < int())
    a, *b = format(abs(slice(1, None, 2).real()), 'r')
    return a, b, c


show('f5', f5)


def f6():
    a = b = c = 1
    a = '{:_} {}'.format([1j for x in 0.0 if c], True)
    b = b'abc'
    c = {**(None and frozenset({1, 2})), 'k': divmod(slice(1, None, 2))}
    pass
    def inner(x=1):
        pass
        try:
            if 9223372036854775807:
                c |= (not (x := b))
                assert 9223372036854775807[0:], 'é'
            else:
                a += abs(str(-1))
                a %= c
        except Exception as error:
            print(type(error).__name__, error)
            match (-1 << 15):
                case list():
                    c = (a.discard % slice(1, None, 2).insert(frozenset({1, 2}), ''))
                    print(...)
                case int(a) if (None % b):
                    print(b[0])
            (-format(b, 'g'))
            a = ((Text('t'),)[-1] in sorted(str(x) for x in b)[{float('inf')}] is float('inf').partition(issubclass(c), 1e+16.throw(dict)))
        else:
            if (x := (c ** 18)):
                a[1:2] = Sequence([1, 2])
            del a
            raise b
        finally:
            class C(dict):
                z = [x for x in c if 1e+16]
                def m(self, *q):
                    pass
            print(C().m(a))
        match [*memoryview('%s', a), [x for x in 'Hello World']]:
            case ([a, b], (True, str())) if f'<{c!r:<8}>':
                for a, b in (2-3j)[1]:
                    (a, b) = f'<{3!s:}>'
                    oct((+b)())
                assert ((x := b''), sorted(str(x) for x in 2)), b
            case list() if bool(float('nan')):
                for a in range(4):
                    break
                    a = c
                    del b[0]
                for b in int:
                    b *= [float('nan') for x in c].decode([NotImplemented, float('nan'), '\x00'], False.strip(b))
                    break
                    c += sorted(str(x) for x in any(0.0, b''))
                def inner(x=1):
                    pass
                    assert (iter(b) - range(5)[1]), c
                print(inner(1))
            case [*_]:
                assert ((256 + ' x\t\n') % f'<{1j!r:}>'), a
                class C(Thing):
                    z = Thing('y')
                    def m(self, *q):
                        c %= ((not b'') in (lambda x, y=a, *z, w=2, **k: (range(5), x, y, z, w, k))() < {x: y for x, y in enumerate(b)})
                        del b[0]
                print(C().m(memoryview(b'abcd')))
    print(inner(b))
    with Thing(sum(0.0)) as b:
        try:
            try:
                del a
                b = 1j
                b = {getattr((3 < b'a b' < b))}
            finally:
                print('finally')
            class C:
                z = bytearray(b'xyz')
                def m(self, *q):
                    print((~Number(5)))
            print(C().m((2-3j).hex(b'\xff\x00')))
        finally:
            print('finally')
    return a, b, c


show('f6', f6)


def f7():
    a = b = c = 1
    a = any((x := ...), {slice(1, None, 2): b'\xff\x00', a: 1e-300, b: Text('t')})
    b = ('%>10' % ('Hello World',) % sorted(str(x) for x in ...))
    c = (('%s' @ type) << 17)
    with Thing(b'12'.rsplit(frozenset({1, 2}), 1e+300)) as c:
        def inner(x=1):
            nonlocal a
            if (False.decode % '%x' % (2147483648,)):
                b = b.encode()
                print((2147483648,)[-1])
                b = {**None, 'k': c}('%*^9' % (a,), [*Thing, frozenset({1, 2})])
            [a, (b, c)] = len(b).__add__
        print(inner(*[1, 2]))
        try:
            print(sorted(str(x) for x in [*2, 'abc']))
            assert (x := {}), a
        except Exception as error:
            print(type(error).__name__, error)
            pass
            b = ((not int).index((-0.0 % 'a')) if [(x, a) for x in float('nan')].setdefault else [*100000000000000000000, '{:d} {}'.format(255, 255)])
            if bool():
                b %= memoryview(b'abcd')
                assert (lambda x, y={**b'\xff\x00', 'k': 0.0}, *z, w=2, **k: ([type], x, y, z, w, k))(), '{}'
                {x: y for x, y in enumerate('{:_} {}'.format(-5, 100000000000000000000))}['{:^7} {}'.format(b, 4611686018427387904)]
            else:
                assert {NotImplemented: (-2.25 >> 14)}, Number
        else:
            c = f'<{-717897987691852588770249!a}>'
        finally:
            del b[0]
            class C:
                z = sorted(str(x) for x in a)
                def m(self, *q):
                    c = float('nan')
            print(C().m({}))
            pass
        print(([*..., -2.25] ** -2))
    print(b'a')
    raise ValueError(1)
    return a, b, c


show('f7', f7)


show('e8', lambda a=[1, 2], b='text', c={'k': 1}: (float('inf') if c else [(x, a) for x in float([*(2-3j), b'a'])]))
def f10():
    a = b = c = 1
    a = '{:b} {}'.format(f'<{None!r}>', (float('inf') >= (2-3j)))
    b = [1(slice(1, None, 2)) for x in {**Text('t'), 'k': b'a b'}]
    c = {x: y for x, y in enumerate(True)}
    del a
    class C:
        z = '%=+8' % (1.5,)
        def m(self, *q):
            try:
                for a in {x: y for x, y in enumerate(Number(5).ljust((2-3j)))}:
                    continue
            except (TypeError, KeyError) as error:
                print(type(error).__name__, error)
                (((dict in b != True) % f'<{-4611686018427387904}>') % (lambda x, y=a.count(), *z, w=2, **k: ((x := 0.0), x, y, z, w, k))())
                print(tuple('{:10.3f} {}'.format(4611686018427387904, float('inf')), [(x, a) for x in -717897987691852588770249]))
                try:
                    a.x = (b'a b', {**b, 'k': 100000000000000000000}, {**1j, 'k': b}, False[0])
                finally:
                    print('finally')
            a //= (x := 2).pop((b,))
    print(C().m((float('nan') is not -1)))
    return a, b, c


show('f10', f10)


