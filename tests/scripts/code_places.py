# Where instructions come from: the source ranges of what raises, the lines of functions, and the tables that tell.
import traceback,sys
def t(src, names={'one':1,'L':[1]}):
    try: exec(compile(src,"<s>","exec"),dict(names))
    except Exception as e:
        tb=e.__traceback__
        out=[]
        while tb:
            co=tb.tb_frame.f_code
            if co.co_filename=="<s>":
                out.append((co.co_name,tb.tb_lineno,list(co.co_positions())[tb.tb_lasti//2]))
            tb=tb.tb_next
        print(repr(src),type(e).__name__,out)
class B:
    def __iter__(self): return self
    def __next__(self): 1/0
t("[x for x in one]"); t("[x\n for x\n in one]"); t("[x for y in L\n for x in y]"); t("[x for y in L\n if \n 1/0]"); t("[x/0 for y in L\n for x in [y]]"); t("for x in\\\n one: pass")
t("for x in 1,\\\n one: x.y=1\n"); t("for x,y in\\\n L: pass"); t("def f(x):\n return x/0\n[f(x)\n for x in L]"); t("class B:\n def __iter__(self): return self\n def __next__(self): 1/0\nfor \\\n x in \\\n B(): pass\n"); t("class B:\n def __iter__(self): return self\n def __next__(self): 1/0\n[x \nfor\n x in \n B()]\n")
t("list(x\n for x in one)"); t("x = (1 +\n one.a +\n 2)"); t("(one.\n  foo)()"); t("one(\n 1,\n 2)"); t("x = 1\ndel L[\n 5]"); t("L[0\n].z = 1"); t("L[0].q \\\n += 1"); t("with one as \\\n b: pass"); t("a, \\\n b = one"); t("L[\n7]"); t("L[\n7] = 1"); t("L[7\n] += 1"); t("f'''{one}\n{one.x}'''");t("f'{one}'\\\nf'{one.x}'"); t("raise ValueError(\n 1)"); t("assert (1 ==\n 2), \\\n 3"); t("print(*one,\n 2)"); t("print(**one)"); t("one < \\\n 2 < \\\n 'a'"); t("not (one.\n a)"); t("-(\n L)"); t("import nomod\\\n .a"); t("from os import \\\n nothing"); t("@one.\\\nz\ndef f(): pass"); t("@one\ndef f(): pass"); t("class A(one.z,\n B): pass"); t("class A(\n int, str): pass"); t("def f(a=one.\\\n z): pass"); t("lambda: 1\n(lambda: one.z)()"); t("x: one.z = 1"); t("def f(a: one.z): pass"); t("match one:\n case one.z: pass"); t("match L:\n case [one.z]: pass"); t("match one:\n case nope(): pass"); t("match one:\n case L(): pass"); t("try: 1/0\nexcept one.z: pass"); t("try: 1/0\nexcept one: pass"); t("one[1\n:2]"); t("one[1\n:2,] = 2"); t("one @ \\\n2"); t("one if one.\\\nz else 2"); t("one and one.\\\nz"); t("while one.\\\nz: pass"); t("{1: one, \n L: 2}"); t("{1, \n L}"); t("{**one,\n 1:2}"); t("[*one,\n 2]"); t("(*one,\n 2)"); t("{1:2 for\n x in [1] if \n one.z}"); t("{L:2 for\n x in [1] if \n one}"); t("global zz\ndel zz"); t("def f():\n a\n a=1\nf()"); t("def f():\n del a\nf()"); t("def f(x): pass\nf(\n 1,\n 2)"); t("nope"); t("nope.a.b\\\n.c(1)"); t("L.a.b\\\n.c(1)"); t("L.append(1).b\\\n.c(1)"); t("L.append(1).b(\n).c(1)")
t("await_=1\nasync def f(): await one\nf().send(None)"); t("async def f():\n async with one as \\\n b: pass\nf().send(None)"); t("async def f():\n async for x in one: pass\nf().send(None)"); t("async def f():\n [x async for x in one]\nf().send(None)"); t("def g(): yield from one\nlist(g())"); t("def g(): yield one.\\\n z\nlist(g())"); t("(one := L.z)"); t("x = L.z = 1"); t("print(L.z, \n L)"); t("str(L, \n x=L, **one)"); t("str(1).join(\n   L\n)"); t("(str(1)\n .join(\n   L\n))"); t("one.real.x(\n   L\n)"); t("(1\n +\n one.real.x\n(\n   L\n))"); t("one()\n"); t("one\\\n()\n"); t("(one\n.a\n.b)"); t("(one.real\n.a\n.b) = 2"); t("(L[0].real\n.a\n.b) += 2"); t("return_ = [\n 1/0,\n 2]")


# ---- the lines of a code object, in order ----
def lines(function):
    last, found = None, []
    for start, end, line in function.__code__.co_lines():
        if line is not None and line != last:
            found.append(line - function.__code__.co_firstlineno)
            last = line
    return found


def plain(): return 1


def multi(
    a=1,
    b=2,
):
    (
        print()
    )
    x = [
        a
        for a
        in b
    ]
    x.y \
        .z = 3
    return (
        plain.
        a
    )


def loops(x):
    """Doc."""
    for i in x:
        if i and \
           x:
            continue
    while x:
        break
    else:
        return 1
    try:
        plain()
    except ValueError as error:
        plain()
    finally:
        x = 1
    with x as y:
        del y


print(lines(plain), lines(multi), sorted(set(lines(loops))))
code = compile("\n\n\nx", "s", "exec")
print(sorted({line for _, _, line in code.co_lines()}), next(iter(code.co_positions())))
print(plain.__code__.co_lnotab[:2] == b"\0\0" or plain.__code__.co_lnotab)

# ---- co_linetable as CPython's table, and back ----
code = loops.__code__
again = code.replace(co_linetable=code.co_linetable)
print(again == code, list(again.co_positions()) == list(code.co_positions()))
bare = code.replace(co_linetable=b"")
print(list(bare.co_positions()), list(bare.co_lines()), bare == code)
table = bytes([0x80 | 13 << 3 | 7, 2 << 1, 0x80 | 14 << 3 | 7, 1 << 1, 3, 5, 64 | 8, 1, 0x80 | 15 << 3, 0x80 | 2 << 3, 0x34, 0x80 | 11 << 3, 7, 9, 0x80 | 14 << 3, (5 << 1) | 1, 0, 0, 0])
places = list(code.replace(co_linetable=table, co_firstlineno=100).co_positions())
print([place for i, place in enumerate(places[:20]) if i in (0, 7, 8, 15, 16, 17, 18, 19)])
print(code.replace(co_firstlineno=1000).co_lines().__next__()[2])

# ---- co_consts, co_qualname ----
print((lambda: 5).__code__.co_consts, (lambda: "a").__code__.co_consts, (lambda x: x and None).__code__.co_consts)


def documented():
    """Doc."""
    plain()


print(documented.__code__.co_consts)
print([lambda: 0 for x in [1]][0].__qualname__, [*((z for z in [1]) for x in [1])][0].__qualname__)


def outer():
    return [[lambda: 0 for y in [1]] for x in [1]][0][0], (lambda: {1: lambda: 0 for x in [1]})()[1]


print([function.__qualname__ for function in outer()])
calls = ", ".join("plain" for _ in range(100))
print(compile(f"f({calls}, {', '.join(f'k{i}=plain' for i in range(100))})", "s", "eval").co_stacksize < 20, compile(calls.replace(",", "+"), "s", "eval").co_stacksize < 9)
print((lambda *a, **k: (len(a), len(k), k["k99"]))(*[1] * 3, **{f"k{i}": i for i in range(100)}))
print(eval(f"(lambda *a, **k: (len(a), len(k), k['k99']))({calls}, {', '.join(f'k{i}={i}' for i in range(100))})"))


# ---- constants in conditions ----
def conditions(x):
    return (True and x, False and x, True or x, False or x, 0 or 5 or x, "a" and () and x, None or None, x or 0 and 1, 1 and 2 and 3)


print(conditions(7), conditions(0))


# ---- a generator that hasn't begun, and one that has ----
import sys, traceback


def gen():

    yield 1


for begun in False, True:
    g = gen()
    if begun:
        next(g)
    try:
        g.throw(KeyError)
    except KeyError as error:
        print(error.__traceback__.tb_next.tb_lineno - gen.__code__.co_firstlineno, error.__traceback__.tb_next.tb_lasti >= 0)


# ---- what a tracer sees ----
def traced(a,
           b=(1,
              2)):
    def inner():
        return a
    return [
        inner()
        for x
        in b
    ]


events = []
def tracer(frame, event, argument):
    events.append((event, frame.f_code.co_name, frame.f_lineno - traced.__code__.co_firstlineno))
    return tracer


sys.settrace(tracer)
traced(1)
sys.settrace(None)
print(*events, sep="\n")


# ---- conditions whose truth value fails ----
class Doubtful:
    def __bool__(self): raise KeyError
    def __eq__(self,o): return self
    __lt__=__eq__
    def __contains__(self,x): raise KeyError


for s in ("if b: pass","if 1:\n if b:\n  pass","if (n and\n b): pass","if not b: pass","if (not\n b): pass","while b: pass","while (n\n and b): pass","assert b","assert b, 1","x = 1 if b else 2","x = (1 if\n b else\n 2)","[1 for x in L if b]","[1\n for x in L\n if b]","[1\n for x in L\n if x and\n b]","x = not b","x = b and 1","x = (n and\n b and\n 1)","x = b or 1","if n:\n pass\nelif b: pass","if b == 1: pass","if (b\n == 1): pass","x = b == 1","if n < 2 < b: pass","x = b < 1 < 2","if b < 1 < 2: pass","if 1 in b: pass","while 1 in b: pass","match 1:\n case x if b: pass","(lambda: 1 if b else 2)()","def f():\n x = b\n if x: pass\nf()","def f():\n x = b\n while (n and\n  x): pass\nf()", "def f():\n x = b\n return x or n\nf()", "if b or n: pass", "if (b or\n n): pass", "if n and b or n: pass", "assert (n and\n b)", "while n:\n if b: break"):
    t(s, {'b': Doubtful(), 'L': [1], 'n': 1})
