# Names: local, global, nonlocal, built-in, del, class scope, exec's, unbound ones.
import builtins

value = "global"


def read():
    return value


def write():
    global value, made
    value = "written"
    made = "made"


def unbound():
    try:
        print(value)
    except UnboundLocalError as error:
        print(error)
    value = 1
    del value
    try:
        print(value)
    except UnboundLocalError as error:
        print(error)
    try:
        del value
    except UnboundLocalError as error:
        print(error)


def conditional(flag):
    if flag:
        here = 1
    try:
        return here
    except UnboundLocalError as error:
        return str(error)


print(read())
write()
print(read(), made)
unbound()
print(conditional(True), conditional(False))


class C:
    value = "class"
    seen = value

    def method(self):
        return value

    class Inner:
        try:
            inner = seen
        except NameError as error:
            inner = str(error)


print(C.seen, C().method(), C.Inner.inner)


def outer():
    value = "enclosing"

    class D:
        first = value
        value = "shadow"
        second = value

    def nested():
        nonlocal value
        value += "!"
        return value

    return D.first, D.second, nested(), value


try:
    print(outer())
except NameError as error:
    print(error)
len = lambda x: "shadowed"
print(len([]))
del len
print(len([]))
builtins.custom = 7
print(custom)
del builtins.custom
try:
    custom
except NameError as error:
    print(error, error.name)
try:
    valeu
except NameError as error:
    print(error)
for loop in range(2):
    pass
print(loop)
del loop
try:
    loop
except NameError as error:
    print(error)


def two():
    a = 1

    def inner():
        return a, b

    b = 2
    return inner


print(two()())


def mangled():
    class M:
        __private = 1

        def get(self):
            return self.__private

    return sorted(n for n in vars(M) if "private" in n), M().get()


print(mangled(), "__name__" in globals(), __name__)
print([k for k in globals() if k == "value"], (lambda: (lambda: value)())())
