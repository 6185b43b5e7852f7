# format() of Decimal: the specification, rounding, grouping, what is refused.
import locale
from _decimal import *


def show(x, *spec):
    try:
        print(repr(x.__format__(*spec)), end=" ")
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e, end=" ")


numbers = [Decimal(x) for x in "1 -1 0 -0.0 12345.678 -0.001 0E+5 0E-9 123456789012345678901234567890 1E+1000 -9.9999E-8 99.95 1.5E+3".split()]
specials = [Decimal(x) for x in "nan -snan12 inf -inf".split()]
specs = """ | |+|-|e|E|f|F|g|G|n|N|%|.0|.1|.3|.10|.0e|.2E|.0f|.2f|.30f|.1F|.0g|.4G|.1%|10|<10|>10|^10|=10|*^15|x=+15|é<20|010|015,|020,.2f|,|,.1f|,%|z|z.1f|z.1F|z.1
    |+z,|z010.1f|z_>10.1f|+010|^+,.2e|.3n| 12|-12.2f|0=12|{<12|1zf|zz|_|,n|#f|10d|<010|.|x|5x|.99999999999999999999|99999999999999999999|10.|,,|\0<6|<<6"""
for spec in specs.replace("\n    ", "").split("|"):
    print(repr(spec), end=": ")
    for x in numbers + specials:
        if not ("f" in spec.lower() + ("%" in spec) * "f" and x.adjusted() > 500):
            show(x, spec)
    print()
for rounding in (ROUND_UP, ROUND_DOWN, ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_05UP):
    with localcontext(prec=2, rounding=rounding, capitals=0):
        for x in (Decimal("2.345"), Decimal("-2.355"), Decimal("9.995"), Decimal("1E-7")):
            show(x, ".2f")
            show(x, ".1e")
            show(x, ".2")
            show(x, "")
    print()
x = Decimal("1234567.891")
for override in (
    None, 3, {}, {"decimal_point": ","}, {"decimal_point": "xx"}, {"thousands_sep": "é", "grouping": "\3\0"}, {"grouping": "\3\2\0", "thousands_sep": " "},
    {"grouping": "\3\x7f", "thousands_sep": "."}, {"grouping": "\xff", "thousands_sep": "."}, {"decimal_point": 1}, {"grouping": "", "thousands_sep": ""},
    {"thousands_sep": "yyyyy"},
):  # fmt: skip
    for spec in ("n", ",", "020n", ".2f"):
        show(x, spec, override)
    print()
show(x)
show(x, 1)
show(x, "f", {}, 3)
print(f"{x:>20,.2f}|{x!s:>15}|{Decimal('Infinity'):08}|{Decimal('-5'):08.2f}|{Decimal('1234'):=+12,}|" + "{:.3}".format(x))
