# Signals reach the main thread, also while it waits; KeyboardInterrupt; handlers; alarms.
import os
import signal
import threading
import time

seen = []
signal.signal(
    signal.SIGUSR1,
    lambda number, frame: seen.append((signal.Signals(number).name, threading.current_thread().name)),
)
os.kill(os.getpid(), signal.SIGUSR1)
time.sleep(0.01)
t = threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGUSR1))
t.start()
t.join()
time.sleep(0.01)
print(seen, signal.getsignal(signal.SIGUSR1) is not None, signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)


def interrupt():
    time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)


waits = {
    "sleep": lambda: time.sleep(10),
    "lock": lambda: locked.acquire(),
    "lock with time-out": lambda: locked.acquire(timeout=10),
    "event": lambda: threading.Event().wait(10),
    "busy loop": lambda: [None for _ in iter(int, 1)],
    "join": lambda: sleeper.join(),
}
locked = threading.Lock()
locked.acquire()
stop = threading.Event()
sleeper = threading.Thread(target=stop.wait)
sleeper.start()
for name, wait in waits.items():
    threading.Thread(target=interrupt).start()
    begin = time.monotonic()
    try:
        wait()
    except KeyboardInterrupt:
        print(name, "interrupted", time.monotonic() - begin < 5)
stop.set()


class Alarm(Exception):
    pass


def ring(number, frame):
    raise Alarm


signal.signal(signal.SIGALRM, ring)
signal.setitimer(signal.ITIMER_REAL, 0.02)
try:
    while True:
        pass
except Alarm:
    print("alarm")
for bad in (
    lambda: signal.signal(signal.SIGKILL, ring),
    lambda: signal.signal(999, ring),
    lambda: signal.signal(signal.SIGUSR1, 5),
):
    try:
        bad()
    except (OSError, ValueError, TypeError) as error:
        print(type(error).__name__, error)
caught = []


def elsewhere():
    try:
        signal.signal(signal.SIGUSR1, ring)
    except ValueError as error:
        caught.append(str(error))


t = threading.Thread(target=elsewhere)
t.start()
t.join()
print(caught)


# What a handler raises while the last statement of a `with` block runs is the block's: the lock is given back.
class Alarm(Exception):
    pass


def raises(*_):
    raise Alarm


class Box:
    pass


def last_call():
    with lock:
        sorted(numbers)


def last_item():
    with lock:
        box["x"] = sorted(numbers)


def last_attribute():
    with lock:
        thing.x = sorted(numbers)


def last_global():
    global made
    with lock:
        made = sorted(numbers)


def last_deletion():
    with lock:
        box["y"] = sorted(numbers)
        del box["y"]


lock, box, thing, made = threading.Lock(), {}, Box(), None
numbers = [i * 7919 % 20011 for i in range(20000)]
signal.signal(signal.SIGALRM, raises)
for body in last_call, last_item, last_attribute, last_global, last_deletion:
    locked = 0
    for _ in range(20):
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.002)
            while True:
                body()
        except Alarm:
            pass
        if lock.locked():
            locked += 1
            lock.release()
    print(body.__name__, locked)
