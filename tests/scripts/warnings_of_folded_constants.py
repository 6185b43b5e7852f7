"""What the compiler says to constants that come of folding, and where it sees errors of patterns."""
import warnings


def compiled(s):
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always")
        try: compile(s,'s','exec'); r='ok'
        except SyntaxError as e: r=e.msg,e.lineno,e.offset,e.end_lineno,e.end_offset
    print(s,r,[(str(x.message),x.lineno) for x in w])
for s in r'''x is -1
x is (1,2)
x is ()
() is x
x is (1, y)
x is -y
x is not True
x is (not True)
x is not None
x is __debug__
1 is 2 is 3
x is y is 3
(2-3j)()
(-1)()
(1+2)[0]
(-1)[0]
"a"[-1.5]
"a"[1.5]
"a"[-1]
("a"+"b")()
("a"+"b")[1]
("a"+"b")['x']
("a"*3)[1.5]
(b"a"*3)[1.5]
(1,2)[-1.5]
[1]["a"]
[1][1,2]
[1][1:2]
(1,2)()
()()
{1}[0]
{1:2}[0]
{1:2}()
f'{x}'['a']
f'{x}'()
'%s' % (x,) is y
"a"[x]
(not x)()
(not 1)()
(not 1)[0]
"a"[not 1]
~1 is x
x is ~1
x is 'a' 'b'
x is "a" * 3
x is f"{y}"
x is f"a"
b'12'[1][0]
"ab"[0][0]
"ab"[0][1.5]
(1,2)[0]()
(1,(2,))[1][0]()
x is (1,2)[1]
x is "ab"[5]
"ab"[5]()
"ab"[0:1]()
((2)-3j) is x
x is ...
x is b'a'
x is 1+y
x in (1,2) is 3
None()
None[0]
True[1]
...[0]
...()
lambda: 1()
(lambda: 1)[0]
(lambda: 1)()
[x for x in y]()
[x for x in y]['a']
(x for x in y)[0]
"a"["b"]
"a"[None]
"a"[(1,2)]
"a"[...]
[1][(1)]
[1][()]
[1][{}]
[1][lambda: 1]
[1][f'{x}']
[1][[1]]
from __future__ import nothing
from __future__ import braces
match x:\n  case [a, a]: pass
match x:\n  case {'a': a, **a}: pass
match x:\n  case A(a, b=[a]): pass
match x:\n  case ([a, b] as a): pass
match x:\n  case [a, *a]: pass
match x:\n  case [a] | [b, *c]: pass
match x:\n  case [a] | [b, *_]: pass
match x:\n  case a | b: pass
match x:\n  case (1 | a) | b: pass
match x:\n  case [1 | a, *_]: pass
match x:\n  case [a, _, *_] | [_, b, *_]: pass
match x:\n  case [a, _] | [_, _]: pass
match x:\n  case {1: a, 2: _} | {1: _, 2: 3}: pass
match x:\n  case {1: a, 1: _}: pass
match x:\n  case A(a, _) | A(_, 3, c=_): pass
match x:\n  case [__debug__]: pass
match x:\n  case [__debug__, 1]: pass
match x:\n  case {**__debug__}: pass
match x:\n  case {1: 2, **__debug__}: pass
match x:\n  case ([1] as __debug__): pass
match x:\n  case A(a=1,b=2,a=3): pass
match x:\n  case A(__debug__=3): pass
match x:\n  case [*a,*b]: pass
match x:\n  case [1, [*a,*b]]: pass
match x:\n  case [1, _] | _: pass\n  case 1: pass
match x:\n  case [1, _] | a: pass\n  case 1: pass
match x:\n  case (a as b): pass\n  case 1: pass'''.split('\n'):
    compiled(s.replace('\\n','\n'))
