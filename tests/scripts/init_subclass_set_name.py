# __init_subclass__, __set_name__, __class_getitem__ and __mro_entries__.


class Plugin:
    registry = []

    def __init_subclass__(cls, /, tag=None, **keywords):
        super().__init_subclass__(**keywords)
        cls.tag = tag
        Plugin.registry.append((cls.__name__, tag))


class A(Plugin, tag="a"):
    pass


class B(A):
    pass


print(Plugin.registry, A.tag, B.tag)
try:

    class C(Plugin, colour="red"):
        pass

except TypeError as error:
    print(error)


class Named:
    def __set_name__(self, owner, name):
        print("set_name", owner.__name__, name)
        self.name = name

    def __get__(self, instance, owner):
        return self if instance is None else f"<{self.name}>"


class Holder:
    first = Named()
    second = Named()


print(Holder().first, Holder.second.name)


class Bad:
    def __set_name__(self, owner, name):
        raise ValueError("no")


try:

    class Owner:
        bad = Bad()

except RuntimeError as error:
    print(error, "/", repr(error.__cause__))
except ValueError as error:
    print(repr(error), getattr(error, "__notes__", None))


class Box:
    def __class_getitem__(cls, item):
        return f"{cls.__name__}[{item}]"


print(Box[int, "x"], list[int], dict[str, int], tuple[int, ...])


class Proxy:
    def __mro_entries__(self, bases):
        print("mro_entries", len(bases))
        return (dict,)


proxy = Proxy()


class D(proxy):
    pass


print(D.__bases__, D.__orig_bases__ == (proxy,), D(a=1))
