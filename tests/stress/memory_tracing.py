"""Threads allocate, free what others made, fork and collect while memory is traced, snapshots are taken and tracing starts and stops."""
import gc
import os
import threading
import tracemalloc
from queue import SimpleQueue

THREADS, ROUNDS = 3, 12
queues = [SimpleQueue() for _ in range(THREADS)]
stop = threading.Event()


def work(me):
    n = 0
    while not stop.is_set():
        n += 1
        mine = [{"key": str(i), "data": bytes(i)} for i in range(5)]
        queues[(me + 1) % THREADS].put(mine)
        if n > 1:
            theirs = queues[me].get()
            theirs[0]["again"] = theirs
            del theirs
        if n % 100 == 0:
            gc.collect()  # a snapshot takes as long as there is garbage, and while it is taken more is made
        elif n % 20 == 0:
            gc.collect(0)


threads = [threading.Thread(target=work, args=(i,)) for i in range(THREADS)]
for th in threads:
    th.start()
for i in range(ROUNDS):
    tracemalloc.start(1 + i % 30)
    keep = [bytes(1000) for _ in range(20)]
    for _ in range(2):
        snapshot = tracemalloc.take_snapshot()
        sizes = {}
        for trace in snapshot.traces:
            sizes[trace.traceback] = sizes.get(trace.traceback, 0) + trace.size
        here = tracemalloc.get_object_traceback(keep[5])
        assert here and here[-1].filename == __file__, here
        assert sizes[here] >= 20_000, sizes[here]
        tracemalloc.get_traced_memory()
    if i % 10 == 3:
        pid = os.fork()
        if pid == 0:
            more = [str(i) * 3 for i in range(100)]
            found = tracemalloc.get_object_traceback(more[50])
            tracemalloc.clear_traces()
            os._exit(0 if found and tracemalloc.is_tracing() else 1)
        assert os.waitpid(pid, 0)[1] == 0
    if i % 3 == 0:
        tracemalloc.clear_traces()
        assert tracemalloc.get_object_traceback(keep[5]) is None
    tracemalloc.stop()
    assert tracemalloc.get_traced_memory() == (0, 0)
stop.set()
for q in queues:
    q.put([{}])
for th in threads:
    th.join()
