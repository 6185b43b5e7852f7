# Lock, RLock, Condition, Semaphore, Event, Barrier: what each allows, and misuse.
import threading
import time

lock = threading.Lock()
print(
    lock.acquire(),
    lock.locked(),
    lock.acquire(False),
    lock.acquire(timeout=0.01),
    lock.release(),
    lock.locked(),
)
with lock:
    print(lock.locked())
for action in (
    lock.release,
    lambda: lock.acquire(False, 1),
    lambda: lock.acquire(True, -5),
    lambda: lock.acquire(timeout=1e100),
    threading.RLock().release,
    threading.Condition().notify,
    threading.Condition().wait,
    lambda: threading.Semaphore(-1),
    lambda: threading.BoundedSemaphore(1).release(),
    lambda: threading.Barrier(0),
):
    try:
        action()
    except (RuntimeError, ValueError, OverflowError) as error:
        print(type(error).__name__, error)
r = threading.RLock()
with r, r:
    seen = []
    t = threading.Thread(target=lambda: seen.append(r.acquire(False)))
    t.start()
    t.join()
    print(seen, r._is_owned())
print(r._is_owned())
condition = threading.Condition()
items, got = [], []


def consume():
    with condition:
        while len(got) < 5:
            condition.wait_for(lambda: items)
            got.append(items.pop(0))


t = threading.Thread(target=consume)
t.start()
for i in range(5):
    with condition:
        items.append(i)
        condition.notify()
t.join()
print(got)
with condition:
    print(condition.wait(0.01), condition.wait_for(lambda: False, 0.01))
semaphore = threading.Semaphore(2)
print(
    semaphore.acquire(),
    semaphore.acquire(),
    semaphore.acquire(blocking=False),
    semaphore.acquire(timeout=0.01),
)
semaphore.release(2)
inside, most = 0, 0
guard = threading.Lock()


def limited():
    global inside, most
    with semaphore:
        with guard:
            inside += 1
            most = max(most, inside)
        time.sleep(0.002)
        with guard:
            inside -= 1


threads = [threading.Thread(target=limited) for _ in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
print(most <= 2, inside)
event = threading.Event()
print(event.is_set(), event.wait(0.01))
threads = [threading.Thread(target=lambda: got.append(event.wait(5))) for _ in range(3)]
[t.start() for t in threads]
event.set()
[t.join() for t in threads]
print(got, event.is_set())
event.clear()
print(event.is_set())
order = []
barrier = threading.Barrier(3, action=lambda: order.append("action"))


def meet(n):
    index = barrier.wait()
    with guard:
        order.append("after")
    return index


threads = [threading.Thread(target=meet, args=(i,)) for i in range(3)]
[t.start() for t in threads]
[t.join() for t in threads]
print(order, barrier.parties, barrier.n_waiting, barrier.broken)
try:
    barrier.wait(0.01)
except threading.BrokenBarrierError:
    print("broken", barrier.broken)
barrier.reset()
print(barrier.broken)
begin = time.monotonic()
lock.acquire()
lock.acquire(timeout=0.05)
print(time.monotonic() - begin >= 0.05)
bounded = threading.BoundedSemaphore(1)
with bounded:
    pass
released = threading.Lock()
released.acquire()
threading.Thread(target=released.release).start()
print(released.acquire(timeout=5))
