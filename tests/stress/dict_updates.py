# Many threads on one dict: each key's last write by its only writer stays; iteration either works or raises RuntimeError.
import _stress
from _stress import THREADS, check, together, turns

TURNS = turns(1500)
shared, common = {}, {}


def work(number, random):
    for turn in range(TURNS):
        shared[number, turn] = turn
        if turn % 4 == 0:
            del shared[number, turn]
        shared[number] = turn
        winner = common.setdefault(turn, number)
        check(common[turn] == winner, "setdefault gave", winner, "and there is", common[turn])
        if turn % 100 == 99:
            try:
                for key, value in shared.items():
                    if isinstance(key, tuple) and key[1] != value:
                        check(False, "value", value, "at key", key)
            except RuntimeError:
                pass  # it changed size during the iteration
            check(shared.get((number, turn)) == turn, "an own key is gone")
            check(len(list(shared.copy())) > 0)


together(work)
expected = {(n, t): t for n in range(THREADS) for t in range(TURNS) if t % 4} | {
    n: TURNS - 1 for n in range(THREADS)
}
check(shared == expected, "the dict has", len(shared), "items instead of", len(expected))
check(len(common) == TURNS, "setdefault made", len(common), "keys")

small, taken = {}, [0] * THREADS


def fight(number, random):
    for turn in range(TURNS):
        key = random.randrange(8)
        action = random.randrange(6)
        if action < 2:
            small[key] = number
        elif action == 2:
            small.pop(key, None)
        elif action == 3:
            check(small.get(key, 0) in range(THREADS), "a value from nowhere")
        elif action == 4:
            small.update({key: number, key + 1: number})
        else:
            try:
                small.popitem()
            except KeyError:
                pass
        if turn % 500 == 0:
            small.clear()


together(fight)
check(all(value in range(THREADS) for value in small.values()), "a value from nowhere at the end")

tickets = {i: i for i in range(TURNS * 4)}
got = [[] for _ in range(THREADS)]


def take(number, random):
    while True:
        try:
            got[number].append(tickets.popitem()[0])
        except KeyError:
            return


together(take)
check(sorted(t for mine in got for t in mine) == list(range(TURNS * 4)), "popitem lost or doubled something")
_stress.done()
