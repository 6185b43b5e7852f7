# Numbers stored to shared globals and attributes without a lock, while others put objects in their place, add names (so that the
# dict grows), delete names, and turn instances to dictionary mode. Each thread owns some names: nobody else's store may undo its own.
import _stress
from _stress import THREADS, check, together, turns

TURNS = turns(400)
common = 0

# One function with a global of its own for each thread, as a script would have it.
SOURCE = """
def store_{n}(limit):
    global own_{n}
    for i in range(limit):
        own_{n} = i
        if own_{n} != i:
            return False
    return True

def mix_{n}(limit):
    global own_{n}
    for i in range(limit):
        own_{n} = [i]
        if own_{n} != [i]:
            return False
        own_{n} = i
        own_{n} = None
        own_{n} = i / 2
        if own_{n} != i / 2:
            return False
    del own_{n}
    own_{n} = "back"
    return own_{n} == "back"
"""
for n in range(THREADS):
    exec(SOURCE.format(n=n))


class Cell:
    def __init__(self):
        self.own = 0
        self.common = 0
        self.object = None


cells = [Cell() for _ in range(THREADS)]
namespace = globals()


def attributes(cell, turn, number):
    for i in range(30):
        cell.own = i
        check(cell.own == i, "an attribute's value is lost")
        cells[i % THREADS].common = number
    if turn > TURNS // 2 and number % 3 == 0:
        cell.own = [turn]
        check(cell.own == [turn], "an attribute's object is lost")
        cell.own = turn
        vars(cell)["own"] = "dict"
        check(cell.own == "dict", "a value in __dict__ is lost")
        cells[number] = Cell()


def work(number, random):
    global common
    store, mix = namespace[f"store_{number}"], namespace[f"mix_{number}"]
    for turn in range(TURNS):
        check(store(20), "a global's value is lost")
        common = number
        check(common in range(THREADS), "a value from nowhere")
        if random.random() < 0.1:
            namespace[f"more_{number}_{turn}"] = turn
        if turn % 16 == number % 16:
            check(mix(3), "a global's object is lost")
            namespace[f"own_{number}"] = 7
            check(namespace[f"own_{number}"] == 7, "a store by name is lost")
        attributes(cells[number], turn, number)


together(work)
for number in range(THREADS):
    last = 7 if (TURNS - 1) % 16 == number % 16 else 19
    check(namespace[f"own_{number}"] == last, "the last value")
    check(cells[number].common in range(THREADS), "the common attribute")
_stress.done()
