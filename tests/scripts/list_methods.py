# list: methods, slices, mutation while iterating, sort, comparison, messages.

x = [3, 1, 2]
x.append(5)
x.extend("ab")
x.insert(1, "new")
x.insert(100, "end")
x.insert(-1, "before")
print(x, x.pop(), x.pop(0), x.pop(-2), x.index("a"), x.count(1), x.remove("new"), x, x.copy() is x)
x.reverse()
print(x, x[::-1], x[1:3], x[-2:], x[10:], x[::2], x * 2, x + [9], [0] * 3, 2 in x)
y = list(range(10))
y[2:5] = ["a"]
y[::3] = [0, 0, 0]
print(y)
del y[1:3], y[-1]
y[1:1] = [7, 8]
y[:0] = (1,)
y[len(y) :] = "z"
print(y)
y += (1, 2)
y *= 2
print(y, y == y[:], y != y[1:], [1, 2] < [1, 3], [1] < [1, 0], [] < [0], [[1], [2]] > [[1], [1, 9]])
words = ["pear", "fig", "apple", "kiwi", "Fig"]
words.sort()
print(
    words,
    sorted(words, key=len),
    sorted(words, key=str.lower, reverse=True),
    sorted(words, key=lambda w: (-len(w), w)),
)
pairs = [(1, "b"), (0, "x"), (1, "a"), (0, "y")]
print(
    sorted(pairs, key=lambda p: p[0]),
    sorted(pairs, key=lambda p: p[0], reverse=True),
    sorted([True, 0, 2.5, -1]),
)
z = [1, 2, 3, 4]
for item in z:
    if item == 2:
        z.remove(item)
print(z)
for item in z:
    if len(z) < 8:
        z.append(item * 10)
print(z)
z.clear()
print(z, list(), list("abc"), list({"k": 1}), list(range(3)), [*"ab", *[1]], list(zip("ab", [1, 2])))
r = [1]
r.append(r)
print(r, r[1][1][0], r == r)


def mutating_key(v):
    a.append(1)
    return v


a = [3, 2, 1]
for bad in (
    lambda: [][0],
    lambda: [].pop(),
    lambda: [1].pop(5),
    lambda: [1].remove(2),
    lambda: [1].index(2),
    lambda: x["a"],
    lambda: [1] + (2,),
    lambda: [1] * "a",
    lambda: [1, "a"].sort(),
    lambda: [1].sort(len),
    lambda: [1].__setitem__(3, 1),
    lambda: [1].__delitem__(1),
    lambda: list(5),
    lambda: [1, 2, 3].__setitem__(slice(0, 3, 2), [1]),
    lambda: [].insert(1),
    lambda: a.sort(key=mutating_key),
    lambda: [1] < 5,
    lambda: [1, 2].__setitem__(slice(0, 1), 5),
    lambda: x[1.0],
    lambda: x[None],
    lambda: [].append(),
    lambda: [].extend(5),
    lambda: [1].index(1, 2),
    lambda: list(1, 2),
    lambda: list(x=1),
    lambda: [1][10**30],
    lambda: [1] * 10**30,
    lambda: hash([]),
):
    try:
        print(bad())
    except (ValueError, TypeError, IndexError, OverflowError, MemoryError) as error:
        print(type(error).__name__, error)
print(a)
