# One generator used by several threads: each item once, and ValueError when it is already running.
import threading


def numbers(limit):
    for i in range(limit):
        yield i


shared, got, collisions = numbers(20000), [], []


def take():
    while True:
        try:
            got.append(next(shared))
        except StopIteration:
            return
        except ValueError as error:
            collisions.append(str(error))


threads = [threading.Thread(target=take) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(got) == list(range(20000)), set(collisions) <= {"generator already executing"})
entered, leave = threading.Event(), threading.Event()


def pausing():
    yield 1
    entered.set()
    leave.wait()
    yield 2


g = pausing()
next(g)
t = threading.Thread(target=lambda: got.append(next(g)))
t.start()
entered.wait()
for action in (lambda: next(g), g.close, lambda: g.send(None), lambda: g.throw(KeyError)):
    try:
        action()
    except ValueError as error:
        print(error)
leave.set()
t.join()
print(got[-1], list(g))
