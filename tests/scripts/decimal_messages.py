# _decimal: construction, conversions and operators, with what wrong arguments are told.
import copy
import pickle
from _decimal import *
from fractions import Fraction


def show(f, *args, **kwargs):
    try:
        print(repr(f(*args, **kwargs)))
    except BaseException as e:
        print(type(e).__name__, e)


D = Decimal
for v in (
    1, True, 10**40, -(10**19), 0.1, 1e300, -0.0, float("nan"), float("-inf"), "1.50", " 1_000 ", "1__0", "_1", "١٢.5", "\ud800", "1\0", "", ".", "1e", "e5",
    "-.5E+3", "+5.e-2", "Infinity", "-iNF", "nan007", "sNaN12", "-nan", "nanx", "1e999999999999999999", "1e1000000000000000000", "0e-1999999999999999998",
    (0, (1, 2), -1), [1, [0, 0, 5], 2], (0, (), 0), (0, (0, 0), "F"), (1, (1, 2), "n"), (0, (0,), "N"), (1, 2), (2, (1,), 1), (0, (10,), 1), (0, 1, 1),
    (0, ("a",), 1), (0, (1,), 1.5), (0, (1,), "x"), (0, (1,), 2**63), {}, None, b"1", 1j, Fraction(1, 2),
):  # fmt: skip
    show(D, v)
    show(Context(prec=3).create_decimal, v)
show(D)
show(D, 1, 2)
show(D, 1, 2, 3)
show(D, x=1)
show(D, value="x", context=ExtendedContext)
show(D.from_float, "x")
show(D.from_float, 3)
show(D.from_float, 2.5e-10)

for name in ("compare", "quantize", "fma", "exp", "max", "to_integral_value", "same_quantum", "number_class", "as_tuple", "is_nan", "__round__", "__format__"):
    method = getattr(D(5), name)
    for args in ((), (1,), ("x",), (1.5,), (1, 2, 3, 4), (1, None), (1, 1, 1)):
        show(method, *args)
    show(method, context=1)
    show(method, zz=1)
    show(method, 1, context=None)
c = Context()
for name in ("add", "exp", "power", "fma", "canonical", "is_nan", "radix", "copy_decimal", "to_sci_string", "divmod", "create_decimal", "quantize"):
    method = getattr(c, name)
    for args in ((), (1,), (1, 2), (1, "x"), (1.5,), (7, 2, 4)):
        show(method, *args)
    show(method, x=1)

a = D("-7.25")
for b in (2, D("0.5"), 1.5, "x", None, Fraction(1, 4), 1 + 0j, 2j, D("nan"), D("snan"), D("inf"), 0):
    for f in (
        lambda: a + b, lambda: b - a, lambda: a * b, lambda: a / b, lambda: a // b, lambda: a % b, lambda: divmod(b, a), lambda: a**b, lambda: b**a,
        lambda: a < b, lambda: b >= a, lambda: a == b, lambda: b != a, lambda: pow(a, b, 3), lambda: pow(7, a, b),
    ):  # fmt: skip
        show(f)
for x in (a, D("0"), D("2.5"), D("-0"), D("1E+3"), D("nan12"), D("snan"), D("-inf"), D("1E-400"), D("9.995E+2"), D(10**30) / 7):
    for f in (int, float, complex, round, hash, bool, abs, repr, str, D.as_tuple, D.as_integer_ratio, D.__floor__, D.__ceil__, D.__trunc__, D.adjusted):
        if not (f is hash and x.is_qnan()):
            show(f, x)
    show(round, x, 1)
    show(round, x, -1)
    show(round, x, 2**70)
    print(x.to_eng_string(), +x if not x.is_snan() else "", x.real, x.imag, pickle.loads(pickle.dumps(x)), copy.deepcopy(x) is x)
print(D("0.5") == Fraction(1, 2), D("0.5") < Fraction(2, 3), Fraction(1, 3) > D("0.3"), hash(D("0.25")) == hash(Fraction(1, 4)), {D("1.0"): 1}[1.0])
show(lambda: setattr(a, "real", 1))
show(lambda: setattr(a, "zz", 1))
show(D.from_float(2.0).__deepcopy__)
show(hash, D("1e400"))
show(hash, D("-0.1"))


class Sub(Decimal):
    def __repr__(self):
        return "Sub(%s)" % self


s = Sub("1.5")
s.note = "kept"
print(s, repr(s), s.note, type(s + 1), type(+s), type(Sub(s)), type(D(s)), type(Sub.from_float(2.5)), type(copy.copy(s)), type(s.copy_abs()), s.__reduce__())
print(type(s.conjugate()), type(round(s, 1)), isinstance(s, Decimal), pickle.loads(pickle.dumps(D(s))), s == 1.5, type(s.real))
