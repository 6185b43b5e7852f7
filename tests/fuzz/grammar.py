"""What the random programs of differential.py are made of: their common beginning, and the maker of statements and expressions."""
import random

HEAD = '''\
import re


def show(what, make):
    try:
        value = make()
        text = type(value).__name__, re.sub("0x[0-9a-f]+", "ADDRESS", repr(value))[:300]
    except RecursionError:
        text = ("RecursionError",)
    except BaseException as error:
        text = type(error).__name__, str(error)[:200]
    print(what, *text)


class Number(int):
    pass


class Text(str):
    def __repr__(self):
        return "Text(" + str.__repr__(self) + ")"


class Sequence(list):
    pass


class Thing:
    def __init__(self, x=1):
        self.x = x

    def __repr__(self):
        return f"Thing({self.x!r})"

    def __eq__(self, other):
        return isinstance(other, Thing) and self.x == other.x

    def __hash__(self):
        return hash(("Thing", self.x))

    def __add__(self, other):
        return Thing((self.x, other))

    def __radd__(self, other):
        return Thing((other, self.x))

    def __getitem__(self, key):
        return key

    def __call__(self, *args, **kwargs):
        return args, kwargs

    def __enter__(self):
        return self.x

    def __exit__(self, *what):
        return self.x == 0

    def __len__(self):
        return 2

    def __iter__(self):
        yield self.x
        yield 2

    def __lt__(self, other):
        return NotImplemented

    def __index__(self):
        return 3

    def __format__(self, spec):
        return "<" + spec + ">"


def generator(n=3):
    got = yield n
    try:
        while n:
            n -= 1
            got = yield n, got
    except ValueError:
        yield "caught"
    finally:
        yield "end"


'''


class Maker:
    """Makes source text; depth bounds how deeply expressions nest."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.names = ["a", "b", "c"]

    def pick(self, *what):
        return self.r.choice(what)

    def atom(self):
        r = self.r
        return r.choice((
            lambda: str(r.choice((0, 1, -1, 2, 3, 7, 10, 255, 256, -5, 1 << 31, 1 << 62, -(1 << 62), (1 << 63) - 1, 10 ** 20, -3 ** 50))),
            lambda: repr(r.choice((0.0, -0.0, 1.5, -2.25, 1e300, 1e-300, 1e16, 0.1, 123456789.125, float(1 << 60)))),
            lambda: r.choice(("float('inf')", "float('nan')", "1j", "(2-3j)")),
            lambda: repr(r.choice(("", "a", "abc", "Hello World", "é", "日本", "\U0001F600x", " x\t\n", "1.5", "12", "%s", "{}", "a,b,c", "ß", "\x00"))),
            lambda: repr(r.choice((b"", b"a", b"abc", b"\xff\x00", b"12", b"a b"))),
            lambda: r.choice(("None", "True", "False", "...", "NotImplemented")),
            lambda: r.choice(self.names), lambda: r.choice(self.names),
            lambda: r.choice(("int", "str", "list", "Thing", "Number", "len", "type", "object", "dict", "ValueError")),
            lambda: r.choice(("Thing()", "Thing('y')", "Number(5)", "Text('t')", "Sequence([1, 2])", "range(5)", "range(10, 0, -3)",
                              "bytearray(b'xyz')", "memoryview(b'abcd')", "frozenset({1, 2})", "generator()", "slice(1, None, 2)")),
        ))()

    def expression(self, depth=3):
        r, e = self.r, lambda: self.expression(depth - 1)
        if depth <= 0 or r.random() < 0.12:
            return self.atom()
        many = lambda n=3: ", ".join(e() for _ in range(r.randrange(n + 1)))
        return r.choice((
            lambda: f"({e()} {self.pick('+', '-', '*', '/', '//', '%', '&', '|', '^', '@')} {e()})",
            lambda: f"({e()} {self.pick('+', '-', '*', '%')} {e()})",
            lambda: f"({e()} {self.pick('**', '<<', '>>')} {r.randrange(-2, 20)})",
            lambda: f"({e()} {self.pick('<', '<=', '==', '!=', '>', '>=', 'is', 'is not', 'in', 'not in')} {e()})",
            lambda: f"({e()} {self.pick('<', '==', 'in')} {e()} {self.pick('<', '!=', 'is')} {e()})",
            lambda: f"({self.pick('-', '+', '~', 'not ')}{e()})",
            lambda: f"({e()} {self.pick('and', 'or')} {e()})",
            lambda: f"({e()} if {e()} else {e()})",
            lambda: f"[{many()}]", lambda: f"({e()}, {many()})" if r.random() < 0.5 else f"({e()},)",
            lambda: "{" + many() + "}" if r.random() < 0.5 else "{" + ", ".join(f"{self.atom()}: {e()}" for _ in range(r.randrange(4))) + "}",
            lambda: f"[*{e()}, {e()}]", lambda: "{**" + e() + ", 'k': " + e() + "}",
            lambda: f"{e()}[{self.subscript(depth)}]", lambda: f"{e()}[{self.subscript(depth)}]",
            lambda: f"{e()}.{self.attribute()}", lambda: f"{e()}.{self.attribute()}({many(2)})",
            lambda: f"{e()}.{self.attribute()}({many(2)})", lambda: f"{e()}.{self.attribute()}({many(1)})",
            lambda: f"{self.builtin()}({many(2)})", lambda: f"{self.builtin()}({e()})", lambda: f"{self.builtin()}({e()})",
            lambda: f"{e()}({many(2)})",
            lambda: f"(lambda x, y={e()}, *z, w=2, **k: ({e()}, x, y, z, w, k))({many(3)}{', w=1' if r.random() < 0.3 else ''})",
            lambda: f"[{self.pick('x', '(x, a)', e())} for x in {e()}{' if ' + e() if r.random() < 0.4 else ''}]",
            lambda: "{x: y for x, y in enumerate(" + e() + ")}", lambda: f"sorted(str(x) for x in {e()})",
            lambda: f"(x := {e()})", lambda: self.fstring(depth), lambda: f"({e()} % {e()})", lambda: f"format({e()}, {self.spec()!r})",
            lambda: f"'{{:{self.spec()}}} {{}}'.format({e()}, {e()})", lambda: f"'%{self.spec()}' % ({e()},)",
        ))()

    def subscript(self, depth):
        part = lambda: self.pick("", "", "1", "-1", "2", "0", "-3", "10", self.expression(depth - 2))
        return self.pick("0", "-1", "1", self.expression(depth - 1), f"{part()}:{part()}", f"{part()}:{part()}:{part()}")

    def spec(self):
        return self.pick("", ">10", "<5", "^7", "05", "+", "x", "#x", "b", "e", ".3f", ".2", "10.3f", ",", "_", "%", "s", "d", "r", "*^9", "c", "g", "08.3f",
                         "=+8", "n", "o", ",.2f", "-5d", "#o", "5.1s")

    def fstring(self, depth):
        inner = self.expression(depth - 2)
        if "'" in inner or '"' in inner or "\\" in inner or "{" in inner or "!" in inner or "lambda" in inner or ":=" in inner:
            inner = self.pick("a", "b", "1 + 2", "len([1])")
        return f"f'<{{{inner}{self.pick('', '!r', '!s', '!a')}{self.pick('', ':>10', ':' + self.pick('5', '<8', ''))}}}>'"

    def attribute(self):
        return self.pick(
            "x", "real", "imag", "upper", "lower", "strip", "split", "join", "replace", "find", "index", "count", "startswith", "append", "pop", "insert",
            "extend", "remove", "reverse", "sort", "keys", "values", "items", "get", "update", "setdefault", "popitem", "copy", "clear", "add", "discard",
            "union", "intersection", "issubset", "encode", "decode", "title", "zfill", "center", "ljust", "partition", "rsplit", "splitlines", "format",
            "isdigit", "isalpha", "swapcase", "expandtabs", "casefold", "bit_length", "to_bytes", "as_integer_ratio", "is_integer", "hex", "conjugate",
            "__len__", "__add__", "__class__", "__doc__", "__eq__", "__hash__", "__iter__", "__contains__", "__getitem__", "send", "close", "throw",
            "start", "stop", "step", "tolist", "translate", "removeprefix", "rfind", "lstrip", "isidentifier", "symmetric_difference", "nothing")

    def builtin(self):
        return self.pick("abs", "all", "any", "ascii", "bin", "bool", "bytes", "bytearray", "callable", "chr", "complex", "dict", "divmod", "enumerate", "float",
                         "frozenset", "hash", "hex", "int", "isinstance", "issubclass", "iter", "len", "list", "max", "min", "next", "oct", "ord", "pow", "range",
                         "repr", "reversed", "round", "set", "slice", "sorted", "str", "sum", "tuple", "type", "zip", "map", "filter", "getattr", "hasattr",
                         "memoryview", "format", "Thing", "Number", "Text", "Sequence", "list", "tuple", "str", "int")

    def target(self):
        return self.pick(*self.names, *self.names, f"{self.pick(*self.names)}[{self.pick('0', '-1', ':', '::2', '1:2')}]", f"{self.pick(*self.names)}.x", "(a, b)", "a, *b", "[a, (b, c)]")

    def statement(self, depth, loop=False, indent="    "):
        r = self.r
        body = lambda more=loop: self.block(depth - 1, more, indent + "    ")
        simple = (
            lambda: f"{self.target()} = {self.expression(2)}", lambda: f"{self.target()} = {self.expression(3)}",
            lambda: f"{self.pick(*self.names)} {self.pick('+=', '-=', '*=', '|=', '%=', '//=')} {self.expression(2)}",
            lambda: f"{self.expression(3)}", lambda: f"print({self.expression(2)})",
            lambda: f"del {self.pick('a', 'b[0]', 'c[:1]', 'a.x')}", lambda: f"assert {self.expression(2)}, {self.atom()}",
            lambda: f"raise {self.pick('ValueError(1)', 'KeyError', self.atom(), 'StopIteration(2)')}" if r.random() < 0.3 else "pass",
            lambda: f"return {self.expression(2)}" if r.random() < 0.3 else "pass",
        )
        if loop and r.random() < 0.15:
            return indent + self.pick("break", "continue") + "\n"
        if depth <= 0 or r.random() < 0.5:
            return indent + r.choice(simple)() + "\n"
        e = self.expression
        return r.choice((
            lambda: f"{indent}if {e(2)}:\n{body()}" + (f"{indent}elif {e(1)}:\n{body()}" if r.random() < 0.3 else "") + (f"{indent}else:\n{body()}" if r.random() < 0.5 else ""),
            lambda: f"{indent}for {self.pick('a', 'b', 'a, b', 'a, *c')} in {self.pick('range(4)', e(2), e(2))}:\n{body(True)}" + (f"{indent}else:\n{body()}" if r.random() < 0.3 else ""),
            lambda: f"{indent}for n in range(5):\n{indent}    if not ({e(2)}):\n{indent}        break\n{body(True)}",
            lambda: f"{indent}try:\n{body()}{indent}except {self.pick('ValueError', '(TypeError, KeyError)', 'Exception')} as error:\n{indent}    print(type(error).__name__, error)\n{body()}"
                    + (f"{indent}else:\n{body()}" if r.random() < 0.3 else "") + (f"{indent}finally:\n{self.block(depth - 1, False, indent + '    ')}" if r.random() < 0.4 else ""),
            lambda: f"{indent}try:\n{body()}{indent}finally:\n{indent}    print('finally')\n",
            lambda: f"{indent}with Thing({e(1)}) as {self.pick(*self.names)}:\n{body()}",
            lambda: f"{indent}def inner({self.pick('', 'x', 'x=1', '*x', 'x, /, y=2', '**x')}):\n{indent}    {self.pick('nonlocal a', 'pass')}\n{self.block(depth - 1, False, indent + '    ')}"
                    f"{indent}print(inner({self.pick('', '1', 'b', 'x=3', '*[1, 2]')}))\n",
            lambda: f"{indent}class C{self.pick('', '(Thing)', '(list)', '(dict)', '(int)')}:\n{indent}    z = {e(1)}\n{indent}    def m(self, *q):\n{self.block(depth - 1, False, indent + '        ')}{indent}print(C().m({e(1)}))\n",
            lambda: f"{indent}match {e(2)}:\n" + "".join(f"{indent}    case {self.pattern()}{' if ' + e(1) if r.random() < 0.3 else ''}:\n{self.block(depth - 1, loop, indent + '        ')}" for _ in range(r.randrange(1, 4))),
        ))()

    def pattern(self, depth=2):
        if depth == 0:
            return self.pick("1", "'a'", "None", "-2", "1.5", "True", "[]", "{}", "int()", "str()")
        p = lambda: self.pattern(depth - 1)
        return self.pick(f"[{p()}, *b]", f"({p()}, {p()})", "{'k': " + p() + ", **c}", f"{p()} | {p()}", f"Thing(x={p()})", f"({p()}) as a", p(), "int(a)", "[a, b]", "[*_]", "list()")

    def block(self, depth, loop, indent):
        return "".join(self.statement(depth, loop, indent) for _ in range(self.r.randrange(1, 4)))

    def keep(self, pieces, source):
        """Appends a piece, if it's Python."""
        try:
            compile(source, "made", "exec")
        except (SyntaxError, ValueError):
            return
        pieces.append(source)

    def program(self, count):
        """A list of pieces, each complete by itself."""
        pieces = []
        for number in range(count):
            start = "".join(f"    {name} = {self.expression(2)}\n" for name in self.names)
            source = f"def f{number}():\n    a = b = c = 1\n{start}{self.block(3, False, '    ')}    return a, b, c\n\n\nshow('f{number}', f{number})\n\n\n"
            if self.r.random() < 0.4:
                source = f"show('e{number}', lambda a=[1, 2], b='text', c={{'k': 1}}: {self.expression(4)})\n"
            self.keep(pieces, source)
        return pieces
