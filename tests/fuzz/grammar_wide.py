"""The widest random programs: threads, asyncio, classes of every make, containers changed while they are used, numbers and texts of every kind, trees of sources, and calls of whatever modules in C hold."""
import random
import struct
import sys

import grammar_library
from grammar_typed import forms

HEAD = grammar_library.HEAD + '''\
import abc, asyncio, cmath, codecs, colorsys, concurrent.futures, configparser, contextvars, difflib, errno, graphlib, ipaddress, locale, marshal, pickletools, platform, pprint, queue
import reprlib, sched, sqlite3, symtable, threading, time, tokenize, unittest.mock, uuid, xml.etree.ElementTree as ElementTree, zoneinfo
import _codecs, _collections, _csv, _datetime, _functools, _heapq, _io, _json, _operator, _pickle, _random, _sre, _string, _struct, _weakref
threading.excepthook = lambda args: None


def attempt(make):
    """What show() would print."""
    try:
        value = make()
        return type(value).__name__, re.sub("0x[0-9a-f]+", "ADDRESS", repr(value))[:200]
    except RecursionError:
        return ("RecursionError",)
    except BaseException as error:
        return type(error).__name__, str(error)[:200]


def in_threads(function, inputs):
    """The results of one thread for each input, all at once."""
    results = [None] * len(inputs)

    def run(i, value):
        results[i] = attempt(lambda: function(value))
    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(inputs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def tree_of(source, mode="exec", **options):
    """The tree of a source with all its places; and the source that it gives again."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(source, mode=mode, **options)
        except SyntaxError as error:
            return type(error).__name__, error.msg, error.lineno, error.offset
        text = ast.dump(tree, include_attributes=True)
    return zlib.crc32(text.encode("utf-8", "surrogatepass")), ast.dump(tree)[-150:], ast.unparse(tree)[-150:]


def tables_of(table):
    return (table.get_type(), table.get_name(), table.is_optimized(), table.is_nested(), [(s.get_name(), s.is_global(), s.is_local(), s.is_free(), s.is_parameter(), s.is_imported(), s.is_assigned(), s.is_referenced(),
            s.is_nonlocal(), s.is_annotated(), s.is_namespace()) for s in sorted(table.get_symbols(), key=lambda s: s.get_name())], [tables_of(t) for t in table.get_children()])


def pickled(value):
    """What comes of its pickles, of all protocols. (Which texts are one object, and pickled once, differs.)"""
    return [attempt(lambda: pickle.loads(pickle.dumps(value, protocol))) for protocol in range(6)]


class Changing:
    """Does something to a container whenever it's compared, hashed or asked."""
    budget = 0

    def __init__(self, x, change=lambda: None):
        self.x, self.change = x, change

    def __repr__(self):
        return f"Changing({self.x!r})"

    def __eq__(self, other):
        self.act()
        return self.x == (other.x if isinstance(other, Changing) else other)

    def __lt__(self, other):
        self.act()
        return self.x < (other.x if isinstance(other, Changing) else other)

    def __hash__(self):
        self.act()
        return hash(self.x)

    def __index__(self):
        self.act()
        return 1

    def __len__(self):
        self.act()
        return 2

    def __bool__(self):
        self.act()
        return True

    def __iter__(self):
        self.act()
        yield self.x
        self.act()
        yield self.x

    def __str__(self):
        self.act()
        return "changing"

    def __getitem__(self, i):
        self.act()
        if i > 2:
            raise IndexError
        return i

    def keys(self):
        self.act()
        return ["k", self.x]

    def act(self):
        if Changing.budget > 0:
            Changing.budget -= 1
            self.change()


'''

MODULES = """_bisect _codecs _collections _contextvars _csv _datetime _decimal _functools _heapq _io _json _operator _pickle _random _sha1 _sha256 _blake2 _md5 _hashlib _sre _stat _statistics _string _struct _weakref
    _warnings _queue _zoneinfo array atexit audioop binascii builtins bz2 cmath collections copyreg errno functools io ipaddress itertools json keyword lzma marshal math operator pickle posixpath quopri
    re reprlib statistics string struct symtable sys textwrap time token types typing unicodedata uuid weakref zlib _elementtree pyexpat _bz2 _lzma _abc _ast _tokenize _uuid colorsys fnmatch genericpath linecache
    mimetypes numbers pprint html base64 copy enum dataclasses contextlib heapq bisect fractions decimal datetime calendar hashlib hmac difflib inspect ast tokenize shlex csv""".split()
NOT_CALLED = {  # they wait, end the process, change what all programs share, or give numbers of their own
    "exit", "quit", "input", "help", "breakpoint", "open", "print", "copyright", "credits", "license", "id", "hash", "sleep", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "process_time_ns",
    "thread_time", "thread_time_ns", "clock_gettime", "clock_gettime_ns", "clock_settime", "clock_settime_ns", "clock_getres", "get_clock_info", "tzset", "localtime", "ctime", "strftime", "pthread_getcpuclockid", "setrecursionlimit", "setswitchinterval", "setprofile", "settrace",
    "setdlopenflags", "set_int_max_str_digits", "displayhook", "excepthook", "unraisablehook", "breakpointhook", "addaudithook", "audit", "set_asyncgen_hooks", "set_coroutine_origin_tracking_depth", "activate_stack_trampoline", "call_tracing",
    "_getframe", "_current_frames", "_current_exceptions", "_debugmallocstats", "getallocatedblocks", "getrefcount", "gettotalrefcount", "intern", "getsizeof", "_clear_type_cache", "_git", "_xoptions", "getdlopenflags", "_clear", "_run_exitfuncs", "register",
    "unregister", "register_error", "_forget_codec", "unregister_error", "lookup_error", "globals", "locals", "vars", "dir", "exec", "eval", "compile", "__import__", "__build_class__", "reset_mock", "uuid1", "getnode", "generate_time_safe", "UuidCreate", "randbytes", "urandom", "filterwarnings",
    "simplefilter", "resetwarnings", "_filters_mutated", "warn", "warn_explicit", "setcontext", "clear_cache", "reset_tzpath", "set_type_cache", "_purge", "purge", "template", "add_extension", "remove_extension", "clear_extension_cache", "pickle", "constructor",
    "_flush_decompress", "_get_loaded", "_main", "main", "test", "_test", "open_code", "text_encoding", "FileIO", "new_compiler", "interrupt", "repeat", "count", "cycle", "StringTypes", "updatecache", "checkcache", "lazycache", "init", "read_mime_types", "getline", "getlines", "_get_exports_list",
    "exc_info", "exception", "_getquickenedcount", "is_finalizing", "stdin", "stdout", "stderr", "_abc_init", "_reset_registry", "_reset_caches", "get_cache_token", "_get_dump", "_abc_register", "no_type_check", "getpager", "__loader__", "__spec__", "_clear_warned", "getweakrefs", "getweakrefcount",
    "wrapper", "pager", "classify_class_attrs", "getsource", "getsourcelines", "getsourcefile", "getfile", "getabsfile", "getmodule", "stack", "trace", "currentframe", "getinnerframes", "getouterframes", "getframeinfo", "findsource", "getcomments", "getblock", "indentsize", "getmodulename", "cleandoc", "getdoc", "render_doc", "perm", "comb", "factorial", "lcm", "product", "permutations", "combinations", "combinations_with_replacement", "pow", "__doc__", "TextWrapper",
    "__getstate__", "__getattribute__", "__setattr__", "__delattr__", "__init__", "__new__", "__dict__", "__basicsize__", "get_ident", "get_native_id", "getpid", "crypt", "enable", "disable", "new", "_load_big5", "_version", "samefile", "sameopenfile", "realpath", "abspath", "relpath", "expanduser", "exists", "lexists", "getmtime", "getatime", "getctime", "getsize", "isfile", "isdir", "islink", "ismount", "samestat", "expandvars", "getcwd"}
ARGUMENTS = forms("""0 1 -1 2 1.5 'a' 'abc' '' b'ab' b'' None True [1] [] (1,2) () {} {'a':1} object len int str 10**30 -2**63 2**63 2**31 float('nan') float('inf') 'é' '\\ud800' {1} frozenset() slice(1) range(3) iter([1,2]) iter(()) lambda*a:a bytearray(b'xy') memoryview(b'abcd') 1j [(1,2)] ['a','b']
    [[1],[2]] (x-for(x)in[1]) Thing() Number(5) Text('t') Sequence([2,1]) Exception ... NotImplemented type 'utf-8' 'strict' 'i' 'big' {1:'x'} [3,1,2] datetime.date(2020,1,2) datetime.timedelta(1) datetime.datetime(2020,1,2,3) decimal.Decimal('1.5') io.StringIO('ab\\ncd') io.BytesIO(b'xyz') collections.deque([1])
    array.array('i',[1,2]) re.compile('a') fractions.Fraction(1,3) Record(1) Point(1) Color.RED print operator.add [None] ['a',1] b'\\x80\\x04N.' 'x y z' '1.5' '12' b'12' '%s' '{}' """)
KEYWORDS = "x", "key", "sep", "encoding", "errors", "value", "n", "start", "iterable", "default", "initial", "maxsplit", "data", "signed", "byteorder", "reverse", "strict", "fillvalue", "maxlen", "protocol", "size", "text", "func", "name", "object", "reverse", "lo", "hi", "a", "b", "base", "level", "mode"

WIDE_AREAS = [
    (forms("""queue.Queue() queue.Queue(2) queue.LifoQueue() queue.PriorityQueue() queue.SimpleQueue() threading.Lock() threading.RLock() threading.Semaphore(2) threading.BoundedSemaphore(1) threading.Event() threading.Condition() threading.Barrier(1) threading.Thread(target=len,args=('ab',),name='t')
              threading.Thread(target=print,daemon=True,name='u') threading.local() concurrent.futures.Future() threading.Timer(0,len,['a'])"""),
     forms("""p.put(E) p.put(I,False) p.put_nowait(E) p.get(False) p.get_nowait() p.get(timeout=0.001) p.get(True,-1) p.put(1,timeout=-1) p.qsize() p.empty() p.full() p.task_done() p.maxsize p.acquire(False) p.acquire(blocking=False) p.acquire(False,1) p.acquire(timeout=-5) p.acquire(True,0.001) p.acquire(timeout=0.001) p.release() p.release(2) p.release(0) p.locked()
              p.__enter__() p.__exit__(1,2,3) p.__exit__() p._is_owned() p._release_save() p.acquire_lock(False) p.is_set() p.set() p.clear() p.wait(0) p.wait(0.001) p.wait(timeout=-1) p.wait_for(lambda:1) p.notify() p.notify_all() p.notify(2) p.parties p.n_waiting p.broken p.abort() p.reset() p.start() p.join(0.1) p.join(timeout=-1) p.is_alive() p.name p.daemon setattr(p,'daemon',True)
              setattr(p,'name',I) p.ident p.native_id p.run() p.isDaemon() p.getName() p.x setattr(p,'x',I) delattr(p,'x') p.__dict__ p.done() p.result(0) p.exception(0) p.cancel() p.cancelled() p.running() p.set_result(E) p.set_exception(ValueError(I)) p.set_exception(E) p.add_done_callback(lambda(f):log('called',f.done())) p.set_running_or_notify_cancel() repr(p)[:9] copy.copy(p) pickle.dumps(p)
              pickle.dumps(p,1) queue.Queue(E) threading.Semaphore(I) threading.Barrier(I) threading.Thread(E) threading.Thread(target=E,args=E) threading.Lock(E) threading.RLock(E) threading.Condition(q) threading.current_thread().name threading.active_count() concurrent.futures.ThreadPoolExecutor(I) concurrent.futures.wait([p],0) next(concurrent.futures.as_completed([p],0))""".replace("lambda(f)", "lambda*f").replace("f.done()", "len(f)"))),
    (forms("""contextvars.ContextVar('v') contextvars.ContextVar('w',default=I) contextvars.copy_context() contextvars.Context() weakref.WeakValueDictionary() weakref.WeakKeyDictionary() weakref.WeakSet([Color.RED]) weakref.ref(Color) weakref.proxy(Color) weakref.finalize(Color,log,1) types.MappingProxyType(D) types.SimpleNamespace(a=I,b=S)
              functools.lru_cache(2)(log) functools.singledispatch(log) functools.cached_property(log) functools.partialmethod(log,1) types.new_class('N',(Base,)) types.CellType(I) types.CellType() (lambda:p).__code__ types.GenericAlias(list,(int,)) types.ModuleType('m','doc') collections.UserDict(D) collections.UserList(L) collections.UserString(S) reprlib.Repr() operator.methodcaller('count',E)"""),
     forms("""p.get() p.get(E) p.set(E) p.reset(p.set(I)) p.reset(q) p.name p.run(log,E) p.run(lambda:q.set(I)) p.copy() p[q] (q in p) len(p) list(p) list(p.items()) dict(p) p.get(Color,E) p.setdefault(Color.RED,E) p.update({Color.RED:Color}) p.pop(Color.RED,None) p.add(Color.BLUE) p.discard(Color.RED) p.remove(E) p() p.alive p.detach() p.peek()[1:] p.atexit p.__callback__ hash(p)==hash(p)
              p==q p|D D|p p.a p.b setattr(p,'a',E) delattr(p,'a') p.__dict__ p<q repr(p)[:12] p.cache_info() p.cache_clear() p.cache_parameters() p.__wrapped__ p(I) p(1,k=E) p.register(int,len) p.register(int)(len) p.dispatch(int) p.registry.keys() p.__get__(1) p.__get__(None,int) p.func p.attrname p.__set_name__(int,'q') p.cell_contents setattr(p,'cell_contents',E) delattr(p,'cell_contents')
              p.co_name p.replace(co_name=S) p.replace(co_argcount=I) p.__origin__ p.__args__ p[int] p.__name__ p.__doc__ p.data p+L p*2 L+p p.append(E) p.insert(0,E) p.count(E) p.upper() p.center(9) p.repr(E) p.repr_list(L,I) p.maxlist copy.copy(p) copy.deepcopy(p) pickle.loads(pickle.dumps(p)) pickle.dumps(p,1) bool(p) p.__class__.__mro__[1:] sorted(p) p.keys() p.items() p.values() reversed(p) p.fromkeys(L) p.__reversed__() p.__missing__(E) types.prepare_class('N',(p,)) p.__init__(E)
              dir(p)[-1] p.__reduce_ex__(1) p.__reduce_ex__(2) p.__sizeof__()>0 p.__setstate__(E) p.__setstate__(D) p.__setstate__((1,2,3)) p.__getnewargs__()""")),
    (forms("""ipaddress.ip_address('10.0.0.1') ipaddress.ip_network('10.0.0.0/29') ipaddress.ip_address('::1') uuid.UUID(int=5) uuid.uuid5(uuid.NAMESPACE_DNS,S) zoneinfo.ZoneInfo('Europe/Berlin') zoneinfo.ZoneInfo('UTC') datetime.datetime(2024,10,27,2,30,tzinfo=zoneinfo.ZoneInfo('Europe/Berlin')) difflib.SequenceMatcher(None,S,S) graphlib.TopologicalSorter({1:[2],2:[3]})
              configparser.ConfigParser() ElementTree.fromstring('<a><b_c="1">x</b>t</a>') ElementTree.Element('q',a='1') unittest.mock.Mock() unittest.mock.MagicMock() sqlite3.connect(':memory:') sqlite3.connect(':memory:').cursor() string.Formatter() codecs.getincrementaldecoder('utf-8')() codecs.getincrementalencoder('utf-16')() codecs.lookup('latin-1') csv.Sniffer() csv.excel json.JSONEncoder() json.JSONDecoder() pprint.PrettyPrinter(width=9)""".replace("b_c", "b c")),
     forms("""p+I p-I p==q p<q hash(p)==hash(p) str(p) repr(p)[:15] list(p) len(p) p[0] p[I] p[X] p[S] (q in p) p.packed p.is_private p.num_addresses p.subnets() p.hosts() p.hex p.bytes p.version p.fields p.urn p.key p.utcoffset(q) p.tzname(q) p.dst(datetime.datetime(2024,7,1)) p.utcoffset() p.astimezone(datetime.timezone.utc) p.fold p.timestamp() p.ratio() p.get_opcodes() p.get_matching_blocks() p.find_longest_match()
              list(p.static_order()) p.prepare() p.get_ready() p.add(E,E) p.done(E) p.read_string('[s]\\na=1\\nb:%(a)s') p.sections() p.get('s','b') p['s'] p.set(S,S,S) p.add_section(S) p.tag p.text p.tail p.attrib p.find(S) p.findall('.//b') p.get('c') p.set('k',S) p.append(q) p.insert(0,q) p.remove(q) p.iter() p.itertext() list(p.itertext()) ElementTree.tostring(p) ElementTree.fromstring(S) ElementTree.fromstring('<a>'+S+'</a>') copy.deepcopy(p) copy.copy(p)
              p.a.b(1) p.call_count p.mock_calls p.return_value p.assert_called_once() p(E) p.__len__() p.execute('select_1,?',(E,)).fetchall() p.execute('select_?+?',(I,F)).fetchone() p.execute(S) p.execute('create_table_t(a,b)') p.execute('insert_into_t_values(?,?)',(E,E)) p.executemany('insert_into_t_values(?,?)',[(I,S),(F,Y)]) p.execute('select*from_t').fetchall() p.description p.rowcount p.lastrowid p.commit() p.close()
              p.format(S,E) p.format(S,*L,**D) list(p.parse(S)) p.decode(Y) p.decode(Y,True) p.encode(S) p.encode(S,True) p.reset() p.getstate() p.setstate((Y,I)) p.setstate(I) p.name p.sniff(S) p.delimiter p.encode(E) p.iterencode(E) p.raw_decode(S) p.raw_decode(S,I) p.default(E) p.pformat(E) p.pformat([L,D,S]) pickle.loads(pickle.dumps(p)) p.decode(S) bool(p) dir(p)[:2]""".replace("select_", "select ").replace("create_table_", "create table ").replace("insert_into_t_values", "insert into t values").replace("from_t", " from t"))),
    (forms("""(2+3j) complex(F,F) complex('inf') complex(F) 1j -0j complex(0.0,-0.0) F I 10**400 -10**25 2**64-1 (1<<200)+1 True 0.1+0.2 1e22 5e-324 -1e-310 float.fromhex('0x1.8p-1070') 123456789012345678 0x7fffffffffffffff -0x8000000000000000 1.7976931348623157e308"""),
     forms("""p+q p-q p*q p/q p//q p%q p**q p**2 p**-1 p**0.5 pow(p,q,v) pow(p,-1,q) p&q p|q p^q ~p p<<(I%70) p>>(I%70) p==q p<q hash(p) hash(p)==hash(q) divmod(p,q) -p +p abs(p) round(p) round(p,I%30) round(p,-(I%30)) int(p) float(p) complex(p,q) str(p) repr(p) format(p,N) format(p,N) format(p,N) '%d'%p '%.3g'%p '%#.5x'%p '%+e'%p '%20.10f|'%p '%s'%p p.real p.imag p.conjugate()
              cmath.sqrt(p) cmath.exp(p) cmath.log(p) cmath.phase(p) cmath.polar(p) cmath.rect(F,F) cmath.sin(p) cmath.atanh(p) cmath.acos(p) cmath.tanh(p) cmath.isclose(p,q) cmath.isfinite(p) cmath.log10(p) cmath.asinh(p) math.sqrt(p) math.isqrt(p) math.log(p) math.log(p,q) math.log2(p) math.log10(p) math.log1p(p) math.gcd(p,q) math.lcm(p,q) math.floor(p) math.ceil(p) math.trunc(p) math.frexp(p) math.modf(p)
              math.fmod(p,q) math.remainder(p,q) math.copysign(p,q) math.nextafter(p,q) math.ulp(p) math.isclose(p,q) math.hypot(p,q) math.atan2(p,q) math.ldexp(p,I) math.gamma(p) math.lgamma(p) math.erf(p) math.erfc(p) math.sinh(p) math.asin(p) math.cbrt(p) math.exp2(p) math.expm1(p) math.degrees(p) math.fsum([p,q,v]) math.prod([p,q,v]) math.dist([p,q],[v,p]) math.sumprod(0) sum([p,q,v]) sum([p,q],v) max(p,q) min([p,q,v])
              p.bit_length() p.bit_count() p.to_bytes(9,'big',signed=True) p.as_integer_ratio() p.hex() p.is_integer() p.__trunc__() p.__floor__() p.__round__(I%9) p.__divmod__(q) p.__rpow__(q) p.__pow__(q,v) p.__truediv__(q) p.__rfloordiv__(q) p.__eq__(q) p.__lt__(q) p.__hash__() p.__format__('') p.__getnewargs__() p.numerator float(repr(p)) eval(repr(p)) complex(str(p)) int(str(p)) hex(p) oct(p) bin(p) chr(p) range(p,q) range(p)[:2] [1]*p 'a'*p
              statistics.mean([p,q,v]) statistics.variance([p,q,v]) statistics.fmean([p,q]) fractions.Fraction(p) decimal.Decimal(p) struct.pack('d',p) struct.pack('f',p) struct.pack('e',p) struct.pack('q',p) struct.pack('Q',p) array.array('d',[p]) array.array('l',[p]) json.dumps(p) pickle.loads(pickle.dumps(p))==p marshal.loads(marshal.dumps(p)) copy.copy(p) time.gmtime(p) datetime.timedelta(p) datetime.datetime.fromtimestamp(p,datetime.timezone.utc) bytes([p]) bytes(p)[:2] sorted([p,q,v]) operator.index(p) len(range(p)) slice(p,q).indices(9)""")),
]
ODD = ("", "a", "A", "z", "0", "9", " ", "\t", "\n", "\r", "\x0b", "\x1c", "\x1f", "\x85", "\xa0", "\xad", "\xb2", "\xb5", "\xdf", "\xe9", "\xff", "Ā", "İ", "ı", "ŉ", "ſ", "ǅ", "ǰ", "ͅ", "ΐ", "Σ", "ς", "σ", "ϴ", "́", "٣", "߀", "Ა", "ẞ", "ᾳ", "ᾼ", "ῼ", "\u2028", "\u3000", "ⅷ", "Ⓐ", "Å", "K",
       "日", "ﬁ", "ﬃ", "１", "\ud800", "\udfff", "𐐀", "𐐨", "𝟘", "🄰", "\U0001F600", "\U0010ffff", "_", ".", "-", "'", "\\", "%", "{", "}", "$", "½", "৪", "᠎", "\u200b", "\ufeff", "가", "\u1100\u1161", "\u0345α", "ΑΣ", "Ω", "ꭰ", "Ꭰ", "ff", "xX", "aAbB")


class Wide(grammar_library.Library):
    """The maker of them all."""

    def quiet(self, text):
        """An expression that prints nothing by itself, for threads."""
        return text.replace("print", "str").replace("log", "repr")

    def threads(self):
        """Threads whose results don't depend on who is first."""
        p, r, t = self.pick, self.r, lambda letter: self.quiet(self.typed(letter, 2))
        many = r.randrange(2, 7)
        work = self.quiet(self.other(2)).replace("\n", " ")
        inputs = f"[(n, {p('s', repr('abc'), 'str(n)')}, float(n), list(range(n)), {{'a': n, 2: 'v'}}, {{1, n}}, b'ab') for n in range({many})]"
        unpack = "        n, s, g, items, table, group, raw = given\n"
        kind = r.randrange(9)
        if kind == 0:
            return f"    def work(given):\n{unpack}        return {work}\n    inputs = {inputs}\n    for line in in_threads(work, inputs):\n        print(line)\n"
        if kind == 1:
            return (f"    def work(given):\n{unpack}        return {work}\n    with concurrent.futures.ThreadPoolExecutor({p('1', '2', '4', 'max_workers=3')}) as pool:\n        for one in [pool.submit(work, given) for given in {inputs}]:\n            show('future', one.result)\n        show('map', lambda: list(pool.map(lambda given: attempt(lambda: work(given)), {inputs})))\n"
                    f"        show('uncaught', lambda: list(pool.map({p('int', 'len', 'str', 'ord', 'abs', 'float', 'chr')}, {t('L')}{p('', ', timeout=20', ', chunksize=2')})))\n        show('two', lambda: list(pool.map({p('pow', 'divmod', 'max', 'operator.add')}, {t('L')}, {t('L')})))\n    show('late', lambda: pool.submit(len, 'a'))\n")
        if kind == 2:
            lock = p("threading.Lock()", "threading.RLock()", "threading.Semaphore(1)", "threading.Condition()", "threading.BoundedSemaphore()")
            step = lambda: p("total += n", "seen.append(n)", "counts[n % 3] += 1", "counts['a'] = counts['a'] + n", "group.add(n % 5)", "seen.extend([n, n])", "text += str(n)", "big = big * 3 + 0", "table.setdefault(n % 4, []).append(n)")
            return (f"    lock, total, seen, counts, group, text, big, table = {lock}, 0, [], Counter(), set(), '', 7, {{}}\n    def work(n):\n        nonlocal total, text, big\n        for i in range({r.randrange(1, 60)}):\n            with lock:\n" + "".join(f"                {step()}\n" for _ in range(r.randrange(1, 4))) +
                    f"        return {p('n', 'len(seen) > 0', 'lock.__class__.__name__')}\n    print(in_threads(work, range({many})))\n    print(total, sorted(seen), sorted(counts.items(), key=str), group, sorted(text), big, sorted((k, sorted(v)) for k, v in table.items()))\n")
        if kind == 3:
            line = p("queue.Queue()", "queue.SimpleQueue()", "queue.LifoQueue()", "queue.PriorityQueue()", "queue.Queue(3)", "queue.PriorityQueue(2)")
            return (f"    line, back = {line}, queue.SimpleQueue()\n    def worker(n):\n        while (got := line.get()) < 1000:\n            back.put((got, attempt(lambda: {p('got * 2', '10 // (got - 3)', 'chr(got)', '[1, 2, 3][got]', 'str(got).zfill(got)', '{1: 2}[got]', 'bytes(got)', 'hex(got)')})))\n"
                    f"    threads = [threading.Thread(target=worker, args=(i,)) for i in range({many})]\n    [t.start() for t in threads]\n    for i in range({r.randrange(1, 40)}):\n        line.put(i)\n    while {p('not line.empty()', 'line.qsize()')}:\n        time.sleep(0.001)\n    for t in threads:\n        line.put(1000)\n    [t.join() for t in threads]\n"
                    f"    print(sorted(back.get() for _ in range(back.qsize())), line.qsize())\n    print([t.is_alive() for t in threads], sorted(t.name.split('-')[0] for t in threads))\n")
        if kind == 4:
            return (f"    local = threading.local()\n    local.x = 5\n    class Local(threading.local):\n        y = 3\n        def __init__(self, *a, **k):\n            self.z = a, k\n    made = Local({p('1', '1, k=2', '')})\n    made.z = 'main'\n    def work(n):\n        local.x = n\n        seen = attempt(lambda: local.q), local.x, made.z, made.y, attempt(lambda: {p('local.__dict__', 'vars(made)', 'made.nothing', 'setattr(made, chr(113), n)', 'delattr(made, chr(122))', 'delattr(local, chr(120))', 'dir(made)[-2:]', 'local.__init__(1)', 'Local.y')})\n"
                    f"        return seen, attempt(lambda: local.x)\n    print(in_threads(work, range({many})), local.x, made.z, attempt(lambda: threading.local(1)))\n")
        if kind == 5:
            return (f"    barrier, event, order = threading.Barrier({many}{p('', ', action=lambda: order.append(chr(33))', ', timeout=20')}), threading.Event(), []\n    gates = [threading.Event() for _ in range({many + 1})]\n    gates[0].set()\n    def work(n):\n        first = barrier.wait()\n        gates[n].wait(20)\n        order.append(({p('n', 'n * 2', 'str(n)', 'threading.current_thread().name[:6]')}, {work.replace('given', 'n') if 0 else p('n', 'None', '[n]')}))\n"
                    f"        gates[n + 1].set()\n        {p('pass', 'raise ValueError(n)', 'return n', 'barrier.wait()')}\n        return first < {many}\n    print(in_threads(work, range({many})))\n    print(order, barrier.n_waiting, barrier.broken, event.is_set(), event.wait(0))\n")
        if kind == 6:
            return (f"    def gen(n):\n        for i in range(n):\n            yield {p('i', 'i * i', '(i, n)', 'str(i)', '[i] * i', 'i / (i - 2)')}\n    shared, lock = gen({r.randrange(1, 50)}), threading.Lock()\n    def work(n):\n        found = []\n        while True:\n            with lock:\n                got = next(shared, None)\n            if got is None:\n                return found\n            found.append(got)\n    def all_of(n):\n        return list(gen(n)), sum(1 for _ in gen(n)), {t('E').replace('s', 'str(n)') if 0 else 'dict(enumerate(gen(n)))'}\n"
                    f"    def merged():\n        return sorted(sum((eval(text[1]) for text in in_threads(work, range({many})) if text[0] == 'list'), []), key=repr)\n    show('merged', merged)\n    show('all', lambda: in_threads(all_of, range({many})))\n")
        if kind == 7:
            return (f"    class Account:\n        {p('__slots__ = (chr(120), chr(121))', 'z = 0', 'pass')}\n        lock = threading.RLock()\n        def __init__(self):\n            self.x, self.y = 0, []\n        def add(self, n):\n            with self.lock:\n                self.x += n\n                self.y{p('.append(n)', ' += [n]', '.insert(0, n)', ' = [*self.y, n]', '.extend((n, -n))')}\n                return self.{p('x', 'more(n)')} >= 0\n        def more(self, n):\n            with self.lock:\n                self.x *= 1\n            return self.x\n"
                    f"    account = Account()\n    show('all', lambda: in_threads(lambda n: [account.add(n) for _ in range({r.randrange(1, 30)})], range({many})))\n    print(account.x, sorted(account.y), account.lock._is_owned())\n")
        return (f"    variable = contextvars.ContextVar('v', default={t('I').replace('n', '4')})\n    variable.set('main')\n    def work(n):\n        before = variable.get()\n        token = variable.set(n)\n        inside = contextvars.copy_context().run(lambda: (variable.set(n + 1), variable.get())[1])\n        after = variable.get()\n        variable.reset(token)\n        return before, inside, after, variable.get()\n    print(in_threads(work, range({many})), variable.get())\n"
                f"    @functools.{p('lru_cache(maxsize=None)', 'cache', 'lru_cache', 'lru_cache(2)')}\n    def fib(n):\n        return n if n < 2 else fib(n - 1) + fib(n - 2)\n    print(in_threads(fib, range(10, {10 + many})))\n")

    def asynchronous(self):
        """Tasks of one event loop, whose order is the loop's."""
        p, r, e = self.pick, self.r, lambda: self.typed("E", 1)
        wait = lambda: p("await asyncio.sleep(0)", "await asyncio.sleep(0, n)", f"tell(name, {e()})", "tell(name, await line.get())", "await line.put(name)", "line.put_nowait(n)", "async with lock:\n                tell(name, 'in')\n                await asyncio.sleep(0)", "event.set()", "await event.wait()", "await asyncio.wait_for(event.wait(), 0)", "raise ValueError(name)",
                         "raise asyncio.CancelledError", "return name, n", "tell(name, await asyncio.gather(sub(1), sub(2)))", "tell(name, await asyncio.gather(sub(1), sub(0), return_exceptions=True))", "async for x in items_(n):\n                log(x)", "tell(name, [x async for x in items_(3) if x])", "tell(name, await asyncio.shield(sub(3)))", "asyncio.current_task().cancel()", "asyncio.current_task().cancel('why')", 
                         "log(asyncio.current_task().get_name())", "asyncio.get_running_loop().call_soon(tell, name, 'soon')", "future.set_result(name)", "tell(name, await future)", "future.cancel()", "async with asyncio.timeout(0):\n                await asyncio.sleep(1)", "async with semaphore:\n                tell(name, semaphore.locked())", "variable.set(name)", "log(variable.get())", "async with asyncio.TaskGroup() as tg:\n                tg.create_task(sub(1))\n                tg.create_task(sub(0))",
                         "await asyncio.wait([asyncio.ensure_future(sub(4))])", "log(len(asyncio.all_tasks()))", "await sub(0)", "log(line.qsize(), line.empty(), line.full())", "log(lock.locked())", "1 / 0", "yield_ = [await sub(i) for i in range(3)]", "for c in asyncio.as_completed([sub(5)]): log(await c)", "tell(name, await Awaitable(None))" if 0 else "log(1)")
        def body(least=1):
            lines = "".join(f"            {wait()}\n" for _ in range(r.randrange(least, 6)))
            return (f"        try:\n{lines}        except {p('ValueError', 'asyncio.CancelledError', 'Exception', 'BaseException', 'asyncio.TimeoutError', 'ZeroDivisionError', 'ExceptionGroup')} as error:\n            tell(name, repr(error))\n            {p('raise', 'pass', 'return 6', 'await asyncio.sleep(0)', 'raise TypeError from error')}\n"
                    f"        {p('finally', 'else')}:\n            {p('tell(name, 3)', 'await asyncio.sleep(0)', 'tell(name, 4)')}\n        return {p('name', 'n', e())}\n")
        tasks = "".join(f"    async def task{k}(name, n=2, s='t', g=1.0, items=[1], table={{}}, group=set(), raw=b''):\n{body()}\n" for k in range(3))
        start = p("await asyncio.gather(task0('a'), task1('b'), task2('c'), return_exceptions=True)", "await asyncio.gather(task0('a'), task1('b'), task2('c'))", "await asyncio.gather(*map(task0, 'xyz'), return_exceptions=True)", "[await t for t in [asyncio.create_task(f(str(i))) for i, f in enumerate([task0, task1, task2])]]", "await asyncio.wait_for(task0('w'), 0)", "await group_()", "await waiting()", "[t.cancel() for t in [asyncio.create_task(task1('k'), name='kk')]] and await task0('z')")
        return (f"    async def main():\n        global_ = asyncio.get_running_loop()\n        line, lock, event, future, semaphore = asyncio.{p('Queue', 'LifoQueue', 'PriorityQueue', 'Queue')}({p('', '1', '2')}), asyncio.Lock(), asyncio.Event(), global_.create_future(), asyncio.Semaphore({p('1', '2')})\n        variable = contextvars.ContextVar('v', default=0)\n"
                "        async def sub(k):\n            await asyncio.sleep(0)\n            return 8 // k\n        async def items_(k):\n            try:\n                for i in range(k):\n                    await asyncio.sleep(0)\n                    yield i\n            finally:\n                told.setdefault('items', []).append('end')\n"
                f"        async def group_():\n            try:\n                async with asyncio.TaskGroup() as tg:\n                    made = [tg.create_task(f(f.__name__)) for f in (task0, task1, task2)]\n            except* {p('ValueError', 'Exception', 'ZeroDivisionError')} as errors:\n                log(repr(errors))\n            return [t.cancelled() or repr(t.exception()) for t in made]\n"
                f"        async def waiting():\n            done, left = await asyncio.wait([asyncio.create_task(f(f.__name__)) for f in (task0, task1, task2)], return_when=asyncio.{p('FIRST_COMPLETED', 'FIRST_EXCEPTION', 'ALL_COMPLETED')})\n            [t.cancel() for t in left]\n            return sorted(len(s) for s in (done, left))\n"
                + "".join("    " + line + "\n" for line in tasks.split("\n")) + f"        return await asyncio.wait_for(asyncio.ensure_future(whole()), 0.4)\n".replace("whole()", "starting()").replace("        return", f"        async def starting():\n            return {start}\n        return") +
                "    told = {}\n    def tell(name, *what):\n        told.setdefault(name, []).append(what)\n    show('main', lambda: asyncio.run(main()))\n    print(sorted(told.items()))\n")

    def changing(self):
        """Containers that change while they're searched, sorted, compared or iterated over."""
        p, r = self.pick, self.r
        change = lambda: p("box.clear()", "box.append(9)", "box.pop()", "box.add(7)", "box.update({9: 9})", "box.update([5])", "box.insert(0, 1)", "box.extend([1, 2])", "box.remove(2)", "box.discard(2)", "box.reverse()", "box.popitem()", "box.setdefault(8, 8)", "box.__setitem__(0, 4)", "box.__delitem__(0)", "box.rotate(1)", "box.appendleft(3)", "box.popleft()", "box.sort()", "box.copy()",
                           "box.__setitem__(slice(1, 2), [])", "box.__imul__(2)", "1 / 0", "[][1]", "{}['k']", "next(it)", "box.__init__([7])", "box.__iadd__([1])", "box.move_to_end(1)", "None", "box.intersection_update([1])", "box.symmetric_difference_update([1, 9])", "box.__ior__({4})", "list(box)", "sorted(box)", "repr(box)", "box.__delitem__(slice(None))", "other.clear()", "other.append(1)", "box.index(3)", "box == other", "[box.pop(), box.pop()]", "[box.append(i) for i in range(20)]", "[box.add(i) for i in range(40)]", "[box.setdefault(i) for i in range(40)]")
        c = lambda: p("c", "c", "c", "d", "1", "2", "3", "Changing(2)")
        content = lambda: f"[{', '.join(c() for _ in range(r.randrange(1, 7)))}]"
        make = p("{0}", "{0}", "deque({0})", "set({0})", "dict.fromkeys({0}, c)", "dict(enumerate({0}))", "tuple({0})", "Sequence({0})", "Counter({0})", "defaultdict(list, dict.fromkeys({0}))", "deque({0}, 5)", "ChainMap(dict.fromkeys({0}))", "collections.UserList({0})", "frozenset({0})", "type('L', (list,), {{}})({0})", "type('D', (dict,), {{}}).fromkeys({0})", "type('S', (set,), {{}})({0})")
        use = lambda: p("box.index(2)", "box.count(c)", "box.remove(3)", "box.remove(c)", "2 in box", "d in box", "c not in box", "box == other", "box != other", "box < other", "box <= other", "box.sort()", "sorted(box)", "sorted(box, key=lambda x: (act(), str(x))[1])", "box.sort(key=lambda x: (act(), 1)[1])", "box.sort(key=lambda x: 1 / 0)", "min(box)", "max(box, key=lambda x: (act(), x)[1])", "list(box)", "tuple(box)", "[act() for x in box]", "[x for x in box if act() is None]",
                        "{x: act() for x in box}", "set(box)", "dict.fromkeys(box)", "box.extend(x for x in box if act())", "box.extend(y for y in [1, act(), 2])", "box.update(x for x in [1, act(), c])", "box[c]", "box.get(c)", "box.pop(c)", "box.pop(c, 0)", "box.setdefault(c, act())", "box.__setitem__(c, 1)", "box.__delitem__(c)", "box.insert(c, 5)", "box[c:]", "box[:c]", "box.__setitem__(slice(c, None), [act(), 1])", "box * c", "box.union([c, 1])", "box | other", "box & other", "box - other", "box ^ other", "box.issubset([c, 1])",
                        "box.isdisjoint([c])", "box.difference_update([c])", "box.intersection([c, 2])", "sum(box)", "any(box)", "all(box)", "any(map(lambda x: act(), box))", "list(map(lambda x: (act(), x), box))", "list(filter(lambda x: act() or True, box))", "list(zip(box, (act() for _ in range(9))))", "list(enumerate(box))", "list(reversed(box))", "[(x, act()) for x in reversed(box)]", "list(it)", "next(it)", "it.__length_hint__()", "repr(box)", "str(box)", "'%s' % box", "' '.join(map(str, box))", "functools.reduce(lambda a, b: (act(), b)[1], box)",
                        "heapq.heappush(box, c)", "heapq.heappop(box)", "heapq.heapify(box)", "heapq.nsmallest(2, box)", "heapq.heapreplace(box, c)", "list(heapq.merge(box, box))", "bisect.bisect(box, c)", "bisect.insort(box, c)", "bisect.bisect_left(box, 2, key=lambda x: (act(), x.x)[1])", "copy.copy(box)", "copy.deepcopy(box) and 1", "box.copy()", "box + other", "box.__iadd__(c)", "box.__iadd__(act() for _ in range(2))", "list(itertools.chain(box, (act() for _ in '1')))", "list(itertools.groupby(box))", "list(itertools.accumulate(box, lambda a, b: (act(), a)[1]))", "list(itertools.takewhile(lambda x: act() is None, box))",
                        "[list(x) for x in itertools.product(box, [c])]", "list(itertools.combinations(box, 2))", "operator.contains(box, 2)", "operator.countOf(box, 2)", "operator.indexOf(box, 3)", "(lambda *a, **k: len(a))(*box)", "(lambda *a, **k: sorted(k))(**c)", "dict(c)", "{**c}", "[*box, act(), *box]", "box.update(c)", "box.update(a=act())", "type(box)(c)", "bool(c)", "divmod(5, c)", "'abc'[c]", "bytes(c)", "bytearray([c, 1, c])", "b'abc'[c:]", "struct.pack('3b', c, c, c)", "'%d %s' % (c, c)", "f'{c}{c!r:>20}'", "range(c)[c]", "isinstance(c, (int, str))",
                        "json.dumps(box, default=lambda x: act() or 'q')", "array.array('i', box)", "memoryview(bytearray(4))[c]", "statistics.mode(box)", "zip(*box)", "list(zip(*box))", "dict(box)", "dict(zip(box, box))", "max(*box)", "str.join(',', box)", "list(dict.fromkeys(box).items())", "box.items() & other", "list(box.items())", "list(box.values())", "c in box.values()", "(c, 1) in box.items()", "box.keys() - [c]", "box.keys() == set(other)", "box.appendleft(act())", "box.index(c, c)", "slice(c, c).indices(5)", "math.prod(box)", "math.fsum(box)", "Counter(box)", "Counter(box) == Counter(other)", "box.most_common()")
        lines = "".join(f"    Changing.budget = {p('1', '2', '3', '20')}\n    show('use', lambda: ({use()}, box)[:1])\n    Changing.budget = 0\n    show('box', lambda: box)\n" for _ in range(r.randrange(1, 5)))
        return (f"    c, d = Changing({p('1', '2', '3')}, lambda: act()), Changing(3, lambda: {change()})\n    box = {make.format(content())}\n    other = {p('{0}', 'set({0})', 'dict.fromkeys({0})', 'deque({0})', 'tuple({0})').format(content())}\n    it = iter({p('box', 'box', 'box.items()', 'reversed(box)', 'map(str, box)', 'zip(box, box)', 'enumerate(box)') if make not in ('set({0})', 'frozenset({0})') else 'box'})\n"
                f"    def act():\n        {p('', 'log(len(box))' + chr(10) + '        ')}{change()}\n{lines}")

    def subclassed(self):
        """Subclasses of built-in types whose methods answer oddly, in the hands of built-in functions."""
        p, r, e = self.pick, self.r, lambda: self.typed("E", 1)
        base = p("int", "str", "list", "dict", "tuple", "set", "float", "bytes", "bytearray", "complex", "frozenset", "deque", "OrderedDict", "defaultdict", "Counter", "type", "object", "object", "Exception", "property", "range", "bool", "array.array", "datetime.date", "datetime.datetime", "datetime.timedelta", "decimal.Decimal", "fractions.Fraction", "io.StringIO", "io.BytesIO", "io.RawIOBase", "random.Random", "enumerate", "zip", "map", "reversed", "staticmethod", "classmethod", "super",
                "types.ModuleType", "collections.UserDict", "abc.ABC", "typing.NamedTuple", "KeyError", "OSError", "ExceptionGroup", "StopIteration", "threading.local", "itertools.count", "functools.partial", "int, Base", "Base, list", "str, enum.Enum", "dict, abc.ABC", "Exception, Base", "list, metaclass=Meta", "Frozen", "Record", "Point", "ast.AST", "weakref.ref", "memoryview", "slice", "types.SimpleNamespace", "pickle.Pickler", "json.JSONEncoder", "threading.Thread", "contextlib.ExitStack", "string.Formatter", "codecs.IncrementalDecoder")
        answer = lambda: p("1", "-1", "'t'", "None", "self", "NotImplemented", "[1]", "iter([1, 2])", "super().__repr__()", "1.5", "b'x'", "True", "10 ** 30", "{}", "()", "log(1)", "1 / 0", "(1, 2)", e(), "lambda *a: a")
        unary = "__len__ __bool__ __hash__ __index__ __int__ __float__ __complex__ __str__ __repr__ __iter__ __next__ __reversed__ __bytes__ __neg__ __abs__ __invert__ __trunc__ __floor__ __ceil__ __length_hint__ __dir__ __reduce__ __getnewargs__ __getstate__ __copy__ __fspath__ __enter__ __await__ __aiter__ keys __sizeof__ __getnewargs_ex__ values items copy read readable readline utcoffset".split()
        binary = "__add__ __radd__ __iadd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __mod__ __rmod__ __pow__ __and__ __or__ __ror__ __ior__ __xor__ __lshift__ __eq__ __ne__ __lt__ __gt__ __le__ __contains__ __getitem__ __delitem__ __getattr__ __getattribute__ __delattr__ __missing__ __format__ __reduce_ex__ __deepcopy__ __divmod__ __round__ __matmul__ __instancecheck__ __subclasscheck__ __class_getitem__ __setstate__ __delete__ append write get pop default tzname __call__ __mro_entries__ __floordiv__ update".split()
        def method():
            if r.random() < 0.5:
                return f"def {p(*unary)}(self):\n            {p('', 'log(1)' + chr(10) + '            ')}return {answer()}"
            if r.random() < 0.8:
                return f"def {p(*binary)}(self, other{p('', '', '=None', ', *more')}):\n            {p('', 'log(2)' + chr(10) + '            ')}return {answer()}"
            return p("def __new__(cls, *args, **k):\n            log('new', args)\n            return super().__new__(cls, *args)", "def __init__(self, *args, **k):\n            log('init', args)", "def __setitem__(self, key, value):\n            log('setitem', key, value)", "def __setattr__(self, name, value):\n            log('setattr', name)", "__slots__ = ()", "__slots__ = 'q', '__dict__'", "__hash__ = None", "__iter__ = None", "__eq__ = lambda *a: True",
                     "__add__ = None", "__len__ = 5", "__bool__ = None", "__class__ = int", "__call__ = len", "__get__ = lambda *a: a", "__set__ = lambda *a: log(a)", "__contains__ = None", "__index__ = lambda self: 2", "__reversed__ = None", "__format__ = str.__format__", "__getitem__ = lambda self, i: [5, 6][i]", "__doc__ = 'text'", "__module__ = 3", "__qualname__ = 'Q.R'", "__str__ = lambda self: 'str'", "__exit__ = lambda *a: True", "__del__ = lambda self: log('del')", "__annotations__ = {'a': 1}", "__match_args__ = ('a', 'b')", "__weakref__ = 1", "__dict__ = 2")
        arguments = p("", "", "1", "'ab'", "[1, 2]", "'5'", "b'ab'", "{1: 2}", "(3, 4)", "1, 2", "len", "'i', [1]", "2020, 1, 2", "'g', [ValueError(1)]", "1.5", "int", "'x', (), {}", "[(1, 2)]")
        use = lambda: p("len(a)", "bool(a)", "hash(a) == hash(a)", "[1, 2, 3][a]", "'abc' * a", "range(a)", "int(a)", "float(a)", "complex(a)", "str(a)", "repr(a)", "f'{a}'", "f'{a:5}'", "format(a)", "'%s' % a", "'%d' % a", "'%s %s' % a", "list(a)", "tuple(a)", "set(a)", "dict(a)", "bytes(a)", "bytearray(a)", "sorted(a)", "sum(a)", "min(a)", "iter(a)", "next(a)", "reversed(a)", "list(reversed(a))", "a + 1", "1 + a", "a + a", "a - 1", "a * 2", "2 * a", "a / 2", "a % 2", "'%s' % (a,)", "a ** 2", "2 ** a", "pow(a, 2, 5)", "a & 1", "a | 1", "a | a", "-a", "abs(a)", "~a",
                        "divmod(a, 2)", "round(a)", "round(a, 1)", "math.floor(a)", "math.sqrt(a)", "math.trunc(a)", "operator.index(a)", "a == a", "a == 1", "a != 1", "a < 1", "1 < a", "a in [1]", "1 in a", "a[0]", "a['k']", "a[:1]", "del_(a)", "setattr(a, 'x', 1)", "a.x", "a.real", "dir(a)[:2]", "copy.copy(a)", "copy.deepcopy(a)", "rebuilt(a)[1]", "pickle.dumps(a)[:20]", "a.__reduce_ex__(2)", "json.dumps(a)", "json.dumps({a: 1})", "json.dumps([a])", "[*a]", "{**a}", "(lambda *x, **k: (x, k))(*a)", "(lambda *x, **k: (x, k))(**a)", "isinstance(1, a)", "isinstance(a, A)", "issubclass(int, a)",
                        "A.fromkeys('ab')", "A.from_bytes(b'a', 'big')", "A.fromhex('0a')", "A.maketrans('a', 'b')", "type(a + a)", "type(a[:])", "type(a * 1)", "type(a.copy())", "type(a.upper())", "type(a | a)", "a.join(['x', 'y'])", "','.join([a, a])", "''.join(a)", "b''.join([a])", "a.append(5)", "a.extend(a)", "a.update(a)", "a.update({1: 2})", "a.get(1)", "a.pop()", "a.setdefault(1, 2)", "{a: 1}", "{a}", "{'x': 1}.get(a)", "'x' == a", "'abc'.find(a)", "'abc'.startswith(a)", "'abc'.replace(a, 'q')", "'abc'.split(a)", "int.__add__(a, 1)", "str.upper(a)", "list.append(a, 1)", "dict.__getitem__(a, 1)",
                        "open(a)", "os_path(a)" if 0 else "a()", "a(1)", "struct.pack('i', a)", "struct.pack('d', a)", "array.array('i', [a])", "chr(a)", "ord(a)", "hex(a)", "bin(a)", "'{0[0]} {0.x}'.format(a)", "'{}'.format_map(a)", "string.Template('$x').substitute(a)", "print(a)", "print('p', end=a)", "print('p', sep=a)", "exec('x', a)", "eval('x', {}, a)", "eval(a)", "compile(a, 'f', 'eval')", "getattr(1, a)", "[].sort(key=a)", "sorted([3, 1], key=a)", "map(a, [1])", "list(map(a, [1]))", "zip(a)", "enumerate(a)", "any(a)", "all(a)", "max(a, a)", "slice(a)", "[1, 2, 3][:a]", "[1, 2, 3][slice(a, None)]",
                        "A.__mro__[1:]", "A.__doc__", "A.__module__", "A.__qualname__", "a.__class__", "a.__doc__", "type(a).__name__", "A.__basicsize__ >= 16", "A.__dictoffset__ == 0", "A.__weakrefoffset__ == 0", "A.__flags__ & 1024", "A.__itemsize__", "A.__base__", "inspect.signature(A)", "A.__text_signature__", "super(A, a).__repr__()", "super(A, a).__len__()", "weakref.ref(a)() is a", "setattr(a, '__class__', A)", "type('B', (A, int), {})", "type('B', (A, list), {})", "type('B', (A, Base), {})", "type('B', (int, A), {})", "type('B', (A, str), {'__slots__': 'z'})", "operator.length_hint(a, 4)", "functools.reduce(a, [1, 2])",
                        "drive_(a)" if 0 else "contextlib.closing(a)", "unpack(a)", "match(a)", "raise_(a)", "with_(a)", "for_(a)", "a @ a", "a.__eq__(1)", "a.__lt__(a)", "a.__init__(1)", "A(1)", "A()", "A('ab', x=1)", "A(*a)", "a.keys()", "a.items()", "a.values()", "a.read()", "a.readline()", "a.write('x')", "a.isoformat()", "a.replace(a)", "a.bit_length()", "a.encode()", "a.hex()", "a.count(1)", "a.index(1)", "a.args", "a.errno", "bytes.join(b'', [a])", "b'ab' + a", "b'ab'.find(a)", "a in b'ab'", "a in 'ab'", "a in {1: 2}", "int(a, 10)", "int('1', a)", "str(a, 'ascii')", "str(b'a', a)")
        helpers = "    def unpack(a):\n        x, *y = a\n        return x, y\n    def match(a):\n        match a:\n            case [x, *_]: return 'sequence', x\n            case {'k': x}: return 'mapping', x\n            case int(x) | str(x): return 'value', x\n            case A(x, y): return 'class', x, y\n        return 'none'\n    def raise_(a):\n        raise a\n    def with_(a):\n        with a as x:\n            return x\n    def for_(a):\n        return [x for x, _ in zip(a, range(5))]\n    def del_(a):\n        del a[0]\n        del a.x\n"
        return helpers + f"    class A({base}):\n" + "".join(f"        {method()}\n\n" for _ in range(r.randrange(1, 4))) + f"    a = A({arguments})\n" + "".join(f"    show('use', lambda: {use()})\n" for _ in range(10))

    def odd_text(self, most=6):
        return "".join(self.pick(*ODD) for _ in range(self.r.randrange(most)))

    def texts(self):
        """Methods of str, bytes and their codecs on odd characters."""
        p, r = self.pick, self.r
        t = lambda most=4: repr(self.odd_text(most))
        i = lambda: p("0", "1", "-1", "2", "3", "-2", "9", "-9", "None")
        use = lambda: p("a.upper()", "a.lower()", "a.title()", "a.capitalize()", "a.swapcase()", "a.casefold()", f"a.strip({p('', 'b', 'None')})", "a.lstrip(b)", "a.rstrip(b)", "a.split()", f"a.split(b, {r.randrange(-1, 4)})", "a.split(None, 1)", "a.rsplit(None, 2)", f"a.rsplit(b, {r.randrange(-1, 4)})", "a.splitlines()", "a.splitlines(True)", "a.partition(b)", "a.rpartition(b)", f"a.replace(b, {t()})", f"a.replace({t(2)}, b, 2)", f"a.find(b, {i()})", f"a.rfind(b, {i()}, {i()})", f"a.index({t(2)})",
                        f"a.count({t(2)}, {i()})", f"a.startswith(({t(2)}, b), {i()})", f"a.endswith(b, {i()}, {i()})", "a.join([a, b])", f"a.center({r.randrange(20)}, {t(2)})", f"a.ljust({r.randrange(20)})", f"a.zfill({r.randrange(20)})", f"a.expandtabs({r.randrange(-1, 9)})", "[getattr(x, 'is' + k)() for x in (a, b) for k in 'alpha digit decimal numeric space upper lower title identifier printable ascii alnum'.split()]", "repr(a)", "ascii(a)", "hash(a) == hash(b)", "(a < b, a == b, a > b)", "a + b", f"a[{i()}:{i()}:{p('1', '-1', '2', '-2')}]", "a in a + b", "[*a]", "sorted(a + b)", "max(a)",
                        f"a.translate({{ord(x): {p('None', 'b', '65', '0x10ffff', '-1', '0x110000', 'b' + chr(34) + 'x' + chr(34))} for x in a[:2]}})", f"str.maketrans(a, b{p('', ', a')})", "a.isidentifier() and type('C', (), {a: 1})", "int(a)", "float(a)", "complex(a)", "int(a, 16)", f"unicodedata.normalize({p('NFC', 'NFD', 'NFKC', 'NFKD')!r}, a)", f"unicodedata.is_normalized({p('NFC', 'NFD', 'NFKC', 'NFKD')!r}, a)", "[(unicodedata.name(x, None), unicodedata.category(x), unicodedata.bidirectional(x), unicodedata.combining(x), unicodedata.east_asian_width(x), unicodedata.mirrored(x), unicodedata.decomposition(x)) for x in a]",
                        "[(unicodedata.decimal(x, None), unicodedata.digit(x, None), unicodedata.numeric(x, None)) for x in a]", "unicodedata.lookup(unicodedata.name(a[0]))", f"a.encode({p(*CODECS)!r}, {p(*ERRORS)!r})", f"a.encode({p(*CODECS)!r}, {p(*ERRORS)!r})", f"a.encode({p(*CODECS)!r}, 'replace').decode({p(*CODECS)!r}, {p(*ERRORS)!r})", f"a.encode('utf-8', 'surrogatepass').decode({p(*CODECS)!r}, {p(*ERRORS)!r})", f"codecs.decode(codecs.encode(a, {p('utf-8', 'utf-16', 'utf-7', 'unicode_escape', 'raw_unicode_escape')!r}, 'backslashreplace')[:-1], {p('utf-8', 'utf-16', 'utf-7', 'unicode_escape', 'raw_unicode_escape')!r}, {p(*ERRORS)!r})",
                        f"codecs.getincrementaldecoder({p(*CODECS)!r})({p(*ERRORS)!r}).decode(a.encode('utf-8', 'replace'))", f"list(codecs.iterdecode([a.encode('utf-8', 'replace')[:3], a.encode('utf-8', 'replace')[3:]], {p(*CODECS)!r}, {p(*ERRORS)!r}))", f"re.findall({p(*SIMPLE_PATTERNS)!r}, a)", "re.sub('(?i)' + re.escape(b), '<>', a)", "re.fullmatch('(?i)' + re.escape(a), a.swapcase()) and 1", "re.escape(a)", "shlex.quote(a)", "json.dumps(a)", "json.loads(json.dumps(a)) == a", "urllib.parse.quote(a, errors='replace')", "a.isidentifier()", "a.encode('unicode_escape')",
                        "'%s|%r|%a' % (a, b, a)", f"'{{:{p('<', '>', '^', '')}{r.randrange(1, 12)}{p('', '.2', '.1')}}}'.format(a)", "f'{a!r:>9}{b!a}'", "a.removeprefix(b)", "a.removesuffix(a[-1:])", "eval(repr(a)) == a", "eval(ascii(a)) == a", f"'{{0[{self.pick('a', '0', '1', '')}]}}'.format(a)", "textwrap.wrap(a, 3)", "a.encode('idna')", "a.encode('punycode').decode('punycode')", "html.escape(a)", "string.capwords(a)", "sys.intern(a) == a", "compile(a, 'source', 'eval').co_names", "ast.literal_eval(repr(a)) == a", "exec(a + ' = 1', space := {}) or sorted(space.keys() - {'__builtins__'})", "int(''.join(x for x in a if x.isdigit()) or '7')", "len(a.encode('utf-8', 'surrogatepass'))",
                        "io.StringIO(a).readlines()", "io.StringIO(a, newline=None).read()", "io.TextIOWrapper(io.BytesIO(a.encode('utf-8', 'replace')), 'utf-8').readlines()", "csv_.writerow([a, b])" if 0 else "list(csv.reader([a, b]))", "locale.strxfrm(a)", "a.__sizeof__() > 40", "struct.pack('4s', a.encode('utf-8', 'replace'))", "array.array('u', a)", "bytes(a, 'utf-8', 'replace').title()", "float(a + '1')", "float('1' + a)", "int('1_' + a)", "datetime.date.fromisoformat(a)", "decimal.Decimal(a)", "fractions.Fraction(a)", "f'{1:{a}}'", "f'{1.5:{b}}'", "format('x', a)", "'{' + a + '}'", "('{' + a + '}').format(1)", "('%' + a) % 1", "time.strftime(a, (2020, 1, 2, 3, 4, 5, 6, 7, 0))", "time.strptime(a, b)", "pickle.dumps(a, 0)", "marshal.dumps(a)[:40]", "zlib.crc32(a.encode('utf-8', 'replace'))")
        return f"    a, b = {t(7)}, {t(3)}\n" + "".join(f"    show('use', lambda: {use()})\n" for _ in range(10))

    def number_text(self):
        """A text that is a number, or nearly."""
        p, r = self.pick, self.r
        digits = lambda: "".join(p(*"0123456789", "0", "9", "00", "1") for _ in range(r.choice((0, 1, 1, 2, 3, 8, 17, 20, 40))))
        text = p("", "", "-", "+", " ") + p(digits(), digits() + "." + digits(), digits() + p("_", "__", "") + digits(), p("0x", "0b", "0o", "0X") + digits(), p("inf", "nan", "infinity", "NaN", "-inf")) + p("", "", f"e{r.randrange(-330, 330)}", "E+5", "e", "j", "e-5j", "_", ".", " ", "\n", "L", "٣")
        return text if r.random() < 0.8 else text[:r.randrange(len(text) + 1)] + p("x", "_", " ", ".", "\0", "e") + text[r.randrange(len(text) + 1):]

    def number(self):
        """The source of a number, with any bits."""
        r = self.r
        kind = r.randrange(7)
        if kind == 0:
            return "float.fromhex(%r)" % struct.unpack("<d", r.randbytes(8))[0].hex()
        if kind == 1:
            return repr(round(r.uniform(-1000, 1000), r.randrange(8)))
        if kind == 2:
            return repr(r.randrange(-10 ** r.randrange(1, 40), 10 ** r.randrange(1, 40)))
        if kind == 3:
            return repr(r.choice((1, -1)) * ((1 << r.choice((30, 31, 32, 53, 60, 61, 62, 63, 64, 120, 128, 1000))) + r.randrange(-2, 3)))
        if kind == 4:
            return "%d / %d" % (r.randrange(-99999, 99999), r.randrange(1, 9999))
        if kind == 5:
            return repr(r.randrange(-300, 300))
        return self.pick("0.0", "-0.0", "1e16", "1e15", "9999999999999998.0", "1e-4", "1e-5", "0.5", "1.5", "2.5", "float('inf')", "float('nan')", "5e-324", "2.2250738585072014e-308", "1.7976931348623157e308", "True", "1j", "0.1", "1e22", "1e23", "123456789.5", "9.5", "99.5", "0.00095", "(1 << 53) + 1", "2.0 ** 63", "10 ** 22", "10 ** 23", "1e308")

    def numbers(self):
        p, r, n = self.pick, self.r, self.number
        def spec():
            return repr("".join((p("", "", "*<", ">", "^", "=", "0=", "é^"), p("", "", "+", "-", " "), p("", "", "z"), p("", "#"), p("", "0"), p("", "", str(r.randrange(30))), p("", ",", "_"), p("", "", f".{r.randrange(22)}"), p("", *"dxboefg%scnXEGF"))))
        percent = lambda: repr("%" + "".join(p("", *"-+ #0") for _ in range(2)) + p("", str(r.randrange(25)), "*") + p("", f".{r.randrange(25)}", ".", ".*") + p("", "", "l") + p(*"diouxXeEfFgGcrsa%"))
        use = lambda: p("repr(x)", f"format(x, {spec()})", f"format(x, {spec()})", f"format(x, {spec()})", f"format(x, {spec()})", f"{percent()} % x", f"{percent()} % (x,)", f"{percent()} % (5, x)", f"round(x, {r.randrange(-25, 25)})", "round(x)", "x + y", "x - y", "x * y", "x / y", "x // y", "x % y", "divmod(x, y)", f"x ** {r.randrange(-5, 12)}", f"pow(x, {r.randrange(99)}, y)", f"x << {r.randrange(130)}", f"x >> {r.randrange(130)}", "x & y", "x | y", "x ^ y", "~x", "(x < y, x == y, x <= y)", "hash(x)", "int(x)", "float(x)", "str(x)", "x.hex()", "float.fromhex(x.hex()) == x", "x.as_integer_ratio()", "x.is_integer()", "x.bit_length()", "x.bit_count()",
                        f"x.to_bytes({r.randrange(20)}, {p('big', 'little')!r}, signed={p('True', 'False')})", "math.isqrt(abs(x))", "math.gcd(x, y)", "math.frexp(x)", "math.fmod(x, y)", "math.remainder(x, y)", "math.nextafter(x, y)", "math.ulp(x)", "math.sqrt(x)", "math.log(x)", "math.log2(x)", "math.log10(x)", "math.cbrt(x)", "math.trunc(x)", "math.floor(x)", "math.ceil(x)", "math.fsum([x, y, -x])", "sum([x, y, -x])", "math.hypot(x, y)", "complex(x, y)", "complex(x, y) * complex(y, x)", "complex(x, y) / complex(y, x)", "abs(complex(x, y))", "repr(complex(x, y))", f"format(complex(x, y), {spec()})", "hash(complex(x, y))", "decimal.Decimal(x)", "fractions.Fraction(x)", "fractions.Fraction(x) + fractions.Fraction(y)",
                        "struct.pack('<d', x).hex()", "struct.pack('<f', x).hex()", "struct.pack('<e', x).hex()", f"struct.pack({p('<q', '>Q', '<i', '>H', 'b', '?', 'n', 'P')!r}, x)", f"struct.unpack('<f', struct.pack('<f', x))", f"int({self.number_text()!r})", f"int({self.number_text()!r}, {p('0', '2', '8', '16', '36', '10', '7', '1', '37')})", f"float({self.number_text()!r})", f"float({self.number_text()!r})", f"complex({self.number_text()!r})", f"decimal.Decimal({self.number_text()!r})", f"fractions.Fraction({self.number_text()!r})", f"float.fromhex({self.number_text()!r})", f"eval({self.number_text()!r})", f"json.loads({self.number_text()!r})", f"ast.literal_eval({self.number_text()!r})", "json.dumps([x, y])", "pickle.dumps(x, 0)", "marshal.loads(marshal.dumps(x))", "eval(repr(x)) == x", "bin(x)", "oct(x)", "hex(x)", "-x", "x.__rpow__(2)", "x.conjugate()", "min(x, y)", "sorted([x, y, 0])", "range(x, y)", "len(range(x, y))", "slice(x, y).indices(10)", "f'{x!r:>30}{y:+}'", f"'{{:{p('', ',', '_', '.3', 'e', '>20,.2f', 'n')}}}'.format(x)", "statistics.mean([x, y])", "statistics.stdev([x, y])",
                        "datetime.timedelta(x)", "datetime.timedelta(seconds=x)", "datetime.timedelta(microseconds=x)", "datetime.timedelta(5) * x", "datetime.timedelta(5) / x", "datetime.datetime.fromtimestamp(x, datetime.timezone.utc)", "time.gmtime(x)", "cmath.sqrt(x)", "cmath.exp(complex(x, y))", "math.erf(x)", "math.gamma(x)", "math.lgamma(x)", "math.sin(x)", "math.tan(x)", "math.exp(x)", "math.expm1(x)", "math.atan2(x, y)", "math.pow(x, y)", "math.ldexp(x, 5)", "math.modf(x)", "x == fractions.Fraction(x)", "x == decimal.Decimal(x)", "hash(x) == hash(fractions.Fraction(x))", "int(str(x))", "int(repr(x).replace('.', '_'))", "array.array('d', [x, y]).tobytes()", "array.array('f', [x]).tolist()", "random.Random(x).random()")
        return f"    x, y = {n()}, {n()}\n" + "".join(f"    show('use', lambda: {use()})\n" for _ in range(10))

    def pattern_text(self, depth=3):
        """A regular expression."""
        p, r = self.pick, self.r
        if depth <= 0 or r.random() < 0.3:
            return p("a", "b", "ab", ".", r"\w", r"\d", r"\s", r"\W", r"\b", r"\B", "^", "$", r"\A", r"\Z", "[a-c]", "[^a]", "[ab1]", r"[\w-]", "é", "[^\\d\\s]", "x", " ", "1", r"\1", r"\2", r"\x61", r"\u00e9", "(?P=n)", "[a-zA-Z_]", "K", "ſ", "[İ]", r"\n", "", "{", "}", "-", "[]a]", "[a\\]]", r"\.")
        d = lambda: self.pattern_text(depth - 1)
        return p(d() + d(), d() + d(), d() + "|" + d(), f"({d()})", f"(?:{d()})", f"(?P<n>{d()})", f"(?:{d()}){self.repeat()}", f"({d()}){self.repeat()}", p("a", "[ab]", ".", r"\w", "b") + self.repeat(), f"(?={d()})", f"(?!{d()})", f"(?<={p('a', 'ab', '[bc]', 'a|b', '^', '', '.', d())})", f"(?<!{p('a', 'b.', '[ab]', d())})", f"(?>{d()})", f"(?i:{d()})", f"(?-i:{d()})", f"(?({p('1', 'n', '2')}){d()}|{d()})", f"(?s:{d()})", f"(?#c){d()}", f"(?a:{d()})", f"({d()}|{d()})", f"(?x: {d()} )", f"(?m:{d()})")

    def repeat(self):
        return self.pick("*", "+", "?", "{2}", "{1,2}", "{,2}", "{1,}", "{0}") + self.pick("", "", "?", "+")

    def patterns(self):
        p, r = self.pick, self.r
        subject = lambda: repr("".join(p("a", "b", "c", "ab", "1", " ", "é", "\n", "A", "B", "K", "x", "_", "aa", "ſ", "-", "bb") for _ in range(r.randrange(10))))
        flags = p("0", "0", "0", "re.I", "re.M", "re.S", "re.X", "re.A", "re.I | re.S", "re.I | re.A", "re.M | re.I")
        use = lambda: p(f"[(m.span(), m.groups()) for m in p.finditer({subject()})]", f"p.findall({subject()})", f"p.split({subject()})", f"p.split({subject()}, 2)", f"p.sub({'<' + p(*REPLACEMENTS) + '>'!r}, {subject()})", f"p.subn(lambda m: str(m.lastindex), {subject()}, {r.randrange(4)})", f"p.match({subject()})", f"p.fullmatch({subject()})", f"p.search({subject()}, {r.randrange(-1, 5)}, {r.randrange(9)})", f"(m := p.search({subject()})) and (m.regs, m.lastindex, m.lastgroup, m.groupdict(), m.start(0), m.endpos)", "p", "(p.groups, p.groupindex, p.flags)", f"(s := p.scanner({subject()})) and [s.search() for _ in range(4)]", f"p.match({subject()}).expand({p(*REPLACEMENTS)!r})", "re.compile(p.pattern + '(a)').groups", f"p.search({subject()})[{p('0', '1', repr('n'), '2')}]")
        return f"    p = re.compile({self.pattern_text()!r}, {flags})\n" + "".join(f"    show('use', lambda: {use()})\n" for _ in range(8))

    def steps(self, depth, indent, loop=False):
        """Statements of a generator that catches, loops, yields and leaves in every way."""
        p, r, out = self.pick, self.r, ""
        for _ in range(r.randrange(1, 4)):
            body = lambda inner=loop: self.steps(depth - 1, indent + "    ", inner)
            kind = r.random()
            if depth <= 0 or kind < 0.5:
                out += indent + p("log({0})", "x = yield {0}", "x = yield {0}", "log((yield {0}))", "yield from sub({1})", "x = yield from sub({1})", "yield x", "x = [{0}, (yield x)]", "x = f(*[{0}], k=(yield {0}))", "log(x)", "raise ValueError({0})" if r.random() < 0.4 else "log(1)", "raise KeyError({0})" if r.random() < 0.3 else "pass", "return x" if r.random() < 0.3 else "x = {0}", "raise StopIteration({0})" if r.random() < 0.2 else "pass", "yield from [{0}, x]",
                                  "break" if loop and r.random() < 0.7 else "pass", "continue" if loop and r.random() < 0.7 else "pass", "it.send(1)", "log(sys.exc_info()[0])", "x = {{'k': (yield 1), 'j': (yield 2)}}", "del x", "x = (yield) or (yield)", "log(it.gi_running, it.gi_frame.f_lineno - first)", "x = [i for i in (yield {0}) or [{0}]]", "raise" if r.random() < 0.3 else "pass", "log(f'{{(yield x)}}')", "assert (yield {0}), x", "x, *y = yield {0}", "box[0] = yield", "box[(yield 3)] += 1", "raise GeneratorExit" if r.random() < 0.2 else "pass", "yield from it2").format(r.randrange(100), r.randrange(4)) + "\n"
            elif kind < 0.65:
                kinds = p("ValueError", "KeyError", "(ValueError, KeyError)", "Exception", "GeneratorExit", "BaseException", "StopIteration", "RuntimeError", "")
                handler = p(f"{indent}except {kinds}{' as error' if kinds else ''}:\n{indent}    log({'repr(error), repr(error.__context__)' if kinds else '2'})\n{body()}", f"{indent}except {kinds}:\n{body()}", "")
                last = p("", f"{indent}finally:\n{indent}    log('finally')\n{body(False)}") if handler else f"{indent}finally:\n{indent}    log(5)\n"
                out += f"{indent}try:\n{body()}{handler}{last}"
            elif kind < 0.72:
                out += f"{indent}with manager({r.randrange(9)}){p('', ' as x', ' as (x, y)', ', manager(5) as x')}:\n{body()}"
            elif kind < 0.84:
                out += f"{indent}for {p('x', 'i', 'x, i')} in {p('range(3)', 'sub(2)', '[(1, 2), (3, 4)]', '(yield)', 'it2', 'zip(sub(2), sub(3))')}:\n{body(True)}" + p("", f"{indent}else:\n{body()}")
            elif kind < 0.92:
                out += f"{indent}while {p('x and turn()', 'turn()', '(yield 7) and turn()', 'turn() and x')}:\n{body(True)}" + p("", f"{indent}else:\n{body()}")
            elif kind < 0.97:
                out += f"{indent}if {p('x', 'not x', '(yield)', 'x == 1', 'isinstance(x, int)', 'box')}:\n{body()}" + p("", f"{indent}else:\n{body()}")
            else:
                out += f"{indent}match {p('x', '(yield 6)', '[x, 1]')}:\n{indent}    case {self.pattern()}:\n{self.steps(depth - 1, indent + '        ', loop)}{indent}    case _:\n{self.steps(depth - 1, indent + '        ', loop)}"
        return out

    def generators(self):
        p, r = self.pick, self.r
        kind = r.random()
        drive_one = lambda: p("next(it)", "next(it)", "it.send(1)", "it.send(None)", "it.send([3, 4])", "it.throw(ValueError(8))", "it.throw(KeyError)", "it.close()", "list(itertools.islice(it, 3))", "it.throw(GeneratorExit)", "it.throw(StopIteration(3))", "[*itertools.islice(it, 20)]", "it.gi_frame and it.gi_frame.f_lineno - first", "it.gi_yieldfrom and 1", "inspect.getgeneratorstate(it)", "inspect.getgeneratorlocals(it).keys()", "it.throw(TypeError, 'a')", "it.throw(OSError, (1, 2), None)", "sum(1 for _ in zip(it, range(5)))", "max(few(), key=str, default=3)", "dict(zip(few(), few()))", "deque(few(), 2)", "sorted(few(), key=repr)", "a_list.extend(few())", "a_list.__setitem__(slice(0, 1), few())")
        head = ("    first = sys._getframe().f_lineno\n    box, a_list, turns = [0], [], iter(range(30))\n    def turn():\n        return next(turns, None) is not None\n    def f(*a, **k):\n        return a, k\n    def sub(n):\n        try:\n            for i in range(n):\n                got = yield i\n                if got:\n                    log('sub', got)\n        except ValueError as error:\n            yield 'caught'\n            return repr(error)\n        finally:\n            log('sub end')\n        return n\n"
                f"    @contextlib.contextmanager\n    def manager(n):\n        try:\n            yield {p('n', '(n, n + 1)', '[n, n]')}\n        except {p('KeyError', 'ValueError', 'Exception', 'StopIteration', 'GeneratorExit')}:\n            log('manager')\n            {p('raise', 'pass', 'raise TypeError(n)')}\n        finally:\n            log('manager end', n)\n    it2 = sub(4)\n    few = lambda: itertools.islice(it, 20)\n")
        body = self.steps(3, "        ")
        if kind < 0.7:
            return head + f"    def gen(x=0):\n        if 0: yield\n{body}        return 'end'\n    it = gen({p('', '1', '[1]')})\n" + "".join(f"    show('drive', lambda: {drive_one()})\n" for _ in range(r.randrange(4, 10)))
        if kind < 0.85:  # not a generator: the same statements, seen by a trace function
            body = "\n".join(line if "yield from" not in line else line.replace("yield from", "list") for line in body.split("\n")).replace("yield from", "list").replace("(yield)", "box").replace("(yield or", "(box or").replace("yield ", "1, ").replace("= yield\n", "= 1\n").replace("it.send(1)", "log(3)").replace("it.gi_running, it.gi_frame.f_lineno - first", "4")
            return head + f"    it = None\n    def run(x={p('0', '1', '[1]')}):\n{body}        return 'end'\n    show('run', {p('run', 'run', 'lambda: lines_of(run)', 'lambda: trace_of(run)')})\n"
        body = body.replace("yield from sub", "await sub").replace("x = yield from [", "x = [").replace("yield from [", "x = [").replace("yield from it2", "log(1)").replace("for x in sub", "async for x in sub2").replace("in zip(sub(2), sub(3))", "in [(1, 2)]").replace("in sub(2)", "in [4, 5]").replace("gi_frame", "cr_frame" if 0 else "ag_frame").replace("gi_running", "ag_running").replace("it.send(1)", "await Awaitable(4)").replace("return x", "return")
        return (head.replace("    it2", "    async def sub2(n):\n        for i in range(n):\n            yield i\n            await Awaitable(i)\n    it2").replace("    def sub(n)", "    @types.coroutine\n    def sub(n)") + f"    async def gen(x=0):\n        if 0: yield\n{body}    it = gen({p('', '1')})\n    async def user():\n        for _ in range(6):\n            step = it.{p('__anext__()', 'asend(None)', 'asend(2)', 'athrow(ValueError(3))', 'aclose()', 'asend(1)')}\n            log(await step)\n        return 7\n"
                + f"    show('user', lambda: drive(user()))\n    show('again', lambda: drive(user(), {p('None', '4', '[6]')}))\n    show('rest', lambda: drive(it.aclose()))\n")

    def trees(self):
        """Trees of random programs, with all places; what tokenize and symtable see; and the trees changed and compiled."""
        p, r, out = self.pick, self.r, ""
        for _ in range(r.randrange(1, 4)):
            kind = r.random()
            source = self.block(2, False, "") if kind < 0.3 else self.steps(2, "") if kind < 0.4 else self.expression(3) if kind < 0.55 else self.other(2) if kind < 0.65 else self.pick(*grammar_library.SOURCES).strip("|") + "\n" + self.pick(*grammar_library.SOURCES).strip("|") if kind < 0.9 else self.feature(0)
            if r.random() < 0.4:
                source = self.mutated(source)
            if r.random() < 0.2:
                source = "def f():\n" + "".join(f"    {line}\n" for line in source.split("\n"))
            out += p(f"    show('tree', lambda: tree_of({source!r}))\n", f"    show('tree', lambda: tree_of({source!r}))\n", f"    show('tree', lambda: tree_of({source!r}, {p('eval', 'single', 'exec', 'func_type')!r}{p('', ', type_comments=True', ', feature_version=(3, 8)')}))\n", f"    show('tables', lambda: tables_of(symtable.symtable({source!r}, 'f', 'exec')))\n", f"    show('tables', lambda: zlib.crc32(repr(tables_of(symtable.symtable({source!r}, 'f', 'exec'))).encode()))\n",
                     f"    show('tokens', lambda: [(t.type, t.string, t.start, t.end) for t in tokenize.generate_tokens(io.StringIO({source!r}).readline)][-8:])\n", f"    show('again', lambda: ast.dump(ast.parse(ast.unparse(ast.parse({source!r})))) == ast.dump(ast.parse({source!r})))\n", f"    show('names', lambda: [(c.co_name, c.co_qualname, c.co_varnames, c.co_cellvars, c.co_freevars, c.co_flags, c.co_argcount, c.co_kwonlyargcount, c.co_posonlyargcount, c.co_firstlineno) for c in codes({source!r})])\n",
                     f"    show('changed', lambda: changed({source!r}, {r.randrange(10 ** 6)}))\n", f"    show('compiled', lambda: compiled({source!r}))\n")
        return ("    def codes(source):\n        found = [compile(source, 'f', 'exec')]\n        for code in found:\n            found += [c for c in code.co_consts if type(c) is type(code)]\n        return sorted(found, key=lambda c: (c.co_firstlineno, c.co_qualname))\n"
                "    def changed(source, seed):\n        tree, r = ast.parse(source), random.Random(seed)\n        nodes = [n for n in ast.walk(tree) if n._fields]\n        node = r.choice(nodes)\n        field = r.choice(node._fields)\n        other = r.choice(nodes)\n        setattr(node, field, r.choice([None, 1, 'x', [], [None], [getattr(other, r.choice(other._fields))], other, -1, b'y', getattr(node, field), [other], 1.5, ast.Load(), ast.Store(), ...]))\n"
                "        try:\n            ast.fix_missing_locations(tree)\n            return type(node).__name__, field, type(compile(tree, 'f', 'exec')).__name__\n        except (RecursionError, AttributeError) as error:\n            return type(error).__name__\n") + out

    def calls(self):
        """Functions and types of a module, called with whatever."""
        p, r = self.pick, self.r
        name = p(*MODULES)
        module = __import__(name)
        for part in name.split(".")[1:]:
            module = getattr(module, part)
        members = [m for m in dir(module) if m not in NOT_CALLED and callable(getattr(module, m, None)) and (not m.startswith("__")) and not isinstance(getattr(module, m), type(sys))]
        if not members:
            return "    pass\n"
        out = f"    import {name} as module\n"
        for _ in range(r.randrange(4, 12)):
            member = p(*members)
            arguments = [self.argument() for _ in range(r.choice((0, 1, 1, 1, 2, 2, 2, 3, 3, 4)))]
            if r.random() < 0.15:
                arguments.append(f"{p(*KEYWORDS)}={self.argument()}")
            call = f"module.{member}({', '.join(arguments)})"
            value = getattr(module, member)
            if isinstance(value, type) and r.random() < 0.6:
                names = [m for m in dir(value) if m not in NOT_CALLED and m not in ("__doc__", "__sizeof__", "__dir__", "__subclasshook__", "__init_subclass__", "__hash__", "__reduce_ex__")] or ["__class__"]
                uses = [p(*names) for _ in range(r.randrange(1, 5))]
                out += f"    try:\n        o = {call}\n    except Exception as error:\n        o = module.{member}\n        log(type(error).__name__, str(error)[:200])\n" + "".join(f"    show('{use}', lambda: o.{use}{p('', '()', '(' + self.argument() + ')', '(' + self.argument() + ', ' + self.argument() + ')', '()', '(' + self.argument() + ')')})\n" for use in uses)
            else:
                out += f"    show('{member}', lambda: {call})\n"
        return out

    def argument(self):
        text = self.pick(*ARGUMENTS).replace("x-for(x)in", "x for x in ")
        return self.typed(self.pick("I", "S", "F", "L", "D", "T", "Y"), 1) if self.r.random() < 0.2 else f"({text})"

    def pickles(self):
        """The bytes of pickles and marshalled values; and pickles spoilt."""
        p, r = self.pick, self.r
        values, _ = grammar_library.AREAS[5] if r.random() < 0.7 else p(*grammar_library.AREAS[:3])
        value = lambda: self.fill(self.pick(*values), 1)
        shape = lambda: p("{0}", "[{0}, {0}]", "({0}, {1})", "{{'k': {0}, 1: {1}}}", "[p := {0}, p, [p]]", "({0},)", "[{0}] * 3", "(q := [{0}], q)", "{{{0}: 1}}", "frozenset([{0}])", "Reduced({0}, {1})", "Stateful([{0}])", "type(({0}))", "Thing({0})", "Record({0}, {1})", "set_slots({0}, {1})", "memo({0})").format(value(), value())
        spoilt = lambda: f"(lambda d, r: pickle.loads(d[:(k := r.randrange(len(d)))] + r.choice([b'', bytes([r.randrange(256)]), d[:3], b'.', b'0', b'R', b'b', b'u', b'('] ) + d[k + r.randrange(2):]))(pickle.dumps({shape()}, {r.randrange(6)}), random.Random({r.randrange(10 ** 6)}))"
        use = lambda: p(f"pickled({shape()})", f"pickle.loads(pickle.dumps({shape()}, {r.randrange(6)}))", f"marshal.loads(marshal.dumps({shape()}))", f"rebuilt({shape()})", f"copy.deepcopy({shape()})", f"copy.copy({shape()})", spoilt(), spoilt(), f"pickle.loads(pickletools.optimize(pickle.dumps({shape()}, {r.randrange(6)})))", f"pickle._loads(pickle.dumps({shape()}, {r.randrange(6)}))", f"pickle.loads(pickle._dumps({shape()}, {r.randrange(6)}))", f"json.loads(json.dumps({shape()}, default=repr))", f"({shape()}).__reduce_ex__({r.randrange(6)})")
        return "    def inner(a, b=2): pass\n    def set_slots(a, b):\n        s = Slotted()\n        s.a, s.b = a, b\n        return s\n    def memo(a):\n        a = [a]\n        a.append(a)\n        return a\n" + "".join(f"    show('use', lambda: {use()})\n" for _ in range(6))

    def structs(self):
        """Packed structures of random formats, and memory seen through casts."""
        p, r = self.pick, self.r
        form = lambda: p("", "<", ">", "=", "@", "!") + "".join(p("", "", str(r.randrange(5))) + p(*"bBhHiIlLqQnNefdspPxc?") + p("", "", " ") for _ in range(r.randrange(1, 5)))
        def value():
            return p("1", "-1", "255", "65536", "1.5", "b'a'", "b'abc'", "True", "2 ** 31", "2 ** 63", "float('nan')", "'a'", "None", "Number(3)", "Thing()", "1e40", "-129", "0")
        view = lambda: p(f"memoryview(bytearray(range({p('0', '1', '8', '16', '24')})))", "memoryview(b'abcdefgh')", f"memoryview(array.array({p(*'bhiqfd')!r}, [1, 2, 3, 4]))")
        step = lambda: p(f".cast({p('B', 'b', 'c', 'h', 'i', 'q', 'd', 'f', '?', '@i', 'P', 'x')!r})", f"[{r.randrange(-3, 5)}:{p('', '6', '-1')}]", "[::2]", "[::-1]", "[1:]", f".cast('B', [{r.randrange(1, 5)}, {r.randrange(1, 5)}])", ".cast('B').cast('h', shape=[2, 2])", ".toreadonly()", "[...]", ".cast('B', (2, 2, 2))", f".cast('B', [{r.randrange(9)}])", "")
        use = lambda: p(f"struct.pack({form()!r}, {', '.join(value() for _ in range(r.randrange(4)))})", f"struct.pack({form()!r}, {', '.join(value() for _ in range(r.randrange(4)))})", f"struct.calcsize({form()!r})", f"struct.unpack({(f := form())!r}, bytes(range(200, 256))[:struct.calcsize({f!r})])", f"struct.unpack_from({form()!r}, bytes(range(60)), {r.randrange(-5, 60)})", f"list(struct.iter_unpack({form()!r}, bytes(range(48))))[:4]", f"struct.pack_into({form()!r}, bytearray(20), {r.randrange(-5, 20)}, {', '.join(value() for _ in range(r.randrange(4)))})", f"struct.Struct({form()!r}).format", f"{view()}{step()}{step()}.tolist()", f"{view()}{step()}{step()}.tolist()", f"{view()}{step()}[{r.randrange(-3, 5)}]", f"{view()}{step()}{step()}.tobytes()", f"{view()}{step()} == {view()}{step()}",
                        f"(lambda m: (m.__setitem__({p('0', '-1', 'slice(0, 2)', '(0, 1)', 'slice(None, None, 2)', '9', '...')}, {p(value(), 'b' + repr('xy'), 'm[2:4]', 'm[::-1]', 'memoryview(b' + repr('ab') + ')')}), m.tobytes()))({view()}{step()})", f"[(m.format, m.itemsize, m.shape, m.strides, m.nbytes, m.ndim, m.c_contiguous, m.readonly) for m in [{view()}{step()}{step()}]]", f"hash({view()}{step()})", f"bytes({view()}{step()})", f"list({view()}{step()})", f"{view()}{step()}.hex({p('', repr(':'), repr('-') + ', 2', repr(':') + ', -3')})", f"len({view()}{step()})", f"{value()} in {view()}{step()}", f"array.array({p(*'bBhHiIlLqQfdu')!r}, [{value()}, {value()}])", f"array.array({p(*'bBhHiIlLqQfd')!r}, bytes(range(16))).tolist()", f"(lambda a: (a.byteswap(), a.tolist(), a[::-1], a * 2, a + a, a.index(a[0])))(array.array({p(*'bBhHiIqQfd')!r}, bytes(range(16))))",
                        f"(lambda a: (a.extend({p('[1]', 'a', 'iter([1.5])', 'b' + repr('ab'))}), a.fromlist([1, {value()}]), a))(array.array({p(*'bBhHiIqQfdu')!r}, []))", f"{view()}{step()}.index({value()})" if 0 else f"{view()}.tobytes({p(repr('C'), repr('F'), repr('A'), 'None', '1')})", f"int.from_bytes({view()}{step()}, {p('big', 'little')!r})", f"io.BytesIO({view()}{step()}).read(3)", f"b'-'.join([{view()}{step()}, b'x'])", f"bytearray(b'ab') + {view()}{step()}", f"{view()}{step()}.release()", f"zlib.crc32({view()}{step()})", f"hashlib.md5({view()}{step()}).hexdigest()[:6]", f"binascii.hexlify({view()}{step()})", f"re.findall(b'.', {view()}{step()})", f"pickle.PickleBuffer({view()}{step()}).raw().tolist()", f"{view()}{step()}.cast('B')[{r.randrange(9)}:{r.randrange(9)}].tolist()")
        return "".join(f"    show('use', lambda: {use()})\n" for _ in range(10))

    def dates(self):
        """Texts of dates in and out."""
        p, r = self.pick, self.r
        def stamp():
            text = p("2024-02-29", "20240229", "2024-W09-4", "2024W094", "1999-12-31", "0001-01-01", "2024-02-30", "9999-12-31", f"{r.randrange(1, 9999):04}-{r.randrange(1, 13):02}-{r.randrange(1, 32):02}") + p("", p("T", " ", "t", "_") + p("12", "12:30", "123045", "12:30:45", "12:30:45.5", "12:30:45.123456", "12:30:45,123", "24:00", "00:00:00.0000001", "12:3") + p("", "", "Z", "+01:00", "-0530", "+00:00:30", "+24:00", "z", "+01:00:00.5"))
            return text if r.random() < 0.7 else text[:r.randrange(len(text) + 1)] + p("", "-", ":", "0", "é", " ", "W") + text[r.randrange(len(text) + 1):]
        form = lambda: "".join(p(*("%" + c for c in "YmdHMSfjyaAbBpIwUWcxXzZGVu%"), "-", ":", " ", "T", "q", "%e", "%q", "%-d", "%", "é", "%s_"[:1]) for _ in range(r.randrange(1, 6)))
        one = lambda: p(f"datetime.datetime({r.randrange(1, 9999)}, {r.randrange(1, 13)}, {r.randrange(1, 29)}, {r.randrange(24)}, {r.randrange(60)}, {r.randrange(60)}, {r.randrange(10 ** 6)}{p('', ', datetime.timezone.utc', ', datetime.timezone(datetime.timedelta(minutes=-90))', ', zoneinfo.ZoneInfo(' + repr('America/New_York') + ')', ', fold=1')})", f"datetime.date({r.randrange(1, 9999)}, {r.randrange(1, 13)}, {r.randrange(1, 29)})", f"datetime.time({r.randrange(24)}, {r.randrange(60)})", f"datetime.timedelta({r.randrange(-999, 999)}, {r.randrange(-99999, 99999)}, {r.randrange(-10 ** 6, 10 ** 6)})", f"datetime.timedelta({r.uniform(-5, 5)!r}, {r.uniform(-5, 5)!r})")
        use = lambda: p(f"datetime.datetime.fromisoformat({stamp()!r})", f"datetime.date.fromisoformat({stamp()!r})", f"datetime.time.fromisoformat({stamp()[11:]!r})", f"{one()}.strftime({form()!r})", f"datetime.datetime.strptime({stamp()!r}, {form()!r})", f"(lambda d: datetime.datetime.strptime(d.strftime({(f := form())!r}), {f!r}))({one()})", f"{one()} - {one()}", f"{one()} + {one()}", f"{one()} < {one()}", f"{one()} == {one()}", f"{one()} // {one()}", f"{one()} / {one()}", f"{one()} * {self.number()}", f"{one()} / {self.number()}", f"divmod({one()}, {one()})", f"str({one()})", f"repr({one()})", f"{one()}.isoformat({p('', repr(' '), 'timespec=' + repr(p('hours', 'minutes', 'seconds', 'milliseconds', 'microseconds', 'auto', 'x')))})",
                        f"{one()}.replace({p('year', 'month', 'day', 'hour', 'minute', 'fold', 'microsecond')}={r.randrange(99)})", f"{one()}.astimezone(zoneinfo.ZoneInfo({p('Asia/Tokyo', 'UTC', 'Europe/London', 'Australia/Lord_Howe')!r}))", f"{one()}.timestamp()", f"{one()}.utctimetuple()", f"{one()}.isocalendar()", f"{one()}.toordinal()", f"{one()}.ctime()", f"format({one()}, {form()!r})", f"pickle.dumps({one()}, {r.randrange(6)})", f"hash({one()}) == hash({one()})", f"{one()}.total_seconds()", f"datetime.datetime.fromtimestamp({self.number()}, datetime.timezone.utc)", f"time.strftime({form()!r}, time.gmtime({r.randrange(-10 ** 10, 10 ** 10)}))", f"time.strptime({stamp()!r}, {form()!r})", f"time.asctime(time.gmtime({r.randrange(-10 ** 11, 10 ** 11)}))", f"calendar.timegm(time.gmtime({r.randrange(10 ** 9)}))", f"datetime.date.fromisocalendar({r.randrange(10000)}, {r.randrange(55)}, {r.randrange(9)})", f"calendar.month({r.randrange(1, 9999)}, {r.randrange(14)})", f"time.mktime(time.gmtime({r.randrange(10 ** 9)}))", f"datetime.timezone(datetime.timedelta(seconds={r.randrange(-99999, 99999)}))", f"datetime.datetime.combine({one()}, {one()})", f"abs({one()})", f"[d.year for d in [{one()}]]", f"datetime.timedelta(**{{{p('days', 'hours', 'weeks', 'milliseconds', 'microseconds')!r}: {self.number()}}})")
        return "".join(f"    show('use', lambda: {use()})\n" for _ in range(9))

    def program(self, count):
        pieces = []
        makers = [self.threads, self.threads, self.asynchronous, self.asynchronous, self.changing, self.changing, self.subclassed, self.subclassed, self.texts, self.numbers, self.patterns, self.generators, self.generators, self.trees, self.trees, self.calls, self.calls, self.calls, self.pickles, self.structs, self.dates, self.wide_area, self.wide_area]
        for number in range(count):
            if self.r.random() < 0.45:
                pieces += [piece.replace("f0", f"f{number}").replace("e0", f"e{number}") for piece in super().program(1)]
                continue
            source = f"def f{number}():\n    n, s, g, items, table, group, raw = 4, 'txt', 2.5, [3, 1, 2], {{'a': 1, 2: 'v'}}, {{1, 2}}, b'ab'\n{self.pick(*makers)()}\n\nshow('f{number}', f{number})\n\n\n"
            self.keep(pieces, source)
        return pieces

    def wide_area(self):
        values, uses = self.pick(*WIDE_AREAS)
        value = lambda: self.fill(self.pick(*values), 1)
        return "".join(f"    {name} = {value()}\n" for name in "pqv") + "".join(f"    show('use', lambda: {self.fill(self.pick(*uses), 1)})\n" for _ in range(self.r.randrange(3, 9)))


CODECS = "utf-8 utf-16 utf-16-le utf-32 utf-32-be utf-7 ascii latin-1 cp1252 cp437 koi8-r unicode_escape raw_unicode_escape idna punycode utf-8-sig shift_jis euc_jp gb18030 big5 iso2022_jp euc_kr hz cp932 gbk iso8859-15 mac_roman charmap cp1140 utf_16_be johab".split()
ERRORS = "strict ignore replace backslashreplace xmlcharrefreplace surrogateescape surrogatepass namereplace nothing".split()
SIMPLE_PATTERNS = r"\w+ \W \s \d (?i)[a-zσſß]+ (?a)\w \b. (?i)k (?i)i [^\w] .".split()
REPLACEMENTS = "", r"\1", r"\g<0>", r"\g<n>", r"\n", r"\0", "a", r"\g<1>x", r"\2"
