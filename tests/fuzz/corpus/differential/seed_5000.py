def f0():
    a = b = c = 1
    a = {x: y for x, y in enumerate('%10.3f' % (2147483648,))}
    b = (c == Thing() is '{}').center(str[0])
    c = divmod((b'' if Number else None))
    class C(int):
        z = 'ß'.splitlines()
        def m(self, *q):
            pass
            print('%x' % ([-5 for x in 0.0],))
            for b in [Sequence([1, 2]), b, str].ljust:
                a //= (2-3j)
                pass
                pass
    print(C().m(int(c)))
    del a.x
    try:
        all(([True, float('nan'), True] * float('nan').issubset()))
    except Exception as error:
        print(type(error).__name__, error)
        assert (b'12',)((Number(5) if dict else True)), b
        raise KeyError
    else:
        for a, b in (x := (0.1 >= True)):
            pass
            if (all('abc') == type(b'12') != ValueError):
                print({b'a': 123456789.125.lower(Thing)})
                assert (1e+16.__eq__() if a[10:1] else (~1.152921504606847e+18)), c
            else:
                del b[0]
                a, *b = (b''.conjugate(1.152921504606847e+18, len) if (1j if ... else -717897987691852588770249) else (~-2.25)).extend()
                (a, b) = bytearray(''(list, ...).insert())
        else:
            c[0] = 1e+16
            del b[0]
        ('%d' % ((x := a),) << 4)
        return (sorted(str(x) for x in dict) @ (a is not c))
    finally:
        del a
        raise ValueError(1)
        for n in range(5):
            if not (list()):
                break
            break
            c = {}
    return a, b, c


show('f0', f0)


def f2():
    a = b = c = 1
    a = ((0 and 9223372036854775807) ** -2)
    b = '{:^7} {}'.format((None << 10), (1e+300 is not len))
    c = '%s' % (bytes(len),)
    print(['{:_} {}'.format(b'', -4611686018427387904), a[-1:], list()])
    return a, b, c


show('f2', f2)


show('e3', lambda a=[1, 2], b='text', c={'k': 1}: ('é'.throw(-0.0) and None(Sequence([1, 2]))).append(list([7])).intersection([*f'<{a!a:}>', [*'{:-5d} {}'.format((2-3j), 1e+16), 10()]]))
def f5():
    a = b = c = 1
    a = (~0.0[None:2:])
    b = (....as_integer_ratio() if (1.152921504606847e+18 @ Sequence([1, 2])) else [*False, float('nan')])
    c = ({**a, 'k': 1.152921504606847e+18} is (1j % b'\xff\x00'))
    pass
    return a, b, c


show('f5', f5)


def f6():
    a = b = c = 1
    a = '{:c} {}'.format(a.rfind(True), (x := len))
    b = ((a % float('inf')) in '%g' % (b,) is '1.5'[(2-3j)])
    c = (format((2-3j), 'b') == f'<{(2-3j)!r:>10}>' is [])
    print([*[(x, a) for x in False], {**Sequence([1, 2]), 'k': -0.0}])
    match (b'\xff\x00' and b'')[0]:
        case (True | 1.5) as a:
            try:
                assert (not (list % '')), a
                match Thing:
                    case {'k': -2 | -2, **c}:
                        print(all(b'a b').extend((str << 17)))
                        assert {**all(a, b'12'), 'k': b}, 'a'
                '{:s} {}'.format({{**b, 'k': b}, (x := Thing)}, format((x := 0.0), ',.2f'))
            except ValueError as error:
                print(type(error).__name__, error)
                for a, b in [(x, a) for x in f'<{...:<8}>']:
                    del b[0]
                    b %= sorted(str(x) for x in a.count(b))
            finally:
                for n in range(5):
                    if not (((-1 % dict) and (123456789.125 % NotImplemented))):
                        break
                    print((x := a.__add__(b'')))
                    pass
                    b.x = ((Thing('y') + Sequence([1, 2])) % c.isidentifier('', 0))
                match [*-717897987691852588770249['1.5'], a[-1:1]]:
                    case Thing(x=(1.5, 'a')):
                        b -= []
                        c //= {**(0.1, a, dict, None), 'k': f'<{1 + 2!s}>'}
                        a -= [frozenset(b'')]
                    case [*_]:
                        a += Sequence([(x, a) for x in Text('t') if 1e-300])
                        pass
                        a, *b = (ValueError << -2)
                with Thing(b'12'.removeprefix()) as a:
                    raise StopIteration(2)
                    pass
                    del a.x
            try:
                b *= '%b' % ((b'12' and a),)
            finally:
                print('finally')
            c = (~((Thing is not None) // {**1e+16, 'k': ValueError}))
        case Thing(x=[True, *b]):
            print(....symmetric_difference.rfind(reversed(b)))
            ('%5.1s' % (Text('{}'),) < (x := (b'\xff\x00' * False)) != format((Number - False), 'e'))
            for n in range(5):
                if not ((format(-0.0, '%') << 13)):
                    break
                c %= {x: y for x, y in enumerate((2-3j))}[-1:1]
                continue
    return a, b, c


show('f6', f6)


show('e7', lambda a=[1, 2], b='text', c={'k': 1}: b)
show('e8', lambda a=[1, 2], b='text', c={'k': 1}: [True for x in ((b'\xff\x00' % a) if {**c, 'k': float('inf')} else (object < slice(1, None, 2) != slice(1, None, 2))).isalpha if callable(format([(x, a) for x in (2-3j) if '{}'], 'x'))])
show('e9', lambda a=[1, 2], b='text', c={'k': 1}: [(x, a) for x in [*(c in a.imag() != (b'' % 2)), (float('nan').expandtabs() < (int % a) != 'ß')]])
show('e10', lambda a=[1, 2], b='text', c={'k': 1}: {})
show('e11', lambda a=[1, 2], b='text', c={'k': 1}: 0.0)
