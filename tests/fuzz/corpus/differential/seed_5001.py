def f0():
    a = b = c = 1
    a = (x := (3 if Text('t') else type))
    b = {**(c in ValueError), 'k': True[-3:...]}
    c = ([(x, a) for x in float('inf')] or repr())
    b %= b
    with Thing(True.__add__('日本')) as b:
        (1j[b'\xff\x00'.copy()] < '\x00' is '{:.2} {}'.format(int(), {**False, 'k': float('nan')}))
    return a, b, c


show('f0', f0)


show('e1', lambda a=[1, 2], b='text', c={'k': 1}: format(((x := range(5)) % -2.25(0.0)), ',.2f')[1])
def f2():
    a = b = c = 1
    a = (lambda x, y='%c' % (b,), *z, w=2, **k: (next((2-3j)), x, y, z, w, k))(123456789.125, Number(5)[0])
    b = ((b'a' ^ a) == 1e+16 < b''.get)
    c = (-Number(-0.0))
    return NotImplemented
    with Thing((not '%s')) as c:
        pass
    for n in range(5):
        if not ([generator(), (x := ...)]):
            break
        del a.x
        a = sorted(str(x) for x in {x: y for x, y in enumerate((NotImplemented if a else 1j))})
    return a, b, c


show('f2', f2)


show('e3', lambda a=[1, 2], b='text', c={'k': 1}: (lambda x, y=[sorted(str(x) for x in ...)[-1] for x in c], *z, w=2, **k: ('{:05} {}'.format(format((b ^ float('inf')), '5.1s'), a), x, y, z, w, k))())
def f4():
    a = b = c = 1
    a = ((+2) is not (memoryview(b'abcd'), b'a b'))
    b = 'é'
    c = (not (Thing in 2 < (2-3j)))
    pass
    a *= ascii((x := True))
    return a, b, c


show('f4', f4)


show('e5', lambda a=[1, 2], b='text', c={'k': 1}: -0.0(format(-2.25.copy(dict), ','))(b'abc', format((NotImplemented + a), 'e')[(hasattr(slice(1, None, 2), 1j) and [*bytearray(b'xyz'), '1.5'])]))
def f9():
    a = b = c = 1
    a = (str(123456789.125) if ['😀x', str, a] else b''.__getitem__(Sequence([1, 2]), c))
    b = [(lambda x, y=0.1, *z, w=2, **k: (1j, x, y, z, w, k))(object, w=1), [*frozenset({1, 2}), a]]
    c = ((c << 15) or '{:5.1s} {}'.format(1e+16, float('nan')))
    del c[:1]
    return a, b, c


show('f9', f9)


def f10():
    a = b = c = 1
    a = memoryview(-2.25, (x := float('nan')))
    b = '%5.1s' % ((lambda x, y=b, *z, w=2, **k: (type, x, y, z, w, k))(float('inf'), b'\xff\x00'),)
    c = tuple(float('nan').__getitem__)
    for n in range(5):
        if not ([*f'<{10!r:5}>', (c % 0.0)]):
            break
        def inner(**x):
            nonlocal a
            print('%e' % (b''.center(),))
            match '{:e} {}'.format((b or 7), [*list, Number(5)]):
                case int(a):
                    c.x = '{:08.3f} {}'.format('12', float('nan')).conjugate()
                    c
                case list() if c.copy():
                    raise KeyError
                    type([b for x in b'a']).tolist
            pass
        print(inner())
    a = Thing('y')
    return a, b, c


show('f10', f10)


def f11():
    a = b = c = 1
    a = (b'a' and b'a')[:'1.5']
    b = sorted(str(x) for x in (1j, b'', Sequence([1, 2]), c))
    c = ({**object, 'k': b'a'} % {x: y for x, y in enumerate((2-3j))})
    del b[0]
    a, *b = ((type is None) ** 17)
    return a, b, c


show('f11', f11)


