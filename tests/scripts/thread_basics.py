# threading.Thread: start, join, names, daemon, is_alive, results, subclasses, misuse.
import threading

results = []


def work(n, *, factor=1):
    results.append(n * factor)


threads = [threading.Thread(target=work, args=(i,), kwargs={"factor": 10}, name=f"t{i}") for i in range(5)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(results), [t.name for t in threads], [t.is_alive() for t in threads], threading.active_count())


class Adder(threading.Thread):
    def __init__(self, a, b):
        super().__init__(name="adder", daemon=True)
        self.a, self.b = a, b

    def run(self):
        self.result = self.a + self.b
        self.seen = threading.current_thread() is self, threading.current_thread().name


adder = Adder(1, 2)
print(adder.daemon, adder.ident, adder.is_alive())
adder.start()
adder.join()
print(adder.result, adder.seen, isinstance(adder.ident, int), isinstance(adder.native_id, int))
for action in (
    adder.start,
    lambda: threading.Thread().join(),
    lambda: threading.current_thread().join(),
    lambda: threading.Thread(group=1),
    lambda: setattr(threading.current_thread(), "daemon", True),
):
    try:
        action()
    except (RuntimeError, AssertionError) as error:
        print(type(error).__name__, error)
main = threading.main_thread()
print(
    main.name,
    main is threading.current_thread(),
    main.daemon,
    threading.get_ident() == main.ident,
    [t.name for t in threading.enumerate()],
)
waiting = threading.Event()
t = threading.Thread(target=waiting.wait)
t.start()
t.join(timeout=0.01)
print(t.is_alive())
waiting.set()
t.join()
print(t.is_alive())
nested = []


def outer():
    inner = threading.Thread(target=lambda: nested.append("inner"))
    inner.start()
    inner.join()
    nested.append("outer")


t = threading.Thread(target=outer)
t.start()
t.join()
print(nested)
timer = threading.Timer(0.01, nested.append, ["timer"])
timer.start()
timer.join()
cancelled = threading.Timer(100, nested.append, ["never"])
cancelled.start()
cancelled.cancel()
cancelled.join()
print(nested)
import _thread

done = _thread.allocate_lock()
done.acquire()
_thread.start_new_thread(lambda *a, **k: (nested.append((a, k)), done.release()), (1,), {"x": 2})
done.acquire()
print(nested[-1], threading.TIMEOUT_MAX > 1000, threading.stack_size())
try:
    threading.stack_size(100)
except ValueError as error:
    print(error)
