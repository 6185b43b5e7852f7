# float: shortest repr, special values, methods, rounding, formats, and messages.
import math

print(
    0.1,
    1 / 3,
    1e16,
    1e15,
    123456789012345678.0,
    1e-4,
    1e-5,
    5e-324,
    1.7976931348623157e308,
    -0.0,
    1e22,
    1e23,
    2.5e-7,
    100.0,
)
inf, nan = float("inf"), float("nan")
print(inf, -inf, nan, nan == nan, nan in [nan], inf - inf, inf * 0, -inf < inf, min(nan, 1), max(1, nan))
print(
    float("  1_0.5e1 "),
    float("-Infinity"),
    float("NaN"),
    float(".5"),
    float("5."),
    8.0,
    float(True),
    float(10**20),
    float(),
)
for bad in (
    lambda: float("x"),
    lambda: float(""),
    lambda: float("1e"),
    lambda: float(None),
    lambda: 1.0 / 0,
    lambda: 1.0 // 0,
    lambda: 1.0 % 0,
    lambda: 0.0**-1,
    lambda: 10.0**400,
    lambda: math.sqrt(-1),
    lambda: math.log(0),
    lambda: round(inf),
    lambda: round(nan),
    lambda: math.exp(1000),
    lambda: float("1__0"),
    lambda: float([]),
    lambda: math.floor(nan),
    lambda: float.fromhex("zz"),
    lambda: 1.5 << 1,
    lambda: divmod(1.0, 0),
):
    try:
        print(bad())
    except (ValueError, TypeError, OverflowError, ZeroDivisionError) as error:
        print(type(error).__name__, error)
print(
    (0.5).as_integer_ratio(),
    (3.0).is_integer(),
    (0.1).hex(),
    float.fromhex("0x1.999999999999ap-4"),
    (2.5).conjugate(),
)
print(
    round(0.5),
    round(1.5),
    round(2.5),
    round(2.675, 2),
    round(1234.5678, -2),
    round(-0.4),
    round(1e300, 2),
    round(5.0, 0),
)
print(
    7.5 // 2,
    -7.5 // 2,
    7.5 % -2,
    -7.5 % 2,
    divmod(-7.5, 2),
    2.0**0.5,
    (-8) ** (1 / 3),
    1e308 * 10,
    0.1 + 0.2,
)
print(
    f"{math.pi:.3f} {math.pi:10.2e} {math.pi:<10.4g}| {1e10:g} {1e-10:G} {0.5:%} {1234567.891:,.2f} {math.pi:+.0f} {1e6:_.1f}"
)
print(
    f"{nan:f} {inf:F} {-inf:10.2f} {0.0:z} {-0.0:.1f} {1.5:} {1.0:} {1e100:.3} {123.456:08.2f} {2.0:#.0f} {2.0:#g} {-1.5:=+10}"
)
print(
    repr(1e5),
    str(1e-7),
    "%r %s %.3f %e %g %10.3f|%-10.1f|%+f" % (0.1, 0.1, 0.1, 12345.678, 1e-5, 3.14159, 2.5, 1.0),
)
print(hash(0.5), hash(1.0), hash(inf), hash(-inf), hash(1e300), hash(-0.0), hash(0.1))
print(
    math.floor(-2.5),
    math.ceil(-2.5),
    math.trunc(-2.5),
    math.fmod(-7, 3),
    math.remainder(7, 4),
    math.modf(-2.75),
    math.frexp(10.0),
    math.ldexp(0.625, 4),
    math.copysign(1, -0.0),
    math.hypot(3, 4),
    math.dist((0, 0), (1, 1)),
    math.fsum([0.1] * 10),
    math.isclose(0.1 + 0.2, 0.3),
    math.nextafter(1.0, 2.0),
    math.ulp(1.0),
    math.prod([1.5, 2]),
    math.degrees(math.pi),
    math.atan2(-1, -1),
    math.log2(8),
    math.log10(1000),
    math.log(8, 2),
    math.cbrt(27.0),
)
print(
    1.0 == 1,
    0.1 == 1 / 10,
    1e16 + 1 == 1e16,
    3 < 3.5 < 4,
    2**70 == float(2**70),
    1.5 > 1,
    1e300 < 10**301,
)
values = [
    2**-255.0,
    2**256.0,
    2**-256.0,
    2**255.0,
    2**-257.0,
    1e77,
    1e78,
    -1e-77,
    -1e77,
    2.2250738585072014e-308,
]
print([v * 2 for v in values], [v + 0.0 == v for v in values], sum(values), sorted(values)[:3])


class F(float):
    pass


print(F(2.5) + 1, type(F(1.0) * 2).__name__, F("3.5"), -F(1.0), float.__getformat__("double"))
