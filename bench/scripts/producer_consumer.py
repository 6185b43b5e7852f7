"""Producers hand batches of work through a bounded queue to consumers, who hand results on through another."""
# group: contended

import queue
import threading

import _bench

BATCH = 250


def produce(batches, tasks):
    for number in batches:
        tasks.put((number, [(number * 31 + i * 17) % 1009 for i in range(BATCH)]))


def collatz_steps(number):
    steps = 0
    while number > 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        steps += 1
    return steps


def consume(tasks, results):
    while True:
        task = tasks.get()
        if task is None:
            return
        number, values = task
        results.put((number, sum(map(collatz_steps, values))))


def main(threads, scale):
    count = max(1, int(2000 * scale))
    tasks = queue.Queue(maxsize=16)
    results = queue.Queue()
    with _bench.timed():
        producers = [threading.Thread(target=produce, args=(piece, tasks))
                     for piece in _bench.split(count, max(1, threads // 2))]
        consumers = [threading.Thread(target=consume, args=(tasks, results)) for _ in range(threads)]
        for thread in producers + consumers:
            thread.start()
        for thread in producers:
            thread.join()
        for _ in consumers:
            tasks.put(None)
        for thread in consumers:
            thread.join()
        collected = dict(results.get() for _ in range(count))
    checksum = sum(number * steps for number, steps in collected.items())
    print("batches:", len(collected), "steps:", sum(collected.values()), "checksum:", checksum)


if __name__ == "__main__":
    _bench.run(main)
