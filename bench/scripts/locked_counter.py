"""All threads add to one counter, each increment under one lock: nothing may be lost."""
# group: contended

import threading

import _bench


class Counter:
    def __init__(self):
        self.value = 0
        self.lock = threading.Lock()

    def add(self, turns):
        for _ in turns:
            with self.lock:
                self.value += 1


def main(threads, scale):
    counter = Counter()
    with _bench.timed():
        workers = [threading.Thread(target=counter.add, args=(piece,))
                   for piece in _bench.split(int(10_000_000 * scale), threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    print("counter:", counter.value)


if __name__ == "__main__":
    _bench.run(main)
