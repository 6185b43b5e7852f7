# Callbacks of one future that threads add and take away: what was added and not taken away is called, once. (asyncio promises less.)
import asyncio

from _stress import check, done, together, turns

TURNS = turns(2000)


class Loop:
    def __init__(self):
        self.soon = []

    def get_debug(self):
        return False

    def call_soon(self, fn, *args, context=None):
        self.soon.append(fn)

    def call_exception_handler(self, context):
        pass


loop = Loop()
future = asyncio.Future(loop=loop)


def work(number, random):
    kept = lambda f: None
    future.add_done_callback(kept)
    for turn in range(TURNS):
        passing = lambda f: None
        future.add_done_callback(passing)
        check(future.remove_done_callback(passing) == 1, "a callback was gone")
    return kept


together(work, 8)
check(len(future._callbacks) == 8, "callbacks are lost:", len(future._callbacks or ()))
future.set_result(1)
check(len(loop.soon) == 8, "callbacks weren't called")

failed = [asyncio.Future(loop=loop) for _ in range(TURNS)]


def where(number):
    try:
        raise ValueError(number)
    except ValueError as e:
        return e


def fail(number, random):
    for f in failed:
        try:
            f.set_exception(where(number))
        except asyncio.InvalidStateError:
            pass


together(fail, 4)
for f in failed:
    try:
        f.result()
    except ValueError as e:
        last = e.__traceback__
        while last.tb_next:
            last = last.tb_next
        check(last.tb_frame.f_locals["number"] == e.args[0], "the traceback of another exception")
done()
