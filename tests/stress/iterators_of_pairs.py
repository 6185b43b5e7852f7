# Iterators that threads share hand out each item once, and what belongs together stays together.
import re

from _stress import check, done, together, turns

COUNT = turns(6000)
words = " ".join(map(str, range(COUNT)))
shared = [
    enumerate(list(range(COUNT))),
    enumerate(tuple(range(COUNT))),
    zip(list(range(COUNT)), range(COUNT)),
    map(lambda a, b: (a, b), list(range(COUNT)), tuple(range(COUNT))),
]
by_loop = [enumerate(list(range(COUNT))), zip(list(range(COUNT)), range(COUNT))]
matches = re.finditer(r"\d+", words)
scanner = re.compile(r"\d+ ?").scanner(words)
seen = [[] for _ in shared + by_loop + [matches, scanner]]


def work(number, random):
    for it, mine in zip(shared, seen):
        while (pair := next(it, None)) is not None:
            check(pair[0] == pair[1], "a mixed pair:", pair)
            mine.append(pair[0])
    for it, mine in zip(by_loop, seen[len(shared):]):
        for a, b in it:
            check(a == b, "a mixed pair:", a, b)
            mine.append(a)
    for m in matches:
        seen[-2].append(int(m[0]))
    while m := scanner.match():
        seen[-1].append(int(m[0]))


together(work, 8)
for i, mine in enumerate(seen):
    check(sorted(mine) == list(range(COUNT)), "items of", i, len(mine))
done()
