# Iterators that threads share hand out each item once, and what belongs together stays together.
import bisect
import csv
import io
import itertools
import re
import threading

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


# Those of several steps: all that the threads get, in order, is what one would get.
class Numbers:
    __getitem__ = range(COUNT).__getitem__


numbers = list(range(COUNT))
tens = [numbers[i : i + 10] for i in range(0, COUNT, 10)]
rest = iter(numbers)
text = "".join(chr(0x4E00 + i % 10000) for i in numbers)
in_steps = [
    (itertools.islice(iter(numbers), 0, COUNT, 10), numbers[::10]),
    (itertools.islice(rest, COUNT // 2), numbers[: COUNT // 2]),
    (itertools.pairwise(numbers), list(zip(numbers, numbers[1:]))),
    (itertools.accumulate([1] * COUNT), list(range(1, COUNT + 1))),
    (itertools.chain.from_iterable(tens), numbers),
    (itertools.chain(*tens), numbers),
    (itertools.compress(numbers, [i % 3 == 0 for i in numbers]), numbers[::3]),
    (itertools.zip_longest(numbers, numbers[: COUNT // 2], numbers), list(itertools.zip_longest(numbers, numbers[: COUNT // 2], numbers))),
    (itertools.takewhile((COUNT // 2).__gt__, numbers), numbers[: COUNT // 2]),
    (itertools.dropwhile((COUNT // 2).__gt__, numbers), numbers[COUNT // 2 :]),
    (itertools.islice(itertools.cycle(numbers[:7]), COUNT), sorted((numbers[:7] * COUNT)[:COUNT])),
    (map(lambda pair: pair[0], itertools.groupby(i // 2 for i in numbers)), None),
    (reversed(tuple(numbers)), numbers),
    (iter(Numbers()), numbers),
    (iter("x" * COUNT), ["x"] * COUNT),
    (iter(text), list(text)),
    (iter(bytes(COUNT)), [0] * COUNT),
    (iter(bytearray(COUNT)), [0] * COUNT),
    (iter(memoryview(bytes(COUNT))), [0] * COUNT),
    (csv.reader(io.StringIO("".join(f'{i},"{i}\n{i}"\n' for i in numbers))), [[str(i), f"{i}\n{i}"] for i in numbers]),
]
got = [[] for _ in in_steps]
tees = itertools.tee(iter(numbers), 8)
ordered = []


def step(number, random):
    for (it, _), mine in zip(in_steps, got):
        try:
            mine.extend(it)
        except ValueError as error:
            check("generator already executing" in str(error), error)
    check(list(tees[number]) == numbers, "a tee's items")
    for i in range(number, 800, 8):
        bisect.insort(ordered, i * 7919 % 20011)


together(step, 8)
for i, ((_, all_items), mine) in enumerate(zip(in_steps, got)):
    check(all_items is None or sorted(mine, key=repr) == sorted(all_items, key=repr), "items in steps of", i, len(mine))
check(next(rest, None) == COUNT // 2, "islice() took more than it should")
check(ordered == sorted(ordered) and len(ordered) == 800, "insort() lost its order")
for _ in range(turns(200)):
    round_robin, gate, dealt = itertools.cycle("abc"), threading.Barrier(4), []

    def deal():
        gate.wait()
        dealt.extend(next(round_robin, None) for _ in range(3))

    players = [threading.Thread(target=deal) for _ in range(4)]
    for player in players:
        player.start()
    for player in players:
        player.join()
    check(sorted(map(str, dealt)) == sorted("abc" * 4), "cycle() dealt", dealt)
done()
