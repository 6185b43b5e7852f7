# Copies of a list that other threads rearrange: each shows the list as it was at one moment. Writers keep, in one operation each, what is checked:
# the same items in another order, or pairs of equal halves.
import heapq

import _stress
from _stress import THREADS, check, together, turns

TURNS = turns(300)
SIZE = 24
mixed = list(range(SIZE))            # always a permutation: sort, reverse, slice assignment of its own items
halves = [0] * SIZE                  # always all equal
stack = list(range(SIZE))            # grows and shrinks at the end only
heap = list(range(SIZE))
words = [f"word {i}" for i in range(SIZE)]


def copies(source):
    return source[:], list(source), [*source], tuple(source), source[::1], sorted(source), (lambda *a: a)(*source), source + []


def work(number, random):
    for turn in range(TURNS):
        if number % 4 == 0:
            kind = turn % 4
            if kind == 0:
                mixed.sort(reverse=turn % 8 == 0)
            elif kind == 1:
                mixed.reverse()
            elif kind == 2:
                mixed[:] = random.sample(range(SIZE), SIZE)
            else:
                mixed.sort(key=None)
            halves[:] = [number * TURNS + turn] * SIZE
        elif number % 4 == 1:
            stack.append(len(stack))
            if len(stack) > 2 * SIZE:
                try:
                    del stack[SIZE:]
                except IndexError:
                    pass
            words[random.randrange(SIZE)] = f"word {number}"
            heapq.heapreplace(heap, random.randrange(1000))
        else:
            for copy in copies(mixed):
                check(sorted(copy) == list(range(SIZE)), "not a permutation:", copy)
            for copy in copies(halves):
                check(len(copy) == SIZE and len(set(copy)) == 1, "two moments in one copy:", copy)
            check(all(word.startswith("word ") for word in words[:]), "words")
            check(len(heap[:]) == SIZE, "the heap's size")
            part = mixed[4:12:2]
            check(len(part) == 4 and len(set(part)) == 4, "a part with doubles:", part)
            check(len(stack[:SIZE]) == SIZE, "the start of a growing list")


together(work)
check(sorted(mixed) == list(range(SIZE)), "at the end")
_stress.done()
