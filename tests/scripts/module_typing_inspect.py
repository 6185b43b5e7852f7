# typing, inspect, types, abc: the run-time parts that programs use.
import abc
import inspect
import types
import typing
from typing import Any, Callable, Generic, NamedTuple, Optional, Protocol, TypedDict, TypeVar, Union

T = TypeVar("T")


class Box(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item


class Movie(TypedDict, total=False):
    name: str
    year: int


class Pair(NamedTuple):
    left: int
    right: str = "r"


@typing.runtime_checkable
class Closes(Protocol):
    def close(self):
        ...


print(
    Box[int],
    Box[int](5).item,
    Optional[int],
    Union[int, str, int],
    Callable[[int], str],
    list[dict[str, Any]],
    typing.get_type_hints(Box.__init__),
    Movie(name="m"),
    Pair(1),
    Pair.__annotations__,
    isinstance(open, Closes),
    typing.get_origin(list[int]),
    typing.get_args(dict[str, int]),
    typing.cast(int, "x"),
    T,
    int | None,
)


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self):
        ...

    @property
    @abc.abstractmethod
    def name(self):
        ...


class Half(Shape):
    def area(self):
        return 1


for kind in (Shape, Half):
    try:
        kind()
    except TypeError as error:
        print(error)
Shape.register(int)
print(isinstance(5, Shape), sorted(Shape.__abstractmethods__))


def f(a, /, b: int = 2, *args, c, d=None, **kw) -> str:
    """Doc
    more."""


signature = inspect.signature(f)
print(
    signature,
    [str(p.kind) for p in signature.parameters.values()],
    signature.bind(1, c=3).arguments,
    inspect.getdoc(f),
    inspect.isfunction(f),
    inspect.isclass(Box),
    inspect.ismethod(Box(1).__init__),
    inspect.isgeneratorfunction(f),
    inspect.getmro(Half)[1].__name__,
    inspect.isabstract(Shape),
    inspect.isbuiltin(len),
    inspect.ismodule(abc),
)
try:
    signature.bind(1)
except TypeError as error:
    print(error)
print(
    types.SimpleNamespace(a=1, b="x"),
    types.MappingProxyType({"a": 1}),
    isinstance(f, types.FunctionType),
    types.new_class("N", (int,), {}, lambda ns: ns.update(v=1)).v,
    type(inspect.currentframe()).__name__,
    inspect.currentframe().f_lineno,
    inspect.getsource(Half).splitlines()[0],
    inspect.getfullargspec(f).kwonlyargs,
)


def caller():
    return inspect.stack()[1].function, inspect.currentframe().f_back.f_code.co_name


def outer():
    return caller()


print(outer(), inspect.unwrap(f) is f, inspect.cleandoc("  a\n    b\n  c"))
