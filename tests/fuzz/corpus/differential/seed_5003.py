def f1():
    a = b = c = 1
    a = {**generator(), 'k': Number}.split()
    b = (lambda x, y=(memoryview(b'abcd') % None), *z, w=2, **k: ((b + c), x, y, z, w, k))(c, '日本'.reverse(..., c))
    c = sorted(str(x) for x in (~(2-3j)))
    raise ValueError(1)
    return a, b, c


show('f1', f1)


show('e2', lambda a=[1, 2], b='text', c={'k': 1}: '%' % (({(lambda x, y=123456789.125, *z, w=2, **k: (1, x, y, z, w, k))(Number, memoryview(b'abcd'), (2-3j))} * (~(1e-300 == Number(5) < 1))),))
def f5():
    a = b = c = 1
    a = {**b'a'.count(b'12', 1.152921504606847e+18), 'k': (x := True)}
    b = True
    c = {x: y for x, y in enumerate(ord(float('nan')))}
    pass
    (a, b) = []
    return a, b, c


show('f5', f5)


show('e7', lambda a=[1, 2], b='text', c={'k': 1}: format(hash('1.5'[1]), '10.3f'))
def f8():
    a = b = c = 1
    a = ('abc' ^ [])
    b = float('inf')
    c = sorted(str(x) for x in (0 % 1.5))
    with Thing({3, b}) as a:
        pass
    def inner(x, /, y=2):
        pass
        try:
            a[1:2] = [*(str >> 6), a[:Thing('y'):0]]
            for n in range(5):
                if not (('{:_} {}'.format(None, True) << 13)):
                    break
                a.x = ({x: y for x, y in enumerate(1j.replace('abc'))} and (b'12' * '日本').insert)
        finally:
            print('finally')
    print(inner(*[1, 2]))
    for a in (int.removeprefix('\x00', b'\xff\x00') if [str for x in c] else False[0]):
        break
        b
    return a, b, c


show('f8', f8)


show('e10', lambda a=[1, 2], b='text', c={'k': 1}: '{:*^9} {}'.format(dict((~['ß'])), list))
