# Threads that only read shared objects see what is there: globals, closures, classes, constants, containers.
import threading

TABLE = {i: str(i) for i in range(1000)}
ITEMS = list(range(1000))
NAMES = tuple("abcdef")


class Config:
    depth = 3

    def __init__(self):
        self.factor = 7

    def scaled(self, x):
        return x * self.factor + self.depth


CONFIG = Config()


def maker():
    offset = 100

    def inner(x):
        return x + offset

    return inner


INNER = maker()


def work(results, n):
    total = 0
    for i in range(1000):
        total += len(TABLE[i]) + ITEMS[i] + CONFIG.scaled(i) + INNER(i) + ord(NAMES[i % 6]) + Config.depth
        private = [i, str(i), {"k": i}]
        total += private[0] + len(private[1]) + private[2]["k"]
    results[n] = total


results = {}
threads = [threading.Thread(target=work, args=(results, n)) for n in range(8)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(results.items()))
