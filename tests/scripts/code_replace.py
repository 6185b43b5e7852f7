# code.replace() and types.CodeType(): parts of code objects exchanged, and what is said of wrong ones.
import types, inspect
def func():
    x = 1
    return x
code = func.__code__
def func2():
    y = 2
    z = 3
    return y
code2 = func2.__code__
def t(f,*a,**k):
    try: return f(*a,**k)
    except Exception as e: print(type(e).__name__, e)
for attr, value in (("co_argcount", 0), ("co_nlocals", 1), ("co_stacksize", 0), ("co_flags", code.co_flags | inspect.CO_COROUTINE), ("co_firstlineno", 100), ("co_code", code2.co_code), ("co_consts", code2.co_consts),
    ("co_names", ("myname",)), ("co_varnames", ('spam',)), ("co_freevars", ("freevar",)), ("co_cellvars", ("cellvar",)), ("co_filename", "newfilename"), ("co_name", "newname"), ("co_linetable", code2.co_linetable), ("co_linetable", b''), ("co_exceptiontable", code2.co_exceptiontable)):
    new = t(code.replace,**{attr: value})
    print(attr, getattr(new, attr) == value)
new = code.replace(co_varnames=code2.co_varnames, co_nlocals=code2.co_nlocals)
print(new.co_varnames, new.co_nlocals, types.FunctionType(new, {})())
for bad in ({'co_name': 5}, {'co_names': 5}, {'co_names': (5,)}, {'co_code': 'x'}, {'co_nlocals': 5}, {'co_argcount': 'x'}, {'co_consts': []}, {'co_linetable': None}, {'co_filename': b'x'}, {'nothing': 1}, {'co_varnames': (1,)}, {'co_firstlineno': 1.5}):
    t(code.replace, **bad)
t(code.replace, 1)
f = types.FunctionType(code.replace(co_consts=tuple(5 if k == 1 else k for k in code.co_consts)), {})
def closure(a):
    def inner(b): return a, b
    return inner
c = closure(1).__code__
n = c.replace(co_freevars=('q',), co_varnames=('r',))
print(n.co_freevars, n.co_varnames, types.FunctionType(n, {}, 'x', None, (types.CellType(9),))(8))
args = [getattr(c, n) for n in ('co_argcount', 'co_posonlyargcount', 'co_kwonlyargcount', 'co_nlocals', 'co_stacksize', 'co_flags', 'co_code', 'co_consts', 'co_names', 'co_varnames', 'co_filename', 'co_name', 'co_qualname', 'co_firstlineno', 'co_linetable', 'co_exceptiontable', 'co_freevars', 'co_cellvars')]
made = types.CodeType(*args)
print(made == c, types.FunctionType(made, {}, 'x', None, (types.CellType(9),))(7))
for diff in (-1, 1):
    t(types.CodeType, *args[:3], args[3] + diff, *args[4:])
t(types.CodeType, *args[:6], 'x', *args[7:])
t(types.CodeType, *args[:11], 5, *args[12:])
t(types.CodeType, *args[:8], (1,), *args[9:])
t(types.CodeType)
t(types.CodeType, x=1)
print(c.replace() == c, hash(c.replace()) == hash(c))
