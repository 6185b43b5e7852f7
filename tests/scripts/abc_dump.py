# What an abstract class remembers of answers is shown by _get_dump(): zope.interface finds virtual subclasses by it.
import _abc
import abc
import collections.abc
import gc


def dump(cls):
    registry, cache, negative, version = _abc._get_dump(cls)
    return [sorted(r().__name__ for r in refs if r() is not None) for refs in (registry, cache, negative)], type(version).__name__


print(dump(collections.abc.Iterator)[0][:2], dump(collections.abc.Generator)[0][:2])


class Base(abc.ABC):
    pass


class Below(Base):
    pass


class Both(Below, Base):
    pass


class Virtual:
    pass


class Other:
    pass


print(dump(Base))
Base.register(Virtual)
print(isinstance(Below(), Base), issubclass(Both, Base), issubclass(Other, Base), issubclass(int, Base), isinstance(type, Base), dump(Base))
del Below, Both
gc.collect()
print(dump(Base))
_abc._reset_caches(Base)
print(dump(Base))
_abc._reset_registry(Base)
print(dump(Base), issubclass(Virtual, Base))
try:
    _abc._get_dump(int)
except Exception as e:
    print(type(e).__name__, e)
