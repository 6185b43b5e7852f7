# Event loops in many threads at once: futures and tasks are completed from other threads and looked at from everywhere, and each loop knows
# its own current task.
import asyncio
import concurrent.futures
import threading

import _stress
from _stress import check, together, turns

LOOPS = min(_stress.THREADS, 16)
TURNS = turns(60)
shared = concurrent.futures.Future()
watched = []
left = [LOOPS]
lock = threading.Lock()
loops = [asyncio.new_event_loop() for _ in range(LOOPS)]
place = threading.local()


async def twice(x):
    check(asyncio.current_task() is not None, "no current task")
    check(asyncio.get_running_loop() is loops[place.number], "another thread's loop")
    await asyncio.sleep(0)
    return x * 2


async def turn_all(number):
    loop = asyncio.get_running_loop()
    total = 0
    for i in range(TURNS):
        future = loop.create_future()
        watched.append(future)
        other = loops[(number + i) % LOOPS]
        other.call_soon_threadsafe(lambda f=future, i=i: loop.call_soon_threadsafe(f.set_result, i))
        total += await future
        if other is not loop:
            total += await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(twice(i), other))
        else:
            total += await asyncio.create_task(twice(i))
    check(total == 3 * sum(range(TURNS)), "total", total)


def work(number, random):
    if number >= LOOPS:  # a watcher
        while not shared.done():
            for f in watched[-20:]:
                check(f.done() in (True, False) and not f.cancelled() and f._callbacks != 0, "state of a future")
                try:
                    check("Future" in repr(f), "repr of a future")
                except TypeError:  # base_futures.py asks for the callbacks twice, and has None the second time
                    pass
            asyncio.all_tasks(random.choice(loops))
        return
    loop = loops[place.__dict__.setdefault("number", number)]
    asyncio.set_event_loop(loop)
    loop.run_until_complete(turn_all(number))
    with lock:
        left[0] -= 1
        if left[0] == 0:
            shared.set_result(None)
    loop.run_until_complete(asyncio.wrap_future(shared, loop=loop))


together(work, LOOPS + 1)
for loop in loops:
    loop.close()
_stress.done()
