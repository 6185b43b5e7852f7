"""Yet more random programs: the library's types used from many sides, descriptors and metaclasses, tracebacks, and sources that are wrong or nearly right."""
import io
import tokenize

import grammar
import grammar_typed
from grammar_typed import forms

HEAD = grammar.HEAD + grammar_typed.HEAD + '''\
import array, ast, base64, binascii, calendar, contextlib, csv, datetime, decimal, fractions, hashlib, html, inspect, io, numbers, pickle, random, shlex, statistics, sys
import traceback, types, typing, unicodedata, urllib.parse, warnings, weakref, zlib


class Reduced:
    def __init__(self, *args):
        self.args = args

    def __reduce__(self):
        return Reduced, self.args

    def __repr__(self):
        return f"Reduced{self.args!r}"


class Stateful:
    def __init__(self, x):
        self.x = x

    def __getstate__(self):
        return {"y": self.x}

    def __setstate__(self, state):
        self.x = ("set", state)

    def __repr__(self):
        return f"Stateful({self.x!r})"


class Slotted:
    __slots__ = "a", "b"

    def __repr__(self):
        return f"Slotted({getattr(self, 'a', None)!r}, {getattr(self, 'b', None)!r})"


class Meta(type):
    def __new__(meta, name, bases, namespace, **options):
        log("new", name, [base.__name__ for base in bases], [key for key in namespace if not key.startswith("__")], options)
        return super().__new__(meta, name, bases, namespace)

    def __init__(cls, name, bases, namespace, **options):
        super().__init__(name, bases, namespace)

    @classmethod
    def __prepare__(meta, name, bases, **options):
        return {"prepared": name}

    def __call__(cls, *args, **kwargs):
        log("call", cls.__name__, args, kwargs)
        return super().__call__(*args, **kwargs)

    def __getitem__(cls, key):
        return cls.__name__, key

    def __instancecheck__(cls, instance):
        return instance == 1 or super().__instancecheck__(instance)

    def __contains__(cls, what):
        return what == 2

    def __len__(cls):
        return 3


class Data:
    def __init__(self, start=None):
        self.start = start

    def __set_name__(self, owner, name):
        log("set_name", owner.__name__, name)
        self.name = "_" + name

    def __get__(self, instance, owner=None):
        return self if instance is None else getattr(instance, self.name, self.start)

    def __set__(self, instance, value):
        log("set", value)
        setattr(instance, self.name, value)

    def __delete__(self, instance):
        delattr(instance, self.name)


class Plain:
    def __init__(self, x=0):
        self.x = x

    def __get__(self, instance, owner=None):
        return "got", self.x, instance is None, owner.__name__


def rebuilt(value):
    return [type(again := make(value)) is type(value) and again == value for make in
            (copy.copy, copy.deepcopy, *(lambda v, p=p: pickle.loads(pickle.dumps(v, p)) for p in range(6)))], copy.deepcopy(value)


def compiled(source, mode="exec"):
    """What the compiler says to a source: its warnings, and its error with each place."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            code = compile(source, "source", mode)
        except SyntaxError as error:
            result = type(error).__name__, error.msg, error.lineno, error.offset, error.end_lineno, error.end_offset, error.text
        except (ValueError, OverflowError, TypeError, MemoryError) as error:
            result = type(error).__name__, str(error)
        else:
            result = code.co_name, code.co_varnames, code.co_flags
    return result, [(str(w.message), w.lineno) for w in seen]


def trace_of(make):
    try:
        return make()
    except Exception:
        return "".join(traceback.format_exc(limit=-6))


def lines_of(function, *args):
    """The lines and events that a trace function sees; not where a frame is left, which an exception's way through several blocks hides."""
    seen, first = [], function.__code__.co_firstlineno

    def tracer(frame, event, arg):
        if frame.f_code.co_filename != function.__code__.co_filename or len(seen) > 60:
            return None
        seen.append((event[0], event != "return" and frame.f_lineno - first))
        return tracer
    sys.settrace(tracer)
    try:
        result = function(*args)
    except Exception as error:
        result = type(error)
    finally:
        sys.settrace(None)
    return seen, result


'''

# Each area: values, of which a program has three as p, q and v, and what is done with them. Capital letters stand for expressions, as in grammar_typed.
AREAS = [
    (forms("""datetime.date(2024,2,29) datetime.date(1,1,1) datetime.date(9999,12,31) datetime.datetime(2023,12,31,23,59,59,999999) datetime.datetime(1970,1,1) datetime.time(12,30,5,70)
              datetime.timedelta(days=1,seconds=-5) datetime.timedelta(0) datetime.timedelta(F) datetime.timedelta(hours=I%99) datetime.datetime(2000,1,1,tzinfo=datetime.timezone.utc)
              datetime.timezone(datetime.timedelta(hours=5,minutes=30)) datetime.time(tzinfo=datetime.timezone.utc) datetime.date.fromordinal(I%99999+1) datetime.datetime.fromtimestamp(I%99999,datetime.timezone.utc)
              datetime.timedelta.max datetime.datetime(2024,3,10,2,30,fold=1) datetime.date(2020,I%13,I%32)"""),
     forms("""p+q p-q p*I p*F p//q p/q p%q -p abs(p) divmod(p,q) p//I p/F p<q p==q p!=q hash(p)==hash(q) p.isoformat() p.isoformat('T') p.isoformat(timespec='milliseconds') str(p) repr(p) bool(p)
              p.replace(year=I%9999) p.replace(hour=I%24) p.replace(tzinfo=None) p.strftime('%Y-%m-%d_%H:%M:%S.%f_%j_%U_%W_%w_%a_%b_%p_%%_%Z_%z') format(p,'%d/%m/%y') p.weekday() p.isoweekday() p.isocalendar()
              p.timetuple() p.toordinal() p.timestamp() p.date() p.time() p.timetz() p.utcoffset() p.tzname() p.tzname(q) p.utcoffset(q) p.astimezone(q) p.astimezone(datetime.timezone.utc) p.ctime() p.total_seconds()
              datetime.datetime.combine(p,q) datetime.datetime.fromisoformat(str(p)) datetime.date.fromisoformat(S) datetime.time.fromisoformat(str(p)) datetime.datetime.strptime(str(p)[:10],'%Y-%m-%d') p.days p.seconds
              p.year p.microsecond p.resolution p.min p.max rebuilt(p) datetime.date(I,I,I) datetime.timedelta(I,I,I) datetime.timedelta(days=F) datetime.datetime.utcfromtimestamp(I%9999999) p.__reduce__()
              datetime.date.fromisocalendar(I%9999,I%54,I%8) datetime.timezone(p) datetime.timezone(p,S) calendar.monthrange(I%9999,I%13) calendar.isleap(I) p.utctimetuple() p.dst() p.fold sorted([p,q,v]) {p:1,q:2}""")),
    (forms("""decimal.Decimal('1.5') decimal.Decimal('NaN') decimal.Decimal('-Infinity') decimal.Decimal('1E+30') decimal.Decimal('-0') decimal.Decimal('0.1') decimal.Decimal(I) decimal.Decimal(F) decimal.Decimal('sNaN')
              decimal.Decimal('123456789.987654321') decimal.Decimal((1,(1,2,3),-2)) fractions.Fraction(1,3) fractions.Fraction('-7/2') fractions.Fraction(I) fractions.Fraction('0.125') decimal.Decimal('1e-30') decimal.Decimal('99.995')"""),
     forms("""p+q p-q p*q p/q p//q p%q p**2 p**q p<q p==q p>=q -p +p abs(p) divmod(p,q) hash(p)==hash(q) int(p) float(p) round(p) round(p,2) round(p,-1) math.floor(p) math.ceil(p) math.trunc(p) str(p) repr(p) bool(p)
              p.quantize(decimal.Decimal('0.01')) p.quantize(decimal.Decimal('1'),rounding=decimal.ROUND_UP) p.as_tuple() p.as_integer_ratio() p.normalize() p.to_eng_string() p.to_integral_value() p.sqrt() p.exp() p.ln() p.log10()
              p.compare(q) p.max(q) p.min(q) p.remainder_near(q) p.fma(q,v) p.scaleb(I%20) p.shift(I%9) p.rotate(I%9) p.adjusted() p.is_nan() p.is_signed() p.number_class() p.next_plus() p.copy_sign(q) p.same_quantum(q)
              format(p,N) format(p,',.3f') format(p,'e') format(p,'%') format(p,'>20') format(p,'010.2f') p.limit_denominator(10) p.numerator p.denominator fractions.Fraction(p) fractions.Fraction(p,q) fractions.Fraction(S)
              decimal.Decimal(S) decimal.Decimal(p) p+I p*F I-p F*p p==I p<F sum([p,q,v]) sorted([p,q]) min(p,q) rebuilt(p) decimal.getcontext().divide(p,q) decimal.Context(prec=3).create_decimal(p) decimal.Context(prec=5,rounding=decimal.ROUND_DOWN).multiply(p,q)
              p.logb() p.logical_invert() p.to_integral_exact() complex(p) p.real p.imag p.conjugate() isinstance(p,numbers.Rational) isinstance(p,numbers.Number) p.__floor__() math.sqrt(p) math.isnan(p)""")),
    (forms("""memoryview(b'abcdefgh') memoryview(bytearray(b'12345678')) array.array('i',[1,2,3]) array.array('d',[1.5,-0.0]) array.array('B',b'xyz') memoryview(array.array('h',[1,-2,3])) bytearray(b'hello')
              memoryview(b'abcdef').cast('B',[2,3]) memoryview(bytearray(8)).cast('i') memoryview(b'abcd')[::-1] array.array('u','aé') array.array('q') memoryview(b'') bytes(range(5))"""),
     forms("""p[X] p[1:3] p[::2] p[0] p[-1] p[I] p[1,2] len(p) list(p) p.tolist() bytes(p) p.tobytes() p.hex() p.nbytes p.shape p.strides p.format p.itemsize p.ndim p.readonly p.contiguous p.obj p.toreadonly() p.cast('B') p.cast('h')
              p.cast('B',[2,2]) p==q p!=q p<q p+q p*(I%4) p.__setitem__(0,I) p.__setitem__(X,q) p.__setitem__(X,Y) p.__delitem__(X) p.append(E) p.extend(q) p.extend(L) p.insert(I,I) p.pop() p.pop(I) p.remove(E) p.index(E) p.count(E)
              p.reverse() p.byteswap() p.buffer_info()[1] p.typecode p.frombytes(Y) p.fromlist(L) p.tounicode() p.release() hash(p) hash(p)==hash(bytes(p)) p.find(Y) p.translate(None,b'a') (I in p) (Y in p) list(reversed(p)) sorted(p) repr(p) bytearray(p) struct.unpack_from('<h',p,I%9)
              struct.pack_into('<h',p,I%5,I%999) struct.unpack('<2h',p) struct.unpack('>Ihb',p) struct.pack(S,I) struct.iter_unpack('<h',p) struct.Struct('<3sxh').size struct.pack('5s?c',Y,E,b'x') struct.pack('e',F) struct.pack('p',Y) struct.pack('n',I)
              int.from_bytes(p,'big') p.__iadd__(q) p.__imul__(I%3) copy.copy(p) copy.deepcopy(p) pickle.loads(pickle.dumps(p)) array.array('i',L) array.array('B',Y) array.array('f',[F]) array.array(S,L) base64.b64encode(p) binascii.crc32(p) zlib.adler32(p)
              zlib.decompress(zlib.compress(p)) hashlib.md5(p).hexdigest() memoryview(p) memoryview(p)[X].tolist() memoryview(p)==p Y.join([p,q]) p.join([Y]) p.startswith(q) p.decode() str(p,'latin-1') io.BytesIO(p).read(I%6) b'%b'%p b'%s|%a'%(p,q)""")),
    (forms("""re.compile('a(b)?') re.compile('(?P<x>[a-z]+)(?P<y>\\\\d*)') re.compile('(?i)A+|b*?') re.compile(r'\\b\\w') re.compile('^.',re.M) re.compile(b'[^a]') re.compile('(a)|(b)') re.compile('x*') re.compile('(?<=a)b(?!c)') re.compile('(.)\\\\1')
              re.compile('[[:alpha:]]') re.compile('(?:ab){1,2}+') re.compile('(?>a*)b') re.compile('(?x) a # c') re.compile('') re.compile('\\\\s+') re.compile('(?P<q>a)(?(q)b|c)') re.compile('[^\\\\W\\\\d_]+') re.compile('.*',re.S)"""),
     forms("""p.match(S) p.search(S) p.fullmatch(S) p.findall(S) p.split(S) p.split(S,I%3) p.sub(S,S) p.subn(S,S,I%3) p.sub(lambda m:m.group()*2,S) list(p.finditer(S)) p.match(S,I%4) p.search(S,I%4,I) p.groups p.groupindex p.pattern p.flags p==q repr(p)
              p.search(s).groups() p.search(s).groupdict() p.search(s).span() p.search(s).start(1) p.search(s).end('x') p.search(s)[1] p.search(s)['x'] p.search(s).group(0,1) p.search(s).lastindex p.search(s).lastgroup p.search(s).expand(S) p.search(s).regs p.search(s).string p.search(s).pos
              p.sub(r'<\\\\g<0>>',S) p.sub(r'\\\\1',S) p.sub('\\\\g<x>',s) p.match(Y) p.findall(Y) p.scanner(S).match() re.compile(S) re.compile(S+S,re.X) re.escape(S) re.sub(S,S,S,flags=re.I) re.split('(,)',S) re.compile('('+S) re.compile(S+')') re.compile('['+S) re.compile('(?'+S) re.compile(S+'{1,3}')
              re.compile('\\\\'+S) re.compile('(?P<'+S+'>a)') re.compile('a{'+S+'}') re.compile('(?<='+S+'*)') re.findall(r'[\\\\w.]+|\\\\S',S) copy.copy(p) pickle.loads(pickle.dumps(p)) hash(p)==hash(q) p.fullmatch(s+'1') re.template if(0)else(1) re.compile(p,re.I)""")),
    (forms("""io.StringIO(S) io.StringIO('a\\nb\\r\\nc') io.StringIO('x\\ny',newline=None) io.BytesIO(Y) io.BytesIO(b'ab\\ncd\\n') io.TextIOWrapper(io.BytesIO(b'a\\r\\nb'),encoding='ascii') io.BufferedReader(io.BytesIO(b'12345')) io.StringIO()
              io.TextIOWrapper(io.BytesIO(),'utf-16') io.BufferedWriter(io.BytesIO()) io.BufferedRandom(io.BytesIO(b'abc'))"""),
     forms("""p.read() p.read(I%4) p.readline() p.readline(I%3) p.readlines() list(p) next(p) p.write(S) p.write(Y) p.writelines([S,S]) p.getvalue() p.seek(I%5) p.seek(0) p.seek(0,2) p.seek(I,I%4) p.tell() p.truncate() p.truncate(I%4) p.close() p.closed p.readable() p.writable()
              p.seekable() p.isatty() p.fileno() p.flush() p.getbuffer()[:] p.readinto(bytearray(3)) p.read1(2) p.peek(1) p.detach() p.newlines p.encoding p.errors p.line_buffering p.readall() p.mode p.name p.__enter__() iter(p) print(E,file=p) p.buffer p.raw p.reconfigure(newline='\\n') p.write(E)
              list(csv.reader(p)) csv.writer(p).writerow(L) csv.writer(p,quoting=csv.QUOTE_ALL).writerows([L,T]) csv.DictWriter(p,['a']).writerow(D) list(csv.DictReader(p)) pickle.load(p) json.load(p) json.dump(E,p) repr(p)[:12] list(csv.reader([S,'a;"b"'],delimiter=';'))""")),
    (forms("""Reduced(I,S) Stateful(E) Slotted() Point(1,E) Record(I) Frozen(S) Color.RED Flags.A|Flags.B E L D T Thing(E) Number(I) Text(S) Sequence(L) [L,L] range(I) slice(I) 1j OrderedDict(D) Counter(S) deque(L,9) defaultdict(int,D) len ValueError(S) KeyError(1,2)
              bytearray(b'a') frozenset(T) iter(L) iter('ab') enumerate(L) zip(L,S) map(str,L) reversed([1,2]) itertools.count(3) itertools.cycle('ab') itertools.chain('a',L) itertools.islice(L,2) itertools.product('ab',L) itertools.repeat(1,2) types.SimpleNamespace(a=I) Ellipsis NotImplemented int
              ExceptionGroup('g',[ValueError(1)]) functools.partial(pow,2) operator.itemgetter(1) {1:{2:{3}}} itertools.accumulate(L) itertools.combinations('abc',2) itertools.permutations([1,2]) itertools.takewhile(bool,L) itertools.groupby('aab') itertools.zip_longest('a',L) (x for x in L) print Base.make Base().who"""),
     forms("""rebuilt(p) copy.copy(p) copy.deepcopy([p,p]) copy.deepcopy({1:p}) pickle.loads(pickle.dumps([p,q,p],4)) pickle.loads(pickle.dumps((p,q),2)) p.__reduce__() p.__reduce_ex__(2) p.__reduce_ex__(4) p.__copy__() p.__getstate__() pickle.loads(pickle.dumps([p,v]))
              list(p) next(p) list(copy.copy(p)) list(pickle.loads(pickle.dumps(p))) p==copy.copy(p) sys.getsizeof(p)>0 json.dumps(p) json.dumps(p,default=str) json.dumps([p],indent=2,sort_keys=True) json.dumps(p,separators=(',',':')) json.dumps(D,skipkeys=True) repr(p) str(p) hash(p)==hash(p) p!=q p<q bool(p)
              isinstance(p,typing.Iterable) isinstance(p,collections.abc.Hashable) isinstance(p,collections.abc.Sequence) callable(p) type(p).__mro__[1:] weakref.ref(p)() is(p) weakref.proxy(p) p.__class__ p.__module__ p.__len__() p.__length_hint__() operator.length_hint(p,5) (lambda*a:a)(*p) dict(**p) max(p)
              list(itertools.chain.from_iterable([p,L])) list(itertools.batched(p,2)) list(zip(p,q)) sorted(p,key=str) [*p][:5] dict.fromkeys(p) tuple(p) set(p)=={*p} enumerate(p,I).__next__() p.__setstate__(E) ast.literal_eval(repr(p)) eval(repr(p)) len(p) p[0] p[X] p+q p*2 p|q p&q p@q p.__add__(q) p.__eq__(q) p.__ne__(q)""")),
    (forms("""S S S 'a b\\'c "d e"' 'http://u:p@h.com:80/a/b;c?x=1&y=%20&x=2#f' '<a href="x">&amp;&#65;&lt;&nope;' 'key=value; other' 'ÅéßΣ' '１２' '\\u0301e' 'ﬁ' 'a\\tb' '%41%zz' 'YWJj' 'x'*9"""),
     forms("""shlex.split(p) shlex.quote(p) shlex.join([p,q]) urllib.parse.urlsplit(p) urllib.parse.urlparse(p).netloc urllib.parse.parse_qs(p) urllib.parse.parse_qsl(p,True) urllib.parse.quote(p) urllib.parse.unquote(p) urllib.parse.quote_plus(p,'/') urllib.parse.urlencode({p:q}) urllib.parse.urljoin(p,q)
              urllib.parse.urlsplit(p).port html.escape(p) html.unescape(p) unicodedata.normalize('NFC',p) unicodedata.normalize('NFKD',p) unicodedata.name(p[:1],None) unicodedata.category(p[:1]) unicodedata.numeric(p[:1],None) unicodedata.east_asian_width(p[:1]) unicodedata.bidirectional(p[:1]) base64.b64decode(p)
              base64.b32encode(p.encode()) base64.b85encode(p.encode()) base64.b64decode(p,validate=True) binascii.unhexlify(p) binascii.b2a_uu(p.encode()) binascii.b2a_qp(p.encode()) textwrap.wrap(p,I%9) textwrap.indent(p,q) textwrap.shorten(p,I%20) string.Template(p).substitute(a=1) string.Formatter().format(p,E) p.encode('utf-7')
              p.encode('idna') p.encode('punycode') p.encode('cp1252','replace') p.encode('utf-16') p.encode('ascii','namereplace') p.encode('ascii','backslashreplace') p.encode('unicode_escape').decode() p.encode('utf-8').decode('utf-16','replace') p.encode('utf-8').decode('ascii','surrogateescape') p.encode(S) int(p) float(p)
              complex(p) int(p,0) int(p,36) p.isprintable() p.isidentifier() p.isnumeric() p.title() p.casefold() p.upper().lower() p.splitlines() p.translate(str.maketrans('abc','xyz',q)) p.translate(D) str.maketrans(D) p%D p%q p%(I,S) '%(a)s'%D '%*d|%-*.*f'%(I%9,I,9,2,F) '%+.3e'%F '%#x'%I '%c%c'%(p,I%200) '%r'%p '%5%'%() p.format(*L,**D) p.format_map(D)
              hashlib.sha256(p.encode()).hexdigest()[:9] hashlib.blake2b(p.encode(),digest_size=4).hexdigest() zlib.crc32(p.encode()) zlib.decompress(p.encode()) p.rjust(I%20,q) p.join(q) p[I:I] p[::-1] p*(I%3) p<q p.replace('',q) p.replace(q,'',I) p.split(q,I) p.count('') p.find('',I) p.rfind(q,I,I) p.startswith(q,I,I) p.zfill(I%15) sys.intern(p) is(p)""")),
    (forms("""random.Random(I) random.Random(S) random.Random(3) random.Random(g) random.Random(Y)"""),
     forms("""p.random() p.randint(1,I) p.randrange(I) p.randrange(I,I,I) p.choice(L) p.choices(S,k=I%5) p.choices([1,2],[I,F]) p.sample(range(20),I%9) p.sample(L,I) p.shuffle(L) p.gauss(0,1) p.getrandbits(I%99) p.uniform(F,I) p.triangular() p.betavariate(1,2) p.expovariate(2) p.randbytes(I%5) p.seed(E) p.getstate()[1][:3]
              p.normalvariate() p.vonmisesvariate(1,2) p.lognormvariate(0,1) p.paretovariate(2) p.setstate(q.getstate()) statistics.mean([I,F]) statistics.median(L) statistics.mode(L) statistics.stdev([I,F,I]) statistics.quantiles([1,I,3]) statistics.fmean([F,I]) statistics.linear_regression([1,2],[I,F]) statistics.NormalDist(I,2)""")),
    (forms("""inner lambda:0 lambda*a,b=1,**k:a len Base.make Base().who Base.plain functools.partial(inner,1) Record Point int Thing() inner.__code__ (x for x in L) Meta Color inspect.signature(inner) types.MethodType(inner,1) list[int] dict[str,int] int|None typing.Optional[int] list.append"""),
     forms("""inspect.signature(p) p.__name__ p.__qualname__ p.__defaults__ p.__kwdefaults__ p.__annotations__ p.__wrapped__ p.__module__ p.__closure__ p.__code__.co_varnames p.__code__.co_argcount p.__code__.co_flags p.__code__.co_freevars p.__code__.co_names p.co_qualname p.parameters p.bind(1,b=2) p.bind(I).arguments
              p.bind_partial().args p.replace(parameters=[]) p(1) p(1,2) p(a=1) p(*L) p.__get__(1)(2) p.__get__(None,int) p.__call__ p.__self__ p.__func__ p.func p.args p.keywords p.__text_signature__ p.gi_code.co_name p.gi_running inspect.isfunction(p) inspect.ismethod(p) inspect.isbuiltin(p) inspect.isclass(p) inspect.getfullargspec(p) inspect.unwrap(p)
              typing.get_type_hints(p) typing.get_origin(p) typing.get_args(p) p.__args__ p.__parameters__ p.__origin__ p[int] p|str p==q hash(p)==hash(p) isinstance(1,p) issubclass(bool,p) p.__or__(None) setattr(p,'x',I) delattr(p,'x') setattr(p,'__name__',S) setattr(p,'__defaults__',(I,)) setattr(p,'__code__',q.__code__) p.__mro__ p.__bases__ p.mro()
              functools.wraps(p)(inner).__name__ functools.singledispatch(p)(1) functools.lru_cache(2)(p)(I) functools.cache(p).cache_info() functools.total_ordering(p) functools.partialmethod(p) functools.update_wrapper(inner,p) type(p).__name__ dir(p)[:3] contextlib.suppress(p) contextlib.nullcontext(p) callable(p)""")),
]
SOURCES = """\
def f(a, b=1, *c, d, e=2, **g): return a
|class A(B, metaclass=M): x: int = 1; y = 2
|for i, (j, k) in x: pass
else: break
|while x: continue
|with a as b, (c) as d: pass
|with (a as b, c as d,): pass
|try: a
except B as c: d
else: e
finally: g
|try: a
except* (B, C): d
|match x:
    case [1, *y, {'k': z, **w}]: pass
    case A(b, c=1) | None if q: pass
|lambda x, /, y=1, *, z: (yield x)
|async def f():
    async for i in x: await y
    async with a as b: return [c async for d in e if await g]
|x = [a for b in c if d for e in g]
|x: int = y = 3
|f(a, *b, c=d, **e)
|f(x for x in y)
|f(a, b for b in c)
|print "hello"
|x = 5 if y else 6
|if x = 3: pass
|if x: pass
elif y: pass
else: z
|from a.b import (c as d, e)
|from . import *
|import a.b as c, d
|global x, y
|def f():
    global x
    nonlocal y
    x = 1
|del a, b[1], c.d, (e, g)
|assert x, y
|raise A from B
|x += y.z[1:2, ::3]
|x = {**a, 'b': 1, c: d}
|{1, 2, *x}
|a if b else c = 1
|x = f'{a!r:>{b}} {c=} {{d}}'
|f'{a b}'
|f'{}'
|f'{a!x}'
|x = 'abc' b'def'
|x = 0777
|x = 1_000_ + 0xfg + 1e5j
|x = 1if 2else 3
|return 1
|yield x
|await x
|(a, b) += 1
|f() = 1
|None = 1
|x = (1, 2
|x = [1, 2)
|'abc
|'''abc
|x = $
|x = a ? b
|def f(a, a): pass
|def f(a=1, b): pass
|def f(*): pass
|def f(**a, b): pass
|f(a=1, 2)
|f(**a, *b)
|f(a.b=1)
|f(True=1)
|class C: return
|    x = 1
|if x:
pass
|if x:
    a
  b
|x = \\
|x = yield = 1
|a := 1
|(a.b := 1)
|[a := 1, b := 2]
|[(i := 0) for i in x]
|x = not
|x ! y
|a <> b
|(*a)
|*a = 1
|*a, *b = c
|print(a b)
|x = {1: 2, 3}
|x = {1:, 2: 3}
|a, b: int
|(x): int
|f(x)(y)[z].w: int = 1
|@d
@e.f(1)
def g(): ...
|@x
y = 1
|1 is x, 'a' is not y, () == (1)()
|"a"(1), [1][1, 2], {}[1], 1.5(), None[0]
|assert (x, 'always')
|'\\d \\N{DIGIT ONE} \\x4 \\u00e9'
|b'\\d é'
|def f():
\tx
        y
|for x in y: pass
else
|lambda *: 1
|lambda (a, b): 1
|case = match = _ = type = 1; match (x); match[y]; print(case)
|with a, b as (c, d): pass
|try: pass
|except: pass
|import a as b.c
|from a import b.c
|from a import
|from __future__ import annotations, nothing
|__debug__ = 1
|nonlocal x
|break
|continue
|x = *a, b
|return *a, b
|for *a, b in c: pass
|x[*a, b]
|def f(*args: *T): pass
|async x = 1
|async with a: pass
|async def f(): yield; return 1
|def f(): [await x for y in z]
|x = (yield)
|elif x: pass
|else: pass
|x = 1 +
|x = (a for b in c, d)
|not x = 1
|a < b < c = 1
|"a" = 1
|f"{x}" = 1
|[a, 1] = b
|for 1 in x: pass
|for f() in x: pass
|with a as 1: pass
|del f(), 1
|del (a, [b, *c])
|import *
|x.1
|1.x
|1..real
|0_7, 0b2, 0o8, 1__0, 1e, 0x
|a = 1 b = 2
|x = "a" "b" f"{c}" 'd'
|class A(x for x in y): pass
|class A(*a, **b): pass
|if True:
|def f():
|x = [
|}
|\x00
""".replace("\n|", "\0").split("\0")


class Library(grammar_typed.Typed):
    """The maker, with programs about the library, and about sources."""

    def area(self):
        values, uses = self.pick(*AREAS)
        value = lambda: self.fill(self.pick(*values), 1)
        start = "    def inner(a, b=2, *c, d: int = 3, **e):\n        return a, b, c, d, e\n"
        return start + "".join(f"    {name} = {value()}\n" for name in "pqv") + "".join(f"    show('use', lambda: {self.fill(self.pick(*uses), 1)})\n" for _ in range(self.r.randrange(3, 9)))

    def metaclass(self):
        p, r, e = self.pick, self.r, lambda: self.typed("E", 1)
        member = lambda: p(f"d = Data({e()})", f"d = Plain({e()})", "__slots__ = 'a', 'd'", f"x: {e()} = {e()}", "x = property(lambda self: self.d)", "def __getattr__(self, name):\n            return 'dynamic', name",
                           "def __getattribute__(self, name):\n            log('attribute', name)\n            return super().__getattribute__(name)", "def __setattr__(self, name, value):\n            log('setattr', name)\n            object.__setattr__(self, name, value)",
                           "def __delattr__(self, name):\n            log('delattr', name)", "def __dir__(self):\n            return ['z', 'a']", "def __init__(self, *args, x=1):\n            self.args = args", "def __new__(cls, *args, **kwargs):\n            return super().__new__(cls)",
                           "def __class_getitem__(cls, key):\n            return 'item', key", "def __init_subclass__(cls, **options):\n            log('sub', cls.__name__, options)", "d = functools.cached_property(lambda self: log('made'))", "def d(self):\n            return __class__.__name__, super().__repr__()[:5]",
                           "d = staticmethod(lambda *a: a)", "d = classmethod(lambda *a: len(a))", "def __eq__(self, other):\n            return NotImplemented", "def __bool__(self):\n            return " + e(), "def __call__(self, *a, **k):\n            return a, k", "__hash__ = None",
                           "def __missing__(self, key):\n            return 'missing', key", "def __instancecheck__(self, what):\n            return True", "def __mro_entries__(self, bases):\n            return (Base,)", f"for i in {self.typed('L', 1)}: d = i", "del kind", "d = d", "locals()['d'] = 1",
                           "def __format__(self, spec):\n            return " + e(), "def __lt__(self, other):\n            return other", "def __iter__(self):\n            return " + p("iter([1, 2])", "self", "5"), "def __next__(self):\n            raise StopIteration(4)",
                           "def __radd__(self, other):\n            return 'r', other", "def __iadd__(self, other):\n            return 'i', other", "def __contains__(self, what):\n            return " + e(), "def __reversed__(self):\n            return " + e(), "def __round__(self, n=None):\n            return n")
        base = lambda: p("", "", "", "(Base)", "(metaclass=Meta)", "(metaclass=Meta, z=1)", "(dict)", "(int)", "(list, Base)", "(Exception)", "(str)", "(Thing)", "(Base, flag=1)", "(bool)", "(typing.Generic[typing.TypeVar('T')])", "(enum.Enum)", "(object, Base)", "(tuple)", "(Base())", "(type)", "(float)")
        use = lambda: p("a.d", "A.d", "a.x", "a.nothing", "setattr(a, 'd', 5)", "a.__dict__", "delattr(a, 'd')", "A[1]", "a[1]", "a()", "a(1, k=2)", "A.__mro__", "isinstance(1, A)", "2 in A", "len(A)", "hash(a) == hash(a)", "a == a", "a == 1", "dir(a)[-1]", "A.__annotations__", "bool(a)", "type('Sub', (A,), {'d': 1}).d",
                         "type('Sub', (A,), {}, q=1)", "a.__class__", "setattr(a, '__class__', Base)", "setattr(A, 'd', 7)", "A(1)", "A(x=2)", "A(1, 2, x=3)", "vars(A).keys() - {'__module__', '__firstlineno__'}", "a.d()", "A.d()", "a.d(1)", "format(a, 'q')", "list(a)", "sorted([a, a]) and 1", "1 + a", "a + 1", "1 in a", "round(a)", "reversed(a)", "a < 1",
                         "A.__qualname__", "A.__name__", "setattr(A, '__name__', 'Z')", "A.__subclasses__()", "A.prepared", "copy.copy(a) == a", "A.__slots__", "super(A, a).who()", "super(A, A).make(1)", "a.kind", "A.mro()", "del_ if 0 else a.value", "A.__bases__", "setattr(A, '__bases__', (Thing,))", "issubclass(A, Base)", "A | None", "A.__base__", "A.__doc__", "a.__init__(3)", "A.__new__(A)")
        return f"    class A{base()}:\n" + "".join(f"        {member()}\n\n" for _ in range(r.randrange(1, 4))) + "    show('class', lambda: sorted(k for k in vars(A) if k[0] != '_'))\n" + f"    a = A({p('', '', '', '1', '5, x=2')})\n" + "".join(f"    show('use', lambda: {use()})\n" for _ in range(7))

    def mutated(self, source):
        r = self.r
        words = []
        try:
            words = [(token.string, token.type) for token in tokenize.generate_tokens(io.StringIO(source).readline)]
        except (tokenize.TokenError, SyntaxError):
            pass
        others = ["(", ")", "[", "]", "{", "}", ":", ",", ";", "=", "==", ":=", "*", "**", ".", "...", "->", "@", "!", "+", "1", "x", "'s'", "None", "True", "if", "else", "for", "in", "not", "is", "lambda", "yield", "await", "async", "def", "class",
                  "return", "del", "import", "from", "as", "with", "try:", "except", "print", "match", "case", "_", "f'{x}'", "b'y'", "\n", "    ", "\\\n", "#c", "1.5j", "pass", "raise", "global", "x.y", "x[0]", "f()", "(a, b)", "*a", "\t", "é", "+=", "while", "assert", "elif", "or", "and"]
        for _ in range(r.randrange(1, 3)):
            if r.random() < 0.3 or not words:  # anywhere
                at = r.randrange(len(source) + 1)
                source = r.choice((source[:at] + self.pick(*others) + source[at:], source[:at] + source[at + 1:], source[:at], source[:at] + source[at:at + 2] + source[at:]))
                continue
            word = self.pick(*words)[0].strip()  # at a word
            if not word or word not in source:
                continue
            places = source.count(word)
            head, tail = (lambda parts, k: (word.join(parts[:k]), word.join(parts[k:])))(source.split(word), r.randrange(places) + 1)
            source = head + self.pick("", self.pick(*others), f"{word} {word}", f"{self.pick(*others)} {word}", f"{word} {self.pick(*others)}", f"({word})") + tail
        return source

    def source(self):
        """Programs that compile something that may be wrong."""
        r, lines = self.r, []
        for _ in range(r.randrange(2, 7)):
            kind = r.random()
            if kind < 0.6:
                source = self.pick(*SOURCES).strip("|")
            elif kind < 0.7:
                source = self.expression(2)
            elif kind < 0.85:
                source = self.block(1, False, "")
            else:
                source = self.pick(*SOURCES).strip("|") + "\n" + self.pick(*SOURCES).strip("|")
            if r.random() < 0.15:
                source = "def f():\n" + "".join(f"    {line}\n" for line in source.split("\n"))
            if r.random() < 0.8:
                source = self.mutated(source)
            lines.append(f"    show('compiled', lambda: compiled({source!r}{self.pick('', '', '', ', ' + repr(self.pick('eval', 'single')))}))\n")
        return "".join(lines)

    def traceback(self):
        """Tracebacks, with the marks below the part of a line that failed."""
        e = lambda: self.expression(2).replace("\n", " ")
        t = lambda: self.other(2)
        wrong = lambda: self.pick("1 / 0", "[][n]", "None.x", "table['q']", "nothing", "int('x')", "n.q()", "s + 1", "(lambda: n[0])()", "[x / 0 for x in items]", "inner(1, 2)", "inner(n)", "items[s]", "-s", "f'{n:q}'", "(n, s.q, g)", "s[0](1)", e(), t(), t(),
                                  "sorted(items, key=lambda x: x.z)", "list(generator_())", "Thing(1).y.z", "s.upper().nope().x", "table[n][s]", "n @ s", "items[1:2].q", "(n +\n            s)", "inner(\n            s,\n            q=1)", "'é' + s + n", "{**n}", "inner(*n)", "n if s.q else g", "not s.q", "n < s < g")
        shape = self.pick("        return {0}\n", "        x = {0}\n        return x\n", "        with Thing(1):\n            {0}\n", "        for x in ({0}):\n            {1}\n", "        try:\n            {0}\n        except Exception as error:\n            {1}\n            raise\n", "        try:\n            {0}\n        finally:\n            {1}\n",
                          "        try:\n            {0}\n        except Exception as error:\n            raise ValueError(n) from error\n", "        if {0}:\n            {1}\n", "        del items[0], {2}\n", "        items[{0}] = {1}\n", "        n += {0}\n        assert not n, {1}\n", "        class Q:\n            y = {0}\n", "        raise ExceptionGroup('g', [ValueError(1), TypeError({0})])\n",
                          "        {2} = {0}\n", "        a, b = {0}\n        log({1})\n", "        @{0}\n        def h(x={1}): pass\n", "        import nothing_here\n", "        from math import nothing_here\n", "        assert {0} == 1\n", "        error = ValueError({0})\n        error.add_note('note')\n        raise error\n", "        raise {0}\n",
                          "        async def c():\n            return {0}\n        return drive(c())\n", "        def deep(k):\n            return deep(k - 1) if k else ({0})\n        return deep(5)\n", "        eval({3!r})\n", "        exec({3!r})\n")
        target = self.pick("n.q", "items[9]", "s[0]", "table[n, []]", "(a, b)", "n[0].z", "items['x']")
        body = shape.format(wrong(), wrong(), target, self.pick("1 +", "x = (", "1 / 0", "nothing + 1", "'a' 1", "def f(:", "  x"))
        return f"    def inner(x):\n        return x.missing\n\n    def generator_():\n        yield 1\n        raise KeyError(n)\n\n    def run():\n        nonlocal n, s, g, items, table, raw\n{body}    text = trace_of(run)\n    print(text)\n"

    def traced(self):
        return f"    def run(n=3, s='ab', g=1.5, items=(3, 1), table={{}}, group=set(), raw=b''):\n        items = list(items)\n{self.block(2, False, '        ')}    a = b = c = 1\n    show('lines', lambda: lines_of(run))\n"

    def slices(self):
        """Assignments to slices and deletions, of three kinds of sequence."""
        part = lambda: self.pick("", "", "0", "1", "-1", "2", "3", "-2", "9", "-9", "n", "True", "None")
        index = lambda: self.pick(f"{part()}:{part()}", f"{part()}:{part()}:{self.pick('', '1', '2', '-1', '-2', '3', '0')}", part() or "0")
        value = lambda: self.pick("[]", "'ab'", "items", "b'xy'", "(7,)", "range(3)", "n", "[1, 2, 3]", "iter('q')", "p", self.typed("L", 1))
        return f"    p = {self.pick('list(range(6))', 'bytearray(b`abcdef`)'.replace('`', chr(39)), 'array.array(chr(98), range(6))', 'deque(range(6))', 'Sequence([1, 2])')}\n" + "".join(
            f"    try:\n        {self.pick(f'p[{index()}] = {value()}', f'del p[{index()}]', f'p += {value()}', f'p *= {self.r.randrange(4)}', f'p[{index()}] += {value()}', f'p.insert({part() or 0}, {value()})')}\n    except Exception as error:\n        log(type(error), error)\n    log(p)\n" for _ in range(6))

    def contexts(self):
        """Generators, context managers, exception groups and async generators, inside each other."""
        p, e = self.pick, lambda: self.typed("E", 1)
        fail = lambda: p("pass", "pass", "raise ValueError(1)", "raise KeyError('k')", "raise ExceptionGroup('g', [ValueError(2), ExceptionGroup('h', [KeyError(3), OSError(4)])])", "raise StopIteration", "raise GeneratorExit", "return 5", f"yield {e()}", "1 / 0", "raise BaseExceptionGroup('b', [KeyboardInterrupt(), ValueError()])")
        return (f"    @contextlib.contextmanager\n    def manager(x):\n        log('enter', x)\n        try:\n            yield x\n            {fail().replace('yield', 'log').replace('return 5', 'return')}\n        except {p('ValueError', 'Exception', 'KeyError', 'ZeroDivisionError')} as error:\n            log('caught', repr(error))\n            {p('raise', 'pass', 'raise TypeError(x)', 'yield 2')}\n        finally:\n            log('exit', x)\n\n"
                f"    def gen(x):\n        with manager(1) as y{p('', ', manager(2)', ', contextlib.suppress(KeyError)', ', contextlib.ExitStack() as z')}:\n            got = yield y\n            log(got)\n            {fail()}\n        try:\n            {fail()}\n        except{p('', '', '*')} {p('ValueError', '(KeyError, OSError)', 'Exception', 'ExceptionGroup')} as group:\n            log(repr(group), group.__context__)\n            {p('raise', 'pass', 'raise TypeError(1)', 'raise group')}\n"
                f"        {p('yield from [1, 2]', 'yield (yield 3)', 'yield from gen2()', f'x = yield {e()}')}\n        return {e()}\n\n    def gen2():\n        try:\n            yield 'two'\n        except BaseException as error:\n            log('two', repr(error))\n            {p('raise', 'return 6', 'yield 7')}\n\n"
                "    it = gen(1)\n" + "".join(f"    try:\n        log({p('next(it)', 'it.send(4)', 'it.throw(KeyError(8))', 'it.throw(ValueError, 9)', 'it.close()', 'list(it)', 'it.gi_frame is None', 'it.gi_yieldfrom and 1', 'it.throw(GeneratorExit)')})\n    except BaseException as error:\n        log(repr(error), repr(error.__context__), repr(error.__cause__))\n" for _ in range(5)) +
                f"    async def agen():\n        try:\n            x = yield {e()}\n            log('x', x)\n            {p('yield 2', 'await Awaitable(3)', 'raise ValueError(4)', 'return')}\n        except {p('ValueError', 'KeyError', 'GeneratorExit')}:\n            log('agen')\n            {p('yield 5', 'raise', 'await Awaitable(6)')}\n        finally:\n            log('finally')\n"
                f"    async def user():\n        it = agen()\n        log(await it.__anext__())\n        log(await it.{p('asend(1)', 'athrow(ValueError(2))', 'athrow(KeyError)', 'aclose()', '__anext__()')})\n        return [i async for i in {p('it', 'agen()')}], {{k: v async for k, v in {p('agen()', 'it')}}}\n    show('user', lambda: drive(user()))\n"
                f"    show('split', lambda: ExceptionGroup('g', [ValueError(1), KeyError(2), ExceptionGroup('h', [ValueError(3)])]).{p('split(ValueError)', 'subgroup(KeyError)', 'derive([OSError()])', 'split(lambda e: e.args == (1,))', 'subgroup((ValueError, KeyError))', 'exceptions', 'message', 'split(int)', 'subgroup(OSError)')})\n")

    def declared(self):
        """Dataclasses, enums, named tuples and typed classes of the most various options."""
        p, e = self.pick, lambda: self.typed("E", 1)
        option = lambda: p("", "", "order=True", "frozen=True", "eq=False", "slots=True", "kw_only=True", "repr=False", "unsafe_hash=True", "init=False", "match_args=False", "order=True, eq=False")
        field = lambda name: p(f"{name}: int", f"{name}: int = {e()}", f"{name}: list = dataclasses.field(default_factory=list)", f"{name}: str = dataclasses.field(default={e()}, repr=False)", f"{name}: typing.ClassVar[int] = 3", f"{name}: dataclasses.InitVar[int] = 4", f"_: dataclasses.KW_ONLY\n        {name}: int = 1",
                               f"{name}: int = dataclasses.field(init=False, default=2)", f"{name}: 'int' = dataclasses.field(compare=False, kw_only=True, default=1)", f"{name} = 5", f"{name}: list = []")
        use = lambda: p("D(1)", "D()", "D(1, 2)", "D(1, y=2)", "D(x=1, y=2, z=3)", "D(1) == D(1)", "D(1) < D(2)", "hash(D(1)) == hash(D(1))", "dataclasses.fields(D)[0].name", "dataclasses.asdict(D(1))", "dataclasses.astuple(D(1, 2))", "dataclasses.replace(D(1), x=3)", "D.__match_args__", "inspect.signature(D)", "setattr(D(1), 'x', 5)",
                        "setattr(D(1), 'new', 5)", "D(1).__dict__", "rebuilt(D(1))[1]", "D.__annotations__", "dataclasses.is_dataclass(D)", "dataclasses.make_dataclass('M', ['a', ('b', int, 5)])(1)", "D.__slots__")
        dataclass = f"    @dataclasses.dataclass({option()})\n    class D{p('', '', '(Record)', '(Base)', '(Frozen)')}:\n" + "".join(f"        {field(name)}\n" for name in ("x", "y", "z")[:self.r.randrange(1, 4)]) + f"        {p('', 'def __post_init__(self, *a): log(a)', 'def m(self): return self.x')}\n" + "".join(f"    show('use', lambda: {use()})\n" for _ in range(6))
        base = p("enum.Enum", "enum.IntEnum", "enum.Flag", "enum.IntFlag", "enum.StrEnum", "str, enum.Enum", "int, enum.Flag", "enum.ReprEnum")
        use_enum = lambda: p("list(M)", "M.A", "M.B.value", "M['A']", "M(1)", "M('x')", "M(99)", "M.A | M.B", "M.A & M.B", "~M.A", "M.A ^ M.B", "M.A == 1", "M.A in M", "1 in M", "M.A.name", "repr(M.A)", "str(M.A)", "f'{M.A}'", "format(M.A, '>8')", "M.__members__", "len(M)", "bool(M.A)", "M.A < M.B", "hash(M.A) == hash(M.A)", "M.A is M(M.A.value)", "setattr(M, 'A', 2)", "rebuilt(M.A)[1]", "M.C",
                             "type(M.A).__mro__", "isinstance(M.A, int)", "list(reversed(M))", "M.nothing", "list(M.A)", "M.A.m()", "M(3)", "M(0)", "M(-1)", "type('N', (M,), {})", "M('N', 'a b')", "enum.Enum('N', ['a', 'b']).b", "M.A + 1", "dir(M)[-3:]", "enum.unique(M)", "M.A.A", "M._value2member_map_")
        member = p('C = 4', 'C = enum.auto()', 'def m(self): return self.value', 'C = A', 'C = enum.nonmember(5)', 'def __str__(self): return chr(63)', '_ignore_ = [chr(90)]', 'C = 3', '@property\n        def m(self): return 1', '__order__ = ' + repr('A B'), 'def _generate_next_value_(*a): return a[:3]')
        enumeration = f"    class M({base}{p('', '', '', ', boundary=enum.KEEP')}):\n        A = {p('1', 'enum.auto()', repr('x'), '(1, 2)', '1.5')}\n        B = {p('2', 'enum.auto()', repr('y'), '1', 'A')}\n        {member}\n" + "".join(f"    show('use', lambda: {use_enum()})\n" for _ in range(7))
        named = f"    class P({p('typing.NamedTuple', 'typing.TypedDict', 'typing.Protocol', 'namedtuple(chr(81), [chr(97)])', 'types.SimpleNamespace')}):\n        a: int\n        b: str = {e()}\n" + "".join(f"    show('use', lambda: {p('P(1)', 'P(1, 2)', 'P(a=1)', 'P(1)._asdict()', 'P(1)._replace(b=3)', 'P.__annotations__', 'P._fields', 'P._field_defaults', 'P(1)[0]', 'P(1) == (1, 2)', 'P.__mro__', 'P(**table)', 'P.__total__', 'P._make([1, 2])', 'rebuilt(P(1))', 'P(1) < P(2)', 'isinstance(1, P)', 'P(1).b', 'namedtuple(s, items)', 'namedtuple(chr(78), s, rename=True)(*s)', 'P.__required_keys__')})\n" for _ in range(5))
        return p(dataclass, enumeration, enumeration, named)

    def assigned(self):
        """Names: global, nonlocal, del, walrus, star targets, comprehension scopes, exec and eval with namespaces."""
        p, e = self.pick, lambda: self.typed("E", 1)
        simple = lambda: p("x = 1", "del x", "x += 1", "global x", "log(x)", "(x := 5)", "x: int", "x: int = 6", "for x in [1, 2]: pass", "import math as x", "def x(): pass", "class x: pass", "with Thing(4) as x: pass", "[x for x in 'ab']", "[x := y for y in 'ab']", "log(sorted(locals()))", "*x, y = 'abc'", "x, (y, *z) = 1, 'bcd'", "try: 1 / 0\nexcept Exception as x: pass", "lambda: x",
                           "log((lambda: x)())", "x = y = z = []", "x[:] = 'ab'", "nonlocal x", "log(eval('x'))", "exec('x = 9')", "log({x: y for x, y in ['ab']})", "log([[x for x in range(y)] for y in range(3)])", "match 5:\n    case x: pass", "x = [lambda: i for i in range(2)]", "log(dir())", "x = yield", "return x", "log(__class__)", "log(vars() is locals())", "assert (x := 0), x", "log([*(x,)])", "x = *'ab', 1", "del (x, y)")
        join = lambda lines, indent: "".join(f"{indent}{line}\n" for text in lines for line in text.split("\n"))
        lines = [simple() for _ in range(self.r.randrange(1, 6))]
        nested = p("", "def outer():\n    x = 0\n", "def outer(x=2):\n", "class outer:\n    x = 3\n", "def outer():\n    x = 0\n    class inner:\n        x = 1\n")
        if nested:
            indent = "        " if "class inner" in nested else "    "
            kind = p(f"{indent}def f():\n", "")
            source = nested + kind + join(lines, indent + ("    " if kind else "")) + (f"{indent}try: log(f())\n{indent}except Exception as error: log(repr(error))\n" if kind else "") + ("try: log(outer())\nexcept Exception as error: log(repr(error))\n")
        else:
            source = join(lines, "")
        space = p("{'log': log, 'Thing': Thing}", "{'log': log, 'Thing': Thing, 'x': 8}", "dict(globals())", "{'log': log, 'Thing': Thing}, {'x': 7}", "{'log': log, 'Thing': Thing}, ChainMap({'y': 1})")
        return f"    source = {source!r}\n    show('compiled', lambda: compiled(source))\n    show('exec', lambda: exec(source, {space}))\n    show('eval', lambda: eval({self.expression(1)!r}, {{'a': 1, 'b': [2], 'c': 'x'}}))\n"

    def program(self, count):
        pieces = []
        makers = [self.area, self.area, self.area, self.area, self.metaclass, self.metaclass, self.source, self.source, self.traceback, self.traced, self.slices, self.contexts, self.declared, self.declared, self.assigned]
        for number in range(count):
            if self.r.random() < 0.4:
                pieces += [piece.replace("f0", f"f{number}").replace("e0", f"e{number}") for piece in super().program(1)]
                continue
            source = (f"def f{number}():\n    n, s, g, items, table, group, raw = 4, {self.typed('S', 0)}, 2.5, [3, 1, 2], {{'a': 1, 2: 'v'}}, {{1, 2}}, b'ab'\n".replace(", s, 2.5", ", 'txt', 2.5") + self.pick(*makers)() + f"\n\nshow('f{number}', f{number})\n\n\n")
            self.keep(pieces, source)
        return pieces
