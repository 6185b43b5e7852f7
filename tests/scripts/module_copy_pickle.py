# copy, deepcopy and pickle: every protocol, shared references, cycles, hooks.
import copy
import pickle


class P:
    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return type(self) is type(other) and self.x == other.x

    def __repr__(self):
        return f"P({self.x!r})"


class Hooks:
    def __getstate__(self):
        return {"state": 1}

    def __setstate__(self, state):
        self.restored = state


class Slots:
    __slots__ = ("a", "b")


class Reduced:
    def __reduce__(self):
        return int, ("42",)


shared = [1]
data = [
    shared,
    shared,
    {"p": P((1, 2))},
    (shared,),
    {3},
    b"b",
    1.5,
    None,
    True,
    10**30,
    "é",
    frozenset([1]),
    range(3),
    1j,
    bytearray(b"x"),
    int,
    len,
    slice(1),
    ...,
][:-2]
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    back = pickle.loads(pickle.dumps(data, protocol))
    print(protocol, back == data, back[0] is back[1] is back[3][0], back[2])
loop = []
loop.append(loop)
back = pickle.loads(pickle.dumps(loop))
print(back[0] is back, vars(pickle.loads(pickle.dumps(Hooks()))), pickle.loads(pickle.dumps(Reduced())))
s = Slots()
s.a = 5
print(pickle.loads(pickle.dumps(s)).a, copy.copy(s).a)
for bad in (
    lambda: pickle.dumps(lambda: 1),
    lambda: pickle.loads(b""),
    lambda: pickle.loads(b"garbage"),
    lambda: pickle.dumps(x for x in ""),
    lambda: pickle.loads(b"\x80\x63."),
):
    try:
        print(bad())
    except Exception as error:
        print(type(error).__name__, str(error).split(" at 0x")[0])
a = [1, [2, 3], {"k": [4]}]
shallow, deep = copy.copy(a), copy.deepcopy(a)
a[1].append(9)
print(shallow, deep, copy.deepcopy(loop)[0][0] is not loop, copy.copy(P([1])).x, copy.deepcopy((1, (2,))))


class Custom:
    def __copy__(self):
        return "copied"

    def __deepcopy__(self, memo):
        return "deep"


print(
    copy.copy(Custom()), copy.deepcopy([Custom()]), copy.deepcopy({"a": P(P(1))}), copy.copy({1, 2}) == {1, 2}
)
print(pickle.dumps([1, "a", None], 2), pickle.dumps({"a": (1, 2.5)}, 4))
