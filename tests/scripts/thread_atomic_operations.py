# Single operations on shared built-in objects lose nothing, however many threads do them.
import collections
import itertools
import threading

THREADS, TURNS = 8, 2000
a_list, a_dict, a_set, a_deque = [], {}, set(), collections.deque()
counter = itertools.count()
array = bytearray()
shared = type("Shared", (), {})()


def work(n):
    for i in range(TURNS):
        a_list.append((n, i))
        a_dict[n, i] = i
        a_set.add(n * TURNS + i)
        a_deque.append(i)
        next(counter)
        array.append(n)
        setattr(shared, f"a{n}_{i % 10}", i)
        a_dict.setdefault(("first", i), n)


threads = [threading.Thread(target=work, args=(n,)) for n in range(THREADS)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(
    len(a_list),
    len(set(a_list)),
    len(a_dict),
    len(a_set),
    len(a_deque),
    next(counter),
    len(array),
    len(vars(shared)),
)
print(
    [[i for m, i in a_list if m == n] == list(range(TURNS)) for n in range(THREADS)],
    sum(a_set),
    array.count(3),
)
popped = []


def drain():
    mine = []
    while True:
        try:
            mine.append(a_deque.popleft())
            a_list.pop()
        except IndexError:
            break
    popped.append(len(mine))


threads = [threading.Thread(target=drain) for _ in range(THREADS)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sum(popped), len(a_list), len(a_deque))
