# Source text: encoding declarations, BOM, line ends, form feeds, continuation, unusual identifiers.

for source in (b"# -*- coding: latin-1 -*-\nx = '\xe9'", b"\xef\xbb\xbfx = '\xc3\xa9'", b"x = 1\r\nif x:\r\n    y = 2\r\n", b"x = 1\rz = 2\r", b"x = (1 +\\\n 2)\n", b"\x0cx = 1\n", b"x = 'a\\\nb'", b"#!/usr/bin/x\n# vim: set fileencoding=utf-8 :\nx='\xe2\x82\xac'", b"x = 1; y = 2;", b"if 1:\n\tx = 1\n\ty = 2", b"x = '''a\r\nb'''", b"x = b'\\xff'", b"\n\n\n# only\n", b""):
    namespace = {}
    exec(compile(source, "<source>", "exec"), namespace)
    print(source, [(k, v) for k, v in namespace.items() if k != "__builtins__"])
for source in (b"x = '\xff'", b"# coding: nonsense\nx = 1", b"# coding: ascii\nx = '\xc3\xa9'", b"\xef\xbb\xbf# coding: latin-1\n", b"x = 1\x00", b"if 1:\n\tx = 1\n        y = 2", b"x = 1 +\\ \n2", b"\\"):
    try:
        exec(compile(source, "<source>", "exec"))
        print(source, "compiles")
    except (SyntaxError, ValueError) as error:
        print(source, type(error).__name__, error)
ª, ﬁ, naïve, 变量, _x1, 𝐟 = 1, 2, 3, 4, 5, 6
print(a, fi, naïve, 变量, f, sorted(k for k in globals() if len(k) < 3 and k.isalpha()))
print(1_0.0_1e1_0, 0XfF, 0B1, 0O7, 1E5, .5, 5., 1j, 1.5J, 0_0, 00, 'a' "b" '''c''' r"\d", b'x' rb"\y", u"u", "\101\x41\u0041\U00000041\N{LATIN CAPITAL LETTER A}", '\
')
x = [1,
     2]; y = {'a': 1,
  }
if x: print("one line")
else: print("never")
class A: b = 1; c = 2
print(A.c, (lambda: 5)(), not 1 == 2, -2 ** 2, 2 ** -1, 1 if 0 else 2 if 0 else 3, not not 1, 1 < 2 < 3, 1 < 3 > 2, 5 - 3 - 1, 2 ** 3 ** 2, ~-1, +-+1, 1 or 0 and 0, 6 // 4 * 2, 1 | 2 ^ 3 & 4 << 1)
