# Frames of generators and of running functions, looked at by other threads: the generator is its owner's alone, goes on, ends and dies meanwhile,
# and a frame that another thread runs ends with its thread.
import sys
import threading

import _stress
from _stress import check, together, turns

TURNS = turns(150)
frames = [None] * 8
over = threading.Event()


def numbers(n):
    first = [n]
    second = {n: first}
    third = (n, second)
    try:
        while True:
            yield third
    except GeneratorExit:
        second.clear()
        raise


def outer(n):
    yield from numbers(n)


def look():
    kept = []
    place = 0
    while not over.is_set():
        place = (place + 1) % len(frames)
        frame = frames[place]
        if frame is None:
            continue
        variables = frame.f_locals
        if "third" in variables:
            n, second = variables["third"]
            check(second in ({}, {n: [n]}), "variables of different generators:", n, second)
        kept.append(list(variables.values()))
        check(frame.f_lineno is None or frame.f_lineno > 0, "line", frame.f_lineno)
        repr(frame)
        if len(kept) == 16:
            repr(kept)
            kept.clear()
            try:
                frame.clear()
            except RuntimeError:  # it runs
                pass


def run(number):
    frames[number % len(frames)] = sys._getframe()
    return sum(i for i in range(20))


def work(number, random):
    for turn in range(TURNS):
        generator = (numbers, outer)[turn % 2](turn)
        try:
            next(generator)
            frames[random.randrange(len(frames))] = generator.gi_frame
            for _ in range(random.randrange(20)):
                next(generator)
            if turn % 3 == 0:
                generator.close()
        except (ValueError, StopIteration):  # a looker has it just now, or has closed it
            pass
        del generator
        if turn % 10 == 0:
            runner = threading.Thread(target=run, args=(number,))
            runner.start()
            runner.join()


lookers = [threading.Thread(target=look) for _ in range(2)]
for thread in lookers:
    thread.start()
together(work, 6)
over.set()
for thread in lookers:
    thread.join()
_stress.done()
