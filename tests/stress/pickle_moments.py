# What is pickled, copied or written as JSON while other threads change it is as it was at one moment, and never raises; a Pickler or Unpickler that others initialize meanwhile breaks nothing.
import io
import json
import pickle

from _stress import check, done, together, turns

TURNS = turns(400)
whole_list, whole_dict, whole_set = [0] * 500, dict.fromkeys(range(500), 0), set(range(500))
one_or_none = {}
picklers = [pickle.Pickler(io.BytesIO(), 4), pickle.Unpickler(io.BytesIO(pickle.dumps(list(range(100)))))]


class Named(pickle.Pickler):
    def persistent_id(self, obj):
        return None


named = Named(io.BytesIO(), 5)


def change(number, random):
    for turn in range(TURNS):
        whole_list[:] = [turn] * random.choice((1, 500, 2500))
        whole_dict.update(dict.fromkeys(range(500), turn))
        if turn % 2:
            whole_set.symmetric_difference_update({1000, 1001, 1002})
        one_or_none["a"] = turn
        one_or_none.pop("a", None)
        one_or_none.update(b=1)
        one_or_none.clear()
        try:
            picklers[0].__init__(io.BytesIO() if turn % 2 else 5, turn % 6)
        except TypeError:
            pass
        try:
            picklers[1].__init__(io.BytesIO(pickle.dumps(list(range(100)))) if turn % 2 else 5)
        except TypeError:
            pass
        named.persistent_id = (lambda obj: None) if turn % 2 else Named.persistent_id.__get__(named)


def dump(number, random):
    for turn in range(TURNS):
        protocol = random.randrange(1, 6)
        got = pickle.loads(pickle.dumps(whole_list, protocol))
        check(len(set(got)) == 1 and len(got) in (1, 500, 2500), "a torn list")
        got = pickle.loads(pickle.dumps(whole_dict, protocol))
        check(len(set(got.values())) == 1 and len(got) == 500, "a torn dict")
        for values in (whole_dict.copy().values(), list(whole_dict.values()), dict(whole_dict).values(), {**whole_dict}.values(),
                       [value for _, value in list(whole_dict.items())], json.loads(json.dumps(whole_dict)).values()):
            check(len(set(values)) == 1 and len(values) == 500, "a torn copy")
        check(len(one_or_none.copy()) < 2 and len(list(one_or_none)) < 2 and len(json.dumps(one_or_none)) < 20, "a torn copy")
        got = pickle.loads(pickle.dumps(whole_set, protocol))
        check(len(got) in (500, 503), "a torn set", len(got))
        check(len(pickle.loads(pickle.dumps(one_or_none, protocol))) < 2, "a torn dict")
        try:
            picklers[0].dump([turn, "x" * 100, {}])
        except pickle.PicklingError:
            pass
        try:
            picklers[1].load()
        except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, LookupError, OverflowError, MemoryError, ImportError):
            pass  # several read from one file in turn
        named.dump([turn])


together(lambda number, random: (dump if number % 2 else change)(number, random), 6)
done()
