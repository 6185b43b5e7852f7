show('e0', lambda a=[1, 2], b='text', c={'k': 1}: (1e+16.replace() % (x := (format(1.152921504606847e+18, '=+8') ** 5))))
show('e1', lambda a=[1, 2], b='text', c={'k': 1}: [*[(x, a) for x in 1 if a].add(format(1.152921504606847e+18, '#x')), format((b % c), '>10')].swapcase())
def f2():
    a = b = c = 1
    a = (sorted(str(x) for x in True) >> 7)
    b = (~'%,.2f' % (...,))
    c = (... == Number).get((b'a' + int), range(10, 0, -3).isdigit())
    print([[], (0.0 if True else c)])
    return a, b, c


show('f2', f2)


show('e3', lambda a=[1, 2], b='text', c={'k': 1}: getattr((not '{:<5} {}'.format(b'12', c)))[0])
show('e4', lambda a=[1, 2], b='text', c={'k': 1}: format(((x := True.discard(None, a)) < sorted(str(x) for x in [(x, a) for x in 3 if b])), 's'))
def f5():
    a = b = c = 1
    a = (c[10:] % {10: b'abc'})
    b = range(5)
    c = ({c, b'abc', 0} - (Sequence([1, 2]) >= c))
    def inner(**x):
        nonlocal a
        def inner(**x):
            pass
            [a, (b, c)] = {x: y for x, y in enumerate(...)}.reverse()
            def inner(*x):
                pass
                print(bool(...[a]))
            print(inner())
        print(inner())
    print(inner())
    for n in range(5):
        if not (((False in generator() != '{}') + (b'abc' - float('inf')))):
            break
        c %= f'<{c!s:<8}>'
    b //= float('nan')
    return a, b, c


show('f5', f5)


def f8():
    a = b = c = 1
    a = ((lambda x, y=Text('t'), *z, w=2, **k: (a, x, y, z, w, k))(float('nan'), 100000000000000000000, b) / [-2.25, -4611686018427387904, ...])
    b = format(b'12', 'r')[2:-1:0]
    c = b
    class C(dict):
        z = list
        def m(self, *q):
            del a.x
            b -= pow((a - False), [Number(5) for x in int])
            if sorted():
                if (Sequence() if 'ß'.translate() else format(..., '_')):
                    (sorted('') < (not {x: y for x, y in enumerate(None)}) != f'<{a!r:>10}>')
                    pass
                elif f'<{a:>10}>':
                    a, *b = 'é'
                    c[-1] = format({1.152921504606847e+18: list, c: NotImplemented, '{}': 1j}, '10.3f')
                    b += bool((lambda x, y=Number, *z, w=2, **k: (1e-300, x, y, z, w, k))(float('nan'), generator()))
                for b in zip(reversed('')):
                    (f'<{b!a:5}>'.rsplit() % ((-2.25 * b'a') == -2.25.x(Number(5))))
                assert (lambda x, y=dict, *z, w=2, **k: ((~len), x, y, z, w, k))('{:o} {}'.format(c, a), 'é'[...]), range(10, 0, -3)
            else:
                match [b'12'[0], f'<{1 + 2!r:>10}>']:
                    case Thing(x='a') if str:
                        del a.x
                        del c[:1]
                        assert Number(-0.0, b'\xff\x00').items(), Thing()
                    case int(a):
                        c -= {**{**b, 'k': float('inf')}, 'k': (True or b'a')}
                        a |= ((1e-300 > '12') % slice(1, None, 2).start)
                    case (1.5, 1) | ([], True):
                        print([(... in (2-3j) < 4611686018427387904), str, (a % False)])
                        del a.x
                        assert 3[2:2][b'12'], c
                class C(Thing):
                    z = max(4611686018427387904, object)
                    def m(self, *q):
                        raise KeyError
                print(C().m('{:%} {}'.format('a,b,c', generator())))
    print(C().m('{:%} {}'.format(Thing, '12')))
    return a, b, c


show('f8', f8)


show('e10', lambda a=[1, 2], b='text', c={'k': 1}: dict(Text('t').symmetric_difference().isalpha(...[0], '{:>10} {}'.format('{}', 0.0)).symmetric_difference()))
def f11():
    a = b = c = 1
    a = a[:2:-3].find()
    b = a
    c = tuple((ValueError ** 10))
    b = (format(b'12', '#o'),)
    c = {**'{:10.3f} {}'.format(int, '😀x')[0:c:10], 'k': (lambda x, y='a'.index(1.5), *z, w=2, **k: (Sequence([1, 2]).nothing(), x, y, z, w, k))(('1.5' if ... else b), a[1], 123456789.125.conjugate('{}'))}
    return a, b, c


show('f11', f11)


