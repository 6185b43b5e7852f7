# Too deep recursion raises RecursionError, leaves everything usable, and the limit can be set.
# builds: ft gil debug asan
# (ThreadSanitizer cannot record stacks of more than 65,536 frames: its own runtime stops here.)
import sys


def down(n):
    return n if n == 0 else down(n - 1)


print(down(500), sys.getrecursionlimit())


def forever(n):
    return forever(n + 1)


for _ in range(3):
    try:
        forever(0)
    except RecursionError as error:
        print(error)


class Repr:
    def __repr__(self):
        return repr(self)


class Eq:
    def __eq__(self, other):
        return self == other


class Attribute:
    def __getattr__(self, name):
        return getattr(self, name + "x")


class Call:
    pass


Call.__call__ = Call()
for action in (lambda: repr(Repr()), lambda: Eq() == 1, lambda: Attribute().x, lambda: Call()()):
    try:
        action()
    except RecursionError as error:
        print("RecursionError", str(error)[:32])
sys.setrecursionlimit(5000)
print(down(4000))
sys.setrecursionlimit(200)
try:
    down(300)
except RecursionError:
    print("limited")
sys.setrecursionlimit(1000)
try:
    sys.setrecursionlimit(0)
except ValueError as error:
    print(error)


def catches(n):
    try:
        return catches(n + 1)
    except RecursionError:
        return "caught at the bottom"


print(catches(0))


def generator(n):
    yield n
    yield from generator(n + 1)


try:
    for _ in generator(0):
        pass
except RecursionError as error:
    print("generators", error)
deep = []
for _ in range(100_000):
    deep = [deep]
try:
    repr(deep)
except RecursionError as error:
    print(error)
other = []
for _ in range(100_000):
    other = [other]
try:
    print(deep == other)
except RecursionError as error:
    print(error)
import json

try:
    json.dumps(deep)
except RecursionError as error:
    print("json", str(error)[:32])
try:
    json.loads("[" * 100_000)
except RecursionError as error:
    print("json", str(error)[:32])
import copy

try:
    copy.deepcopy(deep)
except RecursionError as error:
    print("copy", str(error)[:32])
del deep, other
nested = ()
for _ in range(100_000):
    nested = (nested,)
try:
    hash(nested)
except RecursionError:
    pass  # both are fine: this, and having the stack for it
print("alive")
