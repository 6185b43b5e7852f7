# Frames, states, delegates and variables of waiting generators and coroutines are asked for while their own thread resumes them: it must not hear that somebody else runs them.
import threading

from _stress import check, done, together, turns

TURNS = turns(20000)


def plain():
    while True:
        a = b = c = d = e = f = g = h = i = j = k = one = 1
        yield one


def outer():
    yield from plain()


class Wait:
    def __await__(self):
        while True:
            yield 2


async def coroutine():
    await Wait()


generators, coroutines = [plain(), outer()], [coroutine()]
for waiting in generators + coroutines:
    waiting.send(None)
frame = generators[0].gi_frame
over = threading.Event()


def look():
    while not over.is_set():
        check(set(frame.f_locals.values()) <= {1}, "other variables")
        for g in generators:
            g.gi_frame, g.gi_yieldfrom, g.gi_suspended, g.gi_running
        for c in coroutines:
            c.cr_frame, c.cr_await, c.cr_suspended


def drive():
    for _ in range(TURNS):
        for g in generators:
            check(next(g) == 1, "another value")
        for c in coroutines:
            check(c.send(None) == 2, "another value")
    over.set()


def work(number, random):
    try:
        (look if number else drive)()
    finally:
        over.set()


together(work, 6)
done()
