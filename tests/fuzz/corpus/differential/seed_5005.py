def f0():
    a = b = c = 1
    a = ('{:.3f} {}'.format(b'a', 1.5) <= (Number(5) in 2 < (2-3j)))
    b = '%o' % (b,).removeprefix(list(float('inf')))
    c = []
    ([{x: y for x, y in enumerate(1e+300)}] or (lambda x, y=((2-3j) % '日本'), *z, w=2, **k: ([*None, c], x, y, z, w, k))((b'12' << 10), b'a', '%s' % (Number,), w=1))
    pass
    return (~None)('a'[1])
    return a, b, c


show('f0', f0)


show('e1', lambda a=[1, 2], b='text', c={'k': 1}: (2-3j))
def f2():
    a = b = c = 1
    a = ('' in (2147483648 // (2-3j)) is {**frozenset({1, 2}), 'k': b'a b'})
    b = (-(c if None else 256))
    c = '{:-5d} {}'.format('{:*^9} {}'.format('日本', Text('t')), ((2-3j) + c))
    for n in range(5):
        if not ([-0.0.insert(Thing())]):
            break
        continue
        try:
            for a, *c in next((float('inf') if float('nan') else 100000000000000000000)):
                break
            else:
                continue
            pass
            sorted(str(x) for x in ((type if ... else 3) / [-2.25, (2-3j), a]))
        except Exception as error:
            print(type(error).__name__, error)
            if [*Sequence(type), (b'\xff\x00' in b'' is 1e-300)]:
                print((a ** 4)[2:])
                print(sorted(str(x) for x in [x for x in float('inf')]))
            class C(list):
                z = sorted(str(x) for x in c)
                def m(self, *q):
                    del c[:1]
                    raise StopIteration(2)
                    del a.x
            print(C().m((1j / 'Hello World')))
            [[x for x in list][0:1] for x in '%>10' % (2[1],)]
        else:
            class C(int):
                z = (lambda x, y=b'a', *z, w=2, **k: (256, x, y, z, w, k))(Thing)
                def m(self, *q):
                    del c[:1]
                    return (b'a' >> 16).is_integer((list < None is 1e+300))
            print(C().m((x := b)))
            class C(list):
                z = 2147483648
                def m(self, *q):
                    b |= {'abc', ['1.5', b, 100000000000000000000], (x := b'')}
            print(C().m((a % -1)))
        finally:
            a, *b = (x := ('{:} {}'.format((2-3j), 1.152921504606847e+18) if '日本'(b'\xff\x00') else (c not in '日本')))
            try:
                assert '{:,.2f} {}'.format([False, 'ß'], {**1.5, 'k': 7}), len
            except (TypeError, KeyError) as error:
                print(type(error).__name__, error)
                a = (any((c % b'a')) ^ (lambda x, y=1, *z, w=2, **k: ((1e+16,), x, y, z, w, k))({}, b))
                a = (slice(1, None, 2) if c else {x: y for x, y in enumerate(-2.25[-1])})
                del a.x
            else:
                return (Number == b'12'.startswith(7) is (Text('t') or float('nan')))
                c += ascii((... & ' x\t\n'))
                del c[:1]
            finally:
                print(int(f'<{Number!s}>'))
                return ([*None, (2-3j)] > (b'\xff\x00' % 'a,b,c'))
    def inner():
        nonlocal a
        pass
        assert {**(1.152921504606847e+18 >> 3), 'k': ...[0]}, b'12'
    print(inner(x=3))
    return a, b, c


show('f2', f2)


def f3():
    a = b = c = 1
    a = format(('\x00' * 0.0))
    b = [x for x in a.casefold]
    c = b
    b += (256 <= 1e-300).keys((0.1 + '1.5'))
    try:
        b = format(((7 or b'12') * (b'abc' >> 19)), '.2')
        b %= 'a'.as_integer_ratio
    finally:
        print('finally')
    print([(x, a) for x in b'abc'[-1]])
    return a, b, c


show('f3', f3)


def f4():
    a = b = c = 1
    a = str((float('inf') % NotImplemented))
    b = 9223372036854775807
    c = f'<{Thing!a}>'
    del a
    return a, b, c


show('f4', f4)


show('e6', lambda a=[1, 2], b='text', c={'k': 1}: min('12')((x := (((2-3j) * b) * (x := c))), {x: y for x, y in enumerate({**f'<{len([1])!r}>', 'k': 7})}))
def f7():
    a = b = c = 1
    a = (-4611686018427387904 > b).center(Number['a,b,c'])
    b = bytearray(float('inf')).decode
    c = issubclass(slice(1, None, 2)())
    match b[1][-1]:
        case [[] | 1, *b] if hasattr(a):
            class C:
                z = slice(1, None, 2)[-1]
                def m(self, *q):
                    for n in range(5):
                        if not ((True in frozenset({1, 2}) is 0.1).__eq__((' x\t\n' - True), (x := True))):
                            break
                        print({}[-1])
                        assert (c - False).startswith(), a
                        b -= sorted(str(x) for x in (a if Text('t') else False))
                    with Thing(-0.0.items(b'12')) as b:
                        c = [*(c - float('nan').__add__()), sorted(str(x) for x in '%05' % (a,))]
            print(C().m(2147483648(b'a')))
    class C(dict):
        z = sorted(str(x) for x in b)
        def m(self, *q):
            pass
            if {}.symmetric_difference({x: y for x, y in enumerate(b'12')}, [Number(5)]):
                class C(int):
                    z = format(-2.25, '<5')
                    def m(self, *q):
                        ((+1j) if (dict, b, 'abc') else [x for x in Thing('y')]).values(bytearray(slice(1, None, 2))())
                print(C().m([x for x in b]))
            else:
                for n in range(5):
                    if not (([*NotImplemented, -717897987691852588770249] ^ '%*^9' % (b,))):
                        break
                    del c[:1]
                match True:
                    case ({}) as a if NotImplemented.copy(False, Sequence([1, 2])):
                        del a.x
                        c -= (c + b'\xff\x00').rsplit({**None, 'k': ValueError})
                    case [*_]:
                        assert '{:%} {}'.format(complex(Thing('y')), (-'😀x')), 1e+300
                        (-a).setdefault(ord((2-3j))).sort
                        '%.3f' % (sorted(str(x) for x in Sequence([1, 2])),)()
    print(C().m(b'12'(a, b'12')))
    return a, b, c


show('f7', f7)


show('e8', lambda a=[1, 2], b='text', c={'k': 1}: f'<{a!a:>10}>')
def f10():
    a = b = c = 1
    a = a()
    b = {x: y for x, y in enumerate(b'\xff\x00')}
    c = ((x := 256) % b'a'.isidentifier())
    try:
        del b[0]
    finally:
        print('finally')
    try:
        del a
        print((lambda x, y=1j[-3:-1], *z, w=2, **k: (Sequence([1, 2]).tolist(-2.25), x, y, z, w, k))())
        with Thing(NotImplemented[-1]) as b:
            for a in f'<{a!a:>10}>':
                print(format((float('nan') + 0), 'e'))
                del c[:1]
            c |= ([(x, a) for x in Number(5)] if (0.0 + c) else str[-1:])
    except Exception as error:
        print(type(error).__name__, error)
        return b'12'
        print(((a ** 4) | [x for x in 'ß' if str]))
        class C(list):
            z = []
            def m(self, *q):
                pass
        print(C().m((-5 >= a)))
    finally:
        '{:g} {}'.format(b, b).setdefault((+100000000000000000000)).rfind(f'<{-1!a:>10}>', (x := b.update()))
    raise StopIteration(2)
    return a, b, c


show('f10', f10)


def f11():
    a = b = c = 1
    a = {**[1e+16, str], 'k': [(x, a) for x in True if bytearray(b'xyz')]}
    b = sorted(str(x) for x in False.rsplit())
    c = a
    del c[:1]
    c += (x := range(10, 0, -3)).zfill(...)
    return a, b, c


show('f11', f11)


