# gc.get_objects() and get_referrers() in finalizers that run while what a deep structure held is destroyed: what is on its way out isn't handed out.
import gc


class Leaf:
    def __init__(self, number):
        self.number = number

    def __del__(self):
        kept.extend(o for o in gc.get_objects() if type(o) is Leaf and o.number > 100)
        kept.extend(o for o in gc.get_referrers(Leaf) if type(o) is Leaf and o.number > 100)
        finalized.append(self.number)


def nest(depth, inner):
    for _ in range(depth):
        inner = [inner]
    return inner


kept, finalized = [], []
stays = Leaf(101)
for depth in range(0, 120):
    nested = nest(depth, [Leaf(number) for number in range(4)])
    del nested
    if sorted(finalized) != [0, 1, 2, 3] or kept != [stays] * 8:
        print("depth", depth, finalized, len(kept))
    kept.clear()
    finalized.clear()
gc.collect()
stays.number = 1
print("done")
