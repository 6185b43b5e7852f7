# Finalizers that use thread-local data run while threads end: of objects that others drop, of thread-local values, of exceptions.
import gc
import threading
import time

local = threading.local()
lock = threading.Lock()
count = 0


class Noisy:
    def __del__(self):
        global count
        local.x = getattr(local, "x", 0) + 1
        local.__dict__
        with lock:
            count += 1


def handed(q):
    local.kept = Noisy()
    for i in range(40):
        q.append(Noisy())
    try:
        raise ValueError(Noisy())
    except ValueError as e:
        local.error = e
        q.append(e)


made = 0
end = time.monotonic() + 3
while time.monotonic() < end:
    queues = [[] for _ in range(4)]
    threads = [threading.Thread(target=handed, args=(q,)) for q in queues]
    for t in threads:
        t.start()
    while any(t.is_alive() for t in threads):
        for q in queues:
            while q:
                q.pop()
    for t in threads:
        t.join()
    made += 4 * 42
    for q in queues:
        q.clear()
for i in range(20):
    gc.collect()
    if count == made:
        break
    time.sleep(0.05)
print(made == count or (made, count))
assert made == count
