# Frames of generators and of running functions, looked at by other threads: the generator is its owner's alone, goes on, ends and dies meanwhile,
# and a frame that another thread runs ends with its thread.
import sys
import threading

import _stress
from _stress import check, turns

TURNS = turns(2500)
box = [None]
over = False


def numbers(n):
    first = [n]
    second = {n: first}
    third = (n, second)
    while True:
        yield third


def look():
    kept = []
    while not over:
        frame = box[0]
        if frame is None:
            continue
        variables = frame.f_locals
        if "third" in variables:
            n, second = variables["third"]
            check(second == {n: [n]}, "variables of different generators:", n, second)
            kept.append(list(variables.values()))
            if len(kept) > 20:
                repr(kept)
                repr(frame)
                kept.clear()


def run():
    box[0] = sys._getframe()
    return sum(i for i in range(20))


def make():
    for turn in range(TURNS):
        generator = numbers(turn)
        next(generator)
        box[0] = generator.gi_frame
        try:
            for _ in range(100):
                next(generator)
        except ValueError:  # a looker has it just now
            pass
        del generator
        if turn % 50 == 0:
            runner = threading.Thread(target=run)
            runner.start()
            runner.join()


lookers = [threading.Thread(target=look) for _ in range(2)]
for thread in lookers:
    thread.start()
make()
over = True
for thread in lookers:
    thread.join()
_stress.done()
