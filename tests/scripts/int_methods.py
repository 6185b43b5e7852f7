# int: literals, arithmetic of any size, conversions, methods, and messages.
import math

print(
    0x_FF, 0b1010, 0o17, 1_000_000, -7 // 2, -7 % 3, 7 // -2, 7 % -3, divmod(-7, 2), 2**100, 2**-1, 0**0
)
big = 3**200
print(
    big,
    big // 7**50,
    big % 10**20,
    -big >> 100,
    big << 3 == big * 8,
    big & 0xFFFF,
    big | 1 == big,
    ~big,
    big ^ big,
)
print(
    big.bit_length(),
    (255).bit_count(),
    (1024).to_bytes(2, "big"),
    (-5).to_bytes(4, "little", signed=True),
    int.from_bytes(b"\xff\x00", "big"),
    int.from_bytes(b"\xff\xfe", "little", signed=True),
    (5).as_integer_ratio(),
    (5).conjugate(),
    (5).real,
    (5).imag,
    (5).numerator,
    (5).denominator,
)
print(
    int("  42  "),
    int("-0x1f", 16),
    int("0b11", 0),
    int("z", 36),
    int("1_000"),
    int(3.99),
    int(-3.99),
    int(True),
    int(b"12"),
    int("٣"),
    int(),
    int("7" * 50),
)
for bad in (
    lambda: int("x"),
    lambda: int("1.5"),
    lambda: int(""),
    lambda: int("12", 1),
    lambda: int(None),
    lambda: int("9", 8),
    lambda: int(float("inf")),
    lambda: int(float("nan")),
    lambda: 1 // 0,
    lambda: 1 % 0,
    lambda: 1 << -1,
    lambda: (300).to_bytes(1, "big"),
    lambda: (-1).to_bytes(1, "big"),
    lambda: int("1__0"),
    lambda: 0**-1,
    lambda: pow(2, -1, 4),
    lambda: pow(2, 3, 0),
    lambda: int(5, 10),
    lambda: divmod(1, 0),
    lambda: int([]),
    lambda: (1).to_bytes(1, "middle"),
):
    try:
        print(bad())
    except (ValueError, TypeError, OverflowError, ZeroDivisionError) as error:
        print(type(error).__name__, error)
print(pow(3, -1, 7), pow(7, 10**20, 1000), pow(-3, 3, 5), pow(2, 5))
print(
    f"{1234567:,} {1234567:_} {255:x} {255:#X} {255:b} {255:#o} {255:08.3f} {42:+} {42: } {42:<6}| {42:^6}| {42:*>6} {-42:06}"
)
print(f"{10 ** 30:,} {65:c} {1e3:n} {3:e} {3:%} {-255:#_b} {2 ** 40:_x}")
for spec in (".2", "s", "q", ",n", "10.3d", "_c", "z"):
    try:
        print(format(5, spec))
    except ValueError as error:
        print(error)
print(hash(2**61 - 1), hash(2**61), hash(-1), hash(-2), hash(10**30), hash(True))
print(
    9007199254740993 == 9007199254740992.0,
    2**53 + 1 > float(2**53),
    10**400 > 1e308,
    -(10**400) < float("-inf"),
    1 == 1.0 == True == (1 + 0j),
)
print(
    math.isqrt(10**40),
    math.gcd(12, 18, 27),
    math.lcm(4, 6),
    math.factorial(30),
    math.comb(50, 25),
    math.perm(10, 3),
)
print(
    round(12345, -2),
    round(15, -1),
    round(25, -1),
    round(-15, -1),
    (10**40).__round__(-39),
    abs(-big) == big,
)
print(10**25 / 10**5, (10**400) // (10**399), 2**1000 / 2**999)
try:
    10**400 / 3
except OverflowError as error:
    print(error)
try:
    float(10**400)
except OverflowError as error:
    print(error)
print(
    2**62,
    2**63,
    -(2**62) - 1,
    2**62 - 1 + 1,
    (2**62) * -1,
    4611686018427387903 + 1,
    -4611686018427387904 - 1,
    3037000500 * 3037000500,
    (2**31) * (2**31),
    (-(2**62)) // -1,
    -(-(2**62)),
    abs(-(2**62)),
    -(2**63),
    2**64 - 1,
)
print(
    (1 << 62) - (1 << 62),
    (1 << 100) >> 99,
    (1 << 64) % 10,
    (1 << 64) // (1 << 62),
    -1 >> 1000,
    1 >> 1000,
    0 << 10**6,
)


class Sub(int):
    def __repr__(self):
        return f"Sub({int(self)})"


print(Sub(5), Sub(5) + 1, type(Sub(5) + Sub(6)).__name__, Sub("7") == 7, {7: 1}[Sub(7)])
