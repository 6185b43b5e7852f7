# One Pickler and one Unpickler for all threads, and pickling what others change: nothing breaks; what nobody changes comes back as it was.
import io
import pickle

import _stress
from _stress import THREADS, check, together, turns


class Plain:
    def __init__(self, n):
        self.n = n
        self.items = [n, str(n), (n, float(n))]


class Counting(pickle.Pickler):
    def persistent_id(self, obj):
        return "seven" if obj == "seven" else None


class Knowing(pickle.Unpickler):
    def persistent_load(self, pid):
        return pid


class Sink:
    def write(self, data):
        return len(data)


steady = {"ints": list(range(300)), "text": ["ä", "b" * 50, "\udc80"], "nested": [Plain(i) for i in range(20)], "set": {1, 2, 3}, "seven": "seven"}
expected = pickle.dumps(steady)
moving = [[i] for i in range(50)]
changing = {i: [i] for i in range(50)}
shared_pickler = pickle.Pickler(Sink(), 5)
shared_counting = Counting(Sink(), 4)
frames = b"".join(pickle.dumps((i, [i])) for i in range(2000))
shared_unpickler = pickle.Unpickler(io.BytesIO(frames))
TURNS = turns(60)


def work(number, random):
    for turn in range(TURNS):
        data = pickle.dumps(steady, random.choice((2, 3, 4, 5)))
        back = pickle.loads(data)
        check(back["ints"] == steady["ints"] and back["set"] == steady["set"] and back["nested"][3].items == steady["nested"][3].items, "came back changed")
        moving.append([number, turn])
        changing[number * 1000 + turn] = [turn]
        if len(moving) > 60:
            moving.pop()
            changing.pop(number * 1000 + turn, None)
        try:
            for item in pickle.loads(pickle.dumps([moving, changing])):
                check(type(item) in (list, dict), "kind of", item)
        except RuntimeError as e:
            check("changed size" in str(e), e)
        shared_pickler.dump([steady["text"], turn, Plain(turn)])
        shared_counting.dump(["seven", moving[:3]])
        if turn % 7 == 0:
            shared_pickler.clear_memo()
            shared_pickler.memo.copy()
        try:
            shared_unpickler.load()
        except (EOFError, pickle.UnpicklingError, ValueError, TypeError, AttributeError, IndexError, KeyError, OverflowError, MemoryError, ImportError, UnicodeDecodeError):
            pass  # several read from one file in turn: any nonsense may come of it, as long as it is an exception
        stream = io.BytesIO()
        Counting(stream).dump([number, "seven"])
        stream.seek(0)
        check(Knowing(stream).load() == [number, "seven"], "persistent ids")


together(work)
check(pickle.dumps(steady) == expected, "the same object pickles differently")
_stress.done()
