# Many threads on one list: nothing is lost, nothing doubled, whatever else goes on.
import _stress
from _stress import THREADS, check, together, turns

TURNS = turns(1500)
shared, popped = [], [[] for _ in range(THREADS)]


def work(number, random):
    mine = popped[number]
    for turn in range(TURNS):
        shared.append((number, turn))
        if turn % 3 == 2:
            try:
                mine.append(shared.pop())
            except IndexError:
                pass


together(work)
everything = shared + [item for mine in popped for item in mine]
check(len(everything) == THREADS * TURNS, "items", len(everything), "of", THREADS * TURNS)
check(len(set(everything)) == len(everything), "an item is there twice")

mixed = list(range(100))


def mixed_work(number, random):
    for turn in range(TURNS // 3):
        action = random.randrange(12)
        if action == 0:
            mixed.insert(random.randrange(100), number)
        elif action == 1 and len(mixed) > 50:
            del mixed[random.randrange(20)]
        elif action == 2:
            mixed[random.randrange(20)] = turn
        elif action == 3:
            mixed[5:9] = [number] * 4
        elif action == 4:
            mixed.extend((1, 2))
        elif action == 5 and len(mixed) > 120:
            del mixed[100:]
        elif action == 6:
            check(all(isinstance(item, int) for item in mixed), "something foreign in the list")
        elif action == 7:
            check(all(isinstance(item, int) for item in mixed[::-1]), "something foreign in a slice")
        elif action == 8:
            mixed.reverse()
        elif action == 9:
            check(isinstance(mixed.count(number), int))
        elif action == 10:
            check(
                len(mixed.copy()) >= 0 and len(list(mixed)) >= 0 and len(mixed + mixed) % 2 == 0,
                "odd sum of a list with itself",
            )
        else:
            try:
                mixed.sort()
            except ValueError:
                pass  # "list modified during sort"


together(mixed_work)
check(all(isinstance(item, int) for item in mixed), "something foreign at the end")
_stress.done()
