# Larger structures: a million-element list, a long string, a deep chain of objects, many small classes.

big = list(range(1_000_000))
big.reverse()
big.sort()
print(len(big), sum(big), big[500_000], sum(big[::1000]), len(big * 2))
table = {str(i): i for i in range(200_000)}
print(len(table), sum(table.values()), table["77777"], "x" in table)
for i in range(0, 200_000, 3):
    del table[str(i)]
print(len(table), min(table.values()))
text = "".join(chr(97 + i % 26) for i in range(500_000))
print(
    len(text),
    text.count("abc"),
    text.find("zab", 1000),
    text.upper()[-5:],
    len(text.split("m")),
    hash(text) == hash(text[:]),
    text[::100_000],
)
s = set(range(300_000)) & set(range(100_000, 500_000, 7))
print(len(s), sum(s))


class Node:
    def __init__(self, value, next):
        self.value = value
        self.next = next


chain = None
for i in range(300_000):
    chain = Node(i, chain)
total, node = 0, chain
while node:
    total += node.value
    node = node.next
print(total)
del chain, node
nested = None
for i in range(300_000):
    nested = (nested, [i], {"k": i})
del nested
classes = [type(f"C{i}", (), {"n": i, "get": lambda self: self.n}) for i in range(2000)]
print(sum(c().get() for c in classes))
grown = ""
for i in range(100_000):
    grown += "x"
data = bytearray()
for i in range(100_000):
    data += b"ab"
print(len(grown), len(data), 3**20000 % 10**20, len(str(7**4000)), (1 << 100_000).bit_length())
a = [[j for j in range(100)] for i in range(1000)]
print(sum(map(sum, a)), len({tuple(row) for row in a}), len([x for row in a for x in row if x % 7 == 0]))
