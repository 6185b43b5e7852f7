# _decimal: every operation of Context on chosen and random operands, in contexts of all kinds: results, flags, errors.
import random
from _decimal import *

roundings = [ROUND_UP, ROUND_DOWN, ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_05UP]
unary = """exp ln log10 sqrt logb logical_invert next_minus next_plus normalize number_class abs minus plus to_integral to_integral_exact to_sci_string
    to_eng_string is_normal is_subnormal is_zero is_signed copy_abs copy_negate _apply""".split()
binary = """compare compare_signal compare_total compare_total_mag copy_sign max max_mag min min_mag next_toward remainder_near rotate scaleb shift
    add subtract multiply divide divide_int remainder quantize divmod same_quantum power""".split()
r = random.Random(20)


def digits(n):
    """Digits of which roundings make something special, or just any."""
    choices = ["9" * n, "1" + "0" * (n - 1), "5" + "0" * (n - 1), "4" + "9" * (n - 1), "1" + "0" * (n - 1) + "1"]
    return r.choice(choices) if r.random() < 0.35 else "".join(r.choice("0123456789") for _ in range(n))


def number():
    sign = r.choice(["", "", "-"])
    kind = r.random()
    if kind < 0.04:
        return Decimal(sign + r.choice(["inf", "nan", "nan123", "snan", "snan7", "nan" + "1234567890" * 4]))
    if kind < 0.07:
        return Decimal(sign + "0E%d" % r.randint(-40, 40))
    n = r.choice([1, 1, 2, 3, 9, 10, 19, 20, 28, 29, 38, 39, 60])
    return Decimal(sign + digits(n) + "E%d" % r.choice([0, 0, -2, r.randint(-n - 5, 5), r.randint(-40, 40), r.randint(-400, 400)]))


def bits(n):
    return Decimal("".join(r.choice("01") for _ in range(r.randint(1, n))))


def context():
    return Context(
        prec=r.choice([1, 2, 3, 5, 9, 16, 19, 20, 28, 28, 34, 50]),
        rounding=r.choice(roundings),
        Emin=-r.choice([0, 1, 9, 50, 383, 999999]),
        Emax=r.choice([0, 1, 9, 50, 384, 999999]),
        capitals=r.randint(0, 1),
        clamp=r.randint(0, 1),
        traps=[],
    )


def moderate(x, least, most):
    """x with another exponent, so that functions of it neither overflow nor are trivial."""
    return x.scaleb(r.randint(least, most) - x.adjusted()) if x.is_finite() else x


def operands(name):
    a, b = number(), number()
    if name.startswith("logical") and r.random() < 0.8:
        return bits(40), bits(40)
    if name == "exp" and r.random() < 0.8:
        a = moderate(a, -12, 3)
    if name in ("ln", "log10") and r.random() < 0.3:
        a = 1 + Decimal(r.randint(-99999, 99999)).scaleb(r.randint(-30, -6))
    if name in ("rotate", "shift", "scaleb") and r.random() < 0.8:
        b = Decimal(r.randint(-40, 40))
    if name == "quantize" and r.random() < 0.7:
        b = Decimal((0, (1,), r.randint(-20, 20)))
    if name == "power":
        a, b = moderate(a, -3, 3), Decimal(r.randint(-60, 60)) if r.random() < 0.6 else moderate(b, -3, 2)
    return a, a if r.random() < 0.03 else b


def show(name, c, *args):
    try:
        result = repr(getattr(c, name)(*args))
    except Exception as e:
        result = "%s: %s" % (type(e).__name__, e)
    print(name, *args, "->", result, c)


for name in unary:
    for _ in range(12):
        show(name, context(), operands(name)[0])
for name in binary:
    for _ in range(15):
        show(name, context(), *operands(name))
for name in ("logical_and", "logical_or", "logical_xor"):
    for _ in range(5):
        show(name, context(), *operands(name))
for _ in range(15):
    show("fma", context(), number(), number(), number())
    show("power", context(), Decimal(r.randint(-99, 99)), Decimal(r.randint(-1, 40)), Decimal(r.randint(-99, 99)))
    show("create_decimal", context(), str(number()))

# specials against all
specials = [Decimal(x) for x in ("inf", "-inf", "nan5", "snan6", "0", "-0", "1", "-2.50")]
for name in binary:
    for a in specials:
        print(name, a, [str(getattr(Context(prec=5, traps=[]), name)(a, b)) for b in specials])
for a in specials:
    for b in specials:
        print(a, b, [str(Context(prec=5, traps=[]).fma(a, b, x)) for x in specials])
