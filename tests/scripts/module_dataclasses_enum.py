# dataclasses and enum.
import dataclasses
import enum
from dataclasses import dataclass, field


@dataclass(order=True)
class Point:
    x: int
    y: int = 0
    tags: list = field(default_factory=list, compare=False, repr=False)

    def __post_init__(self):
        self.total = self.x + self.y


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    name: str
    size: int = 3


p = Point(1, 2)
print(
    p,
    p == Point(1, 2),
    p < Point(2),
    p.total,
    dataclasses.asdict(p),
    dataclasses.astuple(p),
    dataclasses.replace(p, x=9),
    [f.name for f in dataclasses.fields(Point)],
    Point.__match_args__,
)
c = Config(name="n")
print(c, hash(c) == hash(Config(name="n")), dataclasses.is_dataclass(c))
for bad in (
    lambda: setattr(c, "name", "x"),
    lambda: Point(),
    lambda: Config("n"),
    lambda: hash(p),
    lambda: dataclass(type("Bad", (), {"__annotations__": {"a": list}, "a": []})),
    lambda: p < 5,
):
    try:
        bad()
    except (TypeError, ValueError, AttributeError) as error:
        print(type(error).__name__, error)


class Colour(enum.Enum):
    RED = 1
    GREEN = "g"
    CRIMSON = 1

    @property
    def shout(self):
        return self.name + "!"


class Level(enum.IntEnum):
    LOW = enum.auto()
    HIGH = enum.auto()


class Mode(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()
    BOTH = READ | WRITE


class Text(enum.StrEnum):
    A = enum.auto()


print(
    Colour.RED,
    repr(Colour.GREEN),
    Colour("g"),
    Colour["RED"],
    Colour.CRIMSON is Colour.RED,
    list(Colour),
    Colour.RED.shout,
    Colour.RED.value,
    Colour.__members__,
    Colour.RED in Colour,
    len(Colour),
)
print(
    Level.LOW < Level.HIGH,
    Level.HIGH + 1,
    Level(2),
    f"{Level.LOW}",
    Mode.READ | Mode.WRITE,
    Mode.BOTH & Mode.READ,
    ~Mode.READ,
    Mode.READ in Mode.BOTH,
    Mode(0),
    list(Mode.BOTH),
    Text.A,
    repr(Text.A),
    {Colour.RED: 1},
)
for bad in (
    lambda: Colour(9),
    lambda: Colour["x"],
    lambda: setattr(Colour, "RED", 2),
    lambda: type("Sub", (Colour,), {}),
    lambda: Colour.RED < Colour.GREEN,
    lambda: Colour.BLUE,
    lambda: Mode(9),
):
    try:
        bad()
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        print(type(error).__name__, error)
print(enum.Enum("Animal", "CAT DOG").DOG, enum.unique(Level), Colour.RED.name)
