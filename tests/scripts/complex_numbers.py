# complex: literals, arithmetic, repr, parsing, cmath.
import cmath

z = 3 + 4j
print(z, -z, z.real, z.imag, abs(z), z.conjugate(), z * z, z / (1 - 2j), z**2, z**0.5, z**-1, 1j**2)
print(
    complex("1+2j"),
    complex(" -1.5j "),
    complex("(3-4J)"),
    complex(1, 2),
    complex(1j, 1j),
    complex("nan+infj"),
    0j,
    -0j,
    1e20j,
)
print(z == 3 + 4j, z != 3, 3 + 0j == 3, hash(3 + 0j) == hash(3), hash(1j), z + 1, 1.5 - z, 2 * z, bool(0j))
for bad in (
    lambda: complex("x"),
    lambda: complex("1 + 2j"),
    lambda: z < z,
    lambda: z // 1,
    lambda: z % 1,
    lambda: z / 0,
    lambda: int(z),
    lambda: float(z),
    lambda: 0j**-1,
    lambda: complex("1", 2),
    lambda: complex(1, "2"),
    lambda: divmod(z, 1),
    lambda: complex([]),
    lambda: round(z),
):
    try:
        print(bad())
    except (ValueError, TypeError, ZeroDivisionError) as error:
        print(type(error).__name__, error)
print(
    f"{z:.2f} {z:e} {z:g} {z} {1.5j:+.1f} {z:>12} {z:,}",
    format(z, ".3"),
    repr(complex(-0.0, -0.0)),
    complex(0, -1),
)
print(
    cmath.sqrt(-1),
    cmath.phase(-1 + 0j),
    cmath.polar(1j),
    cmath.isnan(complex("nan")),
    cmath.exp(0j),
    cmath.log(1j),
)
print([complex(a, b) for a in (0.0, -0.0, float("inf")) for b in (1, float("nan"))])
