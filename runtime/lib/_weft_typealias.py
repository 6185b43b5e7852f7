"""What a `type X = …` statement (PEP 695) makes."""
import sys
import types
import typing


class TypeAliasType:
    """A name for a type, whose value is computed when it is first asked for."""

    __slots__ = "__name__", "__type_params__", "_module", "_compute", "_value", "__weakref__"

    def __init__(self, name, type_params, compute):
        def put(key, value):
            object.__setattr__(self, key, value)
        put("__name__", name)
        put("__type_params__", type_params or ())
        put("_module", sys._getframe(1).f_globals.get("__name__"))
        put("_compute", compute)

    def __init_subclass__(cls):
        raise TypeError("type 'typing.TypeAliasType' is not an acceptable base type")

    def __setattr__(self, name, value):
        raise AttributeError(f"attribute '{name}' of 'typing.TypeAliasType' objects is not writable"
                             if name in type(self).__slots__ or name == "__value__"
                             else f"'typing.TypeAliasType' object has no attribute '{name}'")

    def __delattr__(self, name):
        raise AttributeError(f"attribute '{name}' of 'typing.TypeAliasType' objects is not writable")

    __module__ = property(lambda self: self._module)

    @property
    def __value__(self):
        try:
            return self._value
        except AttributeError:
            pass
        value = self._compute()
        object.__setattr__(self, "_value", value)
        return value

    @property
    def __parameters__(self):
        return tuple(p for param in self.__type_params__
                     for p in (param if isinstance(param, typing.TypeVarTuple) else (param,)))

    def __repr__(self):
        return self.__name__

    def __getitem__(self, parameters):
        if not self.__type_params__:
            raise TypeError("Only generic type aliases are subscriptable")
        return types.GenericAlias(self, parameters)

    def __or__(self, other):
        return typing.Union[self, other]

    def __ror__(self, other):
        return typing.Union[other, self]

    def __call__(self, *args, **kwargs):
        raise TypeError("'typing.TypeAliasType' object is not callable")

    def __reduce__(self):
        return self.__name__
