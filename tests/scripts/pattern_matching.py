# match: literals, captures, sequences, mappings, classes, guards, alternatives, stars, values.
from dataclasses import dataclass
from enum import Enum


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass
class Point:
    x: int
    y: int


class Pair:
    __match_args__ = ("left", "right")

    def __init__(self, left, right):
        self.left, self.right = left, right


def describe(value):
    match value:
        case None | True | False:
            return "singleton"
        case 0:
            return "zero"
        case -1 | 1.5 | 2 + 3j:
            return "odd number"
        case int(n) if n > 100:
            return f"big {n}"
        case int() | float() as number:
            return f"number {number}"
        case "hello" | b"hello":
            return "greeting"
        case str(s):
            return f"string {s}"
        case Colour.RED:
            return "red"
        case Colour():
            return "another colour"
        case []:
            return "empty sequence"
        case [x]:
            return f"one: {x}"
        case [1, *rest]:
            return f"starts with 1, then {rest}"
        case [first, *_, last] if first == last:
            return f"framed by {first}"
        case (a, (b, c)):
            return f"nested {a} {b} {c}"
        case {"kind": "circle", "r": r}:
            return f"circle {r}"
        case {"kind": kind, **others}:
            return f"{kind} with {others}"
        case {}:
            return "mapping"
        case Point(x=0, y=0):
            return "origin"
        case Point(x, y=0):
            return f"on the x axis at {x}"
        case Point(x=x, y=y):
            return f"point {x} {y}"
        case Pair(Point(a, _), [b, *_]):
            return f"pair {a} {b}"
        case _:
            return "something else"


for value in (
    None,
    True,
    0,
    -1,
    1.5,
    2 + 3j,
    101,
    42,
    4.5,
    "hello",
    b"hello",
    "x",
    Colour.RED,
    Colour.BLUE,
    [],
    [5],
    [1, 2, 3],
    (7, 8, 7),
    (1.0, (2, 3)),
    [9, [2, 3]],
    {"kind": "circle", "r": 3},
    {"kind": "box", "w": 1},
    {},
    Point(0, 0),
    Point(3, 0),
    Point(1, 2),
    Pair(Point(5, 6), [7, 8]),
    Pair(1, 2),
    {1},
    range(3),
    b"ab",
    bytearray(b"x"),
    (x for x in ()),
):
    print(describe(value))


def bindings(value):
    x = "before"
    match value:
        case (x, 1):
            pass
        case _:
            pass
    return x


print(bindings((5, 1)), bindings((5, 2)))
match 1, 2:
    case a, b:
        print(a, b)
try:
    match Pair(1, 2):
        case Pair(1, 2, 3):
            pass
except TypeError as error:
    print(error)
try:
    match 5:
        case int(1, 2):
            pass
except TypeError as error:
    print(error)
try:
    match {"a": 1}:
        case Point.missing:
            pass
except AttributeError as error:
    print(error)
match = {"case": 1}
case = match["case"]
print(match, case)
