def f1():
    a = b = c = 1
    a = (1.5 if b else bytearray(b'xyz')).casefold
    b = complex()
    c = 1e+300
    min(b'12'.step((-0.0 % b'a')))
    assert ({**1, 'k': Thing('y')} % (Sequence([1, 2]) != c)), b
    assert f'<{a!s}>', b
    return a, b, c


show('f1', f1)


def f2():
    a = b = c = 1
    a = (iter(str) in (~'12') is '{:} {}'.format(a, b'a b'))
    b = b.startswith(True)[10::-1]
    c = a
    class C(int):
        z = Number(5)
        def m(self, *q):
            for n in range(5):
                if not ([x for x in a].format()):
                    break
                (a, b) = {{type: memoryview(b'abcd')}}
    print(C().m((slice(1, None, 2), )))
    return a, b, c


show('f2', f2)


show('e3', lambda a=[1, 2], b='text', c={'k': 1}: [3 for x in ([] < {b'\xff\x00': 1.5, 0.1: -1} is [*False, a])].start)
show('e4', lambda a=[1, 2], b='text', c={'k': 1}: [x for x in a(slice(Thing)) if (None in '%o' % (b'a',))].extend)
def f5():
    a = b = c = 1
    a = (list('abc') * min(False))
    b = (-isinstance(c))
    c = b.update[-1]
    [a, (b, c)] = (format(NotImplemented, '>10') << 7)
    print((not frozenset({1, 2}))('{:=+8} {}'.format(float('inf'), Number(5)), (None and b'a')))
    return a, b, c


show('f5', f5)


def f6():
    a = b = c = 1
    a = {}
    b = [b'abc'.ljust, '{:=+8} {}'.format(object, 7)]
    c = (memoryview(b'abcd') if b else b)[-1:2]
    print(format((lambda x, y=-4611686018427387904, *z, w=2, **k: (len, x, y, z, w, k))(b, (2-3j), w=1), '+'))
    (a, b) = [[(x := Number), (Number(5) % c)], complex([*ValueError, 0.1]), [sorted(str(x) for x in object), sorted(str(x) for x in Number(5)), Thing('y').pop]]
    return a, b, c


show('f6', f6)


show('e7', lambda a=[1, 2], b='text', c={'k': 1}: {x: y for x, y in enumerate(((a - 2)[(a + a)] or (sorted(str(x) for x in c) != list)))})
def f8():
    a = b = c = 1
    a = '%c' % ('a,b,c',)
    b = format(Number, ',.2f')
    c = ((lambda x, y=c, *z, w=2, **k: (255, x, y, z, w, k))() * slice(1, None, 2).rsplit())
    print(((lambda x, y=a, *z, w=2, **k: (b'12', x, y, z, w, k))((2-3j), 1e-300) in ('a,b,c' or float('inf'))))
    return a, b, c


show('f8', f8)


show('e9', lambda a=[1, 2], b='text', c={'k': 1}: ('{:+} {}'.format(('é'.strip(..., a) if format(..., 'n') else Sequence([1, 2])), b) + f'<{ValueError!r:>10}>'))
def f10():
    a = b = c = 1
    a = '%+' % (0.1,)
    b = repr((lambda x, y=float('inf'), *z, w=2, **k: (bytearray(b'xyz'), x, y, z, w, k))(), b)
    c = [x for x in [range(10, 0, -3), b'12']]
    with Thing(Text(b'abc')) as b:
        return ((False if b'12' else float('inf')),)
        with Thing(c) as a:
            with Thing(1j.start()) as c:
                a = format([], '#o')
                b = {b'12': '%r' % (c,)}.add(Number((100000000000000000000 % c)))
                (None % ('a'.bit_length % False[0]))
    c = float('nan')
    return a, b, c


show('f10', f10)


