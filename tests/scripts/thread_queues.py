# queue: Queue, LifoQueue, PriorityQueue, SimpleQueue; limits, time-outs, task_done and join.
import queue
import threading

q = queue.Queue(maxsize=2)
q.put(1)
q.put(2)
print(q.full(), q.qsize(), q.empty())
for action in (lambda: q.put_nowait(3), lambda: q.put(3, timeout=0.01)):
    try:
        action()
    except queue.Full:
        print("full")
print(q.get(), q.get())
for action in (q.get_nowait, lambda: q.get(timeout=0.01), lambda: q.get(False)):
    try:
        action()
    except queue.Empty:
        print("empty")
for kind in (queue.LifoQueue, queue.PriorityQueue, queue.SimpleQueue):
    k = kind()
    for item in (3, 1, 2):
        k.put(item)
    print(kind.__name__, [k.get() for _ in range(3)], k.empty())
try:
    queue.SimpleQueue().get(timeout=-1)
except ValueError as error:
    print(error)
tasks, total, lock = queue.Queue(), 0, threading.Lock()


def worker():
    global total
    while True:
        item = tasks.get()
        if item is None:
            tasks.task_done()
            return
        with lock:
            total += item
        tasks.task_done()


threads = [threading.Thread(target=worker) for _ in range(4)]
for t in threads:
    t.start()
for i in range(1000):
    tasks.put(i)
tasks.join()
print(total)
for _ in threads:
    tasks.put(None)
for t in threads:
    t.join()
try:
    tasks.task_done()
except ValueError as error:
    print(error)
simple, got = queue.SimpleQueue(), []
consumer = threading.Thread(target=lambda: got.extend(iter(simple.get, "stop")))
consumer.start()
for i in range(100):
    simple.put(i)
simple.put("stop")
consumer.join()
print(got == list(range(100)), simple.qsize())
