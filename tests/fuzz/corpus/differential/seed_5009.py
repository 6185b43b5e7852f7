show('e0', lambda a=[1, 2], b='text', c={'k': 1}: {x: y for x, y in enumerate(f'<{a!s}>')})
def f1():
    a = b = c = 1
    a = b'abc'
    b = [(x, a) for x in (1j * 9223372036854775807) if (lambda x, y=2, *z, w=2, **k: (c, x, y, z, w, k))(c, -0.0, w=1)]
    c = int
    a = a
    for b in ['日本', b'abc']:
        pass
        if zip((x := type)):
            continue
        else:
            class C(list):
                z = int.update(c)
                def m(self, *q):
                    assert format({x: y for x, y in enumerate(b)}, ''), 0.0
                    assert hex(), float('nan')
                    pass
            print(C().m([*float('inf'), -4611686018427387904]))
            (x := Thing()[1::])[1::-3]
        assert c.union(), b'a b'
    match ((Number(5) + c) % (x := a)):
        case (True, [1.5, *b]) if [*..., (2-3j)]:
            [a, (b, c)] = a.tolist().sort((NotImplemented * 'a,b,c'))
        case [Thing(x={}), *b]:
            assert format((-717897987691852588770249 <= Thing('y')), '10.3f'), Number
            try:
                match (len,):
                    case [a, b]:
                        del b[0]
                    case [a, b] if [b'\xff\x00' for x in 1j if range(10, 0, -3)]:
                        pass
                        del a.x
                        b *= {memoryview(b'abcd'): 123456789.125, 1.5: (b if b else 3), b'abc': (a * b'\xff\x00')}
            finally:
                print('finally')
            class C(int):
                z = {**-1, 'k': float('nan')}
                def m(self, *q):
                    match ((2 * (2-3j)) == 'a' is sorted(str(x) for x in '%s')):
                        case int(a):
                            pass
                            a = format([a, c])
                            del c[:1]
                        case [*_] if c.extend(Thing(), 2147483648):
                            assert 'abc', type
                            assert {}, b'\xff\x00'
                            pass
                        case [a, b]:
                            assert sorted(str(x) for x in {x: y for x, y in enumerate(Number)}), generator()
                            b += abs('😀x'())
            print(C().m(any(Number(5))))
        case {'k': (int(), []), **c}:
            with Thing('{:#x} {}'.format(a, b)) as b:
                a.x = (lambda x, y='{:+} {}'.format(' x\t\n', None), *z, w=2, **k: (((list if (2-3j) else a) == all()), x, y, z, w, k))()
                for n in range(5):
                    if not ('😀x'):
                        break
                    (('%%' % (255,) % b'a'.center) if {dict: (b'' ** 17)} else sorted(str(x) for x in sorted(str(x) for x in None)))
    return a, b, c


show('f1', f1)


show('e2', lambda a=[1, 2], b='text', c={'k': 1}: (repr((b'\xff\x00' or '😀x'.__hash__())) >> 17))
show('e3', lambda a=[1, 2], b='text', c={'k': 1}: float((not {'\x00', (2-3j)}.intersection(False))))
def f4():
    a = b = c = 1
    a = bytes(...)[2:-3]
    b = (('ß' - None) == c < 1())
    c = b'a'
    c = {**[x for x in 9223372036854775807 if a], 'k': (x := dict)}.values
    b = f'<{len([1])}>'[:0:0]
    return a, b, c


show('f4', f4)


show('e5', lambda a=[1, 2], b='text', c={'k': 1}: (f'<{[]!a:<8}>' % [(x, a) for x in ('a',).keys]))
def f6():
    a = b = c = 1
    a = [1j]
    b = (b'12' if len else {x: y for x, y in enumerate(a)})
    c = bytearray('{:%} {}'.format(str, int))
    {**(x := (c % '')), 'k': {x: y for x, y in enumerate(2147483648)}.encode()}
    return a, b, c


show('f6', f6)


show('e7', lambda a=[1, 2], b='text', c={'k': 1}: slice(1, None, 2))
def f8():
    a = b = c = 1
    a = NotImplemented
    b = (x := None.extend(Text('t'), float('nan')))
    c = ([*a, 'ß'] < 255() < NotImplemented.__len__())
    ({0.1: a.center('é'), ValueError: format(generator(), '-5d'), -5: (2 % float('nan'))} @ (bytearray(b'xyz') < a != 1).stop())
    c = (lambda x, y=((2-3j).is_integer() in 123456789.125 < [x for x in a]), *z, w=2, **k: (sorted(str(x) for x in b'a').popitem(), x, y, z, w, k))(('日本'(None) ** 9), (lambda x, y=slice(1, None, 2), *z, w=2, **k: (a, x, y, z, w, k))().values(((2-3j) and 10)), {**a, 'k': a}[:1])
    return a, b, c


show('f8', f8)


show('e10', lambda a=[1, 2], b='text', c={'k': 1}: a)
show('e11', lambda a=[1, 2], b='text', c={'k': 1}: '{:+} {}'.format(int.lstrip(object, frozenset({1, 2})).split((x := c)), format(format(None, ',.2f'), '#x')).real())
