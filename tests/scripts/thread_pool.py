# concurrent.futures: submit, map, results, exceptions, as_completed, wait, cancel, callbacks, shutdown.
import concurrent.futures as cf
import threading
import time


def square(x):
    if x == 3:
        raise ValueError("three")
    return x * x


with cf.ThreadPoolExecutor(max_workers=4, thread_name_prefix="pool") as pool:
    futures = [pool.submit(square, i) for i in range(5)]
    for f in futures:
        try:
            print(f.result(), end=" ")
        except ValueError as error:
            print(error, end=" ")
    print([f.done() for f in futures], repr(futures[3].exception()), futures[0].exception())
    print(list(pool.map(lambda a, b: a + b, [1, 2, 3], [10, 20, 30])))
    try:
        list(pool.map(square, range(5)))
    except ValueError as error:
        print("map raises", error)
    print(sorted(f.result() for f in cf.as_completed([pool.submit(pow, 2, i) for i in range(5)])))
    print(pool.submit(lambda: threading.current_thread().name.startswith("pool")).result())
    done, waiting = cf.wait([pool.submit(int, "5"), pool.submit(int, "x")], return_when=cf.ALL_COMPLETED)
    print(len(done), len(waiting))
    gate, begun = threading.Event(), threading.Event()
    slow = pool.submit(lambda: begun.set() or gate.wait())
    begun.wait()
    try:
        slow.result(timeout=0.01)
    except cf.TimeoutError:
        print("time-out", slow.running())
    gate.set()
    called = []
    f = pool.submit(square, 7)
    f.add_done_callback(lambda f: called.append(f.result()))
    f.result()
try:
    pool.submit(square, 1)
except RuntimeError as error:
    print(error, called)
pool = cf.ThreadPoolExecutor(1)
gate = threading.Event()
first = pool.submit(gate.wait)
second = pool.submit(square, 2)
print(second.cancel(), second.cancelled(), second.done())
gate.set()
pool.shutdown(wait=True)
try:
    second.result()
except cf.CancelledError:
    print("cancelled", first.result())
f = cf.Future()
f.set_result(5)
print(f.result(), f.done())
try:
    f.set_result(6)
except cf.InvalidStateError as error:
    print(str(error).split(":")[0])
with cf.ThreadPoolExecutor(2, initializer=lambda: called.append("init")) as pool:
    pool.submit(time.sleep, 0.01).result()
print("init" in called)
try:
    cf.ThreadPoolExecutor(0)
except ValueError as error:
    print(error)
