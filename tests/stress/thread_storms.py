# Threads that start and end by the thousands, also from threads, with locals, daemons, and results of their own.
import threading
import time

import _stress
from _stress import THREADS, check, together, turns

local = threading.local()
ended, lock = [0], threading.Lock()


class Owned:
    alive = 0

    def __init__(self):
        with lock:
            Owned.alive += 1

    def __del__(self):
        with lock:
            Owned.alive -= 1


def leaf(results, n):
    local.value = n
    local.owned = Owned()
    results.append([n, {"n": n}, str(n)])
    check(local.value == n, "thread-local value")
    with lock:
        ended[0] += 1


def work(number, random):
    for turn in range(turns(20)):
        results = []
        threads = [threading.Thread(target=leaf, args=(results, n), daemon=n % 2 == 0) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(random.choice((None, 100)))
            check(not thread.is_alive(), "joined and alive")
        check(
            sorted(r[0] for r in results) == [0, 1, 2] and all(r[1]["n"] == r[0] for r in results),
            "results",
            results,
        )


together(work)
check(ended[0] == THREADS * turns(20) * 3, "threads ended:", ended[0])
for _ in range(100):
    if Owned.alive == 0:
        break
    time.sleep(0.05)
check(Owned.alive == 0, "objects of ended threads live on:", Owned.alive)
check(threading.active_count() == 1, "threads left:", threading.active_count())
waves = []
for wave in range(turns(10)):
    batch = [threading.Thread(target=waves.append, args=(i,)) for i in range(THREADS)]
    for thread in batch:
        thread.start()
    for thread in batch:
        thread.join()
check(len(waves) == turns(10) * THREADS, "waves")
_stress.done()
