# Slices: all signs of start, stop and step on every sequence; slice objects; __getitem__ receives them.

for sequence in ("abcdefg", list(range(7)), tuple(range(7)), range(7), b"abcdefg"):
    print(
        [sequence[i:j:k] for i in (None, 0, 2, -2, 10, -10) for j in (None, 4, -1) for k in (None, 2, -1, -3)]
    )
s = slice(1, 10, 2)
print(
    s,
    s.start,
    s.stop,
    s.step,
    s.indices(5),
    slice(None, None, -1).indices(4),
    slice(-3, None).indices(2),
    slice(3),
    s == slice(1, 10, 2),
    slice(1) < slice(2),
)


class Show:
    def __getitem__(self, key):
        return key

    def __setitem__(self, key, value):
        print("set", key, value)

    def __delitem__(self, key):
        print("del", key)


o = Show()
print(o[1], o[1:2], o[::], o[1:2, 3], o[...], o["a":"b"], o[()], o[1,], o[:, ::2], o[*[1, 2]])
o[1:2] = 3
del o[::2]
o[1] += 1
for bad in (
    lambda: [1][::0],
    lambda: [1]["a":],
    lambda: slice(),
    lambda: hash(slice(1)),
    lambda: slice(0, 1, 0).indices(5),
    lambda: slice(1).indices(-1),
    lambda: range(3)[::0],
    lambda: "a"[1.5:],
):
    try:
        print(bad())
    except (ValueError, TypeError) as error:
        print(type(error).__name__, error)
x = list(range(10))
x[::2] = "abcde"
print(x)
x[-3:] = [1]
x[2:2] = [[]]
print(x)
del x[::-2]
print(x, x[True:], x[10**30 :], x[-(10**30) : 2])
