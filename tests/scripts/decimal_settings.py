# _decimal's contexts: settings and their limits, flags and traps, the current context, copies and pickles.
import contextvars
import copy
import inspect
import pickle
import threading
from _decimal import *
import _decimal


def show(f, *args, **kwargs):
    try:
        print(repr(f(*args, **kwargs)))
    except BaseException as e:
        print(type(e).__name__, e)


c = Context()
bad = dict(prec=0, Emin=1, Emax=-1, rounding="x", capitals=2, clamp=-1, flags=1, traps=[1])
wrong = dict(prec="x", Emin=None, Emax=1.5, rounding=1, capitals="x", clamp=2**70, flags={}, traps={Inexact: 1})
good = dict(prec=5, Emin=-9, Emax=9, rounding=ROUND_UP, capitals=0, clamp=1, flags=[Inexact, Clamped], traps=[Overflow])
for settings in (bad, wrong, good):
    for name, value in settings.items():
        show(Context, **{name: value})
        show(setattr, c, name, value)
        show(lambda: localcontext(**{name: value}).__enter__())
        show(delattr, c, name)
setcontext(Context())
show(Context, 5, ROUND_UP, -3, 3, 0, 1, [Inexact], [Rounded])
show(Context, 1, 2)
show(Context, *[None] * 9)
show(Context, zz=1)
show(setattr, c, "zz", 1)
show(setcontext, 1)
show(localcontext, 1)
for template in (BasicContext, ExtendedContext, DefaultContext):
    print(template, template.Etiny(), template.Etop(), template.copy() is template)
    setcontext(template)
    print(getcontext() is template)

# signals
c = Context()
flags = c.flags
print(flags, len(flags), list(flags) == list(flags.keys()), flags is flags, type(flags).__name__, [k.__name__ for k in flags])
flags[Inexact] = 5
print(flags[Inexact], flags.get(Overflow), flags.get("x", 3), flags.copy() == flags, flags == ExtendedContext.flags, flags != (d := Context(flags=[Inexact])).flags)
show(lambda: flags["x"])
show(lambda: flags.__setitem__(1, 1))
show(lambda: flags.__delitem__(Inexact))
show(lambda: flags < flags)
show(hash, flags)
for e in (DecimalException, Clamped, InvalidOperation, DivisionByZero, Inexact, Rounded, Subnormal, Overflow, Underflow, FloatOperation, ConversionSyntax,
          DivisionImpossible, DivisionUndefined, InvalidContext):  # fmt: skip
    print(e, e.__bases__, e.__doc__, e.__module__)
c = Context(prec=3, Emax=5, Emin=-5, traps=[])
for f in (
    lambda: c.divide(1, 3), lambda: c.divide(1, 0), lambda: c.divide(0, 0), lambda: c.create_decimal("x"), lambda: c.multiply(Decimal("1E5"), 100),
    lambda: c.multiply(Decimal("1.23E-5"), Decimal("0.01")), lambda: c.create_decimal("1E-7"), lambda: c.create_decimal("0E9"), lambda: c.compare("x", 1),
    lambda: c.divide_int(10**9, 1), lambda: c.sqrt(-1), lambda: c.create_decimal(1.5), lambda: c.create_decimal_from_float(1.25),
):  # fmt: skip
    c.clear_flags()
    show(f)
    print(c.flags.copy() == dict(c.flags), c)
    d = c.copy()
    d.clear_flags()
    d.traps = dict.fromkeys(d.traps, True)
    c, keep = d, c
    show(f)
    c = keep
c = Context(prec=7, traps=[FloatOperation])
setcontext(c)
for f in (lambda: Decimal(1.5), lambda: Decimal(1) < 1.5, lambda: Decimal(1) == 1.5, lambda: Decimal.from_float(1.5), lambda: Decimal(1) == 1 + 0j):
    c.clear_flags()
    show(f)
    print(c.flags[FloatOperation])
print(pickle.loads(pickle.dumps(c)), copy.copy(c), c.__reduce__(), c._apply(Decimal("1.23456789")), c.radix())

# the current context
with localcontext(Context(prec=4), rounding=ROUND_DOWN) as inner:
    print(inner is getcontext(), Decimal(2) / 3, inner.prec)
    with localcontext() as more:
        more.prec = 2
        print(Decimal(2) / 3)
    print(Decimal(2) / 3)
print(getcontext() is c, Decimal(2) / 3)
seen = []


def other():
    seen.append(getcontext() is c)
    seen.append(Decimal(2) / 3)
    getcontext().prec = 9
    seen.append(Decimal(2) / 3)


thread = threading.Thread(target=other)
thread.start()
thread.join()
contextvars.copy_context().run(other)
print(seen, getcontext().prec, [v.name for v in contextvars.copy_context()])
setcontext(c)
contextvars.Context().run(other)
print(seen[6:], getcontext() is c, getcontext().prec)


class Sub(Context):
    def __init__(self, prec=None, note=None):
        super().__init__(prec=prec)
        self.note = note


s = Sub(6, note="x")
print(s, s.note, type(s.copy()), type(copy.copy(s)), s.divide(2, 3), type(s))
setcontext(s)
print(getcontext() is s, Decimal(2) / 3)
print(MAX_PREC, MAX_EMAX, MIN_EMIN, MIN_ETINY, HAVE_THREADS, HAVE_CONTEXTVAR, _decimal.__version__, _decimal.__libmpdec_version__, DecimalTuple._fields)
for x in (Decimal, Context, getcontext, setcontext, localcontext, Decimal.fma, Decimal.quantize, Context.power, Context.create_decimal, Context.add):
    print(inspect.signature(x), x.__name__, x.__qualname__)
import decimal

print(decimal.Decimal is Decimal, Decimal.__module__, Context.__module__, isinstance(Decimal(1), __import__("numbers").Number))
