"""Threads that others throw exceptions into (PyThreadState_SetAsyncExc) while they work on shared data."""
import ctypes
import sys
import threading
import time

set_exc = ctypes.pythonapi.PyThreadState_SetAsyncExc
set_exc.argtypes = [ctypes.c_ulong, ctypes.py_object]
THREADS, THROWN = 6, 40


class Thrown(Exception):
    pass


shared, done = {}, threading.Event()
caught = [0] * THREADS


def work(me):
    while not done.is_set():
        try:
            for i in range(1000):
                shared[i % 50] = [me, str(i)]
                sorted(shared.items(), key=lambda item: item[1][1])
        except Thrown:
            caught[me] += 1


sys.unraisablehook = threading.excepthook = lambda info: None  # one that comes in a handler, say, ends the thread
threads = [threading.Thread(target=work, args=(i,)) for i in range(THREADS)]
for thread in threads:
    thread.start()


def throw():
    for i in range(THROWN):
        set_exc(threads[i % THREADS].ident, Thrown)
        time.sleep(0.001)


throwers = [threading.Thread(target=throw) for _ in range(2)]
for thread in throwers:
    thread.start()
for thread in throwers:
    thread.join()
time.sleep(0.05)
done.set()
for thread in threads:
    thread.join()
assert 0 < sum(caught) <= 2 * THROWN and len(shared) == 50, caught
print("ok")
