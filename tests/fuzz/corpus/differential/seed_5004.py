def f0():
    a = b = c = 1
    a = [b'', '%s', 1.5].index()
    b = ([*b'12', c] ** 0)
    c = b''
    pass
    return a, b, c


show('f0', f0)


def f1():
    a = b = c = 1
    a = (pow() == (x := '😀x'))
    b = 1e-300().__contains__((-1 == bytearray(b'xyz')), Text('t')(False))
    c = '{:#o} {}'.format({**float('nan'), 'k': ...}, round(a))
    for a, b in range(4):
        print((256, ).removeprefix())
        c = b
    class C(Thing):
        z = 255()
        def m(self, *q):
            def inner(x=1):
                pass
                a = {x: y for x, y in enumerate(c)}.swapcase((type in (2-3j) < 1e+300))
            print(inner(x=3))
    print(C().m(['a' for x in 123456789.125]))
    pass
    return a, b, c


show('f1', f1)


show('e3', lambda a=[1, 2], b='text', c={'k': 1}: (((+(256 ** 12)) << -2) != [[*Thing, (-2)]]))
def f4():
    a = b = c = 1
    a = ((float('inf') >> 1) % bytes())
    b = generator()
    c = False(1.5, 100000000000000000000).symmetric_difference
    c *= (pow(256), (lambda x, y=b'12', *z, w=2, **k: (-717897987691852588770249, x, y, z, w, k))(b'a'), (lambda x, y=Number(5), *z, w=2, **k: (-5, x, y, z, w, k))('日本', b'', 1e+16, w=1), (c >> 9))
    for n in range(5):
        if not ({**[], 'k': sorted(str(x) for x in 1.5)}):
            break
        def inner(x):
            nonlocal a
            c = 1j
            class C(list):
                z = (' x\t\n' < c)
                def m(self, *q):
                    pass
                    del a.x
                    assert format(255, 'e')[2:2], -4611686018427387904
            print(C().m(format(b'\xff\x00', 'r')))
        print(inner(b))
        pass
        class C(dict):
            z = {**b, 'k': int}
            def m(self, *q):
                ([False, b'12', True].bit_length([(x, a) for x in ...]) * (sorted(str(x) for x in 1e+16) << 9))
                def inner(*x):
                    pass
                    a, *b = {b: 'abc'}[1]
                    c = '%08.3f' % (10,)
                    del b[0]
                print(inner())
        print(C().m(isinstance(str)))
    return a, b, c


show('f4', f4)


show('e5', lambda a=[1, 2], b='text', c={'k': 1}: (((('%s' < b'abc') == (x := b'12') < [x for x in 2147483648]) ^ (x := (dict % c))) * format((c % Thing), 'g')[-1]))
show('e6', lambda a=[1, 2], b='text', c={'k': 1}: c)
def f7():
    a = b = c = 1
    a = format(b'abc', '').tolist([])
    b = len.step(1e+300, Thing('y'))((NotImplemented >> 12))
    c = 1e+16
    print([(-1e+300) for x in sorted(str(x) for x in 1e+300) if (lambda x, y=1j, *z, w=2, **k: (b'a', x, y, z, w, k))(float('inf'), c, dict)])
    return a, b, c


show('f7', f7)


def f9():
    a = b = c = 1
    a = {{**255, 'k': ...}, {**a, 'k': True}}
    b = c.translate()
    c = str()[-1]
    print(repr((lambda x, y=-0.0, *z, w=2, **k: (slice(1, None, 2), x, y, z, w, k))(str, b'12', NotImplemented, w=1)))
    def inner(x, /, y=2):
        pass
        for a, b in range(4):
            try:
                c |= [*'12', bytearray(b'xyz')][0]
            except (TypeError, KeyError) as error:
                print(type(error).__name__, error)
                assert f'<{c:}>', b
                pass
        else:
            with Thing(sorted(str(x) for x in memoryview(b'abcd'))) as a:
                pass
                a, *b = 1e-300
                print((x := a)[-1])
        del a
    print(inner(b))
    return a, b, c


show('f9', f9)


show('e10', lambda a=[1, 2], b='text', c={'k': 1}: {**type(f'<{a!a:5}>'), 'k': {False: Text('t')[Thing]}.setdefault()})
show('e11', lambda a=[1, 2], b='text', c={'k': 1}: '%b' % ((lambda x, y=repr((dict % a), 2[0]), *z, w=2, **k: (int[:-3], x, y, z, w, k))(((-0.0 % float('inf')) <= [*100000000000000000000, b'']), w=1),))
