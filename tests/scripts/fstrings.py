# f-strings: conversions, formats, nesting, =, quotes, and expressions of every kind.

name, width, value, items = "Weft", 10, 3.14159, [1, 2, 3]
print(f"{name} {name!r} {name!s:>{width}} {value:.2f} {value:{width}.{3}f} {items[0]} {items!r:^20}|")
print(f"{name=} {value = :.3f} {items=!s} {1 + 1=} { name = }")
print(
    f"{{literal}} {{{name}}} {'nested ' + f'{name}'} {len(items)!r} {(lambda x: x * 2)(4)} {items[-1]:03d} {'a' if items else 'b'}"
)
print(f"{name.upper()} {', '.join(str(i) for i in items)} { {1: 2}[1] } {'é'!a}")
print(
    rf"\d{name}\n",
    f"\x41{name}\t|",
    f'''triple {
    name
} line''',
    f"{name}" "plain {name}" f"{value}",
)
print(
    f"{10:#06x} {10:,} {1234567:_} {True} {None} {...} {1 == 1} {3 != 4} {name!r:*^12} {value:+} {'x':5}| {5:<5}| {0.5:.0%}"
)


class Format:
    def __format__(self, spec):
        return f"<{spec}>"

    def __repr__(self):
        return "repr"

    def __str__(self):
        return "str"


o = Format()
print(f"{o} {o:abc} {o!r} {o!s:>6} {o:{name}} {o:%H:%M} {o=}")


def f():
    x = 1
    return [f"{x}{y}" for y in range(3)], f"{(y := 5)} {y}", (lambda: f"{x}")()


print(f())
for bad in (
    "f'{}'",
    "f'{a b}'",
    "f'{a!x}'",
    "f'{'",
    "f'}'",
    "f'{a:{b:{c}}}'",
    "f'{!r}'",
    "f'{a!}'",
    "f'{a;b}'",
    "f'{lambda x: 1}'",
    "f'{*a}'",
    "f'{yield}'",
    "f'{a['",
    "f'{#}'",
):
    try:
        compile(bad, "<f>", "eval")
        print(bad, "compiles")
    except SyntaxError as error:
        print(bad, "fails")
for bad in (
    lambda: f"{name:d}",
    lambda: f"{value:x}",
    lambda: f"{items:>5}",
    lambda: f"{None:5}",
    lambda: f"{undefined}",
):
    try:
        print(bad())
    except (ValueError, TypeError, NameError) as error:
        print(type(error).__name__, error)
