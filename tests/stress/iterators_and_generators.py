# One iterator or generator entered by many threads: no crash, nothing from nowhere, ValueError for a busy generator.
import itertools

import _stress
from _stress import THREADS, check, together, turns

SIZE = turns(4000)


def numbers():
    for i in range(SIZE):
        yield i


def exhaust(make, exact):
    shared = make()
    got = [[] for _ in range(THREADS)]

    def work(number, random):
        mine = got[number]
        while True:
            try:
                mine.append(next(shared))
            except StopIteration:
                return
            except ValueError as error:
                check(str(error) == "generator already executing", error)
            except RuntimeError as error:
                check("changed" in str(error), error)
                return

    together(work)
    items = [item for mine in got for item in mine]
    if exact:
        check(sorted(items) == list(range(SIZE)), make.__name__, "gave", len(items), "items")
    else:
        check(set(items) <= set(range(SIZE)), make.__name__, "gave something from nowhere")


source = list(range(SIZE))
exhaust(numbers, True)


def over_list():
    return iter(source)


def over_range():
    return iter(range(SIZE))


def over_dict():
    return iter(dict.fromkeys(source))


def over_set():
    return iter(set(source))


def over_tuple():
    return iter(tuple(source))


def reverse():
    return reversed(source)


def mapped():
    return map(int, source)


def filtered():
    return filter(lambda x: True, source)


def enumerated():
    return (pair[1] for pair in enumerate(source))


def zipped():
    return map(max, zip(source, source))


def chained():
    return itertools.chain(source[:10], source[10:])


def sliced():
    return itertools.islice(source, SIZE)


def accumulated():
    return itertools.accumulate([0] + [1] * (SIZE - 1))


def teed():
    return itertools.tee(source)[1]


for make in (
    over_list,
    over_range,
    over_dict,
    over_set,
    over_tuple,
    reverse,
    mapped,
    filtered,
    enumerated,
    zipped,
    chained,
    sliced,
    accumulated,
):
    exhaust(make, False)
counter = itertools.count()
together(lambda number, random: [next(counter) for _ in range(turns(500))])
check(next(counter) == THREADS * turns(500), "count")


def closing(number, random):
    for _ in range(turns(50)):
        try:
            random.choice(
                (
                    generator.close,
                    generator.__next__,
                    lambda: generator.send(None),
                    lambda: generator.throw(KeyError),
                )
            )()
        except (StopIteration, ValueError, KeyError):
            pass


for _ in range(turns(20)):
    generator = numbers()
    together(closing, min(THREADS, 8))
_stress.done()
