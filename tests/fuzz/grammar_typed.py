"""More random programs: expressions whose types fit, so that they get deep into the built-in types and the library, and whole features of the language."""
import grammar

HEAD = '''\
import bisect, collections, copy, dataclasses, enum, functools, heapq, itertools, json, math, operator, re, string, struct, textwrap
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque, namedtuple

Point = namedtuple("Point", "x y", defaults=[7])


@dataclasses.dataclass(order=True)
class Record:
    a: int
    b: str = "b"
    c: list = dataclasses.field(default_factory=list, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    a: object = 1


class Color(enum.Enum):
    RED = 1
    BLUE = "b"


class Flags(enum.IntFlag):
    A = 1
    B = 2
    C = 4


class Base:
    kind = "base"

    def __init_subclass__(cls, **options):
        cls.options = sorted(options.items())

    def __set_name__(self, owner, name):
        self.name = name

    def who(self):
        return type(self).__name__, self.kind

    @classmethod
    def make(cls, *args):
        return cls, args

    @staticmethod
    def plain(x=0):
        return x

    @property
    def value(self):
        return self.kind

    @value.setter
    def value(self, new):
        self.kind = new


def twice(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs), function(*args, **kwargs)
    return wrapper


def log(*what):
    print("log", *what)
    return what[0] if what else None


class Awaitable:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        got = yield self.value
        return got, self.value


class AsyncItems:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.n <= 0:
            raise StopAsyncIteration
        self.n -= 1
        return self.n

    async def __aenter__(self):
        return self.n

    async def __aexit__(self, *what):
        print("aexit", what[0])
        return what[0] is KeyError


def drive(coroutine, send=5):
    steps = []
    try:
        got = coroutine.send(None)
        while len(steps) < 30:
            steps.append(got)
            got = coroutine.send(send)
    except StopIteration as stop:
        return steps, stop.value
    return steps


'''



def forms(text):
    """The words of a text, where spaces in brackets and quotes don't part them."""
    found, word, depth, quote = [], "", 0, ""
    for c in text + " ":
        if c.isspace() and depth == 0 and not quote:
            if word:
                found.append(word)
            word = ""
            continue
        word += c
        if quote:
            quote = "" if c == quote else quote
        elif c in "'":
            quote = c
        else:
            depth += (c in "([{") - (c in ")]}")
    return found


STR_METHODS = forms("""
    upper() lower() title() capitalize() swapcase() casefold() strip() lstrip() rstrip() strip(S) split() split(S) split(S,I) rsplit(S,I) rsplit(None,I) splitlines()
    splitlines(True) partition(S) rpartition(S) replace(S,S) replace(S,S,I) find(S) rfind(S,I) index(S) rindex(S) count(S) count(S,I,I) startswith(S) startswith((S,S),I)
    endswith(S) join([S,S]) zfill(I) center(I) center(I,'*') ljust(I) rjust(I,'x') expandtabs() expandtabs(I) encode() encode('latin-1','replace')
    encode('ascii','xmlcharrefreplace') encode('utf-16-le') isalpha() isdigit() isdecimal() isnumeric() isspace() isupper() islower() istitle() isidentifier() isprintable()
    isascii() isalnum() removeprefix(S) removesuffix(S) translate({97:S,98:None}) maketrans(S,S) format(I,S) format_map({'a':I}) __contains__(S) __mul__(I) __mod__(I)
""")
BYTES_METHODS = forms("""
    upper() lower() strip() split() split(Y) rsplit(Y,I) partition(Y) replace(Y,Y) replace(Y,Y,I) find(Y) find(I) rfind(Y,I) index(Y) count(Y) count(I) startswith(Y) endswith((Y,Y))
    join([Y,Y]) zfill(I) center(I) ljust(I,b'*') expandtabs(I) decode() decode('latin-1') decode('ascii','replace') hex() hex(':') hex(S,I) isalpha() isdigit() isspace() islower()
    removeprefix(Y) removesuffix(Y) translate(None,Y) title() capitalize() swapcase() splitlines() __contains__(I) __mul__(I) __mod__((I,))
""")
LIST_METHODS = forms("""
    append(E) extend(L) extend(S) insert(I,E) pop() pop(I) remove(E) index(E) index(E,I) index(E,I,I) count(E) reverse() sort() sort(reverse=True) sort(key=K) sort(key=K,reverse=1)
    copy() clear() __add__(L) __iadd__(L) __mul__(I) __contains__(E) __getitem__(X) __delitem__(X) __setitem__(X,L) __eq__(L) __lt__(L)
""")
DICT_METHODS = forms("""
    get(E) get(E,E) pop(E) pop(E,E) popitem() setdefault(E) setdefault(E,E) update(D) update([(E,E)]) update(a=E) update(D,b=E) keys() values() items() copy() clear() __or__(D)
    __ior__(D) __contains__(E) __getitem__(E) __setitem__(E,E) __delitem__(E) fromkeys(L) fromkeys(L,E) __reversed__() __eq__(D)
""")
SET_METHODS = forms("""
    add(E) discard(E) remove(E) pop() union(L) union(T,T) intersection(L) difference(L) symmetric_difference(L) update(L) intersection_update(L) difference_update(T)
    symmetric_difference_update(L) issubset(L) issuperset(L) isdisjoint(L) copy() clear() __or__(T) __and__(T) __sub__(T) __xor__(T) __le__(T) __lt__(T) __contains__(E)
""")
INT_FORMS = forms("""
    (I+I) (I-I) (I*I) (I//I) (I%I) (I&I) (I|I) (I^I) (~I) (-I) abs(I) pow(I,I%9) pow(I,I,I) divmod(I,I)[0] (I<<(I%70)) (I>>(I%70)) len(S) len(L) sum([I,I]) min(I,I) max(I,I,key=K)
    int(F) round(F) round(I,I%5) round(I,-(I%5)) int(S) int(S,I%40) ord(S[:1]) I.bit_length() I.bit_count() I.conjugate() int.from_bytes(Y,'big') int.from_bytes(Y,'little',signed=True)
    math.gcd(I,I) math.lcm(I,I) math.isqrt(abs(I)) math.comb(I%20,I%20) math.perm(I%9) math.factorial(I%12) operator.index(I) S.find(S) L.count(E) (I if B else I)
    bisect.bisect(sorted(L),I) hash(S==S) math.floor(F) math.ceil(F) math.trunc(F)
""")
FLOAT_FORMS = forms("""
    (F+F) (F-I) (F*F) (F/F) (F//F) (F%F) (I/I) F**2 F**I abs(F) float(I) float(S) round(F,I%8) F.conjugate() F.real math.sqrt(abs(F)) math.fmod(F,F) math.copysign(F,F) math.fsum([F,F,F])
    math.hypot(F,F) math.ldexp(F,I%99) math.nextafter(F,F) math.ulp(F) float.fromhex(F.hex()) max(F,F) min(I,F) sum([F,I]) math.dist([F],[F]) (1j*F).imag math.remainder(F,F) (-F)
""")
STR_FORMS = forms("""
    (S+S) (S*(I%5)) S[X] S[X] str(E) repr(E) ascii(S) chr(I%1000) format(I,N) format(F,N) format(S,N) '%s|%r'%(E,E) '%d'%I '%5.2f'%F
    '%x-%o'%(I,I) '%-8s|'%S '%c'%(I%500) '{0!r}{1}'.format(E,E) '{:>{}}'.format(S,I%30) S.join(map(str,L)) bin(I) hex(I) oct(I) textwrap.fill(S,9) json.dumps(E) Y.decode('latin-1')
    Y.hex() string.capwords(S) ''.join(sorted(S)) ''.join(reversed(S)) F.hex() re.sub(S,S,S) str(Y,'ascii','replace') S.__format__(N) '{a}{b[0]}'.format(a=E,b=L) min(S,S)
""")
LIST_FORMS = forms("""
    list(S) list(T) list(D) list(D.items()) list(range(I%9)) list(range(I,I,I)) (L+L) (L*(I%4)) L[X] sorted(L) sorted(S) sorted(L,key=K,reverse=B) [*L,*S] list(map(K,L)) list(filter(None,L))
    list(zip(L,S)) list(zip(L,L,strict=True)) list(enumerate(S,I)) list(reversed(L)) S.split() list(itertools.chain(L,S)) list(itertools.islice(L,I%9)) list(itertools.islice(itertools.count(I),I%5))
    list(itertools.accumulate([I,I,I])) list(itertools.accumulate(L,initial=I)) list(itertools.product(S[:3],repeat=2)) list(itertools.permutations(L[:3])) list(itertools.combinations(L[:4],I%4))
    list(itertools.combinations_with_replacement(S[:3],2)) list(itertools.groupby(S))[:0] [(k,list(g))for(k,g)in(itertools.groupby(sorted(S)))] list(itertools.takewhile(K,L))
    list(itertools.dropwhile(K,L)) list(itertools.starmap(pow,[(I%9,I%9)])) list(itertools.zip_longest(L,S,fillvalue=E)) list(itertools.pairwise(L)) list(itertools.compress(L,[B,B,B]))
    list(itertools.filterfalse(K,L)) list(itertools.repeat(E,I%4)) list(itertools.tee(L)[1]) list(deque(L,I%6)) list(deque(L).__reversed__()) heapq.nsmallest(I%5,L) heapq.nlargest(I%5,L,key=K)
    list(heapq.merge(sorted(L),[I])) re.findall(S,S) re.split(S,S) Counter(S).most_common(I%4) list(Counter(L).elements()) list(Y) list(memoryview(Y)[X]) list(struct.unpack('<hB',(Y*3+b'abc')[:3]))
    copy.copy(L) copy.deepcopy(L) list(ChainMap(D,D)) list(OrderedDict(D)) [y for y in L if y] [a for a in S if a>'b'] list(Flags) [x for y in [L,S] for x in y] list(functools.reduce(lambda p,q:p+[q],L,[]))
""")
OTHER_FORMS = forms("""
    Point(I,S) Point(I)._replace(x=E) Point(*L[:2]) Point._make(L) Point(I)._asdict() Record(I) Record(I,S,L) dataclasses.asdict(Record(I,S,L)) dataclasses.replace(Record(I),a=I) Record(I)<Record(I)
    Record(I)==Record(I) hash(Frozen(I))==hash(Frozen(I)) Frozen(E) Color(I) Color['RED'] Color('b').name Flags(I%8) (Flags.A|Flags(I%8)) ~Flags(I%8) Flags.B.value Color.RED.value Color.RED<Color.BLUE
    deque(L,I%5) deque(L).rotate(I) Counter(S) (Counter(S)+Counter(S)) (Counter(L)-Counter(L)) (Counter(S)&Counter(S)) defaultdict(list,D) defaultdict(int)[E] OrderedDict(D) ChainMap(D,D)[E]
    functools.reduce(operator.add,L) functools.partial(pow,I%9)(I%9) functools.partial(print,E) operator.itemgetter(0)(L) operator.itemgetter(0,1)(S) operator.attrgetter('real')(I) operator.methodcaller('upper')(S)
    functools.cmp_to_key(lambda p,q:q-p)(I) slice(I,I).indices(abs(I%9)) range(I,I,I)[X] range(I%9).index(I) (I in range(I)) range(I)==range(I) len(range(I,I)) isinstance(E,(int,str)) type(E) bool(E)
    complex(F,F) complex(S) (1j*F)**2 complex(F)/complex(I,F) bytes([I%256]) bytes(L) bytearray(Y)[X] Y[X] (Y+Y) Y*(I%4) memoryview(Y)[X].tolist() int.to_bytes(I,I%9,'big') I.to_bytes(8,'little',signed=True)
    struct.pack('<iq',I,I) struct.pack('>Hd',I,F) struct.calcsize(S) json.loads(json.dumps(E)) json.loads(S) re.match(S,S) re.fullmatch('([a-z]*)(.*)',S).groups() re.search('(?P<n>.)',S).groupdict()
    all(L) any(L) sum(L) sum(L,I) min(L) max(L,default=E) max(S,key=K) next(iter(L)) next(iter(L),E) iter(L).__length_hint__() zip(*[L,S]) dict(zip(S,L)) dict(E) set(S) frozenset(L) tuple(L) {*L} {**D,'z':E}
    {k:v for(k,v)in(D.items())} {x:len(str(x))for(x)in(L)} {str(x)for(x)in(L)} tuple(x*2for(x)in(S)) F.as_integer_ratio() math.frexp(F) math.modf(F) F.is_integer() math.isclose(F,F) (I<I<F) (S<S) (L<L) (L==L)
    (T<T) (T|T) (T&T) (T-T) (T^T) (D|D) (D==D) (S in S) (E in L) (E in D) (L is L) (not L) (E,E)<(E,E) (B and E) (B or E) (E if B else E) (lambda *a,**k:(a,k))(*L,**{'q':E}) (lambda x,/,y=1,*,z=2:(x,y,z))(E,z=E)
    Base.make(E) Base().plain(E) Base().who() type('New',(Base,),{'kind':E}).who(Base()) type('New',(Base,),{},flag=E).options twice(lambda x=1:x)() twice(log)(E) vars(Frozen) callable(E) getattr(I,'real') hasattr(E,S)
    string.Template('$a ${b}').safe_substitute(a=E) copy.deepcopy(D) textwrap.dedent(S) bisect.insort(L,I) heapq.heapify(L) heapq.heappushpop(sorted(L),I) math.prod([I,F]) math.log2(abs(I)) math.log(F) math.exp(F)
    eval(repr(E)) compile(S,'s','eval') exec(S) int.__add__(I,E) str.__len__(S) object.__repr__(I)[:8] I.__floordiv__(F) F.__round__(I%5) S.__lt__(S) L.__eq__(E) I.__eq__(F) super(bool,True).__repr__() divmod(F,I) divmod(I,I)
    sorted([I,F,I]) sorted([S,S],key=len) sorted(D) sorted(D.items(),key=str) sorted(T,key=repr) list(D.values()) str(D.keys()) D.items()&D.items() list(map(lambda p,q:(p,q),L,S)) any([x==E for x in L]) print(E,E,sep=S,end='|')
""")


class Typed(grammar.Maker):
    """The maker, with expressions of a wanted type: in the forms above capital letters stand for one of them."""

    mapping, alternatives = '{"a": x, **y}', '"a" | b"a"'

    def fill(self, form, depth):
        """The form with its letters replaced."""
        out, i = [], 0
        alone = lambda j: (j == 0 or not (form[j - 1].isalnum() or form[j - 1] in "_'")) and (j + 1 == len(form) or not (form[j + 1].isalnum() or form[j + 1] in "_'("))
        while i < len(form):
            letter = form[i]
            out.append(self.typed(letter, depth) if letter in "ISFLDTYEBKXN" and alone(i) else letter)
            i += 1
        return "".join(out)

    def typed(self, letter, depth):
        r, down = self.r, depth - 1
        simple = depth <= 0 or r.random() < 0.3
        if letter == "I":
            if simple:
                return self.pick("n", "n", "(%d)" % r.choice((0, 1, 2, 3, -1, -2, 5, 7, 8, 10, 16, 100, 255, 256, -7, 1000, 65536, 2 ** 31, 2 ** 63, -2 ** 62, 10 ** 18 + 9, 10 ** 25)))
            return "(" + self.fill(r.choice(INT_FORMS), down) + ")"
        if letter == "F":
            if simple:
                return self.pick("g", "(%r)" % r.choice((0.0, -0.0, 0.5, 1.0, -1.5, 2.5, 3.5, 0.1, 1e16, 123456.789, 1e-7, 1e308, -2.675, 5e-324)), "float('inf')", "float('nan')")
            return "(" + self.fill(r.choice(FLOAT_FORMS), down) + ")"
        if letter == "S":
            if simple:
                return self.pick("s", "s", repr(r.choice(("", "a", "b", "ab", "abc", "hello world", "Hello", "  x ", "1", "12.5", "a,b", "éß", "日本語", "x\ty\n", "ǅ", "İ", "aXbX", "{}", "%s", ".", "[a-c]+", "(", "z*", "\U0001F600"))))
            if r.random() < 0.5:
                return "str(" + self.typed("S", down) + "." + self.fill(r.choice(STR_METHODS), down) + ")"
            return "(" + self.fill(r.choice(STR_FORMS), down) + ")"
        if letter == "L":
            return self.pick("items", "items", "[]", "[3, 1, 2]", "['b', 'a']", "[1, 'a', None]", "[(2, 'x'), (1, 'y')]", "[1.5, 1, True]") if simple else "(" + self.fill(r.choice(LIST_FORMS), down) + ")"
        if letter == "D":
            return self.pick("table", "table", "{}", "{'a': 1, 'b': 2}", "{1: 'x', (1, 2): None}", "{True: 1, 1.0: 2}")
        if letter == "T":
            return self.pick("group", "set()", "{1, 2, 3}", "frozenset({1, 'a'})", "set(s)", "{1}", "set(items)")
        if letter == "Y":
            return self.pick("raw", "b''", "b'a'", "b'abc'", "b'\\xff\\x00a'", "b'a b c'", "b'12'", "bytearray(b'abab')")
        if letter == "B":
            return self.pick("True", "False", "(n > 2)", "bool(s)", "1", "0")
        if letter == "K":
            return self.pick("str", "repr", "len", "abs", "type", "bool", "lambda x: -x", "lambda x: (str(x), x)", "lambda x: x * 2", "hash", "operator.neg")
        if letter == "X":
            part = lambda: self.pick("", "", "0", "1", "-1", "2", "-3", "9", "n")
            return self.pick("0", "-1", "n", "slice(None)", "slice(1, None)", "slice(None, None, -1)", "slice(n, -1)", "slice(-2, None, 2)")
        if letter == "N":
            return repr("".join((self.pick("", "", "*<", ">", "^", "=", "0="), self.pick("", "", "+", "-", " ", "z"), self.pick("", "", "#"), self.pick("", "", "0"),
                                 self.pick("", "", "5", "12", "20"), self.pick("", "", ",", "_"), self.pick("", "", ".0", ".2", ".10"), self.pick("", "d", "x", "b", "o", "e", "f", "g", "%", "s", "c", "n", "X", "E", "G"))))
        return self.typed(self.pick("I", "S", "F", "L", "D", "T", "Y", "I", "S", "L"), down) if not simple else self.pick("n", "s", "g", "items", "table", "None", "True", "(1, 2)", "Point(1, 2)", "Color.RED", "group", "raw")

    def other(self, depth):
        kind = self.r.random()
        if kind < 0.45:
            return self.fill(self.r.choice(OTHER_FORMS), depth)
        if kind < 0.6:
            return self.typed("S", 1) + "." + self.fill(self.r.choice(STR_METHODS), depth)
        for letter, methods, limit in ("Y", BYTES_METHODS, 0.68), ("L", LIST_METHODS, 0.76), ("D", DICT_METHODS, 0.84), ("T", SET_METHODS, 0.92):
            if kind < limit:
                return self.typed(letter, 1) + "." + self.fill(self.r.choice(methods), depth)
        return self.typed(self.pick("I", "F", "S", "L"), depth + 1)

    def line(self, depth):
        """A simple statement of a function with n, s, g, items, table, group, raw."""
        t = lambda letter: self.typed(letter, 1)
        return self.r.choice((
            lambda: f"n = {t('I')}", lambda: f"s = {t('S')}", lambda: f"items = {t('L')}", lambda: f"g = {t('F')}", lambda: f"log({self.other(depth)})", lambda: f"log({self.other(depth)})",
            lambda: f"items {self.pick('+=', '*=')} {self.pick(t('L'), t('I') + ' % 3')}", lambda: f"n {self.pick('+=', '-=', '*=', '//=', '%=', '&=', '|=', '^=', '**=', '<<=', '>>=')} {t('I')} % 30",
            lambda: f"table[{t('E')}] = {t('E')}", lambda: f"items[{t('X')}] = {t('E')}", lambda: f"del items[{t('X')}]", lambda: f"group {self.pick('|=', '&=', '-=', '^=')} {t('T')}", lambda: f"table |= {t('D')}",
            lambda: f"a, *b = {t('L')}; log(a, b)", lambda: f"(a, b), c = {t('E')}, {t('E')}; log(a, b, c)", lambda: f"s += {t('S')}", lambda: f"for i, x in enumerate({t('L')}): log(i, x)",
            lambda: f"if {t('E')}: log('yes', {t('E')})", lambda: f"assert {t('B')}, {t('S')}", lambda: f"log(*{t('L')})", lambda: f"items.append({t('E')})", lambda: f"raise {self.pick('ValueError', 'KeyError', 'TypeError', 'IndexError')}({t('E')})" if self.r.random() < 0.3 else "pass",
            lambda: f"log(n := {t('I')}, n)", lambda: f"log(f'{{{self.pick('n', 's', 'g', 'items')}{self.pick('', '=', '!r', '!s', '!a')}{self.pick('', ':>12', ':^9', ':x', ':.2')}}}')"))()

    def lines(self, indent, most=4):
        return "".join(f"{indent}{self.line(2)}\n" for _ in range(self.r.randrange(1, most)))

    def feature(self, number):
        """A piece that uses one feature of the language from several sides."""
        r = self.r
        body = lambda indent="        ", most=3: self.lines(indent, most)
        start = "        n, s, g, items, table, group, raw = 3, 'abc', 1.5, [3, 1, 2], {'a': 1}, {1, 2}, b'ab'\n"
        e = lambda letter="E": self.typed(letter, 2)
        name = f"f{number}"
        head = f"def {name}():\n    n, s, g, items, table, group, raw = {self.typed('I', 0)}, {self.typed('S', 0)}, 2.5, [3, 1, 2], {{'a': 1, 2: s_}}, {{1, 2}}, b'ab'\n".replace("s_", "'v'").replace("= n,", "= 4,").replace(", s, 2.5", ", 'txt', 2.5")
        tail = f"    return n, s, g, items, table, sorted(map(str, group)), raw\n\n\nshow('{name}', {name})\n\n\n"
        piece = r.choice((
            lambda: self.lines("    ", 7),
            lambda: self.lines("    ", 7),
            lambda: f"    def gen(n=3, s='q', g=1.0, items=(), table={{}}, group=set(), raw=b''):\n        items = list(items)\n        try:\n            got = yield {e()}\n            log('got', got)\n    " + body("        ").replace("\n", "\n    ").rstrip(" ") +
                    f"            yield from {e('L')}\n        except {self.pick('ValueError', 'Exception', 'GeneratorExit')} as error:\n            log(type(error), error.args)\n            {self.pick('yield 1', 'return 2', 'raise')}\n        finally:\n            log('end')\n        return {e()}\n"
                    f"    it = gen()\n    log(next(it))\n    log({self.pick('it.send(5)', 'list(it)', 'it.throw(ValueError(3))', 'it.close()', 'next(it, None)', 'it.throw(KeyError)')})\n    log(list(it))\n",
            lambda: f"    class A(Base, {self.pick('flag=1', 'x=2, y=3', 'z=n')}):\n        kind = {e()}\n        {self.pick('__slots__ = ()', 'z: int = 5', 'pass', '__match_args__ = tuple([chr(97)])')}\n\n        def __{self.pick('add', 'sub', 'mul', 'eq', 'lt', 'contains', 'getitem', 'matmul', 'radd', 'iadd', 'floordiv', 'ge')}__(self, other):\n            return {self.pick('NotImplemented', '(other, 1)', 'self', 'True')}\n\n"
                    f"        def __{self.pick('len', 'bool', 'hash', 'index', 'repr', 'str', 'int', 'float', 'iter', 'length_hint')}__(self):\n            return {e()}\n\n        {self.pick('@property', '@classmethod', '@staticmethod', '@functools.cached_property', '@twice', '@functools.lru_cache')}\n        def m(self={e()}):\n            return {self.pick('1', 'self', 'super', '__class__')}\n"
                    f"    a = A()\n" + "".join(f"    show('use', lambda: {self.pick('a + 1', 'a - a', 'a * 2', 'a == 1', 'a < a', '1 in a', 'a[0]', 'len(a)', 'bool(a)', 'hash(a) == hash(a)', 'repr(a)[:6]', 'str(a)[:6]', 'int(a)', 'float(a)', 'list(a)', 'a.m', 'a.m()', 'A.m', 'a.who()', 'A.options', 'a.value', 'setattr(a, chr(97), 1)', '[1, 2][a]', 'a.make(1)', '1 + a', 'a @ a', 'a // 1', 'format(a)[:5]', 'A.__mro__', 'sorted([a, a]) == [a, a]', 'range(a)', 'a >= a')})\n" for _ in range(6)),
            lambda: f"    async def inner(x):\n        log('inner', x)\n        got = await Awaitable({e()})\n        {self.pick('raise ValueError(got)', 'return got', 'return x')}\n\n    async def outer(n=2, s='t', g=1.0, items=[1], table={{}}, group=set(), raw=b''):\n        try:\n            log([i async for i in AsyncItems(n)])\n            async with AsyncItems(1) as q:\n    " + body("            ", 2).rstrip(" ") + f"                {self.pick('raise KeyError(q)', 'raise TypeError', 'log(q)', 'await inner(1)')}\n            async for i in AsyncItems(2):\n                log(i)\n                {self.pick('break', 'continue', 'await inner(i)')}\n            else:\n                log('else')\n        except {self.pick('ValueError', 'Exception')} as error:\n            log(repr(error))\n        finally:\n            log(await Awaitable(9))\n        return {e()}\n    log(drive(outer()))\n",
            lambda: f"    match {e()}:\n" + "".join(f"        case {self.pattern()}{' if ' + self.pick('n > 1', 's', 'log(1)') if r.random() < 0.3 else ''}:\n            log({k}, {self.pick('n', 'locals().get(chr(97))', 's')})\n" for k in range(3)) + f"        case {self.pick('Point(x, y)', 'Point(x=1)', '[x, *y]', self.mapping, 'str(x)', 'int() | float() as x', 'Color.RED', '(1, (2, x))', 'Record(a=x, b=y)', 'None | True', self.alternatives, '-1 | 1.5')}:\n            log('last')\n        case _:\n            log('other')\n",
            lambda: f"    def target({self.pick('a', 'a, b=2', 'a, /, b', '*a', 'a, *b, c=3', 'a, *, c', '**k', 'a, b=1, *c, d, e=5, **k', 'a, /, **k')}):\n        return {self.pick('locals()', 'sorted(locals().items(), key=str)')}\n" + "".join(f"    show('call', lambda: target({self.pick('1', '1, 2', '*items', '**table', 'a=1', '1, b=2', '*s, **{chr(99): 1}', '1, c=4', '', '1, 2, 3, d=4', '*items, d=1, **{chr(99): 1}', '1, a=1', 'b=2, *items', '**{chr(97): 1}, **{chr(97): 2}', '*None', '**None', '**{1: 2}', 'd=1, z=2, a=0')}))\n" for _ in range(5)),
            lambda: f"    try:\n        try:\n    " + body("        ").replace("\n", "\n    ").rstrip(" ") + f"            {self.pick('raise ValueError(1)', 'raise KeyError(2) from None', 'raise ExceptionGroup(chr(101), [ValueError(1), KeyError(2)])', '1 / 0', '[][1]', 'nothing', 'int(s)', 'None.x', 'raise StopIteration')}\n        except{self.pick('*', '')} {self.pick('ValueError', '(KeyError, ZeroDivisionError)', 'Exception')} as error:\n            log(repr(error), error.__cause__, error.__suppress_context__)\n            {self.pick('raise', 'raise RuntimeError(3) from error', 'pass', 'raise TypeError(4)')}\n        else:\n            log('else')\n        finally:\n            log('finally')\n    except BaseException as error:\n        log(type(error), str(error), repr(error.__context__), repr(error.__cause__), getattr(error, 'exceptions', None))\n",
            lambda: f"    x = 5\n    def outer():\n        x = {e()}\n        def inner():\n            {self.pick('nonlocal x', 'global x', 'pass')}\n            {self.pick('x = 7', 'del x', 'x += 1', 'log(x)', 'return [x for x in items]', 'class Q: x = x', 'return (lambda: x)()', 'log(locals())')}\n            return {self.pick('x', 'locals()', '1')}\n        try:\n            log(inner())\n        except (NameError, TypeError) as error:\n            log(type(error), error)\n        return x\n    log(outer(), x)\n    log([(lambda: i)() for i in range(3)], [f() for f in [lambda: i for i in range(3)]], [i for i in [i for i in [1, 2]]])\n    log([y := k for k in items], y)\n",
            lambda: f"    d = deque(items, {self.pick('None', '3', 'n')})\n" + "".join(f"    show('deque', lambda: (d.{self.fill(self.pick('append(E)', 'appendleft(E)', 'pop()', 'popleft()', 'rotate(I)', 'extend(L)', 'extendleft(L)', 'insert(I,E)', 'remove(E)', 'index(E)', 'count(E)', 'reverse()', '__getitem__(I%9)', '__delitem__(I%9)', '__setitem__(I%9,E)', '__add__(d)', '__mul__(I)', '__eq__(d)', 'copy()', '__iadd__(L)'), 1)}, d))\n" for _ in range(6)),
            lambda: f"    o = OrderedDict(table)\n    c = Counter(s)\n" + "".join(f"    show('table', lambda: ({self.pick('o', 'c', 'table')}.{self.fill(self.pick('move_to_end(E)', 'move_to_end(E,last=False)', 'popitem()', 'popitem(False)', 'update(D)', 'most_common(I%5)', 'total()', 'subtract(S)', 'update(S)', '__missing__(E)', 'elements()', *DICT_METHODS), 1)}, o, c))\n" for _ in range(6)),
        ))()
        return head + piece + tail

    def program(self, count):
        pieces = []
        for number in range(count):
            kind = self.r.random()
            if kind < 0.35:
                pieces += [piece.replace("f0", f"f{number}").replace("e0", f"e{number}") for piece in super().program(1)]
                continue
            source = self.feature(number) if kind < 0.75 else (
                f"show('e{number}', lambda n=3, s='abc', g=2.5, items=[3, 1, 2], table={{'a': 1}}, group={{1, 2}}, raw=b'ab': {self.other(3)})\n")
            self.keep(pieces, source)
        return pieces
